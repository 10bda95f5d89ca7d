"""The pages that people open, made from the current release alone: an overview, each indicator, each area.

What belongs here: which pages there are, writing those that say something new, removing those that are no more. What
does not: what a page says (`overview.py`, `indicator_page.py`, `area_page.py`), or reading (`contents.py`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from pipelines.files import write_atomically
from pipelines.release.answer_file import written
from pipelines.report import area_page, indicator_page, overview
from pipelines.report.contents import Contents, contents_of

FOLDER = Path("report")
OTHERS = (
    ("checks.html", "Checks: what was checked, and what came of it"),
    ("revisions.html", "Revisions: what changed with this release"),
    ("dictionary.html", "Data dictionary: what each table and column means"),
)
"""Pages made elsewhere, which the overview leads to where they are."""
OVERVIEW, INDICATORS, AREAS = Path("index.html"), Path("indicator"), Path("area")
SAFE = re.compile(r"[A-Za-z0-9_]+")
"""What may name a file: data never names a path."""


@dataclass(frozen=True)
class Built:
    """How many files the report holds, how many of them were written now, and how many were removed."""

    files: int
    written: int
    removed: int


def build(warehouse: Path, progress: Callable[[int, int], None] | None = None) -> Built:
    """Bring the report up to the current release; `progress` hears of each file. Raises NoRelease."""
    contents, folder = contents_of(warehouse), warehouse / FOLDER
    names, new = set(), 0
    expected = 1 + 2 * contents.indicators.height + contents.areas.height
    for name, content in _files(contents, folder):
        names.add(name)
        file = folder / name
        if not file.is_file() or file.read_bytes() != content:
            write_atomically(file, content)
            new += 1
        if progress:
            progress(len(names), expected)
    gone = [
        file
        for kept in (INDICATORS, AREAS)
        for file in (folder / kept).glob("*")
        if file.relative_to(folder) not in names
    ]
    for file in gone:
        file.unlink()
    return Built(len(names), new, len(gone))


def _files(contents: Contents, folder: Path) -> Iterator[tuple[Path, bytes]]:
    """Every file of the report, one at a time, so that memory does not grow with their number."""
    yield OVERVIEW, overview.page_of(contents, [other for other in OTHERS if (folder / other[0]).is_file()])
    for indicator in contents.indicators.iter_rows(named=True):
        slug = indicator["indicator"]
        if SAFE.fullmatch(slug):
            yield INDICATORS / f"{slug}.html", indicator_page.page_of(contents, indicator)
            yield INDICATORS / f"{slug}.csv", written(indicator_page.totals_of(contents, slug), "csv")
    for area in contents.areas.iter_rows(named=True):
        if SAFE.fullmatch(area["area_code"]):
            yield AREAS / f"{area['area_code']}.html", area_page.page_of(contents, area)
