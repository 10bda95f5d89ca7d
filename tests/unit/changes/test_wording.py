"""What changed, in words: every kind has its sentence."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from pipelines.changes.revisions import KINDS, REVISION
from pipelines.changes.wording import with_sentences

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
        "Smoking in Newham, 2019, 18 plus: 13.9, was 14.2 (0.3 lower, 0.50 times the wider half of its 95% interval).",
    ),
    "only the note": (
        {"old_value": 13.9, "difference": 0.0},
        "Smoking in Newham, 2019, 18 plus: still 13.9; its limits, note or source changed.",
    ),
    "new": ({"kind": "new"}, "Smoking in Newham, 2019, 18 plus: 13.9, which was not there before."),
    "withdrawn": ({"kind": "withdrawn"}, "Smoking in Newham, 2019, 18 plus: was 14.2, and is no longer published."),
    "newly_suppressed": (
        {"kind": "newly_suppressed", "category": "white", "dimension": "ethnic_group", "scheme": "five"},
        "Smoking in Newham, 2019, 18 plus, ethnic group white (five): was 14.2, and is now suppressed.",
    ),
    "no_longer_suppressed": (
        {"kind": "no_longer_suppressed", "is_modelled": True},
        "Smoking in Newham, 2019, 18 plus: 13.9, which was suppressed before. Modelled data, not real.",
    ),
    "sign_changed": (
        {"kind": "sign_changed", "measure": "slope_index", "new_value": -0.1},
        "Smoking, slope index in Newham, 2019, 18 plus: -0.1, was 14.2: it changed direction.",
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
        "Smoking, district: 1,200 figures were revised in one go, half of them by -0.3 or more, 0.50 times the wider "
        "half of its 95% interval.",
    ),
    "renamed_code": (
        {"kind": "renamed_code", "new_area_code": "E2", "cells": 5},
        "Smoking: E1 now has the code E2, with the same 5 figures.",
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
