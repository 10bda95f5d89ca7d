"""The files of the change log, `warehouse/history/<table>/<origin>/`, and how they keep up with the journal.

What belongs here: reading, adding to, mending and compacting them. What does not: what a row of the log says
(`changes/log.py`).

`<sequence>_<release id>.parquet` holds the rows of one move; `through_<sequence>.parquet` those of all moves up to that
one. The rows of a new release are written after the link has moved, so an id that never became a release is never in
the log, and what a crash after the swap left out is taken from the newest release on the shelf at the next run. So is
whatever was lost or damaged. After MOST_FILES moves, and whenever earlier rows change, all rows become one file.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb
import polars as pl

from pipelines.changes.log import LOGGED, Ledger, changes, schema_of, state
from pipelines.changes.previous import COMPARED, fitted, narrowed, rows_of
from pipelines.files import write_atomically
from pipelines.notes import Kind, Note
from pipelines.release import journal
from pipelines.release.checksums import is_readable
from pipelines.release.folder import Release, file_of, listed
from pipelines.tables.store import content_hash

MOST_FILES = 30
WHOLE = re.compile(r"through_(\d{6,})")
ENTRY = re.compile(r"(\d{6,})_(.+)")


def folder_of(warehouse: Path, name: str, origin: str) -> Path:
    """Where the log of a table is kept."""
    return warehouse / "history" / name / origin


def read(warehouse: Path, name: str, origin: str) -> tuple[pl.DataFrame, list[Note]]:
    """All rows that the folder holds for a table, and a note for whatever of them cannot be read."""
    frames, notes = [pl.DataFrame(schema=schema_of(name))], []
    for file in _files(folder_of(warehouse, name, origin)):
        try:
            rows, lost = _rows(file, name, where=str(file.relative_to(warehouse)))
        except (pl.exceptions.PolarsError, OSError) as error:
            said = str(error).partition("\n")[0]
            notes.append(Note(Kind.LOG_NOT_READ, path=str(file.relative_to(warehouse)), cause=said))
            continue
        frames.append(rows)
        notes += lost
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


def append(warehouse: Path, made: Ledger, release: Release) -> None:
    """Keep what a release changed, once it is current."""
    for name, rows in made.shipped.items():
        folder = folder_of(warehouse, name, release.origin)
        if name in made.rewritten or len(_files(folder)) >= MOST_FILES:
            _write_whole(folder, rows, through=made.sequence)
        else:
            own = rows.filter(pl.col("sequence") == made.sequence)
            _write(_entry(folder, made.sequence, release.release_id), own)


def follow(warehouse: Path) -> None:
    """Log every move of the journal that the log lacks and whose release is still on the shelf: rollbacks, and what a
    crash left out.
    """
    known, shelf = journal.timed(journal.moves(warehouse)), set(listed(warehouse))
    for origin in sorted({move.origin for move in known}):
        for name in LOGGED:
            last = _last(folder_of(warehouse, name, origin), known)
            for move in known:
                if move.origin == origin and move.sequence > last and move.release_id in shelf:
                    _log_move(warehouse, name, move)


def _log_move(warehouse: Path, name: str, move: journal.Move) -> None:
    compared = COMPARED[name]
    try:
        now = narrowed(rows_of(file_of(warehouse, move.release_id), compared), compared)
    except duckdb.Error:
        return
    before = state(read(warehouse, name, move.origin)[0], compared)
    rows = changes(before, now, compared, release_id=move.release_id, at=move.at, sequence=move.sequence)
    _write(_entry(folder_of(warehouse, name, move.origin), move.sequence, move.release_id), rows)


@dataclass(frozen=True)
class Lacking:
    """A log of one table and origin that is not what the newest release of that origin ships, `rows`.

    `release_ids` are those whose rows differ; `through` is the number of the newest release.
    """

    name: str
    origin: str
    release_ids: tuple[str, ...]
    rows: pl.DataFrame
    through: int


def repair(warehouse: Path) -> list[str]:
    """Take from the newest release of each origin what the folder lacks or holds otherwise. Returns the ids mended."""
    mended = set()
    for one in lacking(warehouse):
        _write_whole(folder_of(warehouse, one.name, one.origin), one.rows, through=one.through)
        mended |= set(one.release_ids)
    return sorted(mended)


def lacking(warehouse: Path) -> list[Lacking]:
    """Every log that is not what the newest release of its origin ships."""
    return [
        found
        for move in _newest(warehouse)
        for name in LOGGED
        if (found := _compared(warehouse, name, move)) is not None
    ]


def _newest(warehouse: Path) -> Iterator[journal.Move]:
    """The newest publication of each origin whose release is on the shelf and whole enough to be read."""
    shelf, seen = set(listed(warehouse)), set()
    for move in reversed(journal.moves(warehouse)):
        if move.how != journal.PUBLISHED or move.origin in seen or move.release_id not in shelf:
            continue
        if is_readable(file_of(warehouse, move.release_id)):
            seen.add(move.origin)
            yield move


def _compared(warehouse: Path, name: str, move: journal.Move) -> Lacking | None:
    wanted = _shipped_by(file_of(warehouse, move.release_id), name)
    if wanted.is_empty():
        return None
    kept = read(warehouse, name, move.origin)[0].filter(pl.col("sequence") <= move.sequence)
    if content_hash(kept) == content_hash(wanted):
        return None
    ids = {*kept["release_id"].unique(), *wanted["release_id"].unique()}
    differ = sorted(
        one
        for one in ids
        if content_hash(kept.filter(pl.col("release_id") == one))
        != content_hash(wanted.filter(pl.col("release_id") == one))
    )
    return Lacking(name, move.origin, tuple(differ), wanted, move.sequence)


def _shipped_by(file: Path, name: str) -> pl.DataFrame:
    """The log in a release file; no rows where it is of an older make or damaged there."""
    try:
        with duckdb.connect(str(file.resolve()), read_only=True) as connection:
            frame: pl.DataFrame = connection.table(f"history.{name}").pl()
    except duckdb.Error:
        return pl.DataFrame(schema=schema_of(name))
    return _numbered(fitted(frame, schema_of(name), where=file.name)[0])


def _rows(file: Path, name: str, *, where: str) -> tuple[pl.DataFrame, list[Note]]:
    frame, notes = fitted(pl.read_parquet(file), schema_of(name), where=where)
    return _numbered(frame), notes


def _numbered(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows of before the journal have the number nought."""
    return rows.with_columns(pl.col("sequence").fill_null(0))


def _files(folder: Path) -> list[Path]:
    """The files that count: the newest with all rows up to a move, and those of single moves after it."""
    found = sorted(folder.glob("[!.]*.parquet"))
    whole = [file for file in found if WHOLE.fullmatch(file.stem)]
    through = _number(whole[-1]) if whole else -1
    return whole[-1:] + [file for file in found if file not in whole and _number(file) > through]


def _number(file: Path) -> int:
    found = WHOLE.fullmatch(file.stem) or ENTRY.fullmatch(file.stem)
    return int(found[1]) if found else 0


def _last(folder: Path, known: list[journal.Move]) -> int:
    """The number of the last move that is logged. A file of before the journal has a release's id alone."""
    files = _files(folder)
    first = {move.release_id: move.sequence for move in reversed(known)}
    return max((_number(file) or first.get(file.stem, 0) for file in files), default=0)


def _entry(folder: Path, sequence: int, release_id: str) -> Path:
    return folder / f"{sequence:06}_{release_id}.parquet"


def _write(file: Path, rows: pl.DataFrame) -> None:
    buffer = io.BytesIO()
    rows.write_parquet(buffer, compression="zstd")
    write_atomically(file, buffer.getvalue())


def _write_whole(folder: Path, rows: pl.DataFrame, *, through: int) -> None:
    """Make one file of all rows up to a move, then remove those that it stands for."""
    whole = folder / f"through_{through:06}.parquet"
    _write(whole, rows)
    for file in folder.glob("[!.]*.parquet"):
        if file != whole and _number(file) <= through:
            file.unlink()
