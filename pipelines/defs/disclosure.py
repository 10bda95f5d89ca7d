"""The disclosure asset: suppressed counts that could be worked out of what the release is about to show.

What belongs here: which tables it is made from. What does not: how (`pipelines/quality/disclosure.py`) or that one row
stops the release (`sql/checks/disclosure.sql`). No release ships it.
"""

from __future__ import annotations

from pathlib import Path

import dagster as dg

from pipelines.defs.run_options import RunOptions, reported
from pipelines.quality import disclosure
from pipelines.tables.store import text_hash

TABLE = "disclosure.recoverable_cell"
READS = ("core.observation", "core.indicator", "staging.breakdown", "core.area", "measures.inequality")
DESCRIPTION = "One row per suppressed cell that can be worked out of shown figures, with the sum that gives it."


def _version() -> str:
    return text_hash(Path(disclosure.__file__).read_text(encoding="utf-8"))


@dg.asset(
    key=TABLE.split("."),
    deps=[table.split(".") for table in READS],
    group_name="disclosure",
    description=DESCRIPTION,
    code_version=_version()[:12],
    kinds={"polars"},
)
def recoverable_cell(run_options: RunOptions) -> dg.MaterializeResult:  # type: ignore[type-arg]
    """Work out what can be worked out."""
    store = run_options.store
    return reported(
        store.build(
            TABLE,
            lambda: disclosure.recoverable(
                store.read("core.observation"),
                indicator=store.read("core.indicator"),
                breakdown=store.read("staging.breakdown"),
                area=store.read("core.area"),
                inequality=store.read("measures.inequality"),
            ),
            reads=READS,
            code_version=_version(),
            description=DESCRIPTION,
            fresh=run_options.fresh,
        ),
    )


@dg.definitions
def defs() -> dg.Definitions:
    """The one table of disclosure."""
    return dg.Definitions(assets=[recoverable_cell])
