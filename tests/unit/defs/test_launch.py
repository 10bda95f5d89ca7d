"""What the processes of Dagster are told before they start."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pipelines import settings
from pipelines.defs.home import prepare_home


def test_a_relative_warehouse_means_the_same_folder_to_a_process_that_works_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INEQUALITY_WAREHOUSE", "mine")
    monkeypatch.setenv("DAGSTER_HOME", "as it was")
    monkeypatch.delenv("INEQUALITY_SNAPSHOTS", raising=False)
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path)
    assert prepare_home(settings.load()) == tmp_path / "mine" / ".dagster"
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert settings.load().warehouse == tmp_path / "mine"
    assert os.environ["DAGSTER_HOME"] == str(tmp_path / "mine" / ".dagster")
    assert "INEQUALITY_SNAPSHOTS" not in os.environ
