"""Runs that end before their first step, written where people look for the last run.

What belongs here: noting that a run did not start, and why. What does not: what must hold for a run to start
(`lock.py`, `sources/arrival/origin.py`), or how a run that started ended (`publication.py`, `defs/launch.py`).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from pipelines.errors import ProductError
from pipelines.release.folder import DID_NOT_START, write_status


@contextmanager
def refusals_noted(warehouse: Path, *, as_of: str | None = None) -> Iterator[None]:
    """Note in `status.json` what keeps a run from starting, and let it pass on.

    A build of an earlier day says nothing about how the nightly run is doing. A warehouse that cannot be written to
    keeps no note either: the error itself says so.
    """
    try:
        yield
    except ProductError as error:
        if not as_of:
            with suppress(OSError):
                warehouse.mkdir(parents=True, exist_ok=True)
                write_status(
                    warehouse,
                    last_checked_at=datetime.now(UTC).isoformat(timespec="seconds"),
                    last_outcome=DID_NOT_START,
                    last_errors=[str(error)],
                )
        raise
