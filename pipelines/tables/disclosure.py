"""The disclosure table: suppressed counts that could be worked out of what the release is about to show.

What belongs here: which tables it is made from. What does not: how (`quality/disclosure.py`), or that one row stops the
release (`sql/checks/disclosure.sql`). No release ships it.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

from pipelines.quality import disclosure
from pipelines.tables.store import Made, text_hash
from pipelines.tables.table import Plan, Run, Table

READS = ("core.observation", "core.indicator", "staging.breakdown", "core.area", "measures.inequality")


def disclosure_tables() -> tuple[Table, ...]:
    """The one table of disclosure."""
    code = text_hash(Path(disclosure.__file__).read_text(encoding="utf-8"))
    return (
        Table(
            name="disclosure.recoverable_cell",
            grain="One row per suppressed cell that can be worked out of shown figures, with the sum that gives it.",
            reads=READS,
            plan=partial(_work_out, code),
            code=code,
            kinds=frozenset({"polars"}),
            made_in=Path(disclosure.__file__),
            is_shipped=False,
        ),
    )


def _work_out(code: str, run: Run) -> Plan:
    def make() -> Made:
        observation, indicator, breakdown, area, inequality = (run.store.read(name) for name in READS)
        return Made(
            disclosure.recoverable(
                observation, indicator=indicator, breakdown=breakdown, area=area, inequality=inequality
            )
        )

    return Plan(code, make)
