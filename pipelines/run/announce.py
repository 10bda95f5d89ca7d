"""What is told of a run once it is over, however it ended and whoever started it.

What belongs here: that it is told. What does not: what is told (`status/`, `alerts/`).
"""

from __future__ import annotations

from pipelines.alerts.tell import tell
from pipelines.notes import Kind, Note
from pipelines.run.lock import is_held
from pipelines.settings import Settings
from pipelines.status.health import health
from pipelines.status.signals import write_signals


def announce(here: Settings) -> list[Note]:
    """Write the signals that machines read, and tell people what is new.

    Returns notes: what cannot be told never changes what a run did.
    """
    found = health(here, is_at_work=is_held(here.warehouse))
    notes = []
    try:
        write_signals(here, found)
    except OSError as error:
        notes.append(Note(Kind.SIGNALS_NOT_WRITTEN, cause=str(error)))
    try:
        notes += [Note(Kind.ALERT_NOT_SENT, cause=failure) for failure in tell(here, found).failures]
    except OSError as error:
        notes.append(Note(Kind.ALERT_NOT_SENT, cause=str(error)))
    return notes
