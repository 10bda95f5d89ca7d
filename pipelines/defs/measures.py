"""The measure assets: groups in, measure rows out.

What belongs here: which tables a measure table is made from, and by which function. What does not: any rule
(`inequality/`) or formula (`measures/`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import dagster as dg
import polars as pl

from pipelines import inequality
from pipelines import measures as statistics
from pipelines.defs.run_options import RunOptions, reported
from pipelines.inequality.change import change_rows
from pipelines.inequality.diagnosis import diagnosis_rows
from pipelines.inequality.difference import difference_rows
from pipelines.inequality.mortality import decomposition_rows, life_expectancy_rows
from pipelines.inequality.rows import measure_rows
from pipelines.tables.store import text_hash


@dataclass(frozen=True)
class Measured:
    """One table of the layer: the tables it reads, in the order in which `make` takes them."""

    name: str
    reads: tuple[str, ...]
    make: Callable[..., pl.DataFrame]
    description: str


TABLES = (
    Measured(
        "life_expectancy",
        ("core.mortality",),
        life_expectancy_rows,
        "One row per three-year period, sex, national tenth and age band: life expectancy from deaths and people.",
    ),
    Measured(
        "life_expectancy_decomposition",
        ("core.mortality",),
        decomposition_rows,
        "One row per three-year period, sex, comparison, age band and cause: years it adds to the gap.",
    ),
    Measured(
        "slope_diagnosis",
        ("core.gradient",),
        diagnosis_rows,
        "One row per gradient: how well a line describes its groups, with a grade and the reason.",
    ),
    Measured(
        "inequality",
        ("core.gradient", "core.comparison", "measures.slope_diagnosis", "core.indicator"),
        measure_rows,
        "One row per set of groups, measure and transform: lines, gaps, spread, attributable parts.",
    ),
    Measured(
        "group_difference",
        ("core.comparison", "core.indicator"),
        difference_rows,
        "One row per group without an order: its difference from the published total and from the largest group.",
    ),
    Measured(
        "inequality_change",
        ("measures.inequality",),
        change_rows,
        "One row per series of measures and pair of periods that share no day: difference and verdicts.",
    ),
)


def measure_version() -> str:
    """The version of everything that decides a measure's number."""
    folders = [Path(inequality.__file__).parent, Path(statistics.__file__).parent]
    files = [file for folder in folders for file in sorted(folder.rglob("*.py"))]
    return text_hash(*(file.read_text(encoding="utf-8") for file in files))


def measure_asset(table: Measured) -> dg.AssetsDefinition:
    """The asset that builds one measure table."""

    @dg.asset(
        key=["measures", table.name],
        deps=[name.split(".") for name in table.reads],
        group_name="measures",
        description=table.description,
        code_version=measure_version()[:12],
        kinds={"polars"},
    )
    def measured(run_options: RunOptions) -> dg.MaterializeResult:  # type: ignore[type-arg]
        store = run_options.store
        return reported(
            store.build(
                f"measures.{table.name}",
                lambda: table.make(*(store.read(name) for name in table.reads)),
                reads=table.reads,
                code_version=measure_version(),
                description=table.description,
                fresh=run_options.fresh,
            ),
        )

    return measured


@dg.definitions
def defs() -> dg.Definitions:
    """One asset for every measure table."""
    return dg.Definitions(assets=[measure_asset(table) for table in TABLES])
