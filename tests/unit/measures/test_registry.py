"""The registry of measures: each slug once, its facts in agreement, and every measure computed by somebody."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pipelines import catalogue
from pipelines.inequality.compute import ATTRIBUTABLE, GAPS, LINE, SPREAD
from pipelines.measures.registry import MEASURE_COLUMNS, MEASURE_OF, MEASURES, measure_frame
from pipelines.measures.spread import summary_measures
from pipelines.settings import Settings

SQL = sorted(Settings().sql.rglob("*.sql"))
NAMED = re.compile(r"\bmeasure(?:\.measure)? (?:=|in) (\([^)]*\)|'[^']*')")


def test_each_measure_stands_once_with_every_fact() -> None:
    assert len(MEASURE_OF) == len(MEASURES)
    assert measure_frame().columns == list(MEASURE_COLUMNS)
    assert measure_frame().select("measure", "words", "family").null_count().row(0) == (0, 0, 0)


def test_a_relative_measure_has_a_unit_of_its_own_and_stands_beside_an_absolute_one() -> None:
    assert [one.measure for one in MEASURES if one.is_relative and not one.unit] == []
    pairs = {one.relative_of: one for one in MEASURES if one.relative_of}
    assert {absolute: one.measure for absolute, one in pairs.items()} == {
        "slope_index": "relative_index",
        "absolute_gap": "relative_gap",
    }
    assert all(one.is_relative and not MEASURE_OF[absolute].is_relative for absolute, one in pairs.items() if absolute)


def test_every_measure_is_computed_by_one_function() -> None:
    computed = [*LINE, *GAPS, *ATTRIBUTABLE, *SPREAD]
    assert sorted(computed) == sorted(MEASURE_OF)
    assert set(SPREAD) <= set(summary_measures.MEASURES)


def test_the_catalogue_allows_known_measures_only() -> None:
    allowed = {
        slug
        for scheme in catalogue.load().schemes.values()
        for slug in (*scheme.measures_allowed, *scheme.measures_with_population)
    }
    assert allowed - {"none"} <= set(MEASURE_OF)
    assert "excess_events" not in allowed


@pytest.mark.parametrize("path", SQL, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_sql_names_known_measures_only(path: Path) -> None:
    named = {
        slug for found in NAMED.findall(path.read_text(encoding="utf-8")) for slug in re.findall(r"'(\w+)'", found)
    }
    assert named <= set(MEASURE_OF)


def test_suites_name_known_measures_only() -> None:
    named = {
        slug
        for path in sorted(Settings().expectations.glob("*.json"))
        for comparison in _comparisons(json.loads(path.read_text(encoding="utf-8")))
        for slug in comparison["parameter"]
    }
    assert named
    assert named <= set(MEASURE_OF)


def _comparisons(tree: Any) -> Iterator[dict[str, Any]]:
    """The conditions of a suite that look at the column `measure`."""
    if isinstance(tree, dict):
        if tree.get("type") == "comparison" and tree["column"]["name"] == "measure":
            yield tree
        tree = list(tree.values())
    if isinstance(tree, list):
        for part in tree:
            yield from _comparisons(part)
