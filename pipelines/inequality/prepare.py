"""Groups made ready to be measured, and what the rows of a set of groups agree on.

What belongs here: joining what the catalogue says of an indicator, limits that a scale cut off, and which groups can be
measured in one call. What does not: a call (`compute.py`), or what is refused (`rules.py`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import polars as pl

from pipelines import measures
from pipelines.inequality.contract import GROUP

BATCHED_BY = ("polarity", "scale", "value_kind", "default_link", "can_exceed_100")
"""What groups must have in common to be measured in one call."""

OF_INDICATOR = (
    "indicator",
    "unit",
    "suppression_smallest",
    "suppression_largest",
    "slope_of_model_because",
    *BATCHED_BY,
)
"""What the catalogue says of an indicator, as far as a measure needs it."""

TRANSFORMS = {"log": "rate", "logit": "proportion"}
"""The scales of a second fit, and the kind of value each belongs to."""


def prepare_groups(gradient: pl.DataFrame, comparison: pl.DataFrame, indicator: pl.DataFrame) -> pl.DataFrame:
    """Every group of both tables with what the catalogue says of its indicator and with limits that the scale spared.

    `is_ranked` tells groups of a gradient from those of a comparison.
    """
    groups = pl.concat(
        [
            gradient.with_columns(is_ranked=pl.lit(value=True), has_pair=pl.lit(value=False)),
            comparison.with_columns(is_ranked=pl.lit(value=False)),
        ],
        how="diagonal_relaxed",
    )
    return _mirror_truncated_limits(groups.join(indicator.select(OF_INDICATOR), on="indicator"))


def _mirror_truncated_limits(groups: pl.DataFrame) -> pl.DataFrame:
    """A limit at or beyond 0 or the scale's end says nothing of the spread: mirror the other half-width.

    What can pass the scale's end is not cut off there.
    """
    bounded = pl.col("value_kind") == "proportion"
    low = (bounded & (pl.col("value_lower") <= 0)).fill_null(value=False)
    ends = bounded & ~pl.col("can_exceed_100")
    high = (ends & (pl.col("value_upper") >= pl.col("scale"))).fill_null(value=False)
    return groups.with_columns(
        value_lower=pl.when(low).then(2 * pl.col("value") - pl.col("value_upper")).otherwise("value_lower"),
        value_upper=pl.when(high).then(2 * pl.col("value") - pl.col("value_lower")).otherwise("value_upper"),
        limit_truncated=low | high,
    )


@dataclass(frozen=True)
class Batch:
    """Groups that are measured in one call."""

    groups: pl.DataFrame
    favourable: bool
    scale: float
    kind: str
    link: str

    def allowing(self, measures: Sequence[str]) -> Batch:
        """The sets of groups in the batch that may have one of these measures."""
        allowed = pl.col("measures_allowed").str.split(";").list.set_intersection(list(measures))
        return replace(self, groups=self.groups.filter(allowed.list.len() > 0))

    @property
    def measures_allowed(self) -> set[str]:
        """The slugs of all measures that a set of groups in the batch may have."""
        return {slug for allowed in self.groups["measures_allowed"].unique() for slug in allowed.split(";")}


def batches(groups: pl.DataFrame) -> Iterator[Batch]:
    """Split groups by what one call must have in common."""
    for (polarity, scale, kind, link, can_exceed), part in sorted(
        groups.group_by(BATCHED_BY), key=lambda item: tuple(map(str, item[0]))
    ):
        yield Batch(
            part,
            favourable=polarity == "higher_is_better",
            scale=float(str(scale)),
            # A percentage that can pass 100 is no proportion; an index has no distribution of its own.
            kind=str(kind) if kind in TRANSFORMS.values() and not can_exceed else "mean",
            link=str(link),
        )


def summary_of_groups(groups: pl.DataFrame) -> pl.DataFrame:
    """What the rows of a set of groups agree on: one row per set."""
    missing = pl.col("value").is_null()
    turnover = pl.col("share_moved") / pl.col("published_share")
    events, near = _implied_events(), _is_near_the_whole()
    compared = ~pl.col("has_pair").fill_null(value=False) | pl.col("pair_place").is_not_null()
    in_order = pl.col("category").sort_by("category_rank")
    ends = [
        pl.when(pl.col("is_ranked").first())
        .then(in_order.first() if place == 1 else in_order.last())
        .when(pl.col("has_pair").first())
        .then(pl.col("category").filter(pl.col("pair_place") == place).first())
        # Without an order or a pair: the highest and the lowest.
        .otherwise(
            pl.col("category").sort_by("value", "category", descending=[place == 1, False], nulls_last=True).first()
        )
        .alias(name)
        for place, name in ((1, "compared_category"), (2, "reference_category"))
    ]
    return groups.group_by(GROUP, maintain_order=True).agg(
        pl.len().cast(pl.Int64).alias("group_count"),
        pl.col("value").count().cast(pl.Int64).alias("groups_with_value"),
        pl.col("is_ranked", "has_pair", "groups_from", "groups_expected", "measures_allowed", "weighting").first(),
        pl.col("population_reference", "unit", "value_kind", "polarity", "published_total").first(),
        pl.col("areas_expected", "areas_missing", "missing_areas", "people_covered").first(),
        *ends,
        pl.col("limit_truncated").any(),
        pl.col("share_moved").max(),
        # Of the two groups most affected, as parts of themselves; null where no share is known.
        pl.when(turnover.is_not_null().any()).then(turnover.drop_nulls().top_k(2).sum()).alias("share_turnover"),
        pl.col("method_changed", "is_model_estimate").any(),
        pl.col("slope_of_model_because").first(),
        events.filter(compared).min().alias("fewest_events"),
        near.any().alias("near_the_whole"),
        missing.any().alias("value_missing"),
        (missing & pl.col("note_code").str.starts_with("suppressed")).any().alias("group_suppressed"),
        pl.any_horizontal(pl.col("value_lower", "standard_error").is_not_null()).any().alias("limits_published"),
        pl.col("is_modelled").any(),
    )


def _error() -> pl.Expr:
    """The standard error of a group's value, from its limits where none is given."""
    half = (pl.col("value_upper") - pl.col("value_lower")) / 2
    return pl.coalesce("standard_error", half / measures.Z_OF_INPUT_LIMITS)


def _implied_events() -> pl.Expr:
    """As many events as would give a group's value the error it has: of a proportion, the rarer of yes and no."""
    value, precision = pl.col("value"), (pl.col("value") / _error()) ** 2
    share = value / pl.col("scale")
    of_proportion = precision * (1 - share) * pl.min_horizontal(1.0, (1 - share) / share)
    bounded = (pl.col("value_kind") == "proportion") & ~pl.col("can_exceed_100")
    return (
        pl.when((_error() > 0) & (value <= 0))
        .then(0.0)
        .when(_error() > 0)
        .then(pl.when(bounded).then(of_proportion).otherwise(precision))
    )


def _is_near_the_whole() -> pl.Expr:
    """Whether a group's value lies within its own limits of the published total, else of the groups' mean."""
    weight = pl.col("population").fill_null(1.0)
    mean = (pl.col("value") * weight).sum().over(GROUP) / weight.filter(pl.col("value").is_not_null()).sum().over(GROUP)
    apart = (pl.col("value") - pl.coalesce("published_total", mean)).abs()
    return apart < measures.Z_OF_INPUT_LIMITS * _error()
