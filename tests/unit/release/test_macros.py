"""Macros: what a file must say, and that one which does not answer keeps a release from being published."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from pipelines.release.folder import ReleaseRefused
from pipelines.release.macros import MacroInvalid, macros, refuse_failing, write

DOUBLE = """-- Twice a number.
-- arguments: number
-- gives: one value
-- try: double_of(2)
2 * number
"""
TWICE = """-- Every number of t, doubled.
-- arguments: least := 0
-- gives: a table
-- try: twice()
select double_of(n) as doubled
from t
where n >= least
"""


def folder(tmp_path: Path, **texts: str) -> Path:
    (tmp_path / "macros").mkdir()
    for name, text in texts.items():
        (tmp_path / "macros" / f"{name}.sql").write_text(text, encoding="utf-8")
    return tmp_path


def release(tmp_path: Path) -> Path:
    file = tmp_path / "made.duckdb"
    with duckdb.connect(str(file)) as connection:
        connection.execute("create table t as from (values (1), (2)) as v(n)")
    return file


def test_a_macro_answers_in_the_release_and_bears_its_comment(tmp_path: Path) -> None:
    made = macros(folder(tmp_path, a_twice=TWICE.replace("twice()", "a_twice()"), double_of=DOUBLE))
    write(release(tmp_path), made)
    with duckdb.connect(str(tmp_path / "made.duckdb"), read_only=True) as connection:
        refuse_failing(connection, made)
        assert connection.sql("from a_twice(least := 2)").fetchall() == [(4,)]
        comments = "select function_name, comment from duckdb_functions() where not internal order by 1"
        assert connection.sql(comments).fetchall() == [
            ("a_twice", "Every number of t, doubled."),
            ("double_of", "Twice a number."),
        ]


def test_one_that_does_not_answer_is_named(tmp_path: Path) -> None:
    made = macros(folder(tmp_path, double_of=DOUBLE.replace("double_of(2)", "double_of('two')")))
    write(release(tmp_path), made)
    with (
        duckdb.connect(str(tmp_path / "made.duckdb"), read_only=True) as connection,
        pytest.raises(ReleaseRefused, match="double_of does not answer"),
    ):
        refuse_failing(connection, made)


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ("-- try: double_of(2)\n", "", "no try"),
        ("-- arguments: number\n", "", "no arguments"),
        ("one value", "a list", "gives a list"),
    ],
)
def test_a_file_says_what_it_must(tmp_path: Path, old: str, new: str, found: str) -> None:
    with pytest.raises(MacroInvalid) as raised:
        macros(folder(tmp_path, double_of=DOUBLE.replace(old, new)))
    assert (raised.value.where, raised.value.found) == ("macros/double_of.sql", found)
