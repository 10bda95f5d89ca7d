"""The rows of a published CSV with the standard library: what each is about, as published, and its value.

What belongs here: the two layouts. What does not: what became of a row (`release.py`).
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

HEADERS = {
    "fingertips": {
        "indicator": "indicatorid", "area": "areacode", "period": "timeperiod", "sex": "sex", "age": "age",
        "category_type": "categorytype", "category": "category", "value": "value",
    },
    "ons": {"indicator": "indicator", "area": "areacd", "period": "period", "value": "observation"},
}  # fmt: skip
"""By the folder of a file: our words for its columns, and their headers without spaces, case and marks."""


@dataclass(frozen=True)
class Row:
    """One row as published. `line` is where it begins; `value` is the text of its cell."""

    sha256: str
    line: int
    indicator: str
    area: str
    period: str
    sex: str
    age: str
    category: str
    value: str


def files_of(folder: Path) -> list[Path]:
    """The CSV files of a folder whose layout is known here."""
    return [*sorted(folder.glob("fingertips/*.csv")), *sorted(folder.glob("ons/explore_local_statistics_*.csv"))]


def rows_of(file: Path) -> Iterator[Row]:
    """Every row of a file that is not blank."""
    content = file.read_bytes()
    sha256 = hashlib.sha256(content).hexdigest()
    # The product counts lines whatever they end with.
    text = content.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    reader = csv.reader(io.StringIO(text, newline=""))
    headers = [re.sub(r"[^a-z0-9]", "", header.lower()) for header in next(reader)]
    places = {ours: headers.index(theirs) for ours, theirs in HEADERS[file.parent.name].items()}
    before = reader.line_num
    for cells in reader:
        line, before = before + 1, reader.line_num
        if not any(cell.strip() for cell in cells):
            continue
        said = {ours: cells[place].strip() if place < len(cells) else "" for ours, place in places.items()}
        said.pop("category_type", None)
        yield Row(sha256, line, **{"sex": "", "age": "", "category": "", **said})


def number(text: str) -> float | None:
    """A cell as a number; None where it is empty or a marker."""
    try:
        return float(text.replace(",", ""))
    except ValueError:
        return None
