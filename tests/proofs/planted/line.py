"""The production line without Dagster's machinery: the same steps and checks, called one after the other.

What belongs here: what stopped it, and by which net. What does not: any rule, or the loop (`run/walk.py`). Tables stand
as hard links of a good run's, so only what a fault changes is built anew.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl

from pipelines import settings
from pipelines.notes import in_words
from pipelines.run.walk import Walked, walk
from pipelines.sources.arrival import origin
from pipelines.tables.store import Store
from pipelines.tables.table import Run
from tests import built

CONTRACT, SUITE, RULE, HELD, READING, NONE = "contract", "suite", "SQL check", "held back", "reading", "none"
"""The nets. `held back`: the run goes on without the faulty delivery, and every figure shown is as in the good run.
`reading`: it goes on, for the parser took the faulty cells out and every figure shown is good."""

FIGURES = {
    "published.observation": ("indicator", "area_code", "period", "period_length", "sex", "age", "dimension", "scheme",
                              "category", "value", "value_lower", "value_upper", "numerator", "denominator"),
    "published.inequality": ("indicator", "area_code", "period", "period_length", "sex", "age", "dimension", "scheme",
                             "measure", "transform", "value", "value_lower", "value_upper"),
}  # fmt: skip


@dataclass(frozen=True)
class Caught:
    """The net that stopped a run, the table or rule that did, and what it said; `warnings` are what did not stop it."""

    net: str
    where: str
    said: str
    warnings: tuple[str, ...] = ()

    @property
    def published(self) -> bool:
        """Whether the run would have gone on to publish."""
        return self.net == NONE


RELEASED = ("releases", "current.duckdb", "current", "LATEST", "history", "status.json")
"""What a warehouse holds once a run has published: without it, no check can look back, and nothing stands in."""


def send(folder: Path, *, good: Path, place: Path, first: bool = False) -> Caught:
    """Send an altered folder down the line after a good run. Returns the first thing that stops it, if any.

    With `first` nothing was published before; tables that were built stand all the same, to save time.
    """
    built.copy_of(good, place)
    if first:
        _forget_releases(place / "warehouse")
    here = replace(settings.Settings(), warehouse=place / "warehouse", snapshots=place / "snapshots")
    run = Run(here, origin.choose(str(folder), sample=here.sample))
    done = walk(run)
    caught = _caught(done)
    # On a first run nothing stands in for what is held back, so what rests on it is honestly another figure.
    held_alone = first and bool(done.gate.held)
    if caught.published and (held_alone or not _shows_other_figures(run.store, Store(good / "warehouse" / "tables"))):
        if done.gate.held:
            one = done.gate.held[0]
            caught = Caught(HELD, one.rule, f"{one.path}: {one.reason}", caught.warnings)
        else:
            caught = Caught(READING, "no figure of it is shown", "; ".join(caught.warnings[-3:]), caught.warnings)
    shutil.rmtree(place)
    return caught


def _forget_releases(warehouse: Path) -> None:
    for name in RELEASED:
        path = warehouse / name
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def _shows_other_figures(now: Store, before: Store) -> bool:
    """Whether anything that analysts see is not, figure for figure, what the good run showed."""
    for table, columns in FIGURES.items():
        shown = now.read(table).filter(pl.col("value").is_not_null()).select(columns)
        was = before.read(table).select(columns)
        if shown.join(was, on=columns, how="anti", nulls_equal=True).height:
            return True
    return False


def _caught(done: Walked) -> Caught:
    warnings = (*in_words(done.notes), *(f"{finding.check}: {finding.observed}" for finding in done.findings))
    stop = done.stop
    if stop is None:
        return Caught(NONE, "", "", warnings)
    if stop.finding is None:
        return Caught(CONTRACT, stop.table, str(stop.error), warnings)
    finding, is_suite = stop.finding, stop.check == "suite"
    rule = f"{finding.check}: " if is_suite else ""
    said = f"{rule}{finding.observed} — {finding.stated}"
    return Caught(SUITE if is_suite else RULE, stop.table if is_suite else finding.check, said, warnings)
