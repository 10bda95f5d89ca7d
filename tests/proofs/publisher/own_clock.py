"""Our command in a process of its own that has its own idea of the time, against the misbehaving publisher.

`python -m tests.proofs.publisher.own_clock --ahead SECONDS -- run --from live` does what `inequality run --from live`
does, on a clock that is so many seconds ahead. What belongs here: that clock, and how a command is started on it. What
does not: what happens on which night (`nights.py`). Only our own modules see the clock: Dagster's records, the
operating system and the check of certificates keep the true one.
"""

from __future__ import annotations

import argparse
import importlib.abc
import importlib.machinery
import resource
import sys
from collections.abc import Sequence
from datetime import datetime, timedelta, tzinfo
from types import ModuleType
from typing import Any

import pytest

OURS = "pipelines"
_real = datetime


class _Alike(type):
    """Every true datetime counts as one of ours, for none of ours is ever made."""

    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, _real)


class OwnTime(datetime, metaclass=_Alike):
    """`datetime` for our modules: what it makes are true datetimes, and its now is `ahead`."""

    ahead = timedelta()

    def __new__(cls, *parts: Any, **named: Any) -> Any:
        return _real(*parts, **named)

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> Any:
        """The time on this clock."""
        return _real.now(tz) + OwnTime.ahead


class _Finder(importlib.abc.MetaPathFinder):
    """Gives each of our modules the clock once it is loaded."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname.partition(".")[0] != OURS:
            return None
        spec = importlib.machinery.PathFinder.find_spec(fullname, path, target)
        if spec and spec.loader:
            load = spec.loader.exec_module

            def exec_module(module: ModuleType) -> None:
                load(module)
                _give(module)

            spec.loader.exec_module = exec_module  # type: ignore[method-assign]
        return spec


def _give(module: ModuleType) -> None:
    if module.__dict__.get("datetime") is _real:
        module.datetime = OwnTime  # type: ignore[attr-defined]


def set_ahead(seconds: float) -> None:
    """Set how far our clock is ahead."""
    OwnTime.ahead = timedelta(seconds=seconds)


def install() -> None:
    """Give the clock to our modules, those that are loaded and those that will be."""
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] == OURS:
            _give(module)
    sys.meta_path.insert(0, _Finder())


def main() -> None:
    """Run one command."""
    options = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    options.add_argument("--ahead", type=float, default=0.0, help="seconds that our clock is ahead")
    options.add_argument("--largest-file", type=int, default=0, help="bytes that no file may grow beyond")
    options.add_argument("command", nargs="+", help="what comes after `inequality`")
    given = options.parse_args()
    install()
    set_ahead(given.ahead)
    from pipelines import settings
    from pipelines.cli.app import app
    from pipelines.sources.arrival import transport
    from tests.proofs.publisher.outcome import Clock
    from tests.proofs.publisher.whole_run import pass_as_published

    if given.largest_file:
        resource.setrlimit(resource.RLIMIT_FSIZE, (given.largest_file, given.largest_file))
    waits, here = Clock(), settings.load()
    with pytest.MonkeyPatch.context() as patch:
        pass_as_published(patch)
        # Waiting for a host that is dead costs no time.
        transport.use(transport.Transport(publisher_base=here.publisher_base, clock=waits, sleep=waits.sleep))
        app(given.command)


if __name__ == "__main__":
    main()
