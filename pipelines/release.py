"""Assemble one immutable DuckDB file, verify it, and swap it in; list, roll back and prune releases.

What belongs here: everything that happens under `warehouse/releases/` and to `current.duckdb`. What does not: building
tables (`store.py`, `defs/`). A crash at any point leaves the previous release current: the new file is complete,
verified and synced before the link moves, and the link moves in one step.
"""

from __future__ import annotations

import json
import os
import shutil
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import polars as pl

from pipelines.lineage import UnreadableSql, tables_read
from pipelines.sources.snapshot import write_atomically
from pipelines.store import Store, TableRecord, content_hash, text_hash

STORAGE_VERSION = "v1.2.0"
"""DuckDB clients from 1.2 on can open the file."""
NOT_CONTENT = ("snapshot_sha256", "source_line", "retrieved_at", "method_version")
"""Columns that may change while what is published stays the same."""


class ReleaseRefused(Exception):
    """A release that must not be published; the message says why, and the last good one stays current."""


@dataclass(frozen=True)
class Release:
    """One published file, as its `meta.release` row says."""

    release_id: str
    created_at: datetime
    content_hash: str
    code_version: str
    input: str
    origin: str
    engine: str
    as_of: str | None


def releases_folder(warehouse: Path) -> Path:
    """Where releases lie."""
    return warehouse / "releases"


def file_of(warehouse: Path, release_id: str) -> Path:
    """The DuckDB file of a release."""
    return releases_folder(warehouse) / f"inequality_{release_id}.duckdb"


def current(warehouse: Path) -> Release | None:
    """The release that analysts see, or None before the first."""
    link = warehouse / "current.duckdb"
    return describe(link) if link.exists() else None


def describe(file: Path) -> Release:
    """Read what a release file says of itself."""
    with duckdb.connect(str(file.resolve()), read_only=True) as connection:
        rows = connection.sql(
            "select release_id, created_at, content_hash, code_version, input, origin, engine, as_of from meta.release"
        ).fetchall()
    if len(rows) != 1:
        raise ReleaseRefused(f"{file}: meta.release holds {len(rows)} rows, expected 1; this is no release of ours.")
    return Release(*rows[0])


def published_hash(store: Store, tables: list[TableRecord]) -> str:
    """The hash of what analysts see: every published table without the columns that may change freely."""
    parts = []
    for record in sorted(tables, key=lambda r: r.table):
        if record.table.startswith("published."):
            frame = store.read(record.table)
            parts += [record.table, content_hash(frame.drop([c for c in NOT_CONTENT if c in frame.columns]))]
    return text_hash(*parts)


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
    when the current release already says the same. Raises ReleaseRefused when the written file does not read back as
    it should, or an example query fails; `current.duckdb` is then as it was.
    """
    now = current(warehouse)
    if make_current and now and now.content_hash == release.content_hash and now.origin == release.origin:
        return None
    folder = releases_folder(warehouse)
    folder.mkdir(parents=True, exist_ok=True)
    for leftover in folder.glob(".partial-*"):
        leftover.unlink()
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
        _point(warehouse, release.release_id)
        prune(warehouse, keep=keep)
    return target


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


def _point(warehouse: Path, release_id: str) -> None:
    """Move `current.duckdb` in one step; LATEST says the same for tools that cannot follow a link."""
    link = warehouse / "current.duckdb"
    new = warehouse / ".current.duckdb.new"
    new.unlink(missing_ok=True)
    new.symlink_to(file_of(warehouse, release_id).relative_to(warehouse))
    new.replace(link)
    write_atomically(warehouse / "LATEST", f"{release_id}\n".encode())


def listed(warehouse: Path) -> list[str]:
    """The ids of all releases, oldest first."""
    return sorted(
        file.stem.removeprefix("inequality_") for file in releases_folder(warehouse).glob("inequality_*.duckdb")
    )


def tag(warehouse: Path, release_id: str, label: str) -> None:
    """Keep a release for ever. Raises ReleaseRefused when there is none of that id."""
    _known(warehouse, release_id)
    write_atomically(releases_folder(warehouse) / f"{release_id}.tag", f"{label}\n".encode())


def rollback(warehouse: Path, release_id: str) -> None:
    """Make an earlier release current. Raises ReleaseRefused when there is none of that id."""
    _known(warehouse, release_id)
    _point(warehouse, release_id)


def _known(warehouse: Path, release_id: str) -> None:
    if release_id not in listed(warehouse):
        raise ReleaseRefused(
            f"There is no release {release_id!r}. Known: {', '.join(listed(warehouse)) or 'none yet'}."
        )


def prune(warehouse: Path, *, keep: int) -> list[str]:
    """Delete all but the newest `keep` releases, every tagged one and the current one. Returns what went."""
    folder = releases_folder(warehouse)
    # The link is what analysts read; LATEST may be behind it after a crash between the two.
    now = (warehouse / "current.duckdb").resolve()
    gone = []
    for release_id in listed(warehouse)[: -keep or None]:
        if file_of(warehouse, release_id).resolve() == now or (folder / f"{release_id}.tag").is_file():
            continue
        file_of(warehouse, release_id).unlink()
        shutil.rmtree(file_of(warehouse, release_id).with_suffix(""), ignore_errors=True)
        gone.append(release_id)
    return gone


def new_id(content: str, *, as_of: str | None = None) -> str:
    """A release id that sorts by time: UTC stamp, first of the content hash, and the day of an `--as-of` build."""
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    return f"{stamp}_{content[:8]}" + (f"_as_of_{as_of}" if as_of else "")


def write_status(warehouse: Path, **facts: object) -> None:
    """Say in `status.json` when the pipeline last looked, and what came of it."""
    file = warehouse / "status.json"
    known = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    write_atomically(file, json.dumps(known | facts, indent=2, default=str).encode())
