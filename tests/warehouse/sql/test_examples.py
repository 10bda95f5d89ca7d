"""The questions under `sql/examples`: each runs on a release as it stands and answers what it asks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import polars as pl
import pytest

from pipelines.settings import PROJECT
from pipelines.tables.lineage import tables_read

EXAMPLES = {file.stem: file for file in sorted((PROJECT / "sql" / "examples").glob("*.sql"))}

Ask = Callable[[str], pl.DataFrame]


@pytest.fixture(scope="module")
def ask(sample_warehouse: Path) -> Iterator[Ask]:
    with duckdb.connect(str((sample_warehouse / "current.duckdb").resolve()), read_only=True) as release:
        yield lambda name: release.sql(EXAMPLES[name].read_text(encoding="utf-8")).pl()


@pytest.mark.parametrize("name", EXAMPLES)
def test_it_runs_on_the_sample_and_answers(ask: Ask, name: str) -> None:
    answer = ask(name)
    assert answer.height > 0
    assert "is_modelled" in answer.columns


@pytest.mark.parametrize("name", EXAMPLES)
def test_it_reads_only_what_analysts_are_promised(name: str) -> None:
    read = tables_read(EXAMPLES[name].read_text(encoding="utf-8"), where=name)
    assert {table.split(".")[0] for table in read} <= {"published", "meta"}


def test_the_worst_off_are_told_for_the_newest_period_only(ask: Ask) -> None:
    england = ask("01_who_is_worst_off").filter(pl.col("area_name") == "England")
    # As ONS published for 2022 to 2024: males 49.8 and 69.2 years, females 48.2 and 68.5.
    assert england.select("sex", "period", "hle_most_deprived", "hle_least_deprived").rows() == [
        ("female", "2022-24", 48.2, 68.5),
        ("male", "2022-24", 49.8, 69.2),
    ]
    assert england["gap_years"].round(1).to_list() == [20.3, 19.4]


def test_smoking_over_areas_keeps_schemes_apart_and_neighbourhoods_out(ask: Ask) -> None:
    smoking = ask("07_smoking_over_areas")
    assert smoking["scheme"].n_unique() == 2
    assert not smoking.select("area_name", "scheme", "period").is_duplicated().any()
    assert smoking["scheme"].str.starts_with("lsoa").any() is False
    assert set(smoking["lowest_grade"]) <= {"C", "D"}


def test_core20_by_district_has_a_row_a_district_and_both_editions(ask: Ask) -> None:
    core20 = ask("06_core20_by_district")
    assert not core20["area_code"].is_duplicated().any()
    assert core20["people_2019"].null_count() < core20.height
    assert core20["people_2025"].null_count() < core20.height
    assert core20.filter(pl.col("share_2019") > 1).height == 0


def test_what_is_missing_counts_every_file(ask: Ask) -> None:
    files = ask("11_what_is_missing")
    assert files.filter(pl.col("rows_in") != pl.sum_horizontal("rows_out", "rejected", "deduplicated")).height == 0
    suppressed = files["suppressed"].to_list()
    assert suppressed == sorted(suppressed, reverse=True)
    assert suppressed[0] > 0


def test_modelled_and_real_rows_are_both_counted(ask: Ask) -> None:
    parts = ask("12_what_is_modelled")
    real = parts.filter((pl.col("table_name") == "published.observation") & ~pl.col("is_modelled"))
    # Of the sample, only the published ONS sheet is real: ten periods, two sexes, ten tenths, two measures.
    assert real.select("row_count", "area_count").rows() == [(400, 1)]


def test_the_areas_furthest_from_england_are_ten_a_sex(ask: Ask) -> None:
    areas = ask("09_areas_furthest_from_england")
    assert (
        areas.group_by("sex", "is_modelled").agg(pl.col("place").sort()).get_column("place").to_list()
        == [list(range(1, 11))] * 2
    )
    assert (
        areas["life_expectancy_gap_years"].abs().max()
        == areas.filter(pl.col("place") == 1)["life_expectancy_gap_years"].abs().max()
    )


def test_people_of_unknown_ethnic_group_are_not_compared(ask: Ask) -> None:
    groups = ask("10_ethnic_groups")
    labels = groups["ethnic_group"].str.to_lowercase()
    assert not labels.str.contains("unknown|not stated|not known").any()
    off = (pl.col("value") - pl.col("published_total") - pl.col("difference_from_total")).abs() > 1e-9
    assert groups.filter(off).is_empty()
    assert groups.select("title", "area_name", "period").n_unique() == groups["title"].n_unique()


def test_a_clear_difference_of_an_ethnic_group_is_one_whose_limits_leave_out_zero(ask: Ask) -> None:
    groups = ask("10_ethnic_groups")
    lower, upper = (pl.col(f"difference_from_total_{side}") for side in ("lower", "upper"))
    assert groups.filter(pl.col("clear_difference") != ((lower > 0) | (upper < 0))).is_empty()
    assert set(groups["clear_difference"]) == {True, False}


def test_the_gap_closes_for_males_and_opens_for_females_of_the_modelled_country(ask: Ask) -> None:
    changes = ask("02_is_the_gap_closing")
    assert set(changes["verdict_absolute"]) == {"narrowing", "widening", "no clear change", "cannot_be_tested"}
    known = changes.filter(pl.col("scheme") == "lsoa_in_england_imd_unstated").sort("sex")
    assert known.select("sex", "period_from", "period_to", "verdict_absolute", "verdict_relative").rows() == [
        ("female", "2007-09", "2010-12", "widening", "widening"),
        ("male", "2007-09", "2010-12", "narrowing", "narrowing"),
    ]
    published = changes.filter(~pl.col("is_modelled"))
    # ONS's file was typed in without its limits: no verdict.
    assert set(published["verdict_absolute"]) == {"cannot_be_tested"}
    assert not changes.select("title", "area_name", "scheme", "sex", "age").is_duplicated().any()


def test_the_causes_of_the_newest_period_add_up_to_the_gap(ask: Ask) -> None:
    causes = ask("04_causes_and_ages_of_the_gap")
    assert set(causes["period"]) == {"2010-12"}
    by_age = pl.sum_horizontal("years_under_15", "years_15_to_64", "years_65_to_79", "years_80_and_over")
    assert causes.select((by_age - pl.col("years_of_the_gap")).abs().max()).item() < 0.021
    whole = causes.group_by("sex").agg(pl.col("years_of_the_gap", "per_cent_of_the_gap").sum()).sort("sex")
    # The known gaps of truth_life_expectancy.csv: 7.86 and 9.10 years.
    assert whole["years_of_the_gap"].to_list() == pytest.approx([7.86, 9.10], abs=0.03)
    assert whole["per_cent_of_the_gap"].to_list() == pytest.approx([100, 100], abs=0.3)


def test_what_if_counts_each_measure_once_and_deaths_by_the_year(ask: Ask) -> None:
    what_if = ask("05_if_all_had_the_least_deprived_level")
    assert not what_if.select("title", "area_name", "scheme", "sex", "age", "measure").is_duplicated().any()
    obesity = what_if.filter(
        (pl.col("title") == "Obesity in adults 18+") & (pl.col("measure") == "population_attributable_risk")
    )
    # 26.5% on average, 18 points from end to end: the least deprived tenth is 8.1 below the middle.
    assert obesity["value"].to_list() == pytest.approx([8.1])
    deaths = what_if.filter(pl.col("title") == "Deaths").sort("sex")
    assert deaths["unit"].to_list() == ["deaths a year"] * 2
    assert deaths["value"].is_between(5_000, 25_000).all()


def test_the_effects_of_the_ruler_are_differences_of_slopes(ask: Ask) -> None:
    rulers = ask("08_how_much_is_the_ruler")
    statistic = pl.col("slope_index_rank_2019") - pl.col("slope_index_score_2019")
    edition = pl.col("slope_index_rank_2025") - pl.col("slope_index_rank_2019")
    off = rulers.select(
        (statistic - pl.col("summary_statistic_effect")).abs().max().alias("statistic"),
        (edition - pl.col("edition_effect")).abs().max().alias("edition"),
    )
    assert off.row(0) == pytest.approx((0, 0), abs=1e-12)
    assert rulers["edition_effect"].null_count() == 0


def test_the_unknown_groups_left_out_are_all_that_the_catalogue_knows(sample_warehouse: Path) -> None:
    with duckdb.connect(str((sample_warehouse / "current.duckdb").resolve()), read_only=True) as release:
        known = release.sql(
            "select distinct category from staging.breakdown where is_unknown and dimension = 'ethnic_group'"
        ).fetchall()
    assert {category for (category,) in known} == {"unknown", "not_stated"}
