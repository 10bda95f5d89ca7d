"""The shelf of releases: names and paths, which one is current, which are kept, and what is cleared away.

What belongs here: what the folder `warehouse/releases/` and the link `current.duckdb` tell by their names alone,
and which release may follow which. What does not: opening a release file or writing one (`release.py`).
"""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pipelines.sources.snapshot import MODELLED, write_atomically

AS_OF = "_as_of_"
"""What the id of a build of an earlier day holds."""


class ReleaseRefused(Exception):
    """A release that must not be published; the message says why, and the last good one stays current."""


@dataclass(frozen=True)
class Release:
    """One published file, as its `meta.release` row says."""

    release_id: str
    created_at: datetime
    content_hash: str
    code_version: str
    input: str
    origin: str
    engine: str
    as_of: str | None


@dataclass(frozen=True)
class ListedRelease:
    """One file under `releases/`. `said` is its `meta.release`, None where it cannot be read: `fault` then says why.

    `label` is what it was tagged with, None where it was not and may be pruned.
    """

    release_id: str
    said: Release | None
    is_current: bool
    label: str | None
    fault: str


def releases_folder(warehouse: Path) -> Path:
    """Where releases lie."""
    return warehouse / "releases"


def file_of(warehouse: Path, release_id: str) -> Path:
    """The DuckDB file of a release."""
    return releases_folder(warehouse) / f"inequality_{release_id}.duckdb"


def sweep(folder: Path) -> None:
    """Remove what a crash left: half-written files, and Parquet folders whose release never came to be."""
    for leftover in folder.glob(".partial-*"):
        leftover.unlink()
    for beside in folder.glob("inequality_*/"):
        if not beside.with_name(f"{beside.name}.duckdb").is_file():
            shutil.rmtree(beside)


def point(warehouse: Path, release_id: str) -> None:
    """Move `current.duckdb` in one step; LATEST says the same for tools that cannot follow a link."""
    link = warehouse / "current.duckdb"
    new = warehouse / ".current.duckdb.new"
    new.unlink(missing_ok=True)
    new.symlink_to(file_of(warehouse, release_id).relative_to(warehouse))
    new.replace(link)
    write_atomically(warehouse / "LATEST", f"{release_id}\n".encode())


def listed(warehouse: Path) -> list[str]:
    """The ids of all releases, oldest first."""
    return sorted(
        file.stem.removeprefix("inequality_") for file in releases_folder(warehouse).glob("inequality_*.duckdb")
    )


def label_of(warehouse: Path, release_id: str) -> str | None:
    """What a release was tagged with, None where it was not."""
    file = releases_folder(warehouse) / f"{release_id}.tag"
    return file.read_text(encoding="utf-8").strip() if file.is_file() else None


def tag(warehouse: Path, release_id: str, label: str) -> None:
    """Keep a release for ever. Raises ReleaseRefused when there is none of that id."""
    refuse_unknown(release_id, listed(warehouse))
    write_atomically(releases_folder(warehouse) / f"{release_id}.tag", f"{label}\n".encode())


def guard_rollback(target: Release, now: Release | None, *, unreadable: bool) -> None:
    """Raise ReleaseRefused where only a person who confirms it may make `target` current in place of `now`.

    `unreadable` says that there is a current release and nobody can tell what it holds.
    """
    do = "  do:       choose another (`inequality releases`), or confirm this one with --yes."
    if target.as_of:
        raise ReleaseRefused(
            f"The release {target.release_id} was built as of {target.as_of}: what was known that day, made to be "
            f"looked at beside the current one.\n{do}"
        )
    if target.origin != MODELLED:
        return
    if unreadable:
        raise ReleaseRefused(
            f"The release {target.release_id} holds modelled data (from {target.input}), and the current one cannot be "
            f"read, so nobody can tell whether it holds publishers' data.\n{do}"
        )
    if now and now.origin != MODELLED:
        raise ReleaseRefused(
            f"The current release {now.release_id} holds publishers' data (from {now.input}), and "
            f"{target.release_id} would replace it by modelled data (from {target.input}).\n{do}"
        )


def refuse_unknown(release_id: str, known: list[str], *, named: list[str] | None = None) -> None:
    """Raise ReleaseRefused, naming those known (`named` where fewer are to be named), for an id that is none."""
    if release_id not in known:
        said = known if named is None else named
        raise ReleaseRefused(f"There is no release {release_id!r}. Known: {', '.join(said) or 'none yet'}.")


def is_as_of(release_id: str) -> bool:
    """Whether a release is a build of an earlier day."""
    return AS_OF in release_id


def prune(warehouse: Path, *, keep: int) -> list[str]:
    """Delete all but the newest `keep` releases, every tagged one and the current one. Returns what went.

    Builds of an earlier day are counted apart, so that they push out no release and do not pile up either.
    """
    # The link is what analysts read; LATEST may be behind it after a crash between the two.
    now = (warehouse / "current.duckdb").resolve()
    known = listed(warehouse)
    gone = []
    for as_of in (False, True):
        for release_id in [name for name in known if is_as_of(name) == as_of][: -keep or None]:
            if file_of(warehouse, release_id).resolve() == now or label_of(warehouse, release_id) is not None:
                continue
            file_of(warehouse, release_id).unlink()
            shutil.rmtree(file_of(warehouse, release_id).with_suffix(""), ignore_errors=True)
            gone.append(release_id)
    return gone


def new_id(content: str, *, as_of: str | None = None) -> str:
    """A release id that sorts by time: UTC stamp, first of the content hash, and the day of an `--as-of` build."""
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    return f"{stamp}_{content[:8]}" + (f"{AS_OF}{as_of}" if as_of else "")


def write_status(warehouse: Path, **facts: object) -> None:
    """Say in `status.json` when the pipeline last looked, and what came of it."""
    file = warehouse / "status.json"
    known = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    write_atomically(file, json.dumps(known | facts, indent=2, default=str).encode())
