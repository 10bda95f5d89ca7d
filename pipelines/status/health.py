"""Whether all is well: what `inequality status` says, its exit code and what alerts are sent for, as facts.

What belongs here: gathering the release, the runs and the sources, and the one verdict on them. What does not: reading
a release (`release/query.py`), judging a source (`source_health/`), or words (`cli/status.py`).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

import polars as pl

from pipelines.errors import ProductError
from pipelines.notes import Kind, Note
from pipelines.release.query import SOURCE_HEALTH, NoRelease, NothingPublished, ReleaseFacts, release_facts
from pipelines.settings import Settings
from pipelines.status import runs
from pipelines.status.runs import Begun, Ended

LOOK_AT = ("changed_shape", "late", "returned", "stale")
"""States of a source that a person should look into."""
AHEAD = timedelta(minutes=5)
"""How far a clock may be behind the one of the last run before its age means nothing."""


class Verdict(StrEnum):
    """How it stands, the worst that holds: each is worse than those below it."""

    FAILED = "failed"
    TOO_OLD = "too old"
    HELD_BACK = "held back"
    HEALTHY = "healthy"

    @property
    def exit_code(self) -> int:
        """What `inequality status` ends with."""
        return {Verdict.HEALTHY: 0, Verdict.FAILED: 1, Verdict.HELD_BACK: 3, Verdict.TOO_OLD: 4}[self]


@dataclass(frozen=True)
class SourceState:
    """How one file is doing, as the last run found it. `silent_host` did not answer, where that is why; `day` is that
    of the delivery in hand.
    """

    path: str
    state: str
    reason: str
    silent_host: str = ""
    day: str = ""


@dataclass(frozen=True)
class Silence:
    """A host that did not answer, and a note for each file that an earlier delivery stands in for."""

    host: str
    files: tuple[Note, ...]


@dataclass(frozen=True)
class Health:
    """All of it. `fault` says why there is no `release`; `confirmed_at` is when a run last ended well.

    `last` is the last run that is over, `at_work` the one that is not; `troubles` are the runs that ended badly and are
    remembered, oldest first. `sources` is None where its file cannot be read.
    """

    looked_at: datetime
    release: ReleaseFacts | None
    fault: ProductError | None
    is_first: bool
    confirmed_at: datetime | None
    fresh_for: timedelta
    last: Ended | None
    at_work: Begun | None
    troubles: tuple[Ended, ...]
    held_back: tuple[Note, ...]
    sources: tuple[SourceState, ...] | None
    is_log_damaged: bool

    @property
    def age(self) -> timedelta | None:
        """How long ago a run last made sure of the release; None where there is none."""
        return self.looked_at - self.confirmed_at if self.release and self.confirmed_at else None

    @property
    def is_too_old(self) -> bool:
        """Whether readers should have had a newer release by now; a clock that ran ahead proves nothing."""
        return self.age is None or not -AHEAD <= self.age <= self.fresh_for

    @property
    def dated_ahead(self) -> Note | None:
        """That the last run is dated later than this clock can explain; None where it is not."""
        dates = (self.confirmed_at if self.release else None, self.last.ended_at if self.last else None)
        latest = max((date for date in dates if date), default=self.looked_at)
        return Note(Kind.DATED_AHEAD, day=f"{latest:%Y-%m-%d %H:%M} UTC") if latest - self.looked_at > AHEAD else None

    def sources_in(self, states: Collection[str]) -> tuple[SourceState, ...]:
        """The sources in one of these states by themselves.

        Left out are those that are stale because their delivery is held back, or because their host did not answer.
        """
        held = {note.path for note in self.held_back}
        return tuple(
            one
            for one in self.sources or ()
            if one.state in states and not (one.state == "stale" and (one.silent_host or one.path in held))
        )

    @property
    def silences(self) -> tuple[Silence, ...]:
        """Each host that did not answer, with all of its files."""
        quiet = [one for one in self.sources or () if one.silent_host]
        return tuple(
            Silence(
                host,
                tuple(
                    Note(Kind.STALE, path=one.path, cause=one.reason, day=one.day, host=host)
                    for one in quiet
                    if one.silent_host == host
                ),
            )
            for host in dict.fromkeys(one.silent_host for one in quiet)
        )

    @property
    def verdict(self) -> Verdict:
        """The worst that holds."""
        if (self.fault and not self.is_first) or (self.last and not self.last.outcome.is_good):
            return Verdict.FAILED
        if self.is_too_old:
            return Verdict.TOO_OLD
        return Verdict.HELD_BACK if self.held_back else Verdict.HEALTHY


def health(here: Settings, *, is_at_work: bool, now: datetime | None = None) -> Health:
    """How the installation is doing. `is_at_work` says whether a run holds the lock (`run/lock.py` knows)."""
    warehouse, release, fault = here.warehouse, None, None
    try:
        release = release_facts(warehouse)
    except NoRelease as error:
        fault = error
    known, mark = runs.known(warehouse), runs.at_work(warehouse)
    ended = [*known.runs, *([runs.died(mark)] if mark and not is_at_work else [])]
    return Health(
        looked_at=now or datetime.now(UTC),
        release=release,
        fault=fault,
        is_first=isinstance(fault, NothingPublished),
        confirmed_at=known.confirmed_at or (release.created_at if release else None),
        fresh_for=timedelta(hours=here.fresh_hours),
        last=ended[-1] if ended else None,
        at_work=mark if is_at_work else None,
        troubles=tuple(run for run in ended if not run.outcome.is_good),
        held_back=known.held_back,
        sources=sources_of(warehouse),
        is_log_damaged=known.is_damaged,
    )


def sources_of(warehouse: Path) -> tuple[SourceState, ...] | None:
    """Every source as the last run found it; nothing before the first, None where the file cannot be read."""
    file = warehouse / SOURCE_HEALTH
    if not file.is_file():
        return ()
    try:
        found = pl.read_parquet(file)
        # An earlier version did not say which host was silent.
        host = pl.col("silent_host").fill_null("") if "silent_host" in found.columns else pl.lit("")
        day = pl.col("retrieved_at").dt.strftime("%Y-%m-%d").fill_null("")
        rows = found.select("path", "state", "reason", host, day).sort("path").rows()
    except (pl.exceptions.PolarsError, OSError):
        return None
    return tuple(SourceState(*row) for row in rows)


def as_json(found: Health) -> dict[str, Any]:
    """Health for other programs. Keys are added, never renamed or taken away; times are UTC."""
    release, states = found.release, {one.path: one for one in found.sources or ()}
    return {
        "verdict": found.verdict,
        "exit_code": found.verdict.exit_code,
        "looked_at": _time(found.looked_at),
        "release": None
        if release is None
        else {
            "release_id": release.release_id,
            "created_at": _time(release.created_at),
            "input": release.input,
            "origin": release.origin,
            "forced": release.forced.as_json() if release.forced else None,
        },
        "fault": found.fault.parts if found.fault else None,
        "confirmed_at": _time(found.confirmed_at),
        "age_hours": None if found.age is None else round(found.age.total_seconds() / 3600, 2),
        "is_dated_ahead": found.dated_ahead is not None,
        "fresh_for_hours": found.fresh_for.total_seconds() / 3600,
        "last_run": _run(found.last) if found.last else None,
        "at_work": None
        if found.at_work is None
        else asdict(found.at_work) | {"started_at": _time(found.at_work.started_at)},
        "runs_in_trouble": [_run(run) for run in found.troubles],
        "checks_not_passed": [asdict(check) for check in release.checks] if release else [],
        "held_back": [note.as_json() for note in found.held_back],
        "sources": [{**asdict(file), **_state(states, file.path)} for file in (release.sources if release else ())],
        "sources_to_look_at": [asdict(one) for one in found.sources or () if one.state in LOOK_AT],
        "sources_missing": [one.path for one in found.sources or () if one.state == "missing"],
    }


def _state(states: Mapping[str, SourceState], path: str) -> dict[str, str | None]:
    one = states.get(path)
    return {"state": one.state if one else None, "reason": one.reason if one else None}


def _run(run: Ended) -> dict[str, Any]:
    return {
        "outcome": run.outcome,
        "started_at": _time(run.started_at),
        "ended_at": _time(run.ended_at),
        "starter": run.starter,
        "input": run.input,
        "release_id": run.release_id,
        "errors": [fault.text for fault in run.faults],
    }


def _time(when: datetime | None) -> str | None:
    return when.isoformat(timespec="seconds") if when else None
