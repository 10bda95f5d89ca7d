"""The `previous` assets: what the release before this one said, as tables that checks read by name.

What belongs here: when they are read anew. What does not: which release that is (`pipelines/changes/previous.py`). They
are inputs of a run and no release ships them.
"""

from __future__ import annotations

from pathlib import Path

import dagster as dg

from pipelines.changes import previous
from pipelines.changes.previous import COMPARED, Compared
from pipelines.defs.run_options import RunOptions, reported
from pipelines.tables.store import text_hash

TABLES = [f"previous.{name}" for name in sorted(COMPARED)]


def _asset(compared: Compared) -> dg.AssetsDefinition:
    description = (
        f"One row per row of published.{compared.name} in the newest release of the same origin: what history checks "
        "compare with; without rows where there is none."
    )
    code = Path(previous.__file__).read_text(encoding="utf-8")

    @dg.asset(
        key=["previous", compared.name],
        group_name="previous",
        description=description,
        code_version=text_hash(code)[:12],
        kinds={"duckdb"},
    )
    def before(run_options: RunOptions) -> dg.MaterializeResult:  # type: ignore[type-arg]
        warehouse, run_input = run_options.settings.warehouse, run_options.run_input
        known = previous.comparable(warehouse, run_input.origin, as_of=run_input.as_of)
        return reported(
            run_options.store.build(
                f"previous.{compared.name}",
                lambda: previous.read(warehouse, known, compared),
                code_version=text_hash(code, known.release_id if known else ""),
                description=description,
                fresh=run_options.fresh,
            ),
        )

    return before


@dg.definitions
def defs() -> dg.Definitions:
    """One asset for every table that is compared from release to release."""
    return dg.Definitions(assets=[_asset(compared) for compared in COMPARED.values()])
