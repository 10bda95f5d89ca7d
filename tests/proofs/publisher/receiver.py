"""Somebody who is told: a receiver of alerts on 127.0.0.1, to be named as `json://127.0.0.1:PORT`."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True)
class Alert:
    """One message as it came."""

    title: str
    text: str


@dataclass
class Receiver:
    """All that came. `address` is what to set INEQUALITY_ALERTS to."""

    address: str
    alerts: list[Alert] = field(default_factory=list)

    def taken(self) -> list[Alert]:
        """What came since this was last asked."""
        came, self.alerts[:] = list(self.alerts), []
        return came


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        said = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.receiver.alerts.append(Alert(said["title"], said["message"]))  # type: ignore[attr-defined]
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def receiving() -> Iterator[Receiver]:
    """Listen until the block ends."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as server:
        receiver = Receiver(f"json://127.0.0.1:{server.server_address[1]}")
        server.receiver = receiver  # type: ignore[attr-defined]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield receiver
        finally:
            server.shutdown()
            thread.join()
