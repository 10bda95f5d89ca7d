"""What a live run takes: each address asked for, checked, and kept; or its last good snapshot, marked stale.

What belongs here: what happens when an address cannot be had, or serves what cannot be read. What does not: HTTP
(`transport/`), the other inputs (`arrival/origin.py`). Nothing ends in silence: an address gives a fresh snapshot, a
stale one with its age and the cause, or a note that names what is missing.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from pipelines import catalogue
from pipelines.errors import ProductError
from pipelines.notes import Kind, Note, words
from pipelines.sources.arrival import snapshot as snapshots
from pipelines.sources.arrival.doubles import FILE, deduplicate
from pipelines.sources.arrival.intake import PROVENANCE, refuse_undeclared
from pipelines.sources.arrival.snapshot import PUBLISHER
from pipelines.sources.arrival.transport import Received, Transport, kind_of
from pipelines.sources.contract import (
    OBSERVATION_CONTENT,
    ContractBroken,
    DeliveryFault,
    Resource,
    Snapshot,
    SourceUnavailable,
)

INCOMING, REFUSED = ".incoming", "refused"
"""Folders beside the snapshots: bodies on their way, and the latest body of each path that could not be read."""

PAGE = ".page.html"
DAY_SECONDS = 24 * 60 * 60


@dataclass(frozen=True)
class Taken:
    """The snapshots a run reads for one resource, a note for each thing it asked for and has not, and files that came
    and cannot be taken.
    """

    snapshots: list[Snapshot] = field(default_factory=list)
    missing: list[Note] = field(default_factory=list)
    faults: list[DeliveryFault] = field(default_factory=list)


def fetch(resource: Resource, *, root: Path, transport: Transport) -> Taken:
    """Ask the publisher for every address of a resource. Each succeeds, falls back or is missing on its own."""
    _sweep(root / INCOMING)
    addresses = resource.addresses()
    if not addresses:
        return _kept(resource, root)
    asking, taken = _Asking(resource, root, transport), Taken()
    for path, url in addresses:
        last_good = _last_good(root, path)
        try:
            taken.snapshots.append(asking.fresh(path, url, last_good))
        except (SourceUnavailable, ContractBroken) as error:
            if last_good is None:
                taken.missing.append(_not_had(path, error))
            else:
                note = f"stale: {_age(last_good)} old, of {last_good.retrieved_at:%Y-%m-%d}. {error}"
                taken.snapshots.append(replace(last_good, resource=resource.name, is_stale=True, note=note))
    return taken


def _kept(resource: Resource, root: Path) -> Taken:
    """For a resource that has no address: the newest snapshots that folder runs left."""
    found = [kept for path in snapshots.paths(root, PUBLISHER, resource.path) if (kept := _last_good(root, path))]
    if not found:
        return Taken(missing=[Note(Kind.NO_ADDRESS, path=resource.path, url=resource.url)])
    return Taken(
        [
            replace(
                kept,
                resource=resource.name,
                is_carried_over=True,
                note=f"no address of its own; from a folder run of {kept.retrieved_at:%Y-%m-%d}",
            )
            for kept in (found if resource.many else [max(found, key=lambda kept: kept.retrieved_at)])
        ]
    )


def _last_good(root: Path, path: str) -> Snapshot | None:
    kept = snapshots.last_good(root, PUBLISHER, path)
    return kept if kept and not kept.is_modelled else None


@dataclass(frozen=True)
class _Asking:
    """One resource asked for: what is the same for all its addresses."""

    resource: Resource
    root: Path
    transport: Transport

    def fresh(self, path: str, url: str, last_good: Snapshot | None) -> Snapshot:
        """What the publisher serves now, as a snapshot. Raises SourceUnavailable or ContractBroken where unfit."""
        if self.resource.find_file:
            url = self.file_named_by(self.resource.find_file, path + PAGE, url)
        received = self.received(path, url, last_good)
        if isinstance(received, Snapshot):
            return replace(received, resource=self.resource.name)
        if last_good is None or received.sha256 != last_good.sha256:
            _refuse_unread(self.resource, path, received, self.root)
        return _captured(self.resource, path, url, received, self.root)

    def file_named_by(self, find_file: Callable[[bytes], str], path: str, url: str) -> str:
        """The current file's address, read from a page. The page is kept too, so that it comes but once."""
        received = self.received(path, url, _last_good(self.root, path))
        if isinstance(received, Snapshot):
            return find_file(snapshots.read(self.root, received))
        try:
            address = find_file(received.file.read_bytes())
        except ContractBroken:
            _refused(path, received, self.root)
            raise
        _captured(self.resource, path, url, received, self.root)
        return address

    def received(self, path: str, url: str, last_good: Snapshot | None) -> Received | Snapshot:
        """The body of an address, or `last_good` where its bytes are still what the publisher serves."""
        # What a publisher gave to ask with belongs to one address, and is of no use when the bytes are gone.
        known = last_good if last_good and last_good.url == url and snapshots.has_bytes(self.root, last_good) else None
        received = self.transport.fetch(
            url,
            into=self.root / INCOMING,
            kind=kind_of(path),
            hosts=self.resource.hosts,
            etag=known.etag if known else "",
            last_modified=known.last_modified if known else "",
        )
        if received is None and known is None:
            raise SourceUnavailable(f"{url} says that nothing changed, but nothing is in hand.")
        return received or known  # type: ignore[return-value]  # one of them is there


def _captured(resource: Resource, path: str, url: str, received: Received, root: Path) -> Snapshot:
    return snapshots.capture(
        root,
        received.file,
        resource=resource,
        origin=PUBLISHER,
        path=path,
        url=url,
        publisher=resource.publisher,
        licence=resource.licence,
        is_modelled=False,
        etag=received.etag,
        last_modified=received.last_modified,
    )


def _refuse_unread(resource: Resource, path: str, received: Received, root: Path) -> None:
    """Read a new body as staging will; one that it would refuse never becomes a snapshot.

    Raises ContractBroken; the body is kept under `refused/` for whoever looks into it.
    """
    now = datetime.now(UTC)
    would_be = Snapshot(
        resource.name, path, "", received.sha256, received.bytes, now, "", resource.licence, False, PUBLISHER
    )
    try:
        _judge(resource, received.file.read_bytes(), would_be)
    except ContractBroken:
        _refused(path, received, root)
        raise


def _judge(resource: Resource, content: bytes, would_be: Snapshot) -> None:
    parsed, path = resource.parser(content, would_be), would_be.path
    if parsed.rows.is_empty():
        raise ContractBroken(
            "Not one row can be used.",
            where=path,
            expected="at least one row",
            found="; ".join((f"{parsed.rows_in:,} rows, all rejected", *map(words, parsed.notes[:3]))),
            do="Open the address in a browser, and ask the publisher.",
        )
    refuse_undeclared(parsed.rows, would_be)
    said = [name for name in resource.schema if name not in (*resource.key, *PROVENANCE)]
    must_agree = OBSERVATION_CONTENT if resource.is_observation else said
    mine = parsed.rows.with_columns(pl.lit(path).alias(FILE))
    deduplicate(mine, key=resource.key, content=must_agree, where=resource.table).refuse_contradictions()


def _refused(path: str, received: Received, root: Path) -> None:
    """Put a body aside for whoever looks into it; only the latest of each path."""
    kept = root / REFUSED / path
    kept.parent.mkdir(parents=True, exist_ok=True)
    received.file.replace(kept)


def _age(kept: Snapshot) -> str:
    days = (datetime.now(UTC) - kept.retrieved_at).days
    return "1 day" if days == 1 else f"{days} days"


def _not_had(path: str, error: ProductError) -> Note:
    """That a file could not be had, and the indicator that it holds where it is one of Fingertips."""
    found = re.fullmatch(r"fingertips/(\d+)_(\d+)\.csv", path)
    known = catalogue.load().indicator_by_fingertips_id(int(found[1])) if found else None
    note = Note(Kind.NOT_HAD, path=path, cause=str(error))
    return replace(note, indicator=known.slug, label=found[2]) if found and known else note


def _sweep(folder: Path) -> None:
    """Delete bodies that a killed run left half-way, once they are too old to be another run's."""
    for left in folder.glob("*.partial"):
        if time.time() - left.stat().st_mtime > DAY_SECONDS:
            left.unlink(missing_ok=True)
