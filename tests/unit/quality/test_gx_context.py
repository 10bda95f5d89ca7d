"""Great Expectations is told to send nothing before it is first asked for anything."""

from __future__ import annotations

import os

import pytest

from pipelines.quality.gx_context import load_gx


@pytest.mark.parametrize("said", [None, "true", ""])
def test_analytics_are_off_whatever_the_environment_says(monkeypatch: pytest.MonkeyPatch, said: str | None) -> None:
    gx, *_ = load_gx()
    monkeypatch.setenv("GX_ANALYTICS_ENABLED", said or "")
    if said is None:
        monkeypatch.delenv("GX_ANALYTICS_ENABLED")
    found = []

    def asked(**_: object) -> None:
        found.append(os.environ.get("GX_ANALYTICS_ENABLED"))
        raise InterruptedError

    monkeypatch.setattr(gx, "get_context", asked)
    with pytest.raises(InterruptedError):
        load_gx.__wrapped__()
    assert found == ["false"]
