"""Tenths of whole areas derived from the areas' own values: here halves, of 20 areas or more."""

from __future__ import annotations

import math
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from pipelines.inequality.area_groups import area_group_rows
from tests.unit.sql.given import asked, built, schemes

Row = dict[str, Any]

COUNTRY = "E92000001"
KEY: Row = {"indicator": "x", "period": "2020", "period_length": "1y", "period_start": date(2020, 1, 1),
            "period_end": date(2020, 12, 31), "sex": "persons", "age": "all", "dimension": "total",
            "is_modelled": False, "method": "direct", "is_model_estimate": False}  # fmt: skip


def halves(tier: str, ruler: str, year: str) -> list[Row]:
    return [
        {"scheme": f"{tier}_derived_imd{year}_average_{ruler}", "dimension": "deprivation_decile", "index": "imd",
         "ruler": f"average_{ruler}", "index_vintage": year, "area_vintage": "current",
         "measures_allowed": "slope_index", "groups_expected": 2, "basis": "whole_areas_derived",
         "geography": "district_ua" if tier == "district" else "county_ua", "category": name, "category_rank": rank}
        for rank, name in ((1, "most_deprived"), (2, "least_deprived"))
    ]  # fmt: skip


def district(number: int, *, upper_tier: bool = False, value: float | None = 10.0, half: float | None = None,
             score: float | None = None, rank: float | None = None, population: int = 100) -> Row:  # fmt: skip
    """An area; the first is the most deprived by score and by rank unless said otherwise."""
    return {"code": f"E06{number:06d}", "name": f"Area {number:02d}", "is_district": not upper_tier,
            "is_upper_tier": upper_tier, "value": value, "half": half,
            "score": 100.0 - number if score is None else score, "rank": 100.0 - number if rank is None else rank,
            "population": population}  # fmt: skip


def derived(tmp_path: Path, areas: list[Row], *, rulers: list[Row] | None = None, slope: bool = True) -> list[Row]:
    """The groups, most deprived first. An area whose value is the text `none` has no row at all."""
    observations = [
        {**KEY, "area_code": area["code"], "value": area["value"], "standard_error": None,
         "value_lower": None if area["half"] is None else area["value"] - area["half"],
         "value_upper": None if area["half"] is None else area["value"] + area["half"]}
        for area in areas
        if area["value"] != "none"
    ]  # fmt: skip
    whole = {**KEY, "area_code": COUNTRY, "value": 11.0, "standard_error": None, "value_lower": 10.5,
             "value_upper": 11.5}  # fmt: skip
    numbers = dict.fromkeys(("value", "standard_error", "value_lower", "value_upper"), pl.Float64)
    breakdown = rulers or halves("district", "score", "2019")
    observed = pl.DataFrame([*observations, whole], schema_overrides=numbers)
    ranking = built(
        tmp_path / "ranking",
        "core/area_ranking.sql",
        core__scheme=schemes(tmp_path, *breakdown),
        core__area_vintage=pl.DataFrame(schema={"area_code": pl.String, "tier": pl.String, "year": pl.Int64}),
        core__area=[
            {"area_code": area["code"], "area_name": area["name"], "country_code": COUNTRY, "is_current": True,
             "is_district": area["is_district"], "is_upper_tier": area["is_upper_tier"]}
            for area in areas
        ],
        core__area_deprivation=[
            {"area_code": area["code"], "imd_release": release, "imd_average_score": area["score"],
             "imd_average_rank": area["rank"], "population": area["population"], "population_reference": "mid-2015"}
            for area in areas
            for release in ("2019", "2025")
        ],
        core__observation=observed,
        core__indicator=[{"indicator": "x", "slope_allowed": slope}],
    )  # fmt: skip
    rows = asked(
        tmp_path,
        "core/area_gradient.sql",
        staging__breakdown=breakdown,
        measures__area_group=area_group_rows(ranking),
        core__observation=observed,
    )
    return sorted(rows, key=lambda row: (row["scheme"], row["category_rank"]))


def test_groups_hold_equally_many_areas_most_deprived_first(tmp_path: Path) -> None:
    rows = derived(tmp_path, [district(n, value=20.0 if n <= 10 else 5.0) for n in range(1, 21)])
    assert [(row["category"], row["value"], row["population"]) for row in rows] == [
        ("most_deprived", 20.0, 1000),
        ("least_deprived", 5.0, 1000),
    ]
    assert {(row["basis"], row["groups_from"], row["weighting"]) for row in rows} == {
        ("whole_areas_derived", "derived_from_areas", "population_of_groups")
    }
    assert {row["published_total"] for row in rows} == {11.0}


def test_values_weigh_by_people(tmp_path: Path) -> None:
    """Nine areas of 100 people at 10, and one of 900 at 20: half the people, so 15 and not 11."""
    areas = [district(n) for n in range(2, 21)] + [district(1, value=20.0, population=900)]
    most, least = derived(tmp_path, areas)
    assert (most["value"], most["population"]) == (15.0, 1800)
    assert least["value"] == 10.0


def test_errors_combine_as_of_a_weighted_mean(tmp_path: Path) -> None:
    """Ten areas of one size, limits 1.959964 either side: each error 1, that of their mean 1 / sqrt(10)."""
    most, _ = derived(tmp_path, [district(n, half=1.959964) for n in range(1, 21)])
    assert most["standard_error"] == pytest.approx(1 / math.sqrt(10))


def test_an_area_without_limits_leaves_its_group_without_an_error(tmp_path: Path) -> None:
    areas = [district(n, half=None if n == 3 else 1.0) for n in range(1, 21)]
    most, least = derived(tmp_path, areas)
    assert most["standard_error"] is None
    assert least["standard_error"] is not None


def test_missing_areas_are_counted_and_named(tmp_path: Path) -> None:
    """One has no row and one no value."""
    areas = [district(n) for n in range(1, 21)]
    areas += [district(21, value="none"), district(22, value=None)]  # type: ignore[arg-type]
    for row in derived(tmp_path, areas):
        assert (row["areas_expected"], row["areas_missing"], row["missing_areas"]) == (22, 2, "Area 21; Area 22")


def test_coverage_counts_people_and_not_areas(tmp_path: Path) -> None:
    """Twenty areas of 100 people have a value, one of 1,000 and one of 500 have none: 2,000 of 3,500 people."""
    areas = [district(n) for n in range(1, 21)]
    areas += [district(21, value="none", population=1000), district(22, value=None, population=500)]  # type: ignore[arg-type]
    for row in derived(tmp_path, areas):
        assert row["people_covered"] == pytest.approx(2000 / 3500)


def test_an_area_whose_people_are_not_known_is_missing(tmp_path: Path) -> None:
    """It has a value, and cannot be weighed."""
    areas = [district(n) for n in range(1, 21)] + [district(21, population=0)]
    for row in derived(tmp_path, areas):
        assert (row["areas_missing"], row["missing_areas"], row["people_covered"]) == (1, "Area 21", 1.0)


def test_nobody_missing_is_none(tmp_path: Path) -> None:
    for row in derived(tmp_path, [district(n) for n in range(1, 21)]):
        assert (row["areas_expected"], row["areas_missing"], row["missing_areas"]) == (20, 0, None)
        assert row["people_covered"] == 1.0


def test_fewer_than_twenty_areas_are_no_gradient(tmp_path: Path) -> None:
    assert derived(tmp_path, [district(n) for n in range(1, 20)]) == []


def test_less_than_half_of_the_areas_are_no_gradient(tmp_path: Path) -> None:
    areas = [district(n) for n in range(1, 21)] + [district(n, value=None) for n in range(21, 42)]
    assert derived(tmp_path, areas) == []


def test_an_indicator_that_takes_no_slope_is_left_out(tmp_path: Path) -> None:
    assert derived(tmp_path, [district(n) for n in range(1, 21)], slope=False) == []


@pytest.mark.parametrize(("missing", "tier"), [(1, "upper_tier"), (5, "district")])
def test_the_tier_that_covers_more_is_chosen(tmp_path: Path, missing: int, tier: str) -> None:
    """30 districts of which 3 are missing (10%), and 25 upper tiers of which 1 (4%) or 5 (20%) are."""
    areas = [district(n, value=None if n <= 3 else 10.0) for n in range(1, 31)]
    areas += [district(n, upper_tier=True, value=None if n <= 40 + missing else 10.0) for n in range(41, 66)]
    rulers = halves("district", "score", "2019") + halves("upper_tier", "score", "2019")
    assert {row["scheme"] for row in derived(tmp_path, areas, rulers=rulers)} == {
        f"{tier}_derived_imd2019_average_score"
    }


def test_rank_and_score_are_two_rulers(tmp_path: Path) -> None:
    """Area 1 has the highest score and the lowest rank."""
    areas = [district(n) for n in range(2, 21)] + [district(1, value=30.0, rank=0.0)]
    rows = derived(tmp_path, areas, rulers=halves("district", "score", "2019") + halves("district", "rank", "2019"))
    assert [(row["scheme"].rsplit("_", 1)[1], row["category"], row["value"]) for row in rows] == [
        ("rank", "most_deprived", 10.0),
        ("rank", "least_deprived", 12.0),
        ("score", "most_deprived", 12.0),
        ("score", "least_deprived", 10.0),
    ]
