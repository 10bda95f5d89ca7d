"""A warehouse of the version before the journal is opened, brought up to date by the next run, and damaged nowhere."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import duckdb
import polars as pl

from pipelines import integrity
from pipelines.backup import back_up, restore
from pipelines.release import journal
from pipelines.release.checksums import write_sums
from pipelines.run.walk import walk_and_publish
from pipelines.settings import Settings
from pipelines.sources.arrival import snapshot
from tests.conftest import run_on


def rewritten(file: Path) -> Path:
    """A file of our own in place of a hard link, so that it may be changed."""
    content = file.read_bytes()
    file.unlink()
    file.write_bytes(content)
    return file


def make_old(here: Settings) -> None:
    """Take away what the version before did not have: the journal, the numbers of moves and those of snapshots."""
    (here.warehouse / "history" / "journal.jsonl").unlink()
    for file in (here.warehouse / "history").glob("*/*/*.parquet"):
        old = pl.read_parquet(file).drop("sequence")
        file.unlink()
        old.write_parquet(file.with_name(f"{file.stem.partition('_')[2]}.parquet"))
    release = rewritten((here.warehouse / "current.duckdb").resolve())
    with duckdb.connect(str(release)) as connection:
        for name in ("observation", "inequality"):
            connection.execute(f"drop macro table {name}_as_of; alter table history.{name} drop column sequence")
    write_sums(release, written_as=release)
    for sidecar in snapshot.sidecars(here.snapshots):
        said = json.loads(rewritten(sidecar).read_text(encoding="utf-8"))
        del said["number"]
        sidecar.write_text(json.dumps(said), encoding="utf-8")


def damages(here: Settings) -> list[integrity.Damage]:
    return integrity.verify(snapshots=here.snapshots, tables=here.tables, warehouse=here.warehouse).damages


def test_the_next_run_brings_it_up_to_date_and_a_restored_backup_of_it_goes_on(
    after_sample: Settings, tmp_path: Path
) -> None:
    make_old(after_sample)
    assert damages(after_sample) == []
    done = walk_and_publish(run_on(after_sample, "sample"))
    assert done.publication
    assert not done.publication.is_new
    assert [move.release_id for move in journal.moves(after_sample.warehouse)] == [done.publication.release_id]
    back_up(after_sample, tmp_path / "backup")
    for folder in (after_sample.warehouse, after_sample.snapshots):
        shutil.rmtree(folder)
    restore(tmp_path / "backup", after_sample)
    assert damages(after_sample) == []
    again = walk_and_publish(run_on(after_sample, "sample"))
    assert again.publication
    assert (again.publication.is_new, again.publication.release_id) == (False, done.publication.release_id)
