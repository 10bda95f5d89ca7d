"""Mutations of CSV as text and bytes: encodings, line ends, quotes, cuts and foreign content.

What belongs here: writing a grid as CSV, in order or out of order, and damage to bytes of any kind of file. What does
not: cells and columns (`grid.py`), or the inside of a workbook (`sources/formats/workbook.py`).
"""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from random import Random

from tests.proofs.fuzzing.grid import Grid

BOM = "\ufeff"
PIECES: tuple[bytes, ...] = (
    b"", b"\0", b"\0" * 5000, b'"', b"'", b'"\n', b",", b",,,,,,", b";", b"\t", b"\n", b"\n\n\n", b"\r",
    b"\xef\xbb\xbf", b"\xff\xfe", b"\xff", b"\xc3", b"\xe2\x80", b"\xed\xa0\x80", b"\xf0\x9f\x98\x80", b"\xc2\xa0",
    b"\x1a", b"\x1b[2J",
    b"<html><body>Sorry</body></html>", b"1e400", b"=1+1", b"x" * 70_000,
)  # fmt: skip
"""What is set into the middle of a file."""

ERROR_PAGE = b"\n <!DOCTYPE html>\n<html><head><title>Service unavailable</title></head><body>503</body></html>"


NO_TABLE: tuple[bytes, ...] = (b"", b"\xef\xbb\xbf", b"\n" * 1000, b" ", b"{}", b'"', b"%PDF-1.7")
"""Whole files that hold no table."""


@dataclass(frozen=True)
class Style:
    """How CSV is written; every combination of these is still in order."""

    quote_all: bool = False
    bom: bool = False
    line_end: str = "\n"
    ends_with_line_end: bool = True


def a_style(random: Random, usual: Style) -> Style:
    """The file's usual style, or another that publishers use."""
    if random.random() < 0.7:
        return usual
    return Style(
        random.random() < 0.5, random.random() < 0.5, random.choice(("\n", "\r\n", "\r")), random.random() < 0.8
    )


def write(grid: Grid, style: Style) -> bytes:
    """The grid as UTF-8 CSV, quoted where it must be."""

    # Not csv.writer: with CR line ends it leaves a cell with a line feed unquoted.
    def cell(text: str) -> str:
        doubled = text.replace('"', '""')
        return f'"{doubled}"' if style.quote_all or doubled != text or {*text} & {",", "\r", "\n"} else text

    text = "".join(",".join(map(cell, row)) + style.line_end for row in grid.rows)
    if not style.ends_with_line_end:
        text = text.removesuffix(style.line_end)
    return ((BOM if style.bom else "") + text).encode("utf-8", errors="surrogatepass")


def write_out_of_order(random: Random, grid: Grid) -> bytes:
    """The grid as text that is not quite CSV or not UTF-8."""
    delimiter = random.choice((",", ",", ";", "\t", "|", ", "))
    line_end = random.choice(("\n", "\r\n", "\r", "\n\r", "\r\r\n", "\n\n", "\u2028"))
    lines = [delimiter.join(row) for row in grid.rows]  # cells that need quotes have none
    if random.random() < 0.3:
        lines = [f'"{line}"' for line in lines]
    if random.random() < 0.2:
        lines.insert(random.randrange(len(lines) + 1), BOM)
    encoding = random.choice(("utf-8", "utf-8", "utf-16", "utf-16-le", "utf-32", "cp1252", "latin-1", "utf-7"))
    return line_end.join(lines).encode(encoding, errors="replace")


def damage(random: Random, content: bytes) -> bytes:
    """One piece of damage to bytes: flips, cuts, pieces set in or doubled, packed, or quite another content."""
    at = random.randrange(len(content) + 1)
    to = min(len(content), at + random.choice((1, 1, 8, 100, 5000)))
    before, after = content[:at], content[at:]
    return random.choice(
        (
            lambda: _flipped(random, content),
            lambda: _flipped(random, content),
            lambda: before,
            lambda: before,
            lambda: after,
            lambda: before + random.choice(PIECES) + after,
            lambda: before + random.choice(PIECES) + after,
            lambda: before + random.choice(PIECES) + after,
            lambda: before + content[to:],
            lambda: content[:to] + after,
            lambda: random.choice((ERROR_PAGE + content, before + ERROR_PAGE, ERROR_PAGE)),
            lambda: random.choice((gzip.compress(content, mtime=0), content + content, b"\xef\xbb\xbf" * 3 + content)),
            lambda: random.choice((*NO_TABLE, random.randbytes(2000))),
        )
    )()


def _flipped(random: Random, content: bytes) -> bytes:
    changed = bytearray(content)
    for _ in range(random.choice((1, 2, 10, 200)) if content else 0):
        changed[random.randrange(len(content))] = random.randrange(256)
    return bytes(changed)
