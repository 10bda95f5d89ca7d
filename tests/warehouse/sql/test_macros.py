"""The macros of a release, asked as an analyst would: by name, part of a name, code, and wrongly."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import polars as pl
import pytest

from pipelines.release.macros import macros
from pipelines.settings import PROJECT

Z = 1.959964
MADE = macros(PROJECT / "sql")

Ask = Callable[[str], pl.DataFrame]


@pytest.fixture(scope="module")
def ask(sample_warehouse: Path) -> Iterator[Ask]:
    with duckdb.connect(str((sample_warehouse / "current.duckdb").resolve()), read_only=True) as release:
        yield lambda query: release.sql(query).pl()


@pytest.mark.parametrize("name", [macro.name for macro in MADE])
def test_every_macro_is_in_the_release_with_its_comment(ask: Ask, name: str) -> None:
    found = ask(f"select comment from duckdb_functions() where not internal and function_name = '{name}'")
    assert found["comment"].to_list() == [next(macro.about for macro in MADE if macro.name == name)]


@pytest.mark.parametrize("said", ["England", " england ", "E92000001", "e92000001"])
def test_an_area_is_found_by_name_or_code(ask: Ask, said: str) -> None:
    assert ask(f"select area_code_of('{said}')").item() == "E92000001"


def test_an_authority_is_found_by_a_part_of_its_name_that_no_other_has(ask: Ask) -> None:
    assert ask("select area_code_of('unitary 09')").item() == "X06000009"


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("select area_code_of('Englnd')", r"No area is called Englnd\. Nearest: England \(E92000001, country\)"),
        ("from area_summary('Unitary')", r"Several areas are called Unitary: Modelled Unitary 01 \(X06000001"),
        ("select area_code_of(null)", "No area is called null"),
        ("select indicator_of('smoking prevalance')", r"Nearest: Smoking prevalence in adults"),
        ("select indicator_of('life expectancy at birth e')", "No indicator is called"),
    ],
)
def test_a_name_that_means_none_or_several_is_told_with_the_nearest(ask: Ask, query: str, told: str) -> None:
    with pytest.raises(duckdb.InvalidInputException, match=told):
        ask(query)


def test_a_summary_has_each_series_once_beside_region_and_country_of_its_period(ask: Ask) -> None:
    summary = ask("from area_summary('X06000009')")
    assert summary.height > 3
    assert not summary.select("indicator", "sex", "age").is_duplicated().any()
    smoking = summary.row(by_predicate=pl.col("indicator") == "smoking_prevalence_adults", named=True)
    (country,) = ask(
        "select value from published.observation where indicator = 'smoking_prevalence_adults' and dimension = 'total' "
        f"and area_code = 'X92000001' and period = '{smoking['period']}' and sex = 'persons'"
    )["value"]
    assert smoking["england_value"] == country
    expected = (
        "higher" if smoking["value_lower"] > country else "lower" if smoking["value_upper"] < country else "similar"
    )
    assert smoking["than_england"] == expected


def test_a_gradient_runs_from_the_most_to_the_least_deprived_in_the_newest_period(ask: Ask) -> None:
    rows = ask("from gradient('healthy life expectancy at birth', 'England')").filter(
        (pl.col("scheme") == "lsoa11_in_england_imd2019") & (pl.col("sex") == "male")
    )
    assert rows["category_rank"].to_list() == list(range(1, 11))
    assert (rows["period"].unique().to_list(), rows["value"][0], rows["value"][-1]) == (["2022-24"], 49.8, 69.2)


def test_inequality_has_the_newest_period_of_each_series_only(ask: Ask) -> None:
    rows = ask("from inequality_for('England')")
    assert rows.filter(pl.col("indicator").str.contains("life"))["period"].unique().to_list() == ["2022-24"]
    assert rows["sentence"].null_count() == 0


def test_a_rank_counts_those_above_and_its_interval_those_clearly_above_and_below(ask: Ask) -> None:
    (row,) = ask("from rank_of('smoking', 'X06000009')").rows(named=True)
    others = ask(
        "select value, (value_upper - value_lower) / 2 / 1.959964 as error from published.observation "
        "where indicator = 'smoking_prevalence_adults' and dimension = 'total' and value is not null "
        f"and period = '{row['period']}' and sex = '{row['sex']}' and age = '{row['age']}' and area_code in "
        "(select peer_code from published.peer where area_code = 'X06000009' and peer_kind = 'area_type')"
    ).rows()
    own, error = row["value"], (row["value_upper"] - row["value_lower"]) / 2 / Z
    clear = [(value - own) / math.hypot(other, error) for value, other in others]
    assert row["areas"] == 1 + len(others)
    assert row["rank"] == 1 + sum(value > own for value, _ in others)
    assert row["rank_lower"] == 1 + sum(z > Z for z in clear)
    assert row["rank_upper"] == 1 + len(others) - sum(z < -Z for z in clear)


def test_two_areas_are_compared_by_the_interval_of_their_difference(ask: Ask) -> None:
    rows = ask("from compare('X06000009', 'Modelled England')").filter(pl.col("value_a").is_not_null())
    row = rows.row(by_predicate=pl.col("indicator") == "smoking_prevalence_adults", named=True)
    half = math.hypot((row["upper_a"] - row["lower_a"]) / 2, (row["upper_b"] - row["lower_b"]) / 2)
    assert row["difference"] == row["value_a"] - row["value_b"]
    assert row["difference_upper"] - row["difference"] == pytest.approx(half, rel=1e-6)
    assert row["finding"] == ("higher" if row["difference"] > half else "no clear difference")


def test_periods_that_share_days_are_not_tested_against_each_other(ask: Ask) -> None:
    same = ask("from change('life expectancy at birth', 'X06000009', '2022-24', '2022 - 24')")
    assert set(same["finding"]) == {"cannot be tested: the periods share days"}
    (apart,) = ask("from change('smoking', 'X06000009', '2018', '2023')").rows(named=True)
    half = math.hypot((apart["upper_to"] - apart["lower_to"]) / 2, (apart["upper_from"] - apart["lower_from"]) / 2)
    assert apart["difference_upper"] - apart["difference"] == pytest.approx(half, rel=1e-6)


def test_a_period_that_is_not_held_is_told_with_those_that_are(ask: Ask) -> None:
    with pytest.raises(duckdb.InvalidInputException, match=r"No figure of 2017\. Held: 2018, 2019, 2022, 2023\."):
        ask("from change('smoking', 'X06000009', '2017', '2023')")


def test_any_two_periods_of_a_measure_can_be_asked(ask: Ask) -> None:
    """Neither neighbours nor first to last: the published table lacks them."""
    others = ask("from core.inequality_change where not (is_consecutive or is_first_to_last)")
    earlier, later = others.sort("period_from", "period_to").select("period_from", "period_to").row(0)
    asked = ask(f"from change_between('{earlier}', '{later}')")
    assert asked.height > 0
    assert (set(asked["period_from"]), set(asked["period_to"])) == ({earlier}, {later})
    assert set(asked["verdict_absolute"]) <= {"narrowing", "widening", "no clear change", "cannot_be_tested"}
    assert asked.columns == ask("from published.inequality_change limit 0").columns


def test_measures_of_periods_that_share_a_day_are_not_compared(ask: Ask) -> None:
    assert ask("from change_between('2016-18', '2017-19')").height == 0
