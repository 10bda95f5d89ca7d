"""What a run is compared with: the right release, the columns that checks need, and nothing where there is nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import duckdb
import polars as pl

from pipelines.changes.previous import COMPARED, comparable, read
from pipelines.notes import words
from pipelines.release import journal, publish
from pipelines.release.checksums import write_sums
from pipelines.release.folder import Release, file_of, point

OBSERVATION = COMPARED["observation"]


def write_release(
    warehouse: Path,
    release_id: str,
    *,
    origin: str = "modelled",
    as_of: str | None = None,
    created_at: datetime = datetime(2026, 3, 1, 12),  # noqa: DTZ001 - stored in UTC without a zone
    current: bool = True,
    **published: pl.DataFrame,
) -> Release:
    """A release file of made tables, by hand."""
    said = Release(release_id, created_at, release_id, "1", "sample", origin, "local", as_of)
    file = file_of(warehouse, release_id)
    file.parent.mkdir(parents=True, exist_ok=True)
    with duckdb.connect() as connection:
        quoted = str(file).replace("'", "''")
        connection.execute(f"attach '{quoted}' as made (storage_version 'v1.2.0')")
        connection.execute("create schema made.meta; create schema made.published")
        row = pl.DataFrame([said.__dict__], schema_overrides={"as_of": pl.String()})
        connection.register("row", row)
        connection.execute("create table made.meta.release as from row")
        for name, frame in published.items():
            connection.register("frame", frame)
            connection.execute(f"create table made.published.{name} as from frame")
            connection.unregister("frame")
    write_sums(file, written_as=file)
    if current:
        point(warehouse, release_id)
        sequence = journal.next_sequence(warehouse)
        journal.note(warehouse, journal.Move(sequence, created_at, release_id, origin, journal.PUBLISHED))
    return said


def cells(**changed: object) -> pl.DataFrame:
    """One published cell, as analysts see it."""
    row: dict[str, object] = {
        **dict.fromkeys(OBSERVATION.key, "x"),
        "value": 1.5,
        "value_lower": 1.0,
        "value_upper": 2.0,
    }
    row |= {"note_code": None, "source": "fingertips", "snapshot_sha256": "a" * 64, "is_modelled": True}
    return pl.DataFrame([row | {"area_type": "district", "unit": "%", "title": "not kept"} | changed])


def test_nothing_is_compared_with_before_the_first_release(tmp_path: Path) -> None:
    assert comparable(tmp_path, "modelled") is None
    made = read(tmp_path, None, OBSERVATION)
    assert (made.frame.schema, made.frame.height) == (pl.Schema(OBSERVATION.schema), 0)


def test_another_origin_and_a_build_of_an_earlier_day_are_not_compared_with(tmp_path: Path) -> None:
    write_release(tmp_path, "1")
    write_release(tmp_path, "2_as_of_2026-01-01", as_of="2026-01-01", current=False)
    write_release(tmp_path, "3", origin="publisher")
    found = [comparable(tmp_path, origin) for origin in ("modelled", "publisher", "unheard of")]
    assert [release and release.release_id for release in found] == ["1", "3", None]


def test_after_a_rollback_the_release_that_somebody_found_right_is_compared_with(tmp_path: Path) -> None:
    for release_id in ("1", "2"):
        write_release(tmp_path, release_id)
    point(tmp_path, "1")
    found = comparable(tmp_path, "modelled")
    assert found
    assert found.release_id == "1"


def test_a_build_of_an_earlier_day_is_compared_with_the_newest_before_that_day(tmp_path: Path) -> None:
    for day in (1, 2, 3):
        write_release(tmp_path, str(day), created_at=datetime(2026, 3, day, 23))  # noqa: DTZ001
    days = [date(2026, 3, day) for day in (1, 2, 3, 9)]
    found = [comparable(tmp_path, "modelled", as_of=day) for day in days]
    assert [release and release.release_id for release in found] == [None, "1", "2", "3"]


def test_the_columns_that_checks_need_are_kept_and_no_others(tmp_path: Path) -> None:
    before = write_release(tmp_path, "1", observation=cells())
    made = read(tmp_path, before, OBSERVATION)
    assert made.frame.schema == pl.Schema(OBSERVATION.schema)
    assert made.frame["value"].to_list() == [1.5]
    assert not made.notes


def test_a_column_that_the_release_did_not_have_yet_is_null_and_a_table_without_rows(tmp_path: Path) -> None:
    before = write_release(tmp_path, "1", observation=cells().drop("source"))
    assert read(tmp_path, before, OBSERVATION).frame["source"].to_list() == [None]
    absent = read(tmp_path, before, COMPARED["inequality"])
    assert (absent.frame.height, absent.notes) == (0, [])


def test_a_damaged_release_compares_with_nothing_and_says_so(tmp_path: Path) -> None:
    before = write_release(tmp_path, "1", observation=cells())
    file = file_of(tmp_path, "1")
    file.write_bytes(file.read_bytes()[:5000])
    made = read(tmp_path, before, OBSERVATION)
    assert made.frame.height == 0
    assert "release 1 cannot be read" in words(made.notes[0])
    assert comparable(tmp_path, "modelled") is None


def test_a_renamed_file_is_not_followed_by_id(tmp_path: Path) -> None:
    before = write_release(tmp_path, "1", observation=cells())
    assert read(tmp_path, replace(before, release_id="9"), OBSERVATION).notes


def test_a_column_of_another_type_is_compared_through_ours_and_what_cannot_be_is_named(tmp_path: Path) -> None:
    given = pl.concat([cells(value=1.5, area_code="a"), cells(value=2.5, area_code="b")])
    text = given.with_columns(value=pl.Series(["1.5", "withheld"]), is_modelled=pl.lit(1), period=pl.lit(2019))
    before = write_release(tmp_path, "1", observation=text)
    made = read(tmp_path, before, OBSERVATION)
    assert made.frame.select("area_code", "value", "is_modelled", "period").rows() == [
        ("a", 1.5, True, "2019"), ("b", None, True, "2019"),
    ]  # fmt: skip
    (note,) = made.notes
    assert words(note) == (
        "The column value of published.observation of 1 is String, and Float64 in this version; 1 value that cannot be "
        "read as such counts as absent in what this run compares."
    )


def test_a_build_of_a_day_after_a_rollback_is_compared_with_what_was_gone_back_to(tmp_path: Path) -> None:
    for day in (1, 2):
        write_release(tmp_path, str(day), created_at=datetime(2026, 3, day, 23))  # noqa: DTZ001
    publish.rollback(tmp_path, "1", at=datetime(2026, 3, 4, 9))  # noqa: DTZ001
    days = [date(2026, 3, day) for day in (3, 4, 5)]
    found = [comparable(tmp_path, "modelled", as_of=day) for day in days]
    assert [release and release.release_id for release in found] == ["2", "2", "1"]
