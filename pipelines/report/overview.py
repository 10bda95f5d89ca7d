"""The first page: the widest gradients, what is closing, what is widening, and the way to every other page.

What belongs here: choosing what the page shows. What does not: the sentences (a release holds them), or how the page
looks (`templates/overview.html.j2`).
"""

from __future__ import annotations

from typing import Any

import polars as pl

from pipelines.report.contents import Contents
from pipelines.report.template import render

VERDICTS = {
    "widening": "Widening",
    "narrowing": "Closing",
    "no clear change": "No clear change",
    "cannot_be_tested": "Cannot be tested",
}
"""Title of each verdict on the absolute gap, in the order of the page."""
BASES = {
    "neighbourhoods_national": "tenths of all neighbourhoods",
    "neighbourhoods_within_area": "tenths of the neighbourhoods of an area",
    "whole_areas_published": "groups of whole areas, as published",
    "whole_areas_derived": "groups of whole areas, made by us",
}
"""What a gradient runs over, in words."""
ERROR_RATE = 0.05


def page_of(contents: Contents, others: list[tuple[str, str]]) -> bytes:
    """The page, whole; `others` are pages of other kinds that it leads to: file and title."""
    tested = contents.changes.filter(pl.col("verdict_absolute") != "cannot_be_tested").height
    return render(
        "overview.html.j2",
        root="",
        others=others,
        facts=contents.facts,
        groups=contents.groups,
        is_modelled=is_any_modelled(contents.areas, contents.measures, contents.totals),
        widest=_widest(contents.measures),
        verdicts=[
            {"title": title, "rows": contents.changes.filter(pl.col("verdict_absolute") == verdict).to_dicts()}
            for verdict, title in VERDICTS.items()
        ],
        tested=tested,
        by_chance=round(tested * ERROR_RATE, 1),
        indicators=contents.indicators.to_dicts(),
        areas=contents.areas.to_dicts(),
    )


def is_any_modelled(*frames: pl.DataFrame) -> bool:
    """Whether any row of these rests on modelled input."""
    return any(frame["is_modelled"].any() for frame in frames)


def _widest(measures: pl.DataFrame) -> list[dict[str, Any]]:
    """Slope indices of countries, the widest first, apart by what may be compared: country, unit and kind of groups."""
    slopes = measures.filter((pl.col("measure") == "slope_index") & (pl.col("area_type") == "country"))
    slopes = slopes.filter(pl.col("basis").is_in(list(BASES))).sort("value", descending=True, maintain_order=True)
    parts = slopes.partition_by("area_name", "basis", "unit", as_dict=True, maintain_order=True)
    return [
        {"area": area, "basis": BASES[str(basis)], "unit": unit, "rows": rows.to_dicts()}
        for (area, basis, unit), rows in sorted(parts.items(), key=lambda part: (str(part[0][0]), _place(part[0][1])))
    ]


def _place(basis: object) -> int:
    return list(BASES).index(str(basis))
