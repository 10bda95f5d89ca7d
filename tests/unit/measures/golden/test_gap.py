"""The gap of the two observed ends against healthequal's difference and ratio."""

import polars as pl
import pytest

from pipelines.measures import gap
from tests.shared import GOLDEN, needs_golden

pytestmark = needs_golden


@pytest.mark.parametrize(
    ("case", "favourable"), [("e03_synthetic_imd_adverse_rate", False), ("e40_synthetic_le_deciles", True)]
)
def test_gaps_are_the_difference_and_ratio_of_healthequal(case: str, favourable: bool):
    folder = GOLDEN / "healthequal" / case
    numbers = {"subgroup_order": "rank", "estimate": "value", "se": "standard_error"}
    frame = pl.read_csv(folder / "input.csv", infer_schema=False).rename(numbers).select(numbers.values())
    answer = gap(frame.cast(pl.Float64), by=[], favourable=favourable).row(0, named=True)
    expected = pl.read_csv(folder / "expected.csv", infer_schema=False)
    for measure, ours in (("d", "absolute_gap"), ("r", "relative_gap")):
        theirs = expected.row(by_predicate=pl.col("measure") == measure, named=True)
        assert answer[ours] == pytest.approx(float(theirs["estimate"]), rel=1e-9)
        assert answer[f"{ours}_lower"] == pytest.approx(float(theirs["lowerci"]), rel=1e-6)
        assert answer[f"{ours}_upper"] == pytest.approx(float(theirs["upperci"]), rel=1e-6)
