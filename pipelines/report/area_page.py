"""The page of one area: its figures beside its region's and England's, life in good health, deprivation, inequality
within it, its Core20PLUS5 scorecard, and what is missing.

What belongs here: choosing what the page shows. What does not: the comparison itself (`contents.py`), or how the page
looks (`templates/area.html.j2`).
"""

from __future__ import annotations

from typing import Any

import polars as pl

from pipelines.report.contents import Contents
from pipelines.report.overview import is_any_modelled
from pipelines.report.template import render

FITS = {"the_ask": "what is asked for", "proxy": "a proxy", "weak_proxy": "a weak proxy"}
REASONS = {
    "no_indicator_held": "no indicator for this is in the release",
    "no_figure_of_this_area": "no figure is published for this area",
}
EDITIONS = ("2019", "2025")
PUBLISHED_SLOPES = "slope_index_of_"
"""How the slugs of slopes begin that a publisher computed within areas."""


def page_of(contents: Contents, area: dict[str, Any]) -> bytes:
    """The page, whole."""
    totals, measures = _of(contents.totals, area), _of(contents.measures, area)
    lives, scorecard = _of(contents.lives, area), _of(contents.scorecard, area)
    held = set(totals.filter(pl.col("value").is_not_null())["indicator"])
    return render(
        "area.html.j2",
        root="../",
        area=area,
        groups=contents.groups,
        is_modelled=bool(area["is_modelled"]) or is_any_modelled(totals, measures, lives, scorecard),
        totals=totals.to_dicts(),
        lives=lives.to_dicts(),
        editions=EDITIONS,
        slopes=measures.filter(pl.col("measure") == "slope_index").to_dicts(),
        published_slopes=totals.filter(
            pl.col("indicator").str.starts_with(PUBLISHED_SLOPES), pl.col("value").is_not_null()
        ).to_dicts(),
        scorecard=[
            {**row, "fits": FITS[row["fit"]], "reason": _reason(row["why_empty"])}
            for row in scorecard.iter_rows(named=True)
        ],
        missing=[one for one in contents.indicators.iter_rows(named=True) if one["indicator"] not in held],
    )


def _of(frame: pl.DataFrame, area: dict[str, Any]) -> pl.DataFrame:
    return frame.filter(pl.col("area_code") == area["area_code"])


def _reason(why_empty: str | None) -> str:
    return REASONS.get(why_empty, why_empty.replace("_", " ")) if why_empty else ""
