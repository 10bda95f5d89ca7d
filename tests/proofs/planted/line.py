"""The production line without Dagster's machinery: the same steps and checks, called one after the other.

What belongs here: building every table in order, and stopping at the first thing that would stop a run. What does
not: any rule. Tables stand as hard links of a good run's, so only what a fault changes is built anew.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl

from pipelines import settings
from pipelines.defs.run_options import RunOptions
from pipelines.quality import CRITICAL, Finding, check_sql, check_table
from pipelines.sources.contract import ContractBroken, SourceUnavailable
from pipelines.tables.lineage import tables_read
from pipelines.tables.store import Store

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


@cache
def steps() -> tuple[tuple[str, Any], ...]:
    """Every table before the release, in building order, with the function that builds it."""
    from pipelines.definitions import defs

    everything = defs()

    def body(key: Any) -> Any:
        compute: Any = everything.resolve_assets_def(key).op.compute_fn
        return compute.decorated_fn

    keys = everything.resolve_asset_graph().toposorted_asset_keys
    return tuple((".".join(key.path), body(key)) for key in keys if key.path[0] != "release")


@cache
def rules() -> tuple[tuple[Path, frozenset[str]], ...]:
    """Every SQL check and the tables it reads."""
    files = sorted((settings.Settings().sql / "checks").glob("*.sql"))
    return tuple((file, frozenset(tables_read(file.read_text(encoding="utf-8"), where=file.name))) for file in files)


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
        options = RunOptions(run_from=str(folder))
        caught = _walk(options)
        if not caught.published or _shows_other_figures(options.store, Store(good / "warehouse" / "tables")):
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


def _walk(options: RunOptions) -> Caught:
    built: set[str] = set()
    asked: set[Path] = set()
    warnings: list[str] = []
    for table, build in steps():
        try:
            made = build(options)
        except (ContractBroken, SourceUnavailable) as error:
            return Caught(CONTRACT, table, str(error), tuple(warnings))
        noted = made.metadata.get("warnings")
        warnings += [] if noted is None or noted.value == "none" else str(noted.value).splitlines()
        built.add(table)
        findings = [(SUITE, finding) for finding in _suite(options, table)]
        for file, reads in rules():
            if reads <= built and file not in asked:
                asked.add(file)
                findings += [(RULE, finding) for finding in check_sql(options.store, file)[0]]
        for net, finding in findings:
            if not finding.passed and finding.severity == CRITICAL:
                return _caught(net, finding, warnings)
            if not finding.passed:
                warnings.append(f"{finding.check}: {finding.observed}")
    return Caught(NONE, "", "", tuple(warnings))


def _suite(options: RunOptions, table: str) -> list[Finding]:
    file = options.settings.expectations / f"{table}.json"
    return check_table(options.store, table, file)[0] if file.is_file() else []


def _caught(net: str, finding: Finding, warnings: list[str]) -> Caught:
    where = finding.table if net == SUITE else finding.check
    rule = f"{finding.check}: " if net == SUITE else ""
    return Caught(net, where, f"{rule}{finding.observed} — {finding.reason}", tuple(warnings))
