"""Funnel limits and significance against PHEindicatormethods."""

import numpy as np
import polars as pl
import pytest
from scipy.special import gammainc, gammaincc

from pipelines.measures import funnel_limits, funnel_significance
from tests.shared import needs_golden
from tests.unit.measures.golden.case import Case, cases, same

ROLES = {"numerator": "numerator", "denominator": "denominator"}
LIMITS = [name for name in cases("funnel") if "_limits" in name]
SIGNIFICANCE = [name for name in cases("funnel") if "_limits" not in name]
LABELS = {
    "High (0.001)": "high_998",
    "High (0.025)": "high_95",
    "Low (0.025)": "low_95",
    "Low (0.001)": "low_998",
    "Not significant": "not_significant",
}


@needs_golden
@pytest.mark.parametrize("name", LIMITS)
def test_lines_agree_at_every_point(name: str):
    case = Case("funnel", name)
    kind, frame = case.params["statistic"], case.input(ROLES)
    points = case.expected("Population" if kind == "proportion" else "Observed_events").to_list()
    answer = funnel_limits(frame, by=[], kind=kind, scale=case.params["multiplier"], at=points)
    assert answer["point"].to_list() == points
    for sigma, suffix in (("2s", ""), ("3s", "_998")):
        for side in ("lower", "upper"):
            ours, theirs = answer[f"value_{side}{suffix}"], case.expected(f"{side}_{sigma}_limit")
            if kind == "ratio":
                events, found = answer[f"expected_{side}{suffix}"], case.expected(f"{side}_{sigma}_exp_events")
                check_search(events, found, points, side=side, tail={"2s": 0.025, "3s": 0.001}[sigma])
                ours, theirs = ours * events, theirs * found
            assert same(ours, theirs, absolute=1e-12), (side, sigma)


def check_search(events: pl.Series, found: pl.Series, points: list[float], *, side: str, tail: float) -> None:
    """Ours are exact; the reference searches, and stops some millionths of the observed events away."""
    observed = np.array(points)
    # The Poisson probability of as many as observed or fewer, and of as many or more.
    probability = gammaincc(observed + 1, events) if side == "lower" else gammainc(observed, events)
    assert np.abs(probability - tail).max() < 1e-14
    assert (np.abs(events - found) < 5e-6 * observed).all()


@needs_golden
@pytest.mark.parametrize("name", [name for name in LIMITS if "_prop_" in name])
def test_the_points_and_the_average_of_a_proportion_agree(name: str):
    case = Case("funnel", name)
    answer = funnel_limits(case.input(ROLES), by=[], kind="proportion", scale=case.params["multiplier"])
    assert answer["point"].to_list() == case.expected("Population").to_list()
    assert same(answer["average"], case.expected("baseline"))


@needs_golden
@pytest.mark.parametrize("name", SIGNIFICANCE)
def test_every_area_gets_the_same_verdict(name: str):
    case = Case("funnel", name)
    answer = funnel_significance(case.input(ROLES), by=[], kind=case.params["statistic"])
    theirs = case.table("expected")
    verdicts = [LABELS[label] for label in theirs["significance"]]
    assert len(set(verdicts)) > 1
    assert answer["area"].equals(theirs["area"])
    assert answer["significance"].to_list() == verdicts
