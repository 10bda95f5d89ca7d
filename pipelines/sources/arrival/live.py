"""What a live run takes: each file asked for, checked, and kept; or its last good snapshot, marked stale.

What belongs here: which way to a file is taken, and what happens when none leads to a file that can be read. What does
not: HTTP (`transport/`), how one way asks (`sources/access/`, through `fetcher.py`), the other inputs (`origin.py`).
Nothing ends in silence: a file gives a fresh snapshot, a stale one with its age and the cause, or a note that names
what is missing.
"""

from __future__ import annotations

import re
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from pipelines import catalogue
from pipelines.errors import ProductError
from pipelines.notes import Kind, Note, words
from pipelines.sources.arrival import snapshot as snapshots
from pipelines.sources.arrival.doubles import FILE, deduplicate
from pipelines.sources.arrival.fetcher import INCOMING, PathFetcher, capture, last_good, put_aside
from pipelines.sources.arrival.intake import PROVENANCE, refuse_undeclared
from pipelines.sources.arrival.snapshot import PUBLISHER
from pipelines.sources.arrival.transport import Transport
from pipelines.sources.contract import (
    OBSERVATION_CONTENT,
    Access,
    ContractBroken,
    DeliveryFault,
    HostSilent,
    Received,
    Resource,
    Snapshot,
    SourceUnavailable,
    silent_host,
)

DAY_SECONDS = 24 * 60 * 60


@dataclass(frozen=True)
class Taken:
    """The snapshots a run reads for one resource, a note for each file that is missing, stale or came otherwise, and
    files that came and cannot be taken.
    """

    snapshots: list[Snapshot] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    faults: list[DeliveryFault] = field(default_factory=list)


def fetch(resource: Resource, *, root: Path, transport: Transport, but: Collection[str] = ()) -> Taken:
    """Ask the publisher for every file of a resource but those of some paths.

    Each succeeds, falls back or is missing on its own.
    """
    _sweep(root / INCOMING)
    wanted = resource.files()
    if not wanted:
        return _carried_over(resource, root)
    taken = Taken()
    for path, ways in [one for one in wanted if one[0] not in but]:
        held = last_good(root, path)
        try:
            kept, notes = _first_fit(PathFetcher(resource, path, root, transport), ways, held)
        except (SourceUnavailable, ContractBroken) as error:
            host = silent_host(error)
            if held is None:
                taken.notes.append(replace(_not_had(path, error), host=host))
                continue
            note = f"{_age(held)} old, of {held.retrieved_at:%Y-%m-%d}. {error}"
            taken.notes.append(Note(Kind.STALE, path=path, cause=note, day=f"{held.retrieved_at:%Y-%m-%d}", host=host))
            taken.snapshots.append(replace(held, resource=resource.name, is_stale=True, note=note))
        else:
            taken.snapshots.append(kept)
            taken.notes.extend(notes)
    return taken


def _carried_over(resource: Resource, root: Path) -> Taken:
    """For a resource that has no address: the newest snapshots that folder runs left."""
    found = [kept for path in snapshots.paths(root, PUBLISHER, resource.path) if (kept := last_good(root, path))]
    if not found:
        return Taken(notes=[Note(Kind.NO_ADDRESS, path=resource.path, url=resource.url)])
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


def _first_fit(fetcher: PathFetcher, ways: Sequence[Access], held: Snapshot | None) -> tuple[Snapshot, list[Note]]:
    """What the first way that leads to a fit file gives, and notes. Raises what the only way raised, or all causes."""
    failed: list[ProductError] = []
    notes: list[Note] = []
    for way in ways:
        try:
            kept, found = _taken(fetcher, way, held)
        except (SourceUnavailable, ContractBroken) as error:
            said = Note(Kind.OTHER_WAY, path=fetcher.path, url=way.url, cause=str(error), host=silent_host(error))
            notes.append(said)
            failed.append(error)
        else:
            return kept, [*notes, *found]
    silent = [error for error in failed if isinstance(error, HostSilent)]
    if len(failed) == 1:
        raise failed[0]
    causes = " Then: ".join(map(str, failed))
    if len(silent) == len(failed):
        raise HostSilent(causes, host=silent[0].host, cause=silent[0].cause)
    raise SourceUnavailable(causes)


def _taken(fetcher: PathFetcher, way: Access, held: Snapshot | None) -> tuple[Snapshot, tuple[Note, ...]]:
    """What one way gives now, as a snapshot. Raises SourceUnavailable or ContractBroken where it is unfit."""
    resource, path, root = fetcher.resource, fetcher.path, fetcher.root
    fetched = way.fetch(fetcher)
    received = fetched.received
    if received is None:
        if held is None:
            raise SourceUnavailable(f"{fetched.url} says that nothing changed, but nothing is in hand.")
        return replace(held, resource=resource.name, note=fetched.remark), fetched.notes
    if held is None or received.sha256 != held.sha256:
        _refuse_unread(resource, path, fetched.url, received, root)
    return capture(resource, path, fetched.url, received, root=root, remark=fetched.remark), fetched.notes


def _refuse_unread(resource: Resource, path: str, url: str, received: Received, root: Path) -> None:
    """Read a new body as staging will; one that it would refuse never becomes a snapshot.

    Raises ContractBroken; the body is kept under `refused/` for whoever looks into it.
    """
    now = datetime.now(UTC)
    would_be = Snapshot(
        resource.name, path, url, received.sha256, received.bytes, now, "", resource.licence, False, PUBLISHER
    )
    try:
        _judge(resource, received.file.read_bytes(), would_be)
    except ContractBroken:
        put_aside(root, path, received)
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
