"""The last asset: the release. It waits for every table that it ships or is judged by, and for all their checks.

What belongs here: what the release waits for, and what it tells the UI. What does not: publishing
(`run/publication.py`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import dagster as dg

from pipelines.defs.described import DATA, LATE_RUN, key_of
from pipelines.defs.facts import noted
from pipelines.release.query import REVISIONS
from pipelines.run.publication import publish_release
from pipelines.tables.registry import tables
from pipelines.tables.table import Run

if TYPE_CHECKING:
    from pipelines.defs.events import Events

RELEASE = "release.current"
UNSHIPPED_LAYERS = ("previous", "disclosure")
UNSHIPPED_TABLES = ("staging.snapshot", "staging.rejected_row")
"""What the release waits for although it ships it not, or only as part of `meta`."""


def release_waits_for() -> list[str]:
    """The tables that the release waits for."""
    return [
        name
        for name, table in tables().items()
        if table.is_shipped or table.layer in UNSHIPPED_LAYERS or name in UNSHIPPED_TABLES
    ]


def release_spec() -> dg.AssetSpec:
    """The one release asset."""
    return dg.AssetSpec(
        key_of(RELEASE),
        deps=[key_of(name) for name in release_waits_for()],
        group_name="release",
        description="One immutable DuckDB file with the published, core, measures, staging and meta tables, verified "
        "and swapped in as warehouse/current.duckdb. Nothing is published when what it publishes, refused and counted "
        "is the same as before.",
        kinds={"duckdb"},
        owners=[DATA],
        freshness_policy=dg.FreshnessPolicy.time_window(fail_window=LATE_RUN),
    )


def released(run: Run, events: Events) -> dg.AssetMaterialization:
    """Write, verify and swap in the release."""
    made = publish_release(run)
    return dg.AssetMaterialization(
        key_of(RELEASE),
        description=f"Release {made.release_id} published."
        if made.is_new
        else f"Nothing new to publish: release {made.release_id} already says the same.",
        metadata={
            "release_id": made.release_id,
            "published": made.is_new,
            "content_hash": made.content_hash[:12],
            "tables": made.tables,
            "revisions": made.revised_cells,
            "what_changed": dg.MetadataValue.path(run.settings.warehouse / REVISIONS),
            **noted(made.notes),
            "dagster/row_count": made.published_rows,
        },
        tags=events.versions(made.content_hash, release_waits_for(), code=""),
    )
