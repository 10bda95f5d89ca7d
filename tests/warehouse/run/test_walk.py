"""A whole run without Dagster: the same tables, the same findings, the same release."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from pipelines.release.publish import current
from pipelines.run.walk import GATE, walk_and_publish
from pipelines.settings import Settings
from pipelines.tables.registry import tables
from pipelines.tables.store import Store
from tests.conftest import run_on


def in_folder(place: Path) -> Settings:
    return replace(Settings(), warehouse=place / "warehouse", snapshots=place / "snapshots")


def test_the_plain_loop_builds_what_dagster_builds(sample_warehouse: Path, tmp_path: Path) -> None:
    run = run_on(in_folder(tmp_path), "sample")
    done = walk_and_publish(run)
    assert done.stop is None
    assert done.built == list(tables())
    by_dagster = Store(sample_warehouse / "tables")
    hashes = {
        name: [record.content_hash for store in (run.store, by_dagster) if (record := store.record(name))]
        for name in tables()
        # These hold when and from where the bytes came.
        if not name.startswith("raw.") and name != "staging.snapshot"
    }
    assert {name for name, (ours, theirs) in hashes.items() if ours != theirs} == set()
    again = walk_and_publish(run_on(run.settings, "sample"))
    assert {name.partition(".")[0] for name in again.built} <= {"previous", "core"}
    assert again.publication is not None
    assert not again.publication.is_new
    ours, theirs = current(run.settings.warehouse), current(sample_warehouse)
    assert ours is not None
    assert theirs is not None
    assert ours.content_hash == theirs.content_hash


def test_a_file_that_no_run_can_do_without_stops_it_where_nothing_stands_in(
    altered_sample: Path, tmp_path: Path
) -> None:
    (altered_sample / "iod" / "iod2019_file_7.csv").write_text("nothing of use\n")
    done = walk_and_publish(run_on(in_folder(tmp_path), altered_sample))
    assert done.stop is not None
    assert done.stop.table == GATE
    assert "iod/iod2019_file_7.csv" in str(done.stop.error)
    assert done.publication is None
