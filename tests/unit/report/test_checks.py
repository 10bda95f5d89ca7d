"""The check page: what it says of runs that published, had nothing new, were refused and stopped."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path

import duckdb
import polars as pl
import pytest

from pipelines.quality import check_sql, check_table
from pipelines.release import folder
from pipelines.release.folder import Release
from pipelines.report.checks import RunFacts, page, write_page
from pipelines.status import runs
from pipelines.status.runs import Ended, Outcome
from pipelines.tables.store import Store
from tests.unit.quality.test_data_docs import HOSTILE, asks

Write = Callable[..., str]
STARTED = datetime.now(UTC) - timedelta(minutes=5)


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """A warehouse with one table, a suite and a query; called with its rows, it checks them and writes the page."""
    store, suites, sql = Store(tmp_path / "tables"), tmp_path / "suites", tmp_path / "sql"
    suites.mkdir()
    (sql / "checks").mkdir(parents=True)
    said = {"severity": "critical", "notes": f"Codes name areas {HOSTILE}"}
    rule = {"type": "expect_column_values_to_be_unique", "kwargs": {"column": "area"}} | said
    (suites / "core.area.json").write_text(json.dumps({"name": "core.area", "expectations": [rule]}))
    (suites / "core.later.json").write_text(json.dumps({"name": "core.later", "expectations": [rule]}))
    (sql / "checks" / "no_b.sql").write_text(
        "-- Warning: no area is called b. It has been abolished.\nselect area from core.area where area = 'b'"
    )

    def run(
        areas: list[str],
        *,
        outcome: str = "",
        started: datetime = STARTED,
        errors: tuple[str, ...] = (),
        forced: str = "",
    ) -> str:
        store.build("core.area", lambda: pl.DataFrame({"area": areas}), code_version=str(areas), description="made")
        check_table(store, "core.area", suites / "core.area.json")
        check_sql(store, sql / "checks" / "no_b.sql")
        if outcome:
            runs.end(tmp_path, Ended(Outcome(outcome), datetime.now(UTC)), forced=forced or None)
        facts = RunFacts(started, "sample <b>", True, list(errors))
        return write_page(store, tmp_path, facts, expectations=suites, sql=sql).read_text()

    return run


def title(text: str) -> str:
    return re.findall(r"<h1>(.*)</h1>", text)[0]


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.headings: list[int] = []
        self.unscoped = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in ("meta", "br"):
            self.open.append(tag)
        if re.fullmatch(r"h\d", tag):
            self.headings.append(int(tag[1]))
        self.unscoped += tag == "th" and "scope" not in dict(attrs)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_is_whole_and_can_be_read_aloud(write: Write) -> None:
    text = write(["a", "a", "b"])
    tags = _Tags()
    tags.feed(text)
    assert tags.open == []
    assert tags.unscoped == 0
    assert tags.headings[0] == 1
    assert tags.headings.count(1) == 1
    assert max(after - before for before, after in zip(tags.headings, tags.headings[1:], strict=False)) == 1
    assert 'lang="en-GB"' in text
    assert "viewport" in text
    assert "@media print" in text


def test_nothing_runs_or_is_fetched_and_data_are_escaped(write: Write) -> None:
    text = write([HOSTILE, HOSTILE])
    assert asks(text) == []
    assert "outside.example" in text
    assert "sample &lt;b&gt;" in text


def test_a_run_that_published_says_so_and_that_it_was_modelled(write: Write) -> None:
    text = write(["a", "c"], outcome="published")
    assert title(text) == "Published"
    assert "not for use" in text
    assert "Nothing was found" in text
    assert title(write(["a", "c"], outcome="nothing new")) == "Checked: nothing new to publish"


def test_a_refused_run_says_why_with_rows_and_what_to_do_and_that_the_last_release_stays(write: Write) -> None:
    text = write(["a", "b", "b"])
    assert title(text) == "Refused"
    assert "The last good release stays" in text
    assert "2 of 3 rows" in text
    assert "In each of them: area b." in text
    assert "What to do" in text
    assert text.index("✘ failed") < text.index("! warning")
    assert "No area is called b." in text
    assert "It has been abolished." in text


@pytest.mark.parametrize(("minutes", "headline"), [(1, "Published, then stopped"), (-1, "Stopped")])
def test_a_run_that_stopped_after_its_release_was_current_says_what_is_current(
    write: Write, tmp_path: Path, minutes: int, headline: str
) -> None:
    made = (STARTED + timedelta(minutes=minutes)).replace(tzinfo=None)
    said = Release("20260101T000000Z_aaaaaaaa", made, "h", "1", "sample", "modelled", "local", None)
    folder.releases_folder(tmp_path).mkdir()
    with duckdb.connect(str(folder.file_of(tmp_path, said.release_id))) as connection:
        frame = pl.DataFrame([said.__dict__], schema_overrides={"as_of": pl.String()})
        connection.register("incoming", frame)
        connection.execute("create schema meta; create table meta.release as from incoming")
    folder.point(tmp_path, said.release_id)
    text = write(["a", "c"], errors=("The disk is full.",))
    assert title(text) == headline
    assert ("Nothing was published" in text) == (headline == "Stopped")


def test_what_a_run_did_not_come_to_is_no_pass(write: Write) -> None:
    text = write(["a", "c"])
    assert "rules of core.later" in text
    assert "last run: never" in text
    assert title(text) == "Not published"


def test_a_warning_alone_refuses_nothing(write: Write) -> None:
    text = write(["a", "b"], outcome="published")
    assert title(text) == "Published"
    assert "! warning" in text


def test_force_is_the_headline(write: Write) -> None:
    text = write(["b", "b"], outcome="published", forced="Ann overruled it. Reason given: <none>")
    assert title(text) == "Published by force"
    assert "Ann overruled it. Reason given: &lt;none&gt;" in text


def test_findings_of_an_earlier_run_are_not_of_this_one(write: Write) -> None:
    write(["b", "b"], outcome="published")
    later = datetime.now(UTC) + timedelta(minutes=1)
    text = write(["b", "b"], started=later, errors=("The publisher's file <x> has no rows.",))
    assert title(text) == "Stopped"
    assert "file &lt;x&gt; has no rows" in text
    assert "✘ failed" not in text


def test_a_run_that_checked_nothing_leaves_the_page(write: Write, tmp_path: Path) -> None:
    before = write(["b", "b"])
    assert write(["b", "b"], started=datetime.now(UTC) + timedelta(minutes=1)) == before
    assert page(tmp_path).is_file()
