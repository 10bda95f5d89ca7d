"""`inequality status`: 80 columns, broken between words, and an exit code that monitoring can trust."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from pipelines.cli.app import app
from pipelines.cli.status import lines
from pipelines.errors import ProductError
from pipelines.notes import Kind, Note
from pipelines.release.query import FailedCheck, ReleaseFacts, SourceFile
from pipelines.status import runs
from pipelines.status.health import Health, SourceState
from pipelines.status.runs import Ended, Fault, Outcome

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
REASON = "The figures of this file are a great deal larger than those of the release before, in 40 of 300 areas."
LONG = "fingertips/a_path_that_is_by_itself_longer_than_a_line_of_eighty_columns_and_is_never_cut_in_two.csv"


def found(*, checks: tuple[FailedCheck, ...] = (), last: Outcome = Outcome.PUBLISHED) -> Health:
    source = SourceFile("ons/a.csv", "2026-03-01", 12_000, 11_000, 900, 100, 0, is_modelled=True, is_stale=False)
    release = ReleaseFacts("20260301T020500Z_aaaaaaaa", NOW, "live", "publisher", checks, (source,), None)
    ended = Ended(last, NOW, NOW, "schedule", faults=(Fault(f"{REASON}\n  where: here\n  found: there", "x"),))
    return Health(
        looked_at=NOW,
        release=release,
        fault=None,
        is_first=False,
        confirmed_at=NOW - timedelta(hours=7),
        fresh_for=timedelta(hours=36),
        last=ended,
        at_work=None,
        troubles=() if last.is_good else (ended,) * 12,
        held_back=(Note(Kind.HELD_BACK, path=LONG, label="totals_agree", cause=REASON),),
        sources=(SourceState("ons/a.csv", "late", REASON),),
        is_log_damaged=False,
    )


@pytest.mark.parametrize("width", [80, 50])
def test_it_fits_and_breaks_between_words(tmp_path: Path, width: int) -> None:
    said = lines(found(last=Outcome.FAILED), tmp_path, width=width)
    assert [line for line in said if len(line) > width and LONG not in line] == []
    text = " ".join(" ".join(said).split())
    assert LONG in text
    assert text.count(REASON) == 1 + 1 + 10 + 1, "once for what is held back, the last run, ten runs, and the source"
    assert "and 2 more: `inequality status --json`" in text


def test_a_check_that_could_not_run_is_no_warning(tmp_path: Path) -> None:
    stuck = FailedCheck("core.b", "stuck", "warning", could_not_run=True)
    odd = FailedCheck("core.a", "odd", "warning", could_not_run=False)
    said = " ".join(" ".join(lines(found(checks=(stuck, odd)), tmp_path)).split())
    assert "Checks 1 warning not passed. 1 check could not run, so nobody knows whether the rule holds: " in said
    assert "stuck of core.b (warning)." in said


def test_a_source_says_its_state_and_what_became_of_its_rows(tmp_path: Path) -> None:
    said = " ".join(" ".join(lines(found(), tmp_path)).split())
    assert "ons/a.csv: late, modelled; of 2026-03-01; 12,000 rows in, 11,000 out, 900 refused, 100 double" in said


def test_a_clock_that_ran_ahead_is_named(tmp_path: Path) -> None:
    ahead = replace(found(), confirmed_at=NOW + timedelta(days=700))
    said = " ".join(" ".join(lines(ahead, tmp_path)).split())
    assert "Health how old the release is cannot be told: a clock is or was wrong." in said
    assert "Clock The last run is dated 2028-01-31 09:00 UTC, which this machine's clock has not reached" in said
    assert "Clock" not in " ".join(lines(found(), tmp_path))


def test_a_host_that_did_not_answer_is_one_line(tmp_path: Path) -> None:
    stale = tuple(SourceState(f"{n}.csv", "stale", REASON, "down.example", f"2026-03-0{n + 1}") for n in range(8))
    said = " ".join(" ".join(lines(replace(found(), sources=stale), tmp_path)).split())
    assert (
        "Publishers that did not answer down.example did not answer. 8 taken from the last good snapshot (the oldest "
        "of 2026-03-01): 0.csv, 1.csv, 2.csv, 3.csv, 4.csv, and 3 more."
    ) in said
    assert "Sources to look at" not in said


def call(*words: str) -> Result:
    result: Result = CliRunner().invoke(app, ["status", *words])  # type: ignore[assignment]
    return result


def test_before_the_first_run_it_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INEQUALITY_WAREHOUSE", str(tmp_path))
    result = call()
    assert "Nothing published yet. Run `inequality run`." in result.output
    assert (result.exit_code, json.loads(call("--json").output)["exit_code"]) == (4, 4)
    assert list(tmp_path.iterdir()) == [], "status only looks"


def test_a_run_that_died_is_said_before_another_one_comes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INEQUALITY_WAREHOUSE", str(tmp_path))
    runs.begin(tmp_path, starter="schedule", source="live")
    result = call()
    assert "started by the schedule: died." in result.output
    assert result.exit_code == 1


def test_a_refused_run_says_why_by_its_first_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INEQUALITY_WAREHOUSE", str(tmp_path))
    error = ProductError("No such folder.", where="/x", expected="a folder", do="name another.")
    runs.end(tmp_path, Ended(Outcome.DID_NOT_START, NOW, faults=(runs.fault_of(error),)))
    result = call()
    assert "did not start." in result.output
    assert "No such folder." in result.output
    assert "name another" not in result.output
    assert json.loads(call("--json").output)["last_run"]["errors"] == [str(error)]
