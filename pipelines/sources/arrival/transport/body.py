"""A body on its way to disk: unpacked, counted, hashed and judged piece by piece.

What belongs here: what must hold while bytes stream. What does not: whether to ask again (`client.py`).
"""

from __future__ import annotations

import hashlib
import os
import uuid
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import requests

from pipelines.sources.arrival.transport.answer import HEAD, Passing, refuse_start
from pipelines.sources.contract import Received, SourceUnavailable

PIECE = 1 << 16


@dataclass(frozen=True)
class Limits:
    """How big a body may be once unpacked, in bytes, and whether its time is up."""

    most_bytes: int
    is_late: Callable[[], bool]

    def judge(self, size: int) -> None:
        """Raise SourceUnavailable when a body has grown too big or taken too long."""
        if size > self.most_bytes:
            raise SourceUnavailable(f"it sent more than {self.most_bytes:,} bytes")
        if self.is_late():
            raise SourceUnavailable(f"it took too long: {size:,} bytes had come when the time was up")


def keep(answer: requests.Response, into: Path, kind: str, limits: Limits) -> Received:
    """Write a body to a new file of the folder `into` as it comes. Raises SourceUnavailable and leaves no file when it
    is empty, too big, too slow or not of `kind`; Passing when its packing is damaged.
    """
    file = into / f"{uuid.uuid4().hex}.partial"
    digest, size, head = hashlib.sha256(), 0, b""
    try:
        with file.open("xb") as out:
            for piece in unpacked(_pieces(answer), answer.headers.get("Content-Encoding")):
                size += len(piece)
                limits.judge(size)
                head += piece[: HEAD - len(head)]
                digest.update(piece)
                out.write(piece)
            _refuse_empty(size)
            refuse_start(kind, head)
            out.flush()
            os.fsync(out.fileno())
    except BaseException:
        file.unlink(missing_ok=True)
        raise
    etag, last_modified = answer.headers.get("ETag", ""), answer.headers.get("Last-Modified", "")
    return Received(file, digest.hexdigest(), size, etag, last_modified)


def unpacked(pieces: Iterator[bytes], encoding: str | None) -> Iterator[bytes]:
    """A body's pieces with gzip undone, never more than PIECE bytes at a time however well they were packed.

    Raises SourceUnavailable for an encoding that was not asked for, Passing when the packing is damaged or cut short.
    """
    said = (encoding or "identity").strip().lower()
    if said == "identity":
        yield from pieces
        return
    if said not in ("gzip", "x-gzip"):
        raise SourceUnavailable(f"it sent the encoding {said}; expected gzip or none")
    unpack, untouched = zlib.decompressobj(wbits=31), True
    try:
        for piece in pieces:
            rest = piece
            while rest:
                if unpack.eof:  # a gzip body may have several members
                    unpack = zlib.decompressobj(wbits=31)
                yield unpack.decompress(rest, PIECE)
                rest, untouched = unpack.unconsumed_tail or unpack.unused_data, False
        yield unpack.flush()
    except zlib.error as error:
        raise Passing(f"its gzip body is damaged ({error})") from error
    if not unpack.eof and not untouched:
        raise Passing("its gzip body is cut short")


def _refuse_empty(size: int) -> None:
    if not size:
        raise SourceUnavailable("it answered 200 with an empty body")


def _pieces(answer: requests.Response) -> Iterator[bytes]:
    # read1 returns after each receive, so that the total time limit holds also for a publisher that drips. It gives
    # the bytes as they came: unpacking is ours, so that a bomb is seen and a cut-off gzip is not taken for whole.
    while piece := answer.raw.read1(PIECE, decode_content=False):
        yield piece
