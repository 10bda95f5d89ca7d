"""The scorecard: the nearest indicator that an area has, England beside it, Core20 against the rest, and why a cell is
empty.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.unit.sql.given import asked

Row = dict[str, Any]

ELEMENT = {"element_group": "adults", "element_title": "Smoking", "ask": "Fewer.", "fit": "proxy", "shown": "Smokers.",
           "better_source": None}  # fmt: skip
NEAREST = [
    {"element": "S", "preference": 1, "indicator": "smoking", **ELEMENT},
    {"element": "S", "preference": 2, "indicator": "smoking_at_delivery", **ELEMENT},
    {"element": "C1", "preference": 1, "indicator": "asthma", **ELEMENT},
    # One indicator may come near two elements.
    {"element": "A1", "preference": 1, "indicator": "smoking_at_delivery", **ELEMENT},
]
ENGLAND, BARNET, KENT = "E92000001", "E09000003", "E10000016"
AREAS = [
    {"area_code": ENGLAND, "area_name": "England", "area_type": "country", "is_upper_tier": False, "is_current": True},
    {"area_code": BARNET, "area_name": "Barnet", "area_type": "london_borough", "is_upper_tier": True,
     "is_current": True},
    {"area_code": KENT, "area_name": "Kent", "area_type": "county", "is_upper_tier": True, "is_current": True},
    {"area_code": "E10000009", "area_name": "Dorset", "area_type": "county", "is_upper_tier": True,
     "is_current": False},
]  # fmt: skip


def figure(area: str, value: float | None, year: int = 2023, indicator: str = "smoking", **other: Any) -> Row:
    return {"indicator": indicator, "area_code": area, "period": str(year), "period_length": "1y",
            "period_end": date(year, 12, 31), "sex": "persons", "age": "18+", "dimension": "total", "value": value,
            "value_lower": value, "value_upper": value, "note_code": None, "is_modelled": False, **other}  # fmt: skip


def tenth(rank: int, value: float, people: float | None = 100.0) -> Row:
    return {"indicator": "smoking", "area_code": ENGLAND, "period": "2023", "period_length": "1y", "sex": "persons",
            "age": "18+", "scheme": "tenths", "dimension": "deprivation_decile", "basis": "neighbourhoods_national",
            "category_rank": rank, "value": value, "population": people}  # fmt: skip


def scorecard(tmp_path: Path, figures: list[Row], tenths: list[Row]) -> dict[tuple[str, str], Row]:
    rows = asked(
        tmp_path,
        "published/core20plus5.sql",
        core__area=AREAS,
        staging__core20plus5=NEAREST,
        core__observation=figures,
        core__gradient=tenths,
        core__indicator=[
            {"indicator": name, "title": name, "unit": "%", "polarity": "lower_is_better"}
            for name in ("smoking", "smoking_at_delivery")
        ],
    )
    cells = {(row["element"], row["area_name"]): row for row in rows}
    assert len(cells) == len(rows)
    return cells


TENTHS = [tenth(rank, 20.0 if rank <= 2 else 10.0) for rank in range(1, 11)]


def test_the_latest_figure_stands_beside_englands_of_the_same_period(tmp_path: Path) -> None:
    figures = [figure(ENGLAND, 12), figure(ENGLAND, 13, 2022), figure(BARNET, 10, 2022), figure(BARNET, 9, 2021)]
    row = scorecard(tmp_path, figures, TENTHS)["S", "Barnet"]
    assert (row["period"], row["value"], row["england_value"], row["difference_from_england"]) == ("2022", 10, 13, -3)


def test_a_breakdown_by_age_or_sex_is_not_taken_for_the_figure(tmp_path: Path) -> None:
    whole = [figure(ENGLAND, 12), figure(BARNET, 10)]
    parts = [figure(ENGLAND, 8, age="18_24"), figure(ENGLAND, 9, sex="female"), figure(BARNET, 7, sex="female")]
    cells = scorecard(tmp_path, [*parts, *whole], TENTHS)
    assert [(cells["S", name]["age"], cells["S", name]["value"]) for name in ("England", "Barnet")] == [
        ("18+", 12),
        ("18+", 10),
    ]


def test_the_nearest_indicator_with_a_figure_is_shown(tmp_path: Path) -> None:
    figures = [
        figure(ENGLAND, 12),
        figure(BARNET, None, note_code="suppressed_small_count"),
        figure(BARNET, 7, indicator="smoking_at_delivery", sex="female"),
        figure(ENGLAND, 8, indicator="smoking_at_delivery", sex="female"),
        figure(KENT, None, note_code="suppressed_small_count"),
    ]
    cells = scorecard(tmp_path, figures, TENTHS)
    for element in ("S", "A1"):
        row = cells[element, "Barnet"]
        assert (row["indicator"], row["value"], row["england_value"]) == ("smoking_at_delivery", 7, 8)
    assert (cells["S", "Kent"]["value"], cells["S", "Kent"]["why_empty"]) == (None, "suppressed_small_count")


def test_every_current_area_has_every_element_and_an_empty_cell_says_why(tmp_path: Path) -> None:
    cells = scorecard(tmp_path, [figure(ENGLAND, 12)], TENTHS)
    assert {key: row["why_empty"] for key, row in cells.items() if key[0] != "A1"} == {
        ("C1", "Barnet"): "no_indicator_held",
        ("C1", "England"): "no_indicator_held",
        ("C1", "Kent"): "no_indicator_held",
        ("S", "Barnet"): "no_figure_of_this_area",
        ("S", "England"): None,
        ("S", "Kent"): "no_figure_of_this_area",
    }


def test_core20_is_the_mean_of_tenths_1_and_2_by_people(tmp_path: Path) -> None:
    tenths = [tenth(1, 24, 300.0), tenth(2, 20, 100.0), *TENTHS[2:]]
    row = scorecard(tmp_path, [figure(ENGLAND, 12)], tenths)["S", "England"]
    assert (row["core20_value"], row["rest_value"]) == (pytest.approx(23), pytest.approx(10))
    assert row["core20_gap"] == pytest.approx(13)


@pytest.mark.parametrize("tenths", [TENTHS[:9], [*TENTHS[:9], tenth(10, 10, None)]], ids=["one missing", "no people"])
def test_without_all_tenths_and_their_people_there_is_no_core20(tmp_path: Path, tenths: list[Row]) -> None:
    row = scorecard(tmp_path, [figure(ENGLAND, 12)], tenths)["S", "England"]
    assert (row["core20_value"], row["core20_gap"]) == (None, None)
