"""A missing category is never silent: what measures say where fewer groups, or more, are there than there should be."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.measures import excess_events, gap, slope_index, summary_measures
from tests.unit.measures import law

TENTHS = pl.DataFrame(
    {
        "rank": range(1, 11),
        "population": 1000,
        "value": [70.0, 71, 72, 73, 74, 75, 76, 77, 78, 82],
        "standard_error": 0.5,
    }
)
Measure = Callable[..., pl.DataFrame]
ANSWERS: dict[str, Measure] = {
    "slope_index": slope_index,
    "gap": gap,
    "excess_events": partial(excess_events, favourable=True),
    "summary_measures": partial(summary_measures, favourable=True, ordered=True, measures=["absolute_gap"]),
    "unordered": partial(summary_measures, favourable=True, ordered=False, measures=["mean_difference_from_mean"]),
}
FIGURE = {"slope_index": "slope_index", "gap": "absolute_gap"}
every_measure = pytest.mark.parametrize("name", ANSWERS)


def areas(frame: pl.DataFrame) -> pl.DataFrame:
    """An area that has all tenths, and one whose rows are `frame`."""
    return pl.concat([TENTHS.with_columns(area=pl.lit("a")), frame.with_columns(area=pl.lit("b"))])


@every_measure
def test_the_area_without_its_last_tenth_says_so_and_the_other_does_not(name: str) -> None:
    answer = ANSWERS[name](areas(TENTHS.head(9)), by=["area"], groups_expected=10)
    notes = dict(answer.select("area", "note_code").rows())
    assert notes["b"] == "groups_missing"
    assert notes["a"] != "groups_missing"
    assert answer[FIGURE.get(name, "value")].null_count() == 0


def test_the_slope_of_nine_tenths_is_another_slope_with_the_note() -> None:
    answer = slope_index(areas(TENTHS.head(9)), by=["area"], groups_expected=10)
    assert answer["slope_index"].round(1).to_list() == [11.6, 9.0]
    assert answer["note_code"].to_list() == [None, "groups_missing"]


@every_measure
def test_the_number_may_come_with_the_groups(name: str) -> None:
    """As a column it may differ: tenths of one area, and fifths of another of which one is missing."""
    frame = pl.concat(
        [
            TENTHS.with_columns(area=pl.lit("a"), groups_expected=10),
            TENTHS.head(4).with_columns(area=pl.lit("b"), groups_expected=5),
        ]
    )
    answer = ANSWERS[name](frame, by=["area"])
    missing = answer.filter(pl.col("note_code") == "groups_missing")
    assert missing["area"].unique().to_list() == ["b"]


@every_measure
def test_more_groups_than_there_should_be_are_refused(name: str) -> None:
    answer = ANSWERS[name](areas(TENTHS.head(8)), by=["area"], groups_expected=9)
    notes = dict(answer.select("area", "note_code").rows())
    assert notes == {"a": "bad_groups_expected", "b": "groups_missing"}


@every_measure
@pytest.mark.parametrize("bad", [0, 2.5, "10", True])
def test_a_number_that_is_none_is_refused_in_a_sentence(name: str, bad: object) -> None:
    with pytest.raises(ValueError, match="groups_expected must be a whole number of at least") as refusal:
        ANSWERS[name](TENTHS, by=[], groups_expected=bad)
    assert str(refusal.value).endswith(".")


@law
@given(st.sets(st.integers(0, 9), min_size=3, max_size=10))
def test_the_note_is_there_exactly_where_a_group_is_not(kept: set[int]) -> None:
    frame = TENTHS[sorted(kept)]
    for name, measure in ANSWERS.items():
        told, untold = (measure(frame, by=[], **{"groups_expected": 10} if say else {}) for say in (True, False))
        assert (told["note_code"][0] == "groups_missing") is (len(kept) < 10), name
        figures = pl.all().exclude("note_code")
        assert told.select(figures).equals(untold.select(figures)), name
