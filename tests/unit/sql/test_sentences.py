"""The sentence of each measure and of each change: the direction, the ruler and the limits in plain English."""

from __future__ import annotations

from datetime import date
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import polars as pl
import pytest

from pipelines.inequality.change import CHANGE
from pipelines.inequality.contract import MEASURE
from pipelines.measures.registry import measure_frame
from tests.unit.sql.given import asked, built, schemes, schemes_of_the_catalogue

Row = dict[str, Any]

HIGHER: Row = {"polarity": "higher_is_better", "title": "Life expectancy at birth", "unit": "years"}
LOWER: Row = {"polarity": "lower_is_better", "title": "Obesity in adults 18+", "unit": "%"}
NEUTRAL: Row = {"polarity": "neutral", "title": "Hypertension register", "unit": "%"}
AREA = [{"area_code": "E92000001", "area_name": "England", "area_type": "country"}]
ENDS = ("most_deprived", "least_deprived")
SCHEMES = [
    ("deprivation_decile", "lsoa11_in_england_imd2019", None, 10, ENDS),
    ("deprivation_decile", "lsoa11_within_area_imd2019", None, 10, ENDS),
    ("deprivation_decile", "district_derived_imd2019_average_score", None, 10, ENDS),
    ("deprivation_decile", "county_ua_in_england_imd2019_apr2019_apr2020", None, 10, ENDS),
    ("disability", "pair", "disabled;not_disabled", 0, ("disabled", "not_disabled")),
    ("ethnic_group", "groups", None, 0, ("black", "chinese")),
]
BREAKDOWN = pl.DataFrame(
    [
        {"dimension": dimension, "scheme": scheme, "gap_pair": pair, "slope_groups_expected": slope,
         "category": category, "category_label": category.replace("_", " ").capitalize()}
        for dimension, scheme, pair, slope, categories in SCHEMES
        for category in categories
    ],
    schema_overrides={"gap_pair": pl.String},
)  # fmt: skip
NATIONAL: Row = {"dimension": "deprivation_decile", "scheme": "lsoa11_in_england_imd2019",
                 "basis": "neighbourhoods_national", "groups_from": "published", "group_count": 10,
                 "compared_category": "most_deprived", "reference_category": "least_deprived"}  # fmt: skip
DISTRICTS: Row = {**NATIONAL, "scheme": "district_derived_imd2019_average_score", "basis": "whole_areas_derived",
                  "groups_from": "derived_from_areas"}  # fmt: skip
COUNTIES: Row = {**NATIONAL, "scheme": "county_ua_in_england_imd2019_apr2019_apr2020", "basis": "whole_areas_published"}
WITHIN: Row = {**NATIONAL, "scheme": "lsoa11_within_area_imd2019", "basis": "neighbourhoods_within_area"}
PAIR: Row = {"dimension": "disability", "scheme": "pair", "groups_from": "published", "group_count": 2,
             "compared_category": "disabled", "reference_category": "not_disabled"}  # fmt: skip
ETHNIC: Row = {"dimension": "ethnic_group", "scheme": "groups", "groups_from": "published", "group_count": 7,
               "is_largest_pair": True, "compared_category": "black", "reference_category": "chinese"}  # fmt: skip


def frame(schema: dict[str, Any], row: Row) -> pl.DataFrame:
    return pl.DataFrame([{**dict.fromkeys(schema), **row}], schema=schema)


@cache
def all_schemes() -> pl.DataFrame:
    """The catalogue's schemes, and those made up here that have no order."""
    named = [{"dimension": dimension, "scheme": scheme, "slope_groups_expected": 0, "gap_pair": pair}
             for dimension, scheme, pair, slope, _ in SCHEMES if not slope]  # fmt: skip
    with TemporaryDirectory() as folder:
        return pl.concat([schemes_of_the_catalogue(), schemes(Path(folder), *named)])


def subject(tmp_path: Path, measured: pl.DataFrame, of: Row) -> pl.DataFrame:
    """What the sentences of these measures are about; schemes of deprivation are the catalogue's."""
    return built(
        tmp_path / "subject",
        "core/subject.sql",
        measures__inequality=measured,
        core__indicator=[{"indicator": "x", **of}],
        core__area=AREA,
        core__scheme=all_schemes(),
    )


def sentence(tmp_path: Path, of: Row, group: Row, measure: str, value: float | None, limits: tuple[float, float] | None,
             unit: str, **more: Any) -> str:  # fmt: skip
    lower, upper = limits or (None, None)
    row = {"indicator": "x", "area_code": "E92000001", "period": "2019", "period_length": "1y",
           "period_start": date(2019, 1, 1), "period_end": date(2019, 12, 31), "sex": "persons",
           "age": "18_plus" if of is LOWER else "at_birth", "measure": measure, "transform": "none", "value": value,
           "value_lower": lower, "value_upper": upper, "unit": unit, "is_modelled": False, **group, **more}  # fmt: skip
    measured = frame(MEASURE, row)
    (found,) = asked(
        tmp_path,
        "published/inequality.sql",
        measures__inequality=measured,
        core__subject=subject(tmp_path, measured, of),
        staging__breakdown=BREAKDOWN,
        staging__measure=measure_frame(),
    )
    assert isinstance(found["sentence"], str)
    return found["sentence"]


LINE = "end of the line through all neighbourhoods"
SLOPES = [
    (LOWER, NATIONAL, "slope_index", 14.0, (13.0, 15.0), "percentage points",
     f"Obesity in adults 18+ in England, 2019: 14.00 percentage points higher at the most deprived {LINE} than at the "
     "least deprived end (95% interval 13.00 to 15.00)."),
    (HIGHER, NATIONAL, "slope_index", 9.0, (8.5, 9.5), "years",
     f"Life expectancy at birth in England, 2019: 9.00 years higher at the least deprived {LINE} than at the most "
     "deprived end (95% interval 8.50 to 9.50)."),
    # Reversed: the other end is ahead, and the limits turn with the number.
    (LOWER, NATIONAL, "slope_index", -2.0, (-5.0, 1.0), "percentage points",
     f"Obesity in adults 18+ in England, 2019: 2.00 percentage points higher at the least deprived {LINE} than at the "
     "most deprived end (95% interval -1.00 to 5.00)."),
    (HIGHER, NATIONAL, "slope_index", -0.4, None, "years",
     f"Life expectancy at birth in England, 2019: 0.40 years higher at the most deprived {LINE} than at the least "
     "deprived end (no interval)."),
    (LOWER, NATIONAL, "relative_index", 0.5, (0.4, 0.8), "ratio",
     f"Obesity in adults 18+ in England, 2019: 2.00 times as high at the least deprived {LINE} as at the most deprived "
     "end (95% interval 1.25 to 2.50)."),
    (HIGHER, NATIONAL, "relative_index", 1.131, (1.129, 1.133), "ratio",
     f"Life expectancy at birth in England, 2019: 1.131 times as high at the least deprived {LINE} as at the most "
     "deprived end (95% interval 1.129 to 1.133)."),
]  # fmt: skip
GAPS = [
    (LOWER, NATIONAL, "absolute_gap", 13.0, None, "percentage points",
     "Obesity in adults 18+ in England, 2019: 13.00 percentage points higher in the most deprived tenth of "
     "neighbourhoods than in the least deprived tenth (no interval)."),
    (HIGHER, NATIONAL, "relative_gap", 1.5, None, "ratio",
     "Life expectancy at birth in England, 2019: 1.50 times as high in the least deprived tenth of neighbourhoods as "
     "in the most deprived tenth (no interval)."),
    (LOWER, PAIR, "absolute_gap", 16.0, (15.0, 17.0), "percentage points",
     "Obesity in adults 18+ in England, 2019, by disability: 16.00 percentage points higher for “Disabled” than for "
     "“Not disabled” (95% interval 15.00 to 17.00)."),
    (LOWER, PAIR, "absolute_gap", -3.0, (-7.0, 1.0), "percentage points",
     "Obesity in adults 18+ in England, 2019, by disability: 3.00 percentage points higher for “Not disabled” than for "
     "“Disabled” (95% interval -1.00 to 7.00)."),
    (LOWER, ETHNIC, "absolute_gap", 27.0, (25.0, 29.0), "percentage points",
     "Obesity in adults 18+ in England, 2019, by ethnic group: 27.00 percentage points higher for “Black” than for "
     "“Chinese” (95% interval 25.00 to 29.00) (the largest of 7 groups' differences)."),
]  # fmt: skip
OTHERS = [
    (LOWER, NATIONAL, "population_attributable_risk", 7.5, (7.0, 8.0), "percentage points",
     "Obesity in adults 18+ in England, 2019: the average would be 7.50 percentage points lower if every tenth of "
     "neighbourhoods had the level of the least deprived (95% interval 7.00 to 8.00)."),
    (HIGHER, NATIONAL, "population_attributable_risk", 4.5, None, "years",
     "Life expectancy at birth in England, 2019: the average would be 4.50 years higher if every tenth of "
     "neighbourhoods had the level of the least deprived (no interval)."),
    (LOWER, NATIONAL, "population_attributable_risk", -0.5, (-1.0, 0.2), "percentage points",
     "Obesity in adults 18+ in England, 2019: the average would be 0.50 percentage points higher if every tenth of "
     "neighbourhoods had the level of the least deprived (95% interval -0.20 to 1.00)."),
    (HIGHER, NATIONAL, "population_attributable_fraction", 0.05, (0.04, 0.06), "fraction of the total",
     "Life expectancy at birth in England, 2019: the average would be 5.0% higher if every tenth of neighbourhoods had "
     "the level of the least deprived (95% interval 4.0% to 6.0%)."),
    (LOWER, NATIONAL, "excess_events", 12345.0, (12000.0, 13000.0), "events",
     "Obesity in adults 18+ in England, 2019: there would be 12,345 fewer events if every tenth of neighbourhoods had "
     "the level of the least deprived (95% interval 12,000 to 13,000)."),
    (LOWER, NATIONAL, "relative_concentration_index", -0.0213, (-0.03, -0.01), "between -1 and 1",
     "Obesity in adults 18+ in England, 2019: relative concentration index -0.021 (between -1 and 1) (95% interval "
     "-0.030 to -0.010); above 0 is worse for the more deprived, 0 is no gradient."),
    (NEUTRAL, NATIONAL, "relative_concentration_index", 0.0213, None, "between -1 and 1",
     "Hypertension register in England, 2019: relative concentration index 0.021 (between -1 and 1) (no interval); "
     "above 0 is higher for the more deprived, 0 is no gradient."),
    (LOWER, NATIONAL, "between_group_variance", 8.4, None, "unit squared",
     "Obesity in adults 18+ in England, 2019: between-group variance 8.40 (percentage points squared) (no interval); 0 "
     "is no difference between the groups."),
    (HIGHER, NATIONAL, "theil_index", 0.7, None, "thousandths",
     "Life expectancy at birth in England, 2019: Theil index 0.70 (thousandths) (no interval); 0 is no difference "
     "between the groups."),
    (LOWER, ETHNIC, "mean_difference_from_mean", 6.5, None, "percentage points",
     "Obesity in adults 18+ in England, 2019, by ethnic group: the groups lie 6.50 percentage points from the whole on "
     "average (no interval)."),
    (LOWER, PAIR, "absolute_gap", None, None, "percentage points",
     "Obesity in adults 18+ in England, 2019, by disability: not calculated (group suppressed)."),
]  # fmt: skip


@pytest.mark.parametrize(("of", "group", "measure", "value", "limits", "unit", "words"), SLOPES + GAPS + OTHERS)
def test_each_measure_reads_right(tmp_path: Path, of: Row, group: Row, measure: str, value: float | None,
                                  limits: tuple[float, float] | None, unit: str, words: str) -> None:  # fmt: skip
    note = "group_suppressed" if value is None else None
    assert sentence(tmp_path, of, group, measure, value, limits, unit, note_code=note) == words


@pytest.mark.parametrize(
    ("group", "more", "words"),
    [
        (DISTRICTS, {"areas_missing": 2, "areas_expected": 296},
         "England, 2019, areas ranked by average score (IMD 2019): 6.00 percentage points higher at the most deprived "
         "end of the line through all districts than at the least deprived end (no interval). 2 of 296 areas are "
         "missing."),
        (COUNTIES, {},
         "England, 2019, areas ranked by deprivation (IMD 2019): 6.00 percentage points higher at the most deprived "
         "end of the line through all upper-tier authorities than at the least deprived end (no interval)."),
        (WITHIN, {},
         "England, 2019: 6.00 percentage points higher at the most deprived end of the line through all its "
         "neighbourhoods than at the least deprived end (no interval)."),
        (NATIONAL, {"groups_from": "computed_from_deaths"},
         "(no interval). Computed from deaths; the edition of the index is not stated."),
        (NATIONAL, {"transform": "logit"}, "(no interval). Fitted on the logit scale."),
        (NATIONAL, {"is_modelled": True}, "(no interval). Modelled data, not real."),
    ],
    ids=["derived", "published areas", "within the area", "from deaths", "a transform", "modelled"],
)  # fmt: skip
def test_the_ruler_and_the_reservations_are_named(tmp_path: Path, group: Row, more: Row, words: str) -> None:
    assert words in sentence(tmp_path, LOWER, group, "slope_index", 6.0, None, "percentage points", **more)


@pytest.mark.parametrize(
    ("sex", "age", "words"),
    [
        ("persons", "18_plus", "Obesity in adults 18+ in England, 2019: "),  # its title says who
        ("persons", "16_64", "Obesity in adults 18+ among people aged 16-64 in England, 2019: "),
        ("male", "18_plus", "Obesity in adults 18+ among males in England, 2019: "),
        ("female", "65_plus", "Obesity in adults 18+ among females aged 65+ in England, 2019: "),
    ],
)
def test_whom_it_is_about_is_said_once(tmp_path: Path, sex: str, age: str, words: str) -> None:
    said = sentence(tmp_path, LOWER, NATIONAL, "slope_index", 6.0, None, "percentage points", sex=sex, age=age)
    assert said.startswith(words)


TESTED: Row = {"value_from": 8.2, "value_to": 5.7, "difference": -2.5, "difference_lower": -3.9,
               "difference_upper": -1.1, "verdict_absolute": "narrowing", "relative_from": 1.5, "relative_to": 1.75,
               "verdict_relative": "widening", "probability_narrowing_relative": 0.02}  # fmt: skip
UNTESTED: Row = {"value_from": 8.2, "value_to": 5.7, "verdict_absolute": "cannot_be_tested", "relative_from": 1.5,
                 "relative_to": 1.75, "verdict_relative": "cannot_be_tested"}  # fmt: skip


def change(tmp_path: Path, group: Row, numbers: Row, measure: str = "slope_index") -> str:
    row = {"indicator": "x", "area_code": "E92000001", "period_length": "1y", "sex": "persons", "age": "18_plus",
           "measure": measure, "period_from": "2015", "period_to": "2019", "unit": "percentage points",
           "series_break": False, "is_modelled": False, **group, **numbers}  # fmt: skip
    measured = frame(MEASURE, {name: row[name] for name in MEASURE if name in row})
    (found,) = asked(
        tmp_path,
        "published/inequality_change.sql",
        measures__inequality_change=frame(CHANGE, {name: row[name] for name in CHANGE if name in row}),
        core__subject=subject(tmp_path, measured, LOWER),
    )
    assert isinstance(found["sentence"], str)
    return found["sentence"]


CHANGES = [
    (NATIONAL, TESTED, "slope_index",
     "Obesity in adults 18+ in England, 2015 to 2019: the gap between neighbourhoods (slope index) narrowed in "
     "absolute terms (8.20 to 5.70 percentage points; difference -2.50, 95% interval -3.90 to -1.10); in relative "
     "terms it widened (ratio 1.50 to 1.75; probability of narrowing 2%)."),
    (DISTRICTS, UNTESTED, "absolute_gap",
     "Obesity in adults 18+ in England, areas ranked by average score (IMD 2019), 2015 to 2019: the gap between the "
     "end tenths of districts went from 8.20 to 5.70 percentage points and its ratio from 1.50 to 1.75. No verdict: "
     "limits are not published."),
    (PAIR, {**UNTESTED, "series_break": True, "break_reason": "2018: a group's share moved"}, "absolute_gap",
     "Obesity in adults 18+ in England, by disability, 2015 to 2019: the gap between the two groups went from 8.20 to "
     "5.70 percentage points and its ratio from 1.50 to 1.75. The series breaks in between (2018: a group's share "
     "moved), so no change is judged."),
    (NATIONAL, {**UNTESTED, "relative_from": None}, "slope_index",
     "Obesity in adults 18+ in England, 2015 to 2019: the gap between neighbourhoods (slope index) went from 8.20 to "
     "5.70 percentage points; no ratio can be given. No verdict: limits are not published."),
]  # fmt: skip


@pytest.mark.parametrize(("group", "numbers", "measure", "words"), CHANGES)
def test_a_change_has_two_verdicts_or_says_why_not(
    tmp_path: Path, group: Row, numbers: Row, measure: str, words: str
) -> None:
    assert change(tmp_path, group, numbers, measure) == words


@pytest.mark.parametrize(
    ("numbers", "words"),
    [
        ({"probability_narrowing_relative": 0.9999}, "probability of narrowing over 99%"),
        ({"probability_narrowing_relative": 0.0001}, "probability of narrowing under 1%"),
        ({"difference": -0.0001, "verdict_absolute": "no clear change"}, "did not clearly change in absolute terms"),
        ({"difference": -0.0001}, "difference +0.00,"),
        ({"relative_from": 1.080, "relative_to": 1.085}, "(ratio 1.080 to 1.085;"),
        ({"note_code": "direction_reversed"}, "The ends have changed places."),
    ],
    ids=["near certain", "near impossible", "no change", "no negative nothing", "close ratios", "reversed"],
)
def test_what_rounding_would_hide_is_said(tmp_path: Path, numbers: Row, words: str) -> None:
    assert words in change(tmp_path, NATIONAL, {**TESTED, **numbers})
