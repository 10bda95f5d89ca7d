"""What is removed from the shelf of releases: what a crash left, and releases no longer kept. Only what is ours.

What belongs here: telling what a run wrote from what others keep in `warehouse/releases/`, such as the folder in which
a reader's DuckDB keeps what has no room in memory (`<release>.duckdb.tmp`), and removing the first. What does not: the
names themselves (`release/folder.py`), or anything outside that folder.
"""

from __future__ import annotations

import re
import shutil
from contextlib import suppress
from pathlib import Path

from pipelines.release.checksums import sums_of
from pipelines.release.folder import ID, file_of, is_as_of, label_of, linked, listed, releases_folder

PARTIAL = re.compile(r"\.partial-.+\.duckdb(\.wal|\.tmp)?")
"""A release that is being written, and what DuckDB lays beside it: its log, and a folder for its spill."""
HALF = re.compile(r"\.(inequality_.+\.sha256|.+\.tag)\.partial")
"""A small file of a release that was being written (`files.py`)."""


def sweep(folder: Path) -> None:
    """Remove what a crash left: half-written files, and what lies beside a release that never came to be."""
    for found in folder.glob(".*"):
        if PARTIAL.fullmatch(found.name) and found.is_dir():
            shutil.rmtree(found)
        elif PARTIAL.fullmatch(found.name) or HALF.fullmatch(found.name):
            found.unlink()
    for beside in folder.glob("inequality_*"):
        name = beside.name.removesuffix(".sha256")
        if not ID.fullmatch(name.removeprefix("inequality_")) or beside.with_name(f"{name}.duckdb").is_file():
            continue
        if beside.is_dir():
            _remove_parquet(beside)
        else:
            beside.unlink()


def prune(warehouse: Path, *, keep: int) -> list[str]:
    """Delete all but the newest `keep` releases, every tagged one and the current one. Returns what went.

    Builds of an earlier day are counted apart, so that they push out no release and do not pile up either.
    """
    known, now = listed(warehouse), linked(warehouse)
    gone = []
    for as_of in (False, True):
        for release_id in [name for name in known if is_as_of(name) == as_of][: -keep or None]:
            if release_id == now or label_of(warehouse, release_id) is not None:
                continue
            file = file_of(warehouse, release_id)
            file.unlink()
            sums_of(file).unlink(missing_ok=True)
            _remove_parquet(file.with_suffix(""))
            gone.append(release_id)
    return gone


def left_by_others(warehouse: Path) -> list[Path]:
    """What lies among the releases and is not ours, such as a reader's spill: left alone, named for a person."""
    folder = releases_folder(warehouse)
    known = {
        name
        for release_id in listed(warehouse)
        for name in (
            f"inequality_{release_id}",
            f"inequality_{release_id}.duckdb",
            f"inequality_{release_id}.sha256",
            f"{release_id}.tag",
        )
    }
    return sorted(found for found in folder.glob("*") if found.name not in known) if folder.is_dir() else []


def _remove_parquet(beside: Path) -> None:
    """Remove the Parquet of a release; a folder in which something else lies stays with it."""
    for file in beside.glob("*/*.parquet"):
        file.unlink()
    for folder in (*beside.glob("*/"), beside):
        with suppress(OSError):
            folder.rmdir()
