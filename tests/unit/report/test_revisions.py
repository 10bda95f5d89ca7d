"""What changed, in words: every kind has its sentence, and the page is whole, escaped and asks nobody for anything."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from pipelines.changes.revisions import KINDS, REVISION
from pipelines.release.folder import Release
from pipelines.report import revisions
from pipelines.report.revisions import page, with_sentences

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


MANY = {"area_code": None, "half_widths_moved": 0.5, "cells": 1200}
SENTENCES: dict[str, tuple[dict[str, object], str]] = {
    "revised": (
        {},
        "Smoking in Newham, 2019, 18 plus: 13.9, was 14.2 (0.3 lower, 0.50 times half the width of its 95% interval).",
    ),
    "only the note": (
        {"old_value": 13.9, "difference": 0.0},
        "Smoking in Newham, 2019, 18 plus: still 13.9; its limits, note or source are others.",
    ),
    "new": ({"kind": "new"}, "Smoking in Newham, 2019, 18 plus: 13.9, which was not there before."),
    "withdrawn": ({"kind": "withdrawn"}, "Smoking in Newham, 2019, 18 plus: was 14.2, and is there no more."),
    "newly_suppressed": (
        {"kind": "newly_suppressed", "category": "white", "dimension": "ethnic_group", "scheme": "five"},
        "Smoking in Newham, 2019, 18 plus, ethnic group white (five): was 14.2, and is suppressed now.",
    ),
    "no_longer_suppressed": (
        {"kind": "no_longer_suppressed", "is_modelled": True},
        "Smoking in Newham, 2019, 18 plus: 13.9, which was suppressed before. Modelled data, not real.",
    ),
    "sign_changed": (
        {"kind": "sign_changed", "measure": "slope_index", "new_value": -0.1},
        "Smoking, slope index in Newham, 2019, 18 plus: -0.1, was 14.2: it lies on the other side of no inequality.",
    ),
    "grade_changed": (
        {"kind": "grade_changed", "old_verdict": "A", "new_verdict": "C"},
        "Smoking in Newham, 2019, 18 plus: grade C, was A.",
    ),
    "verdict_changed": (
        {"kind": "verdict_changed", "period_from": "2015", "old_verdict": "widening", "new_verdict": "narrowing"},
        "Smoking in Newham, 2015 to 2019, 18 plus: judged narrowing, was widening.",
    ),
    "rebased_series": (
        MANY | {"kind": "rebased_series", "period": None},
        "Smoking, district: 1,200 figures were revised in one go, half of them by -0.3 or more, 0.50 times half the "
        "width of its 95% interval.",
    ),
    "renamed_code": (
        {"kind": "renamed_code", "new_area_code": "E2", "cells": 5},
        "Smoking: E1 has the code E2 now, with the same 5 figures.",
    ),
    "counted": (
        MANY | {"kind": "new"},
        "Smoking, 2019: 1,200 figures, each a figure that was not there before; too many to name one by one.",
    ),
}


@pytest.mark.parametrize("kind", SENTENCES)
def test_every_kind_has_its_sentence(kind: str) -> None:
    changed, sentence = SENTENCES[kind]
    assert told(**changed)["sentence"].to_list() == [sentence]


def test_every_kind_is_tried() -> None:
    assert KINDS.keys() <= SENTENCES.keys()


def test_the_page_says_what_changed_and_compared_with_what() -> None:
    text = page(told(), MADE, BEFORE)
    assert "What changed with release 2" in text
    assert "Compared with release 1 of 2026-03-01 12:00 UTC, which was made by other code." in text
    assert "<li>Smoking in Newham, 2019, 18 plus: 13.9, was 14.2" in text
    assert "Modelled" not in text


def test_the_page_of_modelled_data_says_so_first() -> None:
    text = page(told(), replace(MADE, origin="modelled"), BEFORE)
    assert text.index("Modelled data, not real") < text.index("Compared with")


def test_a_first_release_and_one_that_changed_nothing_say_so() -> None:
    none = told().clear()
    assert "the first release of its origin" in page(none, MADE, None)
    assert "No figure, measure or verdict changed." in page(none, MADE, BEFORE)


def test_what_comes_from_data_is_escaped_and_no_other_host_is_asked() -> None:
    harm = "<script src=//evil.example>&"
    text = page(with_sentences(told().drop("sentence"), {"smoking": harm}, AREAS), replace(MADE, input=harm), BEFORE)
    assert "<script" not in text
    assert text.count("&lt;script src=//evil.example&gt;&amp;") == 2
    assert re.findall(r"""(?:src|href|url)\s*[=(]\s*["']?\s*(?:https?:)?//""", text.replace("src=//evil", "")) == []
    assert "default-src 'none'" in text


def test_a_long_list_is_cut_and_says_how_to_see_the_rest() -> None:
    rows = pl.concat([told(most_half_widths_moved=float(n), period=f"p{n}") for n in range(150)])
    text = page(rows, MADE, BEFORE)
    assert text.count("<li>") == 100
    assert text.index("p149") < text.index("p148")
    assert "The 100 largest of 150" in text
    assert "from meta.revision where subject = 'observation' and kind = 'revised'" in text


def test_the_page_of_the_current_release_is_shown_whatever_was_written_before_a_crash(tmp_path: Path) -> None:
    releases = tmp_path / "releases"
    releases.mkdir()
    for release_id in ("1", "2"):
        (releases / f"inequality_{release_id}.duckdb").touch()
        revisions.keep(tmp_path, told(period=f"of {release_id}"), replace(MADE, release_id=release_id), BEFORE)
    revisions.keep(tmp_path, told(), replace(MADE, release_id="never came to be"), BEFORE)
    shown = revisions.show(tmp_path, "1")
    assert shown == tmp_path / "report" / "revisions.html"
    assert "of 1" in shown.read_text()
    assert sorted(file.name for file in (tmp_path / "report" / "revisions").iterdir()) == ["1.html", "2.html"]
    assert revisions.show(tmp_path, "of an older make") is None
    assert not shown.exists()
