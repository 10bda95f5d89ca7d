"""One outcome by several rulers: what the summary statistic changes, and what the edition of the index changes."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.unit.sql.given import asked, schemes

Row = dict[str, Any]


def slope(scheme: str, value: float, **other: Any) -> Row:
    return {"indicator": "hle", "area_code": "E92000001", "period": "2020-22", "period_length": "3y",
            "period_start": date(2020, 1, 1), "period_end": date(2022, 12, 31), "sex": "male", "age": "at_birth",
            "dimension": "deprivation_decile",
            "unit": "years", "measure": "slope_index", "transform": "none", "basis": "whole_areas_derived",
            "scheme": scheme, "value": value, "areas_expected": 153, "areas_missing": 23, "missing_areas": "Kent",
            "people_covered": 0.66, "grade": "D", "is_modelled": False, **other}  # fmt: skip


BY_SCORE = slope("upper_tier_derived_imd2019_average_score", 9.9)
BY_RANK = slope("upper_tier_derived_imd2019_average_rank", 9.0)
BY_NEW_RANK = slope("upper_tier_derived_imd2025_average_rank", 8.7)


def compared(tmp_path: Path, *rows: Row) -> list[Row]:
    return asked(
        tmp_path,
        "published/index_comparison.sql",
        measures__inequality=list(rows),
        core__scheme=schemes(tmp_path),
        core__indicator=[{"indicator": "hle", "title": "Healthy life expectancy"}],
        core__area=[{"area_code": "E92000001", "area_name": "England"}],
    )


def test_the_statistic_and_the_edition_are_told_apart(tmp_path: Path) -> None:
    """RULES 13: score to rank 9.9 -> 9.0, then 2019 to 2025 by rank 9.0 -> 8.7."""
    (row,) = compared(tmp_path, BY_SCORE, BY_RANK, BY_NEW_RANK)
    assert (row["slope_index_score_2019"], row["slope_index_rank_2019"], row["slope_index_rank_2025"]) == (
        9.9,
        9.0,
        8.7,
    )
    assert row["summary_statistic_effect"] == pytest.approx(-0.9)
    assert row["edition_effect"] == pytest.approx(-0.3)
    assert row["people_covered"] == 0.66
    assert (row["tier"], row["areas_expected"], row["areas_missing"], row["missing_areas"], row["grade"]) == (
        "upper_tier",
        153,
        23,
        "Kent",
        "D",
    )


def test_without_one_ruler_its_effect_is_unknown(tmp_path: Path) -> None:
    (row,) = compared(tmp_path, BY_SCORE, BY_RANK)
    assert row["summary_statistic_effect"] == pytest.approx(-0.9)
    assert row["edition_effect"] is None


def test_districts_and_upper_tiers_are_never_compared(tmp_path: Path) -> None:
    rows = compared(tmp_path, BY_SCORE, slope("district_derived_imd2019_average_rank", 7.0))
    assert [(row["tier"], row["summary_statistic_effect"]) for row in rows] == [
        ("district", None),
        ("upper_tier", None),
    ]


@pytest.mark.parametrize(
    "other",
    [{"measure": "absolute_gap"}, {"transform": "log"}, {"basis": "whole_areas_published"}],
    ids=["another measure", "a transform", "the publisher's tenths"],
)
def test_only_plain_slopes_over_derived_tenths_are_compared(tmp_path: Path, other: Row) -> None:
    (row,) = compared(tmp_path, BY_SCORE, {**BY_RANK, **other})
    assert row["slope_index_rank_2019"] is None
