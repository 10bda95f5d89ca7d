"""Is the gap closing? The change of a measure between two periods, and its verdict."""

import datetime as dt
import doctest
import math
from statistics import NormalDist

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.measures import change_between
from tests.unit.measures import law

Z = 1.959963984540054


def two(before: float | None, after: float | None, error: object = 1.0, **columns: object) -> pl.DataFrame:
    rows = {"period_start": [2015, 2019], "value": [before, after], "standard_error": error, **columns}
    return pl.DataFrame(rows, schema_overrides={"value": pl.Float64})


def only(frame: pl.DataFrame) -> dict:
    assert frame.height == 1
    return frame.row(0, named=True)


def test_the_example_holds():
    # The package exports the function under the module's name.
    found = doctest.DocTestFinder().find(change_between, globs={"pl": pl, "change_between": change_between})
    for example in found:
        assert doctest.DocTestRunner().run(example).failed == 0
        assert example.examples


def test_the_difference_its_limits_and_its_probability():
    answer = only(change_between(two(10.0, 4.0, [3.0, 4.0]), by=[]))
    assert (answer["value_from"], answer["value_to"], answer["difference"]) == (10, 4, -6)
    assert answer["difference_lower"] == pytest.approx(-6 - Z * 5)
    assert answer["difference_upper"] == pytest.approx(-6 + Z * 5)
    assert answer["probability_narrowing"] == pytest.approx(NormalDist().cdf(6 / 5))
    assert (answer["verdict"], answer["interval_method"], answer["note_code"]) == ("no clear change", "normal", None)
    assert only(change_between(two(10.0, 4.0, [3.0, 4.0]), by=[], confidence=0.7))["verdict"] == "narrowing"


def test_smoking_fell_in_years_of_the_gap_and_rose_as_a_ratio():
    # England, adults, area deciles: 8.2 -> 5.7 points while the ratio rose 1.5 -> 1.75.
    absolute = only(change_between(two(8.2, 5.7, 0.5), by=[]))
    relative = only(change_between(two(1.5, 1.75, 0.05), by=[], kind="relative"))
    assert absolute["verdict"] == "narrowing"
    assert relative["verdict"] == "widening"
    assert relative["difference"] == pytest.approx(1.75 / 1.5)
    error = math.hypot(0.05 / 1.5, 0.05 / 1.75)
    assert relative["difference_lower"] == pytest.approx(1.75 / 1.5 * math.exp(-Z * error))
    assert relative["difference_upper"] == pytest.approx(1.75 / 1.5 * math.exp(Z * error))
    assert relative["interval_method"] == "log_ratio"


def test_limits_are_95_percent_limits_and_ratios_are_read_on_the_log_scale():
    absolute = pl.DataFrame({"period_start": [1, 2], "value": [5.0, 3.0], "value_lower": [4.0, 2.0]})
    absolute = absolute.with_columns(value_upper=pl.Series([6.0, 4.0]))
    answer = only(change_between(absolute, by=[], confidence=0.998))
    assert answer["difference_upper"] == pytest.approx(-2 + 3.090232306167813 * math.sqrt(2) / 1.959964)
    ratios = pl.DataFrame({"period_start": [1, 2], "value": [2.0, 2.0], "value_lower": 1.0, "value_upper": 4.0})
    answer = only(change_between(ratios, by=[], kind="relative"))
    assert answer["difference_upper"] == pytest.approx(2 ** math.sqrt(2), rel=1e-6)
    assert answer["probability_narrowing"] == 0.5


def test_a_lower_limit_of_nothing_gives_way_to_the_upper_one():
    ratios = pl.DataFrame(
        {"period_start": [1, 2], "value": [2.0, 2.0], "value_lower": [0.0, 1.0], "value_upper": [4.0, 4.0]}
    )
    whole = ratios.with_columns(value_lower=1.0)
    answer = only(change_between(ratios, by=[], kind="relative"))
    assert answer.pop("note_code") == "limit_truncated"
    expected = only(change_between(whole, by=[], kind="relative"))
    assert expected.pop("note_code") is None
    assert answer == pytest.approx(expected)


REVERSED = {
    # from, to, verdict, note: se = 0.5 in each, so 1.96 s = 1.39
    "gap closes": (5, 2, "narrowing", None),
    "gap opens": (2, 5, "widening", None),
    "reversed gap closes": (-5, -2, "narrowing", None),
    "reversed gap opens": (-2, -5, "widening", None),
    "turns to a smaller gap": (3, -1, "narrowing", "direction_reversed"),
    "turns to a larger gap": (-1, 3, "widening", "direction_reversed"),
    "turns to a gap of the same size": (2, -2, "no clear change", "direction_reversed"),
    "turns to a slightly larger gap": (2, -3, "no clear change", "direction_reversed"),
    "closes to nothing": (3, 0, "narrowing", None),
    "opens from nothing": (0, -3, "widening", None),
}


@pytest.mark.parametrize(("before", "after", "verdict", "note"), REVERSED.values(), ids=REVERSED)
def test_the_distance_from_no_gap_decides(before: float, after: float, verdict: str, note: str | None):
    answer = only(change_between(two(before, after, 0.5), by=[]))
    assert (answer["verdict"], answer["note_code"], answer["difference"]) == (verdict, note, after - before)
    closer = (abs(before) - abs(after)) / math.sqrt(0.5)
    assert answer["probability_narrowing"] == pytest.approx(NormalDist().cdf(closer))
    # A ratio below 1 is a reversed gap; exp of the same figures must get the same verdict.
    ratio = only(
        change_between(
            two(math.exp(before), math.exp(after), [0.5 * math.exp(v) for v in (before, after)]), by=[], kind="relative"
        )
    )
    assert (ratio["verdict"], ratio["note_code"]) == (verdict, note)
    assert ratio["difference"] == pytest.approx(math.exp(after - before))


def test_equal_gaps_are_called_different_no_more_often_than_one_time_in_twenty():
    draws = np.random.default_rng(20261126)
    for before, after in ((0, 0), (1, 1), (1, -1), (8, 8), (8, -8)):
        values = np.array([before, after]) + draws.normal(size=(20_000, 2))
        frame = pl.DataFrame({"draw": np.repeat(np.arange(20_000), 2), "period_start": np.tile([1, 2], 20_000)})
        answer = change_between(frame.with_columns(value=values.ravel(), standard_error=1.0), by=["draw"])
        false_alarms = (answer["verdict"] != "no clear change").mean()
        assert false_alarms < 0.055, (before, after)
        if before == after == 8:
            assert false_alarms > 0.045
            covered = answer["difference_lower"].le(0) & answer["difference_upper"].ge(0)
            assert 0.945 < covered.mean() < 0.955


UNTESTED = {
    "no limits": (two(5, 3, None), None, -2.0),
    "one limit": (two(5, 3, [None, 1.0]), "incomplete_limits", -2.0),
    "break": (two(5, 3, series_break=[False, True]), "series_break", None),
    "break before": (two(5, 3, series_break=[True, None]), "series_break", None),
    "overlap": (two(5, 3, period_end=[2019, 2021]), "periods_overlap", None),
    "too large": (two(-1.7e308, 1.7e308), "not_computable", None),
    "error too large": (two(5, 3, 1.7e308), "not_computable", -2.0),
}


@pytest.mark.parametrize(("frame", "note", "difference"), UNTESTED.values(), ids=UNTESTED)
def test_what_cannot_be_tested_gets_no_verdict(frame: pl.DataFrame, note: str | None, difference: float | None):
    answer = only(change_between(frame, by=[]))
    assert [answer["value_from"], answer["value_to"]] == frame["value"].to_list()
    assert (answer["verdict"], answer["interval_method"]) == ("cannot_be_tested", "none")
    assert (answer["note_code"], answer["difference"]) == (note, difference)
    assert [answer[f"difference_{end}"] for end in ("lower", "upper")] == [None, None]
    assert answer["probability_narrowing"] is None


@pytest.mark.parametrize("values", [(0.0, 1.5), (1.5, -0.2)])
def test_a_ratio_needs_values_above_nothing(values: tuple[float, float]):
    answer = only(change_between(two(*values), by=[], kind="relative"))
    assert (answer["verdict"], answer["note_code"]) == ("cannot_be_tested", "not_above_zero")
    assert (answer["value_from"], answer["difference"]) == (values[0], None)


def test_no_break_and_no_overlap_are_no_obstacle():
    fine = two(5, 3, 0.1, series_break=[False, None], period_end=[2018, 2022])
    assert only(change_between(fine, by=[]))["verdict"] == "narrowing"
    day = dt.date
    fine = fine.with_columns(period_start=pl.Series([day(2019, 1, 1), day(2016, 1, 1)]), period_end=None)
    fine = fine.with_columns(period_end=pl.Series([day(2021, 12, 31), day(2018, 12, 31)]))
    assert only(change_between(fine, by=[]))["verdict"] == "widening"


def test_known_exactly_is_certain():
    assert only(change_between(two(5, 3, 0.0), by=[]))["probability_narrowing"] == 1
    assert only(change_between(two(3, 5, 0.0), by=[]))["probability_narrowing"] == 0
    same = only(change_between(two(3, 3, 0.0), by=[]))
    assert (same["probability_narrowing"], same["verdict"]) == (0.5, "no clear change")


BAD = {
    "one row": ("not_two_periods", two(5, 3).head(1)),
    "three rows": ("not_two_periods", pl.concat([two(5, 3), two(5, 3).head(1)])),
    "no period": ("bad_period", two(5, 3).with_columns(period_start=pl.Series([None, 2019]))),
    "ends before": ("bad_period", two(5, 3, period_end=[2014, 2020])),
    "no end": ("bad_period", two(5, 3, period_end=[None, 2020])),
    "twice": ("duplicate_period", two(5, 3).with_columns(period_start=2015)),
    "no value": ("missing_value", two(5, None)),
    "nan": ("missing_value", two(5, math.nan)),
    "infinite": ("missing_value", two(5, math.inf)),
    "crossed": ("crossed_limits", two(5, 3, value_lower=[4.0, 4.0], value_upper=[6.0, 2.0])),
    "negative": ("negative_standard_error", two(5, 3, [1.0, -1.0])),
}


@pytest.mark.parametrize(("note", "bad"), BAD.values(), ids=BAD)
def test_a_bad_group_gets_nulls_and_leaves_its_neighbours(note: str, bad: pl.DataFrame):
    good = pl.concat([two(5.1, 3.3).with_columns(area=pl.lit("a")), two(3.1, 5.3).with_columns(area=pl.lit("c"))])
    if "period_end" in bad.columns:
        good = good.with_columns(period_end=pl.col("period_start") + 2)
    both = pl.concat([bad.with_columns(area=pl.lit("b")), good], how="diagonal_relaxed")
    answer = change_between(both.lazy(), by=["area"])
    assert answer.filter(pl.col("area") != "b").equals(change_between(good, by=["area"]))
    row = answer.row(1, named=True)
    assert (row.pop("area"), row.pop("note_code"), row.pop("interval_method")) == ("b", note, "none")
    assert set(row.values()) == {None}


BAD_CALLS = {
    "kind": ({}, {"kind": "ratio"}, "kind must be 'absolute' or 'relative'"),
    "confidence": ({}, {"confidence": 95}, "between 0.5 and 1"),
    "by an input": ({"by": ["period_start"]}, {"by": ["period_start"]}, "cannot group by"),
    "by an output": ({}, {"by": ["verdict"]}, "cannot group by"),
    "half the limits": ({"value_lower": 1.0}, {}, "only one of"),
    "break as text": ({"series_break": "no"}, {}, "true or false"),
    "values as text": ({"value": "5"}, {}, "must hold numbers"),
    "periods that sort wrongly": ({"period_start": pl.Series(["9", "10"])}, {}, "begin with the year"),
    "ends of another type": ({"period_end": pl.Series(["2016", "2020"])}, {}, "the same type"),
}


@pytest.mark.parametrize(("columns", "arguments", "says"), BAD_CALLS.values(), ids=BAD_CALLS)
def test_a_bad_call_is_refused_in_a_sentence(columns: dict, arguments: dict, says: str):
    columns = {name: pl.lit(cell) if isinstance(cell, str) else cell for name, cell in columns.items() if name != "by"}
    with pytest.raises(ValueError, match=says) as refusal:
        change_between(two(5, 3).with_columns(**columns), **{"by": [], **arguments})
    assert str(refusal.value).endswith(".")


def test_missing_columns_are_named():
    for name in ("period_start", "value"):
        with pytest.raises(ValueError, match=name):
            change_between(two(5, 3).drop(name), by=[])


def test_no_rows_in_is_no_rows_out_with_the_same_columns():
    frame = two(5, 3).with_columns(area=pl.lit("a"))
    for by in (["area"], []):
        empty = change_between(frame.clear(), by=by)
        assert (empty.height, empty.schema) == (0, change_between(frame, by=by).schema)


# Laws.

values = st.floats(-50, 50)
errors = st.floats(0.001, 20)
levels = st.sampled_from([0.9, 0.95, 0.998])
OPPOSITE = {"narrowing": "widening", "widening": "narrowing", "no clear change": "no clear change"}


@law
@given(values, values, errors, errors, levels)
def test_exchanging_the_values_turns_the_verdict_over(v: float, w: float, e: float, f: float, level: float):
    one = only(change_between(two(v, w, [e, f]), by=[], confidence=level))
    other = only(change_between(two(w, v, [f, e]), by=[], confidence=level))
    assert other["verdict"] == OPPOSITE[one["verdict"]]
    assert other["difference"] == pytest.approx(-one["difference"])
    assert other["difference_lower"] == pytest.approx(-one["difference_upper"])
    assert other["probability_narrowing"] == pytest.approx(1 - one["probability_narrowing"])
    assert other["note_code"] == one["note_code"]


@law
@given(st.floats(0, 50), st.floats(0, 50), errors, errors, levels, st.booleans())
def test_for_a_gap_above_nothing_the_verdict_is_where_the_limits_lie(
    v: float, w: float, e: float, f: float, level: float, backwards: bool
):
    frame = two(v, w, [e, f])
    answer = only(change_between(frame[::-1] if backwards else frame, by=[], confidence=level))
    assert (answer["verdict"] == "narrowing") == (answer["difference_upper"] < 0)
    assert (answer["verdict"] == "widening") == (answer["difference_lower"] > 0)
    tail = (1 - level) / 2
    if answer["verdict"] == "narrowing":
        assert answer["probability_narrowing"] >= 1 - tail - 1e-9
    elif answer["verdict"] == "widening":
        assert answer["probability_narrowing"] <= tail + 1e-9
    else:
        assert tail - 1e-9 <= answer["probability_narrowing"] <= 1 - tail + 1e-9


@law
@given(values, values, errors, errors)
def test_turning_the_sign_of_both_values_keeps_the_verdict(v: float, w: float, e: float, f: float):
    one = only(change_between(two(v, w, [e, f]), by=[]))
    other = only(change_between(two(-v, -w, [e, f]), by=[]))
    for name in ("verdict", "probability_narrowing", "note_code"):
        assert one[name] == other[name]


@law
@given(st.floats(0.1, 9), st.floats(0.1, 9), errors, errors, st.floats(0.01, 100))
def test_a_ratio_has_no_unit_and_inverting_it_changes_nothing_but_its_direction(
    v: float, w: float, e: float, f: float, factor: float
):
    one = only(change_between(two(v, w, [e, f]), by=[], kind="relative"))
    # With relative errors kept, 1/v has the standard error e/v^2.
    other = only(change_between(two(1 / v, 1 / w, [e / v**2, f / w**2]), by=[], kind="relative"))
    assert other["difference"] == pytest.approx(1 / one["difference"])
    assert other["probability_narrowing"] == pytest.approx(one["probability_narrowing"], abs=1e-9)
    if one["difference_lower"] and other["difference_upper"]:
        assert other["difference_upper"] == pytest.approx(1 / one["difference_lower"], rel=1e-6)


numbers = st.one_of(st.none(), st.floats(), st.floats(-2, 20))


@law
@given(
    rows=st.lists(
        st.tuples(
            st.sampled_from("ab"), st.sampled_from([1.0, 2.0, 3.0, None]), *[numbers] * 5, st.sampled_from([True, None])
        ),
        max_size=8,
    ),
    kind=st.sampled_from(["absolute", "relative"]),
)
def test_nothing_in_the_cells_ever_raises_or_lets_a_non_number_out(rows: list[tuple], kind: str):
    names = ["area", "period_start", "period_end", "value", "standard_error", "value_lower", "value_upper"]
    schema = {**dict.fromkeys(names, pl.Float64), "area": pl.String, "series_break": pl.Boolean}
    frame = pl.DataFrame(rows, schema=schema, orient="row", strict=False)
    for given_frame in (frame, frame.drop("period_end", "series_break")):
        answer = change_between(given_frame, by=["area"], kind=kind)
        assert answer["area"].to_list() == sorted({row[0] for row in rows})
        for column in answer.select(pl.col(pl.Float64)):
            assert column.is_finite().all()
        tested = answer["verdict"].is_in(["narrowing", "widening", "no clear change"])
        assert (tested.fill_null(value=False) == answer["probability_narrowing"].is_not_null()).all()
        assert (answer["difference_lower"] <= answer["difference_upper"]).all()
        assert (answer["verdict"].is_null() <= answer["note_code"].is_not_null()).all()


def test_errors_of_zero_and_limits_that_exclude_their_value_are_noted():
    years = pl.DataFrame({"period_start": [2015, 2019], "value": [8.0, 5.0], "standard_error": [0.0, 0.5]})
    answer = change_between(years, by=[]).row(0, named=True)
    assert (answer["verdict"], answer["note_code"]) == ("narrowing", "zero_standard_error")
    limits = pl.DataFrame(
        {"period_start": [2015, 2019], "value": [8.0, 5.0], "value_lower": [9.0, 4.0], "value_upper": [10.0, 6.0]}
    )
    answer = change_between(limits, by=[]).row(0, named=True)
    assert (answer["verdict"], answer["note_code"]) == ("narrowing", "limits_exclude_value")
