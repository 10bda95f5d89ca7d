"""The production line without Dagster's machinery: the same steps and checks, called one after the other.

What belongs here: what stopped it, and by which net. What does not: any rule, or the loop (`run/walk.py`). Tables stand
as hard links of a good run's, so only what a fault changes is built anew.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from pipelines import settings
from pipelines.notes import in_words
from pipelines.run.walk import Walked, walk
from pipelines.sources.arrival import origin
from pipelines.tables.store import Store
from pipelines.tables.table import Run

CONTRACT, SUITE, RULE, READING, NONE = "contract", "suite", "SQL check", "reading", "none"
"""The nets. `reading`: the run goes on, for the parser took the faulty cells out and every figure shown is good."""

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


@contextmanager
def place_after(good: Path, place: Path) -> Iterator[None]:
    """A warehouse and snapshots under `place` that go on from those of a good run under `good`."""
    shutil.copytree(
        good, place, symlinks=True, copy_function=_link, ignore=shutil.ignore_patterns(".dagster", ".lock", "input")
    )
    own = {"INEQUALITY_WAREHOUSE": str(place / "warehouse"), "INEQUALITY_SNAPSHOTS": str(place / "snapshots")}
    kept = {name: os.environ.get(name) for name in own}
    os.environ.update(own)
    try:
        yield
    finally:
        for name, value in kept.items():
            os.environ.pop(name, None) if value is None else os.environ.update({name: value})
        shutil.rmtree(place, ignore_errors=True)


def _link(source: str, target: str) -> str:
    # No step ever writes into a file that is there: it replaces it. So a link is as good as a copy.
    os.link(source, target)
    return target


def send(folder: Path, *, good: Path, place: Path) -> Caught:
    """Send an altered folder down the line after a good run. Returns the first thing that stops it, if any."""
    with place_after(good, place):
        here = settings.load()
        run = Run(here, origin.choose(str(folder), sample=here.sample))
        caught = _caught(walk(run))
        if not caught.published or _shows_other_figures(run.store, Store(good / "warehouse" / "tables")):
            return caught
        said = "; ".join(caught.warnings[-3:])
        return Caught(READING, "no figure of it is shown", said, caught.warnings)


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
