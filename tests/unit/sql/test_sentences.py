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
               "groups_with_value": 7, "groups_expected": 7, "is_largest_pair": True,
               "compared_category": "black", "reference_category": "chinese"}  # fmt: skip


def frame(schema: dict[str, Any], row: Row) -> pl.DataFrame:
    return pl.DataFrame([{**dict.fromkeys(schema), **row}], schema=schema)


@cache
def all_schemes() -> pl.DataFrame:
    """The catalogue's schemes, and those made up here that have no order."""
    named = [{"dimension": dimension, "scheme": scheme, "slope_groups_expected": 0, "gap_pair": pair}
             for dimension, scheme, pair, slope, _ in SCHEMES if not slope]  # fmt: skip
    with TemporaryDirectory() as folder:
        return pl.concat([schemes_of_the_catalogue(), schemes(Path(folder), *named)])


def subject(tmp_path: Path, measured: pl.DataFrame, of: Row, changed: pl.DataFrame | None = None) -> pl.DataFrame:
    """What the sentences of these measures or changes are about; schemes of deprivation are the catalogue's."""
    return built(
        tmp_path / "subject",
        "core/subject.sql",
        measures__inequality=measured,
        measures__inequality_change=pl.DataFrame(schema=CHANGE) if changed is None else changed,
        core__indicator=[{"indicator": "x", **of}],
        core__area=AREA,
        core__scheme=all_schemes(),
    )


def sentence(
    tmp_path: Path,
    of: Row,
    group: Row,
    measure: str,
    value: float | None,
    limits: tuple[float, float | None] | None,
    unit: str,
    **more: Any,
) -> str:
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


ENDS_DIFFER = "higher at the most deprived end than at the least deprived"
OTHER_WAY = "higher at the least deprived end than at the most deprived"
ALL = "line through all neighbourhoods."
OF_OBESITY = "Obesity in adults aged 18+ in England, 2019"
OF_YEARS = "Life expectancy at birth in England, 2019"
ARITHMETIC = "if all matched the least deprived tenth; arithmetic, not a forecast."
SLOPES = [
    (LOWER, NATIONAL, "slope_index", 14.0, (13.0, 15.0), "percentage points",
     f"{OF_OBESITY}: {ENDS_DIFFER}, by 14.0 percentage points (95% interval 13.0 to 15.0); {ALL}"),
    (HIGHER, NATIONAL, "slope_index", 9.0, (8.5, 9.5), "years",
     f"{OF_YEARS}: {OTHER_WAY}, by 9.0 years (95% interval 8.5 to 9.5); {ALL}"),
    # Reversed: the other end is ahead, and the limits turn with the number.
    (LOWER, NATIONAL, "slope_index", -2.0, (-5.0, -1.0), "percentage points",
     f"{OF_OBESITY}: {OTHER_WAY}, by 2.0 percentage points (95% interval 1.0 to 5.0); {ALL}"),
    (HIGHER, NATIONAL, "slope_index", -0.4, None, "years",
     f"{OF_YEARS}: {ENDS_DIFFER}, by 0.40 years (no interval); {ALL}"),
    (LOWER, NATIONAL, "relative_index", 0.5, (0.4, 0.8), "ratio",
     f"{OF_OBESITY}: {OTHER_WAY}, 2.00 times as high (95% interval 1.25 to 2.50); {ALL}"),
    (HIGHER, NATIONAL, "relative_index", 1.131, (1.129, 1.133), "ratio",
     f"{OF_YEARS}: {OTHER_WAY}, 1.131 times as high (95% interval 1.129 to 1.133); {ALL}"),
    # An interval that holds no difference leaves both directions open.
    (LOWER, NATIONAL, "slope_index", -2.0, (-5.0, 1.0), "percentage points",
     f"{OF_OBESITY}: no clear difference between the most and the least deprived end: 2.0 percentage points, anywhere "
     f"from 5.0 lower to 1.0 higher at the most deprived end; {ALL}"),
    (HIGHER, NATIONAL, "slope_index", 0.1, (-11.2, 11.4), "years",
     f"{OF_YEARS}: no clear difference between the least and the most deprived end: 0.1 years, anywhere from 11 lower "
     f"to 11 higher at the least deprived end; {ALL}"),
    (LOWER, NATIONAL, "relative_index", 1.1, (0.9, None), "ratio",
     f"{OF_OBESITY}: no clear difference between the most and the least deprived end: a ratio of 1.10, anywhere from "
     f"0.90 times as high upwards at the most deprived end; {ALL}"),
    (LOWER, NATIONAL, "slope_index", 0.0, None, "percentage points",
     f"{OF_OBESITY}: no difference between the most and the least deprived end (no interval); {ALL}"),
    # Digits enough to see on which side of no difference a limit lies.
    (LOWER, NATIONAL, "slope_index", 1.4, (0.02, 2.78), "percentage points",
     f"{OF_OBESITY}: {ENDS_DIFFER}, by 1.40 percentage points (95% interval 0.02 to 2.78); {ALL}"),
]  # fmt: skip
GAPS = [
    (LOWER, NATIONAL, "absolute_gap", 13.0, None, "percentage points",
     f"{OF_OBESITY}: higher in the most deprived tenth of neighbourhoods than in the least deprived, by 13.0 "
     "percentage points (no interval)."),
    (HIGHER, NATIONAL, "relative_gap", 1.5, None, "ratio",
     f"{OF_YEARS}: higher in the least deprived tenth of neighbourhoods than in the most deprived, 1.50 times as high "
     "(no interval)."),
    (LOWER, PAIR, "absolute_gap", 16.0, (15.0, 17.0), "percentage points",
     f"{OF_OBESITY}, by disability: higher for “Disabled” than for “Not disabled”, by 16.0 percentage points (95% "
     "interval 15.0 to 17.0)."),
    (LOWER, PAIR, "absolute_gap", -3.0, (-7.0, 1.0), "percentage points",
     f"{OF_OBESITY}, by disability: no clear difference between “Disabled” and “Not disabled”: 3.0 percentage points, "
     "anywhere from 7.0 lower to 1.0 higher for “Disabled”."),
    (LOWER, ETHNIC, "absolute_gap", 27.0, (25.0, 29.0), "percentage points",
     f"{OF_OBESITY}, by ethnic group: higher for “Black” than for “Chinese”, by 27.0 percentage points (95% interval "
     "25.0 to 29.0); the widest of 21 pairs; the interval does not allow for that choice."),
    (LOWER, {**ETHNIC, "groups_with_value": 5}, "absolute_gap", 27.0, (25.0, 29.0), "percentage points",
     f"{OF_OBESITY}, by ethnic group: higher for “Black” than for “Chinese”, by 27.0 percentage points (95% interval "
     "25.0 to 29.0); the widest of 10 pairs; the interval does not allow for that choice; from 5 of 7 groups."),
]  # fmt: skip
OTHERS = [
    (LOWER, {**NATIONAL, "mean_of_groups": 20.5}, "population_attributable_risk", 7.5, (7.0, 8.0), "percentage points",
     f"{OF_OBESITY}: lower overall by 7.5 percentage points (95% interval 7.0 to 8.0): 13.0% instead of 20.5%, "
     f"{ARITHMETIC}"),
    (HIGHER, {**NATIONAL, "mean_of_groups": 78.7}, "population_attributable_risk", 4.5, None, "years",
     f"{OF_YEARS}: higher overall by 4.5 years (no interval): 83.2 years instead of 78.7 years, {ARITHMETIC}"),
    (LOWER, NATIONAL, "population_attributable_risk", 0.5, (-0.2, 1.0), "percentage points",
     f"{OF_OBESITY}: no clear gain if all matched the least deprived tenth: 0.5 percentage points, anywhere from 0.2 "
     "higher to 1.0 lower; arithmetic, not a forecast."),
    (HIGHER, NATIONAL, "population_attributable_fraction", 0.05, (0.04, 0.06), "fraction of the total",
     f"{OF_YEARS}: higher by 5.0% of the overall figure (95% interval 4.0% to 6.0%), {ARITHMETIC}"),
    (LOWER, NATIONAL, "excess_events", 12345.0, (12000.0, 13000.0), "events",
     f"{OF_OBESITY}: 12,345 fewer events (95% interval 12,000 to 13,000), {ARITHMETIC}"),
    (LOWER, NATIONAL, "relative_concentration_index", -0.0213, (-0.03, -0.01), "between -1 and 1",
     f"{OF_OBESITY}: relative concentration index -0.021 on a scale from -1 to 1 (95% interval -0.030 to -0.010): "
     "concentrated among the less deprived."),
    (LOWER, NATIONAL, "relative_concentration_index", 0.058, (0.048, 0.068), "between -1 and 1",
     f"{OF_OBESITY}: relative concentration index 0.058 on a scale from -1 to 1 (95% interval 0.048 to 0.068): "
     "concentrated among the more deprived."),
    (NEUTRAL, NATIONAL, "relative_concentration_index", 0.0213, None, "between -1 and 1",
     "Hypertension register in England, 2019: relative concentration index 0.021 on a scale from -1 to 1 (no "
     "interval): concentrated among the more deprived."),
    (LOWER, NATIONAL, "relative_concentration_index", 0.002, (-0.01, 0.014), "between -1 and 1",
     f"{OF_OBESITY}: relative concentration index 0.002 on a scale from -1 to 1 (95% interval -0.010 to 0.014): no "
     "clear concentration at either end."),
    (LOWER, NATIONAL, "between_group_variance", 8.4, None, "unit squared",
     f"{OF_OBESITY}: between-group variance 8.4 percentage points squared (no interval), where 0 is no difference "
     "between tenths of neighbourhoods."),
    (LOWER, NATIONAL, "theil_index", 0.7, None, "thousandths",
     f"{OF_OBESITY}: Theil index 0.70 thousandths (no interval), where 0 is no difference between tenths of "
     "neighbourhoods."),
    (LOWER, {**ETHNIC, "is_largest_pair": False}, "mean_difference_from_mean", 6.5, None, "percentage points",
     f"{OF_OBESITY}, by ethnic group: on average the groups lie 6.5 percentage points from the overall figure (no "
     "interval)."),
    (LOWER, {**ETHNIC, "is_largest_pair": False, "p_of_equality": 0.68}, "index_of_disparity", 11.9, (0.0, 40.2),
     "% of the mean",
     f"{OF_OBESITY}: no clear difference by ethnic group (p = 0.68); index of disparity 11.9% of the mean (95% "
     "interval 0.0 to 40.2), no more than chance would give."),
    (LOWER, {**ETHNIC, "is_largest_pair": False, "p_of_equality": 0.006}, "index_of_disparity", 44.9, (0.0, 73.2),
     "% of the mean",
     f"{OF_OBESITY}: the difference by ethnic group is more than chance alone would give (p = 0.006), but how much "
     "more is unclear; index of disparity 44.9% of the mean (95% interval 0.0 to 73.2)."),
    (LOWER, PAIR, "absolute_gap", None, None, "percentage points",
     f"{OF_OBESITY}, by disability: absolute gap not calculated, as the figure of a group is suppressed."),
]  # fmt: skip


@pytest.mark.parametrize(("of", "group", "measure", "value", "limits", "unit", "words"), SLOPES + GAPS + OTHERS)
def test_each_measure_reads_right(
    tmp_path: Path,
    of: Row,
    group: Row,
    measure: str,
    value: float | None,
    limits: tuple[float, float | None] | None,
    unit: str,
    words: str,
) -> None:
    note = "group_suppressed" if value is None else None
    assert sentence(tmp_path, of, group, measure, value, limits, unit, note_code=note) == words


@pytest.mark.parametrize(
    ("group", "more", "words"),
    [
        (DISTRICTS, {"areas_missing": 2, "areas_expected": 296, "people_covered": 0.9995},
         "(no interval); line through 294 of 296 districts ranked by average score (IMD 2019), with over 99% of "
         "people."),
        (DISTRICTS, {"areas_missing": 46, "areas_expected": 296, "people_covered": 0.6699},
         "line through 250 of 296 districts ranked by average score (IMD 2019), with 66% of people."),
        (DISTRICTS, {"areas_missing": 0, "areas_expected": 296, "people_covered": 1.0},
         "line through all 296 districts ranked by average score (IMD 2019)."),
        (COUNTIES, {},
         "line through the publisher's tenths of upper-tier authorities ranked by deprivation (IMD 2019)."),
        (WITHIN, {}, "line through all its neighbourhoods."),
        (NATIONAL, {"groups_from": "computed_from_deaths"},
         "all neighbourhoods. Computed from deaths; the edition of the index is not stated."),
        (NATIONAL, {"transform": "logit"},
         "2019, slope index. Check by a curved fit: 6.0 percentage points (no interval)."),
        (NATIONAL, {"is_modelled": True}, "all neighbourhoods. Modelled data, not real."),
    ],
    ids=["few missing", "many missing", "none missing", "published areas", "within the area", "from deaths",
         "a transform", "modelled"],
)  # fmt: skip
def test_the_ruler_and_the_reservations_are_named(tmp_path: Path, group: Row, more: Row, words: str) -> None:
    assert words in sentence(tmp_path, LOWER, group, "slope_index", 6.0, None, "percentage points", **more)


@pytest.mark.parametrize(
    ("sex", "age", "words"),
    [
        ("persons", "18_plus", "Obesity in adults aged 18+ in England, 2019: "),
        ("persons", "18_64", "Obesity in adults aged 18-64 in England, 2019: "),
        ("persons", "all_ages", "Obesity in adults aged 18+ in England, 2019: "),
        ("male", "18_plus", "Obesity in men aged 18+ in England, 2019: "),
        ("female", "65_plus", "Obesity in women aged 65+ in England, 2019: "),
    ],
)
def test_whom_it_is_about_is_said_once(tmp_path: Path, sex: str, age: str, words: str) -> None:
    said = sentence(tmp_path, LOWER, NATIONAL, "slope_index", 6.0, None, "percentage points", sex=sex, age=age)
    assert said.startswith(words)


@pytest.mark.parametrize(
    ("title", "sex", "age", "words"),
    [
        ("Under-75 mortality, cancer", "persons", "under_75", "Under-75 mortality, cancer in England"),
        ("Under-75 mortality, cancer", "female", "under_75", "Under-75 mortality, cancer among females in England"),
        ("Self-harm admissions, ages 10 to 24", "persons", "10_24", "Self-harm admissions, ages 10 to 24 in England"),
        ("Hip fractures, ages 65+", "persons", "80_plus", "Hip fractures, ages 65+ among people aged 80+ in England"),
        ("Suicide rate", "male", "all_ages", "Suicide rate among males in England"),
    ],
)
def test_an_age_that_the_title_has_is_not_repeated(tmp_path: Path, title: str, sex: str, age: str, words: str) -> None:
    of = {**LOWER, "title": title}
    said = sentence(tmp_path, of, NATIONAL, "slope_index", 6.0, None, "percentage points", sex=sex, age=age)
    assert said.startswith(f"{words}, 2019: ")


TESTED: Row = {"value_from": 8.2, "value_to": 5.7, "difference": -2.5, "difference_lower": -3.9,
               "difference_upper": -1.1, "verdict_absolute": "narrowing", "relative_from": 1.5, "relative_to": 1.75,
               "verdict_relative": "widening", "probability_narrowing_relative": 0.02}  # fmt: skip
UNCLEAR: Row = {**TESTED, "difference_upper": 0.3, "verdict_absolute": "no clear change",
                "verdict_relative": "no clear change", "probability_narrowing_relative": 0.6}  # fmt: skip
UNTESTED: Row = {"value_from": 8.2, "value_to": 5.7, "difference": -2.5, "verdict_absolute": "cannot_be_tested",
                 "relative_from": 1.5, "relative_to": 1.75, "verdict_relative": "cannot_be_tested",
                 "note_code": "no_published_limits"}  # fmt: skip
BROKEN: Row = {"series_break": True, "break_reason": "2018: a group's share moved", "break_shift": 0.4}
REFUSED: Row = {**TESTED, **BROKEN, "verdict_absolute": "cannot_be_tested", "verdict_relative": "cannot_be_tested",
                "note_code": "series_break", "break_shift": 2.1}  # fmt: skip
PUBLISHED: Row = {"dimension": "total", "scheme": "total", "groups_from": "published_slope"}
THROUGH = "Obesity in adults aged 18+ in England, 2015 to 2019: the gap (slope index) between neighbourhoods"


def change(tmp_path: Path, group: Row, numbers: Row, measure: str = "slope_index") -> str:
    row = {"indicator": "x", "area_code": "E92000001", "period_length": "1y", "sex": "persons", "age": "18_plus",
           "measure": measure, "period_from": "2015", "period_to": "2019", "unit": "percentage points",
           "series_break": False, "is_modelled": False, **group, **numbers}  # fmt: skip
    changed = frame(CHANGE, {name: row[name] for name in CHANGE if name in row})
    (found,) = asked(
        tmp_path,
        "core/inequality_change.sql",
        measures__inequality_change=changed,
        core__subject=subject(tmp_path, pl.DataFrame(schema=MEASURE), LOWER, changed),
    )
    assert isinstance(found["sentence"], str)
    return found["sentence"]


CHANGES = [
    (NATIONAL, TESTED, "slope_index",
     f"{THROUGH} narrowed by 2.5 percentage points (95% interval 1.1 to 3.9), from 8.2 to 5.7; in relative terms it "
     "widened, from 1.50 to 1.75 times as high (probability of narrowing 2%)."),
    (NATIONAL, {**TESTED, "value_from": -8.2, "value_to": -5.7, "difference": 2.5, "difference_lower": 1.1,
                "difference_upper": 3.9}, "slope_index",
     f"{THROUGH} narrowed by 2.5 percentage points (95% interval 1.1 to 3.9), from -8.2 to -5.7; in relative terms it "
     "widened, from 1.50 to 1.75 times as high (probability of narrowing 2%)."),
    (NATIONAL, UNCLEAR, "slope_index",
     f"{THROUGH} did not clearly change: from 8.2 to 5.7 percentage points, anywhere from 3.9 narrower to 0.3 wider; "
     "in relative terms no clear change, from 1.50 to 1.75 times as high (probability of narrowing 60%)."),
    (DISTRICTS, UNTESTED, "absolute_gap",
     "Obesity in adults aged 18+ in England, 2015 to 2019: the gap between the end tenths of districts ranked by "
     "average score (IMD 2019) went from 8.2 to 5.7 percentage points, and from 1.50 to 1.75 times as high. No "
     "verdict: the publisher gives no limits."),
    (PAIR, {**TESTED, **BROKEN, "caution": "series_break"}, "absolute_gap",
     "Obesity in adults aged 18+ in England, by disability, 2015 to 2019: the gap between the two groups narrowed by "
     "2.5 percentage points (95% interval 1.1 to 3.9), from 8.2 to 5.7; in relative terms it widened, from 1.50 to "
     "1.75 times as high (probability of narrowing 2%). With caution: the series breaks in between (2018: a group's "
     "share moved), which could account for up to 0.40 percentage points."),
    (NATIONAL, REFUSED, "slope_index",
     f"{THROUGH} went from 8.2 to 5.7 percentage points, and from 1.50 to 1.75 times as high. No verdict: the series "
     "breaks in between (2018: a group's share moved), which could account for it (up to 2.1 percentage points)."),
    (NATIONAL, {**REFUSED, "break_shift": None}, "slope_index",
     f"{THROUGH} went from 8.2 to 5.7 percentage points, and from 1.50 to 1.75 times as high. No verdict: the series "
     "breaks in between (2018: a group's share moved), and by how much is not known."),
    (NATIONAL, {**UNTESTED, "relative_from": None}, "slope_index",
     f"{THROUGH} went from 8.2 to 5.7 percentage points; no ratio can be given. No verdict: the publisher gives no "
     "limits."),
    (PUBLISHED, {**UNTESTED, "relative_from": None, "relative_to": None}, "slope_index",
     "Obesity in adults aged 18+ in England, 2015 to 2019: went from 8.2 to 5.7 percentage points. No verdict: the "
     "publisher gives no limits."),
]  # fmt: skip


@pytest.mark.parametrize(("group", "numbers", "measure", "words"), CHANGES)
def test_a_change_has_two_verdicts_or_says_why_not(
    tmp_path: Path, group: Row, numbers: Row, measure: str, words: str
) -> None:
    assert change(tmp_path, group, numbers, measure) == words


TURNED: Row = {**TESTED, "value_from": 2.4, "value_to": -0.1, "note_code": "direction_reversed"}


@pytest.mark.parametrize(
    ("numbers", "words"),
    [
        ({"probability_narrowing_relative": 0.9999}, "probability of narrowing over 99%"),
        ({"probability_narrowing_relative": 0.0001}, "probability of narrowing under 1%"),
        ({"value_to": 8.16, "difference": -0.04}, "narrowed by 0.04 percentage points"),
        ({"relative_from": 1.080, "relative_to": 1.085}, "from 1.080 to 1.085 times as high"),
        (TURNED, "narrowed: from 2.4 to -0.1 percentage points (difference -2.5, 95% interval -3.9 to -1.1)"),
        (TURNED, "The ends have changed places."),
    ],
    ids=["near certain", "near impossible", "small", "close ratios", "reversed", "said to be reversed"],
)
def test_what_rounding_would_hide_is_said(tmp_path: Path, numbers: Row, words: str) -> None:
    assert words in change(tmp_path, NATIONAL, {**TESTED, **numbers})
