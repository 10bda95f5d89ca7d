"""Columns are followed to what they are made from, through whatever stands between."""

from __future__ import annotations

import pytest

from pipelines.tables.column_lineage import column_origins
from pipelines.tables.lineage import UnreadableSql

TABLES = {"l.t": ["a", "b"], "l.u": ["a", "c"]}


def made(sql: str) -> dict[str, str]:
    """Each column, with what it is made from as `table.column` separated by blanks."""
    return {
        name: " ".join(sorted(".".join(one) for one in origins))
        for name, origins in column_origins(sql, TABLES).items()
    }


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("select a, b + a as x, 1 as one from l.t", {"a": "l.t.a", "x": "l.t.a l.t.b", "one": ""}),
        ("select a + 1 as b, b as y from l.t", {"b": "l.t.a", "y": "l.t.b"}),
        ("select b + 1 as x, x * 2 as y from l.t", {"x": "l.t.b", "y": "l.t.b"}),
        ("select * from l.t where b > 0", {"a": "l.t.a", "b": "l.t.b"}),
        ("select * exclude (a) replace (a + b as b) from l.t", {"b": "l.t.a l.t.b"}),
        ("select * rename (a as z) from l.t", {"z": "l.t.a", "b": "l.t.b"}),
        ("select * from l.t join l.u using (a)", {"a": "l.t.a l.u.a", "b": "l.t.b", "c": "l.u.c"}),
        ("select x.* from l.t as x join l.u on x.a = l.u.a", {"a": "l.t.a", "b": "l.t.b"}),
        ("with w(p, q) as (select b, a from l.t) select q, p from w", {"q": "l.t.a", "p": "l.t.b"}),
        ("select s.m from (select max(b) as m from l.t group by a) as s", {"m": "l.t.b"}),
        ("select a from l.t union all select c from l.u", {"a": "l.t.a l.u.c"}),
        ("select a from l.t union all by name select c, a from l.u", {"a": "l.t.a l.u.a", "c": "l.u.c"}),
        ("select (select max(c) from l.u where u.a = t.a) as m, t.b from l.t", {"m": "l.u.c", "b": "l.t.b"}),
        ("select list_transform([b], x -> x + a) as m from l.t", {"m": "l.t.a l.t.b"}),
        ("select sum(b) over (partition by a) as s from l.t", {"s": "l.t.a l.t.b"}),
        ("select k from (values (1, 2)) as v(j, k)", {"k": ""}),
        (
            "select null, null from l.t union all select a, b from l.t",
            {"value_constant": "l.t.a", "value_constant_1": "l.t.b"},
        ),
    ],
)
def test_a_column_is_followed(sql: str, expected: dict[str, str]) -> None:
    assert made(sql) == expected


@pytest.mark.parametrize("sql", ["select z from l.t", "select a from l.gone", "select t.c from l.t"])
def test_a_name_that_means_nothing_is_refused(sql: str) -> None:
    with pytest.raises(UnreadableSql, match="cannot be followed"):
        made(sql)
