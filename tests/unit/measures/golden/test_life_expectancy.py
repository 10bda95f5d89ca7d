"""Life expectancy against PHEindicatormethods, whose arithmetic ours repeats, and past what it refuses."""

from typing import Any

import polars as pl
import pytest

from pipelines.measures import life_expectancy
from tests.shared import needs_golden
from tests.unit.measures.bands import by_hand
from tests.unit.measures.golden.case import Case, agree, cases, confidences

pytestmark = needs_golden

every_case = pytest.mark.parametrize("name", cases("life_expectancy"))


def columns(case: Case) -> dict[str, str]:
    theirs = case.about["columns"]
    return {theirs["startage"]: "age_start", theirs["deaths"]: "deaths", theirs["population"]: "population"}


def keys(case: Case) -> list[str]:
    return [name for name in case.keys if name not in columns(case)]


def first_age(table: pl.DataFrame, column: str) -> pl.Series:
    return table[column].str.extract(r"(\d+)").cast(pl.Int64)


def answer(case: Case, **arguments: Any) -> pl.DataFrame:
    given = case.table().rename(columns(case))
    numbers = given.with_columns(pl.col("deaths", "population").cast(pl.Float64))
    return life_expectancy(numbers, by=keys(case), **arguments)


def beside(case: Case, ours: pl.DataFrame) -> pl.DataFrame:
    """The reference's rows with ours beside them; each must find one."""
    theirs = case.table("expected")
    age = next(name for name, role in columns(case).items() if role == "age_start")
    theirs = theirs.with_columns(age_start=first_age(theirs, age)).rename({"value": "theirs"})
    both = theirs.join(ours, on=[*keys(case), "age_start"], how="left", validate="1:1", maintain_order="left")
    assert both.height == case.about["n_out"]
    return both


def number(both: pl.DataFrame, column: str) -> pl.Series:
    return both[column].cast(pl.Float64)


@every_case
def test_estimates_agree_to_nine_figures(name: str):
    case = Case("life_expectancy", name)
    ours = answer(case)
    assert ours.height == case.about["n_in"]
    both = beside(case, ours)
    assert agree(both["life_expectancy"], number(both, "theirs"))
    # Where the reference has no estimate we have none either, save for a table that ends with 85+.
    refused = both.filter(pl.col("theirs").is_null())
    if both["age_start"].max() == 90:
        assert refused["life_expectancy"].null_count() == refused.height
        assert refused["note_code"].null_count() == 0


@every_case
def test_limits_agree_to_nine_figures(name: str):
    case = Case("life_expectancy", name)
    for level in confidences(case.about):
        both = beside(case, answer(case, confidence=level))
        for end in ("lower", "upper"):
            named = f"{end}{100 * level:.1f}cl".replace(".", "_")
            theirs = number(both, named if named in both.columns else f"{end}cl")
            assert agree(both[f"life_expectancy_{end}"], theirs), (level, end)


def test_ages_are_read_from_text_in_any_order():
    case = Case("life_expectancy", "le05_text_bands_unordered")
    assert answer(case)["age_start"].to_list() == [0, 1, *range(5, 95, 5)]


def test_a_table_that_ends_with_85_is_answered_where_the_reference_refuses():
    case = Case("life_expectancy", "le24_nineteen_bands_85plus")
    ours = answer(case)
    assert case.table("expected")["value"].null_count() == 19
    assert ours["note_code"].null_count() == 19
    counts = case.table().sort(pl.col("startage").cast(pl.Int64)).select(pl.col("deaths", "pops").cast(pl.Float64))
    expectancy, error = by_hand(counts["deaths"].to_list(), counts["pops"].to_list())
    assert ours["life_expectancy"].to_list() == pytest.approx(expectancy, rel=1e-12)
    assert ours["standard_error"].to_list() == pytest.approx(error, rel=1e-12)
