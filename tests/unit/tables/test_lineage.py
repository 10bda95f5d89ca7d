"""Lineage: what a SQL text reads, and every text whose lineage could not be trusted."""

from __future__ import annotations

import pytest

from pipelines.tables.lineage import UnreadableSql, leading_comment, tables_read

READS = {
    "one table": ("select x from core.area", ("core.area",)),
    "from first": ("from core.area", ("core.area",)),
    "each table once, sorted": ("select 1 from core.b, core.a join core.b as again on true", ("core.a", "core.b")),
    "no table": ("select 1 as x", ()),
    "sub-select in FROM": ("select x from (select x from core.a) as inside", ("core.a",)),
    "sub-select in SELECT": ("select (select max(x) from core.b) as m from core.a", ("core.a", "core.b")),
    "sub-select in WHERE": ("select x from core.a where x in (select y from core.b)", ("core.a", "core.b")),
    "EXISTS": ("select x from core.a where exists (from core.b where y = x)", ("core.a", "core.b")),
    "LATERAL": ("from core.a, lateral (from core.b where b.x = a.x)", ("core.a", "core.b")),
    "UNION": ("select x from core.a union all select x from core.b", ("core.a", "core.b")),
    "a CTE is no table": ("with mine as (from core.a) select x from mine", ("core.a",)),
    "CTE in a CTE": (
        "with one as (from core.a), two as (from one) from two join core.b using (x)",
        ("core.a", "core.b"),
    ),
    "CTE in other case": ("with Mine as (from core.a) from mine", ("core.a",)),
    "CTE in other case again": ("with mine as (from core.a) from MINE", ("core.a",)),
    "CTE named as a table": ("with area as (from core.area) from area", ("core.area",)),
    "recursive CTE": (
        "with recursive up as (select 1 as n union all select n + 1 from up where n < 3) from up, core.a",
        ("core.a",),
    ),
    "semicolon and comment": ("-- core.x is not read\nselect 'core.y' as text from core.a;", ("core.a",)),
    "EXCLUDE and REPLACE": ("select * exclude (x) replace (1 as y) from core.a", ("core.a",)),
}


@pytest.mark.parametrize("case", READS)
def test_what_a_select_reads(case: str) -> None:
    sql, tables = READS[case]
    assert tables_read(sql) == tables


REFUSED = {
    "two statements": ("select 1; select 2", "found 2"),
    "nothing": ("", "found 0"),
    "only a comment": ("-- nothing", "found 0"),
    "not SQL": ("selekt x from core.a", "selekt"),
    "CREATE": ("create table core.b as from core.a", "SELECT"),
    "INSERT": ("insert into core.b from core.a", "SELECT"),
    "COPY": ("copy core.a to 'file.csv'", "SELECT"),
    "DESCRIBE": ("describe core.a", "SHOW_REF"),
    "SUMMARIZE": ("select * from (summarize core.a)", "SHOW_REF"),
    "PIVOT": ("pivot core.a on x using sum(y)", "SELECT"),
    "UNPIVOT": ("select * from (unpivot core.a on x, y into name k value v)", "PIVOT"),
    "catalog": ("from release.core.a", "catalog"),
    "file by function": ("from read_csv('a.csv')", "TABLE_FUNCTION"),
    "file by name": ("from 'a.parquet'", "a.parquet"),
    "table function": ("from range(3)", "TABLE_FUNCTION"),
    "table function in a sub-select": ("select (select max(x) from read_csv('a.csv')) from core.a", "TABLE_FUNCTION"),
    "table by a text": ("from query_table('core.a')", "TABLE_FUNCTION"),
    "columns by pattern": ("select columns('x.*') from core.a", "columns"),
    "columns in a function": ("select min(columns(*)) from core.a", "columns"),
    "unqualified": ("from area", "'area' is neither"),
    "alias used as a table": ("from (from core.a) as inside, inside", "'inside' is neither"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_refused_and_why(case: str) -> None:
    sql, reason = REFUSED[case]
    with pytest.raises(UnreadableSql, match=reason) as refused:
        tables_read(sql, where="sql/core/mine.sql")
    assert str(refused.value).startswith("sql/core/mine.sql: ")


def test_leading_comment_joins_the_first_lines_and_stops() -> None:
    assert leading_comment("-- One row per area.\n--   Second line.\nselect 1\n-- not this") == (
        "One row per area. Second line."
    )


@pytest.mark.parametrize("sql", ["", "select 1 -- late", "\n-- after a blank line"])
def test_no_leading_comment(sql: str) -> None:
    assert leading_comment(sql) == ""
