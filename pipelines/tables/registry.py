"""Every table of the pipeline, as a record, in an order in which they can be built.

What belongs here: gathering the families of tables and putting them in order. What does not: what a table
is (`table.py`), any one table, or building them all (`run/walk.py`, `defs/assets.py`).

Whoever walks the tables walks this: Dagster's assets and checks, the plain loop, the release, tests and docs. To add a
table, add its SQL file or an entry in its family's module; nothing here changes.

This module stands high although `store.py` beside it stands low: it knows everything that makes a table.
"""

from __future__ import annotations

from functools import cache
from graphlib import TopologicalSorter

from pipelines import settings
from pipelines.tables.arrival import arrival_table
from pipelines.tables.disclosure import disclosure_tables
from pipelines.tables.measured import measured_tables
from pipelines.tables.previous import previous_tables
from pipelines.tables.raw import raw_tables
from pipelines.tables.sql_models import sql_tables
from pipelines.tables.staging import staging_tables
from pipelines.tables.table import Table


@cache
def tables() -> dict[str, Table]:
    """Every table by name, each after those it waits for; the same order each time.

    Raises ValueError when two tables have one name or one reads what nothing makes, graphlib.CycleError when tables
    wait for each other.
    """
    families = (
        raw_tables(),
        (arrival_table(),),
        staging_tables(),
        sql_tables(settings.load().sql),
        measured_tables(),
        previous_tables(),
        disclosure_tables(),
    )
    found: dict[str, Table] = {}
    for table in (table for family in families for table in family):
        if table.name in found:
            raise ValueError(f"Two tables are named {table.name!r}.")
        found[table.name] = table
    for table in found.values():
        if absent := sorted(set(table.after) - found.keys()):
            raise ValueError(f"{table.name} reads {', '.join(absent)}, which nothing makes.")
    order = TopologicalSorter({name: found[name].after for name in sorted(found)}).static_order()
    # No raw table waits for another: they come first, since a gate judges what they list before anything reads it.
    return {name: found[name] for name in sorted(order, key=lambda name: found[name].layer != "raw")}


def shipped() -> tuple[str, ...]:
    """The names of the tables that a release holds, sorted."""
    return tuple(sorted(name for name, table in tables().items() if table.is_shipped))
