"""Reading the current release: what may be asked, what may not, and how an answer is written."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from pipelines.release import query as reading
from pipelines.release.answer_file import written
from pipelines.release.query import FailedCheck, NoRelease, QueryRefused, SourceFile

SLOPES = """
    create schema published;
    create schema meta;
    create table published.inequality as
    select * from (values
        ('E1', 'Here', 'life_expectancy_at_birth', 'female', '2016-18', date '2018-12-31', 6.0, 5.5, 6.5),
        ('E1', 'Here', 'life_expectancy_at_birth', 'male', '2016-18', date '2018-12-31', 8.04, 7.5, 8.5),
        ('E1', 'Here', 'life_expectancy_at_birth', 'male', '2013-15', date '2015-12-31', 7.0, 6.5, 7.5),
        ('E1', 'Here', 'healthy_life_expectancy_at_birth', 'male', '2011-13', date '2013-12-31', 18.0, null, null),
        ('E1', 'Here', 'smoking_prevalence_adults', 'persons', '2024', date '2024-12-31', 9.0, 8.0, 10.0)
    ) as t (area_code, area_name, indicator, sex, period, period_end, value, value_lower, value_upper);
    alter table published.inequality add column title varchar;
    update published.inequality
    set title = case indicator
        when 'life_expectancy_at_birth' then 'Life expectancy at birth'
        when 'healthy_life_expectancy_at_birth' then 'Healthy'
    end;
    alter table published.inequality add column measure varchar default 'slope_index';
    alter table published.inequality add column basis varchar default 'neighbourhoods_national';
    alter table published.inequality add column grade varchar default 'B';
    alter table published.inequality add column is_modelled boolean default true;
    create table meta.snapshot as
    select * from (values
        ('a.csv', timestamp '2026-03-01 12:00:00', 3, 1, 1, 1, 0, true, false),
        ('b.csv', timestamp '2026-03-01 12:00:00', 2, 2, 0, 0, 1, false, true)
    ) as t (path, retrieved_at, rows_in, rows_out, rejected, deduplicated, suppressed, is_modelled, is_stale);
    alter table meta.snapshot add column publisher varchar default 'Somebody';
    create table meta.release as
    select '1' as release_id, timestamp '2026-03-01 12:30:00' as created_at, 'sample' as input, 'modelled' as origin;
    create table meta.check_result as
    select * from (values
        ('core.a', 'odd', 'warning', false, false),
        ('core.a', 'keys', 'critical', true, false),
        ('core.b', 'stuck', 'warning', false, true)
    ) as t (table_name, check_name, severity, passed, errored);
"""


@pytest.fixture
def warehouse(tmp_path: Path) -> Path:
    with duckdb.connect(str(tmp_path / "current.duckdb")) as connection:
        connection.execute(SLOPES)
    return tmp_path


@pytest.mark.parametrize("ask", [lambda w: reading.ask(w, "select 1"), reading.headline], ids=["ask", "headline"])
def test_before_the_first_release_it_says_what_to_run(tmp_path: Path, ask) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(NoRelease, match=r"no release yet in .*Run `inequality run` first"):
        ask(tmp_path)


def test_a_query_is_answered(warehouse: Path) -> None:
    answer = reading.ask(
        warehouse, "select sex, period from published.inequality where period = '2016-18' order by sex"
    )
    assert answer.rows() == [("female", "2016-18"), ("male", "2016-18")]


def test_a_query_that_duckdb_refuses_gives_its_reason(warehouse: Path) -> None:
    with pytest.raises(QueryRefused, match="no_such_column"):
        reading.ask(warehouse, "select no_such_column from published.inequality")


def test_a_sentence_that_a_macro_says_stands_alone(warehouse: Path) -> None:
    with pytest.raises(QueryRefused, match=r"^No area is called Blakpool"):
        reading.ask(warehouse, "select error('No area is called Blakpool.')")


def test_no_query_at_all_is_refused(warehouse: Path) -> None:
    with pytest.raises(QueryRefused, match="Write one SELECT"):
        reading.ask(warehouse, "-- nothing")


OUTSIDE = {
    "a file by function": "from read_csv('{file}')",
    "a file by name": "from '{file}'",
    "a file as text": "from read_text('{file}')",
    "a folder": "from glob('{folder}/*')",
    "another database": "attach '{folder}/other.duckdb'",
    "writing a file": "copy (select 1) to '{folder}/out.csv'",
    "switching it back on": "set enable_external_access = true",
}


@pytest.mark.parametrize("way", OUTSIDE)
def test_a_query_reaches_nothing_outside_the_release(warehouse: Path, way: str) -> None:
    file = warehouse / "secret.csv"
    file.write_text("a\nsecret\n")
    with pytest.raises(QueryRefused):
        reading.ask(warehouse, OUTSIDE[way].format(file=file, folder=warehouse))
    assert not (warehouse / "out.csv").exists()


@pytest.mark.parametrize(
    "query", ["delete from published.inequality", "drop table meta.release", "create table mine as select 1"]
)
def test_a_query_changes_nothing(warehouse: Path, query: str) -> None:
    with pytest.raises(QueryRefused, match="read-only"):
        reading.ask(warehouse, query)


def test_a_query_changes_no_setting(warehouse: Path) -> None:
    with pytest.raises(QueryRefused, match="locked"):
        reading.ask(warehouse, "set threads = 1")


def test_two_readers_in_one_process_are_both_shut_in(warehouse: Path) -> None:
    with reading._open(warehouse):
        assert reading.ask(warehouse, "select 1 as n").item() == 1
        with pytest.raises(QueryRefused):
            reading.ask(warehouse, f"from glob('{warehouse}/*')")


def test_a_python_variable_is_no_table(warehouse: Path) -> None:
    with pytest.raises(QueryRefused):
        reading.ask(warehouse, "from query")


def test_headline_is_the_newest_slope_of_each_life_expectancy(warehouse: Path) -> None:
    said = reading.headline(warehouse)
    assert said.rows == [
        ("Here", "Life expectancy", "male", "2016-18", "8.0 (7.5 to 8.5)", "B"),
        ("Here", "Life expectancy", "female", "2016-18", "6.0 (5.5 to 6.5)", "B"),
        ("Here", "Healthy", "male", "2011-13", "18.0", "B"),
    ]


def test_headline_says_why_there_is_no_interval_and_what_is_modelled(warehouse: Path) -> None:
    said = reading.headline(warehouse)
    assert said.interval_note.startswith("Where no interval stands")
    assert said.modelled.startswith("1 of 2 input files are modelled")


def test_headline_of_real_figures_with_limits_needs_no_note(warehouse: Path) -> None:
    with duckdb.connect(str(warehouse / "current.duckdb")) as connection:
        connection.execute("delete from published.inequality where value_lower is null")
        connection.execute("update published.inequality set is_modelled = false")
        connection.execute("update meta.snapshot set is_modelled = false")
    said = reading.headline(warehouse)
    assert (said.interval_note, said.modelled) == ("", "")
    assert len(said.rows) == 2


def test_headline_leaves_out_other_measures_bases_and_nulls(warehouse: Path) -> None:
    with duckdb.connect(str(warehouse / "current.duckdb")) as connection:
        connection.execute("update published.inequality set measure = 'absolute_gap' where sex = 'female'")
        connection.execute("update published.inequality set basis = 'whole_areas_derived' where title = 'Healthy'")
        connection.execute("update published.inequality set value = null where period = '2016-18'")
    assert [row[2:5] for row in reading.headline(warehouse).rows] == [("male", "2013-15", "7.0 (6.5 to 7.5)")]


def test_what_a_release_tells_of_itself(warehouse: Path) -> None:
    found = reading.release_facts(warehouse)
    assert (found.release_id, found.input, found.origin, found.forced) == ("1", "sample", "modelled", None)
    assert found.created_at == datetime(2026, 3, 1, 12, 30, tzinfo=UTC)
    assert found.sources == (
        SourceFile("a.csv", "2026-03-01", 3, 1, 1, 1, 0, is_modelled=True, is_stale=False),
        SourceFile("b.csv", "2026-03-01", 2, 2, 0, 0, 1, is_modelled=False, is_stale=True),
    )
    assert found.checks == (
        FailedCheck("core.b", "stuck", "warning", could_not_run=True),
        FailedCheck("core.a", "odd", "warning", could_not_run=False),
    )


def test_a_file_that_lacks_our_tables_is_a_release_that_cannot_be_read(warehouse: Path) -> None:
    with duckdb.connect(str(warehouse / "current.duckdb")) as connection:
        connection.execute("drop table meta.snapshot")
    with pytest.raises(NoRelease, match="cannot be read"):
        reading.release_facts(warehouse)


def test_several_statements_are_refused(warehouse: Path) -> None:
    with pytest.raises(QueryRefused, match="One SELECT at a time; found 2"):
        reading.ask(warehouse, "select 1; select 2")
    assert reading.ask(warehouse, "-- one\nselect 1 as n; -- and no more").item() == 1


ODD = """
    select interval 1 day as i, [1] as l, {'a': 1} as s, map {'k': 1} as m, 'x'::blob as b, 1.5::double as "q""d",
        [interval 1 day] as il
"""


@pytest.mark.parametrize("form", ["csv", "json", "xlsx"])
def test_types_that_a_form_cannot_say_come_as_text(warehouse: Path, form: str) -> None:
    answer = reading.ask(warehouse, ODD)
    assert answer.row(0) == ("1 day", "[1]", "{'a': 1}", "{k=1}", "x", 1.5, "[1 day]")
    assert written(answer, form)


def test_parquet_keeps_nested_types(warehouse: Path) -> None:
    answer = reading.ask(warehouse, ODD, as_text=False)
    assert answer.row(0) == ("1 day", [1], {"a": 1}, answer["m"][0], b"x", 1.5, "[1 day]")
    assert written(answer, "parquet")


def test_two_columns_of_one_name_stay_two(warehouse: Path) -> None:
    assert reading.ask(warehouse, "select interval 1 day as a, 2 as a").width == 2


@pytest.mark.parametrize("words", ["show tables", "SHOW ALL TABLES;", " show  tables ; "])
def test_show_tables_lists_every_schema_with_rows_and_comment(warehouse: Path, words: str) -> None:
    with duckdb.connect(str(warehouse / "current.duckdb")) as connection:
        connection.execute("comment on table meta.snapshot is 'One row per file.'")
        connection.execute("create macro half(n) as n / 2")
        connection.execute("comment on macro half is 'Half of a number.'")
    assert reading.ask(warehouse, words).rows() == [
        ("published.inequality", 5, None),
        ("half(n)", None, "Half of a number."),
        ("meta.check_result", 3, None),
        ("meta.release", 1, None),
        ("meta.snapshot", 2, "One row per file."),
    ]


def test_a_table_that_is_not_there_points_to_the_list(warehouse: Path) -> None:
    with pytest.raises(QueryRefused, match="`show tables` lists"):
        reading.ask(warehouse, "from published.nothing")


@pytest.mark.parametrize("words", ["describe meta.snapshot", "DESC table Meta.Snapshot ;"])
def test_describe_says_what_the_columns_mean(warehouse: Path, words: str) -> None:
    with duckdb.connect(str(warehouse / "current.duckdb")) as connection:
        connection.execute("comment on column meta.snapshot.path is 'The file.'")
    answer = reading.ask(warehouse, words)
    assert answer.columns == ["column", "type", "about"]
    assert answer.row(0) == ("path", "VARCHAR", "The file.")


def test_describe_of_a_query_is_left_to_duckdb(warehouse: Path) -> None:
    assert reading.ask(warehouse, "describe select 1 as n")["column_name"].to_list() == ["n"]
    with pytest.raises(QueryRefused, match="`show tables` lists"):
        reading.ask(warehouse, "describe published.nothing")


def test_what_a_workbook_says_of_an_answer(warehouse: Path) -> None:
    said = reading.about(warehouse, " select 1 ")
    assert (said.question, said.release_id) == ("select 1", "1")
    assert said.modelled.startswith("1 of 2 input files are modelled")
