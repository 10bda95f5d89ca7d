"""The measures against the reference implementations' answers (PHEindicatormethods, healthequal)."""

import json
import math

import polars as pl
import pytest

from pipelines.measures import gap, slope_index
from tests.shared import GOLDEN, needs_golden

pytestmark = needs_golden

# Every case of the slope index whose values are means; in h12 ranks are text, which misleads the reference itself.
CASES = [
    "s01_le_deciles_se",
    "s02_le_deciles_cl",
    "s03_quintiles_unequal_pop",
    "s08_negative_multiplier",
    "s10_ungrouped_single",
    "s11_incomplete_groups_dropped",
    "s12_confidence_99_percent_number",
    "s14_chain_le_to_sii",
    "s20_large_75areas_2sexes_12periods",
    "h11_zero_se",
    "h12_text_deciles_BUG",
]
OURS = {
    "quantile": "rank",
    "population": "population",
    "value": "value",
    "se": "standard_error",
    "lower_cl": "value_lower",
    "upper_cl": "value_upper",
}
MONTE_CARLO = {0.95: 6.8, 0.99: 9.0, 0.998: 15.2}


def as_list(item: object) -> list:
    return [] if item is None else item if isinstance(item, list) else [item]


def read(case: str) -> tuple[dict, pl.DataFrame]:
    """The case's description, and its input under our column names: only those that the reference was given."""
    folder = GOLDEN / "sii" / case
    about = json.loads((folder / "case.json").read_text())
    frame = pl.read_csv(folder / "input.csv", infer_schema=False)
    keys = as_list(about["keys"])
    roles = {theirs: OURS[role] for role, theirs in about["columns"].items()}
    numbers = [name for name in roles.values() if name != "rank" or case != "h12_text_deciles_BUG"]
    return about, frame.select([*keys, *roles]).rename(roles).with_columns(pl.col(numbers).cast(pl.Float64))


def levels(about: dict) -> list[float]:
    given = as_list(about["params"].get("confidence", 0.95))
    return [level / 100 if level > 1 else level for level in given]


def beside(case: str, answer: pl.DataFrame, name: str, keys: list[str]) -> pl.DataFrame:
    """Our rows next to the reference's. `name` is the file; every reference row must find one of ours."""
    theirs = pl.read_csv(GOLDEN / "sii" / case / name, schema_overrides=dict.fromkeys(keys, pl.String))
    theirs = theirs.rename({column: f"their_{column}" for column in theirs.columns if column not in keys})
    if not keys:
        return pl.concat([theirs, answer], how="horizontal")
    joined = theirs.join(answer, on=keys, how="left", validate="1:1")
    assert joined["slope_index"].null_count() == 0
    return joined


@pytest.mark.parametrize("case", CASES)
def test_point_values_agree_to_nine_figures(case: str):
    about, frame = read(case)
    keys = as_list(about["keys"])
    answer = slope_index(frame, by=keys, multiplier=about["params"].get("multiplier", 1))
    names = {"sii": "slope_index", "rii": "relative_index", "intercept": "intercept"}
    files = ["deterministic.csv"] if case.endswith("BUG") else ["deterministic.csv", "expected.csv"]
    for file in files:
        both = beside(case, answer, file, keys)
        assert both.height == about["n_out"]
        for theirs, ours in names.items():
            if f"their_{theirs}" in both.columns:
                relative = (both[ours] / both[f"their_{theirs}"].cast(pl.Float64) - 1).abs().max()
                assert relative < 1e-9, (file, ours)


@pytest.mark.parametrize("case", CASES)
def test_limits_agree_to_a_millionth_of_their_half_width(case: str):
    about, frame = read(case)
    keys = as_list(about["keys"])
    for level in levels(about):
        answer = slope_index(frame, by=keys, multiplier=about["params"].get("multiplier", 1), confidence=level)
        suffix = f"{100 * level:.1f}".replace(".", "_")
        both = beside(case, answer, "deterministic.csv", keys)
        for theirs, ours in (("sii", "slope_index"), ("rii", "relative_index")):
            lower, upper = (both[f"their_{theirs}_{end}{suffix}"] for end in ("lower", "upper"))
            allowed = 1e-6 * (upper - lower) / 2 + 1e-12 * upper.abs()
            assert ((both[f"{ours}_lower"] - lower).abs() <= allowed).all(), (level, ours)
            assert ((both[f"{ours}_upper"] - upper).abs() <= allowed).all(), (level, ours)


@pytest.mark.parametrize("case", [case for case in CASES if not case.endswith("BUG")])
def test_limits_lie_within_the_noise_of_the_references_simulation(case: str):
    about, frame = read(case)
    keys = as_list(about["keys"])
    for level in levels(about):
        answer = slope_index(frame, by=keys, multiplier=about["params"].get("multiplier", 1), confidence=level)
        suffix = f"{100 * level:.1f}".replace(".", "_") + "cl"
        both = beside(case, answer, "expected.csv", keys)
        for theirs, ours in (("sii", "slope_index"), ("rii", "relative_index")):
            half_width = (both[f"{ours}_upper"] - both[f"{ours}_lower"]) / 2
            allowed = MONTE_CARLO[level] * half_width / math.sqrt(about["monte_carlo"]["reps"]) + 1e-9
            for end in ("lower", "upper"):
                noise = (both[f"{ours}_{end}"] - both[f"their_{theirs}_{end}{suffix}"].cast(pl.Float64)).abs()
                assert (noise <= allowed).all(), (level, ours, end)


def test_groups_that_the_reference_drops_are_measured_and_said():
    _, frame = read("s11_incomplete_groups_dropped")
    answer = slope_index(frame, by=["area"]).select("area", "group_count", "note_code")
    assert answer.rows() == [
        ("A001", 9, "missing_ranks"),
        ("A002", 10, None),
        ("A003", 8, "missing_ranks"),
        ("A004", 10, None),
        ("A005", 10, None),
    ]


@pytest.mark.parametrize(
    ("case", "multiplier"), [("e03_synthetic_imd_adverse_rate", -1), ("e40_synthetic_le_deciles", 1)]
)
def test_gaps_are_the_difference_and_ratio_of_healthequal(case: str, multiplier: int):
    folder = GOLDEN / "healthequal" / case
    numbers = {"subgroup_order": "rank", "estimate": "value", "se": "standard_error"}
    frame = pl.read_csv(folder / "input.csv", infer_schema=False).rename(numbers).select(numbers.values())
    answer = gap(frame.cast(pl.Float64), by=[], multiplier=multiplier).row(0, named=True)
    expected = pl.read_csv(folder / "expected.csv", infer_schema=False)
    for measure, ours in (("d", "absolute_gap"), ("r", "relative_gap")):
        theirs = expected.row(by_predicate=pl.col("measure") == measure, named=True)
        assert answer[ours] == pytest.approx(float(theirs["estimate"]), rel=1e-9)
        assert answer[f"{ours}_lower"] == pytest.approx(float(theirs["lowerci"]), rel=1e-6)
        assert answer[f"{ours}_upper"] == pytest.approx(float(theirs["upperci"]), rel=1e-6)
