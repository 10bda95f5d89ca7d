"""What a slope index can be where a group's value is suppressed: its bounds, never a guess.

What belongs here: the range a suppressed value can lie in, by the catalogue's counts where it has them. What does not:
the bounds themselves (`measures/lines/bounds.py`), or the refusal of the slope (`rules.py`).
"""

from __future__ import annotations

import polars as pl

from pipelines import measures
from pipelines.inequality.contract import GROUP, MEASURE
from pipelines.inequality.prepare import batches

_BOUNDS = ("slope_index_smallest", "slope_index_largest")


def slope_bounds(groups: pl.DataFrame) -> pl.DataFrame:
    """The bounds of the slope index of every ranked set that has a suppressed value, with GROUP.

    A suppressed value is a count that the indicator's rule hides, over its denominator, where both are known; else
    anything its kind allows (a proportion 0 to 1). Values without a bound, such as years, have none. Where the groups
    are weighted with the indicator's own denominators their mean must be the published total, which narrows the range.
    """
    suppressed = pl.col("value").is_null() & pl.col("note_code").str.starts_with("suppressed")
    chosen = groups.filter(
        pl.col("is_ranked") & (pl.col("weighting") != "none") & suppressed.any().over(GROUP)
    ).with_columns(rank=pl.col("category_rank"))
    parts = [pl.DataFrame(schema={name: MEASURE[name] for name in (*GROUP, *_BOUNDS)})]
    for batch in batches(chosen):
        if batch.kind == "mean":
            continue
        own = pl.col("weighting") == "published_denominators"
        ranged = batch.groups.with_columns(
            value_smallest=pl.col("suppression_smallest") / pl.col("denominator") * batch.scale,
            value_largest=pl.col("suppression_largest") / pl.col("denominator") * batch.scale,
            total=pl.when(own).then("published_total"),
        )
        answer = measures.bounds(
            ranged, by=list(GROUP), kind=batch.kind, favourable=batch.favourable, scale=batch.scale
        )
        parts.append(answer.select(*GROUP, *_BOUNDS))
    return pl.concat(parts)
