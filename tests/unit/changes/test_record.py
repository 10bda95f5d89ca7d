"""What a release says about those before it: which areas count as the same, and a full disk after the swap."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import polars as pl
import pytest

from pipelines.changes import log_folder
from pipelines.changes.log import Ledger
from pipelines.changes.record import ChangeRecord, same_areas
from pipelines.changes.withheld import CELLS, Withheld
from pipelines.notes import words
from pipelines.release.folder import Release
from pipelines.release.publish import Published
from pipelines.tables.store import Store

MADE = Release("1", datetime(2026, 3, 1), "a", "1", "sample", "modelled", "local", None)  # noqa: DTZ001

NOTHING = Ledger({}, 1, Withheld(pl.DataFrame(schema=CELLS), ()))


def test_an_area_is_the_same_under_its_alias_either_way_and_its_only_successor(tmp_path: Path) -> None:
    store = Store(tmp_path)
    frames = {
        "core.area_alias": pl.DataFrame({"alias_code": ["E2"], "area_code": ["E1"]}),
        "core.lad_successor": pl.DataFrame({"lad_code": ["E7", "E8"], "current_lad_code": ["E8", "E8"]}),
    }
    for table, frame in frames.items():
        store.build(table, frame.clone, code_version="1", description="given")
    assert same_areas(store).rows() == [("E1", "E2"), ("E2", "E1"), ("E7", "E8")]


def test_a_disk_full_after_the_swap_is_a_note_and_undoes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(log_folder, "append", full)
    past = ChangeRecord(tmp_path, MADE, None, pl.DataFrame(), NOTHING, [])
    (note,) = past.close(Published(tmp_path / "a release"))
    assert "No space left on device" in note.cause
    assert "the next run does it" in words(note)


def test_a_run_without_a_new_release_logs_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_folder, "append", lambda *_: pytest.fail("nothing was released"))
    assert ChangeRecord(tmp_path, MADE, None, pl.DataFrame(), NOTHING, []).close(None) == []
