"""Dagster's records, made before processes that share them start.

What belongs here: that they are there. What does not: where they lie (`defs/launch.py`).
"""

from __future__ import annotations

import dagster as dg


def make_records() -> None:
    """Make the tables of the instance of DAGSTER_HOME. Processes that start at once would each try, and one fail."""
    with dg.DagsterInstance.get():
        pass
