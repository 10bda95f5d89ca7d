"""The suites under `expectations/`: Great Expectations reads them, the sample keeps them, bad rows break them."""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from pipelines.quality import Finding, run_suite
from pipelines.settings import PROJECT
from pipelines.tables.store import Store

SUITES: dict[str, dict[str, Any]] = {
    file.stem: json.loads(file.read_text(encoding="utf-8"))
    for file in sorted((PROJECT / "expectations").glob("*.json"))
}
ROW_COUNT = "expect_table_row_count_to_be_between"


@pytest.fixture(scope="module")
def store(sample_warehouse: Path) -> Store:
    return Store(sample_warehouse / "tables")


def broken(findings: list[Finding]) -> list[str]:
    return [f"{f.check}: {f.observed}" for f in findings if not f.passed]


@pytest.mark.parametrize("table", SUITES)
def test_great_expectations_reads_the_suite_as_it_stands(table: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import great_expectations as gx

        suite = gx.ExpectationSuite(**SUITES[table])
    assert suite.name == table
    assert len(suite.expectations) == len(SUITES[table]["expectations"])


@pytest.mark.parametrize("table", SUITES)
def test_every_rule_holds_on_the_sample(store: Store, table: str) -> None:
    findings = run_suite(store.read(table), SUITES[table])
    assert broken(findings) == []


@pytest.mark.parametrize("table", SUITES)
def test_a_table_without_rows_breaks_no_rule_but_that_it_must_have_some(store: Store, table: str) -> None:
    findings = run_suite(store.read(table).clear(), SUITES[table])
    assert [f.check for f in findings if f.errored] == []
    assert [f.check for f in findings if not f.passed and not f.check.startswith(ROW_COUNT)] == []


def first_row(frame: pl.DataFrame, condition: pl.Expr, **changed: object) -> pl.DataFrame:
    """The table with the first row that meets the condition changed."""
    place = frame.with_row_index("place").filter(condition)["place"][0]
    return frame.with_columns(
        pl.when(pl.int_range(pl.len()) == place).then(pl.lit(value)).otherwise(pl.col(name)).alias(name)
        for name, value in changed.items()
    )


ANY = pl.lit(value=True)
LIFE = pl.col("indicator") == "life_expectancy_at_birth"
WITHHELD = pl.col("note_code") == "suppressed_small_count"
SLOPE = (pl.col("measure") == "slope_index") & pl.col("value").is_not_null()

BAD_ROWS: list[tuple[str, pl.Expr, dict[str, object], str]] = [
    ("staging.fingertips", ANY, {"sex": "Male"}, "expect_column_values_to_be_in_set(column=sex"),
    ("staging.fingertips", ANY, {"period_end": None}, "expect_column_pair_values_a_to_be_greater_than_b(column_A=per"),
    ("staging.fingertips", ANY, {"note_code": "hidden"}, "expect_column_values_to_be_in_set(column=note_code"),
    ("staging.fingertips", ANY, {"value": None}, "expect_column_values_to_not_be_null(column=note_code, where"),
    ("staging.iod_file_7", ANY, {"imd_score": 101.0}, "expect_column_values_to_be_between(column=imd_score"),
    ("staging.lsoa_to_lad", ANY, {"lad_code": "E10000001"}, "expect_column_values_to_match_regex(column=lad_code"),
    ("staging.indicator", pl.col("denominator_kind") == "survey_respondents", {"denominator_may_weight": True},
     "expect_column_values_to_be_in_set(column=denominator_may_weight"),
    ("staging.breakdown", ~pl.col("ordered"), {"measures_allowed": "slope_index"},
     "expect_column_values_to_not_match_regex(column=measures_allowed"),
    ("staging.snapshot", pl.col("is_modelled"), {"origin": "publisher"},
     "expect_column_values_to_be_in_set(column=is_modelled"),
    ("staging.intake", ANY, {"rows_out": 999_999}, "expect_column_pair_values_a_to_be_greater_than_b(column_A=rows_in"),
    ("core.area", ANY, {"area_code": "E0600001"}, "expect_column_values_to_match_regex(column=area_code"),
    ("core.deprivation", ANY, {"decile": 11}, "expect_column_values_to_be_between(column=decile"),
    ("core.observation", LIFE, {"value": 812.0}, "expect_column_values_to_be_between(column=value, min_value=40"),
    ("core.observation", WITHHELD, {"value": 4.0}, "expect_column_values_to_be_null(column=value, where"),
    ("core.observation", ANY, {"value_lower": 9.0, "value_upper": 8.0},
     "expect_column_pair_values_a_to_be_greater_than_b(column_A=value_upper"),
    ("measures.inequality", SLOPE & (pl.col("unit") == "years"), {"value": 45.0},
     "expect_column_values_to_be_between(column=value, min_value=-20"),
    ("measures.inequality", SLOPE, {"value_lower": 99.0},
     "expect_column_pair_values_a_to_be_greater_than_b(column_A=value, column_B=value_lower"),
    ("measures.inequality", SLOPE, {"weighting": "none"}, "expect_column_values_to_not_be_in_set(column=weighting"),
    ("measures.inequality", SLOPE, {"group_count": 9}, "expect_column_pair_values_to_be_equal(column_A=group_count"),
    ("measures.inequality", pl.col("basis") == "whole_areas_published", {"grade": "A"},
     "expect_column_values_to_be_in_set(column=grade"),
    ("measures.inequality", SLOPE, {"value": None}, "expect_column_values_to_not_be_null(column=note_code, where"),
    ("published.area", ANY, {"imd_2019_core20_share": 62.0}, "expect_column_values_to_be_between(column=imd_2019_c"),
    ("published.healthy_life_expectancy_gap", ANY, {"life_expectancy": 60.0, "healthy_life_expectancy": 61.0},
     "expect_column_pair_values_a_to_be_greater_than_b(column_A=life_expectancy"),
    ("published.inequality", pl.col("is_modelled"), {"sentence": "Ten years."},
     "expect_column_values_to_match_regex(column=sentence"),
    ("published.observation", WITHHELD, {"value": 4.0}, "expect_column_values_to_be_null(column=value, where"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("table", "row", "changed", "rule"),
    BAD_ROWS,
    ids=[f"{t}-{'-'.join(c)}-{n}" for n, (t, _, c, _) in enumerate(BAD_ROWS)],
)
def test_one_bad_row_breaks_its_rule(
    store: Store, table: str, row: pl.Expr, changed: dict[str, object], rule: str
) -> None:
    findings = run_suite(first_row(store.read(table), row, **changed), SUITES[table])
    hit = [f for f in findings if not f.passed and f.check.startswith(rule)]
    assert [f.errored for f in hit] == [False], broken(findings)
    assert hit[0].severity == "critical"


@pytest.mark.parametrize("table", ["core.observation", "core.lsoa", "measures.inequality", "staging.snapshot"])
def test_a_row_that_comes_twice_breaks_the_key(store: Store, table: str) -> None:
    frame = store.read(table)
    findings = run_suite(pl.concat([frame, frame.head(1)]), SUITES[table])
    assert any("unique" in f.check and f.severity == "critical" for f in findings if not f.passed)


@pytest.mark.parametrize("table", ["staging.observation", "staging.lsoa_to_lad", "core.area", "published.observation"])
def test_a_table_that_must_have_rows_stops_the_run_when_it_has_none(store: Store, table: str) -> None:
    findings = run_suite(store.read(table).clear(), SUITES[table])
    assert [f.severity for f in findings if not f.passed] == ["critical"]
