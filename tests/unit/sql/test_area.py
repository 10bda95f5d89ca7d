"""Every code of a figure has an area: from the lookups, else as its file names it, abolished ones with their end."""

from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from pipelines.sources.contract import OBSERVATION
from tests.unit.sql.given import asked

Row = dict[str, Any]
UNITARY: Row = {"tier": "district", "area_code": "E06000059", "area_name": "Dorset", "year": 2024}
BOARD: Row = {"icb_code": None, "lad_code": "E06000059", "imd_release": "2025", "lsoa_code": "E01000001"}


def seen(area_code: str, area_name: str | None, area_type: str, year: int = 2020) -> Row:
    known = {"area_code": area_code, "area_name": area_name, "area_type": area_type, "snapshot_sha256": "a"}
    known |= {"period_end": date(year, 12, 31)}
    return {name: known.get(name) for name in OBSERVATION}


def areas(tmp_path: Path, *figures: Row, is_modelled: bool = False) -> dict[str, Row]:
    found = asked(
        tmp_path,
        "core/area.sql",
        core__area_vintage=[UNITARY],
        core__area_alias=[{"alias_code": "E08000038", "area_code": "E08000016"}],
        core__area_successor=[
            {"area_code": "E10000009", "abolished_on": date(2019, 4, 1), "successor_code": code}
            for code in ("E06000059", "E06000058")
        ],
        core__lsoa=[BOARD | {"country_code": "E92000001"}],
        core__lsoa_area=[{"area_code": "E06000059", "imd_release": "2025", "lsoa_code": "E01000001"}],
        staging__lad_to_upper_tier=[{"lad_code": "E06000059", "upper_tier_code": "E06000059", "vintage": "2024"}],
        staging__lad_to_region=[{"lad_code": "E06000059", "region_code": "E12000009", "vintage": "2024"}],
        staging__observation=pl.DataFrame(figures, schema=OBSERVATION),
        staging__snapshot=[{"sha256": "a", "is_modelled": is_modelled}],
    )
    return {row["area_code"]: row for row in found}


def test_an_area_of_a_lookup_keeps_its_name_and_type(tmp_path: Path) -> None:
    found = areas(tmp_path, seen("E06000059", "Another name", "upper_tier"))["E06000059"]
    assert (found["area_name"], found["area_type"], found["is_in_lookups"]) == ("Dorset", "unitary_authority", True)
    assert (found["is_current"], found["abolished_on"]) == (True, None)


def test_other_areas_are_as_the_newest_file_names_them(tmp_path: Path) -> None:
    found = areas(
        tmp_path,
        seen("A81001", "Old Surgery", "general_practice", 2019),
        seen("A81001", "New Surgery", "general_practice", 2022),
        seen("Cl_L2_1a", "Rural", "ons_2011_group"),
        seen("E05000123", None, "ward"),
    )
    assert {code: row["area_name"] for code, row in found.items() if not row["is_in_lookups"]} == {
        "A81001": "New Surgery",
        "Cl_L2_1a": "Rural",
        "E05000123": "E05000123",
    }
    assert [found[code]["area_type"] for code in ("A81001", "Cl_L2_1a", "E05000123")] == [
        "general_practice",
        "ons_2011_group",
        "ward",
    ]
    assert {found[code]["country_code"] for code in ("A81001", "Cl_L2_1a", "E05000123")} == {"E92000001"}
    assert found["A81001"]["is_current"] is None


def test_codes_of_the_nhs_in_modelled_files_are_not_english(tmp_path: Path) -> None:
    found = areas(tmp_path, seen("A81001", "A Surgery", "general_practice"), is_modelled=True)
    assert found["A81001"]["country_code"] != "E92000001"


def test_an_abolished_area_says_when_it_ended_and_what_followed(tmp_path: Path) -> None:
    county = areas(tmp_path, seen("E10000009", "Dorset", "upper_tier"))["E10000009"]
    assert (county["area_type"], county["is_in_lookups"], county["is_current"]) == ("county", False, False)
    assert (county["abolished_on"], county["successor_codes"]) == (date(2019, 4, 1), "E06000058;E06000059")


def test_groups_of_an_abolished_kind_have_its_end(tmp_path: Path) -> None:
    found = areas(tmp_path, seen("E38000001", "A CCG", "ccg"), seen("E45000001", "London", "phe_centre"))
    assert (found["E38000001"]["abolished_on"], found["E38000001"]["is_current"]) == (date(2022, 7, 1), False)
    assert found["E45000001"]["abolished_on"] == date(2021, 10, 1)


def test_a_second_code_of_an_area_is_no_area_of_its_own(tmp_path: Path) -> None:
    assert "E08000038" not in areas(tmp_path, seen("E08000038", "Barnsley", "district"))
