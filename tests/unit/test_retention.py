"""What is kept for a time only goes, and nothing else."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest
from typer.testing import CliRunner

from pipelines import retention
from pipelines.cli.app import app
from pipelines.defs.home import dagster_instance
from pipelines.defs.retention import clear_old_runs
from pipelines.release.folder import listed
from pipelines.settings import Settings
from tests.proofs.release.prepared import Place, release_id

# Dagster leaves connections to SQLite for the collector.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning")


@pytest.fixture
def here(tmp_path: Path) -> Settings:
    place = Place(tmp_path, rows=5)
    place.prepare(3)
    for number in (1, 2, 3):
        place.publish(number, number - 1)
    return Settings(warehouse=place.warehouse, snapshots=place.snapshots, keep_releases=2, keep_runs=2)


def aged(file: Path, days: int) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("x")
    then = (datetime.now(UTC) - timedelta(days=days)).timestamp()
    os.utime(file, (then, then))
    return file


def test_old_releases_and_refused_files_go_and_snapshots_and_history_stay(here: Settings) -> None:
    old = aged(here.snapshots / "refused" / "a" / "old.csv", 91)
    new = aged(here.snapshots / "refused" / "a" / "new.csv", 89)
    shape = aged(here.warehouse / "history" / "fingerprints" / "a" / "1.json", 401)
    kept = [aged(here.snapshots / "publisher" / "a.csv" / "x.csv", 4000)]
    kept.append(aged(here.warehouse / "history" / "observation" / "publisher" / "000001_1.parquet", 4000))
    cleared = retention.clear(here)
    assert cleared == retention.Cleared((release_id(1, 0),), refused=1, shapes=1, left=())
    assert listed(here.warehouse) == [release_id(2, 1), release_id(3, 2)]
    assert [file.exists() for file in (old, shape, new, *kept)] == [False, False, True, True, True]


@dg.asset(check_specs=[dg.AssetCheckSpec("whole", asset="made")])
def made(context: dg.AssetExecutionContext) -> dg.MaterializeResult:  # type: ignore[type-arg]
    context.log.info("made")
    return dg.MaterializeResult(check_results=[dg.AssetCheckResult(passed=True)])


def test_the_newest_runs_of_dagster_stay_and_the_others_leave_no_file(here: Settings) -> None:
    with dagster_instance(here) as instance:
        runs = [dg.materialize([made], instance=instance).run_id for _ in range(4)]
        assert clear_old_runs(instance, keep=2, home=here.dagster_home) == 2
        assert {run.run_id for run in instance.get_runs()} == set(runs[2:])
        assert instance.all_logs(runs[3])
        latest = instance.get_latest_materialization_event(dg.AssetKey("made"))
        assert latest
        assert latest.run_id == runs[3]
    names = " ".join(file.as_posix() for file in here.dagster_home.rglob("*"))
    assert [run in names for run in runs] == [False, False, True, True]


def test_the_command_says_what_went_and_what_is_kept(here: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INEQUALITY_WAREHOUSE", str(here.warehouse))
    monkeypatch.setenv("INEQUALITY_SNAPSHOTS", str(here.snapshots))
    monkeypatch.setenv("INEQUALITY_KEEP_RELEASES", "1")
    mine = here.warehouse / "releases" / "mine.txt"
    mine.write_text("mine")
    result = CliRunner().invoke(app, ["clean"])
    assert result.exit_code == 0
    assert "Cleared: 2 releases, 0 runs of Dagster, 0 refused files" in result.output
    assert f"Not ours, so left alone: {mine}" in result.output
    assert mine.exists()
