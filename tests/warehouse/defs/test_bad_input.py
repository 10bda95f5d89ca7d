"""Bad input: a bad file is held back, and what stops a run leaves the current release as it was."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from pipelines.defs import launch
from pipelines.notes import Kind
from pipelines.run.walk import walk_and_publish
from pipelines.settings import Settings
from pipelines.sources.arrival.held_back import UNREADABLE
from pipelines.sources.contract import SourceUnavailable
from pipelines.tables.checks import checks
from pipelines.tables.store import Store
from tests.conftest import run_on

FILE_7 = "iod/iod2019_file_7.csv"
OBESITY = "fingertips/93881_502.csv"
DEATHS = "ons/deaths_by_deprivation_decile.csv"
DECILES = "ons/life_expectancy_by_deprivation_decile.xlsx"


LONGER = "life_is_longer_where_less_deprived"


def what_is_current(here: Settings) -> tuple[Path, bytes]:
    current = here.warehouse / "current.duckdb"
    return current.readlink(), current.read_bytes()


def replace(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def upside_down(folder: Path) -> None:
    """The deaths of each tenth under the number of the tenth opposite."""
    file = folder / DEATHS
    heading, *rows = file.read_text(encoding="utf-8").splitlines()
    assert heading.startswith("year,imd,")
    cells = [row.split(",", 2) for row in rows]
    turned = [f"{year},{11 - int(decile)},{rest}" for year, decile, rest in cells]
    file.write_text("\n".join([heading, *turned]) + "\n", encoding="utf-8")


FAULTS: dict[str, tuple[str, Callable[[Path], object], str, str]] = {
    "empty file": (OBESITY, lambda file: file.write_bytes(b""), UNREADABLE, "0 bytes"),
    "HTML in place of a CSV": (
        OBESITY,
        lambda file: file.write_text("<!DOCTYPE html><html><body>Service unavailable</body></html>"),
        UNREADABLE,
        "web page",
    ),
    "renamed column": (OBESITY, lambda file: replace(file, ",Value,", ",Amount,"), UNREADABLE, "Expected: 'value'"),
    "truncated workbook": (DECILES, lambda file: file.write_bytes(file.read_bytes()[:5000]), UNREADABLE, "Expected: "),
    "unknown category label": (
        OBESITY,
        lambda file: replace(file, "Second most deprived decile", "Rather deprived decile"),
        "coverage_has_not_shrunk",
        "5%",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_bad_file_is_held_back_and_its_last_good_delivery_stands_in(
    fault: str, altered_sample: Path, after_sample: Settings
) -> None:
    path, spoil, rule, said = FAULTS[fault]
    spoil(altered_sample / path)
    store = Store(after_sample.tables)
    before = store.record("published.observation")

    done = walk_and_publish(run_on(after_sample, altered_sample))

    assert done.publication is not None, done.stop
    (held,) = done.gate.held
    assert (held.path, held.rule) == (path, rule)
    assert said in held.reason
    assert held.stand_in is not None
    after = store.record("published.observation")
    assert before is not None
    assert after is not None
    assert after.content_hash == before.content_hash


def test_a_file_that_is_missing_and_that_no_run_can_do_without_stops_the_run(
    altered_sample: Path, after_sample: Settings
) -> None:
    (altered_sample / FILE_7).unlink()
    before = what_is_current(after_sample)
    done = walk_and_publish(run_on(after_sample, altered_sample))
    assert done.publication is None
    assert done.stop is not None
    for words in ("iod2019_file_7", "missing", "expected:", "found:", "do:"):
        assert words in str(done.stop.error)
    assert what_is_current(after_sample) == before


def test_a_folder_that_is_not_there_is_named(after_sample: Settings, tmp_path: Path) -> None:
    with pytest.raises(SourceUnavailable, match="no such folder"):
        launch.run(after_sample, run_from=str(tmp_path / "nowhere"), watcher=lambda *_: None)


def test_deaths_upside_down_are_held_back_and_the_last_good_ones_stand_in(
    altered_sample: Path, after_sample: Settings
) -> None:
    """It shows in the life tables only; the population beside them was in the last release and stays."""
    upside_down(altered_sample)
    done = walk_and_publish(run_on(after_sample, altered_sample))
    assert done.stop is None
    assert [(one.path, one.rule, one.stand_in is not None) for one in done.gate.held] == [(DEATHS, LONGER, True)]
    assert done.publication is not None


@pytest.fixture
def passes_the_gate(monkeypatch: pytest.MonkeyPatch) -> None:
    """The gate does not ask whether life is longer where people are less deprived: no delivery is to blame."""
    others = tuple(check for check in checks() if check.name != LONGER)
    monkeypatch.setattr("pipelines.run.gate.checks", lambda: others)


@pytest.mark.usefixtures("passes_the_gate")
def test_a_critical_finding_stops_the_release(altered_sample: Path, after_sample: Settings) -> None:
    upside_down(altered_sample)
    before = what_is_current(after_sample)
    done = walk_and_publish(run_on(after_sample, altered_sample))
    assert done.publication is None
    assert done.stop is not None
    assert (done.stop.error, done.stop.check) == (None, LONGER)
    assert what_is_current(after_sample) == before


@pytest.mark.usefixtures("passes_the_gate")
def test_dagster_holds_one_file_back_stops_at_a_broken_rule_skips_what_rests_on_it_and_leaves_current_alone(
    altered_sample: Path, after_sample: Settings
) -> None:
    replace(altered_sample / OBESITY, ",Value,", ",Amount,")
    upside_down(altered_sample)
    before = what_is_current(after_sample)

    outcome = launch.run(after_sample, run_from=str(altered_sample), watcher=lambda *_: None)

    assert not outcome.succeeded
    assert not outcome.published
    assert [note.path for note in outcome.notes if note.kind is Kind.HELD_BACK] == [OBESITY]
    (error,) = outcome.errors
    assert f", check {LONGER}:" in error
    assert outcome.skipped > 0
    assert outcome.built + outcome.reused > 90, "what rests on neither goes on"
    assert what_is_current(after_sample) == before
    status = json.loads((after_sample.warehouse / "status.json").read_text(encoding="utf-8"))
    assert (status["last_outcome"], status["last_errors"]) == ("failed", outcome.errors)
