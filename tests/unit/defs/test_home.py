"""Dagster's home never lets it send anything, whatever the file in it says."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from dagster_shared.telemetry import get_telemetry_enabled_from_dagster_yaml

from pipelines.defs.launch import prepare_home
from pipelines.settings import Settings


@pytest.mark.parametrize("said", [None, "", "\n", "{}", "# mine\nretention:\n  schedule:\n    purge_after_days: 90\n"])
def test_telemetry_is_off_by_file_and_by_variable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str | None
) -> None:
    for name in ("DAGSTER_HOME", "DAGSTER_DISABLE_TELEMETRY"):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    here = Settings(warehouse=tmp_path)
    if said is not None:
        here.dagster_home.mkdir()
        (here.dagster_home / "dagster.yaml").write_text(said)
    home = prepare_home(here)
    assert os.environ["DAGSTER_DISABLE_TELEMETRY"]
    assert not get_telemetry_enabled_from_dagster_yaml()
    text = (home / "dagster.yaml").read_text()
    assert "purge_after_days: 90" in text or "purge" not in (said or "")
    prepare_home(here)
    assert (home / "dagster.yaml").read_text() == text
