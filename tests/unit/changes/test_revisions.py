"""The revision radar: every kind of difference is told as what it is, and thousands are told as one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from pipelines.changes.previous import COMPARED
from pipelines.changes.revisions import KINDS, REVISION, revisions
from tests.unit.sql.given import asked

NO_CODES = pl.DataFrame(schema={"old_code": pl.String, "new_code": pl.String})
EMPTY = {name: pl.DataFrame(schema=compared.schema) for name, compared in COMPARED.items()}


def frame(table: str, *rows: dict[str, Any]) -> pl.DataFrame:
    """Rows of one compared table; what a row does not say is the same in all."""
    compared = COMPARED[table]
    base: dict[str, Any] = {**dict.fromkeys(compared.key, "x"), "area_type": "district", "is_modelled": False}
    return pl.DataFrame([base | row for row in rows], schema=compared.schema)


def radar(
    table: str, before: list[dict[str, Any]], now: list[dict[str, Any]], codes: pl.DataFrame = NO_CODES, **limit: int
) -> list[dict[str, Any]]:
    """The revisions between two made tables."""
    then, today = frame(table, *before), frame(table, *now)
    return revisions({**EMPTY, table: then}, {**EMPTY, table: today}, codes, **limit).to_dicts()


WITH_LIMITS = {"value": 10.0, "value_lower": 8.0, "value_upper": 12.0}
SAME = {"area_code": "other", "value": 1.0}
CELLS: dict[str, tuple[dict[str, Any] | None, dict[str, Any] | None]] = {
    "new": (None, WITH_LIMITS),
    "withdrawn": (WITH_LIMITS, None),
    "newly_suppressed": (WITH_LIMITS, {"value": None, "note_code": "suppressed_small_count"}),
    "no_longer_suppressed": ({"value": None, "note_code": "suppressed_small_count"}, WITH_LIMITS),
    "revised": (WITH_LIMITS, WITH_LIMITS | {"value": 11.0}),
}


@pytest.mark.parametrize("kind", CELLS)
def test_a_cell_that_differs_has_one_row_of_its_kind(kind: str) -> None:
    before, now = ([SAME, *([cell] if cell else [])] for cell in CELLS[kind])
    (row,) = radar("observation", before, now)
    assert (row["subject"], row["kind"], row["area_code"], row["cells"]) == ("observation", kind, "x", 1)


def test_a_value_that_comes_or_goes_without_suppression_is_new_or_withdrawn() -> None:
    missing = {"value": None, "note_code": "missing_in_source"}
    assert [row["kind"] for row in radar("observation", [WITH_LIMITS], [missing])] == ["withdrawn"]
    assert [row["kind"] for row in radar("observation", [missing], [WITH_LIMITS])] == ["new"]


def test_a_revision_is_measured_against_the_wider_half_of_either_interval() -> None:
    (row,) = radar("observation", [WITH_LIMITS], [{"value": 13.0, "value_lower": 12.9, "value_upper": 13.1}])
    said = {name: row[name] for name in ("old_value", "new_value", "difference", "half_width", "half_widths_moved")}
    assert said == {
        "old_value": 10.0,
        "new_value": 13.0,
        "difference": 3.0,
        "half_width": 2.0,
        "half_widths_moved": 1.5,
    }


def test_the_radar_and_the_check_of_the_same_cell_agree(tmp_path: Path) -> None:
    """0.5 below and 3 above before, 1 either side now: 3 is the wider half, and a move of 4.5 is 1.5 of it."""
    before = {"value": 10.0, "value_lower": 9.5, "value_upper": 13.0}
    now = {"value": 14.5, "value_lower": 13.5, "value_upper": 15.5}
    (said,) = radar("observation", [before], [now])
    key = dict.fromkeys((*COMPARED["observation"].key, "area_type", "note_code", "snapshot_sha256"), "x")
    (checked,) = asked(
        tmp_path,
        "core/revised_cell.sql",
        previous__observation=[key | before],
        core__observation=[key | now | {"source_line": 1}],
        core__indicator=[{"indicator": "x", "unit": "years"}],
        staging__snapshot=[{"sha256": "y"}],
    )
    assert said["half_width"] == checked["bound"] == 3.0
    assert said["half_widths_moved"] == checked["bounds_moved"] == 1.5


def test_without_limits_a_revision_has_no_size() -> None:
    (row,) = radar("observation", [{"value": 1.0}], [{"value": 2.0}])
    assert (row["difference"], row["half_width"], row["half_widths_moved"]) == (1.0, None, None)


def test_the_same_again_a_first_release_and_other_bytes_are_no_revision() -> None:
    assert radar("observation", [WITH_LIMITS], [WITH_LIMITS | {"snapshot_sha256": "b"}]) == []
    assert radar("observation", [], [WITH_LIMITS]) == []
    assert radar("observation", [{"value": 0.1 + 0.2}], [{"value": 0.3}]) == []


MEASURES = {
    "sign_changed": ({"value": 0.4, "grade": "A"}, {"value": -0.1, "grade": "B"}),
    "grade_changed": ({"value": 0.4, "grade": "A"}, {"value": 0.4, "grade": "C"}),
    "revised": ({"value": 0.4, "grade": "A"}, {"value": 0.5, "grade": "A"}),
}


@pytest.mark.parametrize("kind", MEASURES)
def test_a_measure_that_turns_or_is_graded_otherwise_says_so(kind: str) -> None:
    before, now = MEASURES[kind]
    (row,) = radar("inequality", [before], [now])
    assert (row["kind"], row["old_verdict"], row["new_verdict"]) == (kind, before["grade"], now["grade"])


def test_a_ratio_turns_at_one() -> None:
    (row,) = radar("inequality", [{"value": 1.1, "unit": "ratio"}], [{"value": 0.9, "unit": "ratio"}])
    assert row["kind"] == "sign_changed"
    (row,) = radar("inequality", [{"value": 1.1, "unit": "ratio"}], [{"value": 1.2, "unit": "ratio"}])
    assert row["kind"] == "revised"


def test_a_verdict_on_change_that_is_another_now_is_told() -> None:
    before = {"period_from": "2013-15", "period_to": "2016-18", "verdict_absolute": "widening"}
    (row,) = radar("inequality_change", [before], [before | {"verdict_absolute": "no clear change"}])
    assert (row["subject"], row["kind"], row["period_from"], row["period"]) == (
        "inequality_change",
        "verdict_changed",
        "2013-15",
        "2016-18",
    )
    assert (row["old_verdict"], row["new_verdict"]) == (
        "widening (absolute), no verdict (relative)",
        "no clear change (absolute), no verdict (relative)",
    )
    assert radar("inequality_change", [before], [before]) == []


def areas(count: int, add: float = 0.0, *, moved: int | None = None, period: str = "x") -> list[dict[str, Any]]:
    """So many cells, of which the first `moved` (all where it is not given) are `add` higher."""
    edge = count if moved is None else moved
    values = [n + (add if n < edge else 0.0) for n in range(count)]
    return [
        {"area_code": f"a{n:05}", "period": period, "value": value, "value_lower": value - 1, "value_upper": value + 1}
        for n, value in enumerate(values)
    ]


@pytest.mark.parametrize(("count", "moved", "is_one"), [(20, 16, True), (20, 15, False), (9, 9, False), (10, 8, True)])
def test_a_series_that_moves_as_a_whole_is_one_row(count: int, moved: int, is_one: bool) -> None:
    rows = radar("observation", areas(count), areas(count, 0.5, moved=moved))
    if is_one:
        (row,) = rows
        assert (row["kind"], row["cells"], row["difference"], row["half_widths_moved"]) == (
            "rebased_series",
            moved,
            0.5,
            0.5,
        )
        assert (row["area_code"], row["area_type"]) == (None, "district")
    else:
        assert [row["kind"] for row in rows] == ["revised"] * moved


def test_a_rebased_series_does_not_hide_what_was_suppressed_in_it() -> None:
    now = areas(20, 0.5)
    now[3] |= {"value": None, "note_code": "suppressed_small_count"}
    assert [row["kind"] for row in radar("observation", areas(20), now)] == ["newly_suppressed", "rebased_series"]


CODES = pl.DataFrame({"old_code": ["old"], "new_code": ["new"]})


def test_a_code_that_is_another_now_is_one_row_and_neither_new_nor_withdrawn() -> None:
    before = [{"area_code": "old", "period": str(n), "value": float(n)} for n in range(5)]
    now = [row | {"area_code": "new"} for row in before]
    (row,) = radar("observation", before, now, CODES)
    assert (row["kind"], row["area_code"], row["new_area_code"], row["cells"]) == ("renamed_code", "old", "new", 5)
    assert len(radar("observation", before, now)) == 10


def test_another_code_with_other_figures_or_beside_the_old_is_not_a_renamed_one() -> None:
    before = [{"area_code": "old", "period": str(n), "value": float(n)} for n in range(5)]
    other = [row | {"area_code": "new", "value": 99.0} for row in before]
    assert {row["kind"] for row in radar("observation", before, other, CODES)} == {"new", "withdrawn"}
    beside = [*before[1:], before[0] | {"area_code": "new"}]
    assert {row["kind"] for row in radar("observation", before, beside, CODES)} == {"new", "withdrawn"}


def test_too_many_of_a_kind_are_counted_by_period() -> None:
    now = [*areas(3), *areas(4, period="2020"), *areas(2, period="2021")]
    rows = radar("observation", areas(3), now, limit=5)
    assert [(row["kind"], row["period"], row["cells"], row["area_code"]) for row in rows] == [
        ("new", "2020", 4, None),
        ("new", "2021", 2, None),
    ]
    assert len(radar("observation", areas(3), now, limit=6)) == 6


def test_every_kind_has_a_meaning_and_every_row_all_columns() -> None:
    rows = revisions(EMPTY, EMPTY, NO_CODES)
    assert (rows.height, rows.schema) == (0, pl.Schema(REVISION))
    assert list(KINDS)[-1] == "revised"
