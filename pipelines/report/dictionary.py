"""The page of the data dictionary: every table that the current release offers, what one row is, and each column.

What belongs here: what the page shows, where it lies, and when it is written. What does not: what a column means
(`sql/columns.toml`; a release holds it as comments), or how the page looks (`templates/dictionary.html.j2`). Nothing in
it changes from one release to the next but the tables themselves, so most nights leave the file as it is.
"""

from __future__ import annotations

from itertools import groupby
from pathlib import Path

from pipelines.files import write_atomically
from pipelines.release.query import Dictionary, NoRelease, dictionary
from pipelines.report.template import render

PAGE = Path("report") / "dictionary.html"
LAYERS = {
    "published": ("Published tables", "What analysts read; names stay, and a change is in the change log."),
    "meta": ("About the release", "Where figures come from, what was checked, and what changed."),
    "core": ("Core tables", "What the published tables are made from: places, populations, figures and groups."),
    "history": ("History", "What earlier releases said; read it through the functions."),
}
"""Title and meaning of each schema, in the order of the page."""


def page_of(known: Dictionary) -> bytes:
    """The page, whole."""
    layers = [
        {"name": layer, "title": LAYERS[layer][0], "about": LAYERS[layer][1], "tables": list(tables)}
        for layer, tables in groupby(known.tables, key=lambda table: table.layer)
    ]
    return render("dictionary.html.j2", layers=layers, functions=known.functions)


def write_page(warehouse: Path) -> bool:
    """Write the page of the current release where it says something new. Returns whether it did."""
    try:
        content = page_of(dictionary(warehouse))
    except NoRelease:
        return False
    file = warehouse / PAGE
    if file.is_file() and file.read_bytes() == content:
        return False
    write_atomically(file, content)
    return True


def anchor_of(table: str) -> str:
    """Where on the page a table stands, empty for one that the page does not show."""
    return table if table.partition(".")[0] in LAYERS else ""
