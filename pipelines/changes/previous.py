"""What the release before this one said: the rows that checks of history and the revision radar compare against.

What belongs here: which release is compared with, and which columns of it are kept. What does not: what a difference
means (`changes/revisions.py`, `sql/checks/`), or the log over all releases (`changes/log.py`).

A run is compared only with a release of its own origin, never with a build of an earlier day: with the current one
where that is of the origin (after a rollback it is the one that somebody judged right), else with the newest. A build
of an earlier day is compared with the release that was current before that day. Where there is none, the tables are
empty.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import duckdb
import polars as pl

from pipelines.notes import Kind, Note
from pipelines.release import journal, publish
from pipelines.release.folder import Release, file_of
from pipelines.tables.store import Made

TEXT, FIGURE, YES_NO = pl.String(), pl.Float64(), pl.Boolean()


@dataclass(frozen=True)
class Compared:
    """One published table that is compared from release to release: its key, and the columns kept beside it."""

    name: str
    key: tuple[str, ...]
    kept: dict[str, pl.DataType]

    @property
    def schema(self) -> dict[str, pl.DataType]:
        """The columns of `previous.<name>`."""
        return {**dict.fromkeys(self.key, TEXT), **self.kept}


_GROUPS = ("indicator", "area_code", "period", "period_length", "sex", "age", "dimension", "scheme")
_FIGURES = {"value": FIGURE, "value_lower": FIGURE, "value_upper": FIGURE}

COMPARED = {
    "observation": Compared(
        "observation",
        (*_GROUPS, "category"),
        {
            "area_type": TEXT,
            **_FIGURES,
            "unit": TEXT,
            "note_code": TEXT,
            "source": TEXT,
            "snapshot_sha256": TEXT,
            "is_modelled": YES_NO,
        },
    ),
    "inequality": Compared(
        "inequality",
        (*_GROUPS, "measure", "transform"),
        {
            "area_type": TEXT,
            **_FIGURES,
            "unit": TEXT,
            "note_code": TEXT,
            "grade": TEXT,
            "method_version": TEXT,
            "is_modelled": YES_NO,
        },
    ),
    "inequality_change": Compared(
        "inequality_change",
        (
            *("indicator", "area_code", "period_from", "period_to", "period_length", "sex", "age"),
            *("dimension", "scheme", "measure"),
        ),
        {
            "area_type": TEXT,
            "difference": FIGURE,
            "verdict_absolute": TEXT,
            "verdict_relative": TEXT,
            "grade": TEXT,
            "is_modelled": YES_NO,
        },
    ),
    # What measures rest on beside observations: the index, the lookups and the people, in one small table.
    "deprivation_profile": Compared(
        "deprivation_profile",
        ("area_code", "imd_release", "decile"),
        {"lsoa_count": pl.Int64(), "population": pl.Int64()},
    ),
}


def comparable(warehouse: Path, origin: str, *, as_of: date | None = None) -> Release | None:
    """The release that a run of this origin is compared with; None where there is none that can be read."""
    found = [
        (known.release, known.is_current)
        for known in publish.catalogue_of(warehouse)
        if known.release and known.release.origin == origin and known.release.as_of is None
    ]
    if as_of is not None:
        then = journal.last_on(warehouse, as_of - timedelta(days=1), origin)
        return next((made for made, _ in found if then and made.release_id == then.release_id), None)
    chosen = [made for made, is_current in found if is_current] or [made for made, _ in found]
    return chosen[-1] if chosen else None


def read(warehouse: Path, before: Release | None, compared: Compared) -> Made:
    """What a release published in one table, as `previous.<name>`; no rows where there is no release.

    A column that the release did not have yet is null, and a table has no rows. A column of another type is read
    as ours as far as it can be. A release that is damaged compares with nothing. A note says so of both: neither a bad
    copy of yesterday's file nor a new version of ours must stop tonight's run.
    """
    empty = pl.DataFrame(schema=compared.schema)
    if before is None:
        return Made(empty)
    try:
        rows = rows_of(file_of(warehouse, before.release_id), compared)
        frame, notes = fitted(rows, compared.schema, where=f"published.{compared.name} of {before.release_id}")
        return Made(frame.sort(compared.key), notes=notes)
    except duckdb.Error as error:
        said = str(error).strip().partition("\n")[0]
        return Made(
            empty,
            notes=[
                Note(Kind.PREVIOUS_NOT_READ, table=f"published.{compared.name}", release=before.release_id, cause=said)
            ],
        )


def rows_of(file: Path, compared: Compared) -> pl.DataFrame:
    """What a release file publishes in one table, of the columns that are compared and as they are there."""
    with duckdb.connect(str(file), read_only=True) as connection:
        there = connection.execute(
            "select count(*) from duckdb_tables() where schema_name = 'published' and table_name = ?", [compared.name]
        ).fetchall()
        if there != [(1,)]:
            return pl.DataFrame(schema=compared.schema)
        table = connection.table(f"published.{compared.name}")
        frame: pl.DataFrame = table.select(*(name for name in table.columns if name in compared.schema)).pl()
    return frame if set(compared.key) <= set(frame.columns) else pl.DataFrame(schema=compared.schema)


def narrowed(frame: pl.DataFrame, compared: Compared) -> pl.DataFrame:
    """The columns of a table of ours that are compared, each in its type, sorted by the key; one that is absent is
    null.
    """
    return fitted(frame, compared.schema, where=compared.name)[0].sort(compared.key)


def fitted(frame: pl.DataFrame, schema: Mapping[str, pl.DataType], *, where: str) -> tuple[pl.DataFrame, list[Note]]:
    """The columns of a schema, each in its type, and a note for each that had values which cannot be read as that.

    A column that is absent is null, and so is a value that cannot be read.
    """
    columns, notes = [], []
    for name, kind in schema.items():
        if name not in frame.columns:
            columns.append(pl.repeat(None, frame.height, dtype=kind, eager=True).alias(name))
            continue
        was = frame[name]
        now = _cast(was, kind)
        lost = now.null_count() - was.null_count()
        if lost:
            types = (str(was.dtype), str(kind))
            notes.append(Note(Kind.COLUMN_OF_OTHER_TYPE, where=where, label=name, pairs=(types,), count=lost))
        columns.append(now)
    return pl.DataFrame(columns), notes


def _cast(column: pl.Series, kind: pl.DataType) -> pl.Series:
    try:
        return column.cast(kind, strict=False)
    except pl.exceptions.PolarsError:
        return pl.repeat(None, column.len(), dtype=kind, eager=True).alias(column.name)
