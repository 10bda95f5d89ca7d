"""A run that does not start is noted in `status.json`, whatever keeps it from starting."""

from __future__ import annotations

import fcntl
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipelines.defs import launch
from pipelines.errors import ProductError
from pipelines.run.lock import RunRefused
from pipelines.run.refusal import refusals_noted
from pipelines.settings import Settings
from pipelines.sources.contract import SourceUnavailable
from pipelines.status import runs
from pipelines.status.runs import Ended, Outcome


def status(warehouse: Path) -> dict[str, object]:
    return dict(json.loads((warehouse / "status.json").read_text(encoding="utf-8")))


def start(warehouse: Path, run_from: str, as_of: str | None = None) -> None:
    launch.run(Settings(warehouse=warehouse), run_from=run_from, as_of=as_of, watcher=lambda *_: None)


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    runs.end(tmp_path, Ended(Outcome.PUBLISHED, datetime.now(UTC), release_id="earlier"))
    with pytest.raises(SourceUnavailable, match="no such folder"):
        start(tmp_path, str(tmp_path / "nowhere"))
    said = status(tmp_path)
    assert (said["last_outcome"], said["release_id"]) == ("did not start", "earlier")
    assert "no such folder" in str(said["last_errors"])


def test_a_lock_that_another_run_holds(tmp_path: Path) -> None:
    with (tmp_path / ".lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(RunRefused, match="Another run holds"):
            start(tmp_path, "sample")
    assert "Another run holds" in str(status(tmp_path)["last_errors"])
    assert (tmp_path / "heartbeat").read_text().endswith(" did not start\n")


def test_a_build_of_an_earlier_day_says_nothing_of_the_nightly_run(tmp_path: Path) -> None:
    with pytest.raises(RunRefused):
        start(tmp_path, "sample", "2999-01-01")
    assert not (tmp_path / "status.json").exists()


def test_a_warehouse_that_cannot_be_written_to_keeps_the_error_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(ProductError, match="refused"), refusals_noted(Settings(warehouse=tmp_path / "file")):
        raise ProductError("refused")
