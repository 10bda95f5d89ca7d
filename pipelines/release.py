"""Assemble one immutable DuckDB file, verify it, and swap it in; list releases and roll back.

What belongs here: what is written to and read from release files, and which may become current. What does not: building
tables (`store.py`, `defs/`), names, links and clearing away (`shelf.py`, whose names callers find here too). A crash at
any point leaves the previous release current: the new file is complete, verified and synced before the link moves, and
the link moves in one step.
"""

from __future__ import annotations

import os
import shutil
import tomllib
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

import duckdb
import polars as pl

from pipelines.lineage import UnreadableSql, tables_read
from pipelines.shelf import (
    ListedRelease,
    Release,
    ReleaseRefused,
    file_of,
    guard_rollback,
    is_as_of,
    label_of,
    listed,
    new_id,
    point,
    prune,
    refuse_unknown,
    releases_folder,
    sweep,
    tag,
    write_status,
)
from pipelines.store import Store, TableRecord, content_hash, text_hash

__all__ = [
    "NOT_CONTENT",
    "STORAGE_VERSION",
    "ListedRelease",
    "Release",
    "ReleaseRefused",
    "catalogue_of",
    "column_comments",
    "current",
    "describe",
    "file_of",
    "listed",
    "new_id",
    "prune",
    "publish",
    "published_hash",
    "releases_folder",
    "rollback",
    "tag",
    "write_status",
]

STORAGE_VERSION = "v1.2.0"
"""DuckDB clients from 1.2 on can open the file."""
NOT_CONTENT = ("snapshot_sha256", "source_line", "retrieved_at", "method_version")
"""Columns that may change while what is published stays the same."""


def current(warehouse: Path) -> Release | None:
    """The release that analysts see, or None before the first. Raises ReleaseRefused when it cannot be read."""
    link = warehouse / "current.duckdb"
    return describe(link) if link.exists() or link.is_symlink() else None


def describe(file: Path) -> Release:
    """Read what a release file says of itself. Raises ReleaseRefused when it cannot be read or is none of ours."""
    try:
        with duckdb.connect(str(file.resolve()), read_only=True) as connection:
            rows = connection.sql(
                "select release_id, created_at, content_hash, code_version, input, origin, engine, as_of "
                "from meta.release"
            ).fetchall()
    except (duckdb.Error, OSError) as error:
        raise ReleaseRefused(
            f"A release cannot be read.\n  where:    {file} ({file.resolve().name})\n"
            "  expected: a DuckDB file with one row in meta.release\n"
            f"  found:    {str(error).strip().partition(chr(10))[0]}\n"
            "  do:       go back to one that can be read (`inequality releases`, then `inequality rollback ID`), or "
            "replace it by a run that names its input (`inequality run --from ...`)."
        ) from error
    if len(rows) != 1:
        raise ReleaseRefused(f"{file}: meta.release holds {len(rows)} rows, expected 1; this is no release of ours.")
    return Release(*rows[0])


def published_hash(
    store: Store, tables: list[TableRecord], *, refused: pl.DataFrame | None = None, counts: pl.DataFrame | None = None
) -> str:
    """The hash of what a release tells: every published table, what was refused, and what was counted.

    Columns that may change freely (NOT_CONTENT) are left out. `refused` are the rows of `meta.rejected_row`; `counts`
    those of `staging.intake`, compared as sums and the number of files of each table, because a file's path and bytes
    may differ where what it says does not. Without them a run could say that it keeps refused rows in
    `meta.rejected_row` and publish no release that holds them.
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
    make_current: bool = True,
    keep: int = 14,
) -> Path | None:
    """Write, verify and swap in a release.

    `tables` are the records of all tables to ship, `meta` the frames of the `meta` schema. Returns the file, or None
    when the current release already says the same; one that cannot be read is replaced. Raises ReleaseRefused when the
    written file does not read back as it should, or an example query fails; `current.duckdb` is then as it was.
    """
    folder = releases_folder(warehouse)
    sweep(folder)
    now = _readable_current(warehouse)
    if make_current and now and now.content_hash == release.content_hash and now.origin == release.origin:
        return None
    folder.mkdir(parents=True, exist_ok=True)
    partial = folder / f".partial-{release.release_id}.duckdb"
    meta_tables = {**meta, "release": pl.DataFrame([asdict(release)], schema_overrides={"as_of": pl.String()})}
    _write(partial, store, tables, meta_tables, column_comments(glossary))
    _verify(partial, tables, examples)
    with partial.open("rb") as written:
        os.fsync(written.fileno())
    target = file_of(warehouse, release.release_id)
    _parquet_beside(store, tables, target)
    partial.replace(target)
    target.chmod(0o444)
    if make_current:
        point(warehouse, release.release_id)
        prune(warehouse, keep=keep)
    return target


def _readable_current(warehouse: Path) -> Release | None:
    try:
        return current(warehouse)
    except ReleaseRefused:
        return None


def _write(
    partial: Path,
    store: Store,
    tables: list[TableRecord],
    meta: Mapping[str, pl.DataFrame],
    comments: Mapping[str, str],
) -> None:
    with duckdb.connect() as connection:
        connection.execute(f"attach '{_quoted(partial)}' as release (storage_version '{STORAGE_VERSION}')")
        for record in tables:
            layer, name = record.table.split(".")
            connection.execute(f'create schema if not exists release."{layer}"')
            connection.execute(
                f'create table release."{layer}"."{name}" as from read_parquet(\'{_quoted(store.path(record.table))}\')'
            )
            unstable = "Not stable: read core or published instead. " if layer in ("staging", "measures") else ""
            _comment(connection, f'release."{layer}"."{name}"', unstable + record.description, record.columns, comments)
        connection.execute("create schema release.meta")
        for name, frame in meta.items():
            connection.register("incoming", frame)
            connection.execute(f'create table release.meta."{name}" as from incoming')
            connection.unregister("incoming")
            about = comments.get(f"meta_{name}", f"One row per {name.replace('_', ' ')}.")
            _comment(connection, f'release.meta."{name}"', about, frame.columns, comments)
        connection.execute("detach release")


def _comment(
    connection: duckdb.DuckDBPyConnection, table: str, about: str, columns: list[str], comments: Mapping[str, str]
) -> None:
    # COMMENT takes a literal only, so quotes are doubled here.
    connection.execute(f"comment on table {table} is '{_quoted(about)}'")
    for column in columns:
        if meaning := comments.get(column):
            connection.execute(f"comment on column {table}.\"{column}\" is '{_quoted(meaning)}'")


def _quoted(text: object) -> str:
    return str(text).replace("'", "''")


def _verify(partial: Path, tables: list[TableRecord], examples: Path) -> None:
    with duckdb.connect(str(partial), read_only=True) as connection:
        for record in tables:
            layer, name = record.table.split(".")
            written = connection.sql(f'from "{layer}"."{name}"').pl()
            if written.height != record.rows or content_hash(written) != record.content_hash:
                raise ReleaseRefused(
                    f"The release does not read back as written.\n  where:    {record.table} in {partial.name}\n"
                    f"  expected: {record.rows:,} rows, hash {record.content_hash[:12]}\n"
                    f"  found:    {written.height:,} rows, hash {content_hash(written)[:12]}\n"
                    "  do:       check the disk, then run again; the last good release stays published."
                )
        for example in sorted(examples.glob("*.sql")):
            text = example.read_text(encoding="utf-8")
            try:
                tables_read(text, where=example.name)
                connection.sql(text).fetchall()
            except (duckdb.Error, UnreadableSql) as error:
                raise ReleaseRefused(f"The example {example.name} does not run on the new release: {error}") from error


def _parquet_beside(store: Store, tables: list[TableRecord], target: Path) -> None:
    """The published tables as Parquet, in a folder named as the release."""
    folder = target.with_suffix("")
    for record in tables:
        layer, name = record.table.split(".")
        if layer == "published":
            (folder / layer).mkdir(parents=True, exist_ok=True)
            shutil.copyfile(store.path(record.table), folder / layer / f"{name}.parquet")


def catalogue_of(warehouse: Path) -> list[ListedRelease]:
    """Every release, oldest first, as its own `meta.release` says; one that cannot be read has its `fault`."""
    # The link is what analysts read; LATEST may be behind it after a crash between the two.
    now = (warehouse / "current.duckdb").resolve()
    found = []
    for release_id in listed(warehouse):
        file, label = file_of(warehouse, release_id), label_of(warehouse, release_id)
        try:
            said: Release | None = describe(file)
            fault = ""
        except ReleaseRefused as error:
            said, fault = None, str(error)
        found.append(ListedRelease(release_id, said, is_current=file.resolve() == now, label=label, fault=fault))
    return found


def rollback(warehouse: Path, release_id: str, *, force: bool = False) -> None:
    """Make an earlier release current.

    Raises ReleaseRefused when there is none of that id or it cannot be read; and, unless `force`, when it is a build
    of an earlier day, or modelled data while the current release holds publishers' (or cannot be read, so that nobody
    knows).
    """
    known = listed(warehouse)
    refuse_unknown(release_id, known, named=known if force else [name for name in known if not is_as_of(name)])
    target = describe(file_of(warehouse, release_id))
    if not force:
        now = _readable_current(warehouse)
        guard_rollback(target, now, unreadable=now is None and (warehouse / "current.duckdb").is_symlink())
    point(warehouse, release_id)
