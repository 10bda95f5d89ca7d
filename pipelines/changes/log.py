"""The change log: every published cell that ever changed, and since which release. It outlives pruned releases.

What belongs here: the files under `warehouse/history/`, and the schema `history` of a release with its two macros. What
does not: what changed since the release before, and in which words (`changes/revisions.py`, `changes/wording.py`).

`<warehouse>/history/<table>/<origin>/<release id>.parquet` holds the cells that differ from what the log said before,
with the time of the release; a cell that is gone is a row with `is_withdrawn`. A release ships the whole log of its
origin, including its own rows, which are written to the folder only after the link has moved. So an id that never
became a release is never in the log, and what a crash after the swap left out is taken from the current release at
the next publication. So is a file of the log that was lost or damaged.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import duckdb
import polars as pl

from pipelines.changes.previous import COMPARED, Compared, narrowed
from pipelines.files import write_atomically
from pipelines.notes import Kind, Note
from pipelines.release.checksums import is_readable
from pipelines.release.folder import Release, ReleaseRefused, file_of
from pipelines.release.publish import NOT_CONTENT, describe
from pipelines.tables.store import SIGNIFICANT_DIGITS, content_hash

LOGGED = ("observation", "inequality")
SINCE = {"valid_from": pl.Datetime("us"), "release_id": pl.String(), "is_withdrawn": pl.Boolean()}
ABOUT = {
    "observation": "One row per change of a cell of published.observation, of all releases of this origin. Ask "
    "`from observation_as_of('2026-03-01')` for what was said on a day.",
    "inequality": "One row per change of a cell of published.inequality, of all releases of this origin. Ask "
    "`from inequality_as_of('2026-03-01')` for what was said on a day.",
}


def schema_of(name: str) -> dict[str, pl.DataType]:
    """The columns of `history.<name>`."""
    return {**COMPARED[name].schema, **SINCE}


def folder_of(warehouse: Path, name: str, origin: str) -> Path:
    """Where the log of a table is kept, one file per release."""
    return warehouse / "history" / name / origin


def log(warehouse: Path, name: str, origin: str) -> tuple[pl.DataFrame, list[Note]]:
    """All rows that the folder holds for a table, and a note for every file that cannot be read."""
    frames, notes = [pl.DataFrame(schema=schema_of(name))], []
    for file in sorted(folder_of(warehouse, name, origin).glob("[!.]*.parquet")):
        try:
            frames.append(_fitted(pl.read_parquet(file), name))
        except (pl.exceptions.PolarsError, OSError) as error:
            said = str(error).partition("\n")[0]
            notes.append(Note(Kind.LOG_NOT_READ, path=str(file.relative_to(warehouse)), cause=said))
    return pl.concat(frames), notes


def unreadable(warehouse: Path) -> list[Path]:
    """Every file of the log that cannot be read."""
    found = []
    for file in (warehouse / "history").glob("*/*/[!.]*.parquet"):
        try:
            pl.read_parquet(file)
        except (pl.exceptions.PolarsError, OSError):
            found.append(file)
    return found


def _fitted(frame: pl.DataFrame, name: str) -> pl.DataFrame:
    columns = [
        (pl.col(column) if column in frame.columns else pl.lit(None)).cast(kind).alias(column)
        for column, kind in schema_of(name).items()
    ]
    return frame.select(columns)


def state(rows: pl.DataFrame, compared: Compared) -> pl.DataFrame:
    """The last word of a log on every cell that is not withdrawn."""
    newest = rows.sort("valid_from", "release_id").unique(compared.key, keep="last", maintain_order=True)
    return newest.filter(~pl.col("is_withdrawn")).select(list(compared.schema))


def differs(compared: Compared, suffix: str) -> pl.Expr:
    """Whether two joined rows say different things, whatever bytes and method they came from."""
    pairs = []
    for name, kind in compared.kept.items():
        if name in NOT_CONTENT:
            continue
        one, other = pl.col(name), pl.col(name + suffix)
        if kind.is_float():
            one, other = one.round_sig_figs(SIGNIFICANT_DIGITS) + 0.0, other.round_sig_figs(SIGNIFICANT_DIGITS) + 0.0
        pairs.append(one.ne_missing(other))
    return pl.any_horizontal(pairs)


def changes(before: pl.DataFrame, now: pl.DataFrame, compared: Compared, release: Release) -> pl.DataFrame:
    """The rows that a release adds to the log: cells that are new or differ, and a tombstone for each that is gone."""
    now = narrowed(now, compared)
    joined = now.join(before.with_columns(there=True), on=compared.key, how="left", suffix="_before")
    changed = joined.filter(pl.col("there").is_null() | differs(compared, "_before")).select(list(compared.schema))
    gone = before.join(now, on=compared.key, how="anti").with_columns(
        [pl.lit(None, kind).alias(name) for name, kind in compared.kept.items() if name != "is_modelled"]
    )
    both = [
        changed.with_columns(is_withdrawn=False),
        gone.select(list(compared.schema)).with_columns(is_withdrawn=True),
    ]
    stamped = pl.concat(both).with_columns(valid_from=pl.lit(release.created_at), release_id=pl.lit(release.release_id))
    return _fitted(stamped, compared.name).sort(compared.key)


def ledger(
    warehouse: Path, release: Release, published: Mapping[str, pl.DataFrame]
) -> tuple[dict[str, pl.DataFrame], list[Note]]:
    """The log that a release ships: all before it, and what it changes; and notes.

    A build of an earlier day changes nothing and ships what was logged by the end of that day.
    """
    shipped, notes = {}, []
    for name in LOGGED:
        rows, faults = log(warehouse, name, release.origin)
        notes += faults
        if release.as_of:
            shipped[name] = rows.filter(pl.col("valid_from").dt.date() <= date.fromisoformat(release.as_of))
            continue
        compared = COMPARED[name]
        shipped[name] = pl.concat([rows, changes(state(rows, compared), published[name], compared, release)])
    return shipped, notes


def append(warehouse: Path, shipped: Mapping[str, pl.DataFrame], release: Release) -> None:
    """Keep what a release changed, once it is current."""
    for name, rows in shipped.items():
        _keep(warehouse, name, release.origin, release.release_id, rows)


def _keep(warehouse: Path, name: str, origin: str, release_id: str, rows: pl.DataFrame) -> None:
    buffer = io.BytesIO()
    rows.filter(pl.col("release_id") == release_id).write_parquet(buffer, compression="zstd")
    write_atomically(folder_of(warehouse, name, origin) / f"{release_id}.parquet", buffer.getvalue())


def repair(warehouse: Path) -> list[str]:
    """Take from the current release whatever the folder lacks or holds otherwise. Returns the ids mended."""
    lost = lacking(warehouse)
    for name, origin, release_id, rows in lost:
        _keep(warehouse, name, origin, release_id, rows)
    return sorted({release_id for _, _, release_id, _ in lost})


def lacking(warehouse: Path) -> list[tuple[str, str, str, pl.DataFrame]]:
    """Table, origin, release id and rows of every file of the log that is not what the current release ships."""
    link = warehouse / "current.duckdb"
    if not link.exists():
        return []
    try:
        now = describe(link)
    except ReleaseRefused:
        return []
    if now.as_of or not is_readable(file_of(warehouse, now.release_id)):
        return []
    found = []
    for name in LOGGED:
        rows = _shipped_by(link, name)
        # A release that changed nothing has no rows and needs no file, but its own, which says that it was logged.
        for release_id in sorted({*rows["release_id"].unique(), *([now.release_id] if rows.height else [])}):
            wanted = rows.filter(pl.col("release_id") == release_id)
            file = folder_of(warehouse, name, now.origin) / f"{release_id}.parquet"
            if _hash_of(file, name) != content_hash(wanted):
                found.append((name, now.origin, release_id, rows))
    return found


def _hash_of(file: Path, name: str) -> str:
    try:
        return content_hash(_fitted(pl.read_parquet(file), name)) if file.is_file() else ""
    except (pl.exceptions.PolarsError, OSError):
        return ""


def _shipped_by(file: Path, name: str) -> pl.DataFrame:
    """The log in a release file; no rows where it is of an older make or damaged there."""
    empty = pl.DataFrame(schema=schema_of(name))
    try:
        with duckdb.connect(str(file.resolve()), read_only=True) as connection:
            frame: pl.DataFrame = connection.table(f"history.{name}").pl()
    except duckdb.Error:
        return empty
    return _fitted(frame, name)


def write(file: Path, shipped: Mapping[str, pl.DataFrame], comments: Mapping[str, str]) -> None:
    """Write the schema `history` and the macros into a release file that nobody reads yet."""
    with duckdb.connect(str(file)) as connection:
        connection.execute("begin")
        connection.execute("create schema history")
        for name, rows in shipped.items():
            connection.register("incoming", rows)
            connection.execute(f"create table history.{name} as from incoming")
            connection.unregister("incoming")
            connection.execute(f"comment on table history.{name} is {_literal(ABOUT[name])}")
            for column in rows.columns:
                if meaning := comments.get(column):
                    connection.execute(f'comment on column history.{name}."{column}" is {_literal(meaning)}')
            connection.execute(_macro(name))
            about = f"What the newest release on or before a day said in published.{name}."
            connection.execute(f"comment on macro table {name}_as_of is {_literal(about)}")
        connection.execute("commit")
        connection.execute("checkpoint")


def _macro(name: str) -> str:
    """`<name>_as_of(day)`: the last word on every cell on or before the end of a day, UTC."""
    compared = COMPARED[name]
    columns = ", ".join(f'"{column}"' for column in (*compared.schema, "valid_from", "release_id"))
    key = ", ".join(f'"{column}"' for column in compared.key)
    chosen = f"row_number() over (partition by {key} order by valid_from desc, release_id desc) = 1"
    shown = f"select {columns} from history.{name}"  # noqa: S608 - names of our own, no values
    return (
        f"create macro {name}_as_of(day) as table {shown} "
        f"where valid_from < cast(day as date) + interval 1 day qualify {chosen} and not is_withdrawn"
    )


def _literal(text: str) -> str:
    # COMMENT takes a literal only.
    return "'" + text.replace("'", "''") + "'"
