"""Whether a build of an earlier day says what was published then, and what differs where it does not.

What belongs here: one sentence that compares two releases. What does not: choosing snapshots
(`sources/arrival/origin.py`).
"""

from __future__ import annotations

from pathlib import Path

import polars as pl

from pipelines.release import publish
from pipelines.release.folder import Release, file_of
from pipelines.release.publish import NOT_CONTENT
from pipelines.tables.store import content_hash


def compared_with_then(warehouse: Path, rebuilt: Release) -> str:
    """Is the build of a day equal to the newest release of that day or before? One sentence, with the reason if not."""
    known = [
        one.said
        for one in publish.catalogue_of(warehouse)
        if one.said
        and one.said.origin == rebuilt.origin
        and one.said.as_of is None
        and one.said.created_at.date().isoformat() <= str(rebuilt.as_of)
    ]
    if not known:
        return f"No release of {rebuilt.as_of} or before is kept, so this build is compared with none."
    then = known[-1]
    name = f"the release {then.release_id}, the newest on {rebuilt.as_of}"
    if then.content_hash == rebuilt.content_hash:
        return f"Equal to {name}: content hash {then.content_hash[:12]}."
    tables = _that_differ(warehouse, then, rebuilt)
    where = f"It differs in {', '.join(tables)}." if tables else "It differs in which rows were refused or counted."
    if then.code_version != rebuilt.code_version:
        return (
            f"Not equal to {name}: the code differs ({then.code_version} then, {rebuilt.code_version} now). {where} "
            "Check out the code of then to rebuild it."
        )
    return f"Not equal to {name}, although the code is the same: the data differ. {where}"


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
