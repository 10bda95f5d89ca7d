"""The measure assets: gradients in, MEASURE rows out.

What belongs here: which table a measure module reads. What does not: any formula (`measures/`, `inequality.py`).
"""

from __future__ import annotations

from pathlib import Path

import dagster as dg

from pipelines import inequality
from pipelines import measures as statistics
from pipelines.defs.run_options import RunOptions, reported
from pipelines.store import text_hash

READS = ("core.gradient", "core.indicator")
DESCRIPTION = "One row per gradient, measure and transform: slope and relative index, absolute and relative gap."


def measure_version() -> str:
    """The version of everything that decides a measure's number."""
    files = [Path(inequality.__file__), *sorted(Path(statistics.__file__).parent.glob("*.py"))]
    return text_hash(*(file.read_text(encoding="utf-8") for file in files))


@dg.asset(
    key=["measures", "inequality"],
    deps=[table.split(".") for table in READS],
    group_name="measures",
    description=DESCRIPTION,
    code_version=measure_version()[:12],
    kinds={"polars"},
)
def measured_inequality(run_options: RunOptions) -> dg.MaterializeResult:  # type: ignore[type-arg]
    """Slope index, relative index and gaps of every gradient."""
    store = run_options.store
    return reported(
        store,
        store.build(
            "measures.inequality",
            lambda: inequality.measure_rows(store.read(READS[0]), store.read(READS[1])),
            reads=READS,
            code_version=measure_version(),
            description=DESCRIPTION,
            fresh=run_options.fresh,
        ),
    )
