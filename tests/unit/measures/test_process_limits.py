"""Process limits of a series: the published figures, each rule by a small example, and laws."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.measures import process_limits
from tests.unit.measures import law


def series(*values: float) -> pl.DataFrame:
    return pl.DataFrame({"period_start": range(len(values)), "value": [float(value) for value in values]})


def causes(*values: float) -> list[tuple[int, str, str]]:
    found = process_limits(series(*values), by=[]).filter(pl.col("special_cause").is_not_null())
    return found.select("period_start", "special_cause", "direction").rows()


@pytest.mark.parametrize(("screened", "limits"), [(True, (1.94, -0.72, 4.60)), (False, (1.94, -3.06, 6.95))])
def test_the_figures_of_the_page_on_deviations_from_excel(screened: bool, limits: tuple[float, ...]):
    page = series(1, 2, 1, 2, 10, *[1, 2] * 6, 1)
    answer = process_limits(page, by=[], screen_ranges=screened)
    assert answer.select("mean", "process_lower", "process_upper").row(0) == pytest.approx(limits, abs=0.005)
    assert answer["note_code"].null_count() == 18


def test_each_rule_marks_its_points():
    noise = [5, 6, 4, 6, 5, 4, 6, 4, 5, 6, 4, 5]
    assert causes(*noise) == []
    assert (12, "outside_limits", "high") in causes(*noise, 20)
    low, high = [5, 4, 5, 4, 5, 4, 5], [6, 7, 6, 7, 6, 7, 6]
    assert {cause for _, cause, _ in causes(*low, *high)} == {"shift"}
    assert [way for _, _, way in causes(*low, *high)] == ["low"] * 7 + ["high"] * 7
    rising = [5, 9, 2, 8, 2, 3, 4, 5, 6, 7, 8, 3, 7, 4]
    assert causes(*rising) == [(place, "trend", "rising") for place in range(4, 11)]
    assert [place for place, cause, _ in causes(*noise, 8.5, 8.5, 5) if cause == "two_of_three"] == [12, 13]


def test_a_series_that_cannot_be_judged_keeps_its_place_and_says_why():
    frame = pl.concat(
        [
            series(1, 2).with_columns(area=pl.lit("a")),
            series(1, 2, 3).with_columns(area=pl.lit("b")),
            series(1, float("nan"), 3).with_columns(area=pl.lit("c")),
            series(1, 2, 3).with_columns(area=pl.lit("d"), period_start=pl.lit(1, pl.Int64)),
            series(0, 1e308, -1e308).with_columns(area=pl.lit("e")),
        ]
    )
    answer = process_limits(frame, by=["area"])
    notes = answer.group_by("area", maintain_order=True).first()["note_code"].to_list()
    assert notes == ["too_few_points", "limits_still_moving", "missing_value", "duplicate_period", "not_computable"]


@law
@given(st.lists(st.integers(0, 50), min_size=12, max_size=40), st.integers(-5, 5), st.randoms())
def test_marks_follow_the_series_when_it_is_moved_or_turned_round(values: list[int], shift: int, random):
    frame = series(*values)
    answer = process_limits(frame, by=[])
    assert process_limits(frame[random.sample(range(len(values)), len(values))], by=[]).equals(answer)
    assert (answer["process_lower"] <= answer["mean"]).all()
    turned = process_limits(frame.with_columns(value=64 - pl.col("value")), by=[])
    # Where the mean is a rounded number, a point may stand on it on one side only.
    if (answer["mean"] * len(values) % 1 == 0).all() and len(values) in (16, 32):
        assert turned["special_cause"].equals(answer["special_cause"])
    moved = process_limits(frame.with_columns(pl.col("period_start") + shift), by=[])
    assert moved.drop("period_start").equals(answer.drop("period_start"))


def test_a_bad_call_is_refused_in_a_sentence():
    for frame, arguments, says in [
        (series(1, 2).drop("value"), {}, "no column"),
        (series(1, 2), {"screen_ranges": 1}, "screen_ranges must be True or False"),
        (series(1, 2).with_columns(period_start=pl.Series(["9", "10"])), {}, "begin with the year"),
    ]:
        with pytest.raises(ValueError, match=says):
            process_limits(frame, by=[], **arguments)
