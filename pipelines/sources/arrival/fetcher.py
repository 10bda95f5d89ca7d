"""What a way of access is given to ask with: addresses of one path, asked over the transport, kept as snapshots.

What belongs here: conditional requests by what is in hand, indexes (pages and lists that name a file), bodies on their
way. What does not: HTTP (`transport/`), which addresses there are (`sources/access/`), or what happens when no way
leads to a file (`arrival/live.py`).
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from pipelines.sources.arrival import snapshot as snapshots
from pipelines.sources.arrival.snapshot import PUBLISHER
from pipelines.sources.arrival.transport import Transport, kind_of
from pipelines.sources.contract import ContractBroken, Received, Resource, Snapshot, SourceUnavailable

INCOMING, REFUSED = ".incoming", "refused"
"""Folders beside the snapshots: bodies on their way, and the latest body of each path that could not be read."""
INDEX = ".page."
"""Between the path of a file and the kind of an index that names it: `ons/x.xlsx.page.json`."""
MOST_OF_AN_ANSWER = 20_000_000
"""Bytes of an answer or index; a page of 2,000 rows has a fiftieth of it."""

T = TypeVar("T")


@dataclass(frozen=True)
class PathFetcher:
    """The file of one path of a resource, asked for in one live run."""

    resource: Resource
    path: str
    root: Path
    transport: Transport

    @property
    def last_good(self) -> Snapshot | None:
        """The newest good snapshot of the path; None where there is none, or its bytes are gone."""
        return self._in_hand(self.path)

    def answer(self, url: str) -> bytes:
        """A small JSON answer that is not kept."""
        received = self.transport.fetch(url, into=self._incoming, kind="json", most_bytes=MOST_OF_AN_ANSWER)
        if received is None:
            raise SourceUnavailable(f"{url} says that nothing changed, but nothing is in hand.")
        content = received.file.read_bytes()
        received.file.unlink()
        return content

    def index(self, url: str, read: Callable[[bytes], T], *, kind: str) -> T:
        """What `read` makes of a page or list. It is kept too, so that it comes but once."""
        path = f"{self.path}{INDEX}{kind}"
        held = self._in_hand(path)
        received = self._conditional(url, held, kind=kind, most_bytes=MOST_OF_AN_ANSWER)
        if received is None and held:
            return read(snapshots.read(self.root, held))
        if received is None:
            raise SourceUnavailable(f"{url} says that nothing changed, but nothing is in hand.")
        try:
            found = read(received.file.read_bytes())
        except ContractBroken:
            put_aside(self.root, path, received)
            raise
        capture(self.resource, path, url, received, root=self.root)
        return found

    def download(self, url: str, *, kind: str = "", hosts: Collection[str] = ()) -> Received | None:
        """The body of an address, or None where `last_good` came from it and is still what it serves."""
        return self._conditional(url, self.last_good, kind=kind or kind_of(self.path), hosts=hosts)

    def keep(self, content: bytes, *, etag: str = "", last_modified: str = "") -> Received:
        """Bytes put together from several answers, or taken out of one, as if they had come in one body."""
        self._incoming.mkdir(parents=True, exist_ok=True)
        file = self._incoming / f"{uuid.uuid4().hex}.partial"
        file.write_bytes(content)
        return Received(file, hashlib.sha256(content).hexdigest(), len(content), etag, last_modified)

    @property
    def _incoming(self) -> Path:
        return self.root / INCOMING

    def _in_hand(self, path: str) -> Snapshot | None:
        kept = last_good(self.root, path)
        return kept if kept and snapshots.has_bytes(self.root, kept) else None

    def _conditional(
        self,
        url: str,
        held: Snapshot | None,
        *,
        kind: str,
        hosts: Collection[str] = (),
        most_bytes: int | None = None,
    ) -> Received | None:
        # What a publisher gave to ask with belongs to one address.
        known = held if held and held.url == url else None
        return self.transport.fetch(
            url.partition("#")[0],
            into=self._incoming,
            kind=kind,
            hosts=hosts,
            etag=known.etag if known else "",
            last_modified=known.last_modified if known else "",
            most_bytes=most_bytes,
        )


def last_good(root: Path, path: str) -> Snapshot | None:
    """The newest snapshot of a path that came from its publisher."""
    kept = snapshots.last_good(root, PUBLISHER, path)
    return kept if kept and not kept.is_modelled else None


def capture(resource: Resource, path: str, url: str, received: Received, *, root: Path, remark: str = "") -> Snapshot:
    """Keep a body that is fit."""
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
        note=remark,
        etag=received.etag,
        last_modified=received.last_modified,
    )


def put_aside(root: Path, path: str, received: Received) -> None:
    """Put a body aside for whoever looks into it; only the latest of each path."""
    kept = root / REFUSED / path
    kept.parent.mkdir(parents=True, exist_ok=True)
    received.file.replace(kept)
