"""What every SQL file and every suite must have: a grain, rule or question on top, named columns, a reason a rule."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipelines.quality.sql_check import SCOPE, header
from pipelines.release.macros import macros
from pipelines.settings import PROJECT
from pipelines.tables.registry import tables

SQL = PROJECT / "sql"
FILES = sorted(SQL.glob("*/*.sql"))
SUITES = sorted((PROJECT / "expectations").glob("*.json"))


def named(file: Path) -> str:
    return f"{file.parent.name}/{file.stem}"


def selects(tree: Any) -> Iterator[dict[str, Any]]:
    """Every SELECT of a parsed statement, subqueries included."""
    if isinstance(tree, dict):
        if tree.get("type") == "SELECT_NODE":
            yield tree
        for value in tree.values():
            yield from selects(value)
    elif isinstance(tree, list):
        for value in tree:
            yield from selects(value)


def final_selects(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The SELECTs whose columns are the statement's own: both sides of a union."""
    if node["type"] == "SET_OPERATION_NODE":
        for side in node.get("children") or [node["left"], node["right"]]:
            yield from final_selects(side)
    else:
        yield node


def parsed(file: Path) -> dict[str, Any]:
    with duckdb.connect() as connection:
        (text,) = connection.execute("select json_serialize_sql(?::varchar)", [file.read_text()]).fetchone() or ("",)
    tree = json.loads(text)
    assert not tree.get("error"), tree
    node: dict[str, Any] = tree["statements"][0]["node"]
    return node


@pytest.mark.parametrize("file", FILES, ids=named)
def test_it_opens_with_its_grain_rule_or_question(file: Path) -> None:
    lines = file.read_text(encoding="utf-8").splitlines()
    assert lines[0].startswith("-- ")
    if file.parent.name in ("core", "published"):
        assert lines[0].startswith("-- One row per ")
    elif file.parent.name == "examples":
        assert lines[0].endswith("?")
    elif file.parent.name == "macros":
        assert next(macro for macro in macros(SQL) if macro.name == file.stem).about.endswith(".")
    else:
        assert header(file.read_text(encoding="utf-8")).rule.endswith(".")
        assert SCOPE.search(file.read_text(encoding="utf-8")), "a check says how far it reaches"


@pytest.mark.parametrize("file", FILES, ids=named)
def test_it_groups_by_names(file: Path) -> None:
    by_place = [
        expression
        for node in selects(parsed(file))
        for expression in node.get("group_expressions", [])
        if expression.get("class") == "CONSTANT"
    ]
    assert by_place == []


@pytest.mark.parametrize("file", [file for file in FILES if file.parent.name in ("published", "examples")], ids=named)
def test_what_analysts_see_is_named_column_by_column(file: Path) -> None:
    for node in final_selects(parsed(file)):
        assert [column for column in node["select_list"] if column.get("class") == "STAR"] == []


def test_every_table_has_a_suite_and_every_suite_a_table() -> None:
    assert [file.stem for file in SUITES] == sorted(name for name, table in tables().items() if table.layer != "raw")


@pytest.mark.parametrize("file", SUITES, ids=named)
def test_every_rule_says_why_and_how_much_it_matters(file: Path) -> None:
    suite = json.loads(file.read_text(encoding="utf-8"))
    assert suite["name"] == file.stem
    assert suite["notes"].endswith(".")
    assert len(suite["expectations"]) >= 4
    for rule in suite["expectations"]:
        assert rule["notes"].endswith("."), rule
        assert rule["severity"] in ("critical", "warning"), rule
    assert file.read_text(encoding="utf-8") == json.dumps(suite, indent=2, ensure_ascii=False) + "\n"
