"""The questions under `sql/examples`: each runs on a release as it stands and answers what it asks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import polars as pl
import pytest

from pipelines.lineage import tables_read
from pipelines.settings import PROJECT

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
    england = ask("1_who_is_worst_off").filter(pl.col("area_name") == "England")
    # As ONS published for 2022 to 2024: males 49.8 and 69.2 years, females 48.2 and 68.5.
    assert england.select("sex", "period", "hle_most_deprived", "hle_least_deprived").rows() == [
        ("female", "2022-24", 48.2, 68.5),
        ("male", "2022-24", 49.8, 69.2),
    ]
    assert england["gap_years"].round(1).to_list() == [20.3, 19.4]


def test_smoking_over_areas_keeps_schemes_apart_and_neighbourhoods_out(ask: Ask) -> None:
    smoking = ask("4_smoking_over_areas")
    assert smoking["scheme"].n_unique() == 2
    assert not smoking.select("area_name", "scheme", "period").is_duplicated().any()
    assert smoking["scheme"].str.starts_with("lsoa").any() is False
    assert set(smoking["lowest_grade"]) <= {"C", "D"}


def test_core20_by_district_has_a_row_a_district_and_both_editions(ask: Ask) -> None:
    core20 = ask("3_core20_by_district")
    assert not core20["area_code"].is_duplicated().any()
    assert core20["people_2019"].null_count() < core20.height
    assert core20["people_2025"].null_count() < core20.height
    assert core20.filter(pl.col("share_2019") > 1).height == 0


def test_what_is_missing_counts_every_file(ask: Ask) -> None:
    files = ask("5_what_is_missing")
    assert files.filter(pl.col("rows_in") != pl.sum_horizontal("rows_out", "rejected", "deduplicated")).height == 0
    suppressed = files["suppressed"].to_list()
    assert suppressed == sorted(suppressed, reverse=True)
    assert suppressed[0] > 0


def test_modelled_and_real_rows_are_both_counted(ask: Ask) -> None:
    parts = ask("6_what_is_modelled")
    real = parts.filter((pl.col("table_name") == "published.observation") & ~pl.col("is_modelled"))
    # Of the sample, only the published ONS sheet is real: ten periods, two sexes, ten tenths, two measures.
    assert real.select("row_count", "area_count").rows() == [(400, 1)]


def test_the_areas_furthest_from_england_are_ten_a_sex(ask: Ask) -> None:
    areas = ask("7_areas_furthest_from_england")
    assert (
        areas.group_by("sex", "is_modelled").agg(pl.col("place").sort()).get_column("place").to_list()
        == [list(range(1, 11))] * 2
    )
    assert (
        areas["life_expectancy_gap_years"].abs().max()
        == areas.filter(pl.col("place") == 1)["life_expectancy_gap_years"].abs().max()
    )


def test_people_of_unknown_ethnic_group_are_not_compared(ask: Ask) -> None:
    groups = ask("8_ethnic_groups")
    assert not set(groups["category"]) & {"unknown", "not_stated"}
    assert groups.filter(
        (pl.col("value") - pl.col("value_for_everyone") - pl.col("difference_from_everyone")).abs() > 1e-9
    ).is_empty()


def test_the_unknown_groups_left_out_are_all_that_the_catalogue_knows(sample_warehouse: Path) -> None:
    with duckdb.connect(str((sample_warehouse / "current.duckdb").resolve()), read_only=True) as release:
        known = release.sql(
            "select distinct category from staging.breakdown where is_unknown and dimension = 'ethnic_group'"
        ).fetchall()
    assert {category for (category,) in known} == {"unknown", "not_stated"}
