"""Peers: of the same tier, of the same region, as deprived, and as ONS finds them alike; never of another register."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.unit.sql.given import asked

Row = dict[str, Any]


def authority(number: int, score: float | None = 20.0, region: str = "E12000001", **other: Any) -> Row:
    return {"area_code": f"E060000{number:02}", "area_name": f"Unitary {number:02}", "area_type": "unitary_authority",
            "is_district": True, "is_upper_tier": True, "is_current": True, "is_in_lookups": True,
            "region_code": region, "imd_2025_average_score": score, "imd_2019_average_score": 30.0,
            "is_modelled": False, **other}  # fmt: skip


def peers(tmp_path: Path, areas: list[Row], similar: list[Row] | None = None) -> dict[str, set[tuple[str, str]]]:
    """Kind of peer: pairs of the last two digits of both codes."""
    none = [{"area_code": "E", "place": 1, "similar_area_code": "E"}]
    rows = asked(tmp_path, "published/peer.sql", published__area=areas, staging__ons_similar_areas=similar or none)
    found: dict[str, set[tuple[str, str]]] = {}
    for row in rows:
        found.setdefault(row["peer_kind"], set()).add((row["area_code"][-2:], row["peer_code"][-2:]))
    return found


def test_peers_are_of_one_tier_and_register_and_never_the_area_itself(tmp_path: Path) -> None:
    district = authority(3, is_upper_tier=False)
    modelled = authority(4) | {"area_code": "X06000004"}
    found = peers(tmp_path, [authority(1), authority(2), district, modelled, authority(5, is_current=False)])
    assert found["area_type"] == {("01", "02"), ("02", "01")}


def test_peers_of_a_region_share_it(tmp_path: Path) -> None:
    found = peers(tmp_path, [authority(1), authority(2), authority(3, region="E12000002")])
    assert found["region"] == {("01", "02"), ("02", "01")}


def test_as_deprived_is_the_same_tenth_of_the_tier_by_the_newest_index(tmp_path: Path) -> None:
    found = peers(tmp_path, [authority(number, score=float(number)) for number in range(1, 21)])
    assert {pair for pair in found["deprivation_decile"] if pair[0] == "20"} == {("20", "19")}
    assert len(found["deprivation_decile"]) == 20


def test_an_area_without_the_newest_index_is_not_ranked_by_an_older_one(tmp_path: Path) -> None:
    found = peers(tmp_path, [*(authority(number, score=float(number)) for number in range(1, 21)), authority(21, None)])
    assert not any("21" in pair for pair in found["deprivation_decile"])


def test_neighbours_are_those_that_ons_names(tmp_path: Path) -> None:
    similar = [{"area_code": "E06000001", "place": 1, "similar_area_code": "E06000002"}]
    assert peers(tmp_path, [authority(1), authority(2)], similar)["neighbours"] == {("01", "02")}
