"""Great Expectations' Data Docs as an asset.

What belongs here: what they wait for, and what they tell the UI. What does not: what they say (`quality/data_docs.py`),
or the pages of a run that failed before them (`end_of_run.py`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import dagster as dg

from pipelines.defs.described import DATA, key_of
from pipelines.defs.end_of_run import build_pages, not_built
from pipelines.defs.facts import noted
from pipelines.quality.data_docs import data_docs
from pipelines.report.checks import page
from pipelines.tables.checks import checks
from pipelines.tables.store import text_hash
from pipelines.tables.table import Run

if TYPE_CHECKING:
    from pipelines.defs.events import Events

PAGES = "report.data_docs"


def _tables_with_suites() -> list[str]:
    return [check.table for check in checks() if check.is_suite]


def pages_spec() -> dg.AssetSpec:
    """The one asset of pages; it waits for every table that has a suite."""
    return dg.AssetSpec(
        key_of(PAGES),
        deps=[key_of(name) for name in _tables_with_suites()],
        group_name="report",
        description="Great Expectations' own pages of every suite and what it found, in warehouse/data_docs, without a "
        "request to any outside host. Only pages of what changed are built. The page to read first is the check page.",
        kinds={"html"},
        owners=[DATA],
    )


def documented(run: Run, events: Events) -> dg.AssetMaterialization:
    """Build the pages of what changed; a build of an earlier day leaves them."""
    waits_for = _tables_with_suites()
    tags = events.versions("", waits_for, code="")
    tags |= events.versions(text_hash(*tags.values()), (), code="")
    return dg.AssetMaterialization(key_of(PAGES), metadata=_facts(run), tags=tags)


def _facts(run: Run) -> dict[str, dg.MetadataValue[Any] | float]:
    warehouse = run.settings.warehouse
    facts: dict[str, dg.MetadataValue[Any] | float] = {
        "data_docs": dg.MetadataValue.path(data_docs(warehouse)),
        "check_page": dg.MetadataValue.path(page(warehouse)),
    }
    if run.as_of:
        return facts
    try:
        built = build_pages(run)
    except Exception as error:  # noqa: BLE001 - whatever goes wrong with a page, the release goes out
        return {**facts, **noted([not_built(error)])}
    return facts | {"tables": built.tables, "rebuilt": built.rebuilt, "seconds": round(built.seconds, 2)}
