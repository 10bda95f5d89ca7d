"""How the UI is to be served, as one record that the command hands to the process that serves.

What belongs here: the choices and their defaults. What does not: Dagster, so that the command starts at once.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from pipelines.ui.guard import LOOPBACK

CODE = "pipelines.definitions"
"""The module that Dagster loads, and the name of its code location."""


@dataclass(frozen=True)
class Serving:
    """Where the UI listens, the hosts it answers to, and whether it may start and stop runs."""

    host: str = LOOPBACK[0]
    port: int = 3000
    served_as: tuple[str, ...] = ()
    allow_runs: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """Every host name that a request may ask for."""
        return (*LOOPBACK, *(name.lower() for name in self.served_as))

    @property
    def is_for_this_machine(self) -> bool:
        """Whether nobody else can connect."""
        return self.host in LOOPBACK

    def as_json(self) -> str:
        """The record as one argument of a command line."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Serving:
        """The record that `as_json` wrote."""
        told = json.loads(text)
        return cls(**{**told, "served_as": tuple(told["served_as"])})
