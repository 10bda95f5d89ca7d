"""Is the gap closing: two verdicts, only between periods that share no day, and never across a break."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from pipelines.inequality.change import CHANGE, change_rows
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


def changes(groups: pl.DataFrame, measure: str = "slope_index") -> pl.DataFrame:
    rows = change_rows(rows_of(groups, indicator()))
    assert rows.schema == pl.Schema(CHANGE)
    return rows.filter(pl.col("measure") == measure)


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
    assert rows.select("period_from", "period_to", "is_first_to_last").rows() == [
        ("2014", "2017", False),
        ("2014", "2020", True),
        ("2017", "2020", False),
    ]


def test_without_limits_nothing_can_be_tested() -> None:
    row = changes(series(2018, 2019, spread=(1.0, 0.5), half_width=None)).row(0, named=True)
    assert (row["verdict_absolute"], row["verdict_relative"]) == ("cannot_be_tested", "cannot_be_tested")
    assert row["note_code"] == "no_published_limits"
    assert (row["difference"], row["difference_lower"]) == (pytest.approx(-25), None)


def test_no_change_is_judged_across_a_break() -> None:
    groups = series(2018, 2019, 2020).with_columns(
        share_moved=pl.when(pl.col("period") == "2019").then(pl.lit(0.05)).otherwise(pl.lit(0.0))
    )
    rows = {(row["period_from"], row["period_to"]): row for row in changes(groups).iter_rows(named=True)}
    assert {pair: row["verdict_absolute"] for pair, row in rows.items()} == {
        ("2018", "2019"): "cannot_be_tested",
        ("2018", "2020"): "cannot_be_tested",
        # Nothing broke after 2019.
        ("2019", "2020"): "no clear change",
    }
    assert rows["2018", "2020"]["series_break"]
    assert rows["2018", "2020"]["break_reason"] == "2019: a group's share of respondents moved by 5.0 points"


def test_a_mean_that_is_off_spoils_the_first_period_too() -> None:
    groups = series(2018, 2019).with_columns(
        published_total=pl.when(pl.col("period") == "2018").then(pl.lit(60.0)).otherwise(pl.lit(50.0))
    )
    row = changes(groups).row(0, named=True)
    assert (row["verdict_absolute"], row["series_break"]) == ("cannot_be_tested", True)


def of_two(column: str, first: object, last: object) -> object:
    """A column of the change between two periods, whose measures say `first` and `last` there."""
    rows = rows_of(series(2018, 2019), indicator()).with_columns(
        pl.when(pl.col("period") == "2018").then(pl.lit(first)).otherwise(pl.lit(last)).alias(column)
    )
    (row,) = change_rows(rows).filter(pl.col("measure") == "slope_index").iter_rows(named=True)
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
    assert change_rows(rows).height == 0


def test_areas_are_not_compared_with_each_other() -> None:
    groups = pl.concat([series(2018), series(2019, area_code="E2")])
    assert changes(groups).height == 0


def test_no_measures_make_an_empty_table() -> None:
    assert changes(series(2018).clear()).height == 0
