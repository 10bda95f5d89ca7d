"""Asking `measures` for every measure that a set of groups allows, oriented and on the indicator's own scale.

What belongs here: which function is called with which direction, scale and link. What does not: what is refused
afterwards (`rules.py`), or a formula (`measures/`).

Orientation: every absolute measure is positive, and every ratio above 1, when the disadvantaged are worse off. Where
polarity is neutral the measure is most minus least deprived and passes no judgement.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from pipelines import measures
from pipelines.inequality.contract import CONFIDENCE, GROUP, MEASURE

BY = list(GROUP)
TRANSFORMS = {"log": "rate", "logit": "proportion"}
"""The scales of a second fit, and the kind of value each belongs to."""
CONCENTRATION = {
    "absolute_concentration_index": "slope_index",
    "relative_concentration_index": "relative_index",
}
"""The concentration indices, and the measure of the line that each is a rising function of."""
ASKED = (
    *GROUP,
    *("measure", "transform", "value", "value_lower", "value_upper", "interval_method", "note_code"),
    *("fitted_most", "fitted_least", "mean_of_groups"),
)
"""The columns of what comes back."""
ASKED_ABOUT = ("polarity", "scale", "value_kind", "default_link", "can_exceed_100")
"""What the catalogue says that decides how a measure is asked for."""


@dataclass(frozen=True)
class Alike:
    """Groups of indicators that are asked in one call."""

    groups: pl.DataFrame
    favourable: bool
    scale: float
    kind: str
    link: str

    @property
    def multiplier(self) -> float:
        """Gives the scale back, and turns the sign where lower is better (or neutral: most minus least)."""
        return self.scale if self.favourable else -self.scale

    @property
    def natural(self) -> pl.DataFrame:
        """The groups with values on their natural scale: a share, not a per cent."""
        return self.groups.with_columns(pl.col("value", "value_lower", "value_upper", "standard_error") / self.scale)


def alike_groups(groups: pl.DataFrame) -> Iterator[Alike]:
    """Split groups by what one call must have in common."""
    for (polarity, scale, kind, link, can_exceed), part in sorted(
        groups.group_by(ASKED_ABOUT), key=lambda item: tuple(map(str, item[0]))
    ):
        yield Alike(
            part,
            favourable=polarity == "higher_is_better",
            scale=float(str(scale)),
            # A percentage that can pass 100 is no proportion; an index has no distribution of its own.
            kind=str(kind) if kind in TRANSFORMS.values() and not can_exceed else "mean",
            link=str(link),
        )


def ask_ranked(gradient: pl.DataFrame) -> pl.DataFrame:
    """Every measure of ranked groups, long: GROUP, measure, transform and its numbers."""
    parts: list[pl.DataFrame] = []
    for alike in alike_groups(gradient.with_columns(rank=pl.col("category_rank"))):
        parts.append(_line(alike, transform=False))
        if TRANSFORMS.get(alike.link) == alike.kind:
            parts.append(_line(alike, transform=True))
        parts += [_gap(alike), _attributable(alike), _summary(alike, ordered=True)]
    return _concentration_limited(_stacked(parts), gradient)


def ask_unranked(comparison: pl.DataFrame) -> pl.DataFrame:
    """Every measure of groups without an order: the gap of the named pair, else the largest of all, and the spread."""
    parts: list[pl.DataFrame] = []
    for alike in alike_groups(
        comparison.filter(pl.col("pair_place").is_not_null()).with_columns(rank=pl.col("pair_place"))
    ):
        parts.append(_gap(alike))
    gaps = pl.col("measure").is_in(["absolute_gap", "relative_gap"])
    # Groups without a value are left out and the row says so; the others can still be compared.
    for alike in alike_groups(comparison.filter(pl.col("value").is_not_null())):
        paired = alike.groups.filter("has_pair").select(BY).unique()
        for weighted in (True, False):
            spread = _summary(alike, ordered=False, weighted=weighted)
            parts.append(spread.filter(~gaps))
            parts.append(spread.filter(gaps).join(paired, on=BY, how="anti", nulls_equal=True))
    return _stacked(parts)


def _line(alike: Alike, *, transform: bool) -> pl.DataFrame:
    answer = measures.slope_index(
        alike.natural,
        by=BY,
        kind=alike.kind,
        transform=transform,
        multiplier=alike.multiplier,
        confidence=CONFIDENCE,
    )
    extra = ("fitted_most", "fitted_least", "mean_of_groups")
    return _paired(answer, "slope_index", "relative_index", extra, alike.link if transform else "none")


def _gap(alike: Alike) -> pl.DataFrame:
    answer = measures.gap(alike.natural, by=BY, multiplier=alike.multiplier, confidence=CONFIDENCE)
    return _paired(answer, "absolute_gap", "relative_gap", (), "none")


def _attributable(alike: Alike) -> pl.DataFrame:
    """What would change if every group had the least deprived group's level: per head, as a share, and in events."""
    answer = measures.excess_events(alike.natural, by=BY, favourable=alike.favourable, confidence=CONFIDENCE)
    limits = ("value", "value_lower", "value_upper")
    figures = {
        "population_attributable_risk": [pl.col(name) / pl.col("population") * alike.scale for name in limits],
        "population_attributable_fraction": [pl.col(f"attributable_fraction{end}") for end in ("", "_lower", "_upper")],
        "excess_events": [pl.col(name) for name in limits],
    }
    return pl.concat(
        [
            answer.select(
                *BY,
                "interval_method",
                "note_code",
                *(number.alias(name) for name, number in zip(limits, numbers, strict=True)),
                measure=pl.lit(measure),
                transform=pl.lit("none"),
            )
            for measure, numbers in figures.items()
        ]
    )


def _summary(alike: Alike, *, ordered: bool, weighted: bool = True) -> pl.DataFrame:
    """The other measures of WHO's set; those with people as weights only where the groups have any."""
    has_weights = pl.col("weighting") != "none"
    groups = alike.groups if ordered else alike.groups.filter(has_weights if weighted else ~has_weights)
    answer = measures.summary_measures(
        groups.rename({"published_total": "total"}).drop([] if weighted else ["population"]),
        by=BY,
        favourable=alike.favourable,
        ordered=ordered,
        scale=alike.scale,
        confidence=CONFIDENCE,
    ).with_columns(transform=pl.lit("none"))
    asked_elsewhere = ["absolute_gap", "relative_gap"] if ordered else []
    attributable = ["population_attributable_risk", "population_attributable_fraction"]
    return answer.filter(~pl.col("measure").is_in(asked_elsewhere + attributable)).drop("standard_error")


def _concentration_limited(rows: pl.DataFrame, gradient: pl.DataFrame) -> pl.DataFrame:
    """Give the concentration indices limits from the published ones, not from the groups' scatter about a line.

    With p shares and c centred relative ranks, k = 2 sum p c^2: the absolute index is k times the slope, and the
    relative one k * 2 (R - 1) / (R + 1) of the relative index R, both rising, so limits carry over exactly.
    """
    share = pl.col("population") / pl.col("population").sum().over(BY)
    centred = pl.col("share").cum_sum().over(BY, order_by="category_rank") - pl.col("share") / 2 - 0.5
    spread = (
        gradient.sort("category_rank")
        .with_columns(share=share)
        .with_columns(centred=centred)
        .group_by(BY)
        .agg(spread=2 * (pl.col("share") * pl.col("centred") ** 2).sum())
    )
    line = rows.filter(pl.col("transform") == "none").select(
        *BY, "measure", "value_lower", "value_upper", "interval_method"
    )
    for index, of_line in CONCENTRATION.items():
        own = line.filter(pl.col("measure") == of_line).drop("measure")
        beside = own.join(spread, on=BY, how="left", nulls_equal=True)
        is_index = pl.col("measure") == index
        limits = {
            end: pl.when(is_index).then(_carried(f"{end}_of_line", of_line) * pl.col("spread")).otherwise(end)
            for end in ("value_lower", "value_upper")
        }
        method = pl.when(is_index).then("interval_method_of_line").otherwise("interval_method")
        wide = rows.join(beside, on=BY, how="left", nulls_equal=True, suffix="_of_line")
        rows = wide.with_columns(**limits, interval_method=method).select(rows.columns)
    return rows


def _carried(limit: str, of_line: str) -> pl.Expr:
    end = pl.col(limit)
    return end if of_line == "slope_index" else 2 * (end - 1) / (end + 1)


def _stacked(parts: list[pl.DataFrame]) -> pl.DataFrame:
    """All parts under the same columns; a part that lacks one has nulls there."""
    return pl.concat([pl.DataFrame(schema={name: MEASURE[name] for name in ASKED}), *parts], how="diagonal_relaxed")


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
    """A pair of measures names both methods (`normal_fieller`); the difference is the normal one."""
    method = pl.col("interval_method")
    own = method.str.strip_prefix("normal_") if is_ratio else method.str.replace(r"^normal_.*", "normal")
    return own.alias("interval_method")
