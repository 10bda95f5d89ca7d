"""Whether all is well: each thing that can be wrong has its verdict and its exit code, and the worst one is said."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import polars as pl
import pytest

from pipelines.notes import Kind, Note
from pipelines.release.query import SOURCE_HEALTH
from pipelines.settings import Settings
from pipelines.status import runs
from pipelines.status.health import Health, Verdict, as_json, health
from pipelines.status.runs import Ended, Fault, Outcome
from pipelines.status.signals import metrics, write_signals

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
NIGHT = datetime(2026, 3, 2, 2, 5, tzinfo=UTC)
GOOD = Ended(Outcome.NOTHING_NEW, NIGHT, release_id="1")
RELEASE = """
    create schema meta;
    create table meta.release as
    select '1' as release_id, timestamp '2026-03-01 12:30:00' as created_at, 'live' as input, 'publisher' as origin;
    create table meta.snapshot as
    select 'a.csv' as path, timestamp '2026-03-01' as retrieved_at, 3 as rows_in, 2 as rows_out, 1 as rejected,
        0 as deduplicated, 0 as suppressed, false as is_modelled, false as is_stale;
    create table meta.check_result as
    select 'core.b' as table_name, 'stuck' as check_name, 'warning' as severity, false as passed, true as errored;
"""


@pytest.fixture
def here(tmp_path: Path) -> Settings:
    """A warehouse with a release that a run confirmed this night."""
    with duckdb.connect(str(tmp_path / "current.duckdb")) as connection:
        connection.execute(RELEASE)
    runs.end(tmp_path, GOOD, held_back=[])
    return Settings(warehouse=tmp_path)


def look(here: Settings, *, is_at_work: bool = False, now: datetime = NOW) -> Health:
    return health(here, is_at_work=is_at_work, now=now)


def test_a_release_that_was_confirmed_this_night_is_healthy(here: Settings) -> None:
    found = look(here)
    assert (found.verdict, found.verdict.exit_code) == (Verdict.HEALTHY, 0)
    assert found.age == NOW - NIGHT


@pytest.mark.parametrize("outcome", [outcome for outcome in Outcome if not outcome.is_good])
def test_a_run_that_ended_badly_is_said_until_one_ends_well(here: Settings, outcome: Outcome) -> None:
    runs.end(here.warehouse, Ended(outcome, NOW, faults=(Fault("Why.", "why"),)))
    found = look(here)
    assert (found.verdict, found.verdict.exit_code) == (Verdict.FAILED, 1)
    runs.end(here.warehouse, GOOD)
    found = look(here)
    assert found.verdict is Verdict.HEALTHY
    assert [run.outcome for run in found.troubles] == [outcome]


def test_held_back_has_a_code_of_its_own(here: Settings) -> None:
    runs.end(here.warehouse, GOOD, held_back=[Note(Kind.HELD_BACK, path="a.csv", label="rule")])
    assert (look(here).verdict, look(here).verdict.exit_code) == (Verdict.HELD_BACK, 3)


@pytest.mark.parametrize(("hours", "verdict"), [(36, Verdict.HEALTHY), (36.1, Verdict.TOO_OLD), (-1, Verdict.TOO_OLD)])
def test_a_release_gets_too_old_and_a_clock_ahead_proves_nothing(
    here: Settings, hours: float, verdict: Verdict
) -> None:
    found = look(here, now=NIGHT + timedelta(hours=hours))
    assert found.verdict is verdict
    assert found.verdict.exit_code == {Verdict.HEALTHY: 0, Verdict.TOO_OLD: 4}[verdict]


def test_too_old_is_worse_than_held_back_and_failed_worse_than_both(here: Settings) -> None:
    runs.end(here.warehouse, GOOD, held_back=[Note(Kind.HELD_BACK, path="a.csv", label="rule")])
    late = NIGHT + timedelta(days=3)
    assert look(here, now=late).verdict is Verdict.TOO_OLD
    runs.end(here.warehouse, Ended(Outcome.FAILED, NIGHT))
    assert look(here, now=late).verdict is Verdict.FAILED


def test_before_the_first_run_there_is_no_release_that_is_fresh(tmp_path: Path) -> None:
    found = look(Settings(warehouse=tmp_path))
    assert (found.verdict, found.is_first, found.last) == (Verdict.TOO_OLD, True, None)


def test_a_release_that_cannot_be_read_is_a_failure(here: Settings) -> None:
    (here.warehouse / "current.duckdb").write_bytes(b"garbage " * 1000)
    found = look(here)
    assert found.verdict is Verdict.FAILED
    assert found.fault
    assert found.fault.what == "The current release cannot be read."


def test_a_mark_without_a_process_is_a_run_that_died_and_with_one_a_run_at_work(here: Settings) -> None:
    runs.begin(here.warehouse, starter="schedule", source="live")
    busy = look(here, is_at_work=True)
    assert busy.at_work
    assert (busy.at_work.starter, busy.verdict) == ("schedule", Verdict.HEALTHY)
    dead = look(here)
    assert dead.last
    assert (dead.last.outcome, dead.at_work, dead.verdict) == (Outcome.DIED, None, Verdict.FAILED)


def told(here: Settings, *files: tuple[str, str, str, str | None]) -> None:
    """Leave what a run found of its sources: path, state, reason and silent host."""
    (here.warehouse / "history").mkdir()
    frame = pl.DataFrame(files, schema=["path", "state", "reason", "silent_host"], orient="row")
    frame = frame.with_columns(pl.col("silent_host").cast(pl.String), retrieved_at=datetime(2026, 3, 1))  # noqa: DTZ001
    frame.write_parquet(here.warehouse / SOURCE_HEALTH)


def test_a_source_is_told_once_under_its_host_under_held_back_or_by_itself(here: Settings) -> None:
    told(
        here,
        ("a.csv", "stale", "An error.", "down.example"),
        ("b.csv", "stale", "An error.", "down.example"),
        ("c.csv", "stale", "Held back.", None),
        ("d.csv", "stale", "It answered 404.", None),
        ("e.csv", "fresh", "New.", None),
    )
    runs.end(here.warehouse, GOOD, held_back=[Note(Kind.HELD_BACK, path="c.csv", label="rule")])
    found = look(here)
    assert [one.path for one in found.sources_in(("stale",))] == ["d.csv"]
    ((host, files),) = [(one.host, one.files) for one in found.silences]
    assert (host, [(note.path, note.day) for note in files]) == (
        "down.example",
        [("a.csv", "2026-03-01"), ("b.csv", "2026-03-01")],
    )


def test_what_a_version_left_that_knew_of_no_silent_host_is_read(here: Settings) -> None:
    told(here, ("a.csv", "stale", "An error.", None))
    file = here.warehouse / SOURCE_HEALTH
    pl.read_parquet(file).drop("silent_host").write_parquet(file)
    found = look(here)
    assert ([one.path for one in found.sources_in(("stale",))], found.silences) == (["a.csv"], ())


@pytest.mark.parametrize(("minutes", "is_said"), [(4, False), (6, True), (60 * 24 * 700, True)])
@pytest.mark.parametrize("outcome", [Outcome.NOTHING_NEW, Outcome.FAILED])
def test_a_run_that_is_dated_ahead_of_this_clock_is_named(
    here: Settings, minutes: int, is_said: bool, outcome: Outcome
) -> None:
    then = NOW + timedelta(minutes=minutes)
    runs.end(here.warehouse, Ended(outcome, then, release_id="1"))
    note = look(here).dated_ahead
    assert (note is not None) is is_said
    assert note is None or note.day == f"{then:%Y-%m-%d %H:%M} UTC"


def test_sources_are_as_the_last_run_found_them(here: Settings) -> None:
    told(here, ("a.csv", "late", "400 days the same.", None))
    said = as_json(look(here))
    assert said["sources_to_look_at"] == [
        {"path": "a.csv", "state": "late", "reason": "400 days the same.", "silent_host": "", "day": "2026-03-01"}
    ]
    assert (said["sources"][0]["state"], said["sources"][0]["refused"]) == ("late", 1)
    (here.warehouse / SOURCE_HEALTH).write_bytes(b"PAR1 no")
    assert look(here).sources is None


def test_json_says_what_could_not_run(here: Settings) -> None:
    said = json.loads(json.dumps(as_json(look(here))))
    assert (said["verdict"], said["exit_code"], said["age_hours"]) == ("healthy", 0, 6.92)
    assert said["checks_not_passed"] == [
        {"table": "core.b", "check": "stuck", "severity": "warning", "could_not_run": True}
    ]


def test_metrics_are_gauges_of_what_is_known(here: Settings) -> None:
    lines = metrics(look(here)).splitlines()
    assert 'inequality_verdict{verdict="healthy"} 1' in lines
    assert 'inequality_verdict{verdict="failed"} 0' in lines
    assert f"inequality_release_confirmed_timestamp_seconds {NIGHT.timestamp():.0f}" in lines
    assert "inequality_checks_not_run 1" in lines
    assert not [line for line in lines if line.startswith("inequality_last_run_duration_seconds")]
    for line in lines:
        assert line.startswith(("# HELP inequality_", "# TYPE inequality_", "inequality_"))


def test_signals_are_files_that_others_may_read(here: Settings, tmp_path: Path) -> None:
    file = tmp_path / "node" / "inequality.prom"
    write_signals(Settings(warehouse=here.warehouse, metrics_file=file), look(here))
    assert (here.warehouse / "heartbeat").read_text() == "2026-03-02T02:05:00+00:00 nothing new\n"
    assert file.stat().st_mode & 0o777 == 0o644
    assert [path.name for path in file.parent.iterdir()] == ["inequality.prom"]
