"""The one way in from the network, against a TLS server on this machine: what is trusted and what is refused."""

from __future__ import annotations

import ipaddress
import ssl
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from pipelines.sources import transport
from pipelines.sources.contract import SourceUnavailable


class Publisher(BaseHTTPRequestHandler):
    """Answers by path: `/200` a body, `/404` that status, `/redirect/<address>` a redirect, and so on."""

    def do_GET(self) -> None:
        name, _, rest = self.path.strip("/").partition("/")
        if name == "slow":
            time.sleep(0.5)
        if name == "redirect":
            self.send_response(302)
            self.send_header("Location", rest)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        self.send_response(int(name) if name.isdecimal() else 200)
        body = b"" if name == "empty" else self.headers["User-Agent"].encode() if name == "agent" else b"a,b\n1,2\n"
        self.send_header("Content-Length", str(len(body) + (5 if name == "short" else 0)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class QuietServer(ThreadingHTTPServer):
    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is part of the tests."""


def listen(context: ssl.SSLContext | None = None) -> Iterator[str]:
    with QuietServer(("127.0.0.1", 0), Publisher) as server:
        if context:
            server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"{'https' if context else 'http'}://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for 127.0.0.1 that nobody but itself vouches for, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "a made publisher")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path_factory.mktemp("certificate") / "both.pem"
    file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return file


@pytest.fixture
def stranger(socket_enabled: None, certificate: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A TLS server whose certificate is not trusted."""
    monkeypatch.setenv("NO_PROXY", "*")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    yield from listen(context)


@pytest.fixture
def publisher(stranger: str, certificate: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The same server, trusted."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    return stranger


@pytest.fixture
def plain(socket_enabled: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A server without TLS."""
    monkeypatch.setenv("NO_PROXY", "*")
    yield from listen()


def test_a_trusted_publisher_is_read_whole(publisher: str) -> None:
    assert transport.get(f"{publisher}/200") == b"a,b\n1,2\n"


def test_we_say_who_asks(publisher: str) -> None:
    assert transport.get(f"{publisher}/agent").startswith(b"inequality-pipelines/")


def test_a_certificate_that_nobody_vouches_for_is_refused(stranger: str) -> None:
    with pytest.raises(SourceUnavailable, match=r"(?i)certificate.verify.failed"):
        transport.get(f"{stranger}/200")


def test_a_plain_http_address_is_refused_without_asking(plain: str) -> None:
    with pytest.raises(SourceUnavailable, match="not an https address"):
        transport.get(f"{plain}/200")


@pytest.mark.parametrize("url", ["ftp://127.0.0.1/a", "file:///etc/hosts", "HTTP://127.0.0.1/", "", "https:/one-slash"])
def test_any_other_address_is_refused(url: str) -> None:
    with pytest.raises(SourceUnavailable, match="not an https address"):
        transport.get(url)


def test_a_redirect_within_https_is_followed(publisher: str) -> None:
    assert transport.get(f"{publisher}/redirect/{publisher}/200") == b"a,b\n1,2\n"


def test_a_redirect_to_plain_http_is_refused(publisher: str, plain: str) -> None:
    with pytest.raises(SourceUnavailable, match="not https"):
        transport.get(f"{publisher}/redirect/{plain}/200")


def test_a_redirect_through_plain_http_and_back_is_refused(publisher: str, plain: str) -> None:
    with pytest.raises(SourceUnavailable, match="not https"):
        transport.get(f"{publisher}/redirect/{plain}/redirect/{publisher}/200")


@pytest.mark.parametrize("status", [201, 204, 403, 404, 429, 500, 503])
def test_any_status_but_200_is_refused_and_named(publisher: str, status: int) -> None:
    with pytest.raises(SourceUnavailable, match=rf"/{status} answered {status} .*expected 200"):
        transport.get(f"{publisher}/{status}")


def test_an_empty_body_is_refused(publisher: str) -> None:
    with pytest.raises(SourceUnavailable, match="empty body"):
        transport.get(f"{publisher}/empty")


def test_a_body_that_ends_early_is_refused(publisher: str) -> None:
    with pytest.raises(SourceUnavailable, match="could not be had"):
        transport.get(f"{publisher}/short")


def test_a_body_too_big_is_refused_and_one_just_small_enough_is_not(publisher: str) -> None:
    assert len(transport.get(f"{publisher}/200", max_bytes=8)) == 8
    with pytest.raises(SourceUnavailable, match="more than 7 bytes"):
        transport.get(f"{publisher}/200", max_bytes=7)


def test_a_publisher_too_slow_is_given_up(publisher: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "READ_SECONDS", 0.1)
    with pytest.raises(SourceUnavailable, match="could not be had"):
        transport.get(f"{publisher}/slow")


def test_every_request_has_timeouts_and_never_switches_verification_off(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: dict[str, object] = {}

    def never(url: str, **options: object) -> None:
        asked.update(options)
        raise requests.ConnectionError("not today")

    monkeypatch.setattr(requests, "get", never)
    with pytest.raises(SourceUnavailable, match="not today"):
        transport.get("https://publisher.example/a")
    assert asked["timeout"] == (transport.CONNECT_SECONDS, transport.READ_SECONDS) == (10, 60)
    assert asked.get("verify", True) is True
