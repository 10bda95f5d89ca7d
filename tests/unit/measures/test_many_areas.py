"""Tables of many areas: comparisons allowed for, ranks with intervals, and what small areas borrow."""

from __future__ import annotations

import math

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import beta, false_discovery_control, gamma

from pipelines.measures import allow_for_comparisons, rank_intervals, shrink
from tests.unit.measures import law, slow_law

# Benjamini and Hochberg (1995), section 4: with 15 hypotheses the first four are rejected at 0.05.
PAPER = [
    *(0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459),
    *(0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0000),
]


def test_the_example_of_benjamini_and_hochberg():
    answer = allow_for_comparisons(pl.DataFrame({"p": PAPER[::-1]}), by=[])
    assert answer["clear"].to_list()[::-1] == [True] * 4 + [False] * 11
    assert answer["comparisons"].unique().to_list() == [15]
    assert answer["p_adjusted"].to_list()[::-1] == pytest.approx(false_discovery_control(PAPER).tolist())


def test_p_is_read_off_errors_and_limits():
    frame = pl.DataFrame({"value": [1.959964, 2.0, 0.5], "standard_error": [1.0, None, None]})
    frame = frame.with_columns(value_lower=pl.Series([None, 0, 1]), value_upper=pl.Series([None, 4, 0]))
    answer = allow_for_comparisons(frame, by=[])
    assert answer["p_value"].to_list()[:2] == pytest.approx([0.05, 0.05], abs=1e-7)
    assert answer["note_code"].to_list() == [None, None, "crossed_limits"]
    ratio = pl.DataFrame({"value": [2.0, 0.5, 2.0], "value_lower": [1.0, 0.25, -1.0], "value_upper": [4.0, 1.0, 5.0]})
    found = allow_for_comparisons(ratio, by=[], kind="ratio")
    assert found["p_value"].to_list()[:2] == pytest.approx([0.05, 0.05], abs=1e-7)
    assert found["note_code"].to_list() == [None, None, "not_above_zero"]


@law
@given(st.lists(st.tuples(st.sampled_from("ab"), st.floats(0, 1)), min_size=1, max_size=30), st.randoms())
def test_adjusted_values_are_scipys_within_each_family(rows: list[tuple[str, float]], random):
    frame = pl.DataFrame(rows, schema=["family", "p"], orient="row").with_row_index("row")
    answer = allow_for_comparisons(frame, by=["family"])
    for _, family in answer.group_by("family"):
        assert family["p_adjusted"].to_list() == pytest.approx(false_discovery_control(family["p"]).tolist())
    shuffled = frame[random.sample(range(frame.height), frame.height)]
    assert allow_for_comparisons(shuffled, by=["family"]).sort("row").equals(answer)


def test_positions_share_ties_and_know_which_way_is_good():
    frame = pl.DataFrame({"value": [5.0, 9.0, 9.0, 1.0, None], "standard_error": [0.1] * 5})
    best_high = rank_intervals(frame, by=[], favourable=True)
    assert best_high["position"].to_list() == [3, 1, 1, 4, None]
    assert best_high.select("position_lower", "position_upper").rows() == [(3, 3), (1, 2), (1, 2), (4, 4), (None, None)]
    assert best_high["areas"].to_list() == [4] * 4 + [None]
    assert best_high["note_code"].to_list() == [None] * 4 + ["missing_value"]
    assert rank_intervals(frame, by=[], favourable=False)["position"].to_list() == [2, 3, 3, 1, None]
    assert rank_intervals(frame.head(1), by=[], favourable=True)["note_code"].item() == "one_area"


def test_rank_intervals_hold_the_true_position_as_often_as_they_say():
    # 20 areas, half of them nearly equal: 400 draws, each area judged for itself.
    random = np.random.default_rng(20261201)
    truth = np.concatenate([np.zeros(10) + np.arange(10) * 1e-3, np.arange(1, 11)])
    rank = 20 - np.arange(20)
    drawn = truth + random.standard_normal((400, 20))
    frame = pl.DataFrame({"draw": np.repeat(np.arange(400), 20), "value": drawn.ravel(), "standard_error": 1.0})
    answer = rank_intervals(frame, by=["draw"], favourable=True)
    lower, upper = (answer[f"position_{end}"].to_numpy().reshape(400, 20) for end in ("lower", "upper"))
    held = ((lower <= rank) & (rank <= upper)).mean(axis=0)
    assert held.min() > 0.95 - 2 * (0.05 * 0.95 / 400) ** 0.5
    assert (upper - lower)[:, -1].mean() < 6  # And they say something of an area that stands apart.


@law
@given(st.lists(st.tuples(st.floats(-10, 10), st.floats(0.1, 3)), min_size=1, max_size=20), st.randoms())
def test_an_interval_holds_its_position_and_order_does_not_matter(rows, random):
    frame = pl.DataFrame(rows, schema=["value", "standard_error"], orient="row").with_row_index("row")
    answer = rank_intervals(frame, by=[], favourable=True)
    assert (answer["position_lower"] <= answer["position"]).all()
    assert (answer["position"] <= answer["position_upper"]).all()
    wider = rank_intervals(frame, by=[], favourable=True, confidence=0.998)
    assert (wider["position_lower"] <= answer["position_lower"]).all()
    shuffled = frame[random.sample(range(frame.height), frame.height)]
    assert rank_intervals(shuffled, by=[], favourable=True).sort("row").equals(answer)


AREAS = pl.DataFrame({"area": list("abc"), "count": [2, 300, 60], "population": [100, 30_000, 10_000]})


def test_marshalls_estimator_by_hand():
    answer = shrink(AREAS, by=[], area="area")
    mean, size = 362 / 40_100, 40_100 / 3
    spread = (100 * (0.02 - mean) ** 2 + 30_000 * (0.01 - mean) ** 2 + 10_000 * (0.006 - mean) ** 2) / 40_100
    between = spread - mean / size
    own = [between / (between + mean / people) for people in (100, 30_000, 10_000)]
    assert answer["own_share"].to_list() == pytest.approx(own)
    by_hand = [mean + part * (value - mean) for part, value in zip(own, (0.02, 0.01, 0.006), strict=True)]
    assert answer["value_shrunken"].to_list() == pytest.approx(by_hand)
    law_of_a = gamma(mean**2 / between + 2, scale=1 / (mean / between + 100))
    assert answer["value_shrunken_lower"][0] == pytest.approx(law_of_a.ppf(0.025))
    assert answer["value_shrunken_upper"][0] == pytest.approx(law_of_a.ppf(0.975))


def test_a_proportion_has_the_beta_distribution_of_its_value():
    answer = shrink(AREAS, by=[], area="area", kind="proportion", confidence=0.9).row(0, named=True)
    size = 100 / answer["own_share"] - 100
    law_of_a = beta(answer["average"] * size + 2, (1 - answer["average"]) * size + 98)
    assert answer["value_shrunken"] == pytest.approx(law_of_a.mean())
    assert answer["value_shrunken_lower"] == pytest.approx(law_of_a.ppf(0.05))
    assert answer["between_standard_deviation"] ** 2 == pytest.approx(
        answer["average"] * (1 - answer["average"]) / (size + 1)
    )


def test_equal_areas_are_the_average_and_bad_groups_say_why():
    equal = AREAS.with_columns(pl.col("population") / 100).with_columns(count=pl.col("population") * 0.01)
    answer = shrink(equal, by=[], area="area")
    assert answer["value_shrunken"].to_list() == pytest.approx([0.01] * 3)
    assert answer["value_shrunken_lower"].null_count() == 3
    assert answer["note_code"].unique().to_list() == ["no_variation_between_areas"]
    for frame, note in [
        (AREAS.head(2), "too_few_areas"),
        (AREAS.with_columns(area=pl.lit("a")), "duplicate_area"),
        (AREAS.with_columns(count=pl.lit(None, pl.Int64)), "missing_count"),
    ]:
        assert shrink(frame, by=[], area="area")["note_code"].to_list() == [note]


@slow_law
@given(st.lists(st.tuples(st.integers(0, 60), st.integers(60, 5000)), min_size=3, max_size=12),
       st.sampled_from(["rate", "proportion"]), st.randoms())  # fmt: skip
def test_shrunken_values_lie_between_own_and_average(rows, kind: str, random):
    frame = pl.DataFrame(rows, schema=["count", "population"], orient="row").with_row_index("area")
    answer = shrink(frame, by=[], area="area", kind=kind)
    least, most = (pl.min_horizontal, pl.max_horizontal)
    slack = 1e-12
    within = answer.select(
        (pl.col("value_shrunken") >= least("value", "average") - slack)
        & (pl.col("value_shrunken") <= most("value", "average") + slack)
    )
    assert within.to_series().all()
    shuffled = frame[random.sample(range(frame.height), frame.height)]
    assert shrink(shuffled, by=[], area="area", kind=kind).equals(answer)
    total = (answer["own_share"] >= 0).all() and (answer["own_share"] <= 1).all()
    assert total


def test_bad_calls_are_refused_in_a_sentence():
    p = pl.DataFrame({"p": [0.1]})
    value = pl.DataFrame({"value": [1.0], "standard_error": [1.0]})
    calls = [
        (lambda: allow_for_comparisons(p, by=[], kind="odds"), "kind must be 'difference' or 'ratio'"),
        (lambda: allow_for_comparisons(p, by=[], false_share=1), "false_share must be a number between 0 and 1"),
        (lambda: allow_for_comparisons(p.with_columns(clear=1), by=[]), "already has a column"),
        (lambda: allow_for_comparisons(p.rename({"p": "q"}), by=[]), "no column"),
        (lambda: rank_intervals(value, by=[], favourable=1), "favourable must be True or False"),
        (lambda: rank_intervals(value, by=[], favourable=True, confidence=2), "confidence must be"),
        (lambda: rank_intervals(value.with_columns(value_lower=1), by=[], favourable=True), "only one of"),
        (lambda: shrink(AREAS, by=[], area="ward"), "area must name a column"),
        (lambda: shrink(AREAS, by=[], area="area", kind="mean"), "kind must be 'rate' or 'proportion'"),
        (lambda: shrink(AREAS, by=[], area="area", scale=0), "scale must be"),
    ]
    for call, says in calls:
        with pytest.raises(ValueError, match=says) as refusal:
            call()
        assert str(refusal.value).endswith(".")


def test_a_bad_row_is_left_out_and_said():
    frame = pl.DataFrame({"p": [0.02, math.nan, 1.5, 0.04]})
    answer = allow_for_comparisons(frame, by=[])
    assert answer["note_code"].to_list() == [None, "missing_value", "bad_p", None]
    assert answer["p_adjusted"].to_list() == [0.04, None, None, 0.04]
    assert answer["comparisons"][0] == 2
