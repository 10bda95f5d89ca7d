"""How large a workbook becomes once opened, measured before it is opened.

What belongs here: limits, and a count of what a sheet will take. What does not: reading cells (`formats/table.py`).

The library that reads sheets makes room for the whole rectangle from the first cell to the last, and each cell gets its
own copy of a shared text. So a file of a few kB can ask for hundreds of GB, and that ends the process, not the call.
"""

from __future__ import annotations

import html
import io
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from lzma import LZMAError
from typing import IO

from pipelines.sources.contract import ContractBroken

MAX_RATIO, RATIO_MATTERS_FROM = 100, 10_000_000
"""How often its packed size a workbook of more than so many bytes may unpack to; the published ones do 5 to 8 times."""
MAX_COLUMNS = 2_000
MAX_TEXT_BYTES = 100_000_000
"""Bytes of text that cells take from the shared strings, each time they are used."""


@dataclass(frozen=True)
class Limits:
    """Bytes once unpacked, and cells of all sheets' rectangles together: 8 million cells are about 500 MB."""

    unpacked_bytes: int = 400_000_000
    cells: int = 8_000_000


USUAL = Limits()
"""For every workbook that is not known to be larger; the largest of these read so far has 0.2 million cells."""

_CHUNK = 1 << 20
_TAG = re.compile(
    rb"""[<:](?:(row)|c)\b                                        # a row or a cell, with a namespace or without
    (?:\sr="([A-Z]{0,4})(\d{0,9})")?                             # its place, where that comes first
    ((?:[^>"']|"[^"]*"|'[^']*')*)>                               # other attributes, in which a > may stand
    (\s*</)?                                                     # whether it holds nothing
    (?:\s*<(?:\w+:)?v\b[^>]*>\s*(?:<!\[CDATA\[)?\s*(\d{1,9}))?  # the number that it holds""",
    re.VERBOSE,
)
_PLACE = re.compile(rb"""\br\s*=\s*["']([A-Za-z]{0,4})(\d{0,9})""")
_SHARED = re.compile(rb"""\bt\s*=\s*["']s["']""")
_TEXT = re.compile(rb"<(?:\w+:)?si\b.*?</(?:\w+:)?si>", re.DOTALL)
_MARKUP = re.compile(rb"<[^!][^>]*>")
"""What of a shared text is no text: tags, but neither comments nor CDATA, which may hold any amount of it."""
_COUNT = re.compile(rb"""count\s*=\s*["'](\d+)""", re.IGNORECASE)
_UNREADABLE = (zipfile.BadZipFile, ValueError, RuntimeError, EOFError, OSError, zlib.error, struct.error, LZMAError)


def refuse_oversize(content: bytes, where: str, limits: Limits) -> None:
    """Raise ContractBroken for what is not a zip, lies about its sizes, or takes more than the limits once opened."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
        unpacked = sum(member.file_size for member in archive.infolist())
        if unpacked > limits.unpacked_bytes:
            raise _too_big(where, f"at most {limits.unpacked_bytes:,} bytes unpacked", f"{unpacked:,} bytes")
        if unpacked > max(RATIO_MATTERS_FROM, MAX_RATIO * len(content)):
            limit = f"at most {MAX_RATIO} times its {len(content):,} bytes"
            raise _too_big(where, limit, f"{unpacked:,} bytes unpacked")
        # Reading to the end checks each member's declared size, which is all that was believed so far.
        texts: list[int] = []
        for name in filter(_is_texts, archive.namelist()):
            packed_texts = archive.read(name)
            promised = max(map(int, _COUNT.findall(packed_texts)), default=0)
            if promised > limits.cells:  # the reader makes room for as many before it looks for one
                raise _too_big(where, f"at most {limits.cells:,} shared texts", f"{promised:,} promised in {name}")
            texts += [len(_MARKUP.sub(b"", text)) for text in _TEXT.findall(packed_texts)]
        cells = text_bytes = 0
        for name in archive.namelist():
            if not _is_texts(name):
                with archive.open(name) as member:
                    rows, columns, held = _measure(member, texts, limits)
                if columns > MAX_COLUMNS:
                    raise _too_big(where, f"at most {MAX_COLUMNS:,} columns per sheet", f"{columns:,} in {name}")
                cells, text_bytes = cells + rows * columns, text_bytes + held
                if cells > limits.cells:
                    raise _too_big(where, f"at most {limits.cells:,} cells", f"{cells:,} cells up to {name}")
                if text_bytes > MAX_TEXT_BYTES:
                    limit = f"at most {MAX_TEXT_BYTES:,} bytes of text"
                    raise _too_big(where, limit, f"{text_bytes:,} bytes up to {name}")
    except _UNREADABLE as error:
        found = "a zip that is cut short" if content.startswith(b"PK") else f"content that begins {content[:8]!r}"
        raise ContractBroken(
            "This is no workbook.",
            where=where,
            expected="an .xlsx workbook",
            found=found,
            do="Fetch the file again.",
        ) from error


def _is_texts(name: str) -> bool:
    return name.lower().endswith("sharedstrings.xml")


def _measure(member: IO[bytes], texts: list[int], limits: Limits) -> tuple[int, int, int]:
    """Rows and columns of the rectangle of a sheet's filled cells (from A1), and the bytes of their shared texts.

    A cell that is not plainly empty counts as filled, whatever stands in it (comments, for one), and one whose shared
    text cannot be told takes the longest.
    """
    longest = max(texts, default=0)
    rows = columns = text_bytes = filled = 0
    row = column = 0
    for match in _tags(member):
        is_row, letters, number, attributes, nothing, index = match.groups()
        if b"&" in attributes:
            attributes = html.unescape(attributes.decode("latin-1")).encode("latin-1", errors="replace")
        if not letters and not number and (found := _PLACE.search(attributes)):
            letters, number = found.groups()
        if is_row:
            # Without a number a row follows the one before, and a cell its neighbour.
            row, column = int(number) if number else row + 1, 0
            continue
        column = _position(letters) if letters else column + 1
        if nothing or attributes.endswith(b"/"):
            continue
        filled += 1
        at = int(number) if number else row
        rows = max(rows, at)
        columns = max(columns, column)
        if _SHARED.search(attributes):
            place = int(index) if index else len(texts)
            text_bytes += texts[place] if place < len(texts) else longest
        if filled > limits.cells or text_bytes > MAX_TEXT_BYTES:
            break
    return max(rows, -(-filled // max(columns, 1))), columns, text_bytes


def _tags(member: IO[bytes]) -> Iterator[re.Match[bytes]]:
    """Row and cell tags in order, from pieces of the file; a piece ends before its last tag of this kind."""
    rest = b""
    while piece := member.read(_CHUNK):
        text = rest + piece
        end = max(text.rfind(b"<c"), text.rfind(b"<row"), text.rfind(b":c"), text.rfind(b":row"), len(text) - _CHUNK)
        end = max(text.rfind(b"<", 0, end + 1), 0)
        yield from _TAG.finditer(text, 0, end)
        rest = text[end:][-_CHUNK:]
    yield from _TAG.finditer(rest)


@lru_cache(maxsize=MAX_COLUMNS)
def _position(letters: bytes) -> int:
    """The place of a column from 1: A is 1, XFD 16,384."""
    place = 0
    for letter in letters.upper():
        place = place * 26 + letter - 64
    return place


def _too_big(where: str, expected: str, found: str) -> ContractBroken:
    return ContractBroken(
        "The workbook is too big.",
        where=where,
        expected=expected,
        found=found,
        do="Check that it is the right file.",
    )
