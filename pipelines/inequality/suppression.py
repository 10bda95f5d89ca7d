"""What a slope index can be where a group's value is suppressed: its bounds, never a guess.

What belongs here: the legal range of a suppressed value, from the publisher's rule where it states one. What does not:
the bounds themselves (`measures/lines/bounds.py`), or the refusal of the slope (`rules.py`).
"""

from __future__ import annotations

import polars as pl

from pipelines import measures
from pipelines.inequality.compute import alike_groups
from pipelines.inequality.contract import GROUP, MEASURE

RULES = (
    r"(?i)counts of (?P<smallest>\d+) to (?P<largest>\d+) are suppressed",
    r"(?i)numerator of (?P<largest>\d+) or less",
)
"""How a disclosure rule of the catalogue words the counts that it hides; from 0 where it names no smallest."""

_BOUNDS = ("slope_index_smallest", "slope_index_largest")


def bound_rows(groups: pl.DataFrame) -> pl.DataFrame:
    """The bounds of the slope index of every ranked set that has a suppressed value, with GROUP.

    A suppressed value is a count of the disclosure rule over its denominator, where both are known; else anything its
    kind allows (a proportion 0 to 1). Values without a bound, such as years, have none. Where the groups are weighted
    with the indicator's own denominators their mean must be the published total, which narrows the range.
    """
    suppressed = pl.col("value").is_null() & pl.col("note_code").str.starts_with("suppressed")
    chosen = groups.filter(
        pl.col("is_ranked") & (pl.col("weighting") != "none") & suppressed.any().over(GROUP)
    ).with_columns(rank=pl.col("category_rank"))
    parts = [pl.DataFrame(schema={name: MEASURE[name] for name in (*GROUP, *_BOUNDS)})]
    for alike in alike_groups(chosen):
        if alike.kind == "mean":
            continue
        smallest, largest = _hidden_counts()
        own = pl.col("weighting") == "published_denominators"
        asked = alike.natural.with_columns(
            value_smallest=smallest / pl.col("denominator"),
            value_largest=largest / pl.col("denominator"),
            total=pl.when(own).then(pl.col("published_total") / alike.scale),
        )
        answer = measures.bounds(asked, by=list(GROUP), kind=alike.kind, multiplier=alike.multiplier)
        parts.append(answer.select(*GROUP, *_BOUNDS))
    return pl.concat(parts)


def _hidden_counts() -> tuple[pl.Expr, pl.Expr]:
    """The smallest and largest count that the disclosure rule hides; null where it does not say."""
    rule = pl.col("disclosure_rule")
    found = [rule.str.extract_groups(pattern).struct for pattern in RULES]
    smallest = pl.coalesce(
        found[0].field("smallest"), pl.when(found[1].field("largest").is_not_null()).then(pl.lit("0"))
    )
    largest = pl.coalesce(*(groups.field("largest") for groups in found))
    return smallest.cast(pl.Float64), largest.cast(pl.Float64)
