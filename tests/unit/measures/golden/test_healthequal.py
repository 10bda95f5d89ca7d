"""The summary measures against WHO's healthequal: exact where it computes, within its noise where it simulates."""

import math

import polars as pl
import pytest

from pipelines.measures import excess_events, summary_measures
from tests.shared import needs_golden
from tests.unit.measures.golden.case import Case, cases, numeric

pytestmark = needs_golden

Z = 1.959963984540054
OURS = {
    "d": "absolute_gap",
    "r": "relative_gap",
    "bgv": "between_group_variance",
    "bgsd": "between_group_standard_deviation",
    "cov": "coefficient_of_variation",
    "mld": "mean_log_deviation",
    "ti": "theil_index",
    "idisu": "index_of_disparity",
    "idisw": "index_of_disparity_weighted",
    "mdbu": "mean_difference_from_best",
    "mdbw": "mean_difference_from_best_weighted",
    "mdmu": "mean_difference_from_mean",
    "mdmw": "mean_difference_from_mean_weighted",
    "mdru": "mean_difference_from_reference",
    "mdrw": "mean_difference_from_reference_weighted",
    "paf": "population_attributable_fraction",
    "par": "population_attributable_risk",
    "aci": "absolute_concentration_index",
    "rci": "relative_concentration_index",
}
ORIENTED = {"paf", "par", "aci", "rci"}
SIMULATED = {"bgsd", "cov", "idisu", "idisw", "mdbu", "mdbw", "mdmu", "mdmw", "mdru", "mdrw"}
ALLOWED_OF_WIDTH = 0.15


def answers(name: str) -> tuple[dict[str, dict[str, float]], dict[str, dict[str, float]], int]:
    """Ours by our slug, theirs by their name (numbers that they have), and the sign that orients theirs."""
    case = Case("healthequal", name)
    given = case.table()
    flags = given.row(0, named=True)
    favourable, ordered = (flags[name] == "1" for name in ("favourable_indicator", "ordered_dimension"))
    frame = given.select(
        category="subgroup",
        rank="subgroup_order",
        population=numeric("population"),
        value=numeric("estimate"),
        standard_error=numeric("se"),
    )
    flagged = "reference_subgroup" in given.columns
    references = given.filter(pl.col("reference_subgroup") == "1")["subgroup"].to_list() if flagged else []
    answer = summary_measures(
        frame,
        by=[],
        favourable=favourable,
        ordered=ordered,
        reference=references[0] if references else None,
        scale=float(flags["indicator_scale"]),
        errors="who",
    )
    theirs = case.table("expected").filter((pl.col("variant") == "default") & pl.col("measure").is_in(list(OURS)))
    numbers = ("estimate", "se", "lowerci", "upperci")
    return (
        {row["measure"]: row for row in answer.iter_rows(named=True)},
        {
            row["measure"]: {name: float(row[name]) for name in numbers if row[name] not in {None, "NaN", "NA"}}
            for row in theirs.iter_rows(named=True)
        },
        1 if favourable else -1,
    )


def limits_of(measure: str, row: dict[str, float], sign: int) -> tuple[float, float]:
    """Their limits, oriented, and put right where their standard error is not on the scale of the estimate."""
    if measure in {"mld", "ti"}:
        return row["estimate"] - 1000 * Z * row["se"], row["estimate"] + 1000 * Z * row["se"]
    if measure == "paf":
        fraction = sign * row["estimate"] / 100
        return fraction - Z * row["se"], fraction + Z * row["se"]
    if measure in ORIENTED and sign < 0:
        return -row["upperci"], -row["lowerci"]
    return row["lowerci"], row["upperci"]


@pytest.mark.parametrize("name", cases("healthequal"))
def test_every_estimate_agrees_to_nine_figures(name: str):
    ours, theirs, sign = answers(name)
    compared = [measure for measure in theirs if OURS[measure] in ours and "estimate" in theirs[measure]]
    assert len(compared) >= 10
    for measure in compared:
        expected = theirs[measure]["estimate"] * (sign if measure in ORIENTED else 1)
        expected = expected / 100 if measure == "paf" else expected
        assert ours[OURS[measure]]["value"] == pytest.approx(expected, rel=1e-9), measure


@pytest.mark.parametrize("name", cases("healthequal"))
def test_standard_errors_and_limits_agree_where_theirs_are_computed(name: str):
    ours, theirs, sign = answers(name)
    compared = 0
    for measure, row in theirs.items():
        if measure in SIMULATED or OURS[measure] not in ours or "lowerci" not in row:
            continue
        compared += 1
        answer = ours[OURS[measure]]
        scaled = row["se"] * (1000 if measure in {"mld", "ti"} else 1)
        assert answer["standard_error"] == pytest.approx(scaled, rel=1e-6), measure
        lower, upper = limits_of(measure, row, sign)
        assert answer["value_lower"] == pytest.approx(lower, rel=1e-6), measure
        assert answer["value_upper"] == pytest.approx(upper, rel=1e-6), measure
    assert compared >= 5


@pytest.mark.parametrize("name", cases("healthequal"))
def test_limits_lie_within_the_noise_of_their_simulation(name: str):
    ours, theirs, _ = answers(name)
    compared = 0
    for measure, row in theirs.items():
        if measure not in SIMULATED or OURS[measure] not in ours or "lowerci" not in row:
            continue
        answer, width = ours[OURS[measure]], row["upperci"] - row["lowerci"]
        off = max(abs(answer["value_lower"] - row["lowerci"]), abs(answer["value_upper"] - row["upperci"])) / width
        assert off < ALLOWED_OF_WIDTH, measure
        compared += 1
    assert compared >= 2


@pytest.mark.parametrize("name", cases("healthequal"))
def test_excess_events_are_the_attributable_risk_of_everybody(name: str):
    case = Case("healthequal", name)
    flags = case.table().row(0, named=True)
    if flags["ordered_dimension"] != "1":
        return
    scale, favourable = float(flags["indicator_scale"]), flags["favourable_indicator"] == "1"
    frame = case.table().select(rank="subgroup_order", population=numeric("population"), value=numeric("estimate"))
    answer = excess_events(frame, by=[], favourable=favourable, scale=scale).row(0, named=True)
    _, theirs, sign = answers(name)
    assert answer["value"] == pytest.approx(sign * theirs["par"]["estimate"] * answer["population"] / scale, rel=1e-9)
    assert answer["attributable_fraction"] == pytest.approx(sign * theirs["paf"]["estimate"] / 100, rel=1e-9)
    assert math.isfinite(answer["value"])
