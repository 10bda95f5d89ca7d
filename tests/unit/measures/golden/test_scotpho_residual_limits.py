"""The residual limits of `diagnose` against Public Health Scotland's interval of the slope index."""

import polars as pl
import pytest

from pipelines.measures import diagnose
from tests.shared import needs_golden
from tests.unit.measures.golden.case import Case, agree, cases, numeric

pytestmark = needs_golden


@pytest.mark.parametrize("name", cases("scotpho"))
def test_residual_limits_are_the_scottish_interval_with_the_sign_turned(name: str):
    case = Case("scotpho", name)
    keys = [*case.keys, "quint_type"] if "quint_type" in case.table().columns else case.keys
    groups = case.table().filter(pl.col("quintile") != "Total")
    frame = groups.select(*keys, rank="quintile", population=numeric("denominator"), value=numeric("rate"))
    answer = diagnose(frame, by=keys)
    expected = case.table("expected").sort(keys)
    assert answer.height == expected.height == case.about["n_out"]
    # Theirs is most less least deprived, ours least less most, as the slope index where more is better.
    assert agree(-answer["residual_upper"], expected.select(numeric("lowci_sii")).to_series())
    assert agree(-answer["residual_lower"], expected.select(numeric("upci_sii")).to_series())
    middle = -(answer["residual_lower"] + answer["residual_upper"]) / 2
    assert agree(middle, expected.select(numeric("sii")).to_series())
