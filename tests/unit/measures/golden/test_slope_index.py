"""The slope and relative index against OHID's phe_sii, and its simulated limits against ours without simulation."""

import math
from collections.abc import Callable

import polars as pl
import pytest

from pipelines.measures import slope_index
from tests.shared import needs_golden
from tests.unit.measures.golden.case import Case, cases, confidences

pytestmark = needs_golden

FAMILY, ERRORS = "sii", "s13_error_catalogue"
CASES = [name for name in cases(FAMILY) if name != ERRORS]
TEXT_RANKS = "h12_text_deciles_BUG"
OURS = {
    "quantile": "rank",
    "population": "population",
    "x": "x",
    "value": "value",
    "se": "link_error",
    "lower_cl": "value_lower",
    "upper_cl": "value_upper",
}
KINDS = ["mean", "rate", "proportion"]
MONTE_CARLO = {0.95: 6.8, 0.99: 9.0, 0.998: 15.2}
NO_RATIO_LIMITS = ("s09", "h09")
"""Their denominators may be below 0; the reference's notes say that their ratios' limits mean nothing."""


def kind_of(case: Case) -> str:
    return KINDS[case.params.get("value_type", 0)]


def read(case: Case) -> pl.DataFrame:
    """The input under our names. The reference takes rates' and proportions' errors on the log or logit scale."""
    roles = case.about["columns"].items()
    frame = case.table().select(*case.keys, *(pl.col(theirs).alias(OURS[role]) for role, theirs in roles))
    texts = [*case.keys, *(["rank"] if case.name == TEXT_RANKS else [])]
    frame = frame.with_columns(pl.all().exclude(texts).cast(pl.Float64))
    if "x" in frame.columns:
        frame = frame.with_columns(value=pl.col("x") / pl.col("population"))
    if "link_error" in frame.columns:
        value = pl.col("value")
        stretch = {"mean": 1.0, "rate": value, "proportion": value * (1 - value)}[kind_of(case)]
        frame = frame.with_columns(standard_error=pl.col("link_error") * stretch)
    return frame


def answered(case: Case, confidence: float = 0.95) -> pl.DataFrame:
    """Our answer in the reference's unit: it multiplies what it has of values as they are."""
    multiplier = case.params.get("multiplier", 1)
    transform = case.params.get("transform", False)
    answer = slope_index(
        read(case),
        by=case.keys,
        kind=kind_of(case),
        transform=transform,
        favourable=multiplier > 0,
        confidence=confidence,
    )
    slopes = pl.col("slope_index", "slope_index_lower", "slope_index_upper") * abs(multiplier)
    return answer.with_columns(slopes, intercept=pl.col("fitted_most") * (abs(multiplier) if transform else 1))


def beside(case: Case, answer: pl.DataFrame, name: str) -> pl.DataFrame:
    """Our rows next to the reference's; every reference row must find one of ours."""
    theirs = case.table(name)
    theirs = theirs.select(
        *case.keys,
        *(
            pl.col(column).cast(pl.Float64, strict=False).fill_nan(None).alias(f"their_{column}")
            for column in theirs.columns
            if column.startswith(("sii", "rii", "intercept"))
        ),
    )
    assert theirs.height == case.about["n_out"]
    if not case.keys:
        return pl.concat([theirs, answer], how="horizontal")
    joined = theirs.join(answer, on=case.keys, how="left", validate="1:1")
    assert joined["slope_index"].null_count() == 0
    return joined


def pairs(case: Case) -> list[tuple[str, str]]:
    ratios = [] if case.name.startswith(NO_RATIO_LIMITS) else [("rii", "relative_index")]
    return [("sii", "slope_index"), *ratios]


@pytest.mark.parametrize("name", CASES)
def test_point_values_agree_to_nine_figures(name: str):
    case = Case(FAMILY, name)
    answer = answered(case)
    for file in ["deterministic"] if name.endswith("BUG") else ["deterministic", "expected"]:
        both = beside(case, answer, file)
        for theirs, ours in {"sii": "slope_index", "rii": "relative_index", "intercept": "intercept"}.items():
            if f"their_{theirs}" in both.columns:
                relative = (both[ours] / both[f"their_{theirs}"] - 1).abs()
                assert relative.null_count() == 0
                assert relative.max() < 1e-9, (file, ours)


@pytest.mark.parametrize("name", CASES)
def test_limits_agree_to_a_millionth_of_their_half_width(name: str):
    case = Case(FAMILY, name)
    for level in confidences(case.about):
        suffix = f"{100 * level:.1f}".replace(".", "_")
        both = beside(case, answered(case, level), "deterministic")
        for theirs, ours in pairs(case):
            lower, upper = (both[f"their_{theirs}_{end}{suffix}"] for end in ("lower", "upper"))
            allowed = 1e-6 * (upper - lower) / 2 + 1e-12 * upper.abs()
            for end, limit in (("lower", lower), ("upper", upper)):
                apart = (both[f"{ours}_{end}"] - limit).abs()
                assert apart.null_count() == 0
                assert (apart <= allowed).all(), (level, ours, end, (apart / allowed).max())


@pytest.mark.parametrize("name", [name for name in CASES if not name.endswith("BUG")])
def test_limits_lie_within_the_noise_of_the_references_simulation(name: str):
    case = Case(FAMILY, name)
    heavy_tails = 3 if "Heavy tails" in case.about["notes"] else 1
    for level in confidences(case.about):
        suffix = f"{100 * level:.1f}".replace(".", "_") + ("" if case.params.get("transform") else "cl")
        both = beside(case, answered(case, level), "expected")
        for theirs, ours in pairs(case):
            half_width = (both[f"{ours}_upper"] - both[f"{ours}_lower"]) / 2
            allowed = heavy_tails * MONTE_CARLO[level] * half_width / math.sqrt(case.about["monte_carlo"]["reps"])
            for end in ("lower", "upper"):
                noise = (both[f"{ours}_{end}"] - both[f"their_{theirs}_{end}{suffix}"]).abs()
                assert noise.null_count() == 0
                assert (noise <= allowed + 1e-9).all(), (level, ours, end)


def test_groups_that_the_reference_drops_are_measured_and_said():
    answer = answered(Case(FAMILY, "s11_incomplete_groups_dropped")).select("area", "group_count", "note_code")
    assert answer.rows() == [
        ("A001", 9, "missing_ranks"),
        ("A002", 10, None),
        ("A003", 8, "missing_ranks"),
        ("A004", 10, None),
        ("A005", 10, None),
    ]


# What the reference refuses, and what we do: refuse the call, refuse the group (its note), or answer (with a note).

BASE, RATE, PROPORTION = "input", "input_rate", "input_prop"
Change = Callable[[pl.DataFrame], pl.DataFrame]
third = pl.col("rank") == 3


def cell(name: str, new: object) -> Change:
    return lambda frame: frame.with_columns(pl.when(third).then(pl.lit(new)).otherwise(pl.col(name)).alias(name))


def zero_rate(frame: pl.DataFrame) -> pl.DataFrame:
    last = pl.col("rank") == 10
    return frame.with_columns(pl.when(last).then(0.0).otherwise(pl.col(n)).alias(n) for n in ("value", "value_lower"))


LIMITS = ["value_lower", "value_upper"]
BAD_CALLS: dict[str, tuple[str, Change, dict[str, object], str]] = {
    "missing_value": (BASE, lambda f: f.drop("value"), {}, "no column"),
    "only_lower": (BASE, lambda f: f.drop("value_upper"), {}, "only one of"),
    "bad_value_type": (BASE, lambda f: f, {"kind": 3}, "kind must be"),
    "reps_999": (BASE, lambda f: f, {"repetitions": 999}, "repetitions"),
    "transform_vt0": (BASE, lambda f: f, {"transform": True}, "transform must be False"),
    "confidence_mid": (BASE, lambda f: f, {"confidence": 50}, "between 0.5 and 1"),
    "confidence_high": (BASE, lambda f: f, {"confidence": 101}, "between 0.5 and 1"),
    "nonnumeric": (BASE, lambda f: f.cast({"value": pl.String}), {}, "must hold numbers"),
    "multiplier_text": (BASE, lambda f: f, {"scale": "1"}, "scale"),
}
REFUSED_GROUPS: dict[str, tuple[str, Change, dict[str, object], str]] = {
    "zero_pop": (BASE, cell("population", 0.0), {}, "bad_population"),
    "na_pop": (BASE, cell("population", None), {}, "bad_population"),
    "neg_se": (BASE, cell("standard_error", -1.0), {}, "negative_standard_error"),
    "prop_out_of_range": (
        PROPORTION,
        lambda f: f.with_columns(pl.col("value") * 10),
        {"kind": "proportion"},
        "value_outside_range",
    ),
    "x_zero": (PROPORTION, lambda f: f.with_columns(value=pl.lit(0.0)), {"kind": "proportion"}, "value_outside_range"),
    "zero_rate": (RATE, zero_rate, {"kind": "rate"}, "value_outside_range"),
}
ANSWERED: dict[str, tuple[str, Change, dict[str, object], str | None, bool]] = {
    "missing_se_and_cl": (BASE, lambda f: f.drop("standard_error", *LIMITS), {}, None, False),
    "na_cl": (BASE, lambda f: cell("value_lower", None)(f.drop("standard_error")), {}, "incomplete_limits", False),
    "prop_cl_out_of_range": (
        PROPORTION,
        lambda f: f.with_columns(value_upper=pl.lit(1.2)),
        {"kind": "proportion"},
        "limit_truncated",
        True,
    ),
    "transform_with_se": (RATE, lambda f: f.drop(LIMITS), {"kind": "rate", "transform": True}, None, True),
    "confidence_low": (BASE, lambda f: f, {"confidence": 0.89}, None, True),
    "four_quantiles": (BASE, lambda f: f.filter(pl.col("rank") <= 4), {}, None, True),
    "all_groups_incomplete": (BASE, lambda f: f.filter(~third), {}, "missing_ranks", True),
}


def catalogue(file: str, change: Change) -> pl.DataFrame:
    names = {"decile": "rank", "se": "standard_error", "lower_cl": "value_lower", "upper_cl": "value_upper"}
    frame = Case(FAMILY, ERRORS).table(file).rename(names, strict=False)
    frame = frame.with_columns(pl.all().exclude("area").cast(pl.Float64))
    if "se_log" in frame.columns:
        frame = frame.with_columns(standard_error=pl.col("se_log") * pl.col("value"))
    return change(frame)


def test_every_input_that_the_reference_refuses_has_an_answer_here():
    assert {*BAD_CALLS, *REFUSED_GROUPS, *ANSWERED} == set(Case(FAMILY, ERRORS).table("expected")["case"])


@pytest.mark.parametrize("name", BAD_CALLS)
def test_bad_calls_are_refused(name: str):
    file, change, arguments, says = BAD_CALLS[name]
    with pytest.raises((ValueError, TypeError), match=says):
        slope_index(catalogue(file, change), by=["area"], **arguments)


@pytest.mark.parametrize("name", REFUSED_GROUPS)
def test_bad_groups_are_refused_with_a_note(name: str):
    file, change, arguments, note = REFUSED_GROUPS[name]
    answer = slope_index(catalogue(file, change), by=["area"], **arguments)
    assert answer["note_code"].to_list() == [note] * answer.height
    assert answer["slope_index"].null_count() == answer.height > 0


@pytest.mark.parametrize("name", ANSWERED)
def test_what_can_be_answered_is(name: str):
    file, change, arguments, note, limits = ANSWERED[name]
    answer = slope_index(catalogue(file, change), by=["area"], **arguments)
    assert answer["note_code"].to_list() == [note] * answer.height
    assert answer["slope_index"].null_count() == 0
    assert answer["slope_index_lower"].is_not_null().to_list() == [limits] * answer.height
