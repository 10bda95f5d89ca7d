"""Groups of a scheme with what weighs them: full counts, the people of the groups, equal shares, or nothing."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tests.unit.sql.given import asked, schemes

Row = dict[str, Any]

FIFTHS: Row = {
    "dimension": "deprivation_quintile", "scheme": "fifths", "basis": "neighbourhoods_national",
    "measures_allowed": "slope_index", "measures_with_population": "theil_index",
    "slope_groups_expected": 5, "groups_expected": 5, "gap_pair": None, "is_unknown": False, "use_in_slope": True,
}  # fmt: skip
CLASSES: Row = {**FIFTHS, "dimension": "socioeconomic_group", "scheme": "classes", "basis": None}
PAIR: Row = {**FIFTHS, "dimension": "disability", "scheme": "pair", "basis": None, "slope_groups_expected": 0,
             "groups_expected": 2, "gap_pair": "disabled;not_disabled", "use_in_slope": False}  # fmt: skip


def grouping(
    tmp_path: Path,
    scheme: Row,
    denominators: dict[str, float | None],
    *,
    may_weight: bool = False,
    people: dict[int, int] | None = None,
    marks: dict[str, Row] | None = None,
    kind: str = "proportion",
    earlier: dict[str, float] | None = None,
    slope_allowed: bool = True,
    methods: dict[int, str] | None = None,
) -> list[Row]:
    """The groups of one gradient: category -> denominator, ranked as they come; `marks` are of the scheme's rows."""
    names, methods = list(denominators), methods or {}
    observations = [
        {"indicator": "x", "area_code": "E92000001", "period": str(year), "period_length": "1y",
         "period_start": date(year, 1, 1), "period_end": date(year, 12, 31), "sex": "persons", "age": "all",
         "dimension": scheme["dimension"] if name else "total", "scheme": scheme["scheme"] if name else None,
         "category": name or None, "category_rank": names.index(name) + 1 if name else None,
         "value": 10.0, "value_lower": 9.0, "value_upper": 11.0, "standard_error": None,
         "denominator": counts.get(name), "note_code": None, "is_modelled": False,
         "method": methods.get(year), "is_model_estimate": False}
        for year, counts in ((2019, earlier or {}), (2020, denominators))
        for name in (*(names if counts else ()), "")
    ]  # fmt: skip
    schema: dict[str, Any] = {"note_code": pl.String, "method": pl.String, "standard_error": pl.Float64,
                              "denominator": pl.Float64, "scheme": pl.String, "category": pl.String,
                              "category_rank": pl.Int64}  # fmt: skip
    populations = pl.DataFrame(
        [{"area_code": "E92000001", "dimension": scheme["dimension"], "scheme": scheme["scheme"],
          "category_rank": rank, "population": count, "population_reference": "mid-2015"}
         for rank, count in (people or {99: 1}).items()]
    )  # fmt: skip
    breakdown = [{**scheme, "category": name, **(marks or {}).get(name, {})} for name in names]
    found = asked(
        tmp_path,
        "core/grouping.sql",
        staging__breakdown=pl.DataFrame(breakdown, schema_overrides={"gap_pair": pl.String, "basis": pl.String}),
        core__scheme=schemes(tmp_path, *breakdown),
        core__observation=pl.DataFrame(observations, schema_overrides=schema),
        core__indicator=[{"indicator": "x", "slope_allowed": slope_allowed, "denominator_may_weight": may_weight,
                          "value_kind": kind}],
        core__area=[{"area_code": "E92000001", "area_type": "country"}],
        core__scheme_population=populations,
    )  # fmt: skip
    return sorted((row for row in found if row["period"] == "2020"), key=lambda row: names.index(row["category"]))


def counts(*figures: float | None) -> dict[str, float | None]:
    return dict(zip("abcde", figures, strict=False))


def weights(rows: list[Row]) -> tuple[str, list[float | None]]:
    (weighting,) = {row["weighting"] for row in rows}
    return weighting, [row["population"] for row in rows]


PEOPLE = {rank: 1000 + rank for rank in range(1, 6)}
RESPONDENTS = counts(50, 40, 30, 20, 10)


def test_full_counts_weigh_before_the_people_of_the_groups(tmp_path: Path) -> None:
    rows = grouping(tmp_path, FIFTHS, RESPONDENTS, may_weight=True, people=PEOPLE)
    assert weights(rows) == ("published_denominators", [50, 40, 30, 20, 10])
    assert {row["population_reference"] for row in rows} == {"the indicator's own denominators"}


def test_respondents_never_weigh(tmp_path: Path) -> None:
    assert weights(grouping(tmp_path / "a", FIFTHS, RESPONDENTS, people=PEOPLE)) == (
        "population_of_groups",
        [1001, 1002, 1003, 1004, 1005],
    )
    assert weights(grouping(tmp_path / "b", FIFTHS, RESPONDENTS)) == ("equal_shares", [1] * 5)


def test_a_full_count_that_one_group_lacks_weighs_none(tmp_path: Path) -> None:
    rows = grouping(tmp_path, FIFTHS, counts(50, 40, None, 20, 10), may_weight=True)
    assert weights(rows) == ("equal_shares", [1] * 5)


def test_people_known_for_four_of_five_groups_weigh_none(tmp_path: Path) -> None:
    rows = grouping(tmp_path, FIFTHS, RESPONDENTS, people=dict.fromkeys(range(1, 5), 1000))
    assert weights(rows) == ("equal_shares", [1] * 5)


def test_only_true_tenths_and_fifths_have_equal_shares(tmp_path: Path) -> None:
    assert weights(grouping(tmp_path, CLASSES, RESPONDENTS)) == ("none", [None] * 5)


@pytest.mark.parametrize(
    ("given", "kind", "allowed"),
    [
        ({"may_weight": True}, "proportion", "slope_index;theil_index;excess_events"),
        ({"may_weight": True}, "mean", "slope_index;theil_index"),  # a mean has no events
        ({"people": PEOPLE}, "proportion", "slope_index;theil_index"),  # others' people bear no events of ours
        ({}, "proportion", "slope_index"),
    ],
    ids=["own denominators", "a mean", "people of the groups", "equal shares"],
)
def test_measures_follow_from_what_weighs(tmp_path: Path, given: Row, kind: str, allowed: str) -> None:
    rows = grouping(tmp_path, FIFTHS, RESPONDENTS, kind=kind, **given)
    assert {row["measures_allowed"] for row in rows} == {allowed}


def test_what_stands_beside_the_scale_or_is_unknown_is_left_out(tmp_path: Path) -> None:
    marks = {"d": {"use_in_slope": False}, "e": {"is_unknown": True}}
    rows = grouping(tmp_path, {**CLASSES, "slope_groups_expected": 3}, RESPONDENTS, marks=marks)
    assert [row["category"] for row in rows] == ["a", "b", "c"]
    assert {(row["group_count"], row["groups_expected"]) for row in rows} == {(3, 3)}


def test_a_pair_has_places_and_no_slope(tmp_path: Path) -> None:
    rows = grouping(tmp_path, PAIR, {"not_disabled": 60, "disabled": 40})
    assert [(row["category"], row["pair_place"], row["is_ranked"]) for row in rows] == [
        ("not_disabled", 2, False),
        ("disabled", 1, False),
    ]


def test_an_indicator_that_takes_no_slope_keeps_its_groups_without_an_order(tmp_path: Path) -> None:
    assert grouping(tmp_path / "a", FIFTHS, RESPONDENTS, slope_allowed=False) == []
    assert len(grouping(tmp_path / "b", PAIR, {"disabled": 1, "not_disabled": 2}, slope_allowed=False)) == 2


def test_a_share_of_respondents_moves_between_periods(tmp_path: Path) -> None:
    rows = grouping(tmp_path, FIFTHS, counts(40, 30, 10, 10, 10), earlier=dict.fromkeys("abcde", 20))
    assert [row["published_share"] for row in rows] == pytest.approx([0.4, 0.3, 0.1, 0.1, 0.1])
    assert [row["share_moved"] for row in rows] == pytest.approx([0.2, 0.1, 0.1, 0.1, 0.1])


def test_deciles_within_the_country_are_the_national_ones(tmp_path: Path) -> None:
    rows = grouping(tmp_path, {**FIFTHS, "basis": "neighbourhoods_within_area"}, RESPONDENTS)
    assert {row["basis"] for row in rows} == {"neighbourhoods_national"}


def test_the_published_total_stands_beside_each_group(tmp_path: Path) -> None:
    rows = grouping(tmp_path, FIFTHS, RESPONDENTS)
    totals = {(row["published_total"], row["published_total_lower"], row["published_total_upper"]) for row in rows}
    assert totals == {(10.0, 9.0, 11.0)}


@pytest.mark.parametrize(("methods", "changed"), [({2019: "direct", 2020: "model"}, True), ({}, False)])
def test_another_method_is_seen_against_the_period_before(
    tmp_path: Path, methods: dict[int, str], changed: bool
) -> None:
    rows = grouping(tmp_path, FIFTHS, RESPONDENTS, earlier=dict.fromkeys("abcde", 20), methods=methods)
    assert {row["method_changed"] for row in rows} == {changed}
