"""How far a figure may move, and what is said once because a whole delivery moved."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pipelines.changes.revisions import REBASED, REBASED_CELLS
from tests.unit.sql.given import asked

Row = dict[str, Any]

CELL: Row = {
    "indicator": "slope", "area_code": "E06000001", "area_type": "district", "period": "2010", "period_length": "1y",
    "sex": "male", "age": "at_birth", "dimension": "total", "scheme": "total", "category": "total", "value": 5.0,
    "value_lower": None, "value_upper": None, "note_code": None, "snapshot_sha256": "old", "source_line": 2,
}  # fmt: skip


def series(*values: float, **said: object) -> list[Row]:
    """A figure a year from 2010 on."""
    return [CELL | {"period": str(2010 + place), "value": value} | said for place, value in enumerate(values)]


def moved(tmp_path: Path, before: list[Row], now: list[Row], unit: str = "years") -> list[Row]:
    return asked(
        tmp_path,
        "core/revised_cell.sql",
        previous__observation=before,
        core__observation=[row | {"snapshot_sha256": "new"} for row in now],
        core__indicator=[{"indicator": "slope", "unit": unit}],
        staging__snapshot=[{"sha256": "new", "path": "fingertips/1.csv"}],
    )


def test_with_limits_the_bound_is_half_of_them(tmp_path: Path) -> None:
    before = series(5.0, value_lower=4.0, value_upper=6.5)
    (cell,) = moved(tmp_path, before, series(6.0, value_lower=5.5, value_upper=6.5))
    assert (cell["bound"], round(cell["bounds_moved"], 3)) == (1.5, 0.667)


def test_without_limits_it_is_what_the_series_does_from_year_to_year(tmp_path: Path) -> None:
    """Steps of 0.2, 0.4, 0.2 and 0.4: the middle is 0.3."""
    before = series(5.0, 5.2, 5.6, 5.4, 5.8)
    (cell,) = moved(tmp_path, before, series(5.0, 5.2, 5.6, 5.4, 6.7))
    assert (round(cell["bound"], 6), round(cell["bounds_moved"], 6)) == (0.9, 1.0)


def test_a_short_series_is_judged_by_those_like_it(tmp_path: Path) -> None:
    others = [row for place in range(3) for row in series(5.0, 7.0, 5.0, area_code=f"E0600010{place}")]
    found = moved(tmp_path, [*series(5.0), *others], [*series(6.0), *others])
    assert [cell["bound"] for cell in found] == [6.0]


def test_a_single_figure_has_the_stated_bound(tmp_path: Path) -> None:
    assert [cell["bound"] for cell in moved(tmp_path, series(5.0), series(6.0))] == [0.5]
    (cell,) = moved(tmp_path / "rate", series(5.0), series(6.0), unit="per 1,000")
    assert cell["bound"] == 0.25


def test_a_series_that_stood_still_may_move_a_little(tmp_path: Path) -> None:
    before = series(5.0, 5.0, 5.0, 5.0, 5.0)
    assert [cell["bound"] for cell in moved(tmp_path, before, series(5.0, 5.0, 5.0, 5.0, 5.02))] == [0.05]


def deliveries(tmp_path: Path, values: list[float], factor: float = 1.0, step: float = 0.0) -> list[Row]:
    """What a delivery is said to be that has other figures than the ones before."""
    before = [CELL | {"area_code": f"E060000{place:02}", "value": value} for place, value in enumerate(values)]
    now = [
        row | {"value": row["value"] * factor + (step if place % 2 else -step), "snapshot_sha256": "new"}
        for place, row in enumerate(before)
    ]
    cells = [
        row | {"value_before": old["value"], "is_same_bytes": False, "bounds_moved": 4.0}
        for row, old in zip(now, before, strict=True)
        if row["value"] != old["value"]
    ]
    return asked(
        tmp_path,
        "core/revised_delivery.sql",
        previous__observation=before,
        core__observation=now,
        core__revised_cell=cells,
        staging__snapshot=[{"sha256": "new", "path": "fingertips/1.csv"}],
    )


VALUES = [5.0 + place for place in range(12)]


def test_a_series_that_moved_as_a_whole_is_a_rebase(tmp_path: Path) -> None:
    (found,) = deliveries(tmp_path, VALUES, step=0.5)
    assert (found["is_rebase"], found["cells"], found["cells_moved"], found["cells_up"]) == (True, 12, 12, 6)
    assert (found["common_factor"], found["median_distance"], found["path"]) == (None, 0.5, "fingertips/1.csv")


def test_one_factor_is_named(tmp_path: Path) -> None:
    (found,) = deliveries(tmp_path, VALUES, factor=0.5)
    assert (found["is_rebase"], found["common_factor"]) == (True, 0.5)


@pytest.mark.parametrize(("cells", "is_rebase"), [(REBASED_CELLS, True), (REBASED_CELLS - 1, False)])
def test_a_rebase_takes_as_many_figures_as_the_revisions_say(tmp_path: Path, cells: int, is_rebase: bool) -> None:
    (found,) = deliveries(tmp_path, VALUES[:cells], step=0.5)
    assert found["is_rebase"] is is_rebase


@pytest.mark.parametrize(("still", "is_rebase"), [(2, True), (3, False)])
def test_a_rebase_moves_as_many_of_them_as_the_revisions_say(tmp_path: Path, still: int, is_rebase: bool) -> None:
    """Figures of nought stand still under a factor: 2 of 12 are less than a fifth, 3 are more."""
    (found,) = deliveries(tmp_path, [*([0.0] * still), *VALUES[still:]], factor=2.0)
    assert REBASED == 0.8
    assert found["is_rebase"] is is_rebase
