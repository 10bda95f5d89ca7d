"""Rankings of whole areas, cut into groups of as many areas each.

What belongs here: asking `measures.quantile` which group an area falls in. What does not: which areas are ranked, and
by what (`sql/core/area_ranking.sql`), or what is made of the groups (`core.area_gradient`, `core.scheme_population`).
"""

from __future__ import annotations

import polars as pl

from pipelines import measures

RANKING = ("dimension", "scheme", "country_code", "indicator", "period", "period_length", "sex", "age")
"""What a ranking is told apart by; from the indicator on, null where all areas are ranked."""


def area_group_rows(ranking: pl.DataFrame) -> pl.DataFrame:
    """Every row of `core.area_ranking` with `category_rank`, 1 the most deprived group, null where it is not ranked.

    `standard_error`: that of the figure, from its limits where none is published.
    """
    error = pl.coalesce(
        pl.col("standard_error"),
        (pl.col("value_upper") - pl.col("value_lower")) / (2 * measures.Z_OF_INPUT_LIMITS),
    )
    parts = [ranking.clear().with_columns(category_rank=pl.lit(None, dtype=pl.Int64))]
    for (groups,), part in sorted(ranking.group_by("groups_expected"), key=lambda item: str(item[0])):
        scores = part.select(*RANKING, value="ranking_score")
        cut = measures.quantile(scores, by=list(RANKING), quantiles=int(str(groups)))
        parts.append(part.with_columns(category_rank=cut["quantile"]))
    return pl.concat(parts).with_columns(standard_error=error).sort(*RANKING, "area_code")
