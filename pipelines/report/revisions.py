"""The page of what changed with a release: every kind of revision counted, and the largest of each named.

What belongs here: choosing and counting what the page shows, and where it lies. What does not: which difference is
which kind (`changes/revisions.py`), its sentence (`changes/wording.py`), or how the page looks
(`templates/revisions.html.j2`).

`report/revisions/<release id>.html` is written before the release is current; `report/revisions.html` shows the page of
the current one and is put right at each publication.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl

from pipelines.changes.revisions import KINDS
from pipelines.files import write_atomically
from pipelines.release.folder import Release, listed
from pipelines.release.query import REVISIONS
from pipelines.report.template import render
from pipelines.sources.arrival.snapshot import MODELLED

SHOWN = 100
"""Sentences of one kind that the page names; the rest are in `meta.revision`."""
SUBJECTS = {
    "observation": "Published figures",
    "inequality": "Measures of inequality",
    "inequality_change": "Verdicts on change over time",
}


def page(rows: pl.DataFrame, made: Release, before: Release | None) -> bytes:
    """The page of one release, whole."""
    return render(
        "revisions.html.j2",
        made=made,
        before=before,
        is_modelled=made.origin == MODELLED,
        kinds=_kinds(rows),
        shown=SHOWN,
    )


def _kinds(rows: pl.DataFrame) -> list[dict[str, Any]]:
    """What was found of each kind, in the order of the page: counts, and the sentences of its largest rows."""
    by_kind = rows.partition_by("subject", "kind", as_dict=True)
    found = []
    for subject, title in SUBJECTS.items():
        for kind, meaning in KINDS.items():
            of_kind = by_kind.get((subject, kind))
            if of_kind is None:
                continue
            largest = of_kind.sort("most_half_widths_moved", descending=True, nulls_last=True, maintain_order=True)
            found.append(
                {
                    "subject": subject,
                    "kind": kind,
                    "title": title,
                    "meaning": meaning,
                    "cells": of_kind["cells"].sum(),
                    "rows": of_kind.height,
                    "sentences": largest["sentence"].head(SHOWN).to_list(),
                }
            )
    return found


def write_page(warehouse: Path, rows: pl.DataFrame, made: Release, before: Release | None) -> None:
    """Write the page of a release that may become current."""
    write_atomically(_page_of(warehouse, made.release_id), page(rows, made, before))


def show_page(warehouse: Path, release_id: str) -> Path | None:
    """Make `report/revisions.html` the page of this release, and drop pages of ids that are no release now.

    Returns it, or None where the release has no page: an older version made it.
    """
    kept = set(listed(warehouse))
    for file in _page_of(warehouse, release_id).parent.glob("*.html"):
        if file.stem not in kept:
            file.unlink()
    own, shown = _page_of(warehouse, release_id), warehouse / REVISIONS
    if not own.is_file():
        shown.unlink(missing_ok=True)
        return None
    content = own.read_bytes()
    if not shown.is_file() or shown.read_bytes() != content:
        write_atomically(shown, content)
    return shown


def _page_of(warehouse: Path, release_id: str) -> Path:
    return warehouse / REVISIONS.with_suffix("") / f"{release_id}.html"
