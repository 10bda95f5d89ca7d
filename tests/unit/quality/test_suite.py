"""What a finding says: of rules that hold, that rows break, that cannot run; and reuse while nothing changed."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from pipelines import settings
from pipelines.quality import CRITICAL, WARNING, Finding, check_sql, check_table, kept_findings, run_suite
from pipelines.quality.finding import finding_from
from pipelines.quality.sql_check import header
from pipelines.tables.store import Store, TableMissing

FRAME = pl.DataFrame({"area": ["a", "b", "b"], "value": [1.0, None, -3.0], "note": [None, "suppressed", None]})


def rule(expectation: str, **kwargs: Any) -> dict[str, Any]:
    return {"type": expectation, "kwargs": kwargs, "severity": "critical", "notes": "because"}


def where(column: str, operator: str, parameter: object) -> dict[str, Any]:
    return {"type": "comparison", "column": {"name": column}, "operator": operator, "parameter": parameter}


def is_null(column: str) -> dict[str, Any]:
    return {"type": "nullity", "column": {"name": column}, "is_null": True}


def suite(*rules: dict[str, Any]) -> dict[str, Any]:
    return {"name": "core.made", "expectations": list(rules)}


def test_findings_come_in_the_suites_order_with_reason_and_severity() -> None:
    lax = rule("expect_column_values_to_be_between", column="value", min_value=0) | {"severity": "warning"}
    findings = run_suite(FRAME, suite(rule("expect_column_values_to_be_unique", column="area"), lax))
    assert [(f.check, f.severity, f.passed) for f in findings] == [
        ("expect_column_values_to_be_unique(column=area)", CRITICAL, False),
        ("expect_column_values_to_be_between(column=value, min_value=0)", WARNING, False),
    ]
    assert {f.reason for f in findings} == {"because"}
    assert {f.table for f in findings} == {"core.made"}


def test_a_broken_rule_says_how_many_rows_and_shows_some() -> None:
    (found,) = run_suite(FRAME, suite(rule("expect_column_values_to_be_between", column="value", min_value=0)))
    assert found.observed == "1 of 3 rows, for example -3.0"
    (found,) = run_suite(FRAME, suite(rule("expect_column_values_to_not_be_null", column="value")))
    assert found.observed == "1 of 3 rows"


def test_a_condition_picks_rows_by_a_column_that_no_rule_judges() -> None:
    (found,) = run_suite(
        FRAME, suite(rule("expect_column_values_to_not_be_null", column="note", row_condition=is_null("value")))
    )
    assert (found.passed, found.observed) == (True, "1 rows")
    assert found.check == "expect_column_values_to_not_be_null(column=note, where value is null)"
    both = {"type": "and", "conditions": [where("area", "IN", ["b"]), where("value", "<", 0)]}
    (found,) = run_suite(FRAME, suite(rule("expect_column_values_to_be_null", column="note", row_condition=both)))
    assert found.passed
    assert found.check == "expect_column_values_to_be_null(column=note, where area in ['b'] and value < 0)"


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        (rule("expect_column_values_to_be_unique", column="renamed"), "renamed"),
        (rule("expect_column_values_to_be_unique", column="area", row_condition=is_null("renamed")), "renamed"),
        (rule("expect_column_values_to_be_pretty", column="area"), "expect_column_values_to_be_pretty"),
        (rule("expect_column_values_to_be_between", column="value", minimum=0), "validation error"),
    ],
    ids=["absent column", "absent column in the condition", "unknown rule", "unknown argument"],
)
def test_a_rule_that_cannot_run_is_errored_and_leaves_the_others_alone(broken: dict[str, Any], words: str) -> None:
    sound = rule("expect_column_values_to_not_be_null", column="area")
    first, second = run_suite(FRAME, suite(broken, sound))
    assert (first.passed, first.errored) == (False, True)
    assert words in first.observed
    assert (second.passed, second.errored) == (True, False)


def test_an_empty_table_breaks_only_rules_about_how_many_rows() -> None:
    findings = run_suite(
        FRAME.clear(),
        suite(
            rule("expect_column_values_to_not_be_null", column="value"),
            rule("expect_compound_columns_to_be_unique", column_list=["area", "note"]),
            rule("expect_table_row_count_to_be_between", min_value=1),
        ),
    )
    assert [f.passed for f in findings] == [True, True, False]
    assert findings[-1].observed == "found 0"


@pytest.fixture
def store(tmp_path: Path) -> Store:
    made = Store(tmp_path / "tables")
    made.build("core.made", lambda: FRAME, code_version="1", description="made")
    return made


def test_findings_are_reused_until_the_table_or_the_suite_changes(store: Store, tmp_path: Path) -> None:
    file = tmp_path / "core.made.json"
    file.write_text(json.dumps(suite(rule("expect_table_row_count_to_be_between", min_value=1))))
    assert check_table(store, "core.made", file)[1] is False
    assert check_table(store, "core.made", file)[1] is True
    assert check_table(store, "core.made", file, fresh=True)[1] is False
    file.write_text(json.dumps(suite(rule("expect_table_row_count_to_be_between", min_value=4))))
    findings, reused = check_table(store, "core.made", file)
    assert (findings[0].passed, reused) == (False, False)
    store.build("core.made", lambda: pl.concat([FRAME, FRAME]), code_version="2", description="made")
    findings, reused = check_table(store, "core.made", file)
    assert (findings[0].passed, reused) == (True, False)


def test_a_table_that_was_never_built_cannot_be_checked(store: Store, tmp_path: Path) -> None:
    with pytest.raises(TableMissing, match=r"core\.absent"):
        check_table(store, "core.absent", tmp_path / "core.absent.json")


def test_a_query_that_returns_rows_is_a_finding_and_warns_where_it_says_so(store: Store, tmp_path: Path) -> None:
    hard, soft = tmp_path / "no_negative.sql", tmp_path / "no_b.sql"
    hard.write_text("-- No value is negative.\nselect area, value from core.made where value < 0")
    soft.write_text("-- Warning: no area is called b.\nselect area from core.made where area = 'b'")
    ((found,), _), ((mild,), _) = check_sql(store, hard), check_sql(store, soft)
    assert (found.passed, found.severity, found.reason) == (False, CRITICAL, "No value is negative.")
    assert "1 row breaks the rule" in found.observed
    assert "-3.0" in found.observed
    assert (found.broken, found.rows, found.overrulable) == (1, None, True)
    assert (mild.passed, mild.severity) == (False, WARNING)
    assert (mild.tag, mild.reason, mild.stated) == ("Warning", "no area is called b.", "Warning: no area is called b.")
    kept = kept_findings(store, suites=[], sql_checks=["no_negative", "no_b"])
    assert kept.select("check_name", "passed", "reason", "rows_broken").rows() == [
        ("no_negative", False, "No value is negative.", 1),
        ("no_b", False, "Warning: no area is called b.", 2),
    ]


@pytest.mark.parametrize(
    ("comment", "tag", "rule", "severity", "overrulable"),
    [
        ("-- No value is negative.", "", "No value is negative.", CRITICAL, True),
        ("-- Warning: no area is called b.", "Warning", "no area is called b.", WARNING, True),
        ("-- Disclosure: none shows.\n-- Ask them.", "Disclosure", "none shows. Ask them.", CRITICAL, False),
        ("-- Areas keep their codes: no two swap.", "", "Areas keep their codes: no two swap.", CRITICAL, True),
        ("-- Warnings: are no tag.", "", "Warnings: are no tag.", CRITICAL, True),
    ],
)
def test_the_header_of_a_check_says_how_severe_it_is_and_whether_force_lets_it_pass(
    comment: str, tag: str, rule: str, severity: str, overrulable: bool
) -> None:
    said = header(f"{comment}\nselect 1")
    assert (said.tag, said.rule, said.severity, said.overrulable) == (tag, rule, severity, overrulable)


def test_of_our_checks_disclosure_alone_is_never_overruled() -> None:
    files = (settings.load().sql / "checks").glob("*.sql")
    assert [file.stem for file in files if not header(file.read_text()).overrulable] == ["disclosure"]


def test_a_suite_says_in_meta_that_nobody_may_overrule_a_rule() -> None:
    some = rule("expect_table_row_count_to_be_between", max_value=1)
    free, bound = run_suite(FRAME, suite(some, some | {"meta": {"overrulable": False}}))
    assert (free.overrulable, bound.overrulable) == (True, False)


@pytest.mark.parametrize(
    ("facts", "observed", "outcome"),
    [
        ({"passed": True, "rows": 1200}, "1,200 rows", "1,200 rows"),
        ({"passed": True, "seen": "5"}, "5", "5"),
        ({"passed": True, "broken": 0}, "0 rows break the rule", "0 rows break the rule"),
        ({"seen": "5"}, "found 5", "found 5"),
        ({"errored": True, "seen": "no such column"}, "no such column", "no such column"),
        ({"rows": 1200, "broken": 3, "values": ("a", "b")}, "3 of 1,200 rows, for example a, b", "3 of 1,200 rows"),
        ({"broken": 2, "values": ("{1, 2}", "{3, 4}")}, "2 rows break the rule, for example {1, 2}; {3, 4}", None),
    ],
)
def test_what_was_seen_is_worded_from_facts(facts: dict[str, Any], observed: str, outcome: str | None) -> None:
    found = Finding(
        "core.made", "rule", CRITICAL, facts.pop("passed", False), facts.pop("errored", False), "R", **facts
    )
    assert (found.observed, found.outcome) == (observed, outcome or "2 rows break the rule")
    assert finding_from(json.loads(json.dumps(asdict(found)))) == found


def test_a_line_names_severity_rule_and_reason_and_a_warning_leaves_values_to_the_page() -> None:
    made = Finding("core.made", "no_b", WARNING, False, False, "no b.", tag="Warning", broken=1, values=("b",))
    assert made.line(overruled=False) == "warning: no_b: 1 row breaks the rule — Warning: no b."
    grave = replace(made, severity=CRITICAL, tag="", errored=True, seen="no table")
    assert grave.line(overruled=True) == (
        "overruled, critical (the rule itself could not run): no_b: no table, for example b — no b."
    )


def examples(finding: Finding) -> list[dict[str, Any]]:
    return list(json.loads(finding.examples))


def test_a_broken_rule_shows_the_rows_by_key_and_judged_value() -> None:
    key = rule("expect_compound_columns_to_be_unique", column_list=["area", "period"])
    bounded = rule("expect_column_values_to_be_between", column="value", max_value=9)
    told = rule("expect_column_values_to_not_be_null", column="note", row_condition=is_null("value"))
    frame = pl.DataFrame(
        {
            "aside": ["x"] * 5,
            "area": ["a", "a", "b", "c", "c"],
            "period": [date(2020, 1, 1)] * 5,
            "value": [1.0, 2.0, None, 3.0, 10.5],
            "note": ["said", None, None, "said", None],
        }
    )
    doubled, large, untold = run_suite(frame, suite(key, bounded, told))
    day = "2020-01-01"
    assert examples(doubled) == [{"area": area, "period": day} for area in ("a", "a", "c", "c")]
    assert examples(large) == [{"area": "c", "period": day, "value": 10.5}]
    assert examples(untold) == [{"area": "b", "period": day, "value": None, "note": None}]


def test_examples_are_few_and_short_and_only_of_broken_rules() -> None:
    frame = pl.DataFrame({"area": ["a" * 500] * 50})
    unique, filled, counted, absent = run_suite(
        frame,
        suite(
            rule("expect_column_values_to_be_unique", column="area"),
            rule("expect_column_values_to_not_be_null", column="area"),
            rule("expect_table_row_count_to_be_between", max_value=1),
            rule("expect_column_values_to_be_unique", column="renamed"),
        ),
    )
    assert [len(row["area"]) for row in examples(unique)] == [81] * 5
    assert [examples(f) for f in (filled, counted, absent)] == [[], [], []]


def test_a_query_that_cannot_run_is_errored_and_tried_again(store: Store, tmp_path: Path) -> None:
    file = tmp_path / "no_negative.sql"
    file.write_text("-- No value is negative.\nselect renamed from core.made where value < 0")
    for _ in range(2):
        (found,), reused = check_sql(store, file)
        assert (found.passed, found.errored, reused) == (False, True, False)
        assert "no_negative.sql" in found.observed


def test_a_kept_file_that_cannot_be_read_is_no_finding(store: Store, tmp_path: Path) -> None:
    file = tmp_path / "no_negative.sql"
    file.write_text("-- No value is negative.\nselect area, value from core.made where value < 0")
    ((found,), _) = check_sql(store, file)
    assert examples(found) == [{"area": "b", "value": -3.0}]
    (store.root / "checks" / "sql_no_negative.json").write_text('{"version": "of earlier code"}')
    with pytest.raises(ValueError, match="sql_no_negative"):
        kept_findings(store, suites=[], sql_checks=["no_negative"])
    assert check_sql(store, file)[1] is False
    assert kept_findings(store, suites=[], sql_checks=["no_negative"])["examples"].item() == found.examples
