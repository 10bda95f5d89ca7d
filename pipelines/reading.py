"""Read-only questions to the current release: what the command prints, and queries by hand.

What belongs here: opening `current.duckdb` for reading. What does not: writing anything, or deciding what is published.
"""

from __future__ import annotations

import io
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

SOURCE_HEALTH = Path("history") / "source_health.parquet"
"""Where the last run left the state of each source, inside the warehouse; newer than a release that stayed."""
LOOK_AT = ("changed_shape", "late", "stale")


class NoRelease(Exception):
    """Nothing has been published yet; the message says what to run."""


class QueryRefused(Exception):
    """A query that DuckDB refused, with its reason."""


@dataclass(frozen=True)
class Headline:
    """The newest slope indices as rows of text, and what must be said beside them."""

    rows: list[tuple[str, ...]]
    interval_note: str
    modelled: str


@dataclass(frozen=True)
class Status:
    """Lines about the release and the last run, and one row a source file: path, day, row counts, and its state."""

    lines: list[str]
    sources: list[tuple[Any, ...]] = field(default_factory=list)


def _open(warehouse: Path) -> duckdb.DuckDBPyConnection:
    link = warehouse / "current.duckdb"
    if not link.exists():
        raise NoRelease(f"There is no release yet in {warehouse}. Run `inequality run` first.")
    connection = duckdb.connect(str(link.resolve()), read_only=True)
    # A query by hand may read the release and nothing else on this machine. Connections of one process to one file
    # share their settings, so a second one finds this done, and the settings locked.
    if connection.sql("select current_setting('lock_configuration')").fetchall() == [(False,)]:
        connection.execute("set enable_external_access = false")
        connection.execute("set lock_configuration = true")
    return connection


def ask(warehouse: Path, query: str) -> pl.DataFrame:
    """Run one query against the current release. Raises NoRelease, or QueryRefused with DuckDB's reason."""
    with _open(warehouse) as connection:
        try:
            relation = connection.sql(query)
            if relation is None:
                raise QueryRefused("That is not a query: it returns no table. Write one SELECT.")
            answer: pl.DataFrame = relation.pl()
        except duckdb.Error as error:
            raise QueryRefused(str(error)) from error
    return answer


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
    """What is published, how old each source is, what failed last."""
    file = warehouse / "status.json"
    last = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    lines = [f"Last run: {last['last_checked_at']}: {last['last_outcome']}."] if last else ["No run yet."]
    if last.get("last_outcome") == "failed":
        lines += [f"  {error}" for error in last.get("last_errors", [])]
    if not (warehouse / "current.duckdb").exists():
        return Status([*lines, "Nothing published yet. Run `inequality run`."])
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
    lines.append(f"Current release: {release_id}, created {created_at:%Y-%m-%d %H:%M} UTC, from {source}.")
    if origin == "modelled":
        lines.append("Its origin is modelled: not for use.")
    lines.append(f"Checks with warnings in it: {failed}.")
    health = _health(warehouse)
    states = {path: state for path, state, _ in health}
    lines += [f"{path}: {state}: {reason}" for path, state, reason in health if state in LOOK_AT]
    if missing := [path for path, state, _ in health if state == "missing"]:
        lines.append(f"Not in the last run's input: {', '.join(missing)}.")
    return Status(lines, [(*row[:-1], _joined(states.get(row[0]), row[-1])) for row in sources])


def _joined(state: str | None, flags: str) -> str:
    """The state a run gave a file, and the release's own flags (`modelled`, `stale`), each once."""
    return " ".join(dict.fromkeys([*([state] if state else []), *flags.split()]))


def _health(warehouse: Path) -> list[tuple[str, str, str]]:
    """Path, state and reason of every source as the last run found them; nothing before the first."""
    file = warehouse / SOURCE_HEALTH
    return pl.read_parquet(file).select("path", "state", "reason").sort("path").rows() if file.is_file() else []
