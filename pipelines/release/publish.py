"""Assemble one immutable DuckDB file, verify it, and swap it in; list releases and roll back.

What belongs here: the order of publishing, what a release says of itself, and which may become current. What does not:
building tables (`tables/store.py`, `defs/`), the file's inside (`release/file.py`), names, links and clearing away
(`release/folder.py`, `release/clearing.py`). A crash at any point leaves the previous release current: the
new file is complete, verified, synced and has its checksum before the link moves, and the link moves in one step.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

import duckdb
import polars as pl

from pipelines.notes import Note
from pipelines.release import journal
from pipelines.release.checksums import is_damaged, is_whole, write_sums
from pipelines.release.clearing import prune, sweep
from pipelines.release.file import assemble, parquet_beside, verify
from pipelines.release.folder import (
    ListedRelease,
    Release,
    ReleaseRefused,
    file_of,
    guard_rollback,
    is_as_of,
    label_of,
    linked,
    listed,
    mend_latest,
    not_written,
    point,
    refuse_unknown,
    releases_folder,
    sync,
)
from pipelines.release.macros import Macro
from pipelines.release.macros import write as write_macros
from pipelines.tables.store import Store, TableRecord, content_hash, text_hash

NOT_CONTENT = ("snapshot_sha256", "source_line", "retrieved_at", "method_version")
"""Columns that may change while what is published stays the same."""


@dataclass(frozen=True)
class Published:
    """A release that was written: its file, and what could not be written once it was current."""

    file: Path
    notes: tuple[Note, ...] = ()


def current(warehouse: Path) -> Release | None:
    """The release that analysts see, or None before the first. Raises ReleaseRefused when it cannot be read."""
    link = warehouse / "current.duckdb"
    return describe(link) if link.exists() or link.is_symlink() else None


def describe(file: Path) -> Release:
    """Read what a release file says of itself. Raises ReleaseRefused when it cannot be read or is none of ours."""
    held = file.resolve()
    stands = held.stat() if held.is_file() else None
    return _described(file, (stands.st_ino, stands.st_mtime_ns, stands.st_size) if stands else None)


class ReleaseInUse(ReleaseRefused):
    """A release that another program holds open for writing: whole, and not to be read now."""


LOCKED = "Could not set lock"
"""What DuckDB says, beside the program and its number, of a file that another process has open for writing."""


@lru_cache
def _described(file: Path, stands: tuple[int, int, int] | None) -> Release:  # noqa: ARG001 - part of the key
    """Cached, since a run asks ten times about the same few files. `stands` changes when a file does."""
    try:
        with duckdb.connect(str(file.resolve()), read_only=True) as connection:
            row_of_release = connection.sql("from meta.release")
            # A release made before a field was thought of lacks its column.
            names = [field.name for field in fields(Release) if field.name in row_of_release.columns]
            rows = row_of_release.select(*names).fetchall() if names else []
        found = [Release(**dict(zip(names, row, strict=True))) for row in rows]
    except (duckdb.Error, OSError, TypeError) as error:
        if isinstance(error, duckdb.IOException) and LOCKED in str(error):
            raise ReleaseInUse(
                "A release is open for writing in another program, so nobody else can read it.",
                where=f"{file} ({file.resolve().name})",
                expected="readers that open it read-only",
                found=str(error).strip().partition("\n")[0],
                do="close it there and open it read-only; nothing is published until it can be compared with.",
            ) from error
        raise ReleaseRefused(
            "A release cannot be read.",
            where=f"{file} ({file.resolve().name})",
            expected="a DuckDB file with one row in meta.release",
            found=str(error).strip().partition("\n")[0],
            do="go back to one that can be read (`inequality releases`, then `inequality rollback ID`), or "
            "replace it by a run that names its input (`inequality run --from ...`).",
        ) from error
    if len(found) != 1:
        raise ReleaseRefused(f"{file}: meta.release holds {len(found)} rows, expected 1; this is no release of ours.")
    return found[0]


def read_back(file: Path) -> tuple[dict[str, tuple[int, int]], set[tuple[str, str]]]:
    """What verifying needs of a release: by table, the rows recorded and those found; and path and hash of each input.

    Raises ReleaseRefused when it cannot be read, or lacks a table that it lists.
    """
    describe(file)
    try:
        with duckdb.connect(str(file.resolve()), read_only=True) as connection:
            recorded = connection.sql('select table_name, "rows" from meta."table"').fetchall()
            rows = {}
            for table, expected in recorded:
                layer, _, name = table.partition(".")
                counted = connection.table(f'"{layer}"."{name}"').count("*").fetchall()
                rows[table] = (expected, counted[0][0])
            inputs = set(connection.sql("select path, sha256 from meta.snapshot").fetchall())
    except duckdb.Error as error:
        raise ReleaseRefused(f"{file.name}: {str(error).strip().partition(chr(10))[0]}") from error
    return rows, inputs


def published_hash(
    store: Store,
    tables: list[TableRecord],
    *,
    refused: pl.DataFrame | None = None,
    counts: pl.DataFrame | None = None,
    held: pl.DataFrame | None = None,
) -> str:
    """The hash of what a release tells: every published table, what was refused, and what was counted.

    Columns that may change freely (NOT_CONTENT) are left out. `refused` are the rows of `meta.rejected_row`; `counts`
    those of `staging.intake`, compared as sums and the number of files of each table, because a file's path and bytes
    may differ where what it says does not; `held` those of `meta.held_back`. Without them a run could say that it keeps
    refused rows in `meta.rejected_row` and publish no release that holds them.
    """
    parts = []
    for record in sorted(tables, key=lambda r: r.table):
        if record.table.startswith("published."):
            parts += [record.table, _said_hash(store.read(record.table))]
    if refused is not None:
        parts += ["refused", _said_hash(refused)]
    if counts is not None:
        sums = counts.group_by("table_name").agg(pl.col(pl.Int64).sum(), pl.len().alias("files"))
        parts += ["counts", content_hash(sums)]
    if held is not None and held.height:
        # Since when and from which bytes is not what it says of a file.
        parts += ["held back", content_hash(held.select("path", "rule"))]
    return text_hash(*parts)


def _said_hash(frame: pl.DataFrame) -> str:
    return content_hash(frame.drop([name for name in NOT_CONTENT if name in frame.columns]))


def column_comments(glossary: Path) -> dict[str, str]:
    """What each column name means; the same name means the same everywhere."""
    with glossary.open("rb") as text:
        return {str(name): str(meaning) for name, meaning in tomllib.load(text).items()}


def publish(
    store: Store,
    tables: list[TableRecord],
    meta: Mapping[str, pl.DataFrame],
    *,
    warehouse: Path,
    release: Release,
    glossary: Path,
    examples: Path,
    macros: Sequence[Macro] = (),
    make_current: bool = True,
    keep: int = 14,
    also: Callable[[Path], None] | None = None,
) -> Published | None:
    """Write, verify and swap in a release.

    `tables` are the records of all tables to ship, `meta` the frames of the `meta` schema, `macros` what answers in one
    line; `also` writes what else the file holds, before it is verified. Returns None when the current release already
    says the same; one that cannot be read or has another checksum is replaced. Raises ReleaseRefused when the written
    file does not read back as it should, or an example or a macro fails. Whatever is raised, `current.duckdb` is then
    as it was: what fails after the link moved is a note.
    """
    folder = releases_folder(warehouse)
    sweep(folder)
    now = _readable_current(warehouse)
    if make_current and now and _says_the_same(now, release) and is_whole(file_of(warehouse, now.release_id)):
        mend_latest(warehouse)
        return None
    folder.mkdir(parents=True, exist_ok=True)
    partial = folder / f".partial-{release.release_id}.duckdb"
    target = file_of(warehouse, release.release_id)
    texts = {name: pl.String() for name in ("as_of", "forced_by", "forced_reason")}
    meta_tables = {**meta, "release": pl.DataFrame([asdict(release)], schema_overrides=texts)}
    try:
        assemble(partial, store, tables, meta_tables, column_comments(glossary))
        write_macros(partial, macros)
        if also:
            also(partial)
        verify(partial, tables, examples, macros)
        with partial.open("rb") as written:
            os.fsync(written.fileno())
        parquet_beside(store, tables, target)
        write_sums(target, written_as=partial)
        partial.replace(target)
    except BaseException:
        # What is half made would keep a full disk full.
        with suppress(OSError):
            sweep(folder)
        raise
    target.chmod(0o444)
    sync(folder)
    if not make_current:
        return Published(target)
    follow_link(warehouse)
    sequence = journal.next_sequence(warehouse)
    notes = point(warehouse, release.release_id)
    move = journal.Move(sequence, release.created_at, release.release_id, release.origin, journal.PUBLISHED)
    notes += _noted(warehouse, move)
    try:
        prune(warehouse, keep=keep)
    except OSError as error:
        notes.append(not_written("releases", release.release_id, error))
    return Published(target, tuple(notes))


def _noted(warehouse: Path, move: journal.Move) -> list[Note]:
    """Write a move into the journal. Returns a note where it could not be: the next run finds it by the link."""
    try:
        journal.note(warehouse, move)
    except OSError as error:
        return [not_written("history/journal.jsonl", move.release_id, error)]
    return []


def follow_link(warehouse: Path) -> None:
    """Have the journal tell of the release that is current, also where a crash, a person's own hand or an earlier
    version moved the link. A journal that is new begins with every release on the shelf.
    """
    known, now = journal.moves(warehouse), linked(warehouse)
    if now is None or (known and known[-1].release_id == now):
        return
    new: list[journal.Move] = []
    for one in catalogue_of(warehouse) if not known else []:
        if one.release and one.release.as_of is None:
            made = one.release
            new.append(journal.Move(len(new) + 1, made.created_at, made.release_id, made.origin, journal.PUBLISHED))
    if not new or new[-1].release_id != now:
        link = warehouse / "current.duckdb"
        moved = datetime.fromtimestamp(link.lstat().st_mtime, UTC).replace(tzinfo=None)
        with suppress(ReleaseRefused):
            sequence = (known or new)[-1].sequence + 1 if known or new else 1
            new.append(journal.Move(sequence, moved, now, describe(link).origin, journal.FOUND))
    if new:
        journal.note(warehouse, *new)


def _says_the_same(now: Release, made: Release) -> bool:
    """Whether a new release would tell an analyst nothing; a mark that checks were overruled is something.

    The mark stays for as long as the figures do: history checks compare with the forced release itself, so that they
    pass the night after says nothing for it.
    """
    same = now.content_hash == made.content_hash and now.origin == made.origin
    # Another version of ours may explain the same figures otherwise: its comments, its macros.
    same = same and now.code_version == made.code_version
    return same and (now.forced_by is not None or made.forced_by is None)


def _readable_current(warehouse: Path) -> Release | None:
    try:
        return current(warehouse)
    except ReleaseRefused:
        return None


def catalogue_of(warehouse: Path) -> list[ListedRelease]:
    """Every release, oldest first, as its own `meta.release` says; one that cannot be read has its `fault`."""
    now = linked(warehouse)
    found = []
    for release_id in listed(warehouse):
        file, label = file_of(warehouse, release_id), label_of(warehouse, release_id)
        try:
            made: Release | None = describe(file)
            fault = ""
        except ReleaseRefused as error:
            made, fault = None, str(error)
        found.append(ListedRelease(release_id, made, is_current=release_id == now, label=label, fault=fault))
    return found


def rollback(warehouse: Path, release_id: str, *, force: bool = False, at: datetime | None = None) -> list[Note]:
    """Make an earlier release current. Returns what could not be written once it was; `at` is when, now if not said.

    Raises ReleaseRefused when there is none of that id, it cannot be read or has another checksum; and, unless `force`,
    when it is a build of an earlier day, or modelled data while the current release holds publishers' (or cannot be
    read, so that nobody knows).
    """
    known = listed(warehouse)
    refuse_unknown(release_id, known, named=known if force else [name for name in known if not is_as_of(name)])
    target = describe(file_of(warehouse, release_id))
    if is_damaged(file_of(warehouse, release_id)):
        raise ReleaseRefused(
            f"The release {release_id} is damaged: a file of it has not the checksum it was published with.",
            do="choose another (`inequality releases`); `inequality verify` names every one that is damaged.",
        )
    if not force:
        now = _readable_current(warehouse)
        guard_rollback(target, now, unreadable=now is None and (warehouse / "current.duckdb").is_symlink())
    follow_link(warehouse)
    when = at or datetime.now(UTC).replace(tzinfo=None)
    move = journal.Move(journal.next_sequence(warehouse), when, release_id, target.origin, journal.ROLLED_BACK)
    return point(warehouse, release_id) + _noted(warehouse, move)
