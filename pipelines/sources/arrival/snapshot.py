"""Bytes exactly as received, kept for ever, each with a sidecar that says where and when they came from.

What belongs here: writing, finding and reading snapshots. What does not: fetching (`transport/`, `arrival/live.py`) or
reading a layout (the parsers). A snapshot is never overwritten; the same bytes again make no new snapshot.

Layout: `<snapshots>/<origin>/<path>/<retrieved_at>_<first 12 of sha256><extension>` beside the same name with `.json`.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, replace
from datetime import UTC, date, datetime
from itertools import accumulate
from pathlib import Path

from pipelines.files import write_atomically
from pipelines.sources.contract import ContractBroken, Resource, Snapshot

STAMP = "%Y%m%dT%H%M%S%fZ"
MODELLED, PUBLISHER = "modelled", "publisher"
"""The two origins, which never mix."""
HELD, ACCEPTED = ".held_back", ".accepted"
"""What stands beside the bytes of a delivery that a run held back, and of one that a person let in after all."""


def _folder(root: Path, origin: str, path: str) -> Path:
    return root / origin / path


def file_of(root: Path, snapshot: Snapshot) -> Path:
    """Where the bytes of a snapshot lie."""
    name = f"{snapshot.retrieved_at.strftime(STAMP)}_{snapshot.sha256[:12]}{Path(snapshot.path).suffix}"
    return _folder(root, snapshot.origin, snapshot.path) / name


def _load(sidecar: Path) -> Snapshot:
    fields = json.loads(sidecar.read_text(encoding="utf-8"))
    fields["retrieved_at"] = datetime.fromisoformat(fields["retrieved_at"])
    return Snapshot(**fields)


def history(root: Path, origin: str, path: str) -> list[Snapshot]:
    """Every snapshot of one path, oldest first. A file without sidecar (a crash between the two) is no snapshot."""
    folder = _folder(root, origin, path)
    # The path's own extension comes first, so that bytes which are JSON are not taken for a sidecar.
    sidecars = sorted(folder.glob(f"*{Path(path).suffix}.json")) if folder.is_dir() else []
    try:
        return sorted((_load(sidecar) for sidecar in sidecars), key=lambda kept: (kept.number, kept.retrieved_at))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ContractBroken(
            "What was noted of a snapshot cannot be read.",
            where=str(folder),
            expected="a whole sidecar (.json) beside every file",
            found=str(error).partition("\n")[0],
            do="Run `inequality verify --repair`, which moves the damaged snapshot aside; then run again.",
        ) from error


def sidecars(root: Path) -> list[Path]:
    """Every sidecar of both origins, with or without its bytes."""
    found = [file for origin in (MODELLED, PUBLISHER) for file in (root / origin).rglob("*.json") if file.is_file()]
    return sorted(file for file in found if file.name.endswith(f"{Path(file.parent.name).suffix}.json"))


def fault_of(sidecar: Path) -> str | None:
    """What is wrong with the snapshot of a sidecar, its bytes hashed again; None where nothing is."""
    file = sidecar.with_suffix("")
    try:
        said = _load(sidecar)
        expected = file_of(Path(), said).name
    except (ValueError, KeyError, TypeError, AttributeError, OSError):
        return "its sidecar (.json) cannot be read"
    if expected != file.name:
        return f"its sidecar (.json) speaks of {expected}"
    if not file.is_file():
        return "its bytes are gone; only the sidecar is left"
    digest, _ = _digest(file)
    return None if digest == said.sha256 else f"sha256 is {digest[:12]}, was {said.sha256[:12]} when it was taken"


def known_by(root: Path, origin: str, path: str, as_of: date | None = None) -> list[Snapshot]:
    """The snapshots of a path that were taken on or before the day `as_of` (UTC) when given, oldest first.

    One that a clock dates later than a snapshot after it was taken no later than that.
    """
    kept = history(root, origin, path)
    if as_of is None:
        return kept
    days = list(accumulate((one.retrieved_at.date() for one in reversed(kept)), min))[::-1]
    return [one for one, day in zip(kept, days, strict=True) if day <= as_of]


def newest(root: Path, origin: str, path: str, *, as_of: date | None = None) -> Snapshot | None:
    """The newest snapshot of a path, on or before the day `as_of` (UTC) when given; None where there is none."""
    kept = known_by(root, origin, path, as_of)
    return kept[-1] if kept else None


def returned_from(root: Path, snapshot: Snapshot) -> Snapshot | None:
    """The earlier snapshot of which a snapshot has the bytes again, after others; None where it is no return."""
    earlier = [one for one in history(root, snapshot.origin, snapshot.path) if one.number < snapshot.number]
    others = [place for place, one in enumerate(earlier) if one.sha256 != snapshot.sha256]
    alike = [one for one in earlier[: others[-1]] if one.sha256 == snapshot.sha256] if others else []
    return alike[-1] if alike else None


def last_good(root: Path, origin: str, path: str, *, as_of: date | None = None) -> Snapshot | None:
    """The newest snapshot of a path that no run holds back, on or before the day `as_of`; None where there is none."""
    kept = known_by(root, origin, path, as_of)
    return next((one for one in reversed(kept) if not is_held_back(root, one)), None)


def is_held_back(root: Path, snapshot: Snapshot) -> bool:
    """Whether a run held this delivery back and nobody let it in since."""
    # The same bytes may have come again after others: what was said of them holds for each time they came.
    held, accepted = (
        any(file_of(root, snapshot).parent.glob(f"*_{snapshot.sha256[:12]}*{kind}")) for kind in (HELD, ACCEPTED)
    )
    return held and not accepted


def paths(root: Path, origin: str, pattern: str) -> list[str]:
    """The input paths under an origin that match a resource's path or glob and have a snapshot."""
    base = root / origin
    return sorted({sidecar.parent.relative_to(base).as_posix() for sidecar in base.glob(f"{pattern}/*.json")})


def has_bytes(root: Path, snapshot: Snapshot) -> bool:
    """Whether the snapshot's bytes are still there, by their number; `read` checks them by their hash."""
    file = file_of(root, snapshot)
    return file.is_file() and file.stat().st_size == snapshot.bytes


def capture(
    root: Path,
    content: bytes | Path,
    *,
    resource: Resource,
    origin: str,
    path: str,
    url: str,
    publisher: str,
    licence: str,
    is_modelled: bool,
    note: str = "",
    etag: str = "",
    last_modified: str = "",
) -> Snapshot:
    """Keep bytes as a snapshot, or return the newest one of this path when it holds the same bytes.

    `content` is bytes, or a file on the disk of `root` that is moved (it is gone afterwards either way). What is said
    of the same bytes now (address, licence, modelled or not) holds for this run; the sidecar stays as it was written,
    but for what the publisher gave to ask with next time and the address that this belongs to.

    Raises ContractBroken when there are no bytes: an empty file is never kept as if it were data.
    """
    digest, size = _digest(content)
    if not size:
        raise ContractBroken(
            "A file is empty.",
            where=path,
            expected=f"{resource.description} ({resource.publisher})",
            found="0 bytes",
            do="Fetch the file again; the last good release stays published.",
        )
    latest, now = newest(root, origin, path), datetime.now(UTC)
    # A snapshot of a day that has not been yet was dated by a wrong clock: the bytes are taken once more, under the day
    # on which they are surely known.
    if latest and latest.sha256 == digest and has_bytes(root, latest) and latest.retrieved_at <= now:
        if isinstance(content, Path):
            content.unlink()
        if (etag or last_modified) and (latest.url, latest.etag, latest.last_modified) != (url, etag, last_modified):
            latest = replace(latest, url=url, etag=etag, last_modified=last_modified)
            _write_sidecar(root, latest)
        said = {"url": url, "publisher": publisher, "licence": licence, "is_modelled": is_modelled, "note": note}
        return replace(latest, resource=resource.name, **said)  # type: ignore[arg-type]
    snapshot = Snapshot(
        resource=resource.name,
        path=path,
        url=url,
        sha256=digest,
        bytes=size,
        retrieved_at=now,
        publisher=publisher,
        licence=licence,
        is_modelled=is_modelled,
        origin=origin,
        note=note,
        etag=etag,
        last_modified=last_modified,
        number=latest.number + 1 if latest else 1,
    )
    target = file_of(root, snapshot)
    if isinstance(content, Path):
        target.parent.mkdir(parents=True, exist_ok=True)
        content.replace(target)
    else:
        write_atomically(target, content)
    target.chmod(0o444)
    _write_sidecar(root, snapshot)
    return snapshot


def _digest(content: bytes | Path) -> tuple[str, int]:
    if isinstance(content, bytes):
        return hashlib.sha256(content).hexdigest(), len(content)
    with content.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest(), content.stat().st_size


def _write_sidecar(root: Path, snapshot: Snapshot) -> None:
    """Written last, so that bytes without a sidecar are no snapshot."""
    file = file_of(root, snapshot)
    fields = asdict(snapshot) | {"retrieved_at": snapshot.retrieved_at.isoformat()}
    write_atomically(file.with_suffix(file.suffix + ".json"), json.dumps(fields, indent=2).encode())


def read(root: Path, snapshot: Snapshot) -> bytes:
    """The bytes of a snapshot. Raises ContractBroken when the file on disk no longer has the hash in its sidecar."""
    file = file_of(root, snapshot)
    content = file.read_bytes() if file.is_file() else b""
    if hashlib.sha256(content).hexdigest() != snapshot.sha256:
        raise ContractBroken(
            "A snapshot changed on disk.",
            where=str(file),
            expected=f"sha256 {snapshot.sha256}",
            found=f"sha256 {hashlib.sha256(content).hexdigest()} of {len(content)} bytes",
            do="Say `inequality verify --repair`, which moves it aside, then run again to fetch it anew.",
        )
    return content
