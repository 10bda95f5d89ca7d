"""Runs that end before their first step, noted where people look for the last run.

What belongs here: noting that a run did not start, and why. What does not: what must hold for a run to start
(`lock.py`, `sources/arrival/origin.py`), or how a run that started ended (`publication.py`, `defs/noted_run.py`).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime

from pipelines.errors import ProductError
from pipelines.run.announce import announce
from pipelines.settings import Settings
from pipelines.status import runs
from pipelines.status.runs import Ended, Outcome


@contextmanager
def refusals_noted(here: Settings, *, starter: str = "command", as_of: str | None = None) -> Iterator[None]:
    """Note what keeps a run from starting, and let it pass on. `starter` is who wanted it to (`status/runs.py`).

    A build of an earlier day says nothing about how the nightly run is doing. A warehouse that cannot be written to
    keeps no note either: the error itself says so.
    """
    try:
        yield
    except ProductError as error:
        if not as_of:
            refused = Ended(Outcome.DID_NOT_START, datetime.now(UTC), starter=starter, faults=(runs.fault_of(error),))
            with suppress(OSError):
                here.warehouse.mkdir(parents=True, exist_ok=True)
                runs.end(here.warehouse, refused)
                announce(here)
        raise
