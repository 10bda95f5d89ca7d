"""Funnel limits and significance."""

import math

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.measures import funnel_limits, funnel_significance
from tests.unit.measures import law

AREAS = pl.DataFrame({"area": ["a", "b"], "numerator": [20, 30], "denominator": [100, 150]})
Z = {"": 1.959963984540054, "_998": 3.090232306167813}


def test_the_lines_of_a_proportion_by_hand():
    answer = funnel_limits(AREAS, by=[], kind="proportion", scale=100, at=[1, 100])
    assert answer["average"].to_list() == [20, 20]
    for suffix, z in Z.items():
        half = [100 * z * math.sqrt(0.2 * 0.8 / point) for point in (1, 100)]
        assert answer[f"value_lower{suffix}"].to_list() == pytest.approx([0, 20 - half[1]])
        assert answer[f"value_upper{suffix}"].to_list() == pytest.approx([min(20 + half[0], 100), 20 + half[1]])


def test_the_lines_of_a_ratio_are_figures_of_the_reference():
    # 4 observed events: expected 10.2416 or 1.0899 at 95%, 14.7941 or 0.4286 at 99.8%.
    answer = funnel_limits(AREAS, by=[], kind="ratio", scale=100, at=[4]).row(0, named=True)
    expected = {"lower": 10.2416, "upper": 1.0899, "lower_998": 14.7941, "upper_998": 0.4286}
    for line, events in expected.items():
        assert answer[f"expected_{line}"] == pytest.approx(events, abs=5e-5)
        assert answer[f"value_{line}"] == pytest.approx(400 / answer[f"expected_{line}"])
    assert answer["average"] == 100


def test_points_run_from_1_to_a_round_number_over_the_largest():
    frame = AREAS.with_columns(denominator=pl.Series([23_410, 442]))
    points = funnel_limits(frame, by=[], kind="proportion")["point"].to_list()
    assert points[:19] == [*range(1, 18), 19, 21]
    assert points[-2:] == [22_895, 25_000]
    assert len(points) == 100
    ratio = funnel_limits(frame.with_columns(denominator=17.5), by=[], kind="ratio")["point"]
    assert ratio.to_list() == list(range(1, 101))


def test_every_group_has_its_own_average_and_points_and_a_bad_one_a_note():
    frame = pl.concat([AREAS, AREAS.with_columns(area=pl.lit("c"), numerator=pl.lit(500))], how="vertical_relaxed")
    answer = funnel_limits(frame, by=["area"], kind="proportion", at=[10])
    assert answer["area"].to_list() == ["a", "b", "c"]
    assert answer["note_code"].to_list() == [None, None, "count_above_population"]
    assert answer["average"].to_list() == [0.2, 0.2, None]
    assert answer.head(1).equals(funnel_limits(AREAS.head(1), by=["area"], kind="proportion", at=[10]))
    empty = funnel_limits(AREAS.clear(), by=["area"], kind="proportion")
    assert empty.height == 0
    assert empty.schema == answer.schema


@law
@given(st.integers(1, 10**6), st.integers(0, 10**6), st.sampled_from(["proportion", "ratio"]))
def test_lines_hold_the_average_narrow_with_size_and_nest(denominator: int, numerator: int, kind: str):
    frame = pl.DataFrame({"numerator": [min(numerator, denominator)], "denominator": [denominator]})
    answer = funnel_limits(frame, by=[], kind=kind)
    assert answer["note_code"].null_count() == 100
    lower, upper, outer_lower, outer_upper, average, point = (
        answer[name].to_numpy()
        for name in ("value_lower", "value_upper", "value_lower_998", "value_upper_998", "average", "point")
    )
    assert (outer_lower <= lower).all()
    assert (lower <= average).all()
    assert (average <= upper).all()
    assert (upper <= outer_upper).all()
    assert (np.diff(point) > 0).all()
    assert (np.diff(lower) >= 0).all()
    assert (np.diff(upper) <= 0).all()


def test_an_area_is_high_or_low_where_its_own_limits_miss_the_average():
    # 276 of 1,400 on average; 11 of 100 lies 2.2 of the average's standard errors below, 4 of 100 lies 4 below.
    frame = pl.DataFrame(
        {
            "area": list("abcdefg"),
            "numerator": [200, 26, 35, 11, 4, None, 30],
            "denominator": [1000, 100, 100, 100, 100, 100, 20],
        }
    )
    answer = funnel_significance(frame, by=[], kind="proportion")
    assert answer.select(frame.columns).equals(frame)
    assert answer["significance"].to_list() == [
        "not_significant",
        "not_significant",
        "high_998",
        "low_95",
        "low_998",
        None,
        None,
    ]
    assert answer["note_code"].to_list() == [None] * 5 + ["missing_count", "count_above_population"]
    assert answer["average"].to_list() == pytest.approx([276 / 1400] * 7)


def test_a_ratio_is_judged_by_the_limits_of_its_events():
    # 3 events: exact limits 0.619 to 8.767 at 95% and 0.191 to 13.06 at 99.8%.
    frame = pl.DataFrame({"count": [3.0] * 6, "population": [0.1905, 0.1906, 0.6188, 8.767, 8.768, 13.07]})
    answer = funnel_significance(frame, by=[], kind="ratio")
    assert answer["significance"].to_list() == [
        "high_998",
        "high_95",
        "not_significant",
        "not_significant",
        "low_95",
        "low_998",
    ]
    assert answer["average"].to_list() == [1.0] * 6


@pytest.mark.parametrize(
    ("note", "numerator", "denominator"),
    [
        ("missing_count", math.nan, 10.0),
        ("bad_count", -1.0, 10.0),
        ("bad_count", math.inf, 10.0),
        ("bad_population", 1.0, None),
        ("bad_population", 0.0, 0.0),
        ("bad_population", 1.0, -3.0),
        ("bad_population", 1.0, math.inf),
    ],
)
@pytest.mark.parametrize("kind", ["proportion", "ratio"])
def test_a_bad_area_is_left_out_and_said(kind: str, note: str, numerator: float, denominator: float | None):
    sound = AREAS.with_columns(pl.col("numerator", "denominator").cast(pl.Float64))
    bad = pl.DataFrame({"area": ["c"], "numerator": [numerator], "denominator": [denominator]}, schema=sound.schema)
    answer = funnel_significance(pl.concat([bad, sound]), by=[], kind=kind)
    assert answer.tail(2).equals(funnel_significance(sound, by=[], kind=kind))
    assert answer.row(0)[-2:] == (None, note)
    alone = funnel_significance(bad, by=[], kind=kind)
    assert (alone["significance"].item(), alone["note_code"].item()) == (None, note)


cells = st.tuples(st.sampled_from("ab"), st.floats(0, 50), st.floats(50, 1000))


@law
@given(st.lists(cells, min_size=1, max_size=12), st.sampled_from(["proportion", "ratio"]), st.randoms())
def test_row_order_and_other_groups_do_not_matter(rows: list[tuple[str, float, float]], kind: str, random):
    frame = pl.DataFrame(rows, schema=["area", "count", "population"], orient="row").with_row_index("row")
    shuffled = frame[random.sample(range(frame.height), frame.height)]
    answer = funnel_significance(frame, by=["area"], kind=kind)
    assert funnel_significance(shuffled, by=["area"], kind=kind).sort("row").equals(answer)
    first = frame.filter(pl.col("area") == rows[0][0])
    assert funnel_significance(first, by=[], kind=kind).equals(answer.filter(pl.col("area") == rows[0][0]))


@pytest.mark.parametrize("measure", [funnel_limits, funnel_significance])
def test_a_bad_call_is_refused_in_a_sentence(measure):
    bad_calls = [
        (AREAS, {"kind": "median"}, "kind must be 'proportion' or 'ratio' or 'rate'"),
        (AREAS.drop("numerator"), {}, "no column"),
        (AREAS.with_columns(count=1, population=1), {}, "it has both"),
        (AREAS, {"by": ["numerator"]}, "cannot group by"),
        (AREAS.to_dict(as_series=False), {}, "Polars"),
    ]
    if measure is funnel_limits:
        bad_calls += [
            (AREAS, {"at": at}, "at must be a list of numbers above 0") for at in ([], [0], "12", 5, [math.nan])
        ]
        bad_calls += [(AREAS, {"scale": -1}, "scale must be a finite number above 0")]
    else:
        bad_calls += [(AREAS.with_columns(significance=1), {}, "already has a column")]
    for frame, arguments, says in bad_calls:
        with pytest.raises(ValueError, match=says) as refusal:
            measure(frame, **{"by": [], "kind": "proportion", **arguments})
        assert str(refusal.value).endswith(".")
