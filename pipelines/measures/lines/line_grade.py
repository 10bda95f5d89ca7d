"""A grade A to D for each fitted line, with every reason in words a board member understands.

What belongs here: thresholds and sentences. What does not: the statistics (`line_fit.py`).
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

LINEARITY_B, LINEARITY_C, LINEARITY_D = 0.85, 0.60, 0.30
"""R squared below which a line describes the groups less well, poorly, or not at all (values that turn)."""
PRECISE = 0.2
"""An interval is narrow whose half is at most this part of the difference that it is about."""
LEVERAGE_B, LEVERAGE_C = 0.20, 0.40
"""Share of the slope that may hang on one group."""
MISSING_C, MISSING_D = 0.10, 0.20
"""Share of the groups above which the missing ones cost a C, a D."""
FEW_GROUPS = 5
"""Fewer groups than this cannot show whether they lie on a line."""
IMBALANCE_B, IMBALANCE_C = 5.0, 20.0
"""How many times the people of the smallest group the largest may hold."""
EVENTS_B, EVENTS_C = 25.0, 10.0
"""Events in one group below which its normal limits are rough, or not to be relied on."""

UNCOMPUTED = {
    "too_few_groups": "fewer than 3 groups have a value",
    "too_many_groups": "more than 100 groups",
    "bad_rank": "a group has no rank",
    "duplicate_rank": "two groups have the same rank",
    "no_population_weights": "the populations of the groups are not known, and nothing else may weight them",
    "bad_population": "a population is missing or not above 0",
    "missing_value": "a value is not a finite number",
    "crossed_limits": "a lower limit lies above its upper limit",
    "negative_standard_error": "a standard error is below 0",
    "bad_groups_expected": "more groups than there should be, or no one number of groups that there should be",
    "bad_events": "a number of events is below 0",
    "not_computable": "the numbers are too large",
}
"""Why there is no line, by note code."""


def graded(found: pl.DataFrame) -> pl.DataFrame:
    """Add `grade` and `grade_reason`, all reasons, gravest first, to what `diagnose` has found.

    Places count from 1 (most disadvantaged) to `places`; `first_place` and `last_place` are those of the ends,
    `turn_from` and `turn_to` those of the largest reversal.
    """
    reasons = [_missing(), _few(), _off_line(), _unsettled(), _driven(), _reversed(), _imbalance(), _events()]
    numbers = range(len(reasons))
    # In steps, as one expression of all this takes longer to plan than to run.
    named = found.with_columns(_name(place) for place in ("driver_place", "turn_from", "turn_to"))
    said = named.with_columns(
        *(level.alias(f"level_{place}") for place, (level, _) in zip(numbers, reasons, strict=True)),
        *(text.alias(f"text_{place}") for place, (_, text) in zip(numbers, reasons, strict=True)),
    )
    words = pl.concat_str(
        *(pl.when(pl.col(f"level_{place}") == grade).then(f"text_{place}") for grade in "DCB" for place in numbers),
        separator="; ",
        ignore_nulls=True,
    )
    return said.with_columns(
        grade=pl.max_horizontal(*(f"level_{place}" for place in numbers), pl.lit("A")),
        grade_reason=pl.when(words != "").then(words).otherwise(_good()),
    )


def ungraded(answer: pl.DataFrame) -> pl.DataFrame:
    """Grade D, with the reason, where there is no line."""
    why = pl.lit("no slope can be computed: ") + pl.col("note_code").replace_strict(UNCOMPUTED, default="bad input")
    no_line = pl.col("grade").is_null()
    return answer.with_columns(
        grade=pl.col("grade").fill_null("D"), grade_reason=pl.when(no_line).then(why).otherwise("grade_reason")
    )


def precision(value: pl.Expr, lower: pl.Expr, upper: pl.Expr, *, no_difference: pl.Expr | float = 0.0) -> pl.Expr:
    """How much an interval leaves open, beside the grade, which says how far the method can be trusted.

    Parameters
    ----------
    no_difference
        The value that stands for equality: 0, or 1 for ratios.

    Returns
    -------
    `high` (half of the interval is at most a fifth of the difference), `moderate`, `low` (the interval holds no
    difference: nothing is found), `no_interval`, or null without a value.
    """
    holds = (lower <= no_difference) & (upper >= no_difference)
    narrow = (upper - lower) / 2 <= PRECISE * (value - no_difference).abs()
    return (
        pl.when(value.is_null())
        .then(None)
        .when(lower.is_null() | upper.is_null())
        .then(pl.lit("no_interval"))
        .when(holds)
        .then(pl.lit("low"))
        .when(narrow)
        .then(pl.lit("high"))
        .otherwise(pl.lit("moderate"))
    )


Reason = tuple[pl.Expr, pl.Expr]
"""How grave (B, C, D, or null where it does not hold), and the words."""


def _missing() -> Reason:
    share = pl.col("missing_groups") / pl.col("expected")
    no_most, no_least = pl.col("first_place") > 1, pl.col("last_place") < pl.col("places")
    missing = pl.col("missing_groups")
    level = _level(missing > 0, ("D", share > MISSING_D), ("C", (share > MISSING_C) | no_most | no_least), ("B", True))
    verb = pl.when(missing == 1).then(pl.lit("is")).otherwise(pl.lit("are"))
    ends = (
        pl.when(no_most & no_least)
        .then(pl.lit(", both ends among them"))
        .when(no_most)
        .then(pl.lit(", at the most disadvantaged end"))
        .when(no_least)
        .then(pl.lit(", at the least disadvantaged end"))
        .otherwise(pl.lit(""))
    )
    return level, pl.format("{} of {} groups {} missing{}", _whole(missing), _whole(pl.col("expected")), verb, ends)


def _few() -> Reason:
    text = pl.format("only {} groups, too few to show whether they lie on a line", "groups")
    return _level(pl.col("groups") < FEW_GROUPS, ("C", True)), text


def _off_line() -> Reason:
    linearity = pl.col("linearity")
    limits = (("D", LINEARITY_D), ("C", LINEARITY_C), ("B", LINEARITY_B))
    level = _level(pl.col("off_line"), *((grade, linearity < limit) for grade, limit in limits))
    return level, pl.format("the values do not lie on a line (R squared {})", _cut(linearity))


def _unsettled() -> Reason:
    text = pl.format(
        "the groups scatter too much to show a line (R squared {}), and no standard errors tell chance from shape",
        _cut(pl.col("linearity")),
    )
    return _level(pl.col("unsettled") & (pl.col("linearity") < LINEARITY_B), ("B", True)), text


def _driven() -> Reason:
    change = pl.col("relative_change")
    level = _level(pl.col("driven"), ("C", change.abs() >= LEVERAGE_C), ("B", change.abs() >= LEVERAGE_B))
    percent = (100 * change.abs().clip(0, pl.when(change < 0).then(1.0))).round().cast(pl.Int64, strict=False)
    effect = (
        pl.when(change < -1.05)
        .then(pl.lit("changes direction"))
        .when(change < 0)
        .then(pl.format("falls by {}%", percent))
        .otherwise(pl.format("rises by {}%", percent))
    )
    return level, pl.format("one group drives the slope: without {} group it {}", "driver_place", effect)


def _reversed() -> Reason:
    count = pl.col("reversals")
    where = pl.format("between {} and {} group", "turn_from", "turn_to")
    text = (
        pl.when(count == 1)
        .then(pl.format("the order is reversed {}", where))
        .otherwise(pl.format("the order is reversed in {} places, most {}", count, where))
    )
    return _level(pl.col("is_clear"), ("C", count > 1), ("B", count > 0)), text


def _imbalance() -> Reason:
    times = pl.col("imbalance")
    text = pl.format("the largest group holds {} times the people of the smallest", _whole(times))
    return _level(pl.lit(value=True), ("C", times >= IMBALANCE_C), ("B", times >= IMBALANCE_B)), text


def _events() -> Reason:
    fewest = pl.col("fewest_events")
    text = pl.format("the interval rests on few events ({} in one group)", _whole(fewest))
    return _level(pl.lit(value=True), ("C", fewest < EVENTS_C), ("B", fewest < EVENTS_B)), text


def _good() -> pl.Expr:
    return (
        pl.when(~pl.col("is_clear"))
        .then(pl.lit("no gradient beyond chance: the values are level within their noise"))
        .when(pl.col("linearity") >= LINEARITY_B)
        .then(pl.lit("the values lie close to a line and no group drives it"))
        .otherwise(pl.lit("the values lie as close to a line as chance allows and no group drives it"))
    )


def _level(holds: pl.Expr, *levels: tuple[str, pl.Expr | bool]) -> pl.Expr:
    return pl.coalesce(pl.when(holds & when).then(pl.lit(grade)) for grade, when in levels)


def _cut(share: pl.Expr) -> pl.Expr:
    """Two decimals, cut and not rounded: what is below a threshold must not be shown as reaching it."""
    return pl.lit("0.") + _whole(100 * share.clip(0, 0.99)).cast(pl.String).str.zfill(2)


def _whole(number: pl.Expr) -> pl.Expr:
    return number.floor().cast(pl.Int64, strict=False)


def _name(place: str) -> pl.Expr:
    """`the 2nd most disadvantaged`: counted from the nearer end."""
    from_most, from_least = _whole(pl.col(place)), _whole(pl.col("places") - pl.col(place) + 1)
    near = pl.min_horizontal(from_most, from_least)
    tens, units = near % 100, near % 10
    ending: Sequence[tuple[int, str]] = [(1, "st"), (2, "nd"), (3, "rd")]
    suffix = pl.coalesce(
        *(pl.when((units == unit) & ~tens.is_between(11, 13)).then(pl.lit(text)) for unit, text in ending), pl.lit("th")
    )
    ordinal = pl.when(near == 1).then(pl.lit("")).otherwise(pl.format("{}{} ", near, suffix))
    end = pl.when(from_most <= from_least).then(pl.lit("most")).otherwise(pl.lit("least"))
    return pl.format("the {}{} disadvantaged", ordinal, end).alias(place)
