"""One source fills a cell, by preference; a second code of an area is read as ours."""

from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from pipelines.sources.contract import OBSERVATION
from tests.unit.sql.given import asked

ABOUT: dict[str, Any] = {
    "indicator": "le", "sources": "ons;fingertips", "modelled_estimate": True, "method": "model",
    "method_before": "direct", "method_since": "2023-12-31",
}  # fmt: skip


def row(source: str, value: float, area_code: str = "E08000016") -> dict[str, Any]:
    known = {"indicator": "le", "area_code": area_code, "period": "2022-24", "period_length": "3y", "sex": "male"}
    known |= {"age": "at_birth", "dimension": "total", "scheme": "total", "category": "total", "source": source}
    known |= {
        "value": value,
        "period_end": date(2024, 12, 31),
        "period_start": date(2022, 1, 1),
        "snapshot_sha256": source,
        "source_line": 2,
    }
    return {name: known.get(name) for name in OBSERVATION}


def asked_rows(tmp_path: Path, *rows: dict[str, Any]) -> list[dict[str, Any]]:
    return asked(
        tmp_path,
        "core/observation_candidate.sql",
        staging__observation=pl.DataFrame(rows, schema=OBSERVATION),
        staging__indicator=[ABOUT],
        staging__snapshot=[{"sha256": name, "is_modelled": False} for name in ("ons", "fingertips", "other")],
        core__area_alias=[{"alias_code": "E08000038", "area_code": "E08000016"}],
    )


def candidates(tmp_path: Path, *rows: dict[str, Any]) -> list[tuple[Any, ...]]:
    found = asked_rows(tmp_path, *rows)
    return sorted((r["source_place"], r["source"], r["area_code"], r["published_area_code"]) for r in found)


def test_the_preferred_source_comes_first_and_an_unlisted_one_last(tmp_path: Path) -> None:
    found = candidates(tmp_path, row("other", 3.0), row("fingertips", 2.0), row("ons", 1.0))
    assert [(place, source) for place, source, *_ in found] == [(1, "ons"), (2, "fingertips"), (3, "other")]


def test_two_codes_of_one_area_fill_one_cell(tmp_path: Path) -> None:
    found = candidates(tmp_path, row("fingertips", 2.0, "E08000016"), row("ons", 1.0, "E08000038"))
    assert found == [(1, "ons", "E08000016", "E08000038"), (2, "fingertips", "E08000016", "E08000016")]


def test_a_publication_was_made_by_the_method_of_its_newest_period(tmp_path: Path) -> None:
    old = {"period": "2018-20", "period_end": date(2020, 12, 31)}
    found = asked_rows(tmp_path, row("ons", 1.0), row("ons", 1.1) | old, row("fingertips", 2.0) | old)
    made = {(r["source"], r["period"]): (r["method"], r["is_model_estimate"]) for r in found}
    assert made == {
        ("ons", "2022-24"): ("model", True),
        ("ons", "2018-20"): ("model", True),
        ("fingertips", "2018-20"): ("direct", False),
    }


def test_of_two_codes_in_one_source_the_new_one_comes_first(tmp_path: Path) -> None:
    old, new = row("ons", 2.0, "E08000016"), row("ons", 1.0, "E08000038") | {"source_line": 3}
    for rows in ((old, new), (new, old)):
        assert [code for *_, code in candidates(tmp_path, *rows)] == ["E08000038", "E08000016"]
