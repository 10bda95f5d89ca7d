"""What history may no longer say: figures that were published before and that their publisher suppresses now.

What belongs here: which figures of earlier releases would tell a cell that is suppressed now, blanking them, and the
finding that none is left. What does not: whether shown figures of one release give a suppressed one away
(`quality/disclosure.py`), or the log itself (`changes/log.py`).

A release withholds, from its log and from its revisions, every figure of a cell that is suppressed in it, and every
measure that was worked out while the cell was shown: of its own groups; where the cell is an area's total, also of all
groups of that area, and of tenths of whole areas in which it counted. Earlier releases on the shelf, and the bytes as
received, stay as they are.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from pipelines.changes.previous import COMPARED
from pipelines.quality.disclosure import hidden
from pipelines.quality.finding import CRITICAL, Finding, examples_of

WITHHELD = "withheld_later_suppressed"
"""The note code of a figure that is withheld because it is, or would tell, one that was suppressed later."""
FIGURES = ("value", "value_lower", "value_upper", "difference")
CHECK = "suppressed_leaves_history"
_CELL = COMPARED["observation"].key
_PEOPLE = ("indicator", "period", "period_length", "sex", "age")
_UNTIL = "until"
CELLS: dict[str, pl.DataType] = {**dict.fromkeys(_CELL, pl.String()), _UNTIL: pl.Datetime("us")}
"""The cells of Withheld."""
WHOLE_AREAS = "whole_areas_derived"


@dataclass(frozen=True)
class Withheld:
    """The cells that are suppressed now and were shown before: their key, and `until`, when they were shown last.

    `derived` names the schemes in which whole areas are ranked by us, so that an area's total counts in a country's
    groups.
    """

    cells: pl.DataFrame
    derived: tuple[str, ...]

    def of_cells(self, rows: pl.DataFrame) -> pl.Series:
        """Which rows show a figure of such a cell."""
        cells = self.cells.with_columns(pl.lit(None, pl.Datetime("us")).alias(_UNTIL))
        return _marked(rows, cells, _CELL) & _shown(rows)

    def of_measures(self, rows: pl.DataFrame, *, period: str = "period") -> pl.Series:
        """Which rows of measures, of before `until` where they have a time, were worked out from such a cell."""
        if rows.is_empty() or self.cells.is_empty():
            return pl.Series([False] * rows.height, dtype=pl.Boolean)
        cells = self.cells.rename({"period": period})
        people = [name if name != "period" else period for name in _PEOPLE]
        totals = cells.filter(pl.col("dimension") == "total")
        own = _marked(rows, cells, [*people, "area_code", "dimension", "scheme"])
        of_area = _marked(rows, totals, [*people, "area_code"])
        of_country = _marked(rows, totals, people) & rows["scheme"].is_in(list(self.derived))
        return (own | of_area | of_country) & _shown(rows)


def withheld(log: pl.DataFrame, published: Mapping[str, pl.DataFrame], *, now: datetime) -> Withheld:
    """What a release made `now` must withhold; `log` holds all rows of `history.observation` before it, in order."""
    observation = published["observation"]
    suppressed = observation.filter(hidden()).select(_CELL)
    of_cells = log.with_row_index("place").join(suppressed, on=_CELL, how="semi")
    was_shown = pl.col("value").is_not_null() | (pl.col("note_code") == WITHHELD).fill_null(value=False)
    last = of_cells.filter(was_shown).group_by(_CELL).agg(pl.col("place").max().alias("last"))
    after = of_cells.join(last, on=_CELL).filter(pl.col("place") > pl.col("last"))
    ended = after.group_by(_CELL).agg(pl.col("valid_from").min().alias(_UNTIL))
    cells = last.join(ended, on=_CELL, how="left").with_columns(pl.col(_UNTIL).fill_null(now))
    return Withheld(cells.select(*_CELL, _UNTIL).sort(_CELL), _derived(published))


def newly(before: pl.DataFrame, published: Mapping[str, pl.DataFrame]) -> Withheld:
    """The same for what the release before said: `before` has the columns of `previous.observation`."""
    suppressed = published["observation"].filter(hidden()).select(_CELL)
    shown = before.filter(pl.col("value").is_not_null()).join(suppressed, on=_CELL, how="semi")
    cells = shown.select(*_CELL, pl.lit(None, pl.Datetime("us")).alias(_UNTIL))
    return Withheld(cells.sort(_CELL), _derived(published))


def blanked(rows: pl.DataFrame, where: pl.Series) -> pl.DataFrame:
    """The rows without their figures where a series says so, and with a note code that says why."""
    without: dict[str, pl.Expr] = {name: pl.when(~where).then(pl.col(name)) for name in FIGURES if name in rows.columns}
    if "note_code" in rows.columns:
        without["note_code"] = pl.when(where).then(pl.lit(WITHHELD)).otherwise(pl.col("note_code"))
    return rows.with_columns(**without)


def from_before(before: Mapping[str, pl.DataFrame], told: Withheld) -> dict[str, pl.DataFrame]:
    """The tables of the release before, as revisions may speak of them."""
    change = before["inequality_change"]
    either = told.of_measures(change, period="period_from") | told.of_measures(change, period="period_to")
    return {
        **before,
        "observation": blanked(before["observation"], told.of_cells(before["observation"])),
        "inequality": blanked(before["inequality"], told.of_measures(before["inequality"])),
        "inequality_change": blanked(change, either),
    }


def judged(shipped: Mapping[str, pl.DataFrame], revisions: pl.DataFrame, *, log: Withheld, before: Withheld) -> Finding:
    """The finding that a release withholds what it must. Nobody overrules it."""
    old = revisions.rename({"value": "value_now"}, strict=False).rename({"old_value": "value"})
    broken = [
        shipped["observation"].filter(log.of_cells(shipped["observation"])),
        shipped["inequality"].filter(log.of_measures(shipped["inequality"])),
        old.filter((old["subject"] == "observation") & before.of_cells(old)),
        old.filter((old["subject"] == "inequality") & before.of_measures(old)),
    ]
    rows = pl.concat([found.select(*_PEOPLE, "area_code", "dimension", "scheme") for found in broken])
    return Finding(
        table="history.observation;history.inequality;meta.revision",
        check=CHECK,
        severity=CRITICAL,
        passed=rows.is_empty(),
        errored=False,
        reason="A figure that its publisher suppresses now is in no part of the history that a release ships, nor is "
        "a measure that would tell it. Nobody may overrule this.",
        tag="Disclosure",
        overrulable=False,
        broken=rows.height,
        examples=examples_of(rows),
    )


def _derived(published: Mapping[str, pl.DataFrame]) -> tuple[str, ...]:
    measures = published["inequality"]
    if "basis" not in measures.columns:
        return ()
    return tuple(measures.filter(pl.col("basis") == WHOLE_AREAS)["scheme"].unique().sort())


def _marked(rows: pl.DataFrame, told: pl.DataFrame, on: Collection[str]) -> pl.Series:
    """Which rows have the key of one that is told of; of rows with a time, those from before it."""
    keys = list(on)
    until = told.group_by(keys).agg(pl.col(_UNTIL).max()).with_columns(told=pl.lit(value=True))
    joined = rows.select(keys + (["valid_from"] if "valid_from" in rows.columns else [])).join(
        until, on=keys, how="left", maintain_order="left"
    )
    marked = joined["told"].fill_null(value=False)
    if "valid_from" in rows.columns:
        marked &= (joined["valid_from"] < joined[_UNTIL]).fill_null(value=True)
    return marked


def _shown(rows: pl.DataFrame) -> pl.Series:
    figures = [pl.col(name).is_not_null() for name in FIGURES if name in rows.columns]
    return rows.select(pl.any_horizontal(figures))[:, 0]
