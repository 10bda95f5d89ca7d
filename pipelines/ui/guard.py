"""What stands in front of the UI: a request that another site could have made never reaches Dagster.

What belongs here: which requests are let through, as an ASGI middleware that knows nothing of Dagster but the path of
its GraphQL. What does not: serving (`server.py`); who somebody is, which is for a proxy in front to ask
(`docs/deployment.md`).

Dagster answers any Host, runs a query that stands in the address, and takes a body whatever its type, so a page that a
person happens to have open could start runs here. A browser says where a request comes from (Origin, Sec-Fetch-Site)
and sends JSON to another site only after asking, which we never grant. A caller that says neither is no browser.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, MutableMapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

LOOPBACK = ("127.0.0.1", "localhost", "::1")
"""The names under which a browser on this machine asks for its own pages."""
GRAPHQL = "/graphql"
MAY_STAND_IN_THE_ADDRESS = frozenset({"op"})
"""Dagster's pages repeat the name of their question there, for whoever reads the log."""
LOOKS = ("GET", "HEAD")
OURS = ("same-origin", "none")
"""What `Sec-Fetch-Site` says of a request from our own page, and of one that a person typed or bookmarked."""
ADDED_HEADERS = (
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"x-content-type-options", b"nosniff"),
)
"""No other site may frame our pages, hold on to their window or load their parts."""

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]


@dataclass(frozen=True)
class Refusal:
    """Why a request is not answered: the HTTP status, and a sentence for whoever meant no harm."""

    status: int
    why: str


@dataclass(frozen=True)
class Asked:
    """What a request says of itself: the names of what its address carries, and every value of every header."""

    method: str
    path: str
    parameters: frozenset[str]
    headers: tuple[tuple[str, str], ...]

    def all(self, name: str) -> list[str]:
        """Each value of one header."""
        return [value for header, value in self.headers if header == name]


def refusal_of(asked: Asked, *, names: Iterable[str], read_only: bool) -> Refusal | None:
    """Why a request is refused, or None when Dagster may answer it. `names` are the hosts that we answer to."""
    return (
        _foreign_host(asked, {*names})
        or _foreign_page(asked)
        or (None if asked.method in LOOKS else _unasked_write(asked, read_only=read_only))
        or _query_in_the_address(asked)
    )


def _foreign_host(asked: Asked, names: set[str]) -> Refusal | None:
    """A name of somebody else's that leads here: DNS that changed its answer."""
    hosts = asked.all("host")
    if len(hosts) == 1 and _host_name(hosts[0]) in names:
        return None
    return Refusal(
        403,
        f"This UI answers to {', '.join(sorted(names))} only. If you reach it by another name of yours, "
        "start it with --served-as NAME.",
    )


def _foreign_page(asked: Asked) -> Refusal | None:
    """Another site's page, or another service's on this machine. A plain link to a page of ours may be followed."""
    refused = Refusal(403, "This request comes from the page of another site.")
    (host,) = asked.all("host")
    if any(_origin_host(origin) != host.lower() for origin in asked.all("origin")):
        return refused
    if all(site in OURS for site in asked.all("sec-fetch-site")):
        return None
    is_link = asked.method in LOOKS and asked.all("sec-fetch-dest") == ["document"]
    return None if is_link else refused


def _unasked_write(asked: Asked, *, read_only: bool) -> Refusal | None:
    """A request that may change something: only JSON, and where runs are not allowed only to ask GraphQL."""
    if asked.method != "POST" or (read_only and asked.path != GRAPHQL):
        return Refusal(405, "Only questions to /graphql are answered.")
    types = asked.all("content-type")
    # `text/plain; x=application/json` needs nobody's leave in a browser, so the whole type counts.
    if len(types) == 1 and types[0].partition(";")[0].strip().lower() == "application/json":
        return None
    return Refusal(415, "A request with a body must be application/json.")


def _query_in_the_address(asked: Asked) -> Refusal | None:
    """A query that an image or a link could carry."""
    if asked.path.rstrip("/") != GRAPHQL or asked.parameters <= MAY_STAND_IN_THE_ADDRESS:
        return None
    return Refusal(400, "A query in the address is not answered. Send it as JSON.")


def _host_name(host: str) -> str:
    """A Host header without its port, or nothing where it is no host."""
    try:
        return "" if "@" in host else urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


def _origin_host(origin: str) -> str:
    """Host and port of an Origin header. Its scheme may be a proxy's in front, so it is not compared."""
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:
        return ""


class Guard:
    """ASGI middleware: refuses, or passes on and adds headers to the answer."""

    def __init__(self, app: App, names: Sequence[str], read_only: bool) -> None:
        self.app = app
        self.names = names
        self.read_only = read_only

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request or websocket."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        if refused := refusal_of(_asked(scope), names=self.names, read_only=self.read_only):
            await _refuse(refused, scope, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                kept = [pair for pair in message["headers"] if pair[0].lower() not in dict(ADDED_HEADERS)]
                message = {**message, "headers": [*kept, *ADDED_HEADERS]}
            await send(message)

        await self.app(scope, receive, send_with_headers)


def _asked(scope: Scope) -> Asked:
    return Asked(
        # A websocket begins as a GET.
        method=scope.get("method", "GET"),
        path=scope["path"],
        parameters=frozenset(name for name, _ in parse_qsl(scope["query_string"].decode("latin-1"), True)),
        headers=tuple((name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in scope["headers"]),
    )


async def _refuse(refused: Refusal, scope: Scope, send: Send) -> None:
    if scope["type"] == "websocket":
        # Closed before it is accepted: the browser sees 403.
        await send({"type": "websocket.close", "code": 1008, "reason": ""})
        return
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"cache-control", b"no-store"), *ADDED_HEADERS]
    await send({"type": "http.response.start", "status": refused.status, "headers": headers})
    await send({"type": "http.response.body", "body": f"{refused.why}\n".encode()})
