"""The guard of the UI: what our own pages ask is let through, and what another page could send is refused."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from pipelines.ui.guard import Asked, Guard, refusal_of
from pipelines.ui.serving import Serving

HERE = ("host", "127.0.0.1:3000")
JSON = ("content-type", "application/json")
OUR_PAGE = [HERE, ("origin", "http://127.0.0.1:3000"), ("sec-fetch-site", "same-origin")]


def status(
    method: str = "GET", path: str = "/", *headers: tuple[str, str], carries: str = "", read_only: bool = False
) -> int:
    asked = Asked(method, path, frozenset(carries.split()), headers)
    refused = refusal_of(asked, names=Serving(served_as=("Health.Example",)).names, read_only=read_only)
    return refused.status if refused else 200


@pytest.mark.parametrize("read_only", [True, False])
@pytest.mark.parametrize(
    ("method", "path", "headers"),
    [
        ("GET", "/", [HERE]),
        ("GET", "/assets/core", [HERE, ("sec-fetch-site", "none")]),
        ("GET", "/", [("host", "LOCALHOST:3000")]),
        ("GET", "/", [("host", "[::1]:3000")]),
        ("GET", "/", [("host", "health.example")]),
        ("GET", "/runs/1", [HERE, ("sec-fetch-site", "cross-site"), ("sec-fetch-dest", "document")]),
        ("GET", "/graphql", [*OUR_PAGE, ("upgrade", "websocket")]),
        ("POST", "/graphql", [*OUR_PAGE, ("content-type", "application/json; charset=utf-8")]),
        ("POST", "/graphql", [HERE, JSON]),
        ("POST", "/graphql", [("host", "health.example"), ("origin", "https://health.example"), JSON]),
    ],
)
def test_what_the_owner_asks_is_answered(
    method: str, path: str, headers: list[tuple[str, str]], read_only: bool
) -> None:
    assert status(method, path, *headers, read_only=read_only) == 200


@pytest.mark.parametrize(
    ("method", "path", "headers", "expected"),
    [
        ("GET", "/", [], 403),
        ("GET", "/", [("host", "evil.example")], 403),
        ("GET", "/", [("host", "127.0.0.1.evil.example:3000")], 403),
        ("GET", "/", [("host", "evil.example@127.0.0.1")], 403),
        ("GET", "/", [("host", "127.0.0.1@evil.example")], 403),
        ("GET", "/", [("host", "[127.0.0.1")], 403),
        ("GET", "/", [HERE, ("host", "evil.example")], 403),
        ("POST", "/graphql", [HERE, JSON, ("origin", "http://evil.example")], 403),
        ("POST", "/graphql", [HERE, JSON, ("origin", "null")], 403),
        ("POST", "/graphql", [HERE, JSON, ("origin", "http://127.0.0.1:8888")], 403),
        ("POST", "/graphql", [HERE, JSON, ("origin", "http://[")], 403),
        ("POST", "/graphql", [HERE, JSON, ("sec-fetch-site", "cross-site")], 403),
        ("POST", "/graphql", [HERE, JSON, ("sec-fetch-site", "same-site")], 403),
        ("POST", "/graphql", [HERE, JSON, ("sec-fetch-site", "cross-site"), ("sec-fetch-dest", "document")], 403),
        ("GET", "/", [HERE, ("sec-fetch-site", "cross-site"), ("sec-fetch-dest", "iframe")], 403),
        ("GET", "/logs/x", [HERE, ("sec-fetch-site", "cross-site"), ("sec-fetch-dest", "script")], 403),
        ("POST", "/graphql", [HERE], 415),
        ("POST", "/graphql", [HERE, ("content-type", "text/plain")], 415),
        ("POST", "/graphql", [HERE, ("content-type", "text/plain; application/json")], 415),
        ("POST", "/graphql", [HERE, ("content-type", "application/graphql")], 415),
        ("POST", "/graphql", [HERE, JSON, ("content-type", "text/plain")], 415),
        ("POST", "/report_asset_check/x", [HERE, ("content-type", "text/plain")], 415),
        ("DELETE", "/graphql", [HERE, JSON], 405),
        ("OPTIONS", "/graphql", [HERE, ("origin", "http://evil.example")], 403),
    ],
)
def test_what_another_page_could_send_is_refused(
    method: str, path: str, headers: list[tuple[str, str]], expected: int
) -> None:
    assert status(method, path, *headers) == expected


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
def test_a_query_in_the_address_is_refused(method: str) -> None:
    assert status(method, "/graphql", *OUR_PAGE, JSON, carries="query op") == 400
    assert status(method, "/graphql", *OUR_PAGE, JSON, carries="op") == 200
    assert status("GET", "/assets", *OUR_PAGE, carries="query") == 200


def test_where_runs_are_not_allowed_only_graphql_takes_a_body() -> None:
    assert status("POST", "/report_asset_check/x", HERE, JSON, read_only=True) == 405
    assert status("POST", "/report_asset_check/x", HERE, JSON, read_only=False) == 200


def answer(scope: dict[str, Any]) -> list[dict[str, Any]]:
    """What the guard sends in front of an application that sends one header of its own."""
    sent: list[Any] = []

    async def inner(_: Any, __: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"X-Frame-Options", b"ALLOW")]})

    async def keep(message: Any) -> None:
        sent.append(message)

    asyncio.run(Guard(inner, ("127.0.0.1",), True)(scope, None, keep))  # type: ignore[arg-type]
    return sent


def test_no_page_of_ours_may_be_framed() -> None:
    scope = {"type": "http", "method": "GET", "path": "/", "query_string": b"", "headers": [(b"host", b"127.0.0.1")]}
    (start,) = answer(scope)
    assert [value for name, value in start["headers"] if name.lower() == b"x-frame-options"] == [b"DENY"]


def test_a_websocket_of_another_page_is_closed_before_it_opens() -> None:
    headers = [(b"host", b"127.0.0.1:3000"), (b"origin", b"http://evil.example")]
    scope = {"type": "websocket", "path": "/graphql", "query_string": b"", "headers": headers}
    assert [message["type"] for message in answer(scope)] == ["websocket.close"]


def test_how_it_is_served_survives_the_command_line() -> None:
    serving = Serving("0.0.0.0", 4000, ("a.example", "b.example"), True)
    assert Serving.from_json(serving.as_json()) == serving
    assert not serving.is_for_this_machine
    assert Serving().is_for_this_machine
