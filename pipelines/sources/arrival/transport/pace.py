"""How fast we ask: at most two requests per second to one host, and never before a host said we may.

What belongs here: waiting. What does not: what a request is (`client.py`).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from threading import Lock

SECONDS_BETWEEN_REQUESTS = 0.5


def seconds_to_wait(retry_after: str | None, now: datetime) -> float | None:
    """What a `Retry-After` header asks for, in seconds from now: a number or a date; None where it says neither."""
    text = (retry_after or "").strip()
    if text.isascii() and text.isdecimal():
        return float(text)
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - now).total_seconds())


class Pace:
    """Keeps requests to one host apart, whichever thread makes them. `clock` and `sleep` are in seconds."""

    def __init__(self, clock: Callable[[], float], sleep: Callable[[float], None]) -> None:
        self._clock, self._sleep = clock, sleep
        self._free_at: dict[str, float] = {}
        self._closed_until: dict[str, float] = {}
        self._lock = Lock()

    def wait(self, host: str) -> None:
        """Sleep until the host may be asked again."""
        with self._lock:
            now = self._clock()
            turn = max(now, self._free_at.get(host, now))
            self._free_at[host] = turn + SECONDS_BETWEEN_REQUESTS
        if turn > now:
            self._sleep(turn - now)

    def close(self, host: str, seconds: float) -> None:
        """Remember that a host asked to be left alone for so long."""
        self._closed_until[host] = self._clock() + seconds

    def still_closed(self, host: str) -> float:
        """Seconds for which the host still wants to be left alone; 0 when it may be asked."""
        return max(0.0, self._closed_until.get(host, 0.0) - self._clock())
