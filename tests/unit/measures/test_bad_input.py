"""One bad group never stops the others; a bad call is refused in a sentence. The same for every measure here."""

import math
from collections.abc import Callable
from datetime import timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.measures import (
    change_between,
    diagnose,
    differences_from_total,
    excess_events,
    funnel_limits,
    gap,
    non_overlapping,
    slope_index,
)
from tests.unit.measures import law

MEASURES = [slope_index, gap]
every_measure = pytest.mark.parametrize("measure", MEASURES, ids=lambda measure: measure.__name__)
Measure = Callable[..., pl.DataFrame]
ESTIMATE = {slope_index: "slope_index", gap: "absolute_gap"}


def area(name: str, rows: int = 6) -> pl.DataFrame:
    ranks = range(1, rows + 1)
    return pl.DataFrame(
        {
            "area": name,
            "rank": [float(rank) for rank in ranks],
            "population": 100.0,
            "value": [70.0 + rank for rank in ranks],
            "value_lower": [69.0 + rank for rank in ranks],
            "value_upper": [71.0 + rank for rank in ranks],
            "standard_error": pl.Series([None] * rows, dtype=pl.Float64),
        }
    )


def spoilt(**cells: object) -> pl.DataFrame:
    """Area "b" with some cells of its third row changed."""
    third = pl.col("rank") == 3
    return area("b").with_columns(
        pl.when(third).then(pl.lit(cell)).otherwise(pl.col(name)).alias(name) for name, cell in cells.items()
    )


SPOILT = {
    "bad_rank null": ("bad_rank", spoilt(rank=None)),
    "bad_rank fraction": ("bad_rank", spoilt(rank=3.5)),
    "bad_rank infinite": ("bad_rank", spoilt(rank=math.inf)),
    "duplicate_rank": ("duplicate_rank", spoilt(rank=4.0)),
    "missing_value": ("missing_value", spoilt(value=None)),
    "missing_value nan": ("missing_value", spoilt(value=math.nan)),
    "missing_value infinite": ("missing_value", spoilt(value=-math.inf)),
    "crossed_limits": ("crossed_limits", spoilt(value_lower=80.0)),
    "negative_standard_error": ("negative_standard_error", spoilt(standard_error=-0.1)),
    "too_few_groups": ("too_few_groups", area("b", rows=1)),
}
SPOILT_POPULATION = {
    **{str(cell): ("bad_population", spoilt(population=cell)) for cell in (None, math.nan, math.inf, 0.0, -5.0)},
    "two groups": ("too_few_groups", area("b", rows=2)),
    "101 groups": ("too_many_groups", area("b", rows=101)),
}


def check_refused(measure: Measure, note: str, bad: pl.DataFrame) -> None:
    """The bad area gets the note and nulls; its neighbours get what they get without it."""
    good = pl.concat([area("a"), area("c")])
    answer = measure(pl.concat([bad, good]), by=["area"])
    assert answer["area"].to_list() == ["a", "b", "c"]
    assert answer.filter(pl.col("area") != "b").equals(measure(good, by=["area"]))
    row = answer.row(1, named=True)
    assert (row.pop("area"), row.pop("note_code"), row.pop("interval_method")) == ("b", note, "none")
    assert row.pop("group_count") == bad.height
    assert set(row.values()) == {None}


@every_measure
@pytest.mark.parametrize(("note", "bad"), SPOILT.values(), ids=SPOILT)
def test_a_bad_group_gets_nulls_and_a_note(measure: Measure, note: str, bad: pl.DataFrame):
    check_refused(measure, note, bad)


@pytest.mark.parametrize(("note", "bad"), SPOILT_POPULATION.values(), ids=SPOILT_POPULATION)
def test_the_slope_also_needs_people_and_three_to_a_hundred_groups(note: str, bad: pl.DataFrame):
    check_refused(slope_index, note, bad)


def test_a_hundred_groups_and_three_are_enough_and_not_too_many():
    answer = slope_index(pl.concat([area("a", rows=3), area("b", rows=100)]), by=["area"])
    assert answer["note_code"].to_list() == [None, None]


@every_measure
@pytest.mark.parametrize(
    "bad",
    [spoilt(value_lower=None), spoilt(value_lower=None, value_upper=None), spoilt(value_upper=math.inf)],
    ids=["one limit missing", "both missing", "infinite"],
)
def test_limits_for_some_categories_only_give_the_estimate_without_limits(measure: Measure, bad: pl.DataFrame):
    row = measure(bad, by=["area"]).row(0, named=True)
    assert row[ESTIMATE[measure]] == measure(area("b"), by=["area"])[ESTIMATE[measure]].item()
    assert {cell for name, cell in row.items() if name.endswith(("_lower", "_upper"))} == {None}
    assert (row["note_code"], row["interval_method"]) == ("incomplete_limits", "none")


@every_measure
def test_a_standard_error_stands_in_for_missing_limits_and_wins_over_given_ones(measure: Measure):
    filled = spoilt(value_lower=None, value_upper=None, standard_error=1 / 1.959964)
    wider = area("b").with_columns(standard_error=1 / 1.959964, value_upper=pl.col("value") + 50)
    expected = measure(area("b"), by=["area"])
    assert measure(filled, by=["area"]).equals(expected)
    assert measure(wider, by=["area"]).equals(expected)


@every_measure
def test_nan_limits_are_absent_limits(measure: Measure):
    absent = area("a").with_columns(value_lower=pl.lit(math.nan), value_upper=pl.lit(math.nan))
    row = measure(absent, by=["area"]).row(0, named=True)
    assert (row["note_code"], row["interval_method"]) == (None, "none")


@every_measure
def test_missing_limits_are_said_before_a_missing_ratio(measure: Measure):
    below_zero = spoilt(value_lower=None).with_columns(pl.col("value", "value_lower", "value_upper") - 90)
    assert measure(below_zero, by=["area"])["note_code"].to_list() == ["incomplete_limits"]


@every_measure
def test_ranks_with_a_hole_are_measured_and_said(measure: Measure):
    row = measure(area("a", rows=7).filter(pl.col("rank") != 3), by=["area"]).row(0, named=True)
    assert row[ESTIMATE[measure]] is not None
    assert (row["group_count"], row["note_code"]) == (6, "missing_ranks")


@every_measure
def test_text_that_is_no_rank_spoils_its_own_group_only(measure: Measure):
    as_text = area("a").with_columns(pl.col("rank").cast(pl.Int64).cast(pl.String))
    labelled = as_text.with_columns(area=pl.lit("b"), rank=pl.when(pl.col("rank") == "3").then(pl.lit("third")))
    assert measure(pl.concat([as_text, labelled]), by=["area"])["note_code"].to_list() == [None, "bad_rank"]


@every_measure
def test_numbers_too_large_to_compute_with_are_said(measure: Measure):
    huge = area("a").with_columns(value=pl.when(pl.col("rank") < 4).then(-1.7e308).otherwise(1.7e308))
    row = measure(huge, by=["area"]).row(0, named=True)
    assert row["note_code"] in {"not_computable", "incomplete_limits"}
    assert row[ESTIMATE[measure]] is None


@pytest.mark.parametrize(
    ("kind", "value", "error"),
    [("rate", 1e-6, 0.01), ("rate", 0.2, 5e-324), ("proportion", 0.2, 1e-19), ("proportion", 1e-9, 1.0)],
)
def test_errors_too_large_or_too_small_for_a_law_stop_no_other_group(kind: str, value: float, error: float):
    """A rate a ten-thousandth of its error overflows on the log scale; errors below rounding have no spread."""
    good = area("a").with_columns(pl.col("value") / 100, standard_error=pl.lit(0.01))
    odd = area("b").with_columns(
        value=pl.when(pl.col("rank") == 3).then(value).otherwise(0.3), standard_error=pl.lit(error)
    )
    alone = slope_index(good, by=["area"], kind=kind)
    together = slope_index(pl.concat([good, odd]), by=["area"], kind=kind)
    assert together.head(1).equals(alone)
    assert together["slope_index"].is_finite().all()


@pytest.mark.parametrize("spoil", [{"rank": 1e300}, {"groups_expected": 1e300}])
def test_whole_numbers_too_large_to_count_with_spoil_their_own_group_only(spoil: dict[str, float]):
    bad = area("b").with_columns(groups_expected=pl.lit(6.0))
    bad = bad.with_columns(
        pl.when((pl.col("rank") == 6) | pl.lit("rank" not in spoil)).then(pl.lit(size)).otherwise(name).alias(name)
        for name, size in spoil.items()
    )
    found = diagnose(pl.concat([area("a").with_columns(groups_expected=pl.lit(6.0)), bad]), by=["area"])
    assert found["grade"].to_list() == ["A", "D"]
    assert found["note_code"].to_list() == [None, "bad_rank" if "rank" in spoil else "bad_groups_expected"]


def test_what_overflows_beside_limits_warns_nobody():
    """Warnings are errors here."""
    huge = pl.DataFrame({"rank": [1, 2, 3], "population": 10.0, "value": [0.3, 0.2, 0.1], "standard_error": 1.7e308})
    assert excess_events(huge, by=[], favourable=False)["value_lower"].item() is None
    periods = pl.DataFrame({"period_start": [2015, 2019], "value": [8.2, 5.7], "standard_error": [0.5, 1.7e308]})
    assert change_between(periods, by=[])["verdict"].item() == "cannot_be_tested"
    areas = pl.DataFrame({"numerator": [0.5, 30.0], "denominator": [1.7e308, 150.0]})
    assert "not_computable" in set(funnel_limits(areas, by=[], kind="ratio")["note_code"])


@pytest.mark.parametrize("names", [pl.Series([[1], [2]]), pl.Series([b"\xff", b"a"]), pl.Series([timedelta(1)] * 2)])
def test_categories_without_a_text_are_a_bad_call(names: pl.Series):
    frame = pl.DataFrame({"category": names, "value": [1.0, 2.0]})
    with pytest.raises(ValueError, match="The column category must hold text"):
        differences_from_total(frame, by=[])


def test_a_period_without_end_is_no_period():
    frame = pl.DataFrame({"period_start": [2010.0, 2013.0], "period_end": [2012.0, math.inf]})
    assert non_overlapping(frame, by=[])["note_code"].to_list() == ["bad_period"]


def test_a_confidence_next_to_1_is_refused():
    with pytest.raises(ValueError, match="confidence must be a number between"):
        gap(area("a"), by=[], confidence=math.nextafter(1, 0))


@every_measure
def test_no_rows_in_is_no_rows_out_with_the_same_columns(measure: Measure):
    for by in (["area"], []):
        full, empty = measure(area("a"), by=by), measure(area("a").clear(), by=by)
        assert empty.height == 0
        assert empty.schema == full.schema


@every_measure
def test_null_is_a_key_like_any_other(measure: Measure):
    frame = pl.concat([area("a"), area("b").with_columns(area=pl.lit(None, dtype=pl.String))])
    assert measure(frame, by=["area"])["area"].to_list() == [None, "a"]


numbers = st.one_of(st.none(), st.floats(), st.floats(-2, 20))


@every_measure
@law
@given(
    rows=st.lists(
        st.tuples(st.sampled_from("ab"), st.one_of(numbers, st.integers(1, 6)), *[numbers] * 5), min_size=0, max_size=14
    )
)
def test_nothing_in_the_cells_ever_raises_or_lets_a_non_number_out(measure: Measure, rows: list[tuple[object, ...]]):
    schema = {name: pl.String if name == "area" else pl.Float64 for name in area("a").columns}
    answer = measure(pl.DataFrame([tuple(row) for row in rows], schema=schema, orient="row", strict=False), by=["area"])
    assert answer["area"].to_list() == sorted({str(row[0]) for row in rows})
    for column in answer.select(pl.col(pl.Float64)):
        assert column.is_finite().all()
    for name in ("slope_index", "relative_index", "absolute_gap", "relative_gap"):
        if name in answer.columns:
            lower, upper = answer[f"{name}_lower"], answer[f"{name}_upper"]
            assert (lower.is_null() == upper.is_null()).all()
            assert (lower <= upper).all()


BAD_CALLS = {
    "rank": (lambda f: f.drop("rank"), {}, "no column"),
    "value": (lambda f: f.drop("value"), {}, "no column"),
    "by": (lambda f: f, {"by": ["region"]}, "region"),
    "by as text": (lambda f: f, {"by": "area"}, "list of column names"),
    "by nothing": (lambda f: f, {"by": None}, "list of column names"),
    "by twice": (lambda f: f, {"by": ["area", "area"]}, "twice"),
    "by an input": (lambda f: f, {"by": ["rank"]}, "cannot group by"),
    "by an output": (lambda f: f.with_columns(note_code=1), {"by": ["note_code"]}, "cannot group by"),
    "half the limits": (lambda f: f.drop("value_lower"), {}, "only one of"),
    "values as text": (lambda f: f.cast({"value": pl.String}), {}, "must hold numbers"),
    "ranks as labels": (lambda f: f.with_columns(rank=pl.lit("Most deprived")), {}, "reads as a number"),
    "ranks as truth": (lambda f: f.with_columns(rank=pl.lit(value=True)), {}, "whole numbers"),
    "no scale": (lambda f: f, {"scale": 0}, "scale"),
    "no direction": (lambda f: f, {"favourable": "up"}, "favourable"),
    "confidence in percent": (lambda f: f, {"confidence": 95}, "between 0.5 and 1"),
    "confidence one": (lambda f: f, {"confidence": 1}, "between 0.5 and 1"),
    "confidence half": (lambda f: f, {"confidence": 0.5}, "between 0.5 and 1"),
    "not a polars frame": (lambda f: f.to_dict(as_series=False), {}, "Polars"),
}


@every_measure
@pytest.mark.parametrize(("spoil", "arguments", "says"), BAD_CALLS.values(), ids=BAD_CALLS)
def test_a_bad_call_is_refused_in_a_sentence(measure: Measure, spoil, arguments: dict[str, object], says: str):
    with pytest.raises(ValueError, match=says) as refusal:
        measure(spoil(area("a")), **{"by": ["area"], **arguments})
    assert str(refusal.value).endswith(".")
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"kind": "ratio"}, "kind must be 'mean' or 'rate' or 'proportion'; found 'ratio'"),
        ({"kind": None}, "kind must be"),
        ({"transform": True}, "transform must be False for kind='mean'"),
        ({"kind": "rate", "transform": 1}, "transform must be False or True; found 1"),
    ],
)
def test_other_kinds_and_transforms_of_means_are_refused(arguments: dict[str, object], says: str):
    with pytest.raises(ValueError, match=says):
        slope_index(area("a"), by=["area"], **arguments)


def test_the_slope_needs_populations():
    with pytest.raises(ValueError, match="population"):
        slope_index(area("a").drop("population"), by=["area"])
