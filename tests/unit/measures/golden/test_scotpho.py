"""The measures against Public Health Scotland's production method: slope, attributable risk and range."""

import polars as pl
import pytest

from pipelines.measures import gap, slope_index, summary_measures
from tests.shared import needs_golden
from tests.unit.measures.golden.case import Case, agree, cases, numeric

pytestmark = needs_golden


@pytest.mark.parametrize("name", cases("scotpho"))
def test_slope_range_and_attributable_risk_are_the_scottish_ones(name: str):
    case = Case("scotpho", name)
    keys, groups = case.keys, case.table().filter(pl.col("quintile") != "Total")
    frame = groups.select(*keys, rank="quintile", population=numeric("denominator"), value=numeric("rate"))
    expected = case.table("expected").sort(keys)
    assert expected.height == case.about["n_out"]
    theirs = {
        name: expected.select(numeric(name)).to_series() for name in ("sii", "rii", "par", "abs_range", "rel_range")
    }
    # Lower is better in a rate: their slope is most less least deprived.
    slope, ends = slope_index(frame, by=keys, favourable=False), gap(frame, by=keys, favourable=False)
    assert agree(slope["slope_index"], theirs["sii"])
    assert agree(ends["absolute_gap"], theirs["abs_range"])
    assert agree(ends["relative_gap"], theirs["rel_range"])
    # Their relative index is the slope over the published rate: another thing than ours, the ratio of the ends.
    rate = case.table().filter(pl.col("quintile") == "Total").sort(keys).select(numeric("rate")).to_series()
    assert agree(slope["slope_index"] / rate, theirs["rii"])
    summary = summary_measures(frame, by=keys, favourable=False, ordered=True, scale=100_000)
    for measure, column, unit in (
        ("population_attributable_fraction", "par", 100),
        ("absolute_gap", "abs_range", 1),
        ("relative_gap", "rel_range", 1),
    ):
        assert agree(unit * summary.filter(pl.col("measure") == measure)["value"], theirs[column]), measure
