"""Telling what is new, in order: what is wrong, what was told, the message, and what to remember.

What belongs here: that order, and that two processes do not tell the same twice. What does not: any of its parts.
"""

from __future__ import annotations

import fcntl
import platform
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from pipelines.alerts.causes import causes_of
from pipelines.alerts.destinations import DestinationRefused, destinations, send
from pipelines.alerts.message import message_of, trial
from pipelines.alerts.told import keep, news, told
from pipelines.settings import Settings
from pipelines.status.health import Health


@dataclass(frozen=True)
class Sent:
    """What came of it. `title` is that of the message, empty where there was nothing to tell; `failures` name each
    destination that did not take it.
    """

    title: str
    destinations: int
    failures: tuple[str, ...] = ()


def tell(here: Settings, found: Health) -> Sent:
    """Tell what is new to every destination, where there is any. What nobody took is told again the next time."""
    try:
        where = destinations(here)
    except DestinationRefused as error:
        with _alone(here.warehouse):
            keep(here.warehouse, replace(told(here.warehouse), failures=(str(error),)))
        return Sent("", 0, (str(error),))
    if not where:
        return Sent("", 0)
    with _alone(here.warehouse):
        before = told(here.warehouse)
        fresh = news(before, causes_of(found))
        if not fresh:
            return Sent("", len(where))
        message = message_of(fresh, warehouse=here.warehouse, machine=platform.node())
        failures = tuple(send(where, message))
        if len(failures) < len(where):
            now = datetime.now(UTC)
            keep(here.warehouse, replace(before, open=fresh.still, sent_at=now, failures=failures))
        else:
            keep(here.warehouse, replace(before, failures=failures))
    return Sent(message.title, len(where), failures)


def try_out(here: Settings) -> Sent:
    """Send a trial to every destination. Raises DestinationRefused where the file of addresses cannot be read."""
    where = destinations(here)
    message = trial(warehouse=here.warehouse, machine=platform.node())
    return Sent(message.title, len(where), tuple(send(where, message)))


@contextmanager
def _alone(warehouse: Path) -> Iterator[None]:
    """Keep another process from telling the same: a refused run ends while another one may."""
    warehouse.mkdir(parents=True, exist_ok=True)
    with (warehouse / ".alerts.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
