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


def board(vintage: str, code: str) -> dict[str, Any]:
    return {"lsoa_vintage": "2021", "lsoa_code": "E01000001", "icb_vintage": vintage, "icb_code": code}


def asked_lsoas(tmp_path: Path, sevens: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return asked(
        tmp_path,
        "core/lsoa.sql",
        staging__iod_file_7=sevens,
        staging__iod_file_1=[file_1("E01000001"), file_1("E01000002")],
        staging__population_by_lsoa=[{"lsoa_code": "E01000001", "population": 1600}],
        staging__lsoa_to_icb=[board("2026", "E54000070"), board("2024", "E54000001")],
    )


def lsoas(tmp_path: Path, sevens: list[dict[str, Any]]) -> dict[str, tuple[float | None, int | None]]:
    found = asked_lsoas(tmp_path, sevens)
    return {row["lsoa_code"]: (row["imd_score"], row["population"]) for row in found if row["imd_release"] == "2025"}


def test_a_part_of_file_7_is_left_aside(tmp_path: Path) -> None:
    found = lsoas(tmp_path, [file_7("E01000001", 30.5), file_7("E01000009", 1.0, release="2019")])
    assert found == {"E01000001": (None, 1600), "E01000002": (None, None)}


def test_the_whole_of_file_7_is_used(tmp_path: Path) -> None:
    found = lsoas(tmp_path, [file_7("E01000001", 30.5), file_7("E01000002", 20.5)])
    assert found == {"E01000001": (30.5, 1500), "E01000002": (20.5, 1500)}


def test_of_two_editions_of_the_boards_the_newest_counts(tmp_path: Path) -> None:
    found = asked_lsoas(tmp_path, [file_7("E01000009", 1.0, release="2019")])
    assert [row["icb_code"] for row in found if row["lsoa_code"] == "E01000001"] == ["E54000070"]
