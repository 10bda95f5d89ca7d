"""When to stop asking a host: the circuit breaker of the transport.

What belongs here: which hosts failed, how patient the next request is, and when a host is given up. What does not:
making requests (`client.py`), or keeping to a pace (`pace.py`).

A host that failed once is asked once per address; after `FILES_IN_VAIN` files in a row it is given up for
`GIVEN_UP_SECONDS`. Where no host at all has answered since others stayed silent, the fault is most likely this
machine's network, and the others are given one short try each.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pipelines.sources.contract import HostSilent

CONNECT_SECONDS, CONNECT_SECONDS_OFFLINE = 5.0, 2.0
TRIES, TRIES_TO_CONNECT = 5, 3
FILES_IN_VAIN = 3
GIVEN_UP_SECONDS = 15 * 60.0


@dataclass
class _State:
    """One host that failed: files in a row that it did, whether it stayed silent, and until when it is given up."""

    in_vain: int = 0
    silent: bool = False
    until: float = 0.0
    cause: str = ""


class Breaker:
    """The state of every host asked by one transport. `clock` is in seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._failing: dict[str, _State] = {}
        self._has_reached = False
        self._silent_in_a_row: set[str] = set()

    def refuse(self, host: str) -> None:
        """Raise HostSilent for a host that is given up."""
        state = self._failing.get(host)
        if state and state.until > self._clock():
            raise HostSilent(f"{host} was not asked again: {state.cause}.", host=host, cause=state.cause)

    @property
    def is_offline(self) -> bool:
        """Whether so many hosts have stayed silent since one answered that the fault is not likely to be theirs."""
        return len(self._silent_in_a_row) > self._has_reached

    def tries(self, host: str, *, connected: bool) -> int:
        """How often an address of the host is asked at most; fewer where it could not be `connected` to."""
        if self.is_offline or (host in self._failing and self._failing[host].silent):
            return 1
        return TRIES if connected else TRIES_TO_CONNECT

    @property
    def connect_seconds(self) -> float:
        """How long to wait for a connection."""
        return CONNECT_SECONDS_OFFLINE if self.is_offline else CONNECT_SECONDS

    def failed(self, host: str, *, cause: str, silent: bool) -> None:
        """Note an address that failed in all its tries, and whether other addresses of the host most likely would."""
        offline = self.is_offline
        state = self._failing.setdefault(host, _State())
        state.in_vain, state.cause, state.silent = state.in_vain + 1, cause, silent
        if silent:
            self._silent_in_a_row.add(host)
        if state.in_vain >= FILES_IN_VAIN or (silent and (offline or not self._has_reached)):
            state.until = self._clock() + GIVEN_UP_SECONDS

    def reached(self) -> None:
        """Note that some host answered something: the network is there."""
        self._has_reached = True
        self._silent_in_a_row.clear()

    def answered(self, host: str) -> None:
        """Note that a host answered as it means to, if only that it has no such file."""
        self._failing.pop(host, None)
        self.reached()
