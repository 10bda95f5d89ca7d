"""The revision radar: where a release differs from the one before it, one row per cell or series.

What belongs here: which difference is which kind, and when many become one row. What does not: which release is
compared with (`changes/previous.py`), the words (`changes/wording.py`), the page (`report/revisions.py`), or the log
over all releases (`changes/log.py`).

A cell has one row, however much of it differs; old and new stand side by side in it. Three things take a single row, so
that they do not hide among thousands: a code that vanished while its alias or successor has the same series; a series
(indicator, type of area, scheme and measure) in which at least REBASED of at least REBASED_CELLS common cells have
another value; and more than LIMIT rows of one kind and indicator, which become counts by period. A first release has no
rows.
"""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from pipelines.changes.log import differs
from pipelines.changes.previous import COMPARED, Compared, narrowed
from pipelines.changes.withheld import WITHHELD

LIMIT = 5_000
REBASED, REBASED_CELLS = 0.8, 10
RENAMED = 0.9
KINDS = {
    "new": "a figure that was not there before",
    "withdrawn": "a figure that is no longer published",
    "newly_suppressed": "a figure that was published and is now suppressed",
    "no_longer_suppressed": "a figure that was suppressed and is now published",
    "renamed_code": "an area whose code changed and whose figures did not",
    "rebased_series": "a series of which most figures were revised in one go",
    "sign_changed": "a measure that changed direction",
    "grade_changed": "a measure whose grade changed",
    "verdict_changed": "a change over time whose verdict changed",
    "revised": "a figure that was revised, its limits or its note",
}
_TEXT, _FIGURE = pl.String(), pl.Float64()
REVISION: dict[str, pl.DataType] = {
    **dict.fromkeys(("subject", "kind", "indicator", "area_code", "area_type", "new_area_code"), _TEXT),
    **dict.fromkeys(("period_from", "period", "period_length", "sex", "age", "dimension", "scheme"), _TEXT),
    **dict.fromkeys(("category", "measure", "transform"), _TEXT),
    "cells": pl.Int64(),
    **dict.fromkeys(("old_value", "new_value", "difference", "half_width", "half_widths_moved"), _FIGURE),
    "most_half_widths_moved": _FIGURE,
    **dict.fromkeys(("old_note_code", "new_note_code", "old_verdict", "new_verdict"), _TEXT),
    "is_modelled": pl.Boolean(),
}
_SERIES = ("indicator", "area_type", "dimension", "scheme", "measure", "transform")
_IDENTITY = {name for compared in COMPARED.values() for name in compared.key} - {"area_code"}
_OLD, _THERE, _WAS = "_old", "is_there", "was_there"


def revisions(
    before: Mapping[str, pl.DataFrame], now: Mapping[str, pl.DataFrame], codes: pl.DataFrame, *, limit: int = LIMIT
) -> pl.DataFrame:
    """All rows of `meta.revision`, without their sentences.

    `before` and `now` hold `observation`, `inequality` and `inequality_change`; `codes` has `old_code, new_code` of
    areas that are the same. Sorted, and without rows where nothing was published before.
    """
    found = [_fitted(pl.DataFrame())]
    for subject in ("observation", "inequality"):
        compared, then = COMPARED[subject], before[subject]
        if then.height:
            cells, renamed = _without_renamed(_cells(then, narrowed(now[subject], compared), compared), codes)
            cells, rebased = _without_rebased(cells)
            kinds = [_fitted(renamed), _fitted(rebased), _fitted(_changed(cells))]
            found.append(pl.concat(kinds).with_columns(subject=pl.lit(subject)))
    if before["inequality_change"].height:
        found.append(_verdicts(before["inequality_change"], now["inequality_change"]))
    rows = _bounded(pl.concat(found), limit)
    return rows.sort(pl.all().exclude("old_value", "new_value", "difference"), nulls_last=True)


def _fitted(frame: pl.DataFrame) -> pl.DataFrame:
    columns = [
        (pl.col(name) if name in frame.columns else pl.lit(None)).cast(kind).alias(name)
        for name, kind in REVISION.items()
    ]
    return frame.select(columns) if frame.width else pl.DataFrame(schema=REVISION)


def _cells(before: pl.DataFrame, now: pl.DataFrame, compared: Compared) -> pl.DataFrame:
    """Every cell of either release, with the kind of its difference; null where there is none."""
    joined = now.with_columns(pl.lit(True).alias(_THERE)).join(
        before.with_columns(pl.lit(True).alias(_WAS)), on=compared.key, how="full", coalesce=True, suffix=_OLD
    )
    there, was = pl.col(_THERE).fill_null(False), pl.col(_WAS).fill_null(False)
    value, old = pl.col("value"), pl.col("value" + _OLD)
    hidden, was_hidden = (
        pl.col(name).str.starts_with("suppressed").fill_null(False) for name in ("note_code", "note_code" + _OLD)
    )
    was_withheld = (pl.col("note_code" + _OLD) == WITHHELD).fill_null(False)
    parity = pl.when(pl.col("unit") == "ratio").then(1.0).otherwise(0.0)
    is_measure = "measure" in compared.key
    turned = ((value - parity).sign() * (old - parity).sign() < 0).fill_null(False) & pl.lit(is_measure)
    regraded = pl.col("grade").ne_missing(pl.col("grade" + _OLD)) if "grade" in compared.kept else pl.lit(False)
    kind = (
        pl.when(was & ~there)
        .then(pl.lit("withdrawn"))
        .when(there & ~was)
        .then(pl.lit("new"))
        .when(hidden & ~was_hidden)
        .then(pl.lit("newly_suppressed"))
        # The old figure would tell one that is suppressed now.
        .when(was_withheld & value.is_null())
        .then(pl.lit("withdrawn"))
        .when(was_withheld)
        .then(pl.lit("revised"))
        .when(was_hidden & ~hidden)
        .then(pl.lit("no_longer_suppressed"))
        .when(value.is_null() & old.is_not_null())
        .then(pl.lit("withdrawn"))
        .when(value.is_not_null() & old.is_null())
        .then(pl.lit("new"))
        .when(turned)
        .then(pl.lit("sign_changed"))
        .when(regraded)
        .then(pl.lit("grade_changed"))
        .when(differs(compared, _OLD))
        .then(pl.lit("revised"))
    )
    widest = _wider_half()
    half = pl.when(widest > 0).then(widest)
    moved = value.round_sig_figs(10) != old.round_sig_figs(10)
    return joined.with_columns(
        kind=kind,
        moved=moved.fill_null(False),
        area_type=pl.coalesce("area_type", "area_type" + _OLD),
        is_modelled=pl.coalesce("is_modelled", "is_modelled" + _OLD),
        old_value=old,
        new_value=value,
        difference=value - old,
        half_width=half,
        half_widths_moved=(value - old).abs() / half,
        old_note_code=pl.col("note_code" + _OLD),
        new_note_code=pl.col("note_code"),
        old_verdict=pl.col("grade" + _OLD) if "grade" in compared.kept else pl.lit(None, _TEXT),
        new_verdict=pl.col("grade") if "grade" in compared.kept else pl.lit(None, _TEXT),
    )


def _wider_half() -> pl.Expr:
    """The wider half of the limits of either release: within it a revision is believed, by `core.revised_cell` too."""
    return pl.max_horizontal(
        pl.col("value_upper" + end) - pl.col("value" + end)
        if upper
        else pl.col("value" + end) - pl.col("value_lower" + end)
        for end in ("", _OLD)
        for upper in (True, False)
    )


def _changed(cells: pl.DataFrame) -> pl.DataFrame:
    return cells.filter(pl.col("kind").is_not_null()).with_columns(
        cells=pl.lit(1), most_half_widths_moved=pl.col("half_widths_moved")
    )


def _without_renamed(cells: pl.DataFrame, codes: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The cells without those of an area that now has another code, and a row for each indicator and such area."""
    same = [name for name in cells.columns if name in _IDENTITY]
    gone = cells.filter(pl.col(_THERE).is_null()).join(
        codes.filter(pl.col("old_code") != pl.col("new_code")), left_on="area_code", right_on="old_code"
    )
    come = cells.filter(pl.col(_WAS).is_null())
    pairs = gone.join(come, left_on=[*same, "new_code"], right_on=[*same, "area_code"], suffix="_come")
    equal = (pl.col("old_value").round_sig_figs(10)).eq_missing(pl.col("new_value_come").round_sig_figs(10))
    left = cells.filter(pl.col(_THERE)).select("indicator", "area_code").unique()
    renamed = (
        pairs.group_by("indicator", "area_code", "new_code")
        .agg(
            pl.len().cast(pl.Int64).alias("cells"),
            equal.mean().alias("equal"),
            pl.col("area_type").first(),
            pl.col("is_modelled").any(),
        )
        .filter(pl.col("equal") >= RENAMED)
        .join(left, on=["indicator", "area_code"], how="anti")
    )
    known = pairs.join(renamed, on=["indicator", "area_code", "new_code"], how="semi")
    rest = cells.join(known, on=[*same, "area_code"], how="anti").join(
        known, left_on=[*same, "area_code"], right_on=[*same, "new_code"], how="anti"
    )
    return rest, renamed.rename({"new_code": "new_area_code"}).with_columns(kind=pl.lit("renamed_code"))


def _without_rebased(cells: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The cells without the revised ones of series that moved as a whole, and a row for each such series."""
    series = [name for name in _SERIES if name in cells.columns]
    common = cells.filter(pl.col("old_value").is_not_null() & pl.col("new_value").is_not_null())
    moved = pl.col("moved")
    rebased = (
        common.group_by(series)
        .agg(
            moved.sum().cast(pl.Int64).alias("cells"),
            moved.mean().alias("share"),
            pl.len().alias("common"),
            pl.col("difference").filter(moved).median(),
            pl.col("half_widths_moved").filter(moved).median(),
            pl.col("half_widths_moved").filter(moved).max().alias("most_half_widths_moved"),
            pl.col("is_modelled").any(),
        )
        .filter((pl.col("common") >= REBASED_CELLS) & (pl.col("share") >= REBASED))
    )
    covered = cells.filter((pl.col("kind") == "revised") & moved).join(rebased, on=series, how="semi")
    key = [name for name in cells.columns if name in _IDENTITY | {"area_code"}]
    return cells.join(covered, on=key, how="anti"), rebased.with_columns(kind=pl.lit("rebased_series"))


def _verdicts(before: pl.DataFrame, now: pl.DataFrame) -> pl.DataFrame:
    """A row for every pair of periods whose verdict changed; a pair that is new or gone does not count."""
    compared = COMPARED["inequality_change"]
    joined = narrowed(now, compared).join(before, on=compared.key, suffix=_OLD)
    judged = [(name, name + _OLD) for name in ("verdict_absolute", "verdict_relative")]
    changed = joined.filter(pl.any_horizontal(pl.col(new).ne_missing(pl.col(old)) for new, old in judged))
    both = "{} (absolute), {} (relative)"
    return _fitted(
        changed.with_columns(
            subject=pl.lit("inequality_change"),
            kind=pl.lit("verdict_changed"),
            period=pl.col("period_to"),
            cells=pl.lit(1),
            old_value=pl.col("difference" + _OLD),
            new_value=pl.col("difference"),
            difference=pl.col("difference") - pl.col("difference" + _OLD),
            old_verdict=pl.format(both, *(pl.col(old).fill_null("no verdict") for _, old in judged)),
            new_verdict=pl.format(both, *(pl.col(new).fill_null("no verdict") for new, _ in judged)),
        )
    )


def _bounded(rows: pl.DataFrame, limit: int) -> pl.DataFrame:
    """The rows, but counts by period for every kind and indicator that has more than `limit` of them."""
    group = ["subject", "kind", "indicator"]
    many = rows.group_by(group).agg(pl.len()).filter(pl.col("len") > limit)
    if many.is_empty():
        return rows
    counted = (
        rows.join(many, on=group, how="semi")
        .group_by([*group, "period"])
        .agg(
            pl.col("cells").sum(),
            pl.col("difference").median(),
            pl.col("half_widths_moved").median(),
            pl.col("most_half_widths_moved").max(),
            pl.col("is_modelled").any(),
        )
    )
    return pl.concat([rows.join(many, on=group, how="anti"), _fitted(counted)])
