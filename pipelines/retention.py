"""How long things are kept that no figure rests on, and what is kept for good.

What belongs here: clearing what is older than it is useful, within the warehouse and beside the snapshots. What does
not: Dagster's records (`defs/retention.py`), or which release is current.

For good: every snapshot, every tagged release, and the change log (every cell that ever changed; its files become one
from time to time, `changes/log_folder.py`). For a time: the newest releases (`INEQUALITY_KEEP_RELEASES`), bodies that
were refused, and shapes of files, which are made anew from the snapshots when they are asked for.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pipelines.release import clearing
from pipelines.release.folder import releases_folder
from pipelines.settings import Settings
from pipelines.sources.arrival.fetcher import REFUSED

REFUSED_DAYS, SHAPE_DAYS = 90, 400


@dataclass(frozen=True)
class Cleared:
    """What went: ids of releases, and how many refused bodies and shapes. `left` is not ours, and stays."""

    releases: tuple[str, ...]
    refused: int
    shapes: int
    left: tuple[Path, ...]


def clear(here: Settings, *, now: datetime | None = None) -> Cleared:
    """Clear what is older than it is useful. The caller holds the lock of the warehouse."""
    today = now or datetime.now(UTC)
    clearing.sweep(releases_folder(here.warehouse))
    return Cleared(
        releases=tuple(clearing.prune(here.warehouse, keep=here.keep_releases)),
        refused=_older(here.snapshots / REFUSED, today - timedelta(days=REFUSED_DAYS)),
        shapes=_older(here.warehouse / "history" / "fingerprints", today - timedelta(days=SHAPE_DAYS)),
        left=tuple(clearing.left_by_others(here.warehouse)),
    )


def _older(folder: Path, than: datetime) -> int:
    """Remove the files of a folder that were written before a time. Returns how many."""
    old = [file for file in folder.rglob("*") if file.is_file() and file.stat().st_mtime < than.timestamp()]
    for file in old:
        file.unlink()
    return len(old)
