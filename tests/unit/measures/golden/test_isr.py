"""Indirectly standardised rates and ratios against PHEindicatormethods."""

import polars as pl
import pytest

from pipelines.measures import indirectly_standardised_rate, indirectly_standardised_ratio
from tests.shared import needs_golden
from tests.unit.measures.golden.case import Case, cases, same

ROLES = {"x": "count", "n": "population", "x_ref": "reference_count", "n_ref": "reference_population"}
MEASURE = {"calculate_ISRate": indirectly_standardised_rate, "calculate_ISRatio": indirectly_standardised_ratio}
METHODS = {"Exact": "exact_poisson", "Byars": "byar"}


@needs_golden
@pytest.mark.parametrize("name", cases("isr"))
def test_values_limits_and_sums_agree_whether_events_come_by_age_or_as_a_total(name: str):
    case = Case("isr", name)
    measure = MEASURE[case.about["function"]]
    frame, theirs = case.input(ROLES).drop("observed", strict=False), case.table("expected").sort(case.keys)
    given = [case.params[name] for name in ("multiplier", "refvalue") if name in case.params]
    arguments = {"scale": given[0]} if given else {}
    totals = frame.group_by(case.keys).agg(observed=pl.col("count").sum()).join(frame.drop("count"), on=case.keys)
    for ending, level in case.levels.items():
        for counts in (frame, totals):
            answer = measure(counts, by=case.keys, confidence=level, **arguments)
            assert answer[case.keys].equals(theirs[case.keys])
            assert answer.height == case.about["n_out"]
            columns = {"value": "value", "value_lower": f"lower{ending}", "value_upper": f"upper{ending}"}
            columns |= {"observed": "observed", "expected": "expected", "reference_rate": "ref_rate"}
            for ours, column in columns.items():
                assert column not in theirs.columns or same(answer[ours], case.expected(column)), ours
            assert answer["interval_method"].to_list() == [METHODS[method] for method in theirs["method"]]
