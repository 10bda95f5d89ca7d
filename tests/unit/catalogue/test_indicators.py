"""The committed indicators: laws that every block keeps, and agreement with the reference list but for corrections."""

import csv
import re

import pytest

from pipelines import catalogue
from pipelines.catalogue.indicator import YEAR_TYPES
from pipelines.sources.formats import period
from tests.shared import CATALOGUE, needs_catalogue

KNOWN = catalogue.load().indicators
BY_ID = {one.fingertips_id: one for one in KNOWN.values()}

MODELLED = "modelled estimates get no slope: the gradient would be the model's"
ACTIVITY = "activity that may rise because care improves is neutral"
PUBLISHED_GAP = "a published gap is an index, never put in a slope"
FROM_LIFE_TABLES = "life tables are standardised for age, and so is a gap between them"
ALSO_PUBLISHED = "the publisher's metadata lists every area of these types too"

CORRECTIONS: dict[tuple[str, str], tuple[object, str]] = {
    **{
        (slug, field): (value, MODELLED)
        for slug in (
            "unemployment_rate",
            "fuel_poverty_lilee",
            "fuel_poverty_lihc",
            "pm25_mortality_fraction",
            "pm25_concentration",
        )
        for field, value in (("slope_allowed", False), ("default_link", "none"))
    },
    ("dental_caries_admissions_0_5", "polarity"): ("neutral", ACTIVITY),
    ("dental_caries_admissions_0_5_nhs", "polarity"): ("neutral", ACTIVITY),
    ("mental_health_admissions_under18", "polarity"): ("neutral", ACTIVITY),
    ("life_expectancy_gap_to_england", "value_kind"): ("index", PUBLISHED_GAP),
    ("life_expectancy_gap_to_england", "age_standardised"): ("life_table", FROM_LIFE_TABLES),
    ("slope_index_of_healthy_life_expectancy_local", "age_standardised"): ("life_table", FROM_LIFE_TABLES),
    ("slope_index_of_healthy_life_expectancy_england", "age_standardised"): ("life_table", FROM_LIFE_TABLES),
    ("excess_mortality_smi_old", "age_standardised"): ("indirect", "observed against expected deaths is indirect"),
    ("overweight_obesity_adults", "age_standardised"): (
        "standard_not_stated",
        "the metadata says standardised to the European Standard Population, without its year",
    ),
    ("average_weekly_earnings", "denominator_kind"): ("survey_weighted", "a sample of jobs is no count of employees"),
    ("obesity_year6_next", "denominator_kind"): ("measured_children", "the metadata counts children measured"),
    ("obesity_year6_next", "period_lengths"): (("1y", "5y"), "the metadata pools five years where groups are small"),
    ("nhs_health_check_received_5y", "cadence"): ("quarterly", "the metadata says quarterly"),
    **{
        (BY_ID[fingertips_id].slug, "area_types"): (area_types, ALSO_PUBLISHED)
        for fingertips_id, area_types in {
            20401: (502, 501),
            241: (502, 221, 66, 204, 7, 501),
            91040: (502, 221),
            91102: (15, 6, 501, 502, 221),
            91112: (502, 221),
            91344: (7, 204, 221, 66),
            92904: (501, 502, 221),
            93085: (502, 221, 66, 501),
            93283: (3, 8, 501, 502),
            93701: (501, 502, 221),
            93861: (501, 502, 221),
            94103: (221, 502),
        }.items()
    },
}
"""Where data in hand or the rules prove the reference list wrong: what we say instead, and why."""

WORDS = {
    "person_years + survey_respondents": "person_years_and_survey_respondents",
    "live_births": "births",
    "term_live_births": "births",
    "expected": "expected_events",
    "cases_with_valid_stage": "people_with_known_status",
    "maternities_with_known_status": "people_with_known_status",
    "infants_with_known_status": "people_with_known_status",
    "survey_examined_children": "examined_children",
    "modelled_survey": "modelled",
    "none published (respondents in 16 rows, weighted population in 7)": "none",
    "life table": "life_table",
    "yes (ESP2013)": "esp2013",
    "yes": "standard_not_stated",
    "PLUS (CYP)": "PLUS_CYP",
    "per edition": "per_edition",
    "biennial or so": "biennial",
    "wider determinant": "wider_determinant",
    "wider determinant (exposure, not outcome)": "wider_determinant",
    "risk factor": "risk_factor",
}
"""Words of the reference list, and ours of the closed lists."""

PERIODS = {
    "fixed": ("fixed", ("1y",)),
    "snapshot": ("snapshot", ("1y",)),
    "survey year": ("survey", ("1y",)),
    "survey year (irregular)": ("survey", ("1y",)),
    "financial quarter": ("financial", ("1q",)),
    "financial multi-year, cumulative": ("financial", ("5y",)),
    "NOVEMBER to November 1y (label looks financial)": ("november_to_november", ("1y",)),
}
"""Period types of the reference list that do not spell out year type and lengths."""


def reference() -> dict[str, dict[str, str]]:
    with (CATALOGUE / "indicators.csv").open(encoding="utf-8-sig", newline="") as lines:
        return {row["slug"]: row for row in csv.DictReader(lines)}


def in_our_words(row: dict[str, str]) -> dict[str, object]:
    """A row of the reference list as our fields."""
    words = {name: WORDS.get(value, value) for name, value in row.items()}
    kind_of_year = row["period_type"].split(" ")[0]
    year_type, lengths = PERIODS.get(
        row["period_type"], (kind_of_year, tuple(re.findall(r"[0-9]+y", row["period_type"])))
    )
    return {
        **{name: words[name] for name in ("value_kind", "unit", "polarity", "phof", "cadence", "state", "confidence")},
        "fingertips_id": int(row["fingertips_id"]),
        "scale": int(row["scale"]),
        "slope_allowed": row["slope_allowed"] == "yes",
        "default_link": row["default_link"].split(" ")[0],
        "denominator_kind": words["denominator_kind"],
        "age_standardised": words["age_standardised"],
        "role": {"PLUS": "inclusion_group"}.get(row["plus_or_wider"], words["plus_or_wider"]),
        "area_types": tuple(map(int, row["area_types"].split(","))),
        "core20plus5": tuple(WORDS.get(place, place) for place in row["core20plus5"].split(";") if place),
        "equality_act": tuple(filter(None, row["equality_act"].split(";"))),
        "year_type": year_type,
        "period_lengths": lengths,
    }


@needs_catalogue
def test_the_catalogue_holds_the_indicators_of_the_reference_list_and_no_others():
    rows = reference()
    assert len(rows) == 107
    assert {slug: one.fingertips_id for slug, one in KNOWN.items()} == {
        slug: int(row["fingertips_id"]) for slug, row in rows.items()
    }


@needs_catalogue
def test_every_indicator_agrees_with_the_reference_list_but_for_the_corrections():
    told = []
    for slug, row in reference().items():
        for field, stated in in_our_words(row).items():
            ours = getattr(KNOWN[slug], field)
            expected, _ = CORRECTIONS.get((slug, field), (stated, ""))
            if ours != expected:
                told.append((slug, field, ours, expected))
    assert told == []


@needs_catalogue
def test_every_correction_still_differs_from_the_reference_list():
    rows = reference()
    stale = [key for key, (ours, _) in CORRECTIONS.items() if in_our_words(rows[key[0]])[key[1]] == ours]
    assert stale == []


def test_every_correction_has_a_reason_and_is_what_the_catalogue_says():
    for (slug, field), (ours, reason) in CORRECTIONS.items():
        assert getattr(KNOWN[slug], field) == ours, (slug, field)
        assert len(reason) > 20, (slug, field)


@needs_catalogue
def test_an_id_that_the_reference_list_is_not_sure_of_is_not_verified():
    unsure = {slug for slug, row in reference().items() if row["confidence"] == "low" or "from memory" in row["notes"]}
    unverified = {slug for slug, one in KNOWN.items() if not one.id_verified}
    assert unverified - unsure == {"employment_rate", "nhs_health_check_received"}
    assert unsure <= unverified


def test_ids_and_titles_are_given_once():
    assert len(BY_ID) == len(KNOWN)
    assert len({one.title for one in KNOWN.values()}) == len(KNOWN)


def test_an_index_and_a_modelled_estimate_are_never_put_in_a_slope():
    barred = [
        one
        for one in KNOWN.values()
        if one.value_kind == "index" or (one.modelled_estimate and not one.slope_of_model_because)
    ]
    assert len(barred) > 20
    assert [one.slug for one in barred if one.slope_allowed or one.default_link != "none"] == []
    assert [
        one.slug for one in KNOWN.values() if one.denominator_kind == "modelled" and not one.modelled_estimate
    ] == []


@pytest.mark.parametrize("fingertips_id", [92901, 93190, 92031, 90825, 90365, 93553, 94240, 91872, 338, 339, 93559])
def test_published_gaps_and_deprivation_scores_are_indices(fingertips_id):
    assert BY_ID[fingertips_id].value_kind == "index"


def test_a_neutral_indicator_says_why_and_a_register_is_neutral():
    neutral = [one for one in KNOWN.values() if one.polarity == "neutral"]
    assert len(neutral) >= 10
    assert [one.slug for one in neutral if len(one.polarity_reason) < 40 or "is better" in one.polarity_reason] == []
    assert [one.slug for one in KNOWN.values() if one.role == "register" and one.polarity != "neutral"] == []
    assert {219, 273, 212, 241, 253, 90933, 848, 93479, 93493, 91344} <= {one.fingertips_id for one in neutral}


def test_every_definition_is_one_sentence_and_every_polarity_has_one():
    for one in KNOWN.values():
        assert re.fullmatch(r"[A-Z][^.]*(?:\.[0-9][^.]*)*\.", one.definition), one.slug
        assert one.polarity_reason.endswith("."), one.slug


@pytest.mark.parametrize("fingertips_id", [93014, 93015, 93088, 93881, 93982])
def test_active_lives_years_run_november_to_november_and_respondents_never_weight(fingertips_id):
    assert BY_ID[fingertips_id].year_type == "november_to_november"
    assert BY_ID[fingertips_id].denominator_kind == "survey_respondents"
    assert not BY_ID[fingertips_id].denominator_may_weight


def test_only_full_counts_weight():
    assert BY_ID[90366].denominator_may_weight
    assert not BY_ID[90362].denominator_may_weight
    assert not BY_ID[93351].denominator_may_weight
    assert not BY_ID[92443].denominator_may_weight


def test_a_paused_or_ended_series_is_not_current():
    assert {one.fingertips_id for one in KNOWN.values() if one.state == "paused"} == {93562, 93523}
    assert {one.fingertips_id for one in KNOWN.values() if one.state == "discontinued"} == {
        92031, 91872, 338, 91096, 90356, 11601,
    }  # fmt: skip
    assert [one.slug for one in KNOWN.values() if one.cadence == "none" and one.state == "current"] == []


@pytest.mark.parametrize("fingertips_id", [93701, 92313, 91126, 93351, 11202])
def test_outcomes_of_income_employment_and_crime_are_flagged_circular(fingertips_id):
    assert BY_ID[fingertips_id].circular


def test_what_rests_on_memory_is_unverified():
    for fingertips_id in (93581, 93582):
        one = BY_ID[fingertips_id]
        assert (one.id_verified, one.state, one.confidence) == (False, "unverified", "low")


def test_every_year_type_is_one_that_periods_are_dated_with():
    assert set(YEAR_TYPES) == {*period.YEAR_STARTS, *period.IRREGULAR}


def test_loading_twice_reads_once():
    assert catalogue.load() is catalogue.load()
