"""The catalogue as tables for SQL."""

import polars as pl

from pipelines import catalogue

KNOWN = catalogue.load()


def test_indicator_frame_has_one_row_an_indicator_and_joins_lists_with_semicolons():
    frame = catalogue.indicator_frame(KNOWN)
    assert frame.schema == pl.Schema(catalogue.INDICATOR_COLUMNS)
    assert frame["indicator"].to_list() == list(KNOWN.indicators)
    smoking = frame.row(by_predicate=pl.col("indicator") == "smoking_prevalence_adults", named=True)
    assert smoking["area_types"] == "501;502;221"
    assert smoking["sources"] == "fingertips"
    assert smoking["age"] is None
    assert smoking["slope_allowed"] is True
    assert smoking["denominator_may_weight"] is False
    at_birth = frame.filter(pl.col("age") == "at_birth")["indicator"].to_list()
    assert at_birth[:2] == ["life_expectancy_at_birth", "healthy_life_expectancy_at_birth"]
    assert set(frame["age"].drop_nulls()) == {"at_birth", "at_65"}


def test_breakdown_frame_is_keyed_by_dimension_scheme_and_category():
    frame = catalogue.breakdown_frame(KNOWN)
    assert frame.schema == pl.Schema(catalogue.BREAKDOWN_COLUMNS)
    assert frame.height == sum(len(scheme.categories) for scheme in KNOWN.schemes.values())
    assert not frame.select("dimension", "scheme", "category").is_duplicated().any()
    assert frame.select("scheme", "category").is_duplicated().any(), "tenths and fifths share scheme slugs"


def test_what_a_scheme_allows_is_the_same_on_all_its_rows():
    frame = catalogue.breakdown_frame(KNOWN)
    per_scheme = frame.select("dimension", "scheme", "basis", "groups_expected", "measures_allowed").unique()
    assert per_scheme.height == len(KNOWN.schemes)


def test_a_row_says_label_rank_and_whether_it_is_measured():
    frame = catalogue.breakdown_frame(KNOWN).filter(pl.col("scheme") == "nssec_3_plus_never_worked_18_64")
    assert frame["category_rank"].to_list() == [3, 2, 1, None]
    assert frame["use_in_slope"].to_list() == [True, True, True, False]
    assert frame["basis"].to_list() == [None] * 4
    assert frame["gap_pair"][0] == "routine_manual;managerial_professional"
    assert frame["age_label"][0] == "18-64 yrs"
    assert (frame["groups_expected"][0], frame["slope_groups_expected"][0]) == (4, 3)
