"""The split of a gap in life expectancy against the R package LEdecomp."""

import polars as pl
import pytest

from pipelines.measures import decompose_life_expectancy_gap
from tests.shared import needs_golden
from tests.unit.measures.golden.case import Case, agree, cases

pytestmark = needs_golden

PEOPLE = 1e6


def given(case: Case, *causes: str) -> pl.DataFrame:
    """The case's rates as deaths among a million, every one shared alike by `causes`."""
    rows = case.table().select(
        age_start="startage",
        deaths_base=pl.col("m_base").cast(pl.Float64) * PEOPLE / len(causes),
        deaths_comparator=pl.col("m_comparator").cast(pl.Float64) * PEOPLE / len(causes),
        population_base=PEOPLE,
        population_comparator=PEOPLE,
        years_lived_base=pl.col("ax_base").cast(pl.Float64),
        years_lived_comparator=pl.col("ax_comparator").cast(pl.Float64),
    )
    return rows.join(pl.DataFrame({"cause": causes}), how="cross")


@pytest.mark.parametrize("name", cases("arriaga"))
def test_every_band_agrees_to_nine_figures(name: str):
    case = Case("arriaga", name)
    theirs = case.table("expected").cast(pl.Float64)
    ours = decompose_life_expectancy_gap(given(case, "all"), by=[])
    assert ours["note_code"].null_count() == ours.height == case.about["n_out"]
    assert ours["age_start"].to_list() == theirs["startage"].to_list()
    # Contributions far below the gap carry the rounding of the reference, which divides by survivors.
    assert agree(ours["years"], theirs["contribution"], absolute=1e-13)
    assert agree(ours["gap"], theirs["gap"])


@pytest.mark.parametrize("name", cases("arriaga"))
def test_causes_share_a_bands_years(name: str):
    case = Case("arriaga", name)
    theirs = case.table("expected")["contribution"].cast(pl.Float64)
    ours = decompose_life_expectancy_gap(given(case, "one", "two"), by=[])
    for cause in ("one", "two"):
        assert agree(ours.filter(cause=cause)["years"], theirs / 2, absolute=1e-13)


@pytest.mark.parametrize("name", cases("arriaga"))
def test_both_directions_sum_to_the_same_gap(name: str):
    case = Case("arriaga", name)
    theirs = float(case.table("expected")["gap"][0])
    ours = decompose_life_expectancy_gap(given(case, "all"), by=[], method="andreev")
    assert ours["years"].sum() == pytest.approx(theirs, rel=1e-9)
