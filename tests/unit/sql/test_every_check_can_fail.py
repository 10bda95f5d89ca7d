"""Every rule across tables finds the row that breaks it, and none in rows that keep it."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from pipelines.settings import PROJECT
from tests.unit.sql.given import asked

Row = dict[str, Any]
Tables = dict[str, list[Row]]

FILES = sorted(file.stem for file in (PROJECT / "sql" / "checks").glob("*.sql"))
BYTES, OTHER_BYTES = "a" * 64, "b" * 64

CELL: Row = {
    "indicator": "smoking", "area_code": "E06000001", "area_type": "unitary_authority", "period": "2019",
    "period_label": "2019", "period_length": "1y", "period_start": date(2019, 1, 1), "period_end": date(2019, 12, 31),
    "sex": "persons", "age": "18_plus", "dimension": "total", "scheme": "total", "category": "total",
    "value": 20.5, "value_lower": 19.5, "value_upper": 21.5, "value_lower_998": 19.0, "value_upper_998": 22.0,
    "numerator": 205.0, "denominator": 1000.0, "note_code": "", "note": "", "source": "fingertips",
    "snapshot_sha256": OTHER_BYTES, "source_line": 7,
}  # fmt: skip
INDICATOR: Row = {
    "indicator": "smoking", "unit": "%", "scale": 100, "value_kind": "proportion", "can_exceed_100": False
}  # fmt: skip
AREA: Row = {
    "area_code": "E06000001", "area_name": "Here", "area_type": "unitary_authority", "is_in_lookups": True,
    "is_current": True,
}  # fmt: skip
ENGLAND: Row = {"area_code": "E92000001", "area_name": "England", "area_type": "country", "is_in_lookups": True}
SNAPSHOT: Row = {"sha256": OTHER_BYTES, "path": "fingertips/1.csv", "retrieved_at": date(2020, 6, 1)}
REVISED: Row = {
    **CELL, "value_before": 20.0, "note_code_before": "", "is_same_bytes": False, "bound": 1.0, "bounds_moved": 0.5
}  # fmt: skip
SLOPE: Row = {
    "indicator": "life_expectancy_at_birth", "area_code": "E92000001", "period": "2019", "period_length": "1y",
    "sex": "male", "age": "at_birth", "dimension": "deprivation_decile", "scheme": "lsoa", "measure": "slope_index",
    "transform": "none", "basis": "neighbourhoods_national", "value": 9.0, "mean_of_groups": 79.2,
    "published_total": 79.0, "series_break": False, "mean_misses_total": False,
}  # fmt: skip
MEAN: Tables = {"core__tolerance": [{"compared": "mean of the groups", "tolerance": 0.1}]}
YEAR: Row = {"year": 2019, "sex": "male", "snapshot_sha256": "deaths"}
COUNTED: Tables = {
    "core__observation": [CELL | {"snapshot_sha256": "figures"}],
    "core__mortality": [
        {"area_code": "E92000001", "period": "2019", "sex": "male", "scheme": "lsoa",
         "period_start": date(2019, 1, 1), "period_end": date(2019, 12, 31)},
    ],
    "staging__deaths_by_deprivation_decile": [YEAR],
    "staging__population_by_deprivation_decile_and_age": [YEAR | {"snapshot_sha256": "people"}],
}  # fmt: skip
SUMMARIES: Tables = {
    "core__tolerance": [
        {"compared": "average score", "tolerance": 0.001},
        {"compared": "share of LSOAs in the most deprived tenth", "tolerance": 0.0001},
    ],
    "core__lsoa": [{"imd_release": "2019", "snapshot_sha256": "file-7"}],
}
GROUP: Row = CELL | {"dimension": "deprivation_decile", "scheme": "district"}
MEASURE: Row = {
    "indicator": "smoking", "area_code": "E92000001", "period": "2019", "period_length": "1y", "sex": "persons",
    "age": "18_plus", "dimension": "deprivation_decile", "scheme": "district", "measure": "slope_index",
    "transform": "none", "value": 4.0, "value_lower": 3.0, "value_upper": 5.0, "method_version": "2",
    "weighting": "population_of_groups",
}  # fmt: skip
UNWEIGHTED: Row = MEASURE | {"weighting": "equal_shares"}
UNLIMITED: Row = MEASURE | {"measure": "theil_index", "value_lower": None, "value_upper": None}
OTHER_PERIOD: Row = MEASURE | {"period": "2020", "value": 9.0}
PAIR: Row = {
    "compared": "slope index", "indicator": "smoking", "area_code": "E92000001", "area_type": "country",
    "period": "2019", "sex": "male", "scheme": "lsoa", "our_value": 9.0, "their_value": 9.1, "difference": -0.1,
    "tolerance": 0.2, "their_source": "fingertips", "verdict": "agrees", "is_modelled": False,
    "our_figures_end": date(2024, 12, 31), "their_figures_end": date(2024, 12, 31),
}  # fmt: skip

OLDER: Row = PAIR | {"verdict": "differs", "their_figures_end": date(2020, 12, 31)}


def areas(*values: float, **said: object) -> list[Row]:
    """One cell an area."""
    return [CELL | {"area_code": f"E0600{place:04}", "value": value} | said for place, value in enumerate(values)]


def history(now: list[Row], before: list[Row]) -> Tables:
    return {"core__observation": now, "previous__observation": before}


def people(*of_tenths: int) -> list[Row]:
    return [
        {**ENGLAND, "imd_release": "2019", "decile": rank, "lsoa_count": 10, "population": people}
        for rank, people in enumerate(of_tenths, start=1)
    ]


def measured(now: list[Row], before: list[Row], *, people_now: int = 100) -> Tables:
    """Measures of two releases; the figures of one period stand, of another one moved, of people none did."""
    moved = GROUP | {"period": "2020"}
    figures = history([GROUP, moved | {"value": 30.0}], [GROUP, moved])
    profiles = {
        "published__deprivation_profile": people(people_now),
        "previous__deprivation_profile": [row | {"decile": str(row["decile"])} for row in people(100)],
    }
    return {**figures, **profiles, "published__inequality": now, "previous__inequality": before}


def revised(**said: object) -> Tables:
    return {"core__revised_cell": [REVISED | said]}


DELIVERY: Row = {
    "indicator": "smoking", "snapshot_sha256": OTHER_BYTES, "path": "fingertips/1.csv", "cells": 100, "areas": 10,
    "periods": 10, "cells_moved": 90, "cells_up": 40, "cells_beyond_bound": 2, "cells_not_believable": 0,
    "median_difference": -0.1, "median_distance": 0.4, "median_bounds_moved": 0.05, "common_factor": None,
    "is_rebase": True,
}  # fmt: skip
OTHER_DELIVERY: Row = DELIVERY | {"snapshot_sha256": BYTES}


def delivered(**said: object) -> Tables:
    return {"core__revised_delivery": [DELIVERY | {"common_factor": 1.0}, DELIVERY | said]}


def observed(**said: object) -> Tables:
    return {"core__observation": [CELL | said], "core__indicator": [INDICATOR]}


def lookups(upper_tiers: int, regions: int, lsoas: int) -> Tables:
    """Three lookups of ten districts, and of ten LSOAs, with as many as are left of each."""
    districts: list[Row] = [{"lad_code": f"E0600000{n}", "snapshot_sha256": "upper"} for n in range(10)]
    places: list[Row] = [{"lsoa_code": f"E0100000{n}", "lsoa_vintage": "2021"} for n in range(10)]
    return {
        "staging__lad_to_upper_tier": districts[:upper_tiers],
        "staging__lad_to_region": [row | {"snapshot_sha256": "region"} for row in districts[:regions]],
        "staging__lad_history": [row | {"year": 2019, "snapshot_sha256": "history"} for row in districts],
        "staging__lsoa_to_lad": [
            place | {"lad_code": row["lad_code"], "snapshot_sha256": "to district"}
            for place, row in zip(places, districts, strict=True)
        ],
        "staging__lsoa_to_icb": [row | {"snapshot_sha256": "to board"} for row in places[:lsoas]],
        "staging__population_by_lsoa": [row | {"snapshot_sha256": "people"} for row in places],
        "staging__lsoa_change": [
            {"lsoa11_code": row["lsoa_code"], "lsoa21_code": row["lsoa_code"], "snapshot_sha256": "change"}
            for row in places
        ],
    }


def tenths(*people: int | None) -> Tables:
    place: Row = {**ENGLAND, "imd_release": "2019", "snapshot_sha256": None}
    rows = [{**place, "decile": n, "population": p} for n, p in enumerate(people, start=1)]
    total = None if None in people else sum(p or 0 for p in people)
    return {
        "core__deprivation": rows,
        "core__area": [ENGLAND],
        "core__area_deprivation": [{**ENGLAND, "imd_release": "2019", "population": total}],
    }


def swapped(**said: object) -> Tables:
    """Two deciles, 20 and 25 before."""
    group = REVISED | {"dimension": "deprivation_decile", "scheme": "lsoa"}
    first, second = group | {"category": "d1", "value_before": 20.0}, group | {"category": "d2", "value_before": 25.0}
    before = [CELL | row | {"value": row["value_before"]} for row in (first, second)]
    return {
        "core__revised_cell": [first | {"value": 25.0}, second | {"value": 20.0} | said],
        "previous__observation": before,
    }


def exchanged(second: float) -> Tables:
    rows = [
        REVISED | {"period": year, "area_code": code, "value_before": old, "value": new}
        for year in ("2018", "2019")
        for code, old, new in (("E06000001", 20.0, 25.0), ("E06000002", 25.0, second))
    ]
    return {"core__revised_cell": rows}


def parts(male: float) -> Tables:
    rows = [CELL | {"sex": sex, "denominator": people} for sex, people in (("persons", 1000.0), ("male", male),
            ("female", 500.0))]  # fmt: skip
    return {"core__observation": rows, "core__scheme": [TWO_GROUPS]}


TWO_GROUPS: Row = {"dimension": "deprivation_decile", "scheme": "lsoa", "part": "tenth", "groups_expected": 2}


def tenths_of(people: float, note_code: str | None) -> Tables:
    """The total, 1,000 people, and its two groups, of which one is as large as said."""
    tenth = CELL | {"dimension": "deprivation_decile", "scheme": "lsoa", "note_code": note_code}
    rows = [CELL, tenth | {"category": "d1", "denominator": 500.0}, tenth | {"category": "d2", "denominator": people}]
    return {"core__observation": rows}


KNOWN = "aggregated_from_known_areas"


def lived(at_65: float) -> Tables:
    return {
        "core__observation": [
            CELL | {"indicator": "life_expectancy_at_birth", "value": 79.0},
            CELL | {"indicator": "life_expectancy_at_65", "value": at_65},
        ]
    }


def dated(**said: object) -> Tables:
    return {"core__observation": [CELL, CELL | said]}


def copied(factor: float) -> Tables:
    next_year = {"period": "2020", "period_start": date(2020, 1, 1)}
    values = [20.0 + place for place in range(12)]
    return {"core__observation": [*areas(*values), *areas(*(v * factor for v in values), **next_year)]}


def joined(area: Row, **said: object) -> Tables:
    return {"core__observation": [CELL | said], "core__area": [area], "staging__snapshot": [SNAPSHOT]}


def named(code: str, name: str, **said: object) -> Row:
    return CELL | {"area_code": code, "area_name": name} | said


def named_areas(*figures: Row) -> Tables:
    """Two areas of a lookup, Here and There, and figures of two periods each."""
    there = AREA | {"area_code": "E06000002", "area_name": "There"}
    both = [figure | {"period": period} for figure in figures for period in ("2018", "2019")]
    return {"core__observation": both, "core__area": [AREA, there, COUNTY]}


COUNTY: Row = AREA | {"area_code": "E10000001", "area_name": "County", "is_in_lookups": False}


def with_country(country: float | None, **said: object) -> Tables:
    """Twenty areas, 20.5 to 39.5, and their country."""
    rows = WHOLE if country is None else [*WHOLE, CELL | ENGLAND | {"value": country}]
    places = [AREA | {"area_code": row["area_code"], "country_code": "E92000001"} for row in WHOLE]
    return {
        "core__observation": [row | said for row in rows],
        "core__area": [*places, ENGLAND | {"country_code": None}],
        "core__indicator": [INDICATOR | {"plausible_smallest": 15.0, "plausible_largest": 40.0}],
    }


def by_tenth(*values: float, **said: object) -> list[Row]:
    """The tenths of England, from the most deprived."""
    tenth = GROUP | ENGLAND
    return [
        tenth | {"category": f"d{rank}", "category_rank": rank, "value": value} | said
        for rank, value in enumerate(values, start=1)
    ]


def tenths_of_england(*values: float) -> Tables:
    scheme = {"dimension": "deprivation_decile", "scheme": "district", "is_ranked": True, "slope_groups_expected": 10}
    return {"core__observation": by_tenth(*values), "core__area": [ENGLAND], "core__scheme": [scheme]}


FALLING = (30.0, 29.0, 28.0, 27.0, 26.0, 25.0, 24.0, 23.0, 22.0, 21.0)


def over_time(*middle: float) -> Tables:
    """The same tenths in the year before and after."""
    years = [(2018, FALLING), (2019, middle), (2020, FALLING)]
    rows = [
        row
        for year, values in years
        for row in by_tenth(*values, period=str(year), period_start=date(year, 1, 1), value_lower=0.0, value_upper=0.5)
    ]
    return {"core__observation": rows, "core__area": [ENGLAND]}


def over_areas(sign: int) -> Tables:
    """Twenty areas, more deprived from one to the next, whose figures rise or fall with it; tenths that say more where
    more deprived.
    """
    places = [AREA | {"area_code": row["area_code"], "country_code": "E92000001"} for row in WHOLE]
    figures = [row | {"value": 30.0 + sign * place} for place, row in enumerate(WHOLE)]
    scores = [
        {"area_code": row["area_code"], "imd_release": "2019", "imd_average_score": 10.0 + place}
        for place, row in enumerate(WHOLE)
    ]
    return {
        "core__observation": [*by_tenth(*FALLING), *figures],
        "core__area": [*places, ENGLAND | {"country_code": None}],
        "core__area_deprivation": scores,
    }


def next_period(*areas_of_it: Row) -> Tables:
    later = {"period": "2020", "period_start": date(2020, 1, 1)}
    rows = [*WHOLE, *(row | later for row in areas_of_it)]
    return {"core__observation_candidate": [row | {"snapshot_sha256": "one-file"} for row in rows]}


def lived_by(women: float) -> Tables:
    country = CELL | ENGLAND | {"indicator": "life_expectancy_at_birth"}
    rows = [country | {"sex": "male", "value": 79.5}, country | {"sex": "female", "value": women}]
    return {"core__observation": rows, "core__area": [ENGLAND]}


def of_sexes(*sexes: str, others: int = 10) -> Tables:
    return {
        "core__observation": [*([CELL] * others), *(CELL | ENGLAND | {"sex": sex} for sex in sexes)],
        "core__area": [ENGLAND],
        "core__indicator": [INDICATOR | {"age_standardised": "life_table"}],
    }


WHOLE = areas(*(20.5 + place for place in range(20)))
COUNTRY = [CELL | ENGLAND]
OF_ONS: Row = {"source": "ons_explore_local_statistics"}
GONE = [CELL | {"area_code": "E10000001", "period": str(year)} for year in range(2010, 2020)]
AREAS = {
    "core__area": [AREA, ENGLAND],
    "core__area_successor": [{"area_code": "E10000001", "successor_code": "E06000001"}],
}
RANKED: Row = {
    "imd_release": "2019", "lsoa_code": "E01000001", "imd_decile": 1, "imd_score": 60.0, "imd_rank": 1,
    "snapshot_sha256": "file-7",
}  # fmt: skip
NEXT: Row = RANKED | {"lsoa_code": "E01000002", "imd_decile": 2, "imd_score": 50.0, "imd_rank": 2}
SUMMARY: Row = {
    **AREA, "imd_release": "2019", "tier": "district", "imd_average_score": 20.0,
    "imd_share_in_most_deprived_tenth": 0.1, "share_of_lsoas_in_most_deprived_tenth": 0.1,
}  # fmt: skip
INTAKE: Row = {"path": "a.csv", "table_name": "t", "rows_in": 2, "rows_out": 1, "rejected": 1, "deduplicated": 0}
STATED: Row = {
    "indicator": "smoking", "fingertips_id": 1, "state": "active", "area_types": "502", "sources": "fingertips"
}  # fmt: skip

CASES: dict[str, tuple[Tables, list[Tables]]] = {
    "countries_are_not_missing": (with_country(30.0), [with_country(None)]),
    "countries_are_plausible": (
        with_country(30.0),
        [with_country(0.3), with_country(3000.0), with_country(14.0, sex="male")],
    ),
    "countries_lie_among_their_areas": (with_country(30.0), [with_country(15.0), with_country(45.0)]),
    "ends_are_in_line": (
        tenths_of_england(*FALLING),
        [tenths_of_england(FALLING[9], *FALLING[:9]), tenths_of_england(*FALLING[1:], FALLING[0])],
    ),
    "gradients_agree_with_areas": (over_areas(1), [over_areas(-1)]),
    "groups_keep_their_places": (
        over_time(*FALLING[:3], 26.8, *FALLING[4:]),
        [over_time(*FALLING[:3], FALLING[4], FALLING[3], *FALLING[5:])],
    ),
    "life_tables_have_both_sexes": (of_sexes("male", "female"), [of_sexes("male"), of_sexes("female", "persons")]),
    "names_belong_to_their_codes": (
        named_areas(
            named("E06000001", "Here"), named("E06000002", "There (UA)"), named("E10000001", "There")
            | {"area_name": "Here county"},
        ),
        [
            named_areas(named("E06000001", "There"), named("E06000002", "Here")),
            named_areas(named("W06000001", "Here")),
        ],
    ),
    "noughts_have_limits": (
        {"core__observation": [*WHOLE, CELL | {"value": 0.0, "value_lower": 0.0}]},
        [{"core__observation": [*WHOLE, CELL | {"value": 0.0, "value_lower": None, "value_upper": None}]}],
    ),
    "series_hold_their_areas": (next_period(*WHOLE[:15]), [next_period(*WHOLE[:10])]),
    "women_live_longer": (lived_by(83.0), [lived_by(79.0)]),
    "values_have_the_decimals_of_their_limits": (
        {"core__observation": WHOLE},
        [{"core__observation": [row | {"value": round(row["value"])} for row in WHOLE]}],
    ),
    "areas_come_under_one_code": (
        {"core__observation_candidate": [
            CELL | {"published_area_code": "E06000001"}, CELL | {"published_area_code": "E06000002", "source": "ons"}]},
        [{"core__observation_candidate": [
            CELL | {"published_area_code": "E06000001"}, CELL | {"published_area_code": "E06000002"}]}],
    ),
    "areas_do_not_share_one_value": (
        {"core__observation": WHOLE},
        [{"core__observation": areas(*[20.5] * 12)}],
    ),
    "areas_keep_their_codes": (exchanged(25.5), [exchanged(20.0)]),
    "catalogue_area_types_are_available": (
        {"staging__indicator": [STATED], "staging__fingertips_available": [{"fingertips_id": 1, "area_type_id": 502}]},
        [{"staging__indicator": [STATED], "staging__fingertips_available": [{"fingertips_id": 1, "area_type_id": 6}]}],
    ),
    "counts_agree_with_values": (observed(), [observed(numerator=19.0), observed(note_code="count_left_out")]),
    "coverage_has_not_shrunk": (
        {**history([*WHOLE, *COUNTRY], [*WHOLE, *COUNTRY, *GONE]), **AREAS},
        [
            {**history([*WHOLE[2:], *COUNTRY], [*WHOLE, *COUNTRY]), **AREAS},  # a tenth of the figures
            {**history(WHOLE, [*WHOLE, *COUNTRY]), **AREAS},  # the country's
            {**history(WHOLE, [*WHOLE, CELL | {"period": "2020"}]), **AREAS},  # the newest period
            {**history(WHOLE, [*WHOLE, CELL | {"indicator": "gone"}]), **AREAS},
            {**history([WHOLE[0] | {"value": None, "note_code": "missing_in_source"}, *WHOLE[2:]], WHOLE), **AREAS},
        ],
    ),
    "decile_1_is_most_deprived": (
        {"core__lsoa": [RANKED, NEXT]},
        [{"core__lsoa": [RANKED | {"imd_score": 10.0}, NEXT]}],
    ),
    "deliveries_have_not_shrunk": (
        # One figure in twenty may go, and a period that the source has no more.
        {**history([WHOLE[0] | OF_ONS, *WHOLE[1:]], [*WHOLE, *GONE]), "core__observation_candidate": WHOLE[1:]},
        [
            {
                **history([*({**cell, **OF_ONS} for cell in WHOLE[:2]), *WHOLE[2:]], WHOLE),
                "core__observation_candidate": [*({**cell, **OF_ONS} for cell in WHOLE[:2]), *WHOLE[2:]],
            }
        ],
    ),
    "disclosure": (
        {},
        [{"disclosure__recoverable_cell": [CELL | {"way": "sexes", "equation": "male = persons 9 - female 5"}]}],
    ),
    "everything_joins": (
        {},
        [{"core__unmatched": [{"link": "area", "code": "E0", "row_count": 1}]}],
    ),
    "few_figures_are_lost": (history(WHOLE, WHOLE), [history(WHOLE[1:], WHOLE)]),
    "fewer_years_are_left_at_65": (lived(18.0), [lived(79.5)]),
    "known_parts_nearly_sum_to_totals": (
        tenths_of(495.0, KNOWN),
        [tenths_of(300.0, KNOWN)],
    ),
    "group_means_are_near_totals": (
        {"measures__inequality": [SLOPE], **MEAN},
        [{"measures__inequality": [SLOPE | {"mean_of_groups": 78.4, "mean_misses_total": True}], **MEAN}],
    ),
    "group_means_are_not_far_from_totals": (
        {"measures__inequality": [SLOPE | {"mean_of_groups": 78.4}], **MEAN},
        [{"measures__inequality": [SLOPE | {"mean_of_groups": 60.0}], **MEAN}],
    ),
    "groups_keep_their_labels": (swapped(value=24.0), [swapped()]),
    "imd_ranks_are_whole": ({"core__lsoa": [RANKED, NEXT]}, [{"core__lsoa": [NEXT]}]),
    "imd_summaries_match_published": (
        {"staging__iod_area_summary": [SUMMARY], "core__area_deprivation": [SUMMARY], **SUMMARIES},
        [
            {
                "staging__iod_area_summary": [SUMMARY | {"imd_average_score": 20.01}],
                "core__area_deprivation": [SUMMARY],
                **SUMMARIES,
            },
        ],
    ),
    "life_is_longer_where_less_deprived": (
        {"measures__inequality": [SLOPE | {"measure": "absolute_gap"}], **COUNTED},
        [{"measures__inequality": [SLOPE | {"measure": "absolute_gap", "value": -1.0}], **COUNTED}],
    ),
    "lookups_are_whole": (
        lookups(10, 9, 10),
        [lookups(10, 8, 10), lookups(10, 10, 8)],
    ),
    "limits_contain_values": (
        observed(),
        [
            observed(value=22.0),
            observed(value_lower_998=20.0),
            observed(value_upper=None),
            observed(value=None),
        ],
    ),
    "observation_has_area": (
        joined(AREA), [joined(AREA, area_code="W06000001"), joined(AREA | {"is_in_lookups": False})]
    ),
    "our_figures_match_the_published": (
        {"published__reconciliation": [PAIR, PAIR | {"area_type": "county", "verdict": "differs"}, OLDER]},
        [{"published__reconciliation": [PAIR | {"verdict": "differs"}]}],
    ),
    "older_figures_match_the_published": (
        {"published__reconciliation": [PAIR | {"verdict": "differs"}, OLDER | {"verdict": "agrees"}]},
        [{"published__reconciliation": [OLDER]}],
    ),
    "parts_sum_to_totals": (
        parts(500.0), [parts(520.0), tenths_of(300.0, None) | {"core__scheme": [TWO_GROUPS]}]
    ),
    "periods_are_not_copies": (copied(1.01), [copied(1.0)]),
    "periods_come_once": (
        dated(period="2020", period_start=date(2020, 1, 1), period_end=date(2020, 12, 31)),
        [dated(period="2019/20"), dated(area_code="E06000002", period_end=date(2020, 3, 31))],
    ),
    "measures_are_not_lost": (
        measured([MEASURE], [MEASURE, MEASURE | {"period": "2001"}, MEASURE | {"method_version": "1", "sex": "male"}]),
        [
            measured([MEASURE | {"sex": "male"}], [MEASURE]),
            measured([MEASURE, MEASURE | {"sex": "male", "value": None}], [MEASURE, MEASURE | {"sex": "male"}]),
        ],
    ),
    "measures_move_with_their_figures": (
        measured([MEASURE | {"value": 4.4}, OTHER_PERIOD], [MEASURE | {"value": 4.0}, OTHER_PERIOD | {"value": 1.0}]),
        [
            measured([MEASURE | {"value": 5.5}], [MEASURE | {"value": 4.0}]),
            measured([MEASURE | {"value": -0.1}], [MEASURE | {"value": 0.1}]),
            measured([UNLIMITED | {"value": 4.5}], [UNLIMITED]),
            measured([UNWEIGHTED | {"value": 5.5}], [UNWEIGHTED], people_now=120),
        ],
    ),
    "periods_lie_in_the_past": (joined(AREA), [joined(AREA, period_end=date(2033, 12, 31))]),
    "rebases_are_accepted": (
        delivered(cells_not_believable=9, is_rebase=False),
        [delivered(cells_not_believable=1), delivered(median_bounds_moved=0.2)],
    ),
    "revisions_are_believable": (
        {
            "core__revised_cell": [REVISED, REVISED | {"bounds_moved": 2.0, "snapshot_sha256": BYTES}],
            "core__revised_delivery": [DELIVERY],
        },
        [{**revised(bounds_moved=3.5), "core__revised_delivery": [OTHER_DELIVERY]}],
    ),
    "revisions_are_small": (revised(), [revised(bounds_moved=2.0)]),
    "rows_in_are_accounted_for": (
        {"staging__intake": [INTAKE], "staging__observation": [CELL], "core__observation_candidate": [CELL],
         "staging__rejected_row": [{"reason": "x"}]},
        [{"staging__intake": [INTAKE | {"rows_in": 3}], "staging__observation": [CELL],
          "core__observation_candidate": [CELL], "staging__rejected_row": [{"reason": "x"}]}],
    ),
    "sources_agree": (
        {"published__reconciliation": [PAIR | {"area_type": "county"}]},
        [{"published__reconciliation": [PAIR | {"area_type": "county", "verdict": "differs"}]}],
    ),
    "suppressed_cells_now_shown": (revised(), [revised(note_code_before="suppressed_small_count")]),
    "suppressed_stays_suppressed": (
        revised(note_code_before="suppressed_small_count"),
        [
            revised(note_code_before="suppressed_small_count", value=0.0),
            revised(note_code_before="suppressed_small_count", is_same_bytes=True),
        ],
    ),
    "tenths_hold_a_tenth_of_the_people": (
        tenths(*[100] * 10),
        [tenths(*[100] * 9, 0), tenths(*[100] * 9, None), tenths(*[100] * 9)],
    ),
    "values_are_possible": (
        observed(value=None, numerator=0.0, denominator=0.0),
        [observed(value=-1.0), observed(value=101.0), observed(numerator=-5.0), observed(denominator=-1.0),
         observed(denominator=0.0), observed(value=None, numerator=2.0, denominator=0.0)],
    ),
    "values_keep_their_decimals": (
        history(WHOLE, WHOLE),
        [history([row | {"value": round(row["value"])} for row in WHOLE], WHOLE)],
    ),
    "values_stand_while_bytes_do": (revised(), [revised(is_same_bytes=True)]),
}  # fmt: skip
BROKEN = [(name, place) for name, (_, broken) in CASES.items() for place in range(len(broken))]


def rows(tmp_path: Path, name: str, tables: Tables) -> list[Row]:
    return asked(tmp_path, f"checks/{name}.sql", **tables)


@pytest.mark.parametrize("name", [name for name, (sound, _) in CASES.items() if all(sound.values()) and sound])
def test_rows_that_keep_a_rule_are_left_alone(tmp_path: Path, name: str) -> None:
    assert rows(tmp_path, name, CASES[name][0]) == []


def test_a_small_extract_may_be_of_one_sex_or_whole_by_chance(tmp_path: Path) -> None:
    assert rows(tmp_path, "life_tables_have_both_sexes", of_sexes("male", others=8)) == []
    gradient = [row | {"value": round(row["value"])} for row in WHOLE[:10]]
    assert rows(tmp_path, "values_have_the_decimals_of_their_limits", {"core__observation": gradient}) == []


def test_measures_move_with_revised_people(tmp_path: Path) -> None:
    tables = measured([MEASURE | {"value": 5.5}], [MEASURE], people_now=120)
    assert rows(tmp_path, "measures_move_with_their_figures", tables) == []


@pytest.mark.parametrize(("name", "place"), BROKEN, ids=[f"{name}-{place}" for name, place in BROKEN])
def test_a_row_that_breaks_a_rule_is_found(tmp_path: Path, name: str, place: int) -> None:
    assert rows(tmp_path, name, CASES[name][1][place])


def test_every_check_has_a_case_in_which_it_fails() -> None:
    """Here, or in a test file of its own beside this one."""
    elsewhere = "".join(file.read_text(encoding="utf-8") for file in Path(__file__).parent.glob("test_*.py"))
    assert [name for name in FILES if name not in CASES and f"checks/{name}.sql" not in elsewhere] == []
    assert sorted(CASES.keys() - set(FILES)) == []
