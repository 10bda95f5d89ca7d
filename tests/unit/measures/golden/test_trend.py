"""Recent trends against the function on PHEindicatormethods' branch."""

import pytest

from pipelines.measures import recent_trend
from tests.shared import needs_golden
from tests.unit.measures.golden.case import Case, cases, same

ROLES = {
    "year": "period_start",
    "numerator": "numerator",
    "denominator": "denominator",
    "value": "value",
    "lower_cl": "value_lower",
    "upper_cl": "value_upper",
}
NOTES = {
    "Not enough data points": "too_few_points",
    "Outlier found": "one_point_decides",
    "No significant trend": None,
    "No outliers and significant trend": None,
}


@needs_golden
@pytest.mark.parametrize("name", cases("trend"))
def test_labels_reasons_and_statistics_agree(name: str):
    case = Case("trend", name)
    assert case.params["critical"] == 9.5495
    answer = recent_trend(case.input(ROLES), by=case.keys, kind=case.params["value_type"])
    theirs = case.table("expected").sort(case.keys)
    assert answer[case.keys].equals(theirs[case.keys])
    assert answer.height == case.about["n_out"]
    labels = theirs["recent_trend"].str.to_lowercase().str.replace_all(" ", "_")
    assert answer["recent_trend"].equals(labels)
    assert answer["note_code"].to_list() == [NOTES[reason] for reason in theirs["recent_trend_reason"]]
    for ours, column in (("slope", "beta"), ("chi_squared", "chi2")):
        assert column not in theirs.columns or same(answer[ours], case.expected(column)), ours
