"""Run a native Great Expectations suite on one table -> findings, with the rows that break a rule.

What belongs here: handing a table over and putting results into words. What does not: the rules (`expectations/*.json`)
or rules across tables (`sql_check`).
"""

from __future__ import annotations

import json
import warnings
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import polars as pl

from pipelines.quality.attribution import DELIVERY, LINE, broken_in
from pipelines.quality.finding import CRITICAL, EXAMPLES, Finding, Outcome, Scope, examples_of, reused
from pipelines.quality.gx_context import load_gx
from pipelines.tables.store import Store, TableMissing, text_hash

PLACE = "row_in_table"
"""A column that says where a row lies in the table, so that a broken rule can show it whole."""
_NONE: dict[str, Any] = {"examples": "[]", "deliveries": ()}


def run_suite(frame: pl.DataFrame, suite: dict[str, Any]) -> list[Finding]:
    """Validate a table against a native suite, one finding per expectation, in the suite's order.

    Only the columns that the suite names, in rules and in their conditions, are handed over. `suite["name"]` is the
    table. A rule that Great Expectations cannot read is an errored finding, as one that names an absent column is.
    """
    return _validated(frame, suite)[0]


def _validated(frame: pl.DataFrame, suite: dict[str, Any]) -> Outcome:
    """The findings, and Great Expectations' own account of the rules that it could read."""
    table, expectations = str(suite["name"]), suite["expectations"]
    named = {column for expectation in expectations for column in _columns_named(expectation["kwargs"])}
    structural = any(e["type"].startswith("expect_table_column") for e in expectations)
    columns = frame.columns if structural else [name for name in frame.columns if name in named] or frame.columns[:1]
    handed = frame.select(columns)
    known, faults = readable(table, expectations)
    # All at once: rules share what they compute of a column.
    validated = _validate(table, handed, list(known.values()))
    # They come back in another order, hence the ids.
    results = {result.expectation_config.id: result for result in validated.results}
    broken = _broken(frame, handed, suite, [rule for rule in known.values() if _rows_broke(results[rule["id"]])])
    traced = {DELIVERY, LINE} <= set(frame.columns)
    findings = [
        _judged(
            _finding(table, expectation, traced=traced),
            results[known[place]["id"]],
            broken.get(known[place]["id"], _NONE),
        )
        if place in known
        else replace(_finding(table, expectation, traced=traced), errored=True, seen=faults[place])
        for place, expectation in enumerate(expectations)
    ]
    return findings, validated.to_json_dict()


def _validate(table: str, frame: pl.DataFrame, rules: list[dict[str, Any]], **options: Any) -> Any:
    gx, _, batch_definition = load_gx()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        batch = batch_definition.get_batch({"dataframe": frame.to_pandas()})
        return batch.validate(gx.ExpectationSuite(name=table, expectations=rules), **options)


def _rows_broke(result: Any) -> bool:
    return not result.success and bool((result.result or {}).get("unexpected_count"))


def _broken(
    frame: pl.DataFrame, handed: pl.DataFrame, suite: dict[str, Any], broken: list[dict[str, Any]]
) -> dict[str, dict[str, Any]]:
    """By id of the broken rule: the first rows that break it, as its key and what the rule reads of them, and the
    deliveries that they came in.

    Great Expectations names rows only when asked for all of them, so only broken rules are asked, a second time.
    """
    if not broken:
        return {}
    options = {"result_format": "COMPLETE", "unexpected_index_column_names": [PLACE], "include_unexpected_rows": False}
    again = _validate(
        str(suite["name"]),
        handed.with_row_index(PLACE),
        broken,
        result_format=options | {"return_unexpected_index_query": False},
    )
    key, found = _key(suite["expectations"]), {}
    for result in again.results:
        rule = result.expectation_config
        places = [entry[PLACE] for entry in (result.result or {}).get("unexpected_index_list") or []]
        read = [name for name in frame.columns if name in _columns_named(rule.kwargs) and name not in key]
        shown = [*(name for name in key if name in frame.columns), *read]
        rows = frame[sorted(places)]
        found[rule.id] = {
            "examples": examples_of(rows.head(EXAMPLES).select(shown)),
            "deliveries": broken_in(rows, None) if DELIVERY in rows.columns else (),
        }
    return found


def _key(expectations: list[dict[str, Any]]) -> list[str]:
    """The columns that name a row: those that the suite's first rule of uniqueness, without condition, is about."""
    for expectation in expectations:
        kwargs = expectation["kwargs"]
        if "unique" in expectation["type"] and not kwargs.get("row_condition"):
            return list(kwargs.get("column_list") or [kwargs.get("column")])
    return []


def readable(table: str, expectations: list[dict[str, Any]]) -> tuple[dict[int, dict[str, Any]], dict[int, str]]:
    """By place in the suite: the rules that Great Expectations can read, with an id, and why not for the others."""
    gx, _, _ = load_gx()
    known_rules, faults = {}, {}
    for place, expectation in enumerate(expectations):
        try:
            known = gx.ExpectationSuite(name=table, expectations=[expectation]).expectations
        except ValueError as error:
            faults[place] = str(error).strip().splitlines()[0]
            continue
        # A type that it does not know is logged and left out of the suite.
        if known:
            known_rules[place] = expectation | {"id": str(UUID(int=place))}
        else:
            faults[place] = f"there is no expectation {expectation['type']}"
    return known_rules, faults


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
    arguments = [f"{key}={value}" for key, value in kwargs.items() if key not in ("row_condition", "condition_parser")]
    return ", ".join([*arguments, *(["where " + f" {condition.get('type', '')} ".join(tests)] if tests else [])])


def severities_of(suite: dict[str, Any]) -> set[str]:
    """How severe the rules of a suite are."""
    return {_severity(expectation) for expectation in suite["expectations"]}


def _severity(expectation: dict[str, Any]) -> str:
    return str(expectation.get("severity", CRITICAL))


def _finding(table: str, expectation: dict[str, Any], *, traced: bool) -> Finding:
    """A rule that has not been judged yet. `meta.overrulable` is false where nobody may publish over it.

    A rule reaches as far as the rows that break it where these are `traced` to their deliveries, and a rule of keys
    always to the release.
    """
    return Finding(
        table=table,
        check=f"{expectation['type']}({_words(expectation['kwargs'])})",
        severity=_severity(expectation),
        passed=False,
        errored=False,
        reason=str(expectation.get("notes") or ""),
        overrulable=bool((expectation.get("meta") or {}).get("overrulable", True)),
        scope=Scope.ROW if traced and "unique" not in expectation["type"] else Scope.RELEASE,
    )


def _judged(finding: Finding, result: Any, broken: dict[str, Any]) -> Finding:
    info = result.exception_info or {}
    nested = [info] if "raised_exception" in info else [value for value in info.values() if isinstance(value, dict)]
    failures = [value["exception_message"] for value in nested if value.get("raised_exception")]
    seen = result.result or {}
    if failures:
        first_line = str(failures[0]).strip().splitlines()[0]
        return replace(finding, errored=True, seen=first_line, **broken)
    if result.success:
        aggregate = str(seen.get("observed_value", ""))
        return replace(finding, passed=True, rows=seen.get("element_count"), seen=aggregate, **broken)
    if "unexpected_count" not in seen:
        return replace(finding, seen=str(seen.get("observed_value")), **broken)
    # NaN is how a null arrives here, and says nothing as an example.
    values = [str(value) for value in seen.get("partial_unexpected_list", []) if value == value]  # noqa: PLR0124
    return replace(
        finding,
        rows=seen["element_count"],
        broken=seen["unexpected_count"],
        values=tuple(values[:EXAMPLES]),
        **broken,
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
    return reused(
        store, f"suite_{table}", version, lambda: _validated(store.read(table), json.loads(text)), fresh=fresh
    )
