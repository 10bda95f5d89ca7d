"""Whether a build of an earlier day says what was published then, and what differs where it does not.

What belongs here: comparing two releases. What does not: choosing snapshots
(`sources/arrival/origin.py`).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import polars as pl

from pipelines.notes import Kind, Note
from pipelines.release import journal, publish
from pipelines.release.folder import Release, file_of, listed
from pipelines.release.publish import NOT_CONTENT
from pipelines.tables.store import content_hash


def compared_with_then(warehouse: Path, rebuilt: Release) -> Note:
    """Is the build of a day equal to the release that was current at its end? With the reason if not."""
    move = journal.last_on(warehouse, date.fromisoformat(str(rebuilt.as_of)), rebuilt.origin)
    if move is None or move.release_id not in listed(warehouse):
        return Note(Kind.BUILD_WITHOUT_PEER, day=str(rebuilt.as_of))
    then = publish.describe(file_of(warehouse, move.release_id))
    peer = Note(Kind.BUILD_EQUAL, release=then.release_id, day=str(rebuilt.as_of), label=then.content_hash[:12])
    if then.content_hash == rebuilt.content_hash:
        return peer
    differs = replace(peer, kind=Kind.BUILD_DIFFERS, names=tuple(_that_differ(warehouse, then, rebuilt)))
    if then.code_version == rebuilt.code_version:
        return differs
    return replace(differs, kind=Kind.BUILD_OF_OTHER_CODE, pairs=((then.code_version, rebuilt.code_version),))


def _that_differ(warehouse: Path, one: Release, other: Release) -> list[str]:
    """The published tables that say different things, by the Parquet beside both releases."""
    hashes = []
    for made in (one, other):
        folder = file_of(warehouse, made.release_id).with_suffix("") / "published"
        frames = {f"published.{file.stem}": pl.read_parquet(file) for file in sorted(folder.glob("*.parquet"))}
        hashes.append(
            {
                table: content_hash(frame.drop([name for name in NOT_CONTENT if name in frame.columns]))
                for table, frame in frames.items()
            }
        )
    then, now = hashes
    return [table for table in sorted(then.keys() | now.keys()) if then.get(table) != now.get(table)]
