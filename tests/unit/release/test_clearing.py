"""What is cleared away among the releases is ours: what a reader or a person keeps there stays."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from pipelines.release.clearing import left_by_others, prune, sweep
from pipelines.release.folder import ID, listed, new_id
from tests.unit.release.test_publish import Place

LOST = "inequality_20260301T020000Z_00000002"
LITTLE = {"memory_limit": "90MB", "threads": "1", "preserve_insertion_order": "false"}


@pytest.fixture
def place(tmp_path: Path) -> Place:
    (tmp_path / "examples").mkdir()
    (tmp_path / "columns.toml").write_text("")
    return Place(tmp_path)


def test_the_ids_that_we_make_are_known_as_ours() -> None:
    assert ID.fullmatch(new_id("0123456789abcdef"))
    assert ID.fullmatch(new_id("0123456789abcdef", as_of="2026-03-01"))
    assert not ID.fullmatch("20260301T020000Z_00000002.duckdb.tmp")


def spilling(connection: duckdb.DuckDBPyConnection, spill: Path) -> duckdb.DuckDBPyConnection:
    """A sorted answer of which most rows lie on the disk, the first of them fetched."""
    cursor = connection.execute(
        "select hash(i) as h, i::varchar || repeat('x', 40) as t from range(1500000) r(i) order by h"
    )
    assert cursor.fetchone()
    assert any(spill.iterdir())
    return cursor


def test_a_reader_that_spills_beside_the_release_goes_on_while_others_come_and_go(place: Place) -> None:
    file = place.publish_value("1", 1.0)
    assert file
    spill = file.with_name(f"{file.name}.tmp")
    with duckdb.connect(str(file), read_only=True, config=LITTLE) as reader:
        answer = spilling(reader, spill)
        for number in (2, 3):
            place.publish_value(str(number), float(number), keep=1)
        assert listed(place.warehouse) == ["3"]
        assert any(spill.iterdir())
        assert left_by_others(place.warehouse) == [spill]
        rows = 1
        while batch := answer.fetchmany(100_000):
            rows += len(batch)
    assert rows == 1_500_000


def test_what_a_person_keeps_among_the_releases_stays(place: Place) -> None:
    file = place.publish_value("1", 1.0)
    assert file
    folder = file.parent
    kept = [
        folder / "inequality_copy.duckdb",
        folder / "inequality_notes" / "published" / "mine.parquet",
        folder / "inequality_copy.sha256.txt",
        folder / ".partial-thoughts.txt",
        folder / ".mine.partial",
        folder / LOST / "my notes.txt",
    ]
    for one in kept:
        one.parent.mkdir(parents=True, exist_ok=True)
        one.write_text("mine")
    (folder / "inequality_copy.duckdb").write_bytes(file.read_bytes())
    beside = file.with_suffix("") / "my notes.txt"
    beside.write_text("mine")
    for number in (2, 3):
        place.publish_value(str(number), float(number), keep=1)
    assert [one for one in (*kept, beside) if not one.exists()] == []
    assert listed(place.warehouse) == ["3"]
    assert list(file.with_suffix("").rglob("*.parquet")) == []
    prune(place.warehouse, keep=1)
    assert (folder / "inequality_copy.duckdb").exists()


WRITES_AND_SPILLS = """
import sys, duckdb
with duckdb.connect(sys.argv[1], config={"memory_limit": "90MB", "threads": "1"}) as connection:
    connection.execute("create table t as select i from range(10) r(i)")
    answer = connection.execute(
        "select hash(i) as h, i::varchar || repeat('x', 40) as t from range(1500000) r(i) order by h")
    answer.fetchone()
    print("spilling", flush=True)
    sys.stdin.read()
"""


def test_a_kill_in_the_spill_of_a_release_that_is_written_does_not_stop_the_next_run(place: Place) -> None:
    folder = place.warehouse / "releases"
    folder.mkdir(parents=True)
    partial = folder / ".partial-20260301T020000Z_00000002.duckdb"
    command = [sys.executable, "-c", WRITES_AND_SPILLS, str(partial)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as writer:
        assert writer.stdout
        assert writer.stdout.readline() == b"spilling\n"
        os.kill(writer.pid, signal.SIGKILL)
    spill = folder / f"{partial.name}.tmp"
    assert spill.is_dir()
    assert any(spill.iterdir())
    assert place.publish_value("3", 3.0)
    assert sorted(found.name for found in folder.glob(".*")) == []


def test_a_release_is_written_without_a_folder_where_the_run_was_started(
    place: Place, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    seen: list[str] = []
    connect: Callable[..., duckdb.DuckDBPyConnection] = duckdb.connect

    def watched(*args: object, **options: object) -> duckdb.DuckDBPyConnection:
        opened = connect(*args, **options)
        seen.append(str(opened.sql("select current_setting('temp_directory')").fetchall()[0][0]))
        return opened

    monkeypatch.setattr("pipelines.release.file.duckdb.connect", watched)
    place.publish_value("1", 1.0)
    assert seen
    assert all(".partial-1.duckdb.tmp" in where for where in seen)


def test_a_sweep_of_a_folder_that_is_not_there_is_nothing(tmp_path: Path) -> None:
    sweep(tmp_path / "none")
