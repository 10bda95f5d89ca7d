"""Back up what cannot be made again, also while a run goes on, and restore it on an empty machine.

What belongs here: which files these are, in which order they are copied, and proving them by their hashes. What does
not: finding damage in a warehouse (`integrity.py`).

A backup holds snapshots, releases with tags, checksums and Parquet, and `history/`. Tables, pages and Dagster's records
are made again by the next run. It is a folder: what cannot change and lies there already is not copied again, and what
is pruned in the warehouse stays in it. Order makes it whole: history before the releases, so that a run which publishes
meanwhile leaves a history that is behind (the next run brings it up), never one that tells of a release that is
missing; snapshots last, so that the bytes of every release are there. Each file is copied beside its name and moved.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pipelines.errors import ProductError
from pipelines.files import sha256_of, write_atomically
from pipelines.release.checksums import expected
from pipelines.release.folder import ID, linked, listed, point, releases_folder
from pipelines.settings import Settings
from pipelines.sources.arrival.snapshot import MODELLED, PUBLISHER

WAREHOUSE, SNAPSHOTS, SUMS, CURRENT = "warehouse", "snapshots", "SHA256SUMS", "CURRENT"
PASSING = (".partial", ".new", ".tmp", ".wal")
"""How the names of files end that are being written."""


class BackupRefused(ProductError):
    """A backup that cannot be made or restored; the message says why and what to do."""


@dataclass(frozen=True)
class Backup:
    """What a backup holds: the release that was current, and how many files, of which `copied` are new."""

    release_id: str
    files: int
    copied: int


def back_up(here: Settings, target: Path) -> Backup:
    """Copy what cannot be made again into a folder. Needs no lock and disturbs no run.

    Raises BackupRefused when nothing is published yet, or the folder lies within what is backed up.
    """
    roots = (here.warehouse, here.snapshots)
    if any(target.resolve().is_relative_to(root.resolve()) for root in roots):
        raise BackupRefused(
            "A backup must lie outside the warehouse and the snapshots.",
            where=str(target),
            do="name a folder on another disk.",
        )
    now = linked(here.warehouse)
    if now is None:
        raise BackupRefused(f"Nothing is published in {here.warehouse}, so there is nothing to back up.")
    copied = 0
    sums: dict[str, str] = _sums(target)
    for source, name in (
        *_within(here.warehouse / "history", f"{WAREHOUSE}/history"),
        *_within(releases_folder(here.warehouse), f"{WAREHOUSE}/releases"),
        *(one for origin in (MODELLED, PUBLISHER) for one in _within(here.snapshots / origin, f"{SNAPSHOTS}/{origin}")),
    ):
        there = target / name
        try:
            if name in sums and _is_same(source, there):
                continue
            sums[name] = _copy(source, there)
        except FileNotFoundError:
            continue  # Pruned or replaced while we copied.
        copied += 1
    _drop_halves(target, sums)
    # What is current now was perhaps published after the releases were copied.
    backed_up = {file.stem.removeprefix("inequality_") for file in (target / WAREHOUSE / "releases").glob("*.duckdb")}
    wanted = (linked(here.warehouse), now, *reversed(listed(here.warehouse)), *sorted(backed_up, reverse=True))
    current = next(one for one in wanted if one and one in backed_up)
    write_atomically(target / SUMS, "".join(f"{digest}  {name}\n" for name, digest in sorted(sums.items())).encode())
    write_atomically(target / CURRENT, f"{current}\n".encode())
    return Backup(current, len(sums), copied)


def restore(source: Path, here: Settings) -> Backup:
    """Put a backup where there is nothing yet, and make current what was so.

    Raises BackupRefused, before anything is written, when the folder is no whole backup, or there are releases or
    snapshots already.
    """
    sums = _sums(source)
    if not sums or not (source / CURRENT).is_file():
        raise BackupRefused(
            "This is no backup.",
            where=str(source),
            expected=f"{SUMS} and {CURRENT}, as `inequality backup` writes them last",
            found="none of them, or not both",
            do="name the folder that was given to `inequality backup`, or make the backup again.",
        )
    if listed(here.warehouse) or any((here.snapshots / origin).exists() for origin in (MODELLED, PUBLISHER)):
        raise BackupRefused(
            "There are releases or snapshots already; a restore never mixes with them.",
            where=f"{here.warehouse}, {here.snapshots}",
            do="move both folders away, or name others in INEQUALITY_WAREHOUSE and INEQUALITY_SNAPSHOTS.",
        )
    damaged = [
        name for name, digest in sums.items() if not (source / name).is_file() or sha256_of(source / name) != digest
    ]
    if damaged:
        raise BackupRefused(
            f"{len(damaged)} files of the backup are not what was backed up.",
            where=str(source),
            found=", ".join(damaged[:3]) + (" ..." if len(damaged) > 3 else ""),
            do="restore from another copy; `sha256sum --check SHA256SUMS` names every one.",
        )
    places = {WAREHOUSE: here.warehouse, SNAPSHOTS: here.snapshots}
    for name in sums:
        root, _, rest = name.partition("/")
        _copy(source / name, places[root] / rest)
    current = (source / CURRENT).read_text(encoding="utf-8").strip()
    point(here.warehouse, current)
    return Backup(current, len(sums), len(sums))


def _within(folder: Path, name: str) -> Iterator[tuple[Path, str]]:
    """The finished files of a folder; bytes before what is said of them (`.json`), as they are written."""
    # Unlike `rglob`, a walk goes on where a folder was pruned meanwhile.
    everything = (Path(place) / one for place, _, names in os.walk(folder) for one in names)
    found = (file for file in everything if file.is_file() and not file.name.endswith(PASSING))
    for file in sorted(found, key=lambda file: (file.suffix in (".json", ".sha256"), file)):
        inner = file.relative_to(folder)
        if name.endswith("releases") and not _is_of_release(inner):
            continue
        if not any(part.startswith(".") for part in inner.parts):
            yield file, f"{name}/{inner.as_posix()}"


def _drop_halves(target: Path, sums: dict[str, str]) -> None:
    """Remove from a backup the releases that were pruned while they were copied."""
    releases = target / WAREHOUSE / "releases"
    for name in {file.name.partition(".")[0] for file in releases.glob("inequality_*")}:
        if not _is_whole(releases / f"{name}.duckdb", sums):
            for half in (*releases.glob(f"{name}.*"), *releases.glob(f"{name}/*/*")):
                half.unlink()
                sums.pop(half.relative_to(target).as_posix(), None)


def _is_whole(file: Path, sums: dict[str, str]) -> bool:
    """Whether every file of a release was copied as it was published."""
    try:
        published = expected(file)
    except (OSError, ValueError):
        return False
    return all(sums.get(f"{WAREHOUSE}/releases/{name}") == digest for name, digest in published.items())


def _is_of_release(inner: Path) -> bool:
    """Whether a file among the releases is ours: what others keep there is theirs to back up."""
    return (
        bool(ID.fullmatch(inner.parts[0].removeprefix("inequality_").partition(".")[0]))
        and ".tmp" not in inner.parts[0]
    )


def _is_same(source: Path, there: Path) -> bool:
    """Whether a file was copied as it is now; a copy keeps the time of what it was made from."""
    if not there.is_file():
        return False
    one, other = source.stat(), there.stat()
    return (one.st_size, one.st_mtime_ns) == (other.st_size, other.st_mtime_ns)


def _copy(source: Path, there: Path) -> str:
    """Copy a file so that nobody sees half of it. Returns the sha256 of the copy."""
    there.parent.mkdir(parents=True, exist_ok=True)
    partial = there.with_name(f".{there.name}.partial")
    shutil.copy2(source, partial)
    with partial.open("rb") as written:
        os.fsync(written.fileno())
    digest = sha256_of(partial)
    partial.replace(there)
    return digest


def _sums(folder: Path) -> dict[str, str]:
    try:
        lines = (folder / SUMS).read_text(encoding="utf-8").splitlines()
        return {name: digest for digest, name in (line.split("  ", 1) for line in lines)}
    except (OSError, ValueError):
        return {}
