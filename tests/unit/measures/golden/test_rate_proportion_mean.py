"""Crude rates, proportions and means against PHEindicatormethods."""

import polars as pl
import pytest

from pipelines.measures import crude_rate, mean, proportion
from tests.shared import needs_golden
from tests.unit.measures.golden.case import Case, cases, same

FAMILY = "rate_proportion_mean"
MEASURE = {"phe_rate": crude_rate, "phe_proportion": proportion, "phe_mean": mean}
ROLES = {
    "phe_rate": {"x": "count", "n": "population"},
    "phe_proportion": {"x": "numerator", "n": "denominator"},
    "phe_mean": {"x": "value"},
}
METHODS = {"Exact": "exact_poisson", "Byars": "byar", "Wilson": "wilson", "Student's t-distribution": "student_t"}


@needs_golden
@pytest.mark.parametrize("name", cases(FAMILY))
def test_values_limits_and_methods_agree(name: str):
    case = Case(FAMILY, name)
    function = case.about["function"]
    frame, theirs = case.input(ROLES[function]), case.table("expected").sort(case.keys)
    scale = {"scale": case.params["multiplier"]} if "multiplier" in case.params else {}
    for ending, level in case.levels.items():
        answer = MEASURE[function](frame, by=case.keys, confidence=level, **scale)
        assert answer[case.keys].equals(theirs[case.keys])
        assert answer.height == case.about["n_out"]
        for ours, column in (("value", "value"), ("value_lower", f"lower{ending}"), ("value_upper", f"upper{ending}")):
            # What is 0, or the whole, is so but for the reference's rounding.
            assert same(answer[ours], case.expected(column), absolute=1e-12), ours
        for ours, column in (("standard_deviation", "stdev"), ("count", "value_count")):
            assert column not in theirs.columns or same(answer[ours], case.expected(column))
        if "method" in theirs.columns:
            assert answer["interval_method"].to_list() == [METHODS[method] for method in theirs["method"]]
        assert answer["note_code"].null_count() == answer.height


@needs_golden
def test_one_group_is_summed_too_where_the_reference_does_not():
    case = Case(FAMILY, "r02_rate_grouped_sum")
    frame = case.input(ROLES["phe_rate"]).filter(pl.col("area") == "a")
    assert frame.height == 3
    assert crude_rate(frame, by=["area"])["value"].to_list() == pytest.approx([1000])
