"""From groups to MEASURE rows: orientation, scale, what is refused, breaks and grades."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from pipelines.inequality.contract import MEASURE
from pipelines.inequality.grade import GOOD
from tests.unit.inequality.made import (
    ALL_MEASURES,
    FALLING,
    RISING,
    gradient,
    indicator,
    measured,
    rows_of,
    values,
)


@pytest.mark.parametrize(
    ("polarity", "groups", "expected"),
    [
        ("higher_is_better", RISING, (50, 3, 40, 7 / 3)),
        ("higher_is_better", FALLING, (-50, 1 / 3, -40, 3 / 7)),
        ("lower_is_better", FALLING, (50, 3, 40, 7 / 3)),
        ("lower_is_better", RISING, (-50, 1 / 3, -40, 3 / 7)),
        ("neutral", FALLING, (50, 3, 40, 7 / 3)),
        ("neutral", RISING, (-50, 1 / 3, -40, 3 / 7)),
    ],
)
def test_positive_and_above_1_mean_worse_for_the_disadvantaged(
    polarity: str, groups: tuple[float, ...], expected: tuple[float, ...]
) -> None:
    """Neutral is most minus least deprived."""
    assert values(measured(gradient(groups), indicator(polarity=polarity))) == pytest.approx(expected)


def test_limits_are_those_of_the_hand_computed_sums() -> None:
    """Slope: weights 2.5 x (-0.4, -0.2, 0, 0.2, 0.4), so its half-width is sqrt(2.5) of one group's; gap: sqrt(2)."""
    rows = measured(gradient())
    slope, gap = rows["slope_index"], rows["absolute_gap"]
    assert (slope["value_lower"], slope["value_upper"]) == pytest.approx((50 - 2.5**0.5, 50 + 2.5**0.5), rel=1e-6)
    assert (gap["value_lower"], gap["value_upper"]) == pytest.approx((40 - 2**0.5, 40 + 2**0.5), rel=1e-6)
    assert {row["confidence"] for row in rows.values()} == {0.95}


@pytest.mark.parametrize("polarity", ["higher_is_better", "lower_is_better", "neutral"])
def test_limits_stay_in_order_whichever_way_is_worse(polarity: str) -> None:
    for row in measured(gradient(), indicator(polarity=polarity)).values():
        assert row["value_lower"] < row["value"] < row["value_upper"]  # type: ignore[operator]


def test_fitted_ends_and_mean_stay_in_the_published_unit_and_unturned() -> None:
    for polarity in ("higher_is_better", "lower_is_better"):
        slope = measured(gradient(), indicator(polarity=polarity))["slope_index"]
        assert (slope["fitted_most"], slope["fitted_least"], slope["mean_of_groups"]) == pytest.approx((25, 75, 50))
        assert measured(gradient(), indicator(polarity=polarity))["absolute_gap"]["fitted_most"] is None


def test_scale_changes_no_number() -> None:
    plain = measured(gradient(), indicator(unit="%"))
    scaled = measured(gradient(), indicator(scale=100.0, unit="%"))
    for name in ALL_MEASURES.split(";"):
        for column in ("value", "value_lower", "value_upper", "fitted_most", "mean_of_groups"):
            assert scaled[name][column] == pytest.approx(plain[name][column]), (name, column)


def test_populations_weigh_the_slope_and_not_the_gap() -> None:
    """Half the people in the most deprived fifth: mean 30/2 + 55/2 = 42.5."""
    rows = measured(gradient(population=[4000.0, 1000.0, 1000.0, 1000.0, 1000.0]))
    assert rows["slope_index"]["mean_of_groups"] == pytest.approx(42.5)
    assert rows["slope_index"]["value"] != pytest.approx(50)
    assert rows["absolute_gap"]["value"] == pytest.approx(40)


def test_units() -> None:
    years, percent = measured(gradient()), measured(gradient(), indicator(unit="%", scale=100.0, kind="proportion"))
    assert [years[name]["unit"] for name in ALL_MEASURES.split(";")] == ["years", "ratio", "years", "ratio"]
    assert percent["slope_index"]["unit"] == percent["absolute_gap"]["unit"] == "percentage points"
    assert percent["relative_index"]["unit"] == "ratio"


def test_what_a_row_says_of_its_gradient() -> None:
    row = measured(gradient(is_modelled=[False, False, True, False, False]))["slope_index"]
    assert (row["group_count"], row["groups_expected"], row["reference_category"]) == (5, 5, "least")
    assert (row["weighting"], row["population_reference"]) == ("population_of_groups", "Census 2021")
    assert (row["transform"], row["is_modelled"], row["series_break"]) == ("none", True, False)
    assert (row["period_start"], row["period_end"], row["basis"]) == (
        date(2018, 1, 1),
        date(2018, 12, 31),
        "neighbourhoods_national",
    )


def test_the_ends_are_the_first_and_last_rank_whatever_the_row_order() -> None:
    row = measured(gradient().reverse())["absolute_gap"]
    assert (row["compared_category"], row["reference_category"], row["value"]) == ("most", "least", pytest.approx(40))


def test_a_scheme_without_a_basis_keeps_its_measures() -> None:
    rows = measured(gradient().with_columns(basis=pl.lit(None, dtype=pl.String)))
    assert values(rows) == pytest.approx((50, 3, 40, 7 / 3))
    assert rows["slope_index"]["grade"] == "A"


def test_true_weights_and_limits_are_grade_a() -> None:
    rows = measured(gradient())
    assert (rows["slope_index"]["grade"], rows["relative_index"]["grade"]) == ("A", "A")
    assert rows["slope_index"]["grade_reason"] == GOOD


@pytest.mark.parametrize(("half_width", "precision"), [(1.0, "high"), (9.0, "moderate"), (40.0, "low")])
def test_how_much_the_interval_leaves_open_is_no_part_of_the_grade(half_width: float, precision: str) -> None:
    """A slope of 50 with half-widths of 1.6, 14 and 63: the last holds 0, and nothing is found."""
    row = measured(gradient(half_width=half_width))["slope_index"]
    assert (row["precision"], row["grade"]) == (precision, "A")


def test_a_ratio_is_unclear_where_its_interval_holds_one() -> None:
    row = measured(gradient((50.0, 50.2, 49.9, 50.3, 50.1), half_width=3.0))["relative_index"]
    assert row["value_lower"] < 1 < row["value_upper"]
    assert row["precision"] == "low"


def test_a_gap_sees_two_groups_and_is_grade_b_at_best() -> None:
    rows = measured(gradient())
    assert (rows["absolute_gap"]["grade"], rows["relative_gap"]["grade"]) == ("B", "B")
    assert rows["absolute_gap"]["grade_reason"] == "a gap looks at the two end groups only"


def test_equal_shares_are_grade_b_for_what_is_weighted() -> None:
    rows = measured(gradient(weighting="equal_shares", population_reference=None))
    assert {row["grade"] for row in rows.values()} == {"B"}
    assert rows["slope_index"]["grade_reason"] == "equal shares, the populations of the groups are not published"


def test_without_limits_no_interval_and_grade_c() -> None:
    rows = measured(gradient(half_width=None))
    assert values(rows) == pytest.approx((50, 3, 40, 7 / 3))
    for row in rows.values():
        assert (row["value_lower"], row["value_upper"], row["interval_method"], row["grade"]) == (
            None,
            None,
            "none",
            "C",
        )
        assert str(row["grade_reason"]).startswith("no published limits, so no interval and no verdict")


def test_one_group_without_limits_takes_the_interval_of_all() -> None:
    row = measured(gradient(value_lower=[29.0, 39.0, None, 59.0, 69.0], value_upper=[31.0, 41.0, None, 61.0, 71.0]))
    assert row["slope_index"]["value"] == pytest.approx(50)
    assert (row["slope_index"]["value_lower"], row["slope_index"]["note_code"]) == (None, "incomplete_limits")
    assert (row["slope_index"]["grade"], row["slope_index"]["grade_reason"]) == ("C", "no interval: incomplete limits")


def test_a_standard_error_is_uncertainty_enough() -> None:
    row = measured(gradient(half_width=None, standard_error=1 / 1.959964))["slope_index"]
    assert row["value_lower"] == pytest.approx(50 - 2.5**0.5, rel=1e-6)
    assert row["grade"] == "A"


@pytest.mark.parametrize(("half_width", "standard_error"), [(6 * 1.959964, None), (None, 6.0)], ids=["limits", "error"])
def test_an_unstable_ratio_is_said_of_the_ratio_alone(half_width: float | None, standard_error: float | None) -> None:
    """From 10 to 50 the line starts at 5, which is less than 1.96 of its own standard errors from 0."""
    rows = measured(gradient((10.0, 20.0, 30.0, 40.0, 50.0), half_width=half_width, standard_error=standard_error))
    slope, ratio = rows["slope_index"], rows["relative_index"]
    assert (slope["value"], slope["note_code"], slope["grade"]) == (pytest.approx(50), None, "A")
    assert (ratio["value"], ratio["value_lower"]) == (pytest.approx(11), None)
    assert (ratio["note_code"], ratio["grade"]) == ("relative_index_unstable", "C")
    assert ratio["grade_reason"] == "no interval: relative index unstable"


def test_an_undefined_ratio_has_no_number_and_says_why() -> None:
    rows = measured(gradient((-10.0, 0.0, 10.0, 20.0, 30.0)))
    assert rows["slope_index"]["value"] == pytest.approx(50)
    assert (rows["absolute_gap"]["note_code"], rows["slope_index"]["note_code"]) == (None, None)
    for name in ("relative_index", "relative_gap"):
        assert (rows[name]["value"], rows[name]["grade"]) == (None, "D")
        assert rows[name]["note_code"] == f"{name}_undefined"
        assert rows[name]["grade_reason"] == f"no number: {name.replace('_', ' ')} undefined"


@pytest.mark.parametrize("basis", ["whole_areas_published", "whole_areas_derived"])
def test_whole_areas_never_grade_above_c(basis: str) -> None:
    for row in measured(gradient(basis=basis)).values():
        assert row["grade"] == "C"
        assert str(row["grade_reason"]).startswith("groups are whole areas")
        assert row["value_lower"] is not None


@pytest.mark.parametrize(
    ("areas_missing", "people_covered", "grade", "note"),
    [(23, 0.66, "D", "people_missing"), (23, 0.95, "C", "people_missing"), (1, 0.85, "D", "people_missing"),
     (0, 1.0, "C", None)],
)  # fmt: skip
def test_coverage_is_graded_by_people_and_not_by_areas(
    areas_missing: int, people_covered: float, grade: str, note: str | None
) -> None:
    """Of 153 authorities, 15% without a value may hold 5% of people, and a single one 15%."""
    row = measured(
        gradient(
            basis="whole_areas_derived",
            areas_expected=153,
            areas_missing=areas_missing,
            missing_areas="Kent; Essex",
            people_covered=people_covered,
        )
    )["slope_index"]
    assert (row["grade"], row["note_code"], row["people_covered"]) == (grade, note, people_covered)
    if people_covered == 0.66:
        assert str(row["grade_reason"]).startswith(
            "23 of 153 areas, where 34% of people live, have no value: Kent, Essex; groups are whole areas"
        )


def test_every_reason_that_holds_is_given() -> None:
    row = measured(gradient(half_width=None, basis="whole_areas_derived", weighting="equal_shares"))["slope_index"]
    reasons = str(row["grade_reason"]).split("; ")
    assert [reason.split(",")[0] for reason in reasons] == [
        "groups are whole areas",
        "no published limits",
        "values rounded to 0.1 alone move a slope over tenths by about 0.06",
        "equal shares",
    ]


def test_a_missing_group_takes_every_number_and_says_so() -> None:
    rows = measured(gradient((30.0, 40.0, 50.0, 60.0)))
    assert set(rows) == set(ALL_MEASURES.split(";"))
    for row in rows.values():
        assert (row["value"], row["value_lower"], row["value_upper"]) == (None, None, None)
        assert (row["fitted_most"], row["mean_of_groups"]) == (None, None)
        assert (row["note_code"], row["grade"], row["interval_method"]) == ("groups_missing", "D", "none")
        assert (row["group_count"], row["groups_expected"]) == (4, 5)
        assert row["grade_reason"] == "no number: groups missing"


def test_a_suppressed_group_takes_every_number() -> None:
    for row in measured(gradient((30.0, None, 50.0, 60.0, 70.0))).values():
        assert (row["value"], row["note_code"], row["grade"]) == (None, "missing_value", "D")


def test_without_weights_there_is_a_gap_and_no_slope() -> None:
    rows = measured(gradient(weighting="none", population=None))
    for name in ("slope_index", "relative_index"):
        assert (rows[name]["value"], rows[name]["note_code"]) == (None, "no_population_weights")
    assert rows["absolute_gap"]["value"] == pytest.approx(40)
    assert rows["absolute_gap"]["grade"] == "B"


def test_only_what_the_scheme_allows_is_published() -> None:
    assert set(measured(gradient(measures_allowed="absolute_gap;relative_gap"))) == {"absolute_gap", "relative_gap"}
    assert set(measured(gradient(measures_allowed="none"))) == set()


@pytest.mark.parametrize(
    ("half_width", "kind", "slope_is_rough", "ratio_is_rough"),
    [
        # The smallest fifth of 30: as a rate (30 / error)^2 events, as a proportion 0.7 of these.
        (10.0, "rate", False, False),
        (14.0, "rate", True, True),
        (10.0, "proportion", False, True),
        (9.0, "proportion", False, False),
        (25.0, "proportion", True, True),
        (25.0, "mean", False, False),
    ],
)
def test_limits_that_rest_on_few_events_are_rough(
    half_width: float, kind: str, slope_is_rough: bool, ratio_is_rough: bool
) -> None:
    rows = measured(gradient(half_width=half_width), indicator(scale=100.0, unit="%", kind=kind))
    assert rows["slope_index"]["limits_are_rough"] is slope_is_rough
    assert rows["relative_gap"]["limits_are_rough"] is ratio_is_rough
    assert (rows["slope_index"]["note_code"] == "rough_limits") is slope_is_rough


def test_a_row_without_limits_has_none_that_are_rough() -> None:
    assert measured(gradient(half_width=None))["slope_index"]["limits_are_rough"] is False


@pytest.mark.parametrize(("polarity", "published"), [("neutral", False), ("lower_is_better", True)])
def test_what_is_neither_better_nor_worse_has_nothing_to_gain(polarity: str, published: bool) -> None:
    attributable = ("population_attributable_risk", "population_attributable_fraction", "excess_events")
    groups = gradient(FALLING, measures_allowed=f"{ALL_MEASURES};{';'.join(attributable)}")
    rows = measured(groups, indicator(polarity=polarity, scale=100.0, unit="%", kind="proportion"))
    assert set(ALL_MEASURES.split(";")) <= rows.keys()
    assert [name in rows for name in attributable] == [published] * 3
    if published:
        # All 50 on average, the least deprived fifth 30.
        assert (rows[attributable[0]]["value"], rows[attributable[0]]["mean_of_groups"]) == pytest.approx((20, 50))


@pytest.mark.parametrize(("moved", "broken"), [(0.011, True), (0.009, False), (None, False)])
def test_a_group_whose_share_moves_breaks_the_series(moved: float | None, broken: bool) -> None:
    rows = measured(gradient(share_moved=[0.0, 0.001, moved, 0.0, 0.0]))
    assert {row["series_break"] for row in rows.values()} == {broken}
    assert rows["slope_index"]["grade"] == ("B" if broken else "A")


def test_another_method_of_the_publisher_breaks_the_series() -> None:
    row = measured(gradient(method_changed=True))["slope_index"]
    assert (row["series_break"], row["method_changed"], row["grade"]) == (True, True, "B")
    assert row["break_reason"] == "its publisher has another method from this period on"
    assert measured(gradient())["slope_index"]["method_changed"] is False


def test_a_slope_of_modelled_estimates_says_why_it_has_one() -> None:
    about = indicator(because="its publisher gives one")
    row = measured(gradient(is_model_estimate=True), about)["slope_index"]
    assert row["grade"] == "B"
    assert str(row["grade_reason"]).endswith("this one does because its publisher gives one")
    assert measured(gradient(), about)["slope_index"]["grade"] == "A"


@pytest.mark.parametrize(("total", "broken"), [(50.6, True), (49.4, True), (50.4, False), (None, False)])
def test_a_mean_that_misses_the_published_total_breaks_the_series(total: float | None, broken: bool) -> None:
    rows = measured(gradient(published_total=total))
    assert rows["slope_index"]["published_total"] == total
    for row in rows.values():
        assert row["series_break"] is broken


def test_a_break_is_given_as_a_reason() -> None:
    row = measured(gradient(published_total=60.0))["slope_index"]
    assert row["break_reason"] == "the mean of the groups (50.0) misses the published total (60.0)"
    assert (row["grade"], row["grade_reason"]) == ("B", f"the series breaks here: {row['break_reason']}")


def test_a_suppressed_group_is_not_called_missing() -> None:
    groups = gradient((None, 40.0, 50.0, 60.0, 70.0), note_code=["suppressed_small_count", None, None, None, None])
    assert measured(groups)["slope_index"]["note_code"] == "group_suppressed"


@pytest.mark.parametrize(
    ("value", "lower", "upper", "expected"), [(2.0, 0.0, 5.0, (-1.0, 5.0)), (98.0, 95.0, 100.0, (95.0, 101.0))]
)
def test_a_limit_at_the_end_of_the_scale_takes_the_other_half_width(
    value: float, lower: float, upper: float, expected: tuple[float, float]
) -> None:
    """Half-widths 3 at one end and 1 at the other: sqrt(10) for the gap."""
    groups = gradient(
        (value, 40.0, 50.0, 60.0, 50.0),
        value_lower=[lower, 39.0, 49.0, 59.0, 49.0],
        value_upper=[upper, 41.0, 51.0, 61.0, 51.0],
    )
    row = measured(groups, indicator(scale=100.0, unit="%", kind="proportion"))["absolute_gap"]
    assert row["note_code"] == "limit_truncated"
    assert row["value_upper"] - row["value"] == pytest.approx(10**0.5, rel=1e-6)  # type: ignore[operator]
    as_given = groups.with_columns(
        value_lower=pl.when(pl.col("category_rank") == 1).then(expected[0]).otherwise("value_lower"),
        value_upper=pl.when(pl.col("category_rank") == 1).then(expected[1]).otherwise("value_upper"),
    )
    mean = measured(as_given, indicator(unit="%", kind="mean"))["absolute_gap"]
    assert (row["value_lower"], row["value_upper"]) == pytest.approx((mean["value_lower"], mean["value_upper"]))


def test_a_limit_beyond_100_is_an_honest_one_of_what_can_pass_100() -> None:
    """Half-widths 1 and 3 at an uptake of 99%: the upper one stands, and nothing is called truncated."""
    groups = gradient(
        (60.0, 70.0, 80.0, 90.0, 99.0),
        value_lower=[59.0, 69.0, 79.0, 89.0, 98.0],
        value_upper=[61.0, 71.0, 81.0, 91.0, 102.0],
    )
    row = measured(groups, indicator(scale=100.0, unit="%", kind="proportion", can_exceed_100=True))["absolute_gap"]
    assert row["note_code"] is None
    assert row["value_upper"] - row["value"] == pytest.approx(5**0.5, rel=1e-6)  # type: ignore[operator]


def test_a_limit_beyond_0_is_none_for_what_may_be_negative() -> None:
    row = measured(gradient((0.5, 40.0, 50.0, 60.0, 70.0)))["absolute_gap"]
    assert row["note_code"] is None


def test_gradients_of_several_indicators_and_areas_do_not_mix() -> None:
    groups = pl.concat(
        [
            gradient(),
            gradient(FALLING, area_code="E2"),
            gradient(FALLING, indicator="smoking"),
            gradient((30.0, 40.0, 50.0, 60.0), area_code="E3"),
        ]
    )
    about = pl.concat([indicator(), indicator(slug="smoking", polarity="lower_is_better", scale=100.0, unit="%")])
    rows = rows_of(groups, about)
    slopes = rows.filter(measure="slope_index").select("indicator", "area_code", "value").rows()
    assert [(slug, area) for slug, area, _ in slopes] == [
        ("made", "E1"),
        ("made", "E2"),
        ("made", "E3"),
        ("smoking", "E1"),
    ]
    assert [value for *_, value in slopes] == [pytest.approx(50), pytest.approx(-50), None, pytest.approx(50)]
    assert rows.height == 16
    assert rows_of(groups.reverse(), about.reverse()).equals(rows)


def test_no_gradient_gives_an_empty_table_with_the_columns() -> None:
    rows = rows_of(gradient().clear(), indicator())
    assert (rows.height, rows.schema) == (0, pl.Schema(MEASURE))


def test_a_concentration_index_takes_its_limits_from_the_published_ones() -> None:
    """Fifths: k = 2 (0.2)(0.16 + 0.04 + 0 + 0.04 + 0.16) = 0.16, so the index is 8, its half-width 0.16 sqrt(2.5)."""
    rows = measured(gradient(measures_allowed="absolute_concentration_index;relative_concentration_index"))
    absolute, relative = rows["absolute_concentration_index"], rows["relative_concentration_index"]
    assert absolute["value"] == pytest.approx(8)
    assert absolute["value_upper"] == pytest.approx(8 + 0.16 * 2.5**0.5, rel=1e-6)
    # 8 over the mean of 50.
    assert relative["value"] == pytest.approx(0.16)
    assert relative["value_lower"] < 0.16 < relative["value_upper"]  # type: ignore[operator]
    without = measured(gradient(half_width=None, measures_allowed="absolute_concentration_index"))
    assert without["absolute_concentration_index"]["value_lower"] is None


def test_a_ranked_scheme_with_a_pair_names_the_ends_of_its_order() -> None:
    row = measured(gradient(pair_place=[1, None, None, None, 2]))["absolute_gap"]
    assert (row["compared_category"], row["reference_category"]) == ("most", "least")
