"""Which columns of which tables each column of a SQL text is made from, read off DuckDB's own syntax tree.

What belongs here: following names through subqueries, common table expressions, joins and unions. What does not: which
tables a text reads (`lineage.py`), or running it (`store.py`). What is followed is what a value is made from; what
only decides which rows there are (`where`, `on`, `group by`) is no part of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pipelines.tables.lineage import UnreadableSql, syntax_tree

Origins = frozenset[tuple[str, str]]
"""Columns that a value is made from, each as (table, column)."""
Columns = dict[str, Origins]
"""The columns of a query in their order, each with its origins."""
NOTHING: Origins = frozenset()


@dataclass(frozen=True)
class Source:
    """What stands in a FROM under one name."""

    name: str
    columns: Columns


@dataclass(frozen=True)
class Scope:
    """What names mean at one place of a text: its FROM, `using` columns, CTEs, and the query that it lies in."""

    ctes: Mapping[str, Columns]
    sources: Sequence[Source] = ()
    using: frozenset[str] = frozenset()
    aliases: Columns = field(default_factory=dict)
    around: Scope | None = None

    def origins(self, names: Sequence[str]) -> Origins | None:
        """The origins of a column as it is written, `x` or `source.x` (or a field of it); None for no such column."""
        first, *rest = (name.lower() for name in names)
        if rest:
            for source in self.sources:
                if source.name == first and rest[0] in source.columns:
                    return source.columns[rest[0]]
        found = [source.columns[first] for source in self.sources if first in source.columns]
        if found:
            return NOTHING.union(*found)
        if first in self.aliases:
            return self.aliases[first]
        return self.around.origins(names) if self.around else None


def column_origins(sql: str, columns: Mapping[str, Sequence[str]], *, where: str = "SQL text") -> Columns:
    """The columns of a single SELECT with their origins; `columns` names those of every table that it reads.

    Raises UnreadableSql where a name means nothing, or the text says what cannot be followed.
    """
    tables = {name: {column.lower(): frozenset({(name, column)}) for column in of} for name, of in columns.items()}
    try:
        return _query(syntax_tree(sql, where=where)["statements"][0]["node"], Scope({}), tables)
    except KeyError as error:
        raise UnreadableSql(f"{where}: {error} cannot be followed to the columns it is made from.") from error


def _query(node: dict[str, Any], outer: Scope, tables: Mapping[str, Columns]) -> Columns:
    ctes = dict(outer.ctes)
    for entry in node["cte_map"].get("map", []):
        inside = Scope(ctes, around=outer)
        made = _query(entry["value"]["query_node"], inside, tables)
        ctes[entry["key"].lower()] = _renamed(made, entry["value"].get("aliases", []))
    if node["type"] == "SET_OPERATION_NODE":
        children = [_query(child, Scope(ctes, around=outer), tables) for child in node["children"]]
        return _united(children, by_name=node["setop_type"] == "UNION_BY_NAME")
    if node["type"] != "SELECT_NODE":
        raise KeyError(node["type"])
    sources, using = _from(node["from_table"], Scope(ctes, around=outer), tables)
    scope = Scope(ctes, sources, frozenset(using), {}, outer)
    for expression in node["select_list"]:
        if expression["class"] == "STAR":
            scope.aliases.update(_star(expression, scope, tables))
        else:
            # Taken before it is named: `x + 1 as x` is made from the x of the FROM.
            origins = _origins(expression, scope, tables)
            name, again = _name(expression), 0
            while (called := f"{name}_{again}" if again else name) in scope.aliases:
                again += 1
            scope.aliases[called] = origins
    return dict(scope.aliases)


def _from(node: dict[str, Any], scope: Scope, tables: Mapping[str, Columns]) -> tuple[list[Source], set[str]]:
    """What stands in a FROM, and the columns that its joins have in common."""
    kind = node["type"]
    if kind == "JOIN":
        left, left_using = _from(node["left"], scope, tables)
        beside = Scope(scope.ctes, left, around=scope.around)
        right, right_using = _from(node["right"], beside, tables)
        return [*left, *right], {*left_using, *right_using, *map(str.lower, node.get("using_columns", []))}
    if kind == "BASE_TABLE":
        name = node["table_name"].lower()
        made = tables[f"{node['schema_name']}.{name}"] if node.get("schema_name") else scope.ctes[name]
        return [Source((node.get("alias") or name).lower(), _renamed(made, node.get("column_name_alias", [])))], set()
    if kind == "SUBQUERY":
        made = _query(node["subquery"]["node"], scope, tables)
        return [Source((node.get("alias") or "").lower(), _renamed(made, node.get("column_name_alias", [])))], set()
    if kind == "EXPRESSION_LIST":
        rows = [[_origins(value, scope, tables) for value in row] for row in node["values"]]
        return [
            Source("", {f"col{n}": NOTHING.union(*cells) for n, cells in enumerate(zip(*rows, strict=True))})
        ], set()
    if kind == "EMPTY":
        return [], set()
    raise KeyError(kind)


def _star(expression: dict[str, Any], scope: Scope, tables: Mapping[str, Columns]) -> Columns:
    """The columns of `*` or `source.*`, without those excluded, with those replaced."""
    of = expression.get("relation_name", "").lower()
    left_out = {_last(name) for name in expression.get("exclude_list", [])}
    columns: Columns = {}
    for source in scope.sources:
        for name in source.columns if not of or source.name == of else ():
            # A column that a join has in common comes once, and is made from both.
            origins = scope.origins([name]) if name in scope.using and not of else source.columns[name]
            columns.setdefault(name, origins or NOTHING)
    for entry in expression.get("replace_list", []):
        columns[entry["key"].lower()] = _origins(entry["value"], scope, tables)
    renamed = {_last(entry["key"]): entry["value"].lower() for entry in expression.get("rename_list", [])}
    return {renamed.get(name, name): origins for name, origins in columns.items() if name not in left_out}


def _last(name: Any) -> str:
    return str(name if isinstance(name, str) else name["column"]).lower()


def _origins(
    expression: Any, scope: Scope, tables: Mapping[str, Columns], bound: frozenset[str] = frozenset()
) -> Origins:
    """All columns that an expression is made from; `bound` are names that a lambda around it gives."""
    if isinstance(expression, list):
        return NOTHING.union(*(_origins(part, scope, tables, bound) for part in expression))
    if not isinstance(expression, dict):
        return NOTHING
    match expression.get("class"):
        case "COLUMN_REF":
            found = NOTHING if expression["column_names"][0].lower() in bound else _meant(expression, scope)
        case "SUBQUERY":
            made = _query(expression["subquery"]["node"], Scope(scope.ctes, around=scope), tables)
            found = NOTHING.union(*made.values(), _origins(expression.get("child"), scope, tables, bound))
        case "LAMBDA":
            names = {name.lower() for part in _columns_in(expression["lhs"]) for name in part}
            found = _origins(expression["expr"], scope, tables, bound | names)
        case "STAR":
            found = NOTHING
        case _:
            found = NOTHING.union(*(_origins(part, scope, tables, bound) for part in expression.values()))
    return found


def _meant(column: dict[str, Any], scope: Scope) -> Origins:
    found = scope.origins(column["column_names"])
    if found is None:
        raise KeyError(".".join(column["column_names"]))
    return found


def _columns_in(expression: Any) -> Iterator[list[str]]:
    if isinstance(expression, dict):
        if expression.get("class") == "COLUMN_REF":
            yield expression["column_names"]
        for part in expression.values():
            yield from _columns_in(part)
    elif isinstance(expression, list):
        for part in expression:
            yield from _columns_in(part)


def _name(expression: dict[str, Any]) -> str:
    """What a column of a SELECT is called."""
    if alias := expression.get("alias"):
        return str(alias).lower()
    if expression["class"] == "COLUMN_REF":
        return str(expression["column_names"][-1]).lower()
    return str(expression.get("function_name", expression["type"])).lower()


def _renamed(columns: Columns, names: Sequence[str]) -> Columns:
    """The columns, the first of them by other names."""
    kept = list(columns)[len(names) :]
    return dict(zip([*map(str.lower, names), *kept], columns.values(), strict=True))


def _united(children: Iterable[Columns], *, by_name: bool) -> Columns:
    """The columns of a union: each is made from what it is made from in any part."""
    first, *others = children
    united = dict(first)
    for child in others:
        pairs = child.items() if by_name else zip(first, child.values(), strict=True)
        for name, origins in pairs:
            united[name] = united.get(name, NOTHING) | origins
    return united
