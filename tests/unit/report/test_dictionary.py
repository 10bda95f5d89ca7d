"""The page of the data dictionary: what a release says of its tables, escaped, written where that is new."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from pipelines.report.dictionary import PAGE, anchor_of, write_page
from tests.unit.quality.test_data_docs import HOSTILE, asks

RELEASE = f"""
    create schema core;
    create schema published;
    create schema staging;
    create table core.b (place varchar);
    create table staging.c (raw varchar);
    create table published.a (area varchar, value double);
    comment on table published.a is 'One row per area, as `area` says.';
    comment on column published.a.area is '{HOSTILE}';
    create macro as_of(day) as table select day;
    create macro code_of(place) as upper(place);
"""


@pytest.fixture
def warehouse(tmp_path: Path) -> Path:
    with duckdb.connect(str(tmp_path / "current.duckdb")) as connection:
        connection.execute(RELEASE)
    return tmp_path


def test_it_says_each_table_its_grain_and_its_columns_the_published_first(warehouse: Path) -> None:
    assert write_page(warehouse)
    text = (warehouse / PAGE).read_text()
    assert "<p>One row per area, as <code>area</code> says.</p>" in text
    assert '<tr><th scope="row"><code>value</code></th><td class="quiet">double</td>' in text
    assert text.index('id="published.a"') < text.index('id="core.b"')
    assert "<code>from as_of(day)</code>" in text
    assert "<code>select code_of(place)</code>" in text
    assert "staging" not in text


def test_nothing_runs_or_is_fetched_and_comments_are_escaped(warehouse: Path) -> None:
    write_page(warehouse)
    text = (warehouse / PAGE).read_text()
    assert asks(text) == []
    assert "&lt;script" in text


def test_it_is_written_anew_only_where_it_says_something_new(warehouse: Path) -> None:
    assert [write_page(warehouse), write_page(warehouse)] == [True, False]
    with duckdb.connect(str(warehouse / "current.duckdb")) as connection:
        connection.execute("insert into published.a values ('x', 1)")
    assert not write_page(warehouse)
    with duckdb.connect(str(warehouse / "current.duckdb")) as connection:
        connection.execute("alter table published.a add column unit varchar")
    assert write_page(warehouse)


def test_without_a_release_there_is_no_page(tmp_path: Path) -> None:
    assert not write_page(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_only_what_is_on_the_page_has_a_place_there() -> None:
    assert (anchor_of("published.area"), anchor_of("staging.area")) == ("published.area", "")
