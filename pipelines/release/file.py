"""The inside of a release file: write its tables with their comments, and prove that it reads back as written.

What belongs here: what a release file holds, table by table. What does not: when it may be swapped in
(`release/publish.py`), or what its `meta` tables say (`run/publication.py`).
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

import duckdb
import polars as pl

from pipelines.release.folder import ReleaseRefused
from pipelines.release.macros import Macro, refuse_failing
from pipelines.tables.lineage import UnreadableSql, tables_read
from pipelines.tables.store import Store, TableRecord, content_hash

STORAGE_VERSION = "v1.2.0"
"""DuckDB clients from 1.2 on can open the file."""


def assemble(
    partial: Path,
    store: Store,
    tables: list[TableRecord],
    meta: Mapping[str, pl.DataFrame],
    comments: Mapping[str, str],
) -> None:
    """Write all tables, and the `meta` schema, with a comment on every table and every column that has a meaning."""
    # What has no room in memory lies beside the file, where `clearing.py` knows it, and not where the run was started.
    spill = partial.with_name(f"{partial.name}.tmp")
    with duckdb.connect(config={"temp_directory": str(spill)}) as connection:
        connection.execute(f"attach '{_quoted(partial)}' as release (storage_version '{STORAGE_VERSION}')")
        # One transaction: else every comment waits for the disk.
        connection.execute("begin")
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
        connection.execute("commit")
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


def verify(partial: Path, tables: list[TableRecord], examples: Path, macros: Sequence[Macro] = ()) -> None:
    """Read the written file back. Raises ReleaseRefused for other rows than its records say, or a failing question."""
    with duckdb.connect(str(partial), read_only=True) as connection:
        for record in tables:
            layer, name = record.table.split(".")
            written = connection.sql(f'from "{layer}"."{name}"').pl()
            if written.height != record.rows or content_hash(written) != record.content_hash:
                raise ReleaseRefused(
                    "The release does not read back as written.",
                    where=f"{record.table} in {partial.name}",
                    expected=f"{record.rows:,} rows, hash {record.content_hash[:12]}",
                    found=f"{written.height:,} rows, hash {content_hash(written)[:12]}",
                    do="check the disk, then run again; the last good release stays published.",
                )
        for example in sorted(examples.glob("*.sql")):
            text = example.read_text(encoding="utf-8")
            try:
                tables_read(text, where=example.name, macros=frozenset(macro.name for macro in macros))
                connection.sql(text).fetchall()
            except duckdb.InvalidInputException:
                # What a macro says of its own, such as that this release has no such area, is an answer.
                continue
            except (duckdb.Error, UnreadableSql) as error:
                raise ReleaseRefused(f"The example {example.name} does not run on the new release: {error}") from error
        refuse_failing(connection, macros)


def parquet_beside(store: Store, tables: list[TableRecord], target: Path) -> None:
    """The published tables as Parquet, in a folder named as the release."""
    folder = target.with_suffix("")
    for record in tables:
        layer, name = record.table.split(".")
        if layer == "published":
            (folder / layer).mkdir(parents=True, exist_ok=True)
            shutil.copyfile(store.path(record.table), folder / layer / f"{name}.parquet")
