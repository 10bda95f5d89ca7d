"""Where a run's input comes from: the embedded sample, a folder, or the publishers.

What belongs here: turning `--from` into snapshots, the same way for all three, so that nothing downstream knows.
What does not: asking the publishers (`arrival/live.py`), how a snapshot lies on disk (`arrival/snapshot.py`).
"""

from __future__ import annotations

import csv
import os
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path

from pipelines.notes import Kind, Note
from pipelines.sources.arrival import live, transport
from pipelines.sources.arrival import snapshot as snapshots
from pipelines.sources.arrival.intake import INDEX
from pipelines.sources.arrival.live import Taken
from pipelines.sources.contract import ContractBroken, Resource, Snapshot, SourceUnavailable, delivery_fault

MODELLED, PUBLISHER = snapshots.MODELLED, snapshots.PUBLISHER
NOT_DATA = (INDEX, "truth.csv", "truth_life_expectancy.csv")
"""Files beside the source folders that hold no figures of a source; so does a README."""


@dataclass(frozen=True)
class RunInput:
    """One choice of input. `kind` is `sample`, `live` or `folder`; `label` is what a release says about it."""

    kind: str
    folder: Path | None
    origin: str
    as_of: date | None = None

    @property
    def label(self) -> str:
        """`sample`, `live`, or the folder's name (never its full path, which would name a machine)."""
        return self.folder.name if self.kind == "folder" and self.folder else self.kind


def choose(text: str, *, sample: Path, as_of: date | None = None) -> RunInput:
    """Read `--from`: `sample`, `live` or a folder.

    Raises SourceUnavailable when it is a folder that is not there or holds no source folder, ContractBroken when its
    index cannot be read.
    """
    if text == "live":
        return RunInput("live", None, PUBLISHER, as_of)
    folder = sample if text == "sample" else Path(text).expanduser()
    if not folder.is_dir() or not any(child.is_dir() for child in folder.iterdir()):
        found = "no folder in it" if folder.is_dir() else "no such folder"
        raise SourceUnavailable(
            f"--from {text}: {found}. Expected `sample`, `live`, or a folder with files laid out as "
            "<source>/<name>.<ext>, for example fingertips/92443_502.csv."
        )
    modelled = text == "sample" or any(_is_modelled(row) for row in _index(folder).values())
    kind = "sample" if text == "sample" else "folder"
    return RunInput(kind, folder.resolve(), MODELLED if modelled else PUBLISHER, as_of)


def _index(folder: Path) -> dict[str, dict[str, str]]:
    """What a folder's own index says of its files (address, publisher, licence, modelled or not), by path."""
    file = folder / INDEX
    if not file.is_file():
        return {}
    try:
        _refuse_odd(folder, file)
        with file.open(encoding="utf-8-sig", newline="") as lines:
            return {row["path"]: row for row in csv.DictReader(lines) if row.get("path")}
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ContractBroken(
            f"The folder's {INDEX} cannot be read.",
            where=str(file),
            expected="CSV text in UTF-8",
            found=str(error),
            do="Save it as UTF-8; do not leave it out, since it says which files are modelled.",
        ) from error


def _is_modelled(said: dict[str, str]) -> bool:
    # A spreadsheet that saves the index writes TRUE.
    return (said.get("is_modelled") or "").strip().lower() == "true"


def fetch(
    resource: Resource, run_input: RunInput, *, root: Path, kept: Sequence[Snapshot] = (), but: Collection[str] = ()
) -> Taken:
    """Snapshots of one resource for this run, by path, and notes of what the input lacks.

    `kept` are snapshots that stand as they are: their paths are not asked for, nor does a live run ask for those in
    `but`. A file that is empty or cannot be read
    is a fault of its own. Raises ContractBroken when two files answer to a resource that is one file.
    """
    started = datetime.now(UTC)
    if run_input.as_of:
        taken = Taken(
            [
                replace(known, resource=resource.name)
                for path in snapshots.paths(root, run_input.origin, resource.path)
                if (known := snapshots.last_good(root, run_input.origin, path, as_of=run_input.as_of))
            ]
        )
    elif run_input.folder:
        taken = _from_folder(resource, run_input, run_input.folder, root, but={one.path for one in kept})
    elif kept and not resource.many:
        taken = Taken()
    else:
        taken = live.fetch(resource, root=root, transport=transport.current(), but={*but, *(one.path for one in kept)})
    found, notes, faults = [*kept, *taken.snapshots], taken.notes, taken.faults
    notes = [*notes, *_returned(found, root, since=started)]
    if len(found) > 1 and not resource.many:
        raise ContractBroken(
            f"Several files answer to the resource {resource.name!r}.",
            where=resource.path,
            expected="one file",
            found=", ".join(s.path for s in found),
            do="Keep the one that is meant.",
        )
    if not found and not notes and not faults:
        notes = [Note(Kind.NOT_IN_INPUT, resource=resource.name, path=resource.path)]
    return Taken(found, notes, faults)


def _returned(found: list[Snapshot], root: Path, *, since: datetime) -> list[Note]:
    """A note for each file that was taken just now and has bytes that came before, and others since."""
    notes = []
    for kept in found:
        if kept.retrieved_at >= since and (then := snapshots.returned_from(root, kept)):
            notes.append(Note(Kind.BYTES_RETURNED, path=kept.path, day=f"{then.retrieved_at:%Y-%m-%d}"))
    return notes


def _from_folder(
    resource: Resource, run_input: RunInput, folder: Path, root: Path, *, but: Collection[str] = ()
) -> Taken:
    """The files of a folder but those of some paths.

    Each is a snapshot; one that cannot be taken is a fault of its own.
    """
    index, taken, faults = _index(folder), [], []
    for file in _matching(folder, resource.path):
        path = _named(file.relative_to(folder).as_posix())
        if path in but:
            continue
        try:
            _refuse_odd(folder, file)
            taken.append(_captured(resource, run_input, file, path, said=index.get(path, {}), root=root))
        except ContractBroken as error:
            faults.append(delivery_fault(path, resource.name, error))
    return Taken(taken, faults=faults)


def _captured(
    resource: Resource, run_input: RunInput, file: Path, path: str, *, said: dict[str, str], root: Path
) -> Snapshot:
    if file.stat().st_size > transport.MAX_BYTES:
        raise ContractBroken(
            "A file is too big.",
            where=str(file),
            expected=f"at most {transport.MAX_BYTES:,} bytes",
            found=f"{file.stat().st_size:,} bytes",
            do="Check that this is the right file.",
        )
    try:
        content = file.read_bytes()
    except OSError as error:
        raise _unreadable(file, error.strerror or str(error)) from error
    return snapshots.capture(
        root,
        content,
        resource=resource,
        origin=run_input.origin,
        path=path,
        url=said.get("url") or ("" if _is_modelled(said) else resource.url),
        publisher=said.get("publisher") or resource.publisher,
        licence=said.get("licence") or resource.licence,
        is_modelled=_is_modelled(said),
        note=said.get("note") or "",
    )


def _refuse_odd(folder: Path, file: Path) -> None:
    """Raise ContractBroken for what is no plain file of this folder. A link within the folder is one."""
    if not file.is_file():
        raise _unreadable(file, "a broken link" if file.is_symlink() else "a folder, a pipe or a device")
    if not file.resolve().is_relative_to(folder.resolve()):
        raise _unreadable(file, "a link that leads out of the folder")
    if _named(str(file)) != str(file):
        raise _unreadable(file, "a name that is not UTF-8")


def _named(path: str) -> str:
    """A path as text that can be kept and shown: bytes that are not UTF-8 stand as `\\xe9`."""
    return os.fsencode(path).decode("utf-8", errors="backslashreplace")


def _matching(folder: Path, pattern: str) -> list[Path]:
    """What has a resource's name, broken links too (a plain name is not globbed, since that passes over them)."""
    named = folder.glob(pattern) if "*" in pattern else [file for file in [folder / pattern] if os.path.lexists(file)]
    return sorted(file for file in named if not file.name.startswith("."))


def _unreadable(file: Path, found: str) -> ContractBroken:
    return ContractBroken(
        "A file of the folder cannot be read.",
        where=_named(str(file)),
        expected="a regular file in the folder that this user may read, under a name in UTF-8",
        found=found,
        do="Put the file itself there, or take the name away.",
    )


def unread(run_input: RunInput, resources: tuple[Resource, ...]) -> list[str]:
    """Files of a folder input that no resource reads, so that nothing is ignored in silence.

    Also those that its index names and the folder lacks.
    """
    if run_input.folder is None:
        return []
    folder = run_input.folder
    read = {file for resource in resources for file in folder.glob(resource.path)}
    at_the_root = (
        file for file in folder.iterdir() if file.name not in NOT_DATA and not file.name.startswith("README")
    )
    named = [*folder.glob("*/**/*"), *at_the_root]
    left = [
        _named(file.relative_to(folder).as_posix())
        for file in named
        if not file.is_dir() and file not in read and not file.name.startswith(".")
    ]
    return sorted(left) + [f"{path} (only named in {INDEX})" for path in _index(folder) if not (folder / path).exists()]
