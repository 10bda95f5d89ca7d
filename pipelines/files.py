"""Files of our own: written so that no reader ever sees half of one, and hashed.

What belongs here: replacing one file atomically, the sha256 of its bytes, and knowing that a disk is full, whoever says
so. What does not: what a file holds.
"""

from __future__ import annotations

import errno
import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

from pipelines.errors import ProductError

NO_ROOM = (errno.ENOSPC, errno.EDQUOT)
SAYS_NO_ROOM = ("No space left on device", "disk is full")
"""How DuckDB, Polars and SQLite say it."""
LONGEST_PATH = 160


class DiskFull(ProductError):
    """There was no room for what was to be written."""


def disk_full(error: BaseException) -> DiskFull | None:
    """That the disk is full, where this error or what caused it says so; None where something else is wrong."""
    for link in causes(error):
        by_system = isinstance(link, OSError) and link.errno in NO_ROOM
        if by_system or any(words in str(link) for words in SAYS_NO_ROOM):
            where = f" ({short_path(link.filename)})" if isinstance(link, OSError) and link.filename else ""
            return DiskFull(f"The disk is full{where}.", do="make room and run again.")
    return None


def causes(error: BaseException) -> Iterator[BaseException]:
    """An error and what caused it, near to far."""
    link: BaseException | None = error
    seen: set[int] = set()
    while link is not None and id(link) not in seen:
        seen.add(id(link))
        yield link
        link = link.__cause__


def short_path(path: object) -> str:
    """A path that fits into a sentence."""
    text = str(path)
    return text if len(text) <= LONGEST_PATH else f"{text[:100]}...{text[-40:]}"


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file so that a reader sees the old one or the whole new one, also after a crash."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.partial")
    with partial.open("wb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())
    partial.replace(path)


def sha256_of(file: Path) -> str:
    """The sha256 of a file's bytes."""
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
