"""Bad files, one at a time: one clear message, a failed run, and the current release as it was."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from pipelines.defs import launch
from pipelines.run.walk import walk_and_publish
from pipelines.settings import Settings
from pipelines.sources.contract import SourceUnavailable
from tests.conftest import run_on

FILE_7 = "iod/iod2019_file_7.csv"
OBESITY = "fingertips/93881_502.csv"
TENTHS, TENTHS_TABLE = "population/england_by_imd_decile.csv", "staging.population_by_deprivation_decile"
NOBODY = (",7,5409036,", ",7,0,")
DECILES = "ons/life_expectancy_by_deprivation_decile.xlsx"


def what_is_current(here: Settings) -> tuple[Path, bytes]:
    current = here.warehouse / "current.duckdb"
    return current.readlink(), current.read_bytes()


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
    fault: str, altered_sample: Path, after_sample: Settings
) -> None:
    spoil, said = FAULTS[fault]
    spoil(altered_sample)
    before = what_is_current(after_sample)

    done = walk_and_publish(run_on(after_sample, altered_sample))

    assert done.publication is None
    assert done.stop is not None
    assert done.stop.error is not None
    for words in (*said, "expected:", "found:", "do:"):
        assert words in str(done.stop.error)
    assert what_is_current(after_sample) == before


def test_a_folder_that_is_not_there_is_named(after_sample: Settings, tmp_path: Path) -> None:
    with pytest.raises(SourceUnavailable, match="no such folder"):
        launch.run(after_sample, run_from=str(tmp_path / "nowhere"), watcher=lambda *_: None)


def test_a_critical_finding_stops_the_release(altered_sample: Path, after_sample: Settings) -> None:
    """A tenth in which nobody lives."""
    replace(altered_sample / TENTHS, *NOBODY)
    before = what_is_current(after_sample)
    done = walk_and_publish(run_on(after_sample, altered_sample))
    assert done.publication is None
    assert done.stop is not None
    assert (done.stop.error, done.stop.table, done.stop.check) == (None, TENTHS_TABLE, "suite")
    assert what_is_current(after_sample) == before


def test_dagster_tells_of_every_bad_file_at_once_skips_what_rests_on_them_and_leaves_current_alone(
    altered_sample: Path, after_sample: Settings
) -> None:
    """One file that cannot be read, and one that breaks a rule: the real job goes on beside both and says both."""
    replace(altered_sample / OBESITY, ",Value,", ",Amount,")
    replace(altered_sample / TENTHS, *NOBODY)
    before = what_is_current(after_sample)

    outcome = launch.run(after_sample, run_from=str(altered_sample), watcher=lambda *_: None)

    assert not outcome.succeeded
    assert not outcome.published
    assert len(outcome.errors) == 2, outcome.errors
    unread, rule = sorted(outcome.errors, key=lambda text: TENTHS_TABLE in text)
    for words in (OBESITY, "Value", "expected:", "found:", "do:"):
        assert words in unread
    assert rule.startswith(f"{TENTHS_TABLE}, check suite:")
    assert outcome.skipped > 20
    assert outcome.built + outcome.reused > 20, "what rests on neither goes on"
    assert what_is_current(after_sample) == before
    status = json.loads((after_sample.warehouse / "status.json").read_text(encoding="utf-8"))
    assert (status["last_outcome"], status["last_errors"]) == ("failed", outcome.errors)
