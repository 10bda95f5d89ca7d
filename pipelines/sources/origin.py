"""Where a run's input comes from: the embedded sample, a folder, or the publishers.

What belongs here: turning `--from` into snapshots, the same way for all three, so that nothing downstream knows.
What does not: asking the publishers (`live.py`), how a snapshot lies on disk (`snapshot.py`).
"""

from __future__ import annotations

import csv
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from pipelines.sources import live, transport
from pipelines.sources import snapshot as snapshots
from pipelines.sources.contract import ContractBroken, Resource, Snapshot, SourceUnavailable
from pipelines.sources.live import Taken

MODELLED, PUBLISHER = snapshots.MODELLED, snapshots.PUBLISHER
INDEX = "index.csv"


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

    Raises SourceUnavailable when it is a folder that is not there or holds no source folder.
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
    with file.open(encoding="utf-8-sig", newline="") as lines:
        return {row["path"]: row for row in csv.DictReader(lines) if row.get("path")}


def _is_modelled(said: dict[str, str]) -> bool:
    # A spreadsheet that saves the index writes TRUE.
    return (said.get("is_modelled") or "").strip().lower() == "true"


def fetch(resource: Resource, run_input: RunInput, *, root: Path) -> Taken:
    """Snapshots of one resource for this run, by path, and what of it the input lacks, in sentences.

    Raises SourceUnavailable when the resource is required and cannot be had, ContractBroken when a file is empty
    or two files answer to a resource that is one file.
    """
    missing: list[str] = []
    if run_input.as_of:
        found = [
            replace(kept, resource=resource.name)
            for path in snapshots.paths(root, run_input.origin, resource.path)
            if (kept := snapshots.newest(root, run_input.origin, path, as_of=run_input.as_of))
        ]
    elif run_input.folder:
        found = _from_folder(resource, run_input, run_input.folder, root)
    else:
        taken = live.fetch(resource, root=root, transport=transport.current())
        found, missing = taken.snapshots, taken.missing
    if len(found) > 1 and not resource.many:
        raise ContractBroken(
            f"Several files answer to the resource {resource.name!r}.",
            where=resource.path,
            expected="one file",
            found=", ".join(s.path for s in found),
            action="Keep the one that is meant.",
        )
    if not found and resource.required:
        raise SourceUnavailable(
            f"The resource {resource.name!r} is missing, and no run can do without it: {resource.description}\n"
            f"  where:    {run_input.folder or run_input.kind}\n  expected: {resource.path}\n"
            f"  found:    {' '.join(missing) or 'no such file'}\n"
            f"  do:       put the file there (publisher: {resource.publisher}, {resource.url})."
        )
    if not found and not missing:
        missing = [f"{resource.name}: not in this input ({resource.path}); skipped."]
    return Taken(found, missing)


def _from_folder(resource: Resource, run_input: RunInput, folder: Path, root: Path) -> list[Snapshot]:
    index = _index(folder)
    taken = []
    for file in sorted(folder.glob(resource.path)):
        if not file.is_file() or file.name.startswith("."):
            continue
        if file.stat().st_size > transport.MAX_BYTES:
            raise ContractBroken(
                "A file is too big.",
                where=str(file),
                expected=f"at most {transport.MAX_BYTES:,} bytes",
                found=f"{file.stat().st_size:,} bytes",
                action="Check that this is the right file.",
            )
        path = file.relative_to(folder).as_posix()
        said = index.get(path, {})
        taken.append(
            snapshots.capture(
                root,
                file.read_bytes(),
                resource=resource,
                origin=run_input.origin,
                path=path,
                url=said.get("url") or ("" if _is_modelled(said) else resource.url),
                publisher=said.get("publisher") or resource.publisher,
                licence=said.get("licence") or resource.licence,
                is_modelled=_is_modelled(said),
                note=said.get("note") or "",
            )
        )
    return taken


def unread(run_input: RunInput, resources: tuple[Resource, ...]) -> list[str]:
    """Files of a folder input that no resource reads, so that nothing is ignored in silence."""
    if run_input.folder is None:
        return []
    folder = run_input.folder
    read = {file for resource in resources for file in folder.glob(resource.path)}
    return sorted(
        file.relative_to(folder).as_posix()
        for file in folder.glob("*/**/*")
        if file.is_file() and file not in read and not file.name.startswith(".")
    )
