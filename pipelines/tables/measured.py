"""The measures tables: groups in, measure rows out.

What belongs here: which tables a measures table is made from, and by which function. What does not: any rule
(`inequality/`) or formula (`measures/`).
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path

import polars as pl

from pipelines import inequality, measures
from pipelines.inequality.area_groups import area_group_rows
from pipelines.inequality.change import change_rows
from pipelines.inequality.diagnosis import diagnosis_rows
from pipelines.inequality.difference import difference_rows
from pipelines.inequality.mortality import decomposition_rows, life_expectancy_rows
from pipelines.inequality.rows import measure_rows
from pipelines.tables.store import Made, text_hash
from pipelines.tables.table import Plan, Run, Table


@cache
def measure_version() -> str:
    """The version of everything that decides a measure's number."""
    folders = [Path(inequality.__file__).parent, Path(measures.__file__).parent]
    files = [file for folder in folders for file in sorted(folder.rglob("*.py"))]
    return text_hash(*(file.read_text(encoding="utf-8") for file in files))


def measured_tables() -> tuple[Table, ...]:
    """The tables of the measures layer; `make` takes the tables read, in their order."""
    return (
        _table(
            "area_group",
            ("core.area_ranking",),
            area_group_rows,
            "One row per ranking of whole areas and area: which group it falls in, its figure and its people.",
        ),
        _table(
            "life_expectancy",
            ("core.mortality",),
            life_expectancy_rows,
            "One row per three-year period, sex, national tenth and age band: life expectancy from deaths and people.",
        ),
        _table(
            "life_expectancy_decomposition",
            ("core.mortality",),
            decomposition_rows,
            "One row per three-year period, sex, comparison, age band and cause: years it adds to the gap.",
        ),
        _table(
            "slope_diagnosis",
            ("core.gradient",),
            diagnosis_rows,
            "One row per gradient: how well a line describes its groups, with a grade and the reason.",
        ),
        _table(
            "inequality",
            ("core.gradient", "core.comparison", "measures.slope_diagnosis", "core.indicator"),
            measure_rows,
            "One row per set of groups, measure and transform: lines, gaps, spread, attributable parts.",
        ),
        _table(
            "group_difference",
            ("core.comparison", "core.indicator"),
            difference_rows,
            "One row per group without an order: its difference from the published total and from the largest group.",
        ),
        _table(
            "inequality_change",
            ("measures.inequality", "core.published_slope"),
            change_rows,
            "One row per series of measures and any two periods that share no day: difference and verdicts.",
        ),
    )


def _table(name: str, reads: tuple[str, ...], make: Callable[..., pl.DataFrame], grain: str) -> Table:
    return Table(
        name=f"measures.{name}",
        grain=grain,
        reads=reads,
        plan=partial(_measure, make, reads),
        code=measure_version(),
        kinds=frozenset({"polars"}),
        made_in=Path(inspect.getfile(make)),
    )


def _measure(make: Callable[..., pl.DataFrame], reads: tuple[str, ...], run: Run) -> Plan:
    return Plan(measure_version(), lambda: Made(make(*(run.store.read(name) for name in reads))))
