"""The UI listens where it was told to, which is this machine alone unless somebody said otherwise."""

from __future__ import annotations

from contextlib import nullcontext
from ipaddress import ip_address
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import FileResponse

from pipelines.report.dictionary import PAGE
from pipelines.ui import server
from pipelines.ui.serving import Serving


def listening(serving: Serving, monkeypatch: pytest.MonkeyPatch) -> tuple[str, int]:
    """The address and the port that are asked of the system."""
    asked: dict[str, Any] = {}
    instance = SimpleNamespace(optimize_for_webserver=lambda *_: None)
    monkeypatch.setattr(server.dg.DagsterInstance, "get", lambda: nullcontext(instance))
    monkeypatch.setattr(server, "WorkspaceProcessContext", lambda *_, **__: nullcontext())
    monkeypatch.setattr(server, "GuardedWebserver", lambda *_: SimpleNamespace(create_asgi_app=lambda: None))
    monkeypatch.setattr(server.uvicorn, "run", lambda _, **options: asked.update(options))
    server.serve(serving)
    assert not {"uds", "fd"} & set(asked)
    return asked["host"], asked["port"]


def test_nobody_else_can_connect_unless_an_address_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    host, port = listening(Serving(), monkeypatch)
    assert ip_address(host).is_loopback
    assert port == Serving.port
    assert listening(Serving("192.0.2.7", 3001), monkeypatch) == ("192.0.2.7", 3001)


def test_the_dictionary_is_served_as_a_page_that_can_run_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INEQUALITY_WAREHOUSE", str(tmp_path))
    asked = Request({"type": "http"})
    assert server.dictionary_page(asked).status_code == 404
    (tmp_path / PAGE).parent.mkdir()
    (tmp_path / PAGE).write_text("<p>It.</p>")
    answer = server.dictionary_page(asked)
    assert isinstance(answer, FileResponse)
    assert answer.path == tmp_path / PAGE
    assert answer.headers["content-security-policy"].endswith("sandbox")
