"""What a table is before it is built: its name, what it reads, how it is made, and what one row is.

What belongs here: the record that every table has in the registry, what one run gives to its maker, and building one.
What does not: which tables there are (`registry.py`), or how rows lie on disk (`store.py`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from fnmatch import fnmatchcase
from functools import cached_property
from pathlib import Path

import polars as pl

from pipelines.settings import Settings
from pipelines.sources.arrival.held_back import Gate
from pipelines.sources.arrival.origin import RunInput
from pipelines.tables.store import Made, Store, TableRecord


@dataclass(frozen=True)
class Run:
    """What one run reads and may choose.

    `fresh` rebuilds every table, changed or not; `force` is the reason for which failed critical checks are overruled,
    empty where none are; `gate` says which deliveries and rows are not let in. `asked` are the paths, as globs, that
    are taken anew, all where it is None; every other file stays the one that the last run took.
    """

    settings: Settings
    run_input: RunInput
    fresh: bool = False
    force: str = ""
    gate: Gate = field(default_factory=Gate)
    asked: tuple[str, ...] | None = None

    def is_asked(self, path: str) -> bool:
        """Whether the file of a path is taken anew."""
        return self.asked is None or any(fnmatchcase(path, pattern) for pattern in self.asked)

    @property
    def as_of(self) -> date | None:
        """The earlier day that this run builds; None for the run of today."""
        return self.run_input.as_of

    @cached_property
    def store(self) -> Store:
        """The tables of this warehouse."""
        return Store(self.settings.tables, threads=self.settings.threads)


@dataclass(frozen=True)
class Plan:
    """How a table is made in one run: `version` of its code and of whatever else decides it, and the maker."""

    version: str
    make: Callable[[], Made | pl.DataFrame]


@dataclass(frozen=True)
class Table:
    """One table. Its name is `layer.name`; `grain` opens with "One row per".

    `reads` names the tables whose content decides whether it is rebuilt, `waits_for` those that must be built before
    where these are others. `beside` names tables that its maker builds too. `code` is the version of its code alone,
    `kinds` what it is made with and `made_in` the file that says how, for people; `about` says more of it where there
    is more to say. `is_shipped` says whether a release holds it.
    """

    name: str
    grain: str
    reads: tuple[str, ...]
    plan: Callable[[Run], Plan]
    code: str
    kinds: frozenset[str]
    made_in: Path
    waits_for: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()
    about: str = ""
    is_shipped: bool = True

    @property
    def layer(self) -> str:
        """The first part of the name."""
        return self.name.partition(".")[0]

    @property
    def after(self) -> tuple[str, ...]:
        """The tables that must be built before this one."""
        return self.waits_for or self.reads

    def build(self, run: Run) -> tuple[TableRecord, bool]:
        """Build the table, or keep it when neither what it reads nor its code changed.

        Returns its record and whether it was kept. Raises what its maker raises; the old table then stays.
        """
        plan = self.plan(run)
        return run.store.build(
            self.name,
            plan.make,
            reads=self.reads,
            code_version=plan.version,
            description=self.grain,
            fresh=run.fresh,
            beside=self.beside,
        )
