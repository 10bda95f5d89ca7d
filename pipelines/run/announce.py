"""What is told of a run once it is over, however it ended and whoever started it.

What belongs here: that it is told. What does not: what is told (`status/`).
"""

from __future__ import annotations

from pipelines.notes import Kind, Note
from pipelines.run.lock import is_held
from pipelines.settings import Settings
from pipelines.status.health import health
from pipelines.status.signals import write_signals


def announce(here: Settings) -> list[Note]:
    """Write the signals that machines read. Returns notes: what cannot be told never changes what a run did."""
    try:
        write_signals(here, health(here, is_at_work=is_held(here.warehouse)))
    except OSError as error:
        return [Note(Kind.SIGNALS_NOT_WRITTEN, cause=str(error))]
    return []
