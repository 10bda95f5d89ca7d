"""Step events of a run in this process, handed to whoever watches it.

What belongs here: turning Dagster's log records into (kind, step) pairs. What does not: drawing them (`cli/app.py`).
"""

from __future__ import annotations

import logging
from collections.abc import Callable

import dagster as dg

Watcher = Callable[[str, str], None]
"""Called with the kind of event (`STEP_START`, `STEP_SUCCESS`, `STEP_FAILURE`, `STEP_SKIPPED`) and the step's name."""

_watchers: list[Watcher] = []


class _Forward(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        event = getattr(record, "dagster_meta", {}).get("dagster_event")
        if event is not None and event.step_key:
            for watcher in _watchers:
                watcher(event.event_type_value, event.step_key)


def watch(watcher: Watcher) -> Callable[[], None]:
    """Call `watcher` on every step event from now on. Returns a function that stops it."""
    _watchers.append(watcher)
    return lambda: _watchers.remove(watcher)


@dg.logger
def progress_logger(_: dg.InitLoggerContext) -> logging.Logger:
    """A logger that prints nothing and forwards step events."""
    # Dagster logs a step's events at DEBUG.
    logger = logging.Logger("inequality.progress", level=logging.DEBUG)
    logger.addHandler(_Forward())
    return logger
