"""Which release was current, from when on: one line for every move of the link, in the order in which they were made.

What belongs here: the file `warehouse/history/journal.jsonl`, and what order and times can be told from it. What does
not: moving the link (`release/folder.py`), or what changed with a move (`changes/log.py`).

The order of the lines is the truth, their times are what a clock said. A clock that ran ahead one night is found out by
the next line: whatever stands before a line was made no later than it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path

from pipelines.files import write_atomically

PUBLISHED, ROLLED_BACK, FOUND = "published", "rolled back", "found"
"""How a release became current; FOUND says that the link had moved and no line told of it."""


@dataclass(frozen=True)
class Move:
    """One move of the link: the release that became current, of which origin, when (UTC without a zone) and how."""

    sequence: int
    at: datetime
    release_id: str
    origin: str
    how: str


def moves(warehouse: Path) -> list[Move]:
    """Every move, oldest first. A line that cannot be read is left out: the others still hold."""
    try:
        lines = _file(warehouse).read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []
    found = [move for line in lines if (move := _read(line))]
    return sorted(found, key=lambda move: move.sequence)


def next_sequence(warehouse: Path) -> int:
    """The number of the next move."""
    known = moves(warehouse)
    return known[-1].sequence + 1 if known else 1


def note(warehouse: Path, *moved: Move) -> None:
    """Add moves to the journal."""
    lines = [_line(move) for move in (*moves(warehouse), *moved)]
    write_atomically(_file(warehouse), "".join(lines).encode())


def timed(known: Sequence[Move]) -> list[Move]:
    """The moves, none of them later than one that was made after it."""
    found: list[Move] = []
    for move in reversed(known):
        found.insert(0, replace(move, at=min(move.at, found[0].at)) if found else move)
    return found


def last_on(warehouse: Path, day: date, origin: str) -> Move | None:
    """The move that made current what was so of this origin at the end of a day; None where there is none."""
    known = [move for move in timed(moves(warehouse)) if move.at.date() <= day and move.origin == origin]
    return known[-1] if known else None


def in_order(warehouse: Path, release_ids: Iterable[str]) -> list[str]:
    """Release ids in the order in which they first became current; those that never did stand where their id sorts."""
    by_id = sorted(release_ids)
    first = {move.release_id: move.sequence for move in reversed(moves(warehouse))}
    known = iter(sorted((one for one in by_id if one in first), key=lambda one: first[one]))
    return [next(known) if one in first else one for one in by_id]


def _file(warehouse: Path) -> Path:
    return warehouse / "history" / "journal.jsonl"


def _line(move: Move) -> str:
    said = {
        "sequence": move.sequence,
        "at": move.at.isoformat(),
        "release_id": move.release_id,
        "origin": move.origin,
        "how": move.how,
    }
    return json.dumps(said) + "\n"


def _read(line: str) -> Move | None:
    try:
        said = json.loads(line)
        at = datetime.fromisoformat(said["at"])
        return Move(int(said["sequence"]), at, str(said["release_id"]), str(said["origin"]), str(said["how"]))
    except (ValueError, KeyError, TypeError):
        return None
