"""Directly standardised rates against PHEindicatormethods."""

import pytest

from pipelines.measures import directly_standardised_rate
from tests.shared import needs_golden
from tests.unit.measures.golden.case import Case, cases, numeric, same

ROLES = {"x": "count", "n": "population", "stdpop": "standard_population"}
STOPS = [name for name in cases("dsr") if Case("dsr", name).about["error"]]


@needs_golden
@pytest.mark.parametrize("name", [name for name in cases("dsr") if name not in STOPS])
def test_rates_limits_and_totals_agree(name: str):
    case = Case("dsr", name)
    frame, theirs = case.input(ROLES), case.table("expected").sort(case.keys)
    if "eventfreq" in case.params:
        frame = frame.with_columns(event_frequency=numeric(case.params["eventfreq"]))
    for ending, level in case.levels.items():
        multiplier = case.params.get("multiplier", 100_000)
        answer = directly_standardised_rate(frame, by=case.keys, scale=multiplier, confidence=level)
        assert answer[case.keys].equals(theirs[case.keys])
        assert answer.height == case.about["n_out"]
        columns = {"value": "value", "value_lower": f"lower{ending}", "value_upper": f"upper{ending}"}
        for ours, column in {**columns, "count": "total_count", "population": "total_pop"}.items():
            assert same(answer[ours], case.expected(column)), ours
        few = answer["note_code"].fill_null("") == "too_few_events"
        assert few.to_list() == [statistic == "dsr NA for total count < 10" for statistic in theirs["statistic"]]


@needs_golden
@pytest.mark.parametrize("name", STOPS)
def test_where_the_reference_stops_for_all_only_the_bad_groups_go_without(name: str):
    case = Case("dsr", name)
    frame = case.input(ROLES)
    assert case.about["error"] == "denominators must all be greater than zero"
    answer = directly_standardised_rate(frame, by=case.keys)
    bad = frame.filter(frame["population"].fill_null(0) <= 0)[case.keys].unique()
    refused = answer.join(bad, on=case.keys)
    assert refused.height == bad.height > 0
    assert set(refused["note_code"]) == {"bad_population"}
    assert answer["value"].null_count() == refused.height < answer.height
