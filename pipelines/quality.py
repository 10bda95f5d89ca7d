"""Run a Great Expectations suite or a SQL check on built tables -> findings.

What belongs here: the only use of Great Expectations, and what a finding is. What does not: which findings stop a run
(`defs/checks.py`: the critical ones) or the rules themselves (`expectations/*.json`, `sql/checks/*.sql`).
"""

from __future__ import annotations

import json
import os
import warnings
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

import polars as pl

from pipelines.lineage import leading_comment, tables_read
from pipelines.sources.snapshot import write_atomically
from pipelines.store import Store, TableMissing, text_hash

CRITICAL, WARNING = "critical", "warning"
EXAMPLES = 5


@dataclass(frozen=True)
class Finding:
    """The outcome of one rule on one table.

    `errored` means that the rule itself could not run (a renamed column), which is not the same as a rule that found
    bad rows; both count as not passed. `observed` says what was seen, in words.
    """

    table: str
    check: str
    severity: str
    passed: bool
    errored: bool
    reason: str
    observed: str


@cache
def _context() -> Any:
    """One silent, offline Great Expectations context (its import takes seconds, hence late and once)."""
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
    with warnings.catch_warnings():
        # Great Expectations imports modules that warn of their own deprecation; not ours to mend.
        warnings.simplefilter("ignore")
        import great_expectations as gx
        from great_expectations.data_context.types.base import ProgressBarsConfig

        context = gx.get_context(mode="ephemeral")
        context.variables.progress_bars = ProgressBarsConfig(globally=False, metric_calculations=False)
        source = context.data_sources.add_pandas("tables")
        batch = source.add_dataframe_asset("table").add_batch_definition_whole_dataframe("whole")
        return gx, batch


def run_suite(frame: pl.DataFrame, suite: dict[str, Any]) -> list[Finding]:
    """Validate a table against a native suite, one finding an expectation, in the suite's order.

    Only the columns that the suite names, in rules and in their conditions, are handed over. `suite["name"]` is the
    table. A rule that Great Expectations cannot read is an errored finding, as one that names an absent column is.
    """
    gx, batch_definition = _context()
    table = str(suite["name"])
    named = {column for expectation in suite["expectations"] for column in _columns_named(expectation["kwargs"])}
    structural = any(e["type"].startswith("expect_table_column") for e in suite["expectations"])
    columns = frame.columns if structural else [name for name in frame.columns if name in named] or frame.columns[:1]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        batch = batch_definition.get_batch({"dataframe": frame.select(columns).to_pandas()})
        readable, faults = _read(gx, table, suite["expectations"])
        # All at once: rules share what they compute of a column. They come back in another order, hence the ids.
        validated = batch.validate(gx.ExpectationSuite(name=table, expectations=list(readable.values())))
    results = {result.expectation_config.id: result for result in validated.results}
    return [
        _finding(table, expectation, results[readable[place]["id"]])
        if place in readable
        else _outcome(table, expectation, passed=False, errored=True, observed=faults[place])
        for place, expectation in enumerate(suite["expectations"])
    ]


def _read(gx: Any, table: str, expectations: list[dict[str, Any]]) -> tuple[dict[int, dict[str, Any]], dict[int, str]]:
    """By place in the suite: the rules that Great Expectations can read, with an id, and why not for the others."""
    readable, faults = {}, {}
    for place, expectation in enumerate(expectations):
        try:
            known = gx.ExpectationSuite(name=table, expectations=[expectation]).expectations
        except ValueError as error:
            faults[place] = str(error).strip().splitlines()[0]
            continue
        # A type that it does not know is logged and left out of the suite.
        if known:
            readable[place] = expectation | {"id": str(UUID(int=place))}
        else:
            faults[place] = f"there is no expectation {expectation['type']}"
    return readable, faults


def _columns_named(kwargs: dict[str, Any]) -> set[str]:
    """The columns a rule reads: those it judges, and those of the condition that picks its rows."""
    judged = (kwargs.get(key) for key in ("column", "column_A", "column_B", "column_list"))
    names = [value if isinstance(value, list) else [value] for value in judged if value is not None]
    return {str(name) for group in names for name in group} | {
        str(part["column"]["name"]) for part in _parts(kwargs.get("row_condition"))
    }


def _parts(condition: dict[str, Any] | None) -> list[dict[str, Any]]:
    """The comparisons a native row condition is made of; none where there is no condition."""
    if not condition:
        return []
    if "conditions" in condition:
        return [part for inner in condition["conditions"] for part in _parts(inner)]
    return [condition]


def _words(kwargs: dict[str, Any]) -> str:
    """A rule's arguments in one line, the condition last: `column=note_code, where value is null`."""
    condition = kwargs.get("row_condition") or {}
    tests = [
        f"{part['column']['name']} is {'null' if part['is_null'] else 'not null'}"
        if part["type"] == "nullity"
        else f"{part['column']['name']} {str(part['operator']).lower().replace('_', ' ')} {part['parameter']}"
        for part in _parts(condition)
    ]
    said = [f"{key}={value}" for key, value in kwargs.items() if key not in ("row_condition", "condition_parser")]
    return ", ".join([*said, *(["where " + f" {condition.get('type', '')} ".join(tests)] if tests else [])])


def _finding(table: str, expectation: dict[str, Any], result: Any) -> Finding:
    info = result.exception_info or {}
    nested = [info] if "raised_exception" in info else [value for value in info.values() if isinstance(value, dict)]
    failures = [value["exception_message"] for value in nested if value.get("raised_exception")]
    seen = result.result or {}
    if failures:
        observed = str(failures[0]).strip().splitlines()[0]
    elif result.success:
        observed = f"{seen['element_count']:,} rows" if "element_count" in seen else str(seen.get("observed_value", ""))
    elif "unexpected_count" in seen:
        # NaN is how a null arrives here, and says nothing as an example.
        found = [str(value) for value in seen.get("partial_unexpected_list", []) if value == value]  # noqa: PLR0124
        examples = f", for example {', '.join(found[:EXAMPLES])}" if found else ""
        observed = f"{seen['unexpected_count']:,} of {seen['element_count']:,} rows{examples}"
    else:
        observed = f"found {seen.get('observed_value')}"
    passed = bool(result.success) and not failures
    return _outcome(table, expectation, passed=passed, errored=bool(failures), observed=observed)


def _outcome(table: str, expectation: dict[str, Any], *, passed: bool, errored: bool, observed: str) -> Finding:
    return Finding(
        table=table,
        check=f"{expectation['type']}({_words(expectation['kwargs'])})",
        severity=expectation.get("severity", CRITICAL),
        passed=passed,
        errored=errored,
        reason=str(expectation.get("notes") or ""),
        observed=observed,
    )


def suite_path(folder: Path, table: str) -> Path:
    """Where the suite of a table lies: `<folder>/<layer>.<table>.json`."""
    return folder / f"{table}.json"


def check_table(store: Store, table: str, suite_file: Path, *, fresh: bool = False) -> tuple[list[Finding], bool]:
    """The findings of a table's suite, reused while both table and suite are unchanged.

    Returns findings and whether they were reused. Raises TableMissing when the table was never built.
    """
    record = store.record(table)
    if record is None:
        raise TableMissing(f"The table {table} has not been built, so it cannot be checked.")
    text = suite_file.read_text(encoding="utf-8")
    version = text_hash(record.content_hash, text)
    return _reused(
        store, f"suite_{table}", version, lambda: run_suite(store.read(table), json.loads(text)), fresh=fresh
    )


def check_sql(store: Store, file: Path, *, fresh: bool = False) -> tuple[list[Finding], bool]:
    """Run a query that must return no rows. The file's first line is the rule; `warning:` in it makes it no stop."""
    sql = file.read_text(encoding="utf-8")
    reads = tables_read(sql, where=file.name)
    records = [store.record(table) for table in reads]
    version = text_hash(sql, *(record.content_hash if record else "" for record in records))

    def run() -> list[Finding]:
        bad = store.query(sql, reads, where=file.name)
        rows = "; ".join(str(row) for row in bad.head(EXAMPLES).iter_rows(named=True))
        rule = leading_comment(sql)
        return [
            Finding(
                table=";".join(reads),
                check=file.stem,
                severity=WARNING if rule.lower().startswith("warning:") else CRITICAL,
                passed=bad.height == 0,
                errored=False,
                reason=rule,
                observed=f"{bad.height:,} rows break the rule" + (f", for example {rows}" if bad.height else ""),
            )
        ]

    return _reused(store, f"sql_{file.stem}", version, run, fresh=fresh)


def _reused(
    store: Store, name: str, version: str, run: Callable[[], list[Finding]], *, fresh: bool
) -> tuple[list[Finding], bool]:
    beside = store.root / "checks" / f"{name}.json"
    if beside.is_file() and not fresh:
        kept = json.loads(beside.read_text(encoding="utf-8"))
        if kept["version"] == version:
            return [Finding(**finding) for finding in kept["findings"]], True
    findings = run()
    content = {"version": version, "findings": [asdict(finding) for finding in findings]}
    write_atomically(beside, json.dumps(content, indent=2).encode())
    return findings, False


def kept_findings(store: Store, *, suites: Iterable[str], sql_checks: Iterable[str]) -> pl.DataFrame:
    """The findings that stand for the named tables' suites and the named SQL checks, for `meta.check_result`."""
    rows = []
    for name in (*(f"suite_{table}" for table in suites), *(f"sql_{check}" for check in sql_checks)):
        rows += json.loads((store.root / "checks" / f"{name}.json").read_text(encoding="utf-8"))["findings"]
    schema = {
        name: pl.Boolean() if name in ("passed", "errored") else pl.String()
        for name in ("table", "check", "severity", "passed", "errored", "reason", "observed")
    }
    return pl.DataFrame(rows, schema=schema).rename({"table": "table_name", "check": "check_name"})
