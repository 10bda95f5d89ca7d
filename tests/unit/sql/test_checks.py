"""The rules across tables: each finds the row that breaks it and says nothing of rows that keep it."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tests.unit.sql.given import asked, schemes, tolerances

Row = dict[str, Any]

GROUP: Row = {"area_code": "E92000001", "period": "2010-12", "sex": "male", "scheme": "tenths"}


def life(decile: int, age: int, years: float) -> Row:
    return {**GROUP, "decile": decile, "age_start": age, "life_expectancy": years}


def counted(year: int, file: str) -> Row:
    return {"year": year, "sex": "male", "snapshot_sha256": file}


def part(comparison: str, cause: str, years: float, gap: float) -> Row:
    return {**GROUP, "comparison": comparison, "cause": cause, "years": years, "years_symmetric": years,
            "gap_years": gap}  # fmt: skip


TENTHS = [life(1, 0, 72.0), life(10, 0, 82.0)]


@pytest.mark.parametrize(
    ("parts", "broken"),
    [
        ([("decile_1_v_10", "heart", 7.0, 10.0), ("decile_1_v_10", "other", 3.0, 10.0)], 0),
        ([("decile_1_v_10", "heart", 7.0, 10.0), ("decile_1_v_10", "other", 2.99, 10.0)], 1),
        # Adds up, but to a gap that is not the one between the tenths.
        ([("decile_1_v_10", "heart", 7.0, 9.0), ("decile_1_v_10", "other", 2.0, 9.0)], 1),
        # Fifths have a gap of their own.
        ([("quintile_1_v_5", "heart", 7.0, 9.0), ("quintile_1_v_5", "other", 2.0, 9.0)], 0),
    ],
    ids=["sound", "a hundredth lost", "another gap", "fifths"],
)
def test_causes_add_up_to_the_gap(tmp_path: Path, parts: list[tuple[str, str, float, float]], broken: int) -> None:
    found = asked(
        tmp_path,
        "checks/causes_add_up_to_the_gap.sql",
        measures__life_expectancy_decomposition=[part(*one) for one in parts],
        measures__life_expectancy=TENTHS,
    )
    assert len(found) == broken


@pytest.mark.parametrize(
    ("ages", "broken"),
    [
        ({0: 78.0, 1: 78.5, 5: 74.6, 65: 17.0}, []),  # the first year of life is the most dangerous: 78.5 is right
        ({0: 78.0, 65: 12.9}, [65]),  # 65 + 12.9 is younger than the 78 expected at birth
        ({0: 78.0, 5: 78.1}, [5]),
    ],
    ids=["sound", "dies before expected", "longer than at birth"],
)
def test_life_expectancy_follows_age(tmp_path: Path, ages: dict[int, float], broken: list[int]) -> None:
    found = asked(
        tmp_path,
        "checks/life_expectancy_follows_age.sql",
        measures__life_expectancy=[life(3, age, years) for age, years in ages.items()],
        staging__deaths_by_deprivation_decile=[counted(2010, "deaths"), counted(2013, "later deaths")],
        staging__population_by_deprivation_decile_and_age=[counted(2012, "people")],
    )
    named = [(row["age_start"], row["snapshot_sha256"]) for row in found]
    assert named == [(age, file) for age in broken for file in ("deaths", "people")]


@pytest.mark.parametrize(
    ("scheme", "files"),
    [("computed", ["deaths", "people"]), ("published", ["workbook"]), ("of nowhere", [None])],
)
def test_what_is_upside_down_is_found_whichever_file_it_came_in(
    tmp_path: Path, scheme: str, files: list[str | None]
) -> None:
    key = {"indicator": "life_expectancy_at_birth", **GROUP}
    found = asked(
        tmp_path,
        "checks/life_is_longer_where_less_deprived.sql",
        measures__inequality=[
            {**key, "scheme": scheme, "measure": "absolute_gap", "basis": "neighbourhoods_national", "value": -1.0}
        ],
        core__observation=[{**key, "scheme": "published", "snapshot_sha256": "workbook"}],
        core__mortality=[
            {**GROUP, "scheme": "computed", "period_start": date(2010, 1, 1), "period_end": date(2012, 12, 31)}
        ],
        staging__deaths_by_deprivation_decile=[counted(2010, "deaths"), counted(2013, "later deaths")],
        staging__population_by_deprivation_decile_and_age=[counted(2012, "people")],
    )
    assert [row["snapshot_sha256"] for row in found] == files


def test_every_gradient_has_a_diagnosis(tmp_path: Path) -> None:
    key = {"indicator": "x", "area_code": "E92000001", "period_length": "1y", "sex": "persons", "age": "all",
           "dimension": "deprivation_decile", "scheme": "tenths"}  # fmt: skip
    found = asked(
        tmp_path,
        "checks/every_gradient_has_a_diagnosis.sql",
        core__gradient=[{**key, "period": year, "category": place} for year in ("2019", "2020") for place in "ab"],
        measures__slope_diagnosis=[{**key, "period": "2019"}],
    )
    assert [row["period"] for row in found] == ["2020"]


@pytest.mark.parametrize(
    ("smallest", "largest", "broken"),
    [(1.0, 2.0, 0), (2.0, 2.0, 0), (None, None, 0), (2.1, 2.0, 1), (None, 2.0, 1), (1.0, float("inf"), 1)],
)
def test_slope_bounds_are_in_order(tmp_path: Path, smallest: float | None, largest: float | None, broken: int) -> None:
    row = {"indicator": "x", "area_code": "E92000001", "period": "2019", "sex": "persons", "age": "all",
           "dimension": "deprivation_decile", "scheme": "tenths", "measure": "slope_index",
           "transform": "none"}  # fmt: skip
    given = [
        {**row, "slope_index_smallest": smallest, "slope_index_largest": largest},
        {**row, "slope_index_smallest": 0.5, "slope_index_largest": 0.6},
    ]
    assert len(asked(tmp_path, "checks/slope_bounds_are_in_order.sql", measures__inequality=given)) == broken


@pytest.mark.parametrize(
    ("ours", "other", "broken"),
    [
        (6.14, {}, []),  # smoking in 2019: 2.6% off the published 5.98
        (6.95, {}, [6.95]),  # 16% off
        (5.05, {}, [5.05]),
        (6.95, {"scheme": "district_derived_imd2019_average_score"}, []),  # another tier has another slope
        (6.95, {"scheme": "upper_tier_derived_imd2025_average_rank"}, []),  # another ruler
        (6.95, {"is_modelled": True}, []),
    ],
    ids=["near", "above", "below", "another tier", "another ruler", "modelled"],
)
def test_derived_slopes_are_near_the_published(tmp_path: Path, ours: float, other: Row, broken: list[float]) -> None:
    row = {"indicator": "smoking", "area_code": "E92000001", "period": "2019", "period_length": "1y",
           "sex": "persons", "age": "18_plus", "dimension": "deprivation_decile", "measure": "slope_index",
           "transform": "none", "areas_missing": 7, "is_modelled": False}  # fmt: skip
    published = {**row, "basis": "whole_areas_published", "scheme": "county_ua_in_england_imd2019_apr2019_apr2020"}
    derived = {**row, "basis": "whole_areas_derived", "scheme": "upper_tier_derived_imd2019_average_score", **other}
    given = [{**published, "value": 5.98}, {**derived, "value": ours}]
    found = asked(
        tmp_path,
        "checks/derived_slopes_are_near_the_published.sql",
        measures__inequality=given,
        core__scheme=schemes(tmp_path),
        core__tolerance=tolerances(tmp_path),
    )
    assert [row["derived_slope"] for row in found] == broken


def test_tenths_of_unknown_people_are_not_judged(tmp_path: Path) -> None:
    england = {"area_code": "E92000001", "imd_release": "2025"}
    tenths = [{**england, "decile": n, "population": None, "snapshot_sha256": None} for n in range(1, 11)]
    rows = asked(
        tmp_path,
        "checks/tenths_hold_a_tenth_of_the_people.sql",
        core__deprivation=pl.DataFrame(
            tenths, schema_overrides={"population": pl.Float64(), "snapshot_sha256": pl.String()}
        ),
        core__area=[{"area_code": "E92000001", "area_type": "country"}],
        core__area_deprivation=pl.DataFrame(
            [{**england, "population": None}], schema_overrides={"population": pl.Float64()}
        ),
    )
    assert rows == []
