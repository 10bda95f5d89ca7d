"""A part of File 7 never mixes with the rest: 2025 takes File 1 and the census until File 7 is whole."""

from pathlib import Path
from typing import Any

from tests.unit.sql.given import asked


def file_7(code: str, score: float, release: str = "2025") -> dict[str, Any]:
    return {
        "imd_release": release, "lsoa_vintage": "2021", "lsoa_code": code, "lsoa_name": code, "lad_code": "E06000001",
        "imd_score": score, "imd_rank": 1, "imd_decile": 1, "population": 1500, "population_reference": "mid-2022",
        "snapshot_sha256": "7",
    }  # fmt: skip


def file_1(code: str) -> dict[str, Any]:
    return {
        "imd_release": "2025", "lsoa_vintage": "2021", "lsoa_code": code, "lsoa_name": code, "lad_code": "E06000001",
        "imd_rank": 1, "imd_decile": 1, "snapshot_sha256": "1",
    }  # fmt: skip


def lsoas(tmp_path: Path, sevens: list[dict[str, Any]]) -> dict[str, tuple[float | None, int | None]]:
    found = asked(
        tmp_path,
        "core/lsoa.sql",
        staging__iod_file_7=sevens,
        staging__iod_file_1=[file_1("E01000001"), file_1("E01000002")],
        staging__population_by_lsoa=[{"lsoa_code": "E01000001", "population": 1600}],
        staging__lsoa_to_icb=[{"lsoa_vintage": "2021", "lsoa_code": "E01000001", "icb_code": "E54000001"}],
    )
    return {row["lsoa_code"]: (row["imd_score"], row["population"]) for row in found if row["imd_release"] == "2025"}


def test_a_part_of_file_7_is_left_aside(tmp_path: Path) -> None:
    found = lsoas(tmp_path, [file_7("E01000001", 30.5), file_7("E01000009", 1.0, release="2019")])
    assert found == {"E01000001": (None, 1600), "E01000002": (None, None)}


def test_the_whole_of_file_7_is_used(tmp_path: Path) -> None:
    found = lsoas(tmp_path, [file_7("E01000001", 30.5), file_7("E01000002", 20.5)])
    assert found == {"E01000001": (30.5, 1500), "E01000002": (20.5, 1500)}
