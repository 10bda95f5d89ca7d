"""The slope and relative index: sums done by hand, one reference answer in full, and laws that hold for any data."""

import hashlib
import math
import os
import subprocess
import sys

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from pipelines.measures import slope_index
from tests.unit.measures import law

# First group of golden case sii/s01 (made-up life expectancies), answered without simulation.
S01_POPULATION = [12006, 14903, 8684, 9164, 22303, 10647, 23465, 18375, 14530, 10390]
S01_VALUE = [75.39997, 75.34396, 76.1779, 76.70806, 78.02453, 78.72899, 80.25613, 81.32736, 82.30129, 82.93862]
S01_ERROR = [0.42316, 0.82831, 0.55922, 0.5478, 0.30269, 0.66056, 0.58927, 0.26378, 0.35632, 0.58843]


def five(values: list[float], **columns: object) -> pl.DataFrame:
    """Five equal groups in one area: relative ranks 0.1, 0.3, 0.5, 0.7, 0.9."""
    return pl.DataFrame({"area": "E92", "rank": [1, 2, 3, 4, 5], "population": 200, "value": values, **columns})


def only(frame: pl.DataFrame) -> dict[str, object]:
    assert frame.height == 1
    return frame.row(0, named=True)


def test_a_rise_of_one_per_fifth_is_five_from_end_to_end():
    answer = only(slope_index(five([101.0, 102, 103, 104, 105], standard_error=1.0), by=["area"]))
    assert answer["slope_index"] == pytest.approx(5)
    assert answer["mean_of_groups"] == pytest.approx(103)
    assert (answer["fitted_most"], answer["fitted_least"]) == pytest.approx((100.5, 105.5))
    assert answer["relative_index"] == pytest.approx(105.5 / 100.5)
    # Weights are -1, -1/2, 0, 1/2, 1, so the slope's variance is 2.5.
    assert answer["slope_index_lower"] == pytest.approx(5 - 1.959963984540054 * math.sqrt(2.5))
    assert answer["slope_index_upper"] == pytest.approx(5 + 1.959963984540054 * math.sqrt(2.5))
    assert (answer["group_count"], answer["interval_method"], answer["note_code"]) == (5, "normal+fieller", None)


def test_relative_limits_solve_fiellers_quadratic():
    answer = only(slope_index(five([101.0, 102, 103, 104, 105], standard_error=1.0), by=["area"]))
    # The fitted ends' coefficients are a -/+ w/2: (.7 .45 .2 -.05 -.3) and the same reversed.
    variance, covariance, z = 0.825, -0.425, 1.959963984540054
    quadratic = [100.5**2 - z**2 * variance, -2 * (100.5 * 105.5 - z**2 * covariance), 105.5**2 - z**2 * variance]
    lower, upper = sorted(np.roots(quadratic))
    assert (answer["relative_index_lower"], answer["relative_index_upper"]) == pytest.approx((lower, upper), rel=1e-9)


def test_the_weights_are_population_shares():
    # Shares .5 .125 .125 .125 .125; relative ranks .25 .5625 .6875 .8125 .9375.
    frame = five([10.0, 20, 20, 20, 20]).with_columns(population=pl.Series([400, 100, 100, 100, 100]))
    share, rank = np.array([0.5, 0.125, 0.125, 0.125, 0.125]), np.array([0.25, 0.5625, 0.6875, 0.8125, 0.9375])
    slope = (share * (rank - 0.5) * [10, 20, 20, 20, 20]).sum() / (share * (rank - 0.5) ** 2).sum()
    answer = only(slope_index(frame, by=["area"]))
    assert answer["mean_of_groups"] == pytest.approx(15)
    assert answer["slope_index"] == pytest.approx(slope)


def test_the_reference_answer_in_full():
    frame = pl.DataFrame(
        {"rank": range(1, 11), "population": S01_POPULATION, "value": S01_VALUE, "standard_error": S01_ERROR}
    )
    answer = only(slope_index(frame, by=[]))
    assert answer["slope_index"] == pytest.approx(8.903789554096889, rel=1e-9)
    assert answer["relative_index"] == pytest.approx(1.1195115083549223, rel=1e-9)
    assert answer["fitted_most"] == pytest.approx(74.50152438587456, rel=1e-9)
    assert answer["slope_index_lower"] == pytest.approx(7.787583113540342, abs=1e-6)
    assert answer["slope_index_upper"] == pytest.approx(10.019995994653435, abs=1e-6)
    assert answer["relative_index_lower"] == pytest.approx(1.1036666228196652, abs=1e-8)
    assert answer["relative_index_upper"] == pytest.approx(1.135624760837385, abs=1e-8)
    wider = only(slope_index(frame, by=[], confidence=0.998))
    assert wider["slope_index_lower"] == pytest.approx(7.143891295675635, abs=1e-6)
    assert wider["relative_index_upper"] == pytest.approx(1.1450419273685142, abs=1e-8)


def test_limits_given_are_95_percent_limits_whatever_is_asked():
    values = [101.0, 102, 103, 104, 105]
    from_limits = five(values, value_lower=[v - 1.959964 for v in values], value_upper=[v + 1.959964 for v in values])
    for confidence in (0.95, 0.998):
        assert_frame_equal(
            slope_index(from_limits, by=["area"], confidence=confidence),
            slope_index(five(values, standard_error=1.0), by=["area"], confidence=confidence),
        )


def test_less_is_better_turns_slope_and_ratio_over_but_not_the_fitted_ends():
    frame = five([101.0, 102, 103, 104, 105], standard_error=1.0)
    up, down = only(slope_index(frame, by=["area"])), only(slope_index(frame, by=["area"], favourable=False))
    assert down["slope_index"] == pytest.approx(-up["slope_index"])
    assert down["slope_index_lower"] == pytest.approx(-up["slope_index_upper"])
    assert down["slope_index_upper"] == pytest.approx(-up["slope_index_lower"])
    assert down["relative_index"] == pytest.approx(1 / up["relative_index"])
    assert down["relative_index_lower"] == pytest.approx(1 / up["relative_index_upper"])
    assert down["relative_index_upper"] == pytest.approx(1 / up["relative_index_lower"])
    for name in ("fitted_most", "fitted_least", "mean_of_groups"):
        assert down[name] == up[name]


def test_no_gradient_is_never_minus_zero():
    answer = only(slope_index(five([80.0] * 5), by=["area"], favourable=False))
    assert str(answer["slope_index"]) == "0.0"


def test_no_errors_given_means_no_limits_and_no_note():
    answer = only(slope_index(five([101.0, 102, 103, 104, 105]), by=["area"]))
    assert answer["slope_index"] == pytest.approx(5)
    assert [answer[name] for name in answer if name.endswith(("_lower", "_upper"))] == [None] * 6
    assert (answer["interval_method"], answer["note_code"]) == ("none", None)


def test_zero_errors_put_the_limits_on_the_estimate():
    answer = only(slope_index(five([75.3, 76.1, 79.9, 80.2, 84.7], standard_error=0.0), by=["area"]))
    assert answer["slope_index_lower"] == answer["slope_index"] == answer["slope_index_upper"]
    assert answer["relative_index_lower"] == pytest.approx(answer["relative_index"], rel=1e-14)
    assert answer["relative_index_upper"] == pytest.approx(answer["relative_index"], rel=1e-14)


def test_a_fitted_end_below_zero_leaves_no_ratio():
    answer = only(slope_index(five([-2.0, -1, 0, 1, 2], standard_error=1.0), by=["area"]))
    assert answer["slope_index"] == pytest.approx(5)
    assert answer["slope_index_lower"] is not None
    assert [answer[f"relative_index{end}"] for end in ("", "_lower", "_upper")] == [None] * 3
    assert (answer["note_code"], answer["interval_method"]) == ("relative_index_undefined", "normal")


@pytest.mark.parametrize(("error", "bounded"), [(0.28, True), (0.282, False)])
def test_the_ratio_has_limits_while_its_denominator_is_clearly_above_zero(error: float, bounded: bool):
    # The fitted end at rank 0 is 0.5, its standard error sqrt(0.825) times one group's: 1.96 of them at 0.2809.
    answer = only(slope_index(five([1.0, 2, 3, 4, 5], standard_error=error), by=["area"]))
    assert answer["relative_index"] == pytest.approx(11)
    assert (answer["relative_index_upper"] is not None) is bounded
    assert answer["note_code"] == (None if bounded else "relative_index_unstable")
    assert answer["interval_method"] == ("normal+fieller" if bounded else "normal")


def test_a_small_areas_ratio_has_the_limits_of_its_events():
    """Poisson counts of 10 to 42 in tenths of 1,000 people: the denominator is 2.4 of its standard errors above 0."""
    events = [42.0, 38, 35, 31, 28, 24, 21, 17, 14, 10]
    tenths = pl.DataFrame({"rank": range(1, 11), "population": 1000, "value": events})
    answer = only(slope_index(tenths.with_columns(standard_error=pl.col("value").sqrt()), by=[], favourable=False))
    found = [round(answer[f"relative_index{end}"], 2) for end in ("", "_lower", "_upper")]
    assert found == [5.17, 2.84, 14.68]


def test_no_limit_of_a_ratio_is_below_zero():
    """Turned over, the denominator of 0.5 may be 0 at this error, and as a numerator it may too."""
    answer = only(slope_index(five([5.0, 4, 3, 2, 1], standard_error=0.3), by=["area"]))
    assert answer["relative_index_lower"] == 0
    assert answer["relative_index"] < answer["relative_index_upper"] < 1


def test_the_ratio_turned_over_is_judged_by_its_own_denominator():
    answer = only(slope_index(five([5.0, 4, 3, 2, 1], standard_error=0.3), by=["area"], favourable=False))
    assert answer["relative_index"] == pytest.approx(11)
    assert answer["note_code"] == "relative_index_unstable"


def test_ranks_held_as_text_are_ordered_as_numbers():
    frame = pl.DataFrame({"rank": range(1, 11), "population": 10, "value": [float(v) for v in range(1, 11)]})
    as_text = frame.with_columns(pl.col("rank").cast(pl.String))
    assert_frame_equal(slope_index(as_text, by=[]), slope_index(frame, by=[]))
    assert_frame_equal(slope_index(as_text.cast({"rank": pl.Categorical}), by=[]), slope_index(frame, by=[]))


def test_groups_come_back_in_order_with_their_keys_and_types():
    low, high = five([1.0, 2, 3, 4, 5]), five([1.0, 3, 5, 7, 9])
    frame = pl.concat([high.with_columns(area=pl.lit("b")), low.with_columns(area=pl.lit("a"))])
    frame = frame.with_columns(share=pl.lit(7, dtype=pl.Int16), group=pl.lit("x"))
    answer = slope_index(frame.lazy(), by=["area", "share", "group"])
    assert answer["area"].to_list() == ["a", "b"]
    assert answer["slope_index"].to_list() == pytest.approx([5, 10])
    assert answer.schema["share"] == pl.Int16


def test_the_answer_does_not_depend_on_threads():
    program = (
        "import numpy as np, polars as pl; from pipelines.measures import slope_index; r = np.random.default_rng(7);"
        "f = pl.DataFrame({'g': np.repeat(np.arange(3000), 10), 'rank': np.tile(np.arange(1, 11), 3000),"
        "'population': r.integers(900, 90000, 30000), 'value': r.normal(80, 4, 30000),"
        "'standard_error': r.uniform(0, 1, 30000)}).sample(fraction=1, shuffle=True, seed=1);"
        "print(slope_index(f, by=['g']).write_csv())"
    )
    digests = set()
    for threads in ("1", "5"):
        environment = {**os.environ, "POLARS_MAX_THREADS": threads}
        run = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, env=environment)
        assert run.stdout.count(b"\n") > 3000
        digests.add(hashlib.sha256(run.stdout).hexdigest())
    assert len(digests) == 1


# Laws, for any 5 to 12 groups.

groups = (
    st.integers(5, 12)
    .flatmap(
        lambda count: st.fixed_dictionaries(
            {
                "population": st.lists(st.integers(1, 10**6), min_size=count, max_size=count),
                "value": st.lists(st.floats(50, 100), min_size=count, max_size=count),
                "standard_error": st.lists(st.floats(0, 2), min_size=count, max_size=count),
            }
        )
    )
    .map(lambda columns: pl.DataFrame(columns).with_row_index("rank", offset=1))
)


def close(left: object, right: object, *, size: object = 1.0) -> bool:
    """Equal but for rounding; two nulls are equal. `size` is how large the numbers were that were subtracted."""
    if left is None or right is None:
        return left is right
    return math.isclose(left, right, rel_tol=1e-9, abs_tol=1e-9 * abs(size))


def steepness(frame: pl.DataFrame) -> float:
    """How much the slope moves when one value moves by 1: nearly all people in one group makes it large."""
    share = frame["population"] / frame["population"].sum()
    centred = share.cum_sum() - share / 2 - 0.5
    return 100 * max(1.0, ((share * centred).abs() / (share * centred**2).sum()).max())


@law
@given(groups, st.floats(1, 100))
def test_no_gradient_is_a_slope_of_nothing(frame: pl.DataFrame, level: float):
    answer = only(slope_index(frame.with_columns(value=pl.lit(level)), by=[]))
    assert close(answer["slope_index"], 0, size=steepness(frame))
    assert close(answer["relative_index"], 1, size=steepness(frame))


@law
@given(groups)
def test_reversing_the_ranks_flips_the_sign(frame: pl.DataFrame):
    one = only(slope_index(frame, by=[]))
    other = only(slope_index(frame.with_columns(rank=frame.height + 1 - pl.col("rank").cast(pl.Int64)), by=[]))
    size = steepness(frame)
    assert close(other["slope_index"], -one["slope_index"], size=size)
    assert close(other["slope_index_lower"], -one["slope_index_upper"], size=size)
    assert close(other["fitted_most"], one["fitted_least"], size=size)


@law
@given(groups, st.floats(0.01, 1000))
def test_a_change_of_unit_scales_the_slope_and_leaves_the_ratio(frame: pl.DataFrame, factor: float):
    one = only(slope_index(frame, by=[]))
    other = only(slope_index(frame.with_columns(pl.col("value", "standard_error") * factor), by=[]))
    scaled = only(slope_index(frame, by=[], scale=factor))
    size = steepness(frame)
    for name in ("slope_index", "slope_index_lower", "slope_index_upper", "fitted_most"):
        assert close(other[name], factor * one[name], size=factor * size)
        assert close(scaled[name], one[name], size=size)
    if one["note_code"] == other["note_code"] is None:
        assert close(other["relative_index"], one["relative_index"], size=size)
        assert math.isclose(other["relative_index_upper"], one["relative_index_upper"], rel_tol=1e-6)


@law
@given(groups, st.randoms(use_true_random=False))
def test_row_order_does_not_move_a_digit(frame: pl.DataFrame, random):
    order = list(range(frame.height))
    random.shuffle(order)
    assert slope_index(frame[order], by=[]).equals(slope_index(frame, by=[]))


@law
@given(groups, st.floats(-40, 40))
def test_a_constant_added_to_all_leaves_the_slope(frame: pl.DataFrame, constant: float):
    one, other = (
        only(slope_index(moved, by=[])) for moved in (frame, frame.with_columns(value=pl.col("value") + constant))
    )
    for name in ("slope_index", "slope_index_lower", "slope_index_upper"):
        assert close(one[name], other[name], size=steepness(frame))


@law
@given(groups, st.sampled_from([1.0, -1.0]), st.sampled_from([0.9, 0.95, 0.998]))
def test_each_relative_limit_is_where_its_ratio_is_just_rejected(frame: pl.DataFrame, sign: float, confidence: float):
    """At a limit r, numerator - r * denominator lies exactly z of its own standard errors from 0."""
    answer = only(slope_index(frame, by=[], favourable=sign > 0, confidence=confidence))
    if answer["relative_index_lower"] in {None, 0.0} or frame["standard_error"].max() < 1e-3:
        return
    share = (frame["population"] / frame["population"].sum()).to_numpy()
    centred = share.cumsum() - share / 2 - 0.5
    weight = share * centred / (share * centred**2).sum()
    most, least = share - weight / 2, share + weight / 2
    over, under = (least, most) if sign > 0 else (most, least)
    z = {0.9: 1.6448536269514722, 0.95: 1.959963984540054, 0.998: 3.090232306167813}[confidence]
    for limit, side in ((answer["relative_index_lower"], 1), (answer["relative_index_upper"], -1)):
        contrast = over - limit * under
        error = math.sqrt((contrast**2 * frame["standard_error"].to_numpy() ** 2).sum())
        assert (contrast * frame["value"].to_numpy()).sum() == pytest.approx(side * z * error, rel=1e-5, abs=1e-7)


def test_ranks_are_read_from_labels():
    labels = ["Decile 1", "2 (second most deprived)", "3", " Quintile 4 - better ", "Decile 5"]
    frame = pl.DataFrame({"rank": range(1, 6), "population": 100, "value": [70.0, 72, 73, 75, 79]})
    expected = slope_index(frame, by=[])
    assert slope_index(frame.with_columns(rank=pl.Series(labels)).reverse(), by=[]).equals(expected)
    for label in ("Decile one", "IMD 2019 decile 1", "Decile -1", ""):
        odd = frame.with_columns(rank=pl.Series([label, *labels[1:]]))
        assert slope_index(odd, by=[])["note_code"].item() == "bad_rank"
