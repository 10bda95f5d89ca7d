"""The page of what changed: it is whole, escaped, asks nobody for anything, and shows the current release."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl

from pipelines.changes.revisions import REVISION
from pipelines.changes.wording import with_sentences
from pipelines.release.folder import Release
from pipelines.report import revisions

BEFORE = Release("1", datetime(2026, 3, 1, 12), "a", "1", "sample", "publisher", "local", None)  # noqa: DTZ001
MADE = replace(BEFORE, release_id="2", created_at=datetime(2026, 3, 2, 12), code_version="2")  # noqa: DTZ001
CELL: dict[str, Any] = {
    "subject": "observation",
    "kind": "revised",
    "indicator": "smoking",
    "area_code": "E1",
    "area_type": "district",
    "period": "2019",
    "sex": "persons",
    "age": "18_plus",
    "dimension": "total",
    "scheme": "total",
    "cells": 1,
    "old_value": 14.2,
    "new_value": 13.9,
    "difference": -0.3,
    "half_widths_moved": 0.5,
    "is_modelled": False,
}
TITLES, AREAS = {"smoking": "Smoking"}, {"E1": "Newham"}


def told(**changed: object) -> pl.DataFrame:
    """One row, with its sentence."""
    return with_sentences(pl.DataFrame([CELL | changed], schema=REVISION), TITLES, AREAS)


def shown(rows: pl.DataFrame, made: Release, before: Release | None) -> str:
    return revisions.page(rows, made, before).decode()


def test_the_page_says_what_changed_and_compared_with_what() -> None:
    text = shown(told(), MADE, BEFORE)
    assert "What changed with release 2" in text
    assert "release <code>1</code> of 2026-03-01 12:00 UTC, made by other code" in text
    assert "<li>Smoking in Newham, 2019, 18 plus: 13.9, was 14.2" in text
    assert "Modelled" not in text


def test_the_page_of_modelled_data_says_so_first() -> None:
    text = shown(told(), replace(MADE, origin="modelled"), BEFORE)
    assert text.index("Modelled data, not real") < text.index("Compared with")


def test_a_first_release_and_one_that_changed_nothing_say_so() -> None:
    none = told().clear()
    assert "the first release of its origin" in shown(none, MADE, None)
    assert "No figure, measure or verdict changed." in shown(none, MADE, BEFORE)


def test_what_comes_from_data_is_escaped_and_no_other_host_is_asked() -> None:
    harm = "<script src=//evil.example>&"
    text = shown(with_sentences(told().drop("sentence"), {"smoking": harm}, AREAS), replace(MADE, input=harm), BEFORE)
    assert "<script" not in text
    assert text.count("&lt;script src=//evil.example&gt;&amp;") == 2
    assert re.findall(r"""(?:src|href|url)\s*[=(]\s*["']?\s*(?:https?:)?//""", text.replace("src=//evil", "")) == []
    assert "default-src 'none'" in text


def test_a_long_list_is_cut_and_says_how_to_see_the_rest() -> None:
    rows = pl.concat([told(most_half_widths_moved=float(n), period=f"p{n}") for n in range(150)])
    text = shown(rows, MADE, BEFORE)
    assert text.count("<li>") == 100
    assert text.index("p149") < text.index("p148")
    assert "The 100 largest of 150" in text
    assert "from meta.revision where subject = 'observation' and kind = 'revised'" in text


def test_the_page_of_the_current_release_is_shown_whatever_was_written_before_a_crash(tmp_path: Path) -> None:
    releases = tmp_path / "releases"
    releases.mkdir()
    for release_id in ("1", "2"):
        (releases / f"inequality_{release_id}.duckdb").touch()
        (releases / f"inequality_{release_id}.sha256").touch()
        revisions.write_page(tmp_path, told(period=f"of {release_id}"), replace(MADE, release_id=release_id), BEFORE)
    revisions.write_page(tmp_path, told(), replace(MADE, release_id="never came to be"), BEFORE)
    page = revisions.show_page(tmp_path, "1")
    assert page == tmp_path / "report" / "revisions.html"
    assert "of 1" in page.read_text()
    assert sorted(file.name for file in (tmp_path / "report" / "revisions").iterdir()) == ["1.html", "2.html"]
    assert revisions.show_page(tmp_path, "of an older make") is None
    assert not page.exists()
