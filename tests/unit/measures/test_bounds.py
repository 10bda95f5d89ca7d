"""What the slope index can be where cells are suppressed: by hand, by trying every filling, and by law."""

import itertools

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linprog

from pipelines.measures import bounds, slope_index
from pipelines.measures.lines.slope_index import line_weights
from tests.unit.measures import law

SCHEMA = {
    "rank": pl.Int64,
    "population": pl.Float64,
    "value": pl.Float64,
    "value_smallest": pl.Float64,
    "value_largest": pl.Float64,
}


def fifths(values: list[float | None], **columns: object) -> pl.DataFrame:
    """Five equal groups, where the weights of the slope are -1, -1/2, 0, 1/2, 1. A suppressed cell is 1 to 3."""
    frame = pl.DataFrame({"area": "a", "rank": [1, 2, 3, 4, 5], "population": 200, "value": values})
    return frame.with_columns(value_smallest=pl.lit(1.0), value_largest=pl.lit(3.0)).with_columns(
        **{name: pl.Series([cell] * 5 if not isinstance(cell, list) else cell) for name, cell in columns.items()}
    )


def only(frame: pl.DataFrame) -> dict[str, object]:
    assert frame.height == 1
    return frame.row(0, named=True)


def ends(answer: pl.DataFrame) -> tuple[object, object]:
    row = only(answer)
    return row["slope_index_smallest"], row["slope_index_largest"]


def test_each_hidden_cell_goes_to_the_end_that_its_weight_wants():
    # -1 * y1 - 1/2 * 4 + 0 * y3 + 1/2 * 8 + y5, the hidden y1, y3 and y5 each from 1 to 3.
    answer = bounds(fifths([None, 4.0, None, 8.0, None]), by=["area"])
    assert ends(answer) == pytest.approx((2 - 3 + 1, 2 - 1 + 3))
    assert only(answer)["suppressed_count"] == 3
    assert (only(answer)["group_count"], only(answer)["note_code"]) == (5, None)


def test_less_is_better_turns_the_bounds_over():
    frame = fifths([None, 4.0, None, 8.0, None])
    assert ends(bounds(frame, by=["area"], favourable=False)) == pytest.approx((-4, 0))


def test_nothing_suppressed_is_the_slope_index():
    frame = fifths([1.3, 4.7, 2.2, 8.1, 3.9])
    slope = slope_index(frame.drop("value_smallest", "value_largest"), by=["area"])["slope_index"].item()
    answer = bounds(frame.drop("value_smallest", "value_largest"), by=["area"])
    assert ends(answer) == (slope, slope)
    assert only(answer)["suppressed_count"] == 0


def test_a_golden_slope_is_its_own_bounds():
    # First group of golden case sii/s01.
    population = [12006, 14903, 8684, 9164, 22303, 10647, 23465, 18375, 14530, 10390]
    value = [75.39997, 75.34396, 76.1779, 76.70806, 78.02453, 78.72899, 80.25613, 81.32736, 82.30129, 82.93862]
    frame = pl.DataFrame({"rank": range(1, 11), "population": population, "value": value})
    assert ends(bounds(frame, by=[])) == pytest.approx((8.903789554096889, 8.903789554096889), rel=1e-9)


def test_a_range_matters_where_the_value_is_hidden_only():
    frame = fifths([1.3, 4.7, 2.2, 8.1, 3.9], value_smallest=-1000.0, value_largest=-2000.0)
    assert only(bounds(frame, by=["area"]))["note_code"] is None


def test_counts_are_divided_by_their_denominators():
    counts = pl.DataFrame(
        {
            "rank": [1, 2, 3, 4, 5],
            "population": 200,
            "denominator": [100, 200, 100, 200, 400],
            "numerator": [10, 10, 5, 10, None],
            "numerator_smallest": 1,
            "numerator_largest": 4,
        }
    )
    # -0.1 - 0.025 + 0.025 and 1/400 to 4/400.
    assert ends(bounds(counts, by=[])) == pytest.approx((-0.1 + 1 / 400, -0.1 + 4 / 400))


def test_a_kind_gives_the_range_that_is_missing():
    frame = fifths([0.5, 0.4, None, 0.3, None]).drop("value_smallest", "value_largest")
    assert ends(bounds(frame, by=["area"], kind="proportion")) == pytest.approx((-0.55, 0.45))
    assert only(bounds(frame, by=["area"]))["note_code"] == "missing_range"
    topped = frame.with_columns(value_largest=pl.lit(2.0))
    assert ends(bounds(topped, by=["area"], kind="rate")) == pytest.approx((-0.55, 1.45))


def test_a_total_ties_the_hidden_cells_together():
    # Mean 3: y1 + y5 = 15 - 12 = 3 with each from 1 to 3, so (1, 2) or (2, 1).
    frame = fifths([None, 4.0, 4.0, 4.0, None], total=3.0)
    assert ends(bounds(frame, by=["area"])) == pytest.approx((-1, 1))


def test_a_total_is_spent_where_it_gains_most_a_head():
    # Midpoints less 1/2 are -.3 -.05 .2 .45, and sum a c^2 = .0725. A mean of 0.1 is y4 = 1, or y3 = 1/4.
    frame = pl.DataFrame(
        {
            "rank": [1, 2, 3, 4],
            "population": [400, 100, 400, 100],
            "value": [0.0, 0.0, None, None],
            "value_smallest": 0.0,
            "value_largest": 1.0,
            "total": 0.1,
        }
    )
    assert ends(bounds(frame, by=[])) == pytest.approx((0.4 * 0.2 / 4 / 0.0725, 0.1 * 0.45 / 0.0725))


def test_a_total_out_of_reach_is_left_out_and_said():
    frame = fifths([None, 4.0, 4.0, 4.0, None])
    answer = bounds(frame.with_columns(total=pl.lit(50.0)), by=["area"])
    assert only(answer)["note_code"] == "total_out_of_reach"
    assert ends(answer) == ends(bounds(frame, by=["area"]))


def test_a_total_is_not_looked_at_where_nothing_is_hidden():
    answer = bounds(fifths([1.0, 2.0, 3.0, 4.0, 5.0], total=50.0), by=["area"])
    assert (only(answer)["note_code"], only(answer)["slope_index_largest"]) == (None, pytest.approx(5))


@pytest.mark.parametrize("total", [None, 9, 12, 14])
@pytest.mark.parametrize(("favourable", "scale"), [(True, 1.0), (False, 1000.0)])
def test_whole_counts_are_bounded_by_the_best_of_all_fillings(total: int | None, favourable: bool, scale: float):
    frame = pl.DataFrame(
        {
            "rank": [1, 2, 3, 4],
            "population": [100, 300, 200, 150],
            "denominator": [50, 400, 100, 130],
            "numerator": [None, 6, None, None],
            "numerator_smallest": [0, 0, 1, 0],
            "numerator_largest": [3, 0, 4, 4],
            "total": [total] * 4,
        }
    )
    slopes = []
    for first, third, fourth in itertools.product(range(4), range(1, 5), range(5)):
        if total in (None, first + third + fourth + 6):
            filled = frame.with_columns(value=pl.Series([first, 6, third, fourth]) / pl.col("denominator"))
            slopes.append(slope_index(filled, by=[], favourable=favourable)["slope_index"].item() * scale)
    answer = bounds(frame.cast({"total": pl.Float64}), by=[], favourable=favourable, scale=scale)
    assert ends(answer) == pytest.approx((min(slopes), max(slopes)), rel=1e-9)


SPOILT = {
    "too_few_groups": fifths([1.0, 2, 3, 4, 5]).head(2),
    "bad_rank": fifths([1.0, 2, 3, 4, 5], rank=[1, 2, None, 4, 5]),
    "duplicate_rank": fifths([1.0, 2, 3, 4, 5], rank=[1, 2, 2, 4, 5]),
    "bad_population": fifths([1.0, 2, 3, 4, 5], population=[1, 2, 0, 4, 5]),
    "missing_value": fifths([1.0, 2, float("inf"), 4, 5]),
    "missing_range": fifths([1.0, 2, None, 4, 5], value_largest=[None] * 5),
    "crossed_range": fifths([1.0, 2, None, 4, 5], value_largest=0.5),
    "contradicting_totals": fifths([1.0, 2, None, 4, 5], total=[3.0, 3, 3, 3, 4]),
    "not_computable": fifths([None, 2, 3, 4, None], value_largest=1.7e308, value_smallest=-1.7e308),
}


@pytest.mark.parametrize("note", SPOILT)
def test_a_bad_group_gets_nulls_and_a_note_and_leaves_the_others_alone(note: str):
    good = fifths([None, 4.0, 3.0, 8.0, 2.0]).with_columns(total=pl.lit(None, dtype=pl.Float64), area=pl.lit("b"))
    bad = SPOILT[note].with_columns(pl.col("value_smallest", "value_largest", "value").cast(pl.Float64))
    both = pl.concat([bad, good], how="diagonal_relaxed")
    answer = bounds(both, by=["area"])
    assert answer["note_code"].to_list() == [note, None]
    assert (answer["slope_index_smallest"][0], answer["slope_index_largest"][0]) == (None, None)
    assert answer.tail(1).equals(bounds(good, by=["area"]))


def test_a_denominator_of_0_spoils_its_group():
    frame = fifths([1.0] * 5).with_columns(numerator=pl.lit(1), denominator=pl.lit(0))
    assert only(bounds(frame, by=["area"]))["note_code"] == "bad_denominator"


@pytest.mark.parametrize(
    ("change", "arguments", "says"),
    [
        (lambda f: f.drop("value"), {}, "give value, or numerator with denominator"),
        (lambda f: f.rename({"value": "numerator"}), {}, "denominator"),
        (lambda f: f.drop("population"), {}, "no column"),
        (lambda f: f.with_columns(total=pl.lit("ten")), {}, "must hold numbers"),
        (lambda f: f.with_columns(rank=pl.lit("most")), {}, "reads as a number"),
        (lambda f: f, {"kind": "count"}, "kind must be"),
        (lambda f: f, {"scale": 0}, "scale"),
        (lambda f: f, {"by": ["suppressed_count"]}, "cannot group by"),
    ],
)
def test_a_bad_call_is_refused_in_a_sentence(change, arguments: dict[str, object], says: str):
    with pytest.raises(ValueError, match=says):
        bounds(change(fifths([1.0, 2, 3, 4, None])), **{"by": ["area"], **arguments})


def test_no_rows_in_is_no_rows_out_with_the_same_columns():
    frame = fifths([1.0, 2, 3, 4, None])
    assert bounds(frame.clear(), by=["area"]).schema == bounds(frame.lazy(), by=["area"]).schema
    assert bounds(frame.clear(), by=[]).height == 0


cells = st.tuples(
    st.integers(1, 10**5), st.floats(0, 10), st.floats(0, 5), st.booleans(), st.floats(0, 1), st.floats(0, 1)
)


def frame_of(rows: list[tuple[int, float, float, bool, float, float]]) -> pl.DataFrame:
    """Rows with a range from the second number, as wide as the third, hidden or known to lie in it."""
    return pl.DataFrame(
        [
            (place, population, None if hidden else low + at * wide, low, low + wide)
            for place, (population, low, wide, hidden, at, _) in enumerate(rows, start=1)
        ],
        schema=SCHEMA,
        orient="row",
    )


@law
@given(rows=st.lists(cells, min_size=3, max_size=9), tied=st.booleans())
def test_every_legal_filling_lies_within(rows: list[tuple[int, float, float, bool, float, float]], tied: bool):
    frame = frame_of(rows)
    truth = [low + (at if not hidden else where) * wide for _, low, wide, hidden, at, where in rows]
    filled = frame.with_columns(value=pl.Series(truth))
    if tied:
        mean = (filled["population"] * filled["value"]).sum() / filled["population"].sum()
        frame = frame.with_columns(total=pl.lit(mean))
    slope = slope_index(filled, by=[])["slope_index"].item()
    answer = only(bounds(frame, by=[]))
    assert answer["note_code"] is None
    scale = 1e-6 * max(1, abs(slope), abs(answer["slope_index_smallest"]), abs(answer["slope_index_largest"]))
    assert answer["slope_index_smallest"] - scale <= slope <= answer["slope_index_largest"] + scale


@law
@given(rows=st.lists(cells, min_size=3, max_size=7), counted=st.booleans(), part=st.floats(0, 1))
def test_with_a_total_they_are_what_linear_programming_finds(
    rows: list[tuple[int, float, float, bool, float, float]], counted: bool, part: float
):
    frame = frame_of(rows).with_columns(population=pl.col("population") % 97 + 1)
    frame = frame.with_columns(denominator=pl.lit(1.0) if not counted else (pl.col("rank") * 37 % 11 + 1).cast(float))
    weight = line_weights(frame["population"].to_numpy()[None])[1][0] / frame["denominator"].to_numpy()
    cost = np.ones(len(rows)) if counted else (frame["population"] / frame["population"].sum()).to_numpy()
    low, high = (frame.select(pl.coalesce("value", end)).to_series().to_numpy() for end in frame.columns[3:5])
    total = float(cost @ (low + part * (high - low)))
    slopes = [
        sign * linprog(sign * weight, A_eq=cost[None], b_eq=[total], bounds=np.stack([low, high], axis=1)).fun
        for sign in (1, -1)
    ]
    frame = frame.with_columns(total=pl.lit(total))
    if counted:
        frame = frame.rename({name: name.replace("value", "numerator") for name in frame.columns[2:5]})
    assert ends(bounds(frame, by=[])) == pytest.approx(slopes, rel=1e-6, abs=1e-6)


@law
@given(rows=st.lists(cells, min_size=3, max_size=9))
def test_the_bounds_are_reached_by_legal_fillings(rows: list[tuple[int, float, float, bool, float, float]]):
    frame = frame_of(rows)
    slopes = []
    for place, first in itertools.product(range(len(rows) + 1), ("value_smallest", "value_largest")):
        then = "value_largest" if first == "value_smallest" else "value_smallest"
        end = pl.when(pl.col("rank") <= place).then(first).otherwise(then)
        filled = frame.with_columns(value=pl.coalesce("value", end))
        slopes.append(slope_index(filled.drop("value_smallest"), by=[])["slope_index"].item())
    # Weights change sign once along the ranks, so an extreme is one of these.
    assert ends(bounds(frame, by=[])) == pytest.approx((min(slopes), max(slopes)), rel=1e-9, abs=1e-9)


@law
@given(rows=st.lists(cells, min_size=3, max_size=9), random=st.randoms(use_true_random=False))
def test_row_order_and_text_ranks_do_not_move_a_digit(rows: list[tuple[int, float, float, bool, float, float]], random):
    frame = frame_of(rows).with_columns(rank=pl.col("rank") + 5)
    order = list(range(frame.height))
    random.shuffle(order)
    assert bounds(frame[order].cast({"rank": pl.String}), by=[]).equals(bounds(frame, by=[]))
