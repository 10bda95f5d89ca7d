"""Computing every measure that a set of groups may have, oriented and on the indicator's own scale.

What belongs here: which function is called with which direction, scale and link. What does not: which groups go into
one call (`prepare.py`), what is refused afterwards (`rules.py`), or a formula (`measures/`).

Orientation: every absolute measure is positive, and every ratio above 1, when the disadvantaged are worse off. Where
polarity is neutral the measure is most minus least deprived and passes no judgement.
"""

from __future__ import annotations

import polars as pl

from pipelines import measures
from pipelines.inequality.contract import CONFIDENCE, GROUP, MEASURE
from pipelines.inequality.prepare import TRANSFORMS, Batch, batches
from pipelines.measures.registry import MEASURES, slugs

BY = list(GROUP)
LIMITS = ("value", "value_lower", "value_upper")
OF_LINE = ("fitted_most", "fitted_least", "mean_of_groups")
ODDS = ("odds_ratio", "odds_ratio_lower", "odds_ratio_upper")
"""Of the fitted ends: what stands beside the relative index of a proportion."""
OF_SPREAD = ("value_uncorrected", "p_of_equality")
COMPUTED = (*GROUP, "measure", "transform", *LIMITS, *OF_SPREAD, *ODDS, "interval_method", "note_code", *OF_LINE)
"""The columns of what comes back."""

LINE, GAPS, ATTRIBUTABLE = slugs("line"), slugs("gap"), slugs("attributable")
SPREAD = tuple(one.measure for one in MEASURES if one.measure not in LINE + GAPS + ATTRIBUTABLE)
"""Measures that look at all groups and have no function of their own."""


def compute_ranked(gradient: pl.DataFrame) -> pl.DataFrame:
    """Every measure of ranked groups, long: GROUP, measure, transform and its numbers."""
    parts: list[pl.DataFrame] = []
    for batch in batches(gradient.with_columns(rank=pl.col("category_rank"))):
        lined, attributed = batch.allowing(LINE), batch.allowing(ATTRIBUTABLE)
        parts.append(_line_rows(_fit_line(lined, transform=False), "none"))
        if TRANSFORMS.get(batch.link) == batch.kind:
            parts.append(_line_rows(_fit_line(lined, transform=True), batch.link))
        parts += [_gaps(batch), _attributable(attributed), _summary(batch.allowing(SPREAD), SPREAD, ordered=True)]
    return _stacked(parts)


def compute_unranked(comparison: pl.DataFrame) -> pl.DataFrame:
    """Every measure of groups without an order: the gap of the named pair, else the largest of all, and the spread."""
    # A named pair is two groups, however many the scheme has.
    pair = comparison.filter(pl.col("pair_place").is_not_null()).drop("groups_expected")
    paired = pair.with_columns(rank=pl.col("pair_place"))
    parts = [_gaps(batch) for batch in batches(paired)]
    # Groups without a value are left out and the row says so; the others can still be compared.
    valued = comparison.filter(pl.col("value").is_not_null())
    has_weights = pl.col("weighting") != "none"
    for is_weighted in (True, False):
        chosen = valued.filter(has_weights if is_weighted else ~has_weights)
        chosen = chosen if is_weighted else chosen.drop("population")
        parts += [_summary(batch, SPREAD, ordered=False) for batch in batches(chosen)]
        parts += [_summary(batch, GAPS, ordered=False) for batch in batches(chosen.filter(~pl.col("has_pair")))]
    return _stacked(parts)


def _fit_line(batch: Batch, *, transform: bool) -> pl.DataFrame:
    return measures.slope_index(
        batch.groups,
        by=BY,
        kind=batch.kind,
        transform=transform,
        favourable=batch.favourable,
        scale=batch.scale,
        confidence=CONFIDENCE,
    )


def _line_rows(line: pl.DataFrame, transform: str) -> pl.DataFrame:
    rows = _paired(line, "slope_index", "relative_index", (*OF_LINE, *ODDS), transform)
    of_ratio = pl.col("measure") == "relative_index"
    return rows.with_columns(pl.when(of_ratio).then(name).alias(name) for name in ODDS)


def _gaps(batch: Batch) -> pl.DataFrame:
    answer = measures.gap(batch.groups, by=BY, favourable=batch.favourable, scale=batch.scale, confidence=CONFIDENCE)
    return _paired(answer, "absolute_gap", "relative_gap", (), "none")


def _attributable(batch: Batch) -> pl.DataFrame:
    """What would change if every group had the least deprived group's level: per head, as a share, and in events."""
    answer = measures.excess_events(
        batch.groups, by=BY, favourable=batch.favourable, scale=batch.scale, confidence=CONFIDENCE
    )
    # What the whole has now, which these measures say how far to move: the fraction is of it.
    per_head, fraction = pl.col("value") / pl.col("population") * batch.scale, pl.col("attributable_fraction")
    mean = pl.when(fraction > 0).then(per_head / fraction)
    figures = {
        "population_attributable_risk": [pl.col(name) / pl.col("population") * batch.scale for name in LIMITS],
        "population_attributable_fraction": [pl.col(f"attributable_fraction{end}") for end in ("", "_lower", "_upper")],
        "excess_events": [pl.col(name) for name in LIMITS],
    }
    return pl.concat(
        [
            answer.select(
                *BY,
                "interval_method",
                "note_code",
                *(number.alias(name) for name, number in zip(LIMITS, numbers, strict=True)),
                measure=pl.lit(measure),
                transform=pl.lit("none"),
                mean_of_groups=mean,
            )
            for measure, numbers in figures.items()
        ]
    )


def _summary(batch: Batch, chosen: tuple[str, ...], *, ordered: bool) -> pl.DataFrame:
    """Those of the chosen measures that a set of groups in the batch may have."""
    answer = measures.summary_measures(
        batch.groups.rename({"published_total": "total"}),
        by=BY,
        favourable=batch.favourable,
        ordered=ordered,
        measures=batch.measures_allowed.intersection(chosen),
        scale=batch.scale,
        confidence=CONFIDENCE,
    )
    return answer.filter(pl.col("measure").is_not_null()).drop("standard_error").with_columns(transform=pl.lit("none"))


def _stacked(parts: list[pl.DataFrame]) -> pl.DataFrame:
    """All parts under the same columns; a part that lacks one has nulls there."""
    return pl.concat([pl.DataFrame(schema={name: MEASURE[name] for name in COMPUTED}), *parts], how="diagonal_relaxed")


def _paired(wide: pl.DataFrame, absolute: str, relative: str, extra: tuple[str, ...], transform: str) -> pl.DataFrame:
    """A function's difference and ratio as two rows."""
    return pl.concat(
        [
            wide.select(
                *BY,
                *extra,
                _own_method(is_ratio=name == relative),
                # What a note says of the ratio alone is not said of the difference.
                pl.when(pl.lit(name == relative) | ~pl.col("note_code").str.starts_with("relative_")).then("note_code"),
                pl.lit(name).alias("measure"),
                pl.lit(transform).alias("transform"),
                pl.col(name).alias("value"),
                pl.col(f"{name}_lower").alias("value_lower"),
                pl.col(f"{name}_upper").alias("value_upper"),
            )
            for name in (absolute, relative)
        ]
    )


def _own_method(*, is_ratio: bool) -> pl.Expr:
    """A pair of measures names both methods (`normal+fieller`), the difference's first; one name is that of both."""
    methods = pl.col("interval_method").str.split("+")
    return (methods.list.last() if is_ratio else methods.list.first()).alias("interval_method")
