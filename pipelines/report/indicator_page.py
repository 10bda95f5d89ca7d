"""The page of one indicator: its gradients drawn and in tables, change over time, groups without an order, all areas.

What belongs here: choosing what the page shows. What does not: the sentences and measures (a release holds them),
drawing (`chart.py`), or how the page looks (`templates/indicator.html.j2`).
"""

from __future__ import annotations

from typing import Any

import polars as pl

from pipelines.report.chart import Fit, Group, gradient_chart
from pipelines.report.contents import Contents
from pipelines.report.overview import BASES, is_any_modelled
from pipelines.report.template import aged, render

KEYS = ("area_code", "period", "sex", "age", "dimension", "scheme", "basis", "groups_from", "period_length")
UNWEIGHTED = ("equal_shares", "none")


def page_of(contents: Contents, indicator: dict[str, Any]) -> bytes:
    """The page, whole."""
    slug = indicator["indicator"]
    measures, totals = _of(contents.measures, slug), totals_of(contents, slug)
    gradients, differences = _of(contents.gradients, slug), _of(contents.differences, slug)
    return render(
        "indicator.html.j2",
        root="../",
        indicator=indicator,
        is_modelled=is_any_modelled(measures, totals, gradients, differences),
        gradients=[_gradient(rows, measures, indicator, contents) for rows in _each(gradients)],
        changes=_of(contents.changes, slug).to_dicts(),
        differences=differences.to_dicts(),
        totals=totals.to_dicts(),
        known_areas=set(contents.areas["area_code"]),
        sources=_of(contents.sources, slug).to_dicts(),
    )


def totals_of(contents: Contents, slug: str) -> pl.DataFrame:
    """The newest figure of every area, which the page shows and offers as a file."""
    return _of(contents.totals, slug)


def _of(frame: pl.DataFrame, slug: str) -> pl.DataFrame:
    return frame.filter(pl.col("indicator") == slug)


def _each(gradients: pl.DataFrame) -> list[pl.DataFrame]:
    return gradients.partition_by(*KEYS, maintain_order=True) if gradients.height else []


def _gradient(
    rows: pl.DataFrame, measures: pl.DataFrame, indicator: dict[str, Any], contents: Contents
) -> dict[str, Any]:
    """One gradient: its chart, the rows that the chart draws, and every measure of it."""
    first = rows.row(0, named=True)
    own = measures.filter(*(pl.col(key).eq_missing(pl.lit(first[key])) for key in KEYS))
    slope = own.filter((pl.col("measure") == "slope_index") & pl.col("fitted_most").is_not_null()).to_dicts()
    groups = [
        Group(
            row["category"].replace("_", " "),
            row["value"],
            row["value_lower"],
            row["value_upper"],
            None if row["weighting"] in UNWEIGHTED else row["population"],
        )
        for row in rows.iter_rows(named=True)
    ]
    fit = Fit(slope[0]["fitted_most"], slope[0]["fitted_least"]) if slope else None
    title = f"{indicator['title']}, {first['sex']}, {aged(first['age'])}, {first['area_name']}, {first['period']}"
    described = (
        f"{groups[0].label} {groups[0].value:.1f}, {groups[-1].label} {groups[-1].value:.1f} ({indicator['unit']})"
    )
    return {
        "title": title,
        "basis": BASES.get(first["basis"], first["dimension"].replace("_", " ")),
        "groups": contents.groups(first["dimension"], first["scheme"]),
        "weighting": first["weighting"].replace("_", " "),
        "areas_missing": first["areas_missing"],
        "areas_expected": first["areas_expected"],
        "chart": gradient_chart(groups, fit, title, described),
        "rows": rows.to_dicts(),
        "measures": own.to_dicts(),
    }
