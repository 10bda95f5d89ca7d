"""The change log: only what changed, tombstones, any day's answer, and no crash that leaves it wrong."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

from pipelines.changes import log, log_folder
from pipelines.changes.previous import COMPARED
from pipelines.notes import words
from pipelines.release import journal
from pipelines.release import publish as release
from pipelines.release.folder import Release, listed
from pipelines.tables.store import Store

INEQUALITY = pl.DataFrame(schema=COMPARED["inequality"].schema)


def cells(**values: float | None) -> pl.DataFrame:
    """One published cell an area."""
    key = dict.fromkeys(COMPARED["observation"].key, "x")
    rows = [
        {**key, "area_code": area, "value": value, "note_code": None, "snapshot_sha256": "a", "is_modelled": True}
        for area, value in values.items()
    ]
    return pl.DataFrame(rows, schema=COMPARED["observation"].schema)


@dataclass
class Place:
    """A warehouse whose releases hold made cells, published one a day of March 2026."""

    root: Path
    notes: list[str] = field(default_factory=list)

    @property
    def warehouse(self) -> Path:
        return self.root / "it's a warehouse"

    def publish(
        self,
        day: int,
        now: pl.DataFrame,
        *,
        as_of: str | None = None,
        origin: str = "modelled",
        keep: int = 2,
        year: int = 2026,
    ) -> Path:
        made = Release(
            f"{day:02}" + (f"_as_of_{as_of}" if as_of else ""),
            datetime(year, 3, day, 12),  # noqa: DTZ001 - stored in UTC without a zone
            f"content of {day}",
            "1",
            "sample",
            origin,
            "local",
            as_of,
        )
        store = Store(self.warehouse / "tables")
        published = {"observation": now, "inequality": INEQUALITY}
        tables = [
            store.build(f"published.{name}", frame.clone, code_version="1", description="Made.", fresh=True)[0]
            for name, frame in published.items()
        ]
        release.follow_link(self.warehouse)
        log_folder.repair(self.warehouse)
        log_folder.follow(self.warehouse)
        logs = {name: log_folder.read(self.warehouse, name, origin)[0] for name in log.LOGGED}
        shipped = log.ledger(logs, made, published, sequence=journal.next_sequence(self.warehouse))
        self.notes = list(map(words, shipped.notes))
        done = release.publish(
            store,
            tables,
            {},
            warehouse=self.warehouse,
            release=made,
            glossary=self.root / "columns.toml",
            examples=self.root,
            make_current=as_of is None,
            keep=keep,
            also=lambda partial: log.write(partial, shipped.shipped, {"value": "It's a value."}),
        )
        assert done
        if as_of is None:
            log_folder.append(self.warehouse, shipped, made)
        return done.file

    def said_on(self, day: int, *, file: Path | None = None) -> dict[str, float | None]:
        rows = self.ask(
            f"from observation_as_of(date '2026-03-{day:02}') select area_code, value order by 1", file=file
        )
        return dict(rows)

    def ask(self, query: str, *, file: Path | None = None) -> list[tuple[Any, ...]]:
        with duckdb.connect(str((file or self.warehouse / "current.duckdb").resolve()), read_only=True) as connection:
            return connection.sql(query).fetchall()

    def logged(self) -> dict[str, int]:
        """By release, how many rows the folder has of it."""
        rows, _ = log_folder.read(self.warehouse, "observation", "modelled")
        return dict(rows.group_by("release_id").len().sort("release_id").iter_rows())

    def files(self) -> list[Path]:
        return sorted(log_folder.folder_of(self.warehouse, "observation", "modelled").glob("*"))


@pytest.fixture
def place(tmp_path: Path) -> Place:
    (tmp_path / "columns.toml").write_text("")
    return Place(tmp_path)


def test_only_what_changed_is_logged_and_a_cell_that_is_gone_has_a_tombstone(place: Place) -> None:
    place.publish(1, cells(a=1, b=2, c=None))
    place.publish(2, cells(a=1, b=3, c=None))
    place.publish(3, cells(a=1, b=3))
    assert place.logged() == {"01": 3, "02": 1, "03": 1}
    last = "select area_code, value, is_withdrawn from history.observation where release_id = '03'"
    assert place.ask(last) == [("c", None, True)]


def test_every_day_is_answered_by_the_newest_release_until_then(place: Place) -> None:
    place.publish(2, cells(a=1, b=2))
    place.publish(4, cells(a=1.5, c=9))
    place.publish(6, cells(a=1.5, b=2, c=9))
    said = {day: place.said_on(day) for day in (1, 2, 3, 4, 5, 6, 20)}
    first, second, third = {"a": 1, "b": 2}, {"a": 1.5, "c": 9}, {"a": 1.5, "b": 2, "c": 9}
    assert said == {1: {}, 2: first, 3: first, 4: second, 5: second, 6: third, 20: third}
    assert place.ask("select count(*) from inequality_as_of('2026-03-20')") == [(0,)]


def test_the_log_outlives_pruned_releases(place: Place) -> None:
    for day in range(1, 6):
        place.publish(day, cells(a=float(day)))
    assert listed(place.warehouse) == ["04", "05"]
    assert [place.said_on(day)["a"] for day in range(1, 6)] == [1, 2, 3, 4, 5]


def test_other_bytes_that_say_the_same_and_the_last_bits_of_a_number_are_no_change(place: Place) -> None:
    place.publish(1, cells(a=0.1 + 0.2))
    place.publish(2, cells(a=0.3).with_columns(snapshot_sha256=pl.lit("b")))
    assert place.logged() == {"01": 1}


def test_origins_have_logs_of_their_own(place: Place) -> None:
    place.publish(1, cells(a=1))
    place.publish(2, cells(a=7), origin="publisher")
    assert place.said_on(9) == {"a": 7}
    assert place.said_on(1) == {}


def test_a_build_of_an_earlier_day_ships_what_was_logged_by_then_and_logs_nothing(place: Place) -> None:
    place.publish(1, cells(a=1))
    place.publish(3, cells(a=3))
    file = place.publish(5, cells(a=99), as_of="2026-03-02")
    assert place.said_on(20, file=file) == {"a": 1}
    assert list(place.logged()) == ["01", "03"]


STEPS = {
    "before the file is whole": ("verify", False),
    "before the link moves": ("point", False),
    "after the link moved": ("prune", True),
    "while the log is written": ("append", True),
}


@pytest.mark.parametrize("moment", STEPS)
def test_a_crash_never_leaves_the_log_wrong(place: Place, moment: str, monkeypatch: pytest.MonkeyPatch) -> None:
    place.publish(1, cells(a=1, b=1))
    step, became_current = STEPS[moment]

    def crash(*_: object, **__: object) -> None:
        raise KeyboardInterrupt("power cut")

    with monkeypatch.context() as patch:
        patch.setattr(log_folder if step == "append" else release, step, crash)
        with pytest.raises(KeyboardInterrupt):
            place.publish(2, cells(a=2, b=1))
    assert place.logged() == {"01": 2}
    assert place.said_on(2) == ({"a": 2, "b": 1} if became_current else {"a": 1, "b": 1})
    place.publish(3, cells(a=2, b=3))
    assert place.logged() == ({"01": 2, "02": 1, "03": 1} if became_current else {"01": 2, "03": 2})
    assert place.said_on(2) == ({"a": 2, "b": 1} if became_current else {"a": 1, "b": 1})
    assert place.said_on(3) == {"a": 2, "b": 3}


@pytest.mark.parametrize("harm", ["lost", "cut", "other rows"])
def test_a_file_of_the_log_that_is_lost_or_damaged_comes_back_from_the_current_release(place: Place, harm: str) -> None:
    place.publish(1, cells(a=1, b=2))
    place.publish(2, cells(a=5, b=2))
    file = place.files()[0]
    whole, _ = log_folder.read(place.warehouse, "observation", "modelled")
    if harm == "lost":
        file.unlink()
    elif harm == "cut":
        file.write_bytes(file.read_bytes()[:100])
    else:
        pl.read_parquet(file).with_columns(value=pl.lit(7.0)).write_parquet(file)
    assert log_folder.repair(place.warehouse) == ["01"]
    assert log_folder.read(place.warehouse, "observation", "modelled")[0].equals(whole)
    assert log_folder.repair(place.warehouse) == []


def test_the_log_comes_back_though_the_parquet_beside_the_current_release_is_damaged(place: Place) -> None:
    place.publish(1, cells(a=1))
    place.publish(2, cells(a=5))
    (beside,) = (place.warehouse / "releases" / "inequality_02" / "published").glob("observation.parquet")
    beside.chmod(0o644)
    beside.write_bytes(b"damaged")
    file = place.files()[0]
    file.write_bytes(b"damaged")
    assert log_folder.unreadable(place.warehouse) == [file]
    assert log_folder.repair(place.warehouse) == ["01"]
    assert log_folder.unreadable(place.warehouse) == []


def test_a_file_that_nothing_can_mend_is_named_and_stops_nothing(place: Place) -> None:
    folder = log_folder.folder_of(place.warehouse, "observation", "modelled")
    folder.mkdir(parents=True)
    (folder / "00.parquet").write_bytes(b"no parquet")
    rows, notes = log_folder.read(place.warehouse, "observation", "modelled")
    assert rows.height == 0
    assert "history/observation/modelled/00.parquet of the change log cannot be read" in words(notes[0])


def roll_back(place: Place, release_id: str, day: int) -> None:
    release.rollback(place.warehouse, release_id, at=datetime(2026, 3, day, 15))  # noqa: DTZ001


def test_a_rollback_is_part_of_history_and_what_was_rolled_back_from_stays_in_it(place: Place) -> None:
    place.publish(1, cells(a=1))
    place.publish(2, cells(a=2))
    roll_back(place, "01", 4)
    place.publish(6, cells(a=1, b=6))
    said = {day: place.said_on(day) for day in range(1, 7)}
    first, second, last = {"a": 1}, {"a": 2}, {"a": 1, "b": 6}
    assert said == {1: first, 2: second, 3: second, 4: first, 5: first, 6: last}
    assert place.ask("select release_id from observation_as_of('2026-03-05')") == [("01",)]


def test_two_rollbacks_between_two_runs_are_both_history(place: Place) -> None:
    place.publish(1, cells(a=1), keep=9)
    place.publish(2, cells(a=2), keep=9)
    place.publish(3, cells(a=3), keep=9)
    roll_back(place, "02", 5)
    roll_back(place, "01", 7)
    place.publish(9, cells(a=9), keep=9)
    assert [place.said_on(day)["a"] for day in (3, 4, 5, 6, 7, 8, 9)] == [3, 3, 2, 2, 1, 1, 9]


def test_a_clock_two_years_ahead_for_one_night_is_named_and_contradicts_nothing(place: Place) -> None:
    place.publish(1, cells(a=1, b=1))
    place.publish(2, cells(a=2, b=1), year=2028)
    place.publish(3, cells(a=2, b=3))
    (said,) = place.notes
    assert "clock of this machine stands before 2028-03-02 12:00 UTC, when the release 02" in said
    assert place.said_on(3) == {"a": 2, "b": 3}
    place.publish(4, cells(a=4, b=3))
    assert place.notes == []
    assert [place.said_on(day) for day in (1, 2, 3, 4)] == [
        {"a": 1, "b": 1}, {"a": 1, "b": 1}, {"a": 2, "b": 3}, {"a": 4, "b": 3},
    ]  # fmt: skip


def test_many_files_become_one_and_say_the_same(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_folder, "MOST_FILES", 3)
    for day in range(1, 9):
        place.publish(day, cells(a=float(day)))
        assert len(place.files()) <= 3
    assert [place.said_on(day)["a"] for day in range(1, 9)] == [1, 2, 3, 4, 5, 6, 7, 8]


def test_what_a_crash_left_of_compacting_is_not_read_twice(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_folder, "MOST_FILES", 1)
    place.publish(1, cells(a=1))
    before = {file: file.read_bytes() for file in place.files()}
    place.publish(2, cells(a=2))
    for file, content in before.items():
        file.write_bytes(content)
    assert place.logged() == {"01": 1, "02": 1}


def test_the_log_of_before_the_journal_goes_on(place: Place) -> None:
    for day in (1, 2):
        place.publish(day, cells(a=float(day)))
    for name in log.LOGGED:
        for file in sorted(log_folder.folder_of(place.warehouse, name, "modelled").glob("*")):
            pl.read_parquet(file).drop("sequence").write_parquet(
                file.with_name(f"{file.stem.partition('_')[2]}.parquet")
            )
            file.unlink()
    (place.warehouse / "history" / "journal.jsonl").unlink()
    place.publish(3, cells(a=3))
    assert place.logged() == {"01": 1, "02": 1, "03": 1}
    assert [place.said_on(day)["a"] for day in (1, 2, 3)] == [1, 2, 3]


def test_a_file_of_the_log_whose_column_had_another_type_is_read_as_far_as_it_can_be(place: Place) -> None:
    place.publish(1, cells(a=1, b=2))
    (file,) = place.files()
    text = pl.read_parquet(file).with_columns(value=pl.Series(["1.0", "two"]), is_modelled=pl.lit("true"))
    text.write_parquet(file)
    rows, notes = log_folder.read(place.warehouse, "observation", "modelled")
    assert rows.select("area_code", "value").rows() == [("a", 1.0), ("b", None)]
    assert [note.label for note in notes] == ["value", "is_modelled"]


def test_older_clients_can_open_the_file_and_it_says_what_it_holds(place: Place) -> None:
    file = place.publish(1, cells(a=1))
    with duckdb.connect() as connection:
        connection.execute("attach '{}' as it (read_only)".format(str(file).replace("'", "''")))
        ((tags,),) = connection.sql("select tags from duckdb_databases() where database_name = 'it'").fetchall()
    assert "v1.2.0" in str(tags)
    said = "select distinct comment from duckdb_columns() where schema_name = 'history' and column_name = 'value'"
    assert place.ask(said) == [("It's a value.",)]
    tables = place.ask("select table_name from duckdb_tables() where comment like 'One row per change%' order by 1")
    assert tables == [("inequality",), ("observation",)]


def test_the_day_of_a_release_counts_to_its_end(place: Place) -> None:
    place.publish(1, cells(a=1))
    assert place.ask("select count(*) from observation_as_of(timestamp '2026-03-01 03:00:00')") == [(1,)]
    assert place.ask(f"select count(*) from observation_as_of('{date(2026, 2, 28)}')") == [(0,)]
