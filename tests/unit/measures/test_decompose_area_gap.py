"""The gap of an area to England: the same numbers as base and comparator, and causes that one side does not have."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.measures import decompose_area_gap, decompose_life_expectancy_gap, life_expectancy
from tests.unit.measures import slow_law
from tests.unit.measures.bands import AGES, populations


def causes(bands: pl.DataFrame, name: str, heart: float) -> pl.DataFrame:
    """Deaths of two causes, `heart` of 1 of them of the heart."""
    split = [bands.with_columns(cause=pl.lit("heart"), deaths=pl.col("deaths") * heart)]
    split.append(bands.with_columns(cause=pl.lit("other"), deaths=pl.col("deaths") * (1 - heart)))
    return pl.concat(split).with_columns(area=pl.lit(name))


@slow_law
@given(populations(), populations(), st.floats(0.1, 0.9), st.randoms())
def test_it_is_the_gap_between_area_and_reference(town: pl.DataFrame, england: pl.DataFrame, heart: float, random):
    frame = pl.concat([causes(town, "town", heart), causes(england, "England", 0.3)])
    answer = decompose_area_gap(frame, by=[], area="area", reference="England")
    base, other = (
        frame.filter(area=name).rename({"deaths": f"deaths_{side}", "population": f"population_{side}"}).drop("area")
        for name, side in (("town", "base"), ("England", "comparator"))
    )
    expected = decompose_life_expectancy_gap(base.join(other, on=["age_start", "cause"]), by=[])
    assert answer.drop("area").equals(expected)
    ahead = [life_expectancy(part, by=[])["life_expectancy"][0] for part in (town, england)]
    if None not in ahead:
        assert answer["years"].sum() == pytest.approx(ahead[1] - ahead[0], abs=1e-9)
    shuffled = frame[random.sample(range(frame.height), frame.height)]
    assert decompose_area_gap(shuffled, by=[], area="area", reference="England").equals(answer)


def bands(area: str, last: int, **columns: object) -> pl.DataFrame:
    frame = pl.DataFrame({"age_start": AGES, "deaths": [0] * 19 + [last], "population": 1000})
    return frame.with_columns(area=pl.lit(area), **{name: pl.lit(value) for name, value in columns.items()})


def test_a_cause_without_a_row_has_no_deaths():
    town = bands("town", 250, cause="all")
    england = pl.concat([bands("England", 150, cause="all"), bands("England", 50, cause="flu").tail(1)])
    answer = decompose_area_gap(pl.concat([town, england]), by=[], area="area", reference="England")
    last = answer.filter(age_start=90)
    assert last["gap"].to_list() == pytest.approx([1.0, 1.0])
    # Rates per person: all from 0.25 to 0.15, flu from 0 to 0.05; together -0.05 is the year.
    assert last.select("cause", "years").rows() == [("all", pytest.approx(2.0)), ("flu", pytest.approx(-1.0))]


def test_a_group_without_the_reference_says_so():
    frame = pl.concat([bands("town", 250, sex="m"), bands("town", 250, sex="f"), bands("England", 200, sex="f")])
    answer = decompose_area_gap(frame, by=["sex"], area="area", reference="England")
    assert answer.filter(sex="m")["note_code"].unique().to_list() == ["no_reference"]
    assert answer.filter(sex="f")["gap"].to_list() == pytest.approx([1.0] * 20)
    assert answer.filter(sex="f")["note_code"].null_count() == 20


def test_a_bad_call_is_refused_in_a_sentence():
    frame = pl.concat([bands("town", 250), bands("England", 200)])
    for arguments, says in [
        ({"reference": "Wales"}, "reference must name an area"),
        ({"reference": 1}, "reference must name an area"),
        ({"area": "place"}, "no column"),
        ({"method": "ages"}, "method must be"),
        ({"by": "area"}, "by must be a list"),
    ]:
        with pytest.raises(ValueError, match=says):
            decompose_area_gap(frame, **{"by": [], "area": "area", "reference": "England", **arguments})
