"""People in each group of a scheme: national tenths from LSOAs, whole areas in groups of equal count."""

from pathlib import Path
from typing import Any

import polars as pl

from pipelines.inequality.area_groups import area_group_rows
from tests.unit.sql.given import asked, built, schemes

TENTHS = {"dimension": "deprivation_decile", "groups_expected": 10, "index": "imd"}
FIFTHS = {"dimension": "deprivation_quintile", "groups_expected": 5, "index": "imd"}
NATIONAL = {"scheme": "lsoa11_in_england_imd2019", "geography": "lsoa11", "scope": "in_england"}
TREND = {"scheme": "lsoa11_within_area_imd_trend", "geography": "lsoa11", "scope": "within_area"}
AREAS = {
    "basis": "whole_areas_published",
    "scheme": "district_ua_in_england_imd2019_apr2019",
    "geography": "district_ua",
    "scope": "in_england",
}

NOTHING_OBSERVED = {
    **dict.fromkeys(
        ("indicator", "area_code", "period", "period_length", "sex", "age", "dimension", "method"), pl.String
    ),
    **dict.fromkeys(("period_start", "period_end"), pl.Date),
    **dict.fromkeys(("value", "value_lower", "value_upper", "standard_error"), pl.Float64),
    "is_modelled": pl.Boolean,
    "is_model_estimate": pl.Boolean,
}


def populations(tmp_path: Path, *schemes_given: dict[str, Any], districts: int = 0) -> dict[tuple[str, int], int]:
    codes = [f"E0600{n:04d}" for n in range(districts)]
    known = schemes(tmp_path, *schemes_given)
    areas = [
        {"area_code": code, "area_name": code, "area_type": "country" if code == "E92000001" else "x",
         "country_code": "E92000001", "is_current": True, "is_district": False, "is_upper_tier": False}
        for code in ("E92000001", *codes)
    ]  # fmt: skip
    ranking = built(
        tmp_path / "ranking",
        "core/area_ranking.sql",
        core__scheme=known,
        core__area=areas,
        core__area_vintage=[{"area_code": code, "tier": "district", "year": 2019} for code in ("none", *codes)],
        core__area_deprivation=[
            {"area_code": code, "imd_release": "2019", "imd_average_score": 50.0 - n, "imd_average_rank": 50.0 - n,
             "population": 1000 + n, "population_reference": "mid-2015"}
            for n, code in enumerate(("E92000001", *codes))
        ],
        core__observation=pl.DataFrame(schema=NOTHING_OBSERVED),
        core__indicator=[{"indicator": "x", "slope_allowed": True}],
    )  # fmt: skip
    found = asked(
        tmp_path,
        "core/scheme_population.sql",
        core__scheme=known,
        core__deprivation=[
            {"area_code": "E92000001", "imd_release": "2019", "lsoa_vintage": "2011", "decile": d,
             "population": 100 + d, "population_reference": "mid-2015"}
            for d in range(1, 11)
        ],
        core__area=areas,
        measures__area_group=area_group_rows(ranking),
    )  # fmt: skip
    return {(row["dimension"], row["category_rank"]): row["population"] for row in found}


def test_national_tenths_and_fifths_are_counted_from_lsoas(tmp_path: Path) -> None:
    edition = {"index_vintage": "2019", "area_vintage": None}
    found = populations(tmp_path, TENTHS | NATIONAL | edition, FIFTHS | NATIONAL | edition)
    assert found["deprivation_decile", 1] == 101
    assert found["deprivation_quintile", 1] == 101 + 102
    assert found["deprivation_quintile", 5] == 109 + 110
    assert len(found) == 15


def test_a_scheme_whose_edition_moves_has_no_population(tmp_path: Path) -> None:
    assert populations(tmp_path, TENTHS | TREND | {"index_vintage": "trend", "area_vintage": None}) == {}


def test_whole_areas_go_into_groups_of_equal_count_most_deprived_first(tmp_path: Path) -> None:
    found = populations(tmp_path, TENTHS | AREAS | {"index_vintage": "2019", "area_vintage": "apr2019"}, districts=20)
    assert found["deprivation_decile", 1] == 1001 + 1002
    assert found["deprivation_decile", 10] == 1019 + 1020
