"""One run at a time on a warehouse, and never modelled data over published data by accident.

What belongs here: what must hold for every run, whether the command, the UI or the daemon starts it. What does not:
starting a run (`launch.py`).
"""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipelines import release
from pipelines.settings import Settings
from pipelines.sources import origin

_held: set[Path] = set()


class RunRefused(Exception):
    """A run that must not start; the message says why and what to do."""


@contextmanager
def only_run(warehouse: Path) -> Iterator[None]:
    """Hold the warehouse's lock; within the process that holds it, do nothing.

    Raises RunRefused when another process holds it.
    """
    if warehouse in _held:
        yield
        return
    warehouse.mkdir(parents=True, exist_ok=True)
    with (warehouse / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise RunRefused(
                f"Another run holds {warehouse / '.lock'}. Wait for it, or stop it; the lock goes with its process."
            ) from None
        _held.add(warehouse)
        try:
            yield
        finally:
            _held.discard(warehouse)


def guard_origin(settings: Settings, run_from: str | None, run_input: origin.RunInput) -> None:
    """Refuse to replace a release of publishers' data by a modelled one unless the input was named."""
    now = release.current(settings.warehouse)
    named = run_from or settings.run_from
    if now and not named and now.origin == origin.PUBLISHER and run_input.origin == origin.MODELLED:
        raise RunRefused(
            f"The current release {now.release_id} holds publishers' data (from {now.input}), and this run would "
            "replace it by modelled data.\n"
            "  do:       say --from live or --from FOLDER; or --from sample if modelled is meant."
        )
