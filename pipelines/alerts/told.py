"""What was told before, in `alerts.json`, so that a cause is told once and not every night.

What belongs here: which causes are new and which are over. What does not: what a cause is (`causes.py`). No address of
a destination is ever written here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from pipelines.alerts.causes import Cause, Kind
from pipelines.files import write_atomically

FILE = "alerts.json"


@dataclass(frozen=True)
class Told:
    """The causes that were told and are not over, when a message last went out, and what kept one from going out."""

    open: tuple[Cause, ...] = ()
    sent_at: datetime | None = None
    failures: tuple[str, ...] = ()


@dataclass(frozen=True)
class News:
    """What is to be told now: causes that are new and that are over. `still` is what stands when it has been told."""

    new: tuple[Cause, ...]
    over: tuple[Cause, ...]
    still: tuple[Cause, ...]

    def __bool__(self) -> bool:
        return bool(self.new or self.over)


def told(warehouse: Path) -> Told:
    """What was told; a file that cannot be read counts as none, and everything is told again."""
    try:
        said = json.loads((warehouse / FILE).read_text(encoding="utf-8"))
        causes = tuple(Cause(Kind(one["kind"]), one["key"], one["text"], _name(one)) for one in said["open"])
        sent = datetime.fromisoformat(said["sent_at"]) if said["sent_at"] else None
        return Told(causes, sent, tuple(said["failures"]))
    except (OSError, ValueError, KeyError, TypeError):
        return Told()


def _name(said: Mapping[str, str]) -> str:
    """What a cause is called; an earlier version kept its text alone."""
    return said.get("name") or said["text"].strip().partition("\n")[0]


def keep(warehouse: Path, what: Told) -> None:
    """Remember what was told."""
    sent = what.sent_at.isoformat(timespec="seconds") if what.sent_at else None
    said = {"open": [asdict(cause) for cause in what.open], "sent_at": sent, "failures": what.failures}
    write_atomically(warehouse / FILE, json.dumps(said, indent=1).encode())


def news(before: Told, now: Sequence[Cause]) -> News:
    """What is new and what is over. While runs go on failing, one for another cause, none of their causes is over."""
    known, here = {(one.kind, one.key) for one in before.open}, {(one.kind, one.key) for one in now}
    failing = any(one.kind is Kind.RUN for one in now)
    gone = [one for one in before.open if (one.kind, one.key) not in here]
    waiting = [one for one in gone if failing and one.kind is Kind.RUN]
    return News(
        tuple(one for one in now if (one.kind, one.key) not in known),
        tuple(one for one in gone if one not in waiting),
        (*now, *waiting),
    )
