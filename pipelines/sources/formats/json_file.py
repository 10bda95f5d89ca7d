"""Reading a published JSON file: one row per entry, or a rejected row, or a refusal of the whole file.

What belongs here: what all JSON files share: strict JSON, ids, texts, entries counted. What does not: which fields an
entry has (`boundaries.py`, `fingertips/metadata.py`, `fingertips/discovery.py`). JSON has no lines that mean anything:
`source_line` is an entry's 1-based place in the file.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any, Never

import polars as pl

from pipelines.errors import ProductError
from pipelines.sources.contract import REJECTED, ContractBroken, Parsed, Snapshot
from pipelines.sources.formats.table import shown
from pipelines.sources.formats.typed_rows import finish

LARGEST = 64 * 1024 * 1024
"""Bytes. Read as JSON, a file takes several times its size in memory; none that we know has a fifth of this."""


class Unreadable(ProductError):
    """An entry that cannot be read; the message is the reason in the rejected row."""


def read_json(content: bytes, where: str, expected: str) -> Any:
    """The content of a file as JSON. Raises ContractBroken for what is none, is too large, or repeats a key."""
    if len(content) > LARGEST:
        refuse("This file is too large to be read as JSON.", where, f"at most {LARGEST:,} bytes", content)

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) != len(pairs):
            raise ValueError("a key comes twice in one object")
        return found

    def no_number(text: str) -> Never:
        raise ValueError(f"{text} is no number")

    try:
        return json.loads(content.decode("utf-8-sig"), object_pairs_hook=once, parse_constant=no_number)
    except (ValueError, RecursionError) as error:
        kind = "web page" if content.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<") else "text"
        what = f"This is no JSON but a {kind}." if content.strip() else "The file is empty."
        refuse(f"{what} ({shown(str(error))})", where, expected, content)


def read_list(content: bytes, where: str, expected: str, *, what: str) -> list[Any]:
    """The content as a JSON list. Raises ContractBroken, saying that this is not `what`, for anything else or none."""
    found = read_json(content, where, expected)
    if not isinstance(found, list) or not found:
        refuse(f"This is not {what}.", where, expected, content)
    return found


def refuse(what: str, where: str, expected: str, content: bytes) -> Never:
    """Raise ContractBroken for a file as a whole."""
    start = shown(content[:120].decode("utf-8", errors="replace"))
    found = f"{len(content):,} bytes that begin {start}" if content else "0 bytes"
    do = "Fetch it again; if the publisher has changed the layout, mend its parser in pipelines/sources/."
    raise ContractBroken(what, where=where, expected=expected, found=found, do=do)


def whole_number(entry: dict[str, Any], name: str) -> int:
    """An id of an entry. Raises Unreadable for what is none."""
    number = entry.get(name)
    if type(number) is not int or not 0 < number < 1_000_000_000:
        raise Unreadable(f"{name} is no id.")
    return number


def plain_text(found: object, named: str) -> str | None:
    """A text without the space around it; None for null and for nothing but space. Raises Unreadable for no text."""
    if found is None:
        return None
    if not isinstance(found, str):
        raise Unreadable(f"{named} is no text.")
    try:
        found.encode()
    except UnicodeEncodeError as error:
        raise Unreadable(f"{named} holds half a character.") from error
    return found.strip() or None


def settle_entries(
    entries: Iterable[Any],
    read: Callable[[Any], dict[str, object]],
    schema: dict[str, pl.DataType],
    source: str,
    snapshot: Snapshot,
) -> Parsed:
    """Every entry as a typed row, or a rejected one where `read` raises Unreadable.

    Raises ContractBroken when not one can be read.
    """
    rows, rejected, place = [], [], 0
    for place, entry in enumerate(entries, start=1):
        known = {"source": source, "snapshot_sha256": snapshot.sha256, "source_line": place}
        try:
            rows.append({**read(entry), **known})
        except Unreadable as error:
            rejected.append({**known, "reason": str(error), "is_faulty": True, "row_text": as_received(entry)})
    frames = pl.DataFrame(rows, schema=schema), pl.DataFrame(rejected, schema=REJECTED)
    return finish([Parsed(*frames, rows_in=place)], snapshot)


def as_received(entry: Any) -> str:
    """An entry as JSON text."""
    try:
        return json.dumps(entry)
    except RecursionError:
        return "(nested too deep to be shown)"
