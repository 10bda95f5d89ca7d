"""An HTTPS server on 127.0.0.1 that serves a folder laid out like the sample at the publishers' own addresses.

It is asked through `publisher_base`, so `https://host/path` arrives as `/host/path`. Every request is written down.
"""

from __future__ import annotations

import gzip
import hashlib
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import trustme

TYPES = {
    ".csv": "text/csv",
    ".html": "text/html",
    ".json": "application/json; charset=utf-8",
    ".topojson": "text/plain; charset=utf-8",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".zip": "application/zip",
}
OTHER_NAME = "elsewhere.example"
FINGERTIPS = "fingertips.phe.org.uk/api/all_data/csv/by_indicator_id"


@dataclass(frozen=True)
class Asked:
    """One request as it came, and what it was answered with."""

    address: str
    conditional: bool
    agent: str
    status: int
    body_bytes: int


@dataclass
class Answer:
    """What the server says; a fault changes it.

    `declared` is the Content-Length sent; `stop_after` hangs up after so many bytes of the body; `wait_for` is waited
    for before anything is sent, and `stall` after the body: its first event says so, its second ends the wait.
    """

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    declared: int | None = None
    stop_after: int | None = None
    wait_for: threading.Event | None = None
    stall: tuple[threading.Event, threading.Event] | None = None


Fault = Callable[[Answer], None]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def do_GET(self) -> None:
        publisher = self.server.publisher
        address = self.path.removeprefix("/")
        if address.partition("/")[0] in publisher.dead:
            publisher.asked.append(Asked(address, False, self.headers["User-Agent"], 0, 0))
            self.close_connection = True
            return
        answer = publisher.answer(address)
        fault = next((fault for part, fault in publisher.faults.items() if part in address), None)
        if fault:
            fault(answer)
        known = self.headers.get("If-None-Match")
        if answer.status == 200 and known and known == answer.headers.get("ETag"):
            answer = Answer(304, {"ETag": known}, wait_for=answer.wait_for)
        publisher.asked.append(
            Asked(address, known is not None, self.headers["User-Agent"], answer.status, len(answer.body))
        )
        if answer.wait_for:
            answer.wait_for.wait(2)
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.body) if answer.declared is None else answer.declared))
        self.end_headers()
        self.wfile.write(answer.body[: answer.stop_after])
        self.wfile.flush()
        if answer.stall:
            reached, end = answer.stall
            reached.set()
            end.wait(60)
        if answer.declared is not None or answer.stop_after is not None:
            self.close_connection = True

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    publisher: Publisher
    context: ssl.SSLContext

    def get_request(self) -> tuple[object, object]:
        connection, address = self.socket.accept()
        # The handshake belongs to the connection's own thread, so that one client that stalls holds up no other.
        connection.settimeout(15)
        return self.context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False), address

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is part of the tests."""


class Publisher:
    """The server. `base` is the address to give as `publisher_base`, `bundle` the CA file that vouches for it.

    `places` gives the file of each address (without `https://`); Fingertips' are worked out. `service` answers what is
    no file, and None where the address is none of its own. `faults` names a part of an address and what to do to its
    answer; `dead` names hosts that hang up on whoever connects.
    """

    def __init__(
        self,
        folder: Path,
        work: Path,
        *,
        places: dict[str, str] | None = None,
        service: Callable[[str], Answer | None] = lambda _: None,
    ) -> None:
        self.folder, self.places, self.service = folder, dict(places or {}), service
        self.dead: set[str] = set()
        self.faults: dict[str, Fault] = {}
        self.asked: list[Asked] = []
        self.base = ""
        self._authority = trustme.CA()
        self.bundle = work / "authority.pem"
        self._authority.cert_pem.write_to_path(str(self.bundle))

    def answer(self, address: str) -> Answer:
        """The well-behaved answer."""
        if (said := self.service(address)) is not None:
            return said
        where = urlsplit(f"https://{address}")
        place = self.places.get(address)
        if f"{where.netloc}{where.path}" == FINGERTIPS:
            asked = dict(parse_qsl(where.query))
            place = f"fingertips/{asked.get('indicator_ids')}_{asked.get('child_area_type_id')}.csv"
        file = self.folder / place if place else None
        if not file or not file.is_file():
            return Answer(404, {"Content-Type": "text/html"}, b"<html><body>Not found</body></html>")
        body = file.read_bytes()
        headers = {"Content-Type": TYPES[file.suffix], "ETag": f'"{hashlib.sha256(body).hexdigest()[:16]}"'}
        return Answer(200, headers, body)

    @contextmanager
    def open(self, certificate: str = "good") -> Iterator[Publisher]:
        """Listen until the block ends. `certificate`: good, expired, misnamed, or unknown (of another authority)."""
        authority = trustme.CA() if certificate == "unknown" else self._authority
        days = -1 if certificate == "expired" else 1
        now = datetime.now(UTC)
        leaf = authority.issue_cert(
            OTHER_NAME if certificate == "misnamed" else "127.0.0.1",
            not_before=now - timedelta(days=2),
            not_after=now + timedelta(days=days),
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        leaf.configure_cert(context)
        with _Server(("127.0.0.1", 0), _Handler) as server:
            server.publisher, server.context = self, context
            thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
            thread.start()
            self.base = f"https://127.0.0.1:{server.server_address[1]}"
            try:
                yield self
            finally:
                server.shutdown()
                thread.join()


def packed(body: bytes) -> bytes:
    """A body as gzip, the same bytes each time."""
    return gzip.compress(body, mtime=0)
