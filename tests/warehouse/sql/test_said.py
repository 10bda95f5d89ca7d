"""No sentence of the whole sample says more than its number does; `tests/proofs/test_mirror.py` asks real extracts."""

from __future__ import annotations

from pathlib import Path

import duckdb

from tests.said import DIRECTION, all_with_areas_missing, direction_without_evidence


def test_no_sentence_says_all_where_areas_are_missing(sample_warehouse: Path) -> None:
    assert all_with_areas_missing(sample_warehouse / "current.duckdb") == []


def test_no_sentence_names_a_direction_where_the_interval_leaves_both_open(sample_warehouse: Path) -> None:
    assert direction_without_evidence(sample_warehouse / "current.duckdb") == []


def test_what_is_looked_for_is_there_to_be_found(sample_warehouse: Path) -> None:
    """Clear rows do name a direction, so that the pattern would see one."""
    with duckdb.connect(str((sample_warehouse / "current.duckdb").resolve()), read_only=True) as release:
        clear = release.sql(
            "select sentence from published.inequality where measure in ('slope_index', 'absolute_gap') "
            "and transform = 'none' and value_lower > 0"
        ).fetchall()
    assert clear
    assert [sentence for (sentence,) in clear if not DIRECTION.search(sentence)] == []
