"""What became of every run, in `status.json`, and the mark of the one at work.

What belongs here: noting that a run begins, ends, did not start, or died without a word. What does not: whether all is
well (`health.py`), or when a run begins and ends (`run/`, `defs/run_options.py`). A run that dies (power cut, kill)
leaves its mark behind, and whichever run comes next says so, however it was started. Builds of an earlier day are not
noted: they say nothing about how the nightly run is doing.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from pipelines.errors import ProductError
from pipelines.files import write_atomically
from pipelines.notes import Note, note_from

STATUS, MARK = "status.json", ".running.json"
MOST_RUNS = 60
"""How many runs are remembered: two months of nights."""


class Outcome(StrEnum):
    """How a run ended."""

    PUBLISHED = "published"
    NOTHING_NEW = "nothing new"
    FAILED = "failed"
    INTERRUPTED = "interrupted"
    DIED = "died"
    DID_NOT_START = "did not start"

    @property
    def is_good(self) -> bool:
        """Whether the current release is now known to be what the sources say."""
        return self in (Outcome.PUBLISHED, Outcome.NOTHING_NEW)


@dataclass(frozen=True)
class Fault:
    """What stopped a run, in the words of its error; `cause` is the same every night that the same thing is wrong."""

    text: str
    cause: str


@dataclass(frozen=True)
class Begun:
    """A run at work: since when, who started it (`command`, `schedule` or `ui`) and from what input."""

    started_at: datetime
    starter: str = ""
    input: str = ""


@dataclass(frozen=True)
class Ended:
    """A run that is over. `ended_at` is when that was noticed, `release_id` what it published or found unchanged."""

    outcome: Outcome
    ended_at: datetime
    started_at: datetime | None = None
    starter: str = ""
    input: str = ""
    release_id: str = ""
    faults: tuple[Fault, ...] = ()


@dataclass(frozen=True)
class Known:
    """What `status.json` tells. `runs` are oldest first; `confirmed_at` is when a run last ended well, `forced` who
    published it over failed checks; `is_damaged` says that the file is there and cannot be read.
    """

    runs: tuple[Ended, ...] = ()
    held_back: tuple[Note, ...] = ()
    confirmed_at: datetime | None = None
    forced: str = ""
    is_damaged: bool = False


def fault_of(error: ProductError) -> Fault:
    """An error as a fault; counts and days in it are no part of the cause."""
    return Fault(str(error), f"{re.sub('[0-9]+', '#', error.what)} {error.where}".strip())


def begin(warehouse: Path, *, starter: str, source: str) -> None:
    """Mark a run as at work, and note one whose mark is still there as died. The caller holds the warehouse's lock."""
    if left := at_work(warehouse):
        end(warehouse, died(left))
    begun = Begun(datetime.now(UTC), starter, source)
    write_atomically(warehouse / MARK, json.dumps(asdict(begun), default=_plain).encode())


def at_work(warehouse: Path) -> Begun | None:
    """The run that a mark is there of. Whether it still lives, the lock knows (`run/lock.py`)."""
    try:
        said = json.loads((warehouse / MARK).read_text(encoding="utf-8"))
        return Begun(datetime.fromisoformat(said["started_at"]), said["starter"], said["input"])
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError):
        return Begun(datetime.fromtimestamp(0, UTC))


def died(left: Begun) -> Ended:
    """The end of a run that left its mark."""
    fault = Fault("The process of this run ended without saying so: a power cut, a kill, or no memory.", "died")
    return Ended(Outcome.DIED, datetime.now(UTC), left.started_at, left.starter, left.input, faults=(fault,))


def end(warehouse: Path, ended: Ended, *, held_back: Sequence[Note] | None = None, forced: str | None = None) -> None:
    """Note a run that is over, and take its mark away. `held_back` is what it held back, None where it did not judge;
    `forced` says who published it over failed checks.
    """
    begun = at_work(warehouse) if ended.outcome not in (Outcome.DIED, Outcome.DID_NOT_START) else None
    if begun:
        ended = replace(ended, started_at=begun.started_at, starter=begun.starter, input=begun.input)
    with _alone(warehouse):
        said = _said(warehouse / STATUS)
        said |= {
            "last_checked_at": _plain(ended.ended_at),
            "last_outcome": ended.outcome,
            "last_errors": [fault.text for fault in ended.faults],
            "runs": [*map(asdict, _readable(said.get("runs"))), asdict(ended)][-MOST_RUNS:],
        }
        if held_back is not None:
            said["held_back"] = [one.as_json() for one in held_back]
        if ended.outcome.is_good:
            said |= {"confirmed_at": _plain(ended.ended_at), "release_id": ended.release_id, "forced": forced}
        write_atomically(warehouse / STATUS, json.dumps(said, indent=1, default=_plain).encode())
    if ended.outcome is not Outcome.DID_NOT_START:
        clear_mark(warehouse)


def clear_mark(warehouse: Path) -> None:
    """No run is at work any more."""
    (warehouse / MARK).unlink(missing_ok=True)


def known(warehouse: Path) -> Known:
    """What is known of the runs; a file that cannot be read is damaged, and a run that it does not tell is left out."""
    file = warehouse / STATUS
    if not file.is_file():
        return Known()
    said = _said(file)
    if not said:
        return Known(is_damaged=True)
    try:
        runs = [_ended(run) for run in said.get("runs") or [_last_of(said)]]
        confirmed = said.get("confirmed_at")
        return Known(
            tuple(runs),
            tuple(note_from(note) for note in said.get("held_back", [])),
            _utc(confirmed) if confirmed else None,
            said.get("forced") or "",
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        return Known(is_damaged=True)


def _last_of(said: Mapping[str, Any]) -> dict[str, Any]:
    """The last run of a file that keeps no list of them."""
    faults = [{"text": text, "cause": text} for text in said.get("last_errors", [])]
    return {"outcome": said["last_outcome"], "ended_at": said["last_checked_at"], "faults": faults}


def _ended(said: Mapping[str, Any]) -> Ended:
    started = said.get("started_at")
    read = {
        "outcome": Outcome(said["outcome"]),
        "ended_at": _utc(said["ended_at"]),
        "started_at": _utc(started) if started else None,
        "faults": tuple(Fault(**fault) for fault in said.get("faults", [])),
    }
    return Ended(**{**said, **read})


def _readable(told: object) -> Iterator[Ended]:
    """The runs of a list that can be read."""
    for said in told if isinstance(told, list) else []:
        with suppress(ValueError, KeyError, TypeError, AttributeError):
            yield _ended(said)


def _utc(text: str) -> datetime:
    when = datetime.fromisoformat(text)
    return when if when.tzinfo else when.replace(tzinfo=UTC)


def _plain(value: object) -> str:
    return value.isoformat(timespec="seconds") if isinstance(value, datetime) else str(value)


def _said(file: Path) -> dict[str, Any]:
    """What the file says, empty where there is none: a damaged note of the last run must not undo what this one did."""
    try:
        said = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return said if isinstance(said, dict) else {}


@contextmanager
def _alone(warehouse: Path) -> Iterator[None]:
    """Keep others from writing meanwhile: a run that is refused notes it while another one is at work."""
    folder = os.open(warehouse, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)
