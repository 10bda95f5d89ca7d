"""Read-only questions to the current release: what the command prints, and queries by hand.

What belongs here: opening `current.duckdb` for reading. What does not: writing anything, or deciding what is published.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import polars as pl

from pipelines.errors import ProductError
from pipelines.notes import Kind, Note
from pipelines.release.answer_file import About

SOURCE_HEALTH = Path("history") / "source_health.parquet"
"""Where the last run left the state of each source, inside the warehouse; newer than a release that stayed."""
REVISIONS = Path("report") / "revisions.html"
"""The page of what changed with the current release, inside the warehouse."""
LAYERS = ("published", "meta", "core", "history")
"""The schemas of a release that the dictionary describes; the others may change freely."""
SHOW_TABLES = re.compile(r"\s*show\s+(all\s+)?tables\s*;?\s*", re.IGNORECASE)
DESCRIBE = re.compile(r"\s*desc(?:ribe)?\s+(?:table\s+)?(\w+)\.(\w+)\s*;?\s*", re.IGNORECASE)
SIMPLE = {
    *("BOOLEAN", "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT"),
    *("FLOAT", "DOUBLE", "DECIMAL", "VARCHAR", "UUID", "DATE", "TIME", "TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS"),
    *("TIMESTAMP_NS", "TIMESTAMP WITH TIME ZONE", "ENUM", '"NULL"'),
}
"""Types that csv and json can say."""


class NoRelease(ProductError):
    """There is no release that can be read; the message says what to do."""


class NothingPublished(NoRelease):
    """There never was a release here."""


class QueryRefused(ProductError):
    """A query that DuckDB refused, with its reason."""


@dataclass(frozen=True)
class Headline:
    """The newest slope indices as rows of text, and what must be said beside them."""

    rows: list[tuple[str, ...]]
    interval_note: str
    modelled: str


@dataclass(frozen=True)
class SourceFile:
    """One file that the release was made from: its path, its day, and its rows by what became of them."""

    path: str
    day: str
    rows_in: int
    rows_out: int
    refused: int
    double: int
    suppressed: int
    is_modelled: bool
    is_stale: bool


@dataclass(frozen=True)
class FailedCheck:
    """A check that did not pass in a release; `could_not_run` says that the rule itself broke, not the data."""

    table: str
    check: str
    severity: str
    could_not_run: bool


@dataclass(frozen=True)
class DescribedColumn:
    """A column of a release: DuckDB's type of it and what it means."""

    name: str
    kind: str
    meaning: str


@dataclass(frozen=True)
class DescribedTable:
    """A table of a release: what one row is, and its columns in their order."""

    layer: str
    name: str
    grain: str
    columns: list[DescribedColumn] = field(default_factory=list)


@dataclass(frozen=True)
class Dictionary:
    """What a release says of its tables, and of its functions by how they are called."""

    tables: tuple[DescribedTable, ...]
    functions: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class ReleaseFacts:
    """What the current release tells of itself. `forced` is who published it over which checks, and why."""

    release_id: str
    created_at: datetime
    input: str
    origin: str
    checks: tuple[FailedCheck, ...]
    sources: tuple[SourceFile, ...]
    forced: Note | None


def _open(warehouse: Path) -> duckdb.DuckDBPyConnection:
    link = warehouse / "current.duckdb"
    if not link.exists():
        if any((warehouse / "releases").glob("*.duckdb")):
            raise NoRelease(
                "No release is current.",
                where=str(link),
                expected="a link to one of `inequality releases`",
                found="a link to nothing" if link.is_symlink() else "no link",
                do="make one current: `inequality rollback RELEASE`.",
            )
        raise NothingPublished(f"There is no release yet in {warehouse}. Run `inequality run` first.")
    try:
        connection = duckdb.connect(str(link.resolve()), read_only=True)
    except duckdb.Error as error:
        raise _unreadable(link, error) from error
    # A query by hand may read the release and nothing else on this machine. Connections of one process to one file
    # share their settings, so a second one finds this done, and the settings locked.
    if connection.sql("select current_setting('lock_configuration')").fetchall() == [(False,)]:
        connection.execute("set enable_external_access = false")
        connection.execute("set lock_configuration = true")
    return connection


def _unreadable(link: Path, error: duckdb.Error) -> NoRelease:
    return NoRelease(
        "The current release cannot be read.",
        where=f"{link} ({link.resolve().name})",
        expected="a DuckDB file of ours",
        found=str(error).strip().partition("\n")[0],
        do="go back to one that can be read (`inequality releases`, then `inequality rollback RELEASE`), "
        "or replace it by a run that names its input (`inequality run --from ...`).",
    )


def ask(
    warehouse: Path, query: str, *, as_text: bool = True, parameters: Mapping[str, object] | None = None
) -> pl.DataFrame:
    """Run one query against the current release; `show tables` answers with the tables of every schema, and
    `describe schema.table` with what its columns mean.

    `parameters` stand in it as `$name`. Intervals come as text; with `as_text`, nested and binary values too. Raises
    NoRelease, or QueryRefused with DuckDB's reason, for several statements, and for what returns no table.
    """
    if SHOW_TABLES.fullmatch(query):
        return tables(warehouse)
    if (named := DESCRIBE.fullmatch(query)) and (columns := _columns(warehouse, *named.groups())).height:
        return columns
    with _open(warehouse) as connection:
        try:
            if (found := len(connection.extract_statements(query))) > 1:
                raise QueryRefused(f"One SELECT at a time; found {found}.")
            relation = connection.sql(query, params=dict(parameters)) if parameters else connection.sql(query)
            if relation is None:
                raise QueryRefused("That is not a query: it returns no table. Write one SELECT.")
            answer: pl.DataFrame = _in_plain_types(relation, as_text=as_text).pl()
        except duckdb.CatalogException as error:
            raise QueryRefused(f"{error}\n`show tables` lists what there is.") from error
        except duckdb.InvalidInputException as error:
            # A macro's own sentence, such as that no area has this name, needs no name of a kind of error before it.
            raise QueryRefused(str(error).removeprefix("Invalid Input Error: ")) from error
        except duckdb.Error as error:
            raise QueryRefused(str(error)) from error
    return answer


def _in_plain_types(relation: duckdb.DuckDBPyRelation, *, as_text: bool) -> duckdb.DuckDBPyRelation:
    """The relation with text in place of what Polars cannot hold, or with `as_text` of what csv and json cannot say."""
    columns = []
    for place, (name, kind) in enumerate(zip(relation.columns, map(str, relation.types), strict=True), start=1):
        nested = kind.endswith("]") or kind.startswith(("STRUCT", "MAP", "BLOB"))
        plain = (not kind.endswith("]") and kind.partition("(")[0] in SIMPLE) or (nested and not as_text)
        quoted = name.replace('"', '""')
        cast = "" if plain and "INTERVAL" not in kind else "::varchar"
        columns.append(f'#{place}{cast} as "{quoted}"')
    return relation.project(", ".join(columns)) if any("::varchar as" in column for column in columns) else relation


def tables(warehouse: Path) -> pl.DataFrame:
    """What may be asked of the current release: the published tables, the macros, then all other tables.

    A row is schema.table or the macro with its arguments, its rows (none of a macro), and what one row is or what the
    macro answers. Raises NoRelease.
    """
    with _open(warehouse) as connection:
        found: pl.DataFrame = connection.sql(
            """
            with
            known as (
                select
                    schema_name as part, schema_name || '.' || table_name as "table", estimated_size as "rows", comment
                from duckdb_tables()
                union all
                select
                    'macro', function_name || '(' || array_to_string(parameters, ', ') || ')', null, comment
                from duckdb_functions()
                where not internal and function_type in ('macro', 'table_macro')
            )

            select "table", "rows", comment as about
            from known
            order by list_position(['published', 'macro', 'core', 'measures', 'meta'], part) nulls last, "table"
            """
        ).pl()
    return found


def _columns(warehouse: Path, schema: str, table: str) -> pl.DataFrame:
    """The columns of a table with their types and what they mean; none where there is no such table."""
    with _open(warehouse) as connection:
        found: pl.DataFrame = connection.sql(
            """
            select column_name as "column", data_type as "type", comment as about
            from duckdb_columns()
            where lower(schema_name) = lower(?) and lower(table_name) = lower(?)
            order by column_index
            """,
            params=[schema, table],
        ).pl()
    return found


def about(warehouse: Path, question: str) -> About:
    """What a workbook says of the answer to a question. Raises NoRelease."""
    try:
        with _open(warehouse) as connection:
            ((release_id, created_at),) = connection.sql("select release_id, created_at from meta.release").fetchall()
            said = _modelled(connection)
    except duckdb.Error as error:
        raise _unreadable(warehouse / "current.duckdb", error) from error
    return About(question.strip(), release_id, created_at, said)


def _modelled(connection: duckdb.DuckDBPyConnection) -> str:
    """The sentence that every modelled answer needs; empty where no input is modelled."""
    files, modelled = connection.sql(
        "select count(*), count(*) filter (where is_modelled) from meta.snapshot"
    ).fetchall()[0]
    if not modelled:
        return ""
    return (
        f"{modelled} of {files} input files are modelled (fictional areas, codes that begin with X): "
        "not real, for trying the pipeline only. Every row that rests on them has is_modelled = true."
    )


def dictionary(warehouse: Path) -> Dictionary:
    """What the current release says of its tables, in the order of LAYERS, and its functions. Raises NoRelease."""
    with _open(warehouse) as connection:
        rows = connection.sql(
            """
            select schema_name, table_name, tables.comment, column_name, lower(data_type), columns.comment
            from duckdb_tables() as tables
            join duckdb_columns() as columns using (schema_name, table_name)
            order by schema_name, table_name, column_index
            """
        ).fetchall()
        functions = connection.sql(
            """
            select
                if(function_type = 'table_macro', 'from ', 'select ')
                || function_name || '(' || array_to_string(parameters, ', ') || ')',
                comment
            from duckdb_functions()
            where not internal
            order by function_name
            """
        ).fetchall()
    found: dict[tuple[str, str], DescribedTable] = {}
    for layer, name, grain, column, kind, meaning in rows:
        table = found.setdefault((layer, name), DescribedTable(layer, name, grain or ""))
        table.columns.append(DescribedColumn(column, kind, meaning or ""))
    ordered = sorted(found.values(), key=lambda table: LAYERS.index(table.layer) if table.layer in LAYERS else -1)
    return Dictionary(
        tuple(table for table in ordered if table.layer in LAYERS),
        tuple((called, meaning or "") for called, meaning in functions),
    )


def headline(warehouse: Path) -> Headline:
    """The slope index of life and healthy life expectancy at birth, by sex, in the newest period of each."""
    with _open(warehouse) as connection:
        rows = connection.sql(
            """
            select area_name, replace(title, ' at birth', '') as title, sex, period,
                format('{:.1f}', value) || case when value_lower is null then '' else
                    format(' ({:.1f} to {:.1f})', value_lower, value_upper) end as years,
                grade, value_lower is null as no_interval
            from published.inequality
            where measure = 'slope_index' and value is not null and basis = 'neighbourhoods_national'
                and indicator in ('life_expectancy_at_birth', 'healthy_life_expectancy_at_birth')
            qualify period_end = max(period_end) over (partition by indicator, area_code)
            order by area_code, indicator desc, sex desc
            """
        ).fetchall()
        said = _modelled(connection)
    note = (
        "Where no interval stands, the publisher gives no limits for the tenths."
        if any(row[-1] for row in rows)
        else ""
    )
    return Headline([tuple(str(cell) for cell in row[:-1]) for row in rows], note, said)


def release_facts(warehouse: Path) -> ReleaseFacts:
    """What the current release tells of itself. Raises NoRelease where there is none that can be read."""
    try:
        with _open(warehouse) as connection:
            ((release_id, created_at, source, origin),) = connection.sql(
                "select release_id, created_at, input, origin from meta.release"
            ).fetchall()
            sources = connection.sql(
                """
                select path, strftime(retrieved_at, '%Y-%m-%d'), rows_in, rows_out, rejected, deduplicated, suppressed,
                    is_modelled, is_stale
                from meta.snapshot
                order by path
                """
            ).fetchall()
            checks = connection.sql(
                """
                select table_name, check_name, severity, errored
                from meta.check_result
                where not passed
                order by errored desc, severity, table_name, check_name
                """
            ).fetchall()
            forced = _forced(connection)
    except duckdb.Error as error:
        raise _unreadable(warehouse / "current.duckdb", error) from error
    files = (
        SourceFile(
            path,
            day or "",
            rows_in or 0,
            rows_out or 0,
            refused or 0,
            double or 0,
            few or 0,
            bool(modelled),
            bool(stale),
        )
        for path, day, rows_in, rows_out, refused, double, few, modelled, stale in sources
    )
    created = created_at.replace(tzinfo=UTC)
    return ReleaseFacts(
        release_id, created, source, origin, tuple(FailedCheck(*row) for row in checks), tuple(files), forced
    )


def _forced(connection: duckdb.DuckDBPyConnection) -> Note | None:
    """Who published the release over which failed critical checks, and why; None where all passed."""
    said = connection.sql("from meta.release")
    # A release made before force was thought of lacks the column.
    if "forced_by" not in said.columns:
        return None
    ((by, reason),) = said.select("forced_by", "forced_reason").fetchall()
    if by is None:
        return None
    rows = connection.sql(
        "select check_name || ' of ' || table_name from meta.check_result where overruled order by table_name, 1"
    ).fetchall()
    return Note(Kind.FORCED, by=by, names=tuple(name for (name,) in rows), cause=reason)
