"""Bad files, one at a time: one clear message, a failed run, and the current release as it was."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pipelines import settings
from pipelines.sources.contract import SourceUnavailable
from tests.conftest import RunOn

FILE_7 = "iod/iod2019_file_7.csv"
OBESITY = "fingertips/93881_502.csv"
DECILES = "ons/life_expectancy_by_deprivation_decile.xlsx"


def replace(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


FAULTS: dict[str, tuple[Callable[[Path], object], tuple[str, ...]]] = {
    "missing file": (lambda folder: (folder / FILE_7).unlink(), ("iod2019_file_7", "missing")),
    "empty file": (lambda folder: (folder / OBESITY).write_bytes(b""), (OBESITY, "0 bytes")),
    "HTML in place of a CSV": (
        lambda folder: (folder / OBESITY).write_text("<!DOCTYPE html><html><body>Service unavailable</body></html>"),
        (OBESITY, "web page"),
    ),
    "renamed column": (lambda folder: replace(folder / OBESITY, ",Value,", ",Amount,"), (OBESITY, "Value")),
    "truncated workbook": (
        lambda folder: (folder / DECILES).write_bytes((folder / DECILES).read_bytes()[:5000]),
        (DECILES,),
    ),
    "unknown category label": (
        lambda folder: replace(folder / OBESITY, "Second most deprived decile", "Rather deprived decile"),
        (OBESITY, "Rather deprived decile"),
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_bad_file_stops_the_run_and_leaves_current_alone(
    fault: str, altered_sample: Path, run_after_sample: RunOn, tmp_path: Path
) -> None:
    spoil, said = FAULTS[fault]
    spoil(altered_sample)
    current = tmp_path / "place" / "warehouse" / "current.duckdb"
    before = (current.readlink(), current.read_bytes())

    outcome = run_after_sample(altered_sample)

    assert not outcome.succeeded
    assert len(outcome.errors) == 1, outcome.errors
    for words in (*said, "expected:", "found:", "do:"):
        assert words in outcome.errors[0]
    assert (current.readlink(), current.read_bytes()) == before


def test_a_folder_that_is_not_there_is_named(run_after_sample: RunOn, tmp_path: Path) -> None:
    with pytest.raises(SourceUnavailable, match="no such folder"):
        run_after_sample(tmp_path / "nowhere")


def test_a_critical_finding_stops_the_release(altered_sample: Path, run_after_sample: RunOn, tmp_path: Path) -> None:
    """An observation of an area that no lookup knows."""
    replace(altered_sample / "fingertips/93881_502.csv", ",X06", ",X96")
    before = settings.load().warehouse
    assert before
    current = tmp_path / "place" / "warehouse" / "current.duckdb"
    link = current.readlink()
    outcome = run_after_sample(altered_sample)
    assert not outcome.succeeded
    assert any("observation_has_area" in error for error in outcome.errors)
    assert current.readlink() == link
