"""What the UI says of each asset before anything ran: its group, owner, code, freshness and dictionary.

What belongs here: turning a table's record into an asset's description. What does not: what a table is (`tables/`), or
what one run says of it (`events.py`).
"""

from __future__ import annotations

import warnings
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import dagster as dg

from pipelines import sources
from pipelines.report.dictionary import PAGE, anchor_of
from pipelines.run.gate import tables_at_the_gate
from pipelines.run.kept_gate import HELD_TABLE
from pipelines.settings import Settings
from pipelines.source_health.shape import LATE_AFTER_DAYS
from pipelines.tables.registry import tables
from pipelines.tables.table import Table

GRADIENTS = ("core.gradient", "core.comparison")
"""What all measures are made from: the tables on the way to these, from the first measure on, are a group."""
DATA, ANALYSIS = "team:data-engineering", "team:public-health-analysis"
OWNERS = {"core": ANALYSIS, "measures": ANALYSIS, "disclosure": ANALYSIS, "published": ANALYSIS}
"""Who answers for the tables of a layer; for all others those who run the pipeline."""
LATE_RUN = timedelta(hours=26)
"""A night and two hours: by then the release must have been looked at again."""


def key_of(name: str) -> dg.AssetKey:
    """The asset of a table: `layer.name` is `layer/name`."""
    return dg.AssetKey(name.split("."))


def table_spec(table: Table, here: Settings) -> dg.AssetSpec:
    """The asset of one table."""
    return dg.AssetSpec(
        key_of(table.name),
        deps=[key_of(name) for name in waits_for(table)],
        group_name=group_of(table.name),
        description=table.about or table.grain,
        code_version=table.code[:12] or None,
        kinds=set(table.kinds),
        owners=[OWNERS.get(table.layer, DATA)],
        metadata={
            "dagster/code_references": code_references(table.made_in, here.expectations / f"{table.name}.json"),
            "data_dictionary": _dictionary(table, here),
        },
        freshness_policy=_freshness(table),
    )


def gate_spec() -> dg.AssetSpec:
    """The asset of the gate, which judges all deliveries: what it holds back is read by nothing after it."""
    return dg.AssetSpec(
        key_of(HELD_TABLE),
        deps=[key_of(name) for name in gate_waits_for()],
        group_name="raw",
        description="One row per delivery (a file as received) that is held back, with the rule it breaks and what "
        "stands in. Judges every delivery by all rules up to the core tables, and builds those tables on the way.",
        kinds={"polars"},
        owners=[DATA],
    )


def gate_waits_for() -> list[str]:
    """The tables that list what is judged."""
    return [name for name, table in tables().items() if table.layer == "raw"]


def waits_for(table: Table) -> tuple[str, ...]:
    """The tables that this one waits for; those that the gate builds wait for it too."""
    return (*table.after, HELD_TABLE) if table.name in tables_at_the_gate() else table.after


@cache
def group_of(name: str) -> str:
    """The group of a table, so that groups flow one way: raw, staging, core, gradients, measures, published.

    What the release before said, and the comparison with it, stand apart as history: they follow the core.
    """
    table = tables()[name]
    above = _above(name)
    if table.layer == "previous" or any(other.startswith("previous.") for other in above):
        return "history"
    if table.layer in ("core", "measures") and any(other.startswith("measures.") for other in (*above, name)):
        on_the_way = {*GRADIENTS}.union(*(_above(other) for other in GRADIENTS))
        return "gradients" if name in on_the_way else "measures"
    return table.layer


@cache
def _above(name: str) -> frozenset[str]:
    after = tables()[name].after
    return frozenset(after).union(*(_above(other) for other in after))


def _dictionary(table: Table, here: Settings) -> Any:
    """The table on the page that our UI serves; for one that is not there, the file of all meanings."""
    anchor = anchor_of(table.name)
    return dg.MetadataValue.url(f"/{PAGE}#{anchor}") if anchor else dg.MetadataValue.path(here.sql / "columns.toml")


def _freshness(table: Table) -> dg.FreshnessPolicy | None:
    """When a publisher's file is late, by its cadence; a file that comes irregularly never is."""
    cadences = {f"raw.{resource.name}": resource.cadence for resource in sources.resources()}
    days = LATE_AFTER_DAYS.get(cadences.get(table.name, ""))
    return dg.FreshnessPolicy.time_window(fail_window=timedelta(days=days)) if days else None


def code_references(*files: Path) -> Any:
    """Links to the files that say how a table is made and what must hold of it."""
    found = [file for file in files if file.is_file()]
    with warnings.catch_warnings():
        # Dagster says that this may change: then the links go, and nothing else.
        warnings.simplefilter("ignore", dg.BetaWarning)
        return dg.CodeReferencesMetadataValue(
            code_references=[
                dg.LocalFileCodeReference(file_path=str(file), line_number=1, label=file.name) for file in found
            ]
        )
