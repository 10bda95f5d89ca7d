"""Read-only questions to the current release: what the command prints, and queries by hand.

What belongs here: opening `current.duckdb` for reading. What does not: writing anything, or deciding what is published.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from pipelines.errors import ProductError
from pipelines.notes import Kind, Note, note_from, words
from pipelines.release.folder import DID_NOT_START, FAILED

SOURCE_HEALTH = Path("history") / "source_health.parquet"
"""Where the last run left the state of each source, inside the warehouse; newer than a release that stayed."""
REVISIONS = Path("report") / "revisions.html"
"""The page of what changed with the current release, inside the warehouse."""
SHOW_TABLES = re.compile(r"\s*show\s+(all\s+)?tables\s*;?\s*", re.IGNORECASE)
SIMPLE = {
    *("BOOLEAN", "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT"),
    *("FLOAT", "DOUBLE", "DECIMAL", "VARCHAR", "UUID", "DATE", "TIME", "TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS"),
    *("TIMESTAMP_NS", "TIMESTAMP WITH TIME ZONE", "ENUM", '"NULL"'),
}
"""Types that csv and json can say."""
LOOK_AT = ("changed_shape", "late", "returned", "stale")


class NoRelease(ProductError):
    """Nothing has been published yet; the message says what to run."""


class QueryRefused(ProductError):
    """A query that DuckDB refused, with its reason."""


@dataclass(frozen=True)
class Headline:
    """The newest slope indices as rows of text, and what must be said beside them."""

    rows: list[tuple[str, ...]]
    interval_note: str
    modelled: str


@dataclass(frozen=True)
class Status:
    """Lines about the release and the last run, and one row per source file: path, day, row counts, and its state."""

    lines: list[str]
    sources: list[tuple[Any, ...]] = field(default_factory=list)


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
        raise NoRelease(f"There is no release yet in {warehouse}. Run `inequality run` first.")
    try:
        connection = duckdb.connect(str(link.resolve()), read_only=True)
    except duckdb.Error as error:
        raise NoRelease(
            "The current release cannot be read.",
            where=f"{link} ({link.resolve().name})",
            expected="a DuckDB file",
            found=str(error).strip().partition("\n")[0],
            do="go back to one that can be read (`inequality releases`, then `inequality rollback RELEASE`), "
            "or replace it by a run that names its input (`inequality run --from ...`).",
        ) from error
    # A query by hand may read the release and nothing else on this machine. Connections of one process to one file
    # share their settings, so a second one finds this done, and the settings locked.
    if connection.sql("select current_setting('lock_configuration')").fetchall() == [(False,)]:
        connection.execute("set enable_external_access = false")
        connection.execute("set lock_configuration = true")
    return connection


def ask(warehouse: Path, query: str, *, as_text: bool = True) -> pl.DataFrame:
    """Run one query against the current release; `show tables` answers with the tables of every schema.

    Intervals come as text; with `as_text`, nested and binary values too. Raises NoRelease, or QueryRefused with
    DuckDB's reason, for several statements, and for what returns no table.
    """
    if SHOW_TABLES.fullmatch(query):
        return tables(warehouse)
    with _open(warehouse) as connection:
        try:
            if (found := len(connection.extract_statements(query))) > 1:
                raise QueryRefused(f"One SELECT at a time; found {found}.")
            relation = connection.sql(query)
            if relation is None:
                raise QueryRefused("That is not a query: it returns no table. Write one SELECT.")
            answer: pl.DataFrame = _in_plain_types(relation, as_text=as_text).pl()
        except duckdb.CatalogException as error:
            raise QueryRefused(f"{error}\n`show tables` lists what there is.") from error
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
    """Every table of the current release: schema.table, its rows, and what one row is. Raises NoRelease."""
    with _open(warehouse) as connection:
        found: pl.DataFrame = connection.sql(
            """
            select schema_name || '.' || table_name as "table", estimated_size as "rows", comment as about
            from duckdb_tables()
            order by
                list_position(['published', 'core', 'measures', 'meta'], schema_name) nulls last,
                table_name
            """
        ).pl()
    return found


def written(frame: pl.DataFrame, form: str) -> bytes:
    """A frame as csv, json or parquet. Text that a spreadsheet would run as a formula gets a quote before it."""
    if form == "json":
        return frame.write_json().encode()
    if form == "parquet":
        buffer = io.BytesIO()
        frame.write_parquet(buffer)
        return buffer.getvalue()
    risky = pl.selectors.string()
    safe = frame.with_columns(
        pl.when(risky.str.contains(r"^[=+\-@\t\r]")).then(pl.lit("'") + risky).otherwise(risky).name.keep()
    )
    return safe.write_csv().encode()


def listed(columns: Sequence[str], rows: Sequence[Sequence[object]], form: str) -> bytes:
    """Rows as csv or json."""
    return written(pl.DataFrame(rows, schema=list(columns), orient="row", infer_schema_length=None), form)


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
        (modelled,) = connection.sql("select count(*) from meta.snapshot where is_modelled").fetchall()[0]
        (files,) = connection.sql("select count(*) from meta.snapshot").fetchall()[0]
    note = (
        "Where no interval stands, the publisher gives no limits for the tenths."
        if any(row[-1] for row in rows)
        else ""
    )
    said = (
        f"{modelled} of {files} input files are modelled (fictional areas, codes that begin with X): "
        "not real, for trying the pipeline only. Every row that rests on them has is_modelled = true."
        if modelled
        else ""
    )
    return Headline([tuple(str(cell) for cell in row[:-1]) for row in rows], note, said)


def current_status(warehouse: Path) -> Status:
    """What is published, what came of the last run, and how each source is."""
    last = _last_run(warehouse)
    if not (warehouse / "current.duckdb").exists():
        if any((warehouse / "releases").glob("*.duckdb")):
            return Status(["No release is current: `inequality releases`, then `inequality rollback RELEASE`.", *last])
        return Status(["Nothing published yet. Run `inequality run`.", *last])
    with _open(warehouse) as connection:
        ((release_id, created_at, source, origin),) = connection.sql(
            "select release_id, created_at, input, origin from meta.release"
        ).fetchall()
        sources = connection.sql(
            """
            select path, strftime(retrieved_at, '%Y-%m-%d'), rows_in, rows_out, rejected, deduplicated,
                suppressed,
                concat_ws(' ', case when is_modelled then 'modelled' end, case when is_stale then 'stale' end)
            from meta.snapshot
            order by path
            """
        ).fetchall()
        (failed,) = connection.sql("select count(*) from meta.check_result where not passed").fetchall()[0]
        forced = _forced(connection)
    lines = [f"Current release: {release_id}, created {created_at:%Y-%m-%d %H:%M} UTC, from {source}."]
    if origin == "modelled":
        lines.append("Its origin is modelled: not for use.")
    if (warehouse / REVISIONS).is_file():
        lines.append(f"What changed with it: {warehouse / REVISIONS}")
    lines += [*forced, f"Checks not passed in this release: {failed}.", *last, *_held_back(warehouse)]
    try:
        health = _health(warehouse)
    except (pl.exceptions.PolarsError, OSError):
        health = []
        lines.append(f"{SOURCE_HEALTH} cannot be read, so the states of the sources are not shown; run again.")
    states = {path: state for path, state, _ in health}
    lines += [f"{path}: {state}: {reason}" for path, state, reason in health if state in LOOK_AT]
    if missing := [path for path, state, _ in health if state == "missing"]:
        lines.append(f"Not in the last run's input: {', '.join(missing)}.")
    return Status(lines, [(*row[:-1], _joined(states.get(row[0]), row[-1])) for row in sources])


def _forced(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """Who published the release over which failed critical checks, and why; nothing where all passed."""
    said = connection.sql("from meta.release")
    # A release made before force was thought of lacks the column.
    if "forced_by" not in said.columns:
        return []
    ((by, reason),) = said.select("forced_by", "forced_reason").fetchall()
    if by is None:
        return []
    rows = connection.sql(
        "select check_name || ' of ' || table_name from meta.check_result where overruled order by table_name, 1"
    ).fetchall()
    return [words(Note(Kind.FORCED, by=by, names=tuple(name for (name,) in rows), cause=reason))]


def _last_run(warehouse: Path) -> list[str]:
    """When the pipeline last looked and what failed, in lines; a file that cannot be read counts as none."""
    file = warehouse / "status.json"
    if not file.is_file():
        return ["No run yet."]
    try:
        last = json.loads(file.read_text(encoding="utf-8"))
        lines = [f"Last run: {last['last_checked_at']}: {last['last_outcome']}."]
        if last["last_outcome"] in (FAILED, DID_NOT_START):
            lines += [f"  {_begun(str(error))}" for error in last.get("last_errors", [])]
    except (ValueError, KeyError, TypeError, AttributeError):
        return [f"{file} cannot be read, so nothing is known of the last run; the next one writes it anew."]
    return lines


def _held_back(warehouse: Path) -> list[str]:
    """The deliveries that the last run held back, in words."""
    try:
        last = json.loads((warehouse / "status.json").read_text(encoding="utf-8"))
        return [words(note_from(note)) for note in last.get("held_back", [])]
    except (OSError, ValueError, TypeError, AttributeError):
        return []


def _begun(text: str) -> str:
    """The first two lines of a long text."""
    lines = text.strip().splitlines()
    return "\n  ".join(lines[:2]) + (" ..." if len(lines) > 2 else "")


def source_lines(sources: list[tuple[Any, ...]]) -> list[str]:
    """One line per source file of a Status: path, day, row counts, state."""
    width = max((len(row[0]) for row in sources), default=0)
    counted = ("in", "out", "refused", "double", "suppressed")
    return [
        f"{path:<{width}}  {day or 'no day':<10}  "
        + ", ".join(f"{count or 0:,} {word}" for count, word in zip(counts, counted, strict=True))
        + f"  {state}".rstrip()
        for path, day, *counts, state in sources
    ]


def _joined(state: str | None, flags: str) -> str:
    """The state a run gave a file, and the release's own flags (`modelled`, `stale`), each once."""
    return " ".join(dict.fromkeys([*([state] if state else []), *flags.split()]))


def _health(warehouse: Path) -> list[tuple[str, str, str]]:
    """Path, state and reason of every source as the last run found them; nothing before the first."""
    file = warehouse / SOURCE_HEALTH
    return pl.read_parquet(file).select("path", "state", "reason").sort("path").rows() if file.is_file() else []
