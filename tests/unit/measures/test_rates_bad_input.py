"""Rates, proportions and means: one bad group never stops the others, and a bad call is refused in a sentence."""

import math
from collections.abc import Callable

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.measures import (
    crude_rate,
    directly_standardised_rate,
    indirectly_standardised_rate,
    indirectly_standardised_ratio,
    mean,
    proportion,
)
from tests.unit.measures import law

Measure = Callable[..., pl.DataFrame]
INDIRECT = [indirectly_standardised_rate, indirectly_standardised_ratio]
OF_COUNTS = [crude_rate, proportion, directly_standardised_rate, *INDIRECT]
MEASURES = [*OF_COUNTS, mean]
every_measure = pytest.mark.parametrize("measure", MEASURES, ids=lambda measure: measure.__name__)
NEEDS = {
    crude_rate: ("count", "population"),
    proportion: ("count", "population"),
    directly_standardised_rate: ("count", "population", "standard_population"),
    **dict.fromkeys(INDIRECT, ("count", "population", "reference_count", "reference_population")),
    mean: ("value",),
}


def area(name: str, **cells: object) -> pl.DataFrame:
    """Four rows that every measure can use, some cells of the third of them changed."""
    frame = pl.DataFrame(
        {
            "count": [10.0, 20.0, 30.0, 40.5],
            "population": [1000.0, 900.0, 800.0, 700.5],
            "standard_population": [4.0, 3.0, 2.0, 0.0],
            "reference_count": [11.0, 12.0, 0.0, 14.0],
            "reference_population": [2000.0, 3000.0, 4000.0, 5000.0],
            "value": [1.0, 2.0, 4.0, 8.5],
        }
    )
    third = pl.int_range(pl.len()) == 2
    changed = [pl.when(third).then(pl.lit(cell)).otherwise(pl.col(name)).alias(name) for name, cell in cells.items()]
    return frame.with_columns(area=pl.lit(name)).with_columns(changed)


SPOILT: list[tuple[str, list[Measure], str, list[object]]] = [
    ("missing_count", [crude_rate, proportion, *INDIRECT], "count", [None, math.nan]),
    ("bad_count", OF_COUNTS, "count", [-1.0, math.inf, -math.inf]),
    ("bad_population", OF_COUNTS, "population", [None, math.nan, -5.0, math.inf]),
    ("bad_population", [crude_rate, proportion, directly_standardised_rate], "population", [0.0]),
    ("count_above_population", [proportion], "count", [801.0]),
    ("bad_standard_population", [directly_standardised_rate], "standard_population", [None, math.nan, -1.0, math.inf]),
    ("bad_reference", INDIRECT, "reference_count", [None, math.nan, -1.0, math.inf]),
    ("bad_reference", INDIRECT, "reference_population", [None, math.nan, 0.0, -1.0, math.inf]),
    ("missing_value", [mean], "value", [None, math.nan, math.inf]),
]
CASES = [
    pytest.param(measure, note, column, cell, id=f"{measure.__name__} {column} {cell}")
    for note, measures, column, cells in SPOILT
    for measure in measures
    for cell in cells
]


@pytest.mark.parametrize(("measure", "note", "column", "cell"), CASES)
def test_a_bad_group_gets_nulls_and_a_note(measure: Measure, note: str, column: str, cell: object):
    good = pl.concat([area("a"), area("c")])
    answer = measure(pl.concat([area("b", **{column: cell}), good]), by=["area"])
    assert answer["area"].to_list() == ["a", "b", "c"]
    assert answer.filter(pl.col("area") != "b").equals(measure(good, by=["area"]))
    row = answer.row(1, named=True)
    assert (row.pop("area"), row.pop("note_code"), row.pop("interval_method")) == ("b", note, "none")
    assert set(row.values()) == {None}


@every_measure
def test_a_good_group_is_answered_in_full(measure: Measure):
    row = measure(area("a"), by=["area"]).row(0, named=True)
    assert row.pop("note_code") is None
    assert None not in row.values()
    assert row["value_lower"] < row["value"] < row["value_upper"]


def test_weights_of_nothing_and_groups_of_nobody_have_no_rate():
    weightless = area("a").with_columns(standard_population=0.0)
    assert directly_standardised_rate(weightless, by=[])["note_code"].item() == "bad_standard_population"
    nobody = area("a").with_columns(count=0.0, population=0.0)
    for measure in (crude_rate, proportion):
        assert measure(nobody, by=[])["note_code"].item() == "bad_population"


@every_measure
def test_numbers_too_large_to_compute_with_are_said(measure: Measure):
    many = area("a").with_columns(pl.col("count", "value") * 1e306)
    nobody_nearly = area("a").with_columns(population=5e-324, reference_count=5e-324, value=1e308)
    everybody = many.with_columns(population=1e308)
    for frame in (many, nobody_nearly, everybody):
        row = measure(frame, by=[]).row(0, named=True)
        for number in row.values():
            assert number is None or isinstance(number, str) or math.isfinite(number)
        assert (row["interval_method"] == "none") == (row["value_lower"] is None)
        assert row["value"] is not None or row["note_code"] is not None


@every_measure
def test_no_rows_in_is_no_rows_out_with_the_same_columns(measure: Measure):
    for by in (["area"], []):
        full, empty = measure(area("a"), by=by), measure(area("a").clear(), by=by)
        assert empty.height == 0
        assert empty.schema == full.schema


@every_measure
def test_groups_come_back_in_order_with_their_keys_from_a_lazy_frame(measure: Measure):
    frame = pl.concat([area("b"), area("a"), area("c").with_columns(area=pl.lit(None, dtype=pl.String))])
    frame = frame.with_columns(share=pl.lit(7, dtype=pl.Int16), group=pl.lit("x"))
    answer = measure(frame.lazy(), by=["area", "share", "group"])
    assert answer["area"].to_list() == [None, "a", "b"]
    assert answer.schema["share"] == pl.Int16
    assert answer["value"].n_unique() == 1


@every_measure
def test_groups_of_any_size_stand_beside_each_other(measure: Measure):
    sizes = {name: area(name).head(size) for name, size in {"a": 4, "b": 2, "c": 4, "d": 3}.items()}
    answer = measure(pl.concat(sizes.values()), by=["area"])
    for name, frame in sizes.items():
        assert answer.filter(pl.col("area") == name).equals(measure(frame, by=["area"]))


cells = st.one_of(st.none(), st.floats(), st.floats(-2, 2000), st.integers(0, 50))
rows = st.lists(st.tuples(*[cells] * 6, st.sampled_from("ab")), max_size=10)


@every_measure
@law
@given(rows, st.randoms(use_true_random=False))
def test_nothing_in_the_cells_raises_or_lets_a_non_number_out_and_order_never_matters(measure: Measure, rows, random):
    schema = {name: pl.String if name == "area" else pl.Float64 for name in area("a").columns}
    frame = pl.DataFrame(rows, schema=schema, orient="row", strict=False)
    answer = measure(frame, by=["area"])
    assert answer["area"].to_list() == sorted({row[-1] for row in rows})
    for column in answer.select(pl.col(pl.Float64)):
        assert column.is_finite().all()
    assert (answer["value_lower"].is_null() == answer["value_upper"].is_null()).all()
    assert (answer["value_lower"] <= answer["value_upper"]).all()
    assert (answer["value"].is_not_null() | answer["note_code"].is_not_null()).all()
    assert measure(frame[random.sample(range(frame.height), frame.height)], by=["area"]).equals(answer)


BAD_CALLS = {
    "by": ({"by": ["region"]}, "region"),
    "by as text": ({"by": "area"}, "list of column names"),
    "by twice": ({"by": ["area", "area"]}, "twice"),
    "by an output": ({"by": ["note_code"]}, "cannot group by"),
    "scale of nothing": ({"scale": 0}, "scale must be a finite number above 0"),
    "scale below 0": ({"scale": -100}, "scale"),
    "scale infinite": ({"scale": math.inf}, "scale"),
    "confidence in percent": ({"confidence": 95}, "between 0.5 and 1"),
    "confidence of half": ({"confidence": 0.5}, "between 0.5 and 1"),
    "confidence of one": ({"confidence": 1}, "between 0.5 and 1"),
}


@every_measure
def test_a_bad_call_is_refused_in_a_sentence(measure: Measure):
    frame = area("a").with_columns(note_code=1)
    calls = [
        (frame, arguments, says)
        for arguments, says in BAD_CALLS.values()
        if measure is not mean or "scale" not in arguments
    ]
    calls += [(frame.drop(name), {}, "no column|one of count") for name in NEEDS[measure]]
    calls += [(frame.cast({name: pl.String}), {}, "must hold numbers") for name in NEEDS[measure]]
    calls += [(frame, {"by": [name]}, "cannot group by") for name in NEEDS[measure]]
    calls.append((frame.to_dict(as_series=False), {}, "Polars"))
    for given_frame, arguments, says in calls:
        with pytest.raises(ValueError, match=says) as refusal:
            measure(given_frame, **{"by": ["area"], **arguments})
        assert str(refusal.value).endswith(".")
        assert "\n" not in str(refusal.value)
