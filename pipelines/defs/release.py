"""The last asset: the release. It waits for every table that it ships or is judged by, and for all their checks.

What belongs here: what the release waits for, and what it tells the UI. What does not: publishing
(`run/publication.py`).
"""

from __future__ import annotations

import dagster as dg

from pipelines.defs.facts import errors_as_facts, noted
from pipelines.defs.run_options import RunOptions
from pipelines.release.query import REVISIONS
from pipelines.run.publication import publish_release
from pipelines.tables.registry import tables

UNSHIPPED_LAYERS = ("previous", "disclosure")
UNSHIPPED_TABLES = ("staging.snapshot", "staging.rejected_row")
"""What the release waits for although it ships it not, or only as part of `meta`."""


def _waits_for() -> list[str]:
    return [
        name
        for name, table in tables().items()
        if table.is_shipped or table.layer in UNSHIPPED_LAYERS or name in UNSHIPPED_TABLES
    ]


@dg.definitions
def defs() -> dg.Definitions:
    """The one release asset."""

    @dg.asset(
        key=["release", "current"],
        deps=[name.split(".") for name in _waits_for()],
        group_name="release",
        description="One immutable DuckDB file with the published, core, measures, staging and meta tables, verified "
        "and swapped in as warehouse/current.duckdb. Nothing is published when what it publishes, refused and counted "
        "is the same as before.",
        kinds={"duckdb"},
    )
    def current_release(run_options: RunOptions) -> dg.MaterializeResult:  # type: ignore[type-arg]
        """Write, verify and swap in the release."""
        with errors_as_facts():
            made = publish_release(run_options.run)
        return dg.MaterializeResult(
            metadata={
                "release_id": made.release_id,
                "published": made.is_new,
                "content_hash": made.content_hash[:12],
                "tables": made.tables,
                "revisions": made.revised_cells,
                "what_changed": dg.MetadataValue.path(run_options.settings.warehouse / REVISIONS),
                **noted(made.notes),
                "dagster/row_count": made.published_rows,
            }
        )

    return dg.Definitions(assets=[current_release])
