"""The questions under `sql/examples`: each runs on a release as it stands and answers what it asks."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import polars as pl
import pytest

from pipelines.release.macros import macros
from pipelines.settings import PROJECT
from pipelines.tables.lineage import tables_read

EXAMPLES = {file.stem: file for file in sorted((PROJECT / "sql" / "examples").glob("*.sql"))}

MACROS = frozenset(macro.name for macro in macros(PROJECT / "sql"))

Ask = Callable[[str], pl.DataFrame]


@pytest.fixture(scope="module")
def ask(sample_warehouse: Path) -> Iterator[Ask]:
    with duckdb.connect(str((sample_warehouse / "current.duckdb").resolve()), read_only=True) as release:
        yield lambda name: release.sql(EXAMPLES[name].read_text(encoding="utf-8")).pl()


@pytest.fixture(scope="module")
def macro(sample_warehouse: Path) -> Iterator[Ask]:
    with duckdb.connect(str((sample_warehouse / "current.duckdb").resolve()), read_only=True) as release:
        yield lambda call: release.sql(f"from {call}").pl()


@pytest.mark.parametrize("name", EXAMPLES)
def test_it_runs_on_the_sample_and_answers(ask: Ask, name: str) -> None:
    answer = ask(name)
    assert answer.height > 0
    assert "is_modelled" in answer.columns


def test_there_are_thirty_and_each_begins_with_a_question() -> None:
    assert len(EXAMPLES) == 30
    for file in EXAMPLES.values():
        first = file.read_text(encoding="utf-8").partition("\n")[0]
        assert first.startswith("-- ")
        assert first.endswith("?")


@pytest.mark.parametrize("name", EXAMPLES)
def test_it_answers_at_once(ask: Ask, name: str) -> None:
    def seconds() -> float:
        begun = time.perf_counter()
        ask(name)
        return time.perf_counter() - begun

    # The best of ten: on a busy machine some have to wait.
    assert min(seconds() for _ in range(10)) < 0.1


@pytest.mark.parametrize("name", EXAMPLES)
def test_it_reads_only_what_analysts_are_promised(name: str) -> None:
    read = tables_read(EXAMPLES[name].read_text(encoding="utf-8"), where=name, macros=MACROS)
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


def test_lives_in_an_area_stand_beside_its_country_and_its_own_first_period(ask: Ask) -> None:
    lives = ask("13_lives_in_an_area")
    assert set(lives["sex"]) == {"female", "male"}
    for row in lives.rows(named=True):
        assert row["nation"] == "Modelled England"
        assert row["difference"] == row["value"] - row["nation_value"]
        assert row["difference_lower"] < row["difference"] < row["difference_upper"]
        assert (row["first_period"], row["period"]) == ("2016-18", "2022-24")


def test_the_slope_within_an_area_is_judged_in_its_newest_period_only(ask: Ask) -> None:
    slope = ask("14_slope_within_an_area")
    assert slope.filter(pl.col("finding").is_not_null())["period"].unique().to_list() == ["2022-24"]
    assert slope["area_name"].n_unique() == 1
    for row in slope.filter(pl.col("finding").is_not_null()).rows(named=True):
        assert row["finding"] in {"widening", "narrowing", "no clear change", "cannot be tested: limits are missing"}


def test_places_of_the_widest_are_told_within_one_ruler_and_unit(ask: Ask) -> None:
    widest = ask("15_widest_inequality_now")
    ruler = ["is_modelled", "measure", "basis", "value_kind", "unit"]
    for _, part in widest.group_by(ruler):
        assert part["place"].to_list() == list(range(1, part.height + 1))
        assert part["value"].is_sorted(descending=True)
    assert set(widest.filter(pl.col("title").str.starts_with("Healthy"))["period"]) == {"2022-24"}


def test_ranks_among_each_kind_of_peer_are_those_of_the_macro(ask: Ask, macro: Ask) -> None:
    ranks = ask("16_rank_among_peers")
    assert {"area_type", "region"} <= set(ranks["among"])
    assert ranks.filter(~pl.col("rank").is_between("rank_lower", "rank_upper")).is_empty()
    for row in ranks.rows(named=True):
        (asked,) = macro("rank_of('smoking', '{area_name}', among := '{among}')".format(**row)).rows(named=True)
        assert {name: row[name] for name in ("areas", "rank", "rank_lower", "rank_upper")}.items() <= asked.items()


def test_the_most_deprived_neighbourhoods_are_of_one_district_with_a_rank_in_each_domain(ask: Ask) -> None:
    lsoas = ask("17_most_deprived_neighbourhoods")
    assert lsoas["imd_release"].unique().to_list() == ["2025"]
    assert lsoas["overall_rank"].is_sorted()
    assert lsoas["rank_in_each_domain"].str.count_matches(": ").min() == 9
    assert lsoas["people"].min() > 0  # type: ignore[operator]


def test_smoking_by_group_says_what_is_not_published_for_areas(ask: Ask) -> None:
    smoking = ask("18_smoking_by_group")
    missing = smoking.filter(pl.col("area_name") == "districts and upper tiers")
    assert missing["note_code"].to_list() == ["not published below the country"] * 3
    assert smoking.filter(pl.col("dimension") == "housing_tenure", pl.col("value").is_not_null()).height == 4


def test_the_closing_gap_is_said_in_words(ask: Ask) -> None:
    words = ask("19_closing_in_words")
    obesity = words.filter(pl.col("is_first_to_last"), pl.col("title") == "Obesity in adults 18+").row(0, named=True)
    assert "widened" in obesity["sentence"]
    assert words["sentence"].str.contains("Modelled data, not real").all()


def test_a_first_release_changed_nothing(ask: Ask) -> None:
    changes = ask("20_is_a_number_still_the_same")
    assert changes.select("subject", "changes").rows() == [
        ("observation", 0),
        ("inequality_change", 0),
        ("inequality", 0),
    ]


def test_a_number_is_led_back_to_the_line_of_its_file(ask: Ask) -> None:
    traced = ask("21_where_a_number_comes_from")
    assert traced["path"].str.starts_with("fingertips/92443").all()
    assert traced.select(pl.col("sha256").str.len_chars().unique()).to_series().to_list() == [64]
    assert traced["source_line"].min() > 1  # type: ignore[operator]


def test_what_may_be_quoted_follows_value_grade_and_interval(ask: Ask) -> None:
    asked = ask("22_how_sure_and_may_i_publish")
    told = asked["may_be_quoted"].str
    assert asked.filter(told.starts_with("no figure") != pl.col("value").is_null()).is_empty()
    assert asked.filter(pl.col("may_be_quoted").str.starts_with("yes") & pl.col("value_lower").is_null()).is_empty()
    assert asked.filter(pl.col("grade") == "D", pl.col("may_be_quoted").str.starts_with("yes")).is_empty()


def test_a_board_paper_has_each_indicator_by_its_newest_neighbourhood_slope(ask: Ask) -> None:
    board = ask("23_for_a_board_paper")
    assert board["sentence"].str.contains("neighbourhoods").all()
    england = board.filter(pl.col("sentence").str.contains("in England, 2022-24"))
    assert england.height == 4
    assert board["grade_reason"].null_count() == 0


def test_everything_of_an_area_begins_with_its_totals(ask: Ask) -> None:
    known = ask("24_everything_of_an_area")
    assert known["area_name"].n_unique() == 1
    assert (known["dimension"] != "total").is_sorted()
    assert known["title"].n_unique() > 2


def test_every_published_table_is_told_with_what_a_row_is(ask: Ask) -> None:
    tables = ask("25_what_there_is_to_read")
    assert {"published.observation", "published.inequality", "published.area"} <= set(tables["table_name"])
    assert tables["description"].str.starts_with("One row per").all()


def test_what_is_held_is_counted_by_indicator(ask: Ask) -> None:
    held = ask("26_what_is_not_held")
    assert not held["indicator"].is_duplicated().any()
    assert held.filter(pl.col("areas") == 0).is_empty()
    assert held.filter(pl.col("indicator") == "smoking_prevalence_adults")["breakdowns"].to_list() == [6]


def test_the_slope_of_own_rates_is_that_of_our_measure(ask: Ask) -> None:
    import re

    from pipelines import measures

    text = EXAMPLES["27_slope_of_my_own_rates"].read_text(encoding="utf-8")
    rows = [tuple(map(float, row)) for row in re.findall(r"\((\d+), (\d+), ([\d.]+)\)", text)]
    frame = pl.DataFrame(rows, schema=["rank", "population", "value"], orient="row").with_columns(
        pl.col("rank").cast(pl.Int64), area=pl.lit("mine")
    )
    ours = measures.slope_index(frame, by=["area"], favourable=False).row(0, named=True)
    (answer,) = ask("27_slope_of_my_own_rates").rows(named=True)
    assert answer["slope_index"] == pytest.approx(ours["slope_index"])
    assert answer["relative_index"] == pytest.approx(ours["relative_index"])


def test_the_sexes_are_set_beside_each_other_with_the_interval_of_the_difference(ask: Ask) -> None:
    for row in ask("28_differences_by_sex").rows(named=True):
        assert row["difference"] == row["female_value"] - row["male_value"]
        if row["difference_lower"] is not None:
            assert row["difference_lower"] <= row["difference"] <= row["difference_upper"]


def test_the_scorecard_has_each_element_with_a_figure_or_a_reason(ask: Ask) -> None:
    card = ask("29_core20plus5_scorecard")
    assert card["area_name"].unique().to_list() == ["NHS Modelled A Integrated Care Board"]
    assert not card["element"].is_duplicated().any()
    assert card.filter(pl.col("value").is_null() != pl.col("why_empty").is_not_null()).is_empty()


def test_then_and_now_judge_by_the_polarity_and_the_limits(ask: Ask) -> None:
    moved = ask("30_then_and_now")
    smoking = moved.filter(pl.col("title").str.starts_with("Smoking"), pl.col("sex") == "persons").row(0, named=True)
    assert (smoking["first_period"], smoking["period"]) == ("2018", "2023")
    assert smoking["finding"] == ("better" if smoking["difference"] < 0 else "worse")
    assert not moved.select("title", "area_name", "sex", "age", "period").is_duplicated().any()
    assert math.isfinite(moved["difference"].sum())
