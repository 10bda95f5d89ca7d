"""Whether one indicator can be asked for alone: only where the last run took the other files from the same input."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from pipelines.run.lock import choose_input
from pipelines.run.refresh import asked_again
from pipelines.settings import Settings
from pipelines.tables.arrival import ARRIVAL, OF_RUN
from pipelines.tables.store import Store

SLUG, ASKED = "obesity_prevalence_adults", ("fingertips/93881_*",)
BEFORE = {
    "a live run": (("live", None), ASKED),
    "a run from the sample": (("sample", None), None),
    "a build of an earlier day": (("live", date(2026, 3, 1)), None),
}


@pytest.mark.parametrize("what", BEFORE)
def test_the_other_files_stay_only_where_the_last_run_took_them_from_the_same_input(tmp_path: Path, what: str) -> None:
    row, asked = BEFORE[what]
    here = Settings(warehouse=tmp_path, snapshots=tmp_path / "snapshots")
    frame = pl.DataFrame([row], schema=OF_RUN, orient="row")
    Store(here.tables).build(ARRIVAL, lambda: frame, code_version="1", description="What came.")
    live = choose_input(here, "live")
    assert asked_again(here, [SLUG], live) == asked
    assert asked_again(here, [], live) is None


def test_before_the_first_run_everything_is_asked_for(tmp_path: Path) -> None:
    here = Settings(warehouse=tmp_path, snapshots=tmp_path / "snapshots")
    assert asked_again(here, [SLUG], choose_input(here, "live")) is None
