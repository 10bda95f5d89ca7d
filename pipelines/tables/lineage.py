"""Which tables a SQL text reads, found by DuckDB's own parser, and what our SQL may not contain.

What belongs here: reading SQL as a tree. What does not: running it (`tables/store.py`). Unqualified names and table
functions would hide a dependency, so they are refused here and lineage can be trusted; a question to a release may ask
its macros.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import Any

import duckdb

from pipelines.errors import ProductError


class UnreadableSql(ProductError):
    """A SQL text whose lineage cannot be known; the message names the file, the reason and the text."""


@lru_cache(maxsize=512)
def tables_read(sql: str, *, where: str = "SQL text", macros: frozenset[str] = frozenset()) -> tuple[str, ...]:
    """The `layer.table` names a single SELECT reads, sorted. `macros` are table functions that it may ask.

    Raises UnreadableSql for several statements, anything but SELECT, PIVOT, DESCRIBE, a catalog, a table function,
    `columns(...)`, and an unqualified name that is not a CTE.
    """
    nodes = list(_nodes(syntax_tree(sql, where=where)))
    own = {entry["key"].lower() for node in nodes if "cte_map" in node for entry in node["cte_map"].get("map", [])}
    found = set()
    for node in nodes:
        kind = node.get("type")
        if kind == "TABLE_FUNCTION" and node["function"]["function_name"] in macros:
            continue
        if kind in ("TABLE_FUNCTION", "PIVOT", "SHOW_REF"):
            raise UnreadableSql(f"{where}: {kind} hides what is read; write it as a plain SELECT.")
        if kind == "STAR" and (node.get("columns") or node.get("class") == "COLUMNS"):
            raise UnreadableSql(f"{where}: columns(...) hides what is read; name the columns.")
        if kind != "BASE_TABLE":
            continue
        if node.get("catalog_name"):
            raise UnreadableSql(
                f"{where}: {node['catalog_name']}.{node['table_name']} names a catalog; use layer.table."
            )
        if node.get("schema_name"):
            found.add(f"{node['schema_name']}.{node['table_name']}")
        elif node["table_name"].lower() not in own:
            raise UnreadableSql(f"{where}: {node['table_name']!r} is neither a CTE nor layer.table.")
    return tuple(sorted(found))


def syntax_tree(sql: str, *, where: str) -> dict[str, Any]:
    """The tree of a single SELECT. Raises UnreadableSql for what is none, or more than one."""
    # A cursor each: the parser is shared, since opening a database takes longer than reading a text.
    with _parser().cursor() as cursor:
        (text,) = cursor.execute("select json_serialize_sql(?::varchar)", [sql]).fetchone() or ("{}",)
    tree: dict[str, Any] = json.loads(text)
    if tree.get("error"):
        raise UnreadableSql(f"{where}: {tree.get('error_message')}\n{sql}")
    if len(tree["statements"]) != 1:
        raise UnreadableSql(f"{where}: expected one statement, found {len(tree['statements'])}.")
    return tree


@cache
def _parser() -> duckdb.DuckDBPyConnection:
    return duckdb.connect()


def _nodes(tree: Any) -> Iterator[dict[str, Any]]:
    if isinstance(tree, dict):
        yield tree
        for value in tree.values():
            yield from _nodes(value)
    elif isinstance(tree, list):
        for value in tree:
            yield from _nodes(value)


def leading_comment(sql: str) -> str:
    """The comment lines a SQL file opens with, joined: the grain of a table, or the rule of a check."""
    lines = []
    for line in sql.splitlines():
        if not line.startswith("--"):
            break
        lines.append(line.removeprefix("--").strip())
    return " ".join(lines)
