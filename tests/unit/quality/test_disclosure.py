"""What can be worked out of shown figures is found, and what cannot is not."""

from __future__ import annotations

import polars as pl
import pytest

from pipelines.quality.disclosure import RECOVERABLE, recoverable

CELL = {
    "indicator": "deaths", "area_code": "E06000001", "period": "2019", "period_length": "1y", "sex": "persons",
    "age": "all", "dimension": "total", "scheme": "total", "category": "total", "value": 1.0, "numerator": None,
    "denominator": None, "note_code": None,
}  # fmt: skip
TYPES = {**dict.fromkeys(("value", "numerator", "denominator"), pl.Float64()), "note_code": pl.String()}
HIDDEN = {"value": None, "numerator": None, "note_code": "suppressed_small_count"}
NOTHING = {
    "indicator": pl.DataFrame({"indicator": ["deaths"], "value_kind": ["proportion"], "scale": [100]}),
    "breakdown": pl.DataFrame(
        [{"dimension": "ethnic_group", "scheme": "three", "category": name} for name in ("a", "b", "c")]
    ),
    "area": pl.DataFrame(
        [
            {"area_code": code, "is_current": True, "is_district": True, "is_upper_tier": False,
             "upper_tier_code": "E10000001", "region_code": None, "country_code": None}
            for code in ("E07000001", "E07000002")
        ],
        schema_overrides=dict.fromkeys(("region_code", "country_code"), pl.String()),
    ),
    "inequality": pl.DataFrame(
        schema={name: RECOVERABLE[name] for name in list(RECOVERABLE)[:8]}
        | {"measure": pl.String(), "slope_index_smallest": pl.Float64(), "slope_index_largest": pl.Float64()}
    ),
}  # fmt: skip


def found(*cells: dict[str, object], **tables: pl.DataFrame) -> list[tuple[str, float | None]]:
    """Way and count of every recovered cell among these."""
    frame = pl.DataFrame([CELL | cell for cell in cells], schema_overrides=TYPES)
    answer = recoverable(frame, **{**NOTHING, **tables})
    assert answer.columns == list(RECOVERABLE)
    return list(answer.select("way", "recovered").iter_rows())


def sex(name: str, count: float | None = None, **said: object) -> dict[str, object]:
    return {"sex": name, **({"numerator": count} if count is not None else HIDDEN), **said}


def group(name: str, count: float | None = None, **said: object) -> dict[str, object]:
    return {"dimension": "ethnic_group", "scheme": "three", "category": name} | sex("persons", count, **said)


def test_one_sex_is_the_whole_less_the_other() -> None:
    assert found(sex("persons", 10), sex("male", 7), sex("female")) == [("sexes", 3)]
    assert found(sex("persons"), sex("male", 7), sex("female", 2)) == [("sexes", 9)]


def test_two_unknowns_keep_each_other_secret() -> None:
    assert found(sex("persons", 10), sex("male"), sex("female")) == []
    assert found(sex("persons"), sex("male", 7), sex("female")) == []


def test_a_group_is_the_whole_less_the_others_only_where_all_groups_are_there() -> None:
    whole = sex("persons", 10)
    assert found(whole, group("a", 5), group("b", 4), group("c")) == [("groups", 1)]
    assert found(whole, group("a", 5), group("c")) == []


def test_what_one_sum_gives_opens_the_next() -> None:
    """The whole comes from the sexes, and the group from the whole."""
    cells = (sex("persons"), sex("male", 6), sex("female", 4), group("a", 5), group("b", 4), group("c"))
    assert sorted(found(*cells)) == [("groups", 1), ("sexes", 10)]


def test_a_district_is_its_county_less_the_other() -> None:
    county, one, other = ({"area_code": code} for code in ("E10000001", "E07000001", "E07000002"))
    assert found(sex("persons", 9) | county, sex("persons", 5) | one, sex("persons") | other) == [("areas", 4)]


def test_a_rate_beside_its_denominator_is_a_count() -> None:
    rate = {"value": 7.0, "denominator": 100.0}
    ((way, count),) = found(sex("persons", 10), {"sex": "male", **rate}, sex("female"))
    assert way == "sexes"
    assert count == pytest.approx(3)


def test_a_count_beside_a_suppressed_value_is_shown_already() -> None:
    assert found({**HIDDEN, "numerator": 3.0}) == [("shown_count", 3)]


def test_a_missing_value_is_no_secret_and_a_shown_one_is_the_publishers() -> None:
    assert found(sex("persons", 10), sex("male", 7), sex("female") | {"note_code": "missing_in_source"}) == []
    shown = {"note_code": "suppressed_small_count", "value": 3.0, "numerator": 3.0}
    assert found(sex("persons", 10), sex("male", 7), sex("female", 3) | shown) == []


@pytest.mark.parametrize(("largest", "ways"), [(2.0, [("slope_bounds", None)]), (2.5, [])])
def test_bounds_that_are_one_number_pin_the_only_suppressed_group(
    largest: float, ways: list[tuple[str, float | None]]
) -> None:
    key = {name: CELL[name] for name in list(RECOVERABLE)[:8]} | {"dimension": "ethnic_group", "scheme": "three"}
    bounds = {"measure": "slope_index", "slope_index_smallest": 2.0, "slope_index_largest": largest}
    assert found(group("a", 5), group("c"), inequality=pl.DataFrame([key | bounds])) == ways


def test_the_sum_is_named_without_what_it_comes_to() -> None:
    frame = pl.DataFrame(
        [CELL | cell for cell in (sex("persons", 10), sex("male", 7), sex("female"))], schema_overrides=TYPES
    )
    assert recoverable(frame, **NOTHING)["equation"].to_list() == ["female = persons 10 - male 7"]
