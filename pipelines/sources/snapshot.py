"""Bytes exactly as received, kept for ever, each with a sidecar that says where and when they came from.

What belongs here: writing, finding and reading snapshots. What does not: fetching (`transport.py`, `origin.py`) or
reading a layout (the parsers). A snapshot is never overwritten; the same bytes again make no new snapshot.

Layout: `<snapshots>/<origin>/<path>/<retrieved_at>_<first 12 of sha256><extension>` beside the same name with `.json`.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import asdict, replace
from datetime import UTC, date, datetime
from pathlib import Path

from pipelines.sources.contract import ContractBroken, Resource, Snapshot

STAMP = "%Y%m%dT%H%M%S%fZ"


def _folder(root: Path, origin: str, path: str) -> Path:
    return root / origin / path


def _file(root: Path, snapshot: Snapshot) -> Path:
    name = f"{snapshot.retrieved_at.strftime(STAMP)}_{snapshot.sha256[:12]}{Path(snapshot.path).suffix}"
    return _folder(root, snapshot.origin, snapshot.path) / name


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file so that a reader sees the old one or the whole new one, also after a crash."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.partial")
    with partial.open("wb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())
    partial.replace(path)


def _load(sidecar: Path) -> Snapshot:
    fields = json.loads(sidecar.read_text(encoding="utf-8"))
    fields["retrieved_at"] = datetime.fromisoformat(fields["retrieved_at"])
    return Snapshot(**fields)


def history(root: Path, origin: str, path: str) -> list[Snapshot]:
    """Every snapshot of one path, oldest first. A file without sidecar (a crash between the two) is no snapshot."""
    folder = _folder(root, origin, path)
    # The path's own extension comes first, so that bytes which are JSON are not taken for a sidecar.
    sidecars = sorted(folder.glob(f"*{Path(path).suffix}.json")) if folder.is_dir() else []
    return [_load(sidecar) for sidecar in sidecars]


def newest(root: Path, origin: str, path: str, *, as_of: date | None = None) -> Snapshot | None:
    """The newest snapshot of a path, on or before the day `as_of` (UTC) when given; None where there is none."""
    kept = [s for s in history(root, origin, path) if as_of is None or s.retrieved_at.date() <= as_of]
    return kept[-1] if kept else None


def paths(root: Path, origin: str, pattern: str) -> list[str]:
    """The input paths under an origin that match a resource's path or glob and have a snapshot."""
    base = root / origin
    return sorted({sidecar.parent.relative_to(base).as_posix() for sidecar in base.glob(f"{pattern}/*.json")})


def capture(
    root: Path,
    content: bytes,
    *,
    resource: Resource,
    origin: str,
    path: str,
    url: str,
    publisher: str,
    licence: str,
    is_modelled: bool,
    note: str = "",
) -> Snapshot:
    """Keep bytes as a snapshot, or return the newest one of this path when it holds the same bytes.

    What is said of the same bytes now (address, licence, modelled or not) holds for this run; the sidecar stays as it
    was written.

    Raises ContractBroken when there are no bytes: an empty file is never kept as if it were data.
    """
    if not content:
        raise ContractBroken(
            "A file is empty.",
            where=path,
            expected=f"{resource.description} ({resource.publisher})",
            found="0 bytes",
            action="Fetch the file again; the last good release stays published.",
        )
    digest = hashlib.sha256(content).hexdigest()
    latest = newest(root, origin, path)
    if latest and latest.sha256 == digest:
        return replace(
            latest,
            resource=resource.name,
            url=url,
            publisher=publisher,
            licence=licence,
            is_modelled=is_modelled,
            note=note,
        )
    snapshot = Snapshot(
        resource=resource.name,
        path=path,
        url=url,
        sha256=digest,
        bytes=len(content),
        retrieved_at=datetime.now(UTC),
        publisher=publisher,
        licence=licence,
        is_modelled=is_modelled,
        origin=origin,
        note=note,
    )
    target = _file(root, snapshot)
    write_atomically(target, content)
    target.chmod(0o444)
    fields = asdict(snapshot) | {"retrieved_at": snapshot.retrieved_at.isoformat()}
    write_atomically(target.with_suffix(target.suffix + ".json"), json.dumps(fields, indent=2).encode())
    return snapshot


def read(root: Path, snapshot: Snapshot) -> bytes:
    """The bytes of a snapshot. Raises ContractBroken when the file on disk no longer has the hash in its sidecar."""
    file = _file(root, snapshot)
    content = file.read_bytes() if file.is_file() else b""
    if hashlib.sha256(content).hexdigest() != snapshot.sha256:
        raise ContractBroken(
            "A snapshot changed on disk.",
            where=str(file),
            expected=f"sha256 {snapshot.sha256}",
            found=f"sha256 {hashlib.sha256(content).hexdigest()} of {len(content)} bytes",
            action="Delete this file and its .json, then run again to fetch it anew.",
        )
    return content
