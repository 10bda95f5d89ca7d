"""The shelf of releases: names and paths, which one is current, which has a tag, and which may follow which.

What belongs here: what the folder `warehouse/releases/` and the link `current.duckdb` tell by their names alone,
and moving the link. What does not: opening a release file or writing one (`release/publish.py`), what is cleared away
(`release/clearing.py`), or when the link moved before (`release/journal.py`).
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pipelines.errors import ProductError
from pipelines.files import write_atomically
from pipelines.notes import Kind, Note
from pipelines.release import journal
from pipelines.sources.arrival.snapshot import MODELLED

AS_OF = "_as_of_"
"""What the id of a build of an earlier day holds."""
ID = re.compile(rf"\d{{8}}T\d{{6}}Z_[0-9a-f]{{8}}({AS_OF}\d{{4}}-\d{{2}}-\d{{2}})?")
"""What `new_id` makes."""
TAG = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,59}")
"""What a release may be tagged with: it can be typed as one word."""

RESERVED = ("current", "latest")
"""Names that mean another release tomorrow."""
UNREADABLE = "(its tag cannot be read)"


class ReleaseRefused(ProductError):
    """A release that must not be published; the message says why, and the last good one stays current."""


@dataclass(frozen=True)
class Release:
    """One published file, as its `meta.release` row says.

    `forced_by` and `forced_reason` say who published it over failed critical checks, and why; None where all passed.
    """

    release_id: str
    created_at: datetime
    content_hash: str
    code_version: str
    input: str
    origin: str
    engine: str
    as_of: str | None
    forced_by: str | None = None
    forced_reason: str | None = None


@dataclass(frozen=True)
class ListedRelease:
    """One file under `releases/`. `release` is its `meta.release`, None where it cannot be read: `fault` then says why.

    `label` is what it was tagged with, None where it was not and may be pruned.
    """

    release_id: str
    release: Release | None
    is_current: bool
    label: str | None
    fault: str


def releases_folder(warehouse: Path) -> Path:
    """Where releases lie."""
    return warehouse / "releases"


def file_of(warehouse: Path, release_id: str) -> Path:
    """The DuckDB file of a release."""
    return releases_folder(warehouse) / f"inequality_{release_id}.duckdb"


def sync(folder: Path) -> None:
    """Have the disk keep a folder's names, so that a power cut does not take back a file that was moved in."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def point(warehouse: Path, release_id: str) -> list[Note]:
    """Move `current.duckdb` in one step; LATEST says the same for tools that cannot follow a link.

    Returns what could not be written once the link had moved: the release is current all the same.
    """
    link = warehouse / "current.duckdb"
    new = warehouse / ".current.duckdb.new"
    if link.is_dir() and not link.is_symlink():
        raise ReleaseRefused(
            "A folder stands where the link to the current release belongs.",
            where=str(link),
            expected="a link, or nothing",
            found="a folder",
            do="move it away and try again.",
        )
    new.unlink(missing_ok=True)
    new.symlink_to(file_of(warehouse, release_id).relative_to(warehouse))
    new.replace(link)
    try:
        write_atomically(warehouse / "LATEST", f"{release_id}\n".encode())
        sync(warehouse)
    except OSError as error:
        return [not_written("LATEST", release_id, error)]
    return []


def not_written(path: str, release_id: str, error: OSError) -> Note:
    """That a release is current, and what could not be written after that."""
    return Note(Kind.NOT_WRITTEN_AFTER, path=path, release=release_id, cause=error.strerror or str(error))


def linked(warehouse: Path) -> str | None:
    """The id of the release that `current.duckdb` points to, None where it points to none. LATEST may be behind it."""
    link = warehouse / "current.duckdb"
    target = link.resolve()
    known = link.is_symlink() and target.parent == releases_folder(warehouse).resolve() and target.is_file()
    return target.stem.removeprefix("inequality_") if known else None


def mend_latest(warehouse: Path) -> None:
    """Have LATEST say what the link says; after a crash between the two it is one release behind."""
    file, now = warehouse / "LATEST", linked(warehouse)
    if now and text_of(file) != now:
        write_atomically(file, f"{now}\n".encode())


def listed(warehouse: Path) -> list[str]:
    """The ids of all releases, in the order in which they were made.

    A file that a person put beside them, under a name like theirs, is none.
    """
    files, now = releases_folder(warehouse).glob("inequality_*.duckdb"), linked(warehouse)
    names = {file.stem.removeprefix("inequality_"): file for file in files}
    return journal.in_order(warehouse, (name for name, file in names.items() if name == now or is_ours(file)))


def is_ours(beside: Path) -> bool:
    """Whether a file or folder `inequality_<id>` is part of a release: by its id, or by its checksums."""
    name = beside.name.removeprefix("inequality_").removesuffix(".duckdb").removesuffix(".sha256")
    return bool(ID.fullmatch(name)) or beside.with_name(f"inequality_{name}.sha256").is_file()


def label_of(warehouse: Path, release_id: str) -> str | None:
    """What a release was tagged with, None where it was not; UNREADABLE for a damaged tag, which keeps it too."""
    file = _tag_file(warehouse, release_id)
    if not file.is_file():
        return None
    said = text_of(file)
    return said if TAG.fullmatch(said) else UNREADABLE


def text_of(file: Path) -> str:
    """The one line of a small file of ours, empty where there is none; damaged bytes are shown, and raise nothing."""
    try:
        return file.read_bytes().decode("utf-8", errors="replace").strip()
    except OSError:
        return ""


def tag(warehouse: Path, release_id: str, label: str) -> None:
    """Keep a release for ever, under a name that stands for its id.

    Raises ReleaseRefused when there is none of that id, the name makes no sense, or another release has it.
    """
    known = listed(warehouse)
    refuse_unknown(release_id, known)
    if not TAG.fullmatch(label) or label.lower() in RESERVED:
        raise ReleaseRefused(
            "A tag is at most 60 letters, digits, dots, hyphens and underscores, such as board-2026, and none of "
            f"{', '.join(RESERVED)}; found {label!r}."
        )
    if label in known:
        raise ReleaseRefused(f"{label!r} is the id of a release, so it cannot be the tag of one.")
    for other in known:
        if other != release_id and label_of(warehouse, other) == label:
            raise ReleaseRefused(
                f"The release {other} has the tag {label!r} already.",
                do=f"choose another name, or take it away first: `inequality releases --untag {label}`.",
            )
    write_atomically(_tag_file(warehouse, release_id), f"{label}\n".encode())


def untag(warehouse: Path, release_id: str) -> None:
    """Let a release be pruned again. Raises ReleaseRefused when there is none of that id or it has no tag."""
    refuse_unknown(release_id, listed(warehouse))
    if label_of(warehouse, release_id) is None:
        raise ReleaseRefused(f"The release {release_id} has no tag.")
    _tag_file(warehouse, release_id).unlink()


def resolved(warehouse: Path, name: str) -> str:
    """The id of the release with this tag; `name` itself where no release has it."""
    if not TAG.fullmatch(name):
        return name
    tagged = (release_id for release_id in listed(warehouse) if label_of(warehouse, release_id) == name)
    return next(tagged, name)


def _tag_file(warehouse: Path, release_id: str) -> Path:
    return releases_folder(warehouse) / f"{release_id}.tag"


def guard_rollback(target: Release, now: Release | None, *, unreadable: bool) -> None:
    """Raise ReleaseRefused where only a person who confirms it may make `target` current in place of `now`.

    `unreadable` says that there is a current release and nobody can tell what it holds.
    """
    do = "choose another (`inequality releases`), or confirm this one with --yes."
    if target.as_of:
        raise ReleaseRefused(
            f"The release {target.release_id} was built as of {target.as_of}: what was known that day, made to be "
            "looked at beside the current one.",
            do=do,
        )
    if target.origin != MODELLED:
        return
    if unreadable:
        raise ReleaseRefused(
            f"The release {target.release_id} holds modelled data (from {target.input}), and the current one cannot be "
            "read, so nobody can tell whether it holds publishers' data.",
            do=do,
        )
    if now and now.origin != MODELLED:
        raise ReleaseRefused(
            f"The current release {now.release_id} holds publishers' data (from {now.input}), and "
            f"{target.release_id} would replace it by modelled data (from {target.input}).",
            do=do,
        )


def refuse_unknown(release_id: str, known: list[str], *, named: list[str] | None = None) -> None:
    """Raise ReleaseRefused, naming those known (`named` where fewer are to be named), for an id that is none."""
    if release_id not in known:
        names = known if named is None else named
        raise ReleaseRefused(f"There is no release {release_id!r}. Known: {', '.join(names) or 'none yet'}.")


def is_as_of(release_id: str) -> bool:
    """Whether a release is a build of an earlier day."""
    return AS_OF in release_id


def new_id(content: str, *, as_of: str | None = None) -> str:
    """A release id that sorts by time: UTC stamp, first of the content hash, and the day of an `--as-of` build."""
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    return f"{stamp}_{content[:8]}" + (f"{AS_OF}{as_of}" if as_of else "")
