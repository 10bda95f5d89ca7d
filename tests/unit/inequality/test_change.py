"""Is the gap closing: two verdicts, only between periods that share no day, across a break only if it is small."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
import pytest

from pipelines.inequality.change import CHANGE, change_rows
from pipelines.inequality.contract import GROUP, MEASURE
from tests.unit.inequality.made import comparison, gradient, indicator, rows_of


def series(*years: int, length: int = 1, spread: tuple[float, ...] = (), **others: object) -> pl.DataFrame:
    """The gradient of each period, ending in `years`, its values `spread` times as far from 50."""
    parts = [
        gradient(
            tuple(50 + wide * step for step in (-20, -10, 0, 10, 20)),
            period=str(year),
            period_length=f"{length}y",
            period_start=date(year - length + 1, 1, 1),
            period_end=date(year, 12, 31),
            **others,
        )
        for year, wide in zip(years, spread or [1.0] * len(years), strict=True)
    ]
    return pl.concat(parts)


NO_SLOPES = pl.DataFrame(
    schema={
        **{name: MEASURE[name] for name in GROUP if name != "basis"},
        **{name: MEASURE[name] for name in ("value", "value_lower", "value_upper", "unit", "note_code", "is_modelled")},
    }
)
"""`core.published_slope` without a row."""


def changes(groups: pl.DataFrame, measure: str = "slope_index") -> pl.DataFrame:
    rows = change_rows(rows_of(groups, indicator()), NO_SLOPES)
    assert rows.schema == pl.Schema(CHANGE)
    return rows.filter(pl.col("measure") == measure)


def change(groups: pl.DataFrame) -> dict[str, Any]:
    """The only change of the slope index there is."""
    return changes(groups).row(0, named=True)


def test_a_halved_slope_is_narrowing_in_both_terms() -> None:
    row = changes(series(2018, 2019, spread=(1.0, 0.5))).row(0, named=True)
    assert (row["period_from"], row["period_to"], row["is_first_to_last"]) == ("2018", "2019", True)
    assert (row["value_from"], row["value_to"], row["difference"]) == pytest.approx((50, 25, -25))
    # From 75 / 25 to 62.5 / 37.5.
    assert (row["relative_from"], row["relative_to"]) == pytest.approx((3, 62.5 / 37.5))
    assert (row["verdict_absolute"], row["verdict_relative"]) == ("narrowing", "narrowing")
    assert row["probability_narrowing_absolute"] == pytest.approx(1)
    # Both periods' half-widths are sqrt(2.5), so the difference's is sqrt(5).
    assert row["difference_upper"] - row["difference"] == pytest.approx(5**0.5, rel=1e-6)


def test_the_terms_may_disagree() -> None:
    """All levels fall by 20: the slope stays, the ratio of the ends grows from 3 to 11."""
    later = series(2019).with_columns(pl.col("value", "value_lower", "value_upper") - 20)
    row = changes(pl.concat([series(2018), later])).row(0, named=True)
    assert (row["verdict_absolute"], row["verdict_relative"]) == ("no clear change", "widening")


def test_rolling_periods_are_compared_every_third_year() -> None:
    rows = changes(series(2014, 2015, 2016, 2017, 2018, 2019, 2020, length=3))
    chosen = rows.filter(pl.col("is_consecutive") | pl.col("is_first_to_last"))
    assert chosen.select("period_from", "period_to", "is_first_to_last").rows() == [
        ("2014", "2017", False),
        ("2014", "2020", True),
        ("2017", "2020", False),
    ]


def test_any_two_periods_without_a_day_in_common_have_a_row() -> None:
    rows = changes(series(2014, 2015, 2016, 2017, 2018, length=3))
    assert rows.select("period_from", "period_to", "is_consecutive").rows() == [
        ("2014", "2017", False),
        ("2014", "2018", False),
        ("2015", "2018", True),
    ]


def test_without_limits_nothing_can_be_tested() -> None:
    row = changes(series(2018, 2019, spread=(1.0, 0.5), half_width=None)).row(0, named=True)
    assert (row["verdict_absolute"], row["verdict_relative"]) == ("cannot_be_tested", "cannot_be_tested")
    assert row["note_code"] == "no_published_limits"
    assert (row["difference"], row["difference_lower"]) == (pytest.approx(-25), None)


def missing_by(*misses: float, spread: tuple[float, ...]) -> dict[str, Any]:
    """Two periods whose mean of 50 misses the published total by so much."""
    totals = dict(zip(("2018", "2019"), (50 - miss for miss in misses), strict=True))
    return change(
        series(2018, 2019, spread=spread).with_columns(
            published_total=pl.col("period").replace_strict(totals, return_dtype=pl.Float64)
        )
    )


def test_a_steady_miss_accounts_for_nothing() -> None:
    """The slope falls from 50 to 25, half-width sqrt(5); the means miss by 0.6 and 0.7."""
    row = missing_by(0.6, 0.7, spread=(1.0, 0.5))
    assert (row["verdict_absolute"], row["verdict_relative"]) == ("narrowing", "narrowing")
    assert (row["series_break"], row["caution"], row["note_code"]) == (True, "series_break", None)
    assert row["break_shift"] == pytest.approx(0.1)
    assert row["difference_lower_with_break"] == pytest.approx(row["difference_lower"] - 0.1)
    assert row["difference_upper_with_break"] == pytest.approx(row["difference_upper"] + 0.1)
    # A shift of 0.1 of the smaller fitted end, 2 x 50 / (1 + 3) = 25: the ratio may be out by 0.4%.
    assert row["relative_change_upper_with_break"] == pytest.approx(row["relative_change_upper"] * 1.004)


def test_a_break_that_could_account_for_the_change_refuses_the_verdict() -> None:
    """From 50 to 46 with a half-width of sqrt(5) = 2.24: 1.76 is left beside chance, and the means differ by 2."""
    row = missing_by(0.0, 2.0, spread=(1.0, 0.92))
    assert (row["verdict_absolute"], row["caution"], row["note_code"]) == ("cannot_be_tested", None, "series_break")
    assert row["probability_narrowing_absolute"] is None
    assert (row["difference"], row["break_shift"]) == (pytest.approx(-4), pytest.approx(2))
    assert row["difference_upper_with_break"] > 0
    smaller = missing_by(0.0, 1.5, spread=(1.0, 0.92))
    assert (smaller["verdict_absolute"], smaller["caution"]) == ("narrowing", "series_break")


def test_no_clear_change_is_said_where_a_break_leaves_less_open_than_chance() -> None:
    assert missing_by(0.0, 2.0, spread=(1.0, 1.0))["verdict_absolute"] == "no clear change"
    assert missing_by(0.0, 2.5, spread=(1.0, 1.0))["verdict_absolute"] == "cannot_be_tested"


def test_a_mean_that_is_off_between_the_two_periods_is_no_break_of_theirs() -> None:
    groups = series(2018, 2019, 2020).with_columns(
        published_total=pl.when(pl.col("period") == "2019").then(pl.lit(60.0)).otherwise(pl.lit(50.0))
    )
    breaks = {(row["period_from"], row["period_to"]): row["series_break"] for row in changes(groups).to_dicts()}
    assert breaks == {("2018", "2019"): True, ("2019", "2020"): True, ("2018", "2020"): False}


def recomposed(moved: float, *, spread: tuple[float, ...], total: float | None = None) -> dict[str, Any]:
    """Two periods, before the later of which a share of `moved` changed groups: two fifths of 0.2, so 10 x `moved`."""
    return change(
        series(2018, 2019, spread=spread, published_total=total).with_columns(
            share_moved=pl.when((pl.col("period") == "2019") & pl.col("category").is_in(["most", "least"])).then(
                pl.lit(moved)
            )
        )
    )


def test_people_who_changed_groups_could_account_for_their_part_of_the_gap() -> None:
    """Without a total, 2% of all people in two fifths: a fifth of the larger gap of 50, of a fall of 25."""
    row = recomposed(0.02, spread=(1.0, 0.5))
    assert row["break_shift"] == pytest.approx(10)
    assert (row["verdict_absolute"], row["caution"]) == ("narrowing", "series_break")
    assert row["break_reason"] == "2019: a group's share of respondents moved by 2.0 points"
    assert recomposed(0.05, spread=(1.0, 0.5))["verdict_absolute"] == "cannot_be_tested"


def test_new_groups_whose_mean_is_still_the_total_account_for_nothing() -> None:
    row = recomposed(0.05, spread=(1.0, 0.5), total=50.0)
    assert (row["verdict_absolute"], row["break_shift"]) == ("narrowing", 0.0)


def test_nobody_knows_what_groups_without_shares_account_for() -> None:
    row = change(
        series(2018, 2019, spread=(1.0, 0.5), published_share=None).with_columns(
            share_moved=pl.when(pl.col("period") == "2019").then(pl.lit(0.05))
        )
    )
    assert (row["verdict_absolute"], row["break_shift"], row["note_code"]) == ("cannot_be_tested", None, "series_break")


def test_another_method_could_account_for_what_the_mean_moved() -> None:
    """All values fall by 10 and the slope from 50 to 25: the method may have taken 10 of the 25."""
    later = series(2019, spread=(0.5,)).with_columns(
        pl.col("value", "value_lower", "value_upper") - 10, method_changed=pl.lit(value=True)
    )
    row = change(pl.concat([series(2018), later]))
    assert (row["verdict_absolute"], row["break_shift"], row["caution"]) == (
        "narrowing",
        pytest.approx(10),
        "series_break",
    )


def test_what_broke_before_the_first_period_is_no_break_of_the_change() -> None:
    groups = series(2018, 2019, 2020).with_columns(
        share_moved=pl.when(pl.col("period") == "2019").then(pl.lit(0.05)).otherwise(pl.lit(0.0))
    )
    rows = {(row["period_from"], row["period_to"]): row for row in changes(groups).iter_rows(named=True)}
    assert rows["2018", "2020"]["series_break"]
    assert not rows["2019", "2020"]["series_break"]


def published(*values: float, **others: object) -> pl.DataFrame:
    """`core.published_slope`: a slope index of one area in each year from 2018 on."""
    years = range(2018, 2018 + len(values))
    return pl.DataFrame(
        {
            **dict.fromkeys(NO_SLOPES.columns),
            "indicator": "slope_index_of_made",
            "area_code": "E1",
            "period": [str(year) for year in years],
            "period_length": "1y",
            "period_start": [date(year, 1, 1) for year in years],
            "period_end": [date(year, 12, 31) for year in years],
            "sex": "female",
            "age": "at_birth",
            "dimension": "total",
            "scheme": "total",
            "value": values,
            "unit": "years",
            "is_modelled": False,
            **others,
        },
        schema_overrides=dict(NO_SLOPES.schema),
    )


def test_a_slope_as_published_has_its_row_and_says_why_it_cannot_be_tested() -> None:
    row = change_rows(rows_of(gradient().clear(), indicator()), published(8.0, 9.0)).row(0, named=True)
    assert (row["measure"], row["groups_from"], row["difference"]) == ("slope_index", "published_slope", 1.0)
    assert (row["verdict_absolute"], row["note_code"]) == ("cannot_be_tested", "no_published_limits")
    assert (row["relative_from"], row["verdict_relative"]) == (None, "cannot_be_tested")


def test_a_slope_as_published_with_limits_is_tested() -> None:
    slopes = published(8.0, 9.0, value_lower=[7.8, 8.8], value_upper=[8.2, 9.2])
    (row,) = change_rows(rows_of(gradient().clear(), indicator()), slopes).to_dicts()
    assert (row["verdict_absolute"], row["caution"]) == ("widening", None)


def test_rough_limits_of_either_period_are_a_caution() -> None:
    rows = rows_of(series(2018, 2019, spread=(1.0, 0.5)), indicator()).with_columns(
        limits_are_rough=(pl.col("period") == "2018") & (pl.col("measure") == "relative_index")
    )
    (row,) = change_rows(rows, NO_SLOPES).filter(pl.col("measure") == "slope_index").to_dicts()
    assert (row["verdict_relative"], row["caution"]) == ("narrowing", "rough_limits")


def of_two(column: str, first: object, last: object) -> object:
    """A column of the change between two periods, whose measures say `first` and `last` there."""
    rows = rows_of(series(2018, 2019), indicator()).with_columns(
        pl.when(pl.col("period") == "2018").then(pl.lit(first)).otherwise(pl.lit(last)).alias(column)
    )
    (row,) = change_rows(rows, NO_SLOPES).filter(pl.col("measure") == "slope_index").iter_rows(named=True)
    return row[column]


@pytest.mark.parametrize(
    ("first", "last", "worse"), [("A", "A", "A"), ("A", "C", "C"), ("C", "A", "C"), ("B", "D", "D"), ("D", "B", "D")]
)
def test_a_change_has_the_grade_of_its_worse_end(first: str, last: str, worse: str) -> None:
    assert of_two("grade", first, last) == worse


@pytest.mark.parametrize(
    ("first", "last", "either"), [(False, False, False), (True, False, True), (False, True, True), (True, True, True)]
)
def test_a_change_is_modelled_where_either_end_is(first: bool, last: bool, either: bool) -> None:
    assert of_two("is_modelled", first, last) is either


def test_an_undefined_ratio_leaves_the_absolute_verdict() -> None:
    shifted = series(2018, 2019, spread=(1.0, 0.5)).with_columns(pl.col("value", "value_lower", "value_upper") - 50)
    row = changes(shifted).row(0, named=True)
    assert (row["verdict_absolute"], row["verdict_relative"]) == ("narrowing", "cannot_be_tested")
    assert row["relative_from"] is None


def test_the_largest_of_many_differences_is_never_compared() -> None:
    groups = pl.concat([comparison(period=year, period_start=date(int(year), 1, 1)) for year in ("2018", "2019")])
    rows = rows_of(
        gradient().clear(), indicator(), groups.with_columns(period_end=pl.col("period_start").dt.month_end())
    )
    assert rows.filter(measure="absolute_gap").height == 2
    assert change_rows(rows, NO_SLOPES).height == 0


def test_areas_are_not_compared_with_each_other() -> None:
    groups = pl.concat([series(2018), series(2019, area_code="E2")])
    assert changes(groups).height == 0


def test_no_measures_make_an_empty_table() -> None:
    assert changes(series(2018).clear()).height == 0
