"""The command: whatever goes wrong is one message and an exit code, and what is printed can be read and pasted."""

from __future__ import annotations

import csv
import errno
import io
import json
import os
import signal
import subprocess
import sys
import textwrap
import time
import tomllib
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import polars as pl
import pytest
from rich.console import Console
from typer.testing import CliRunner, Result

from pipelines.cli import console
from pipelines.cli.app import app
from pipelines.cli.messages import LAST_ERROR, failure_of
from pipelines.cli.process_group import run_together
from pipelines.release import folder, publish
from pipelines.release.folder import Release, ReleaseRefused
from pipelines.status import health


@pytest.fixture
def warehouse(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two releases: publishers' data, which is current, and modelled data."""
    here = tmp_path / "warehouse"
    monkeypatch.setenv("INEQUALITY_WAREHOUSE", str(here))
    folder.releases_folder(here).mkdir(parents=True)
    for release_id, origin in (("20260101T000000Z_aaaaaaaa", "modelled"), ("20260102T000000Z_bbbbbbbb", "publisher")):
        said = Release(release_id, datetime(2026, 1, 1), "h", "1", "somewhere", origin, "local", None)  # noqa: DTZ001
        frame = pl.DataFrame([said.__dict__], schema_overrides={"as_of": pl.String()})
        with duckdb.connect(str(folder.file_of(here, release_id))) as connection:
            connection.register("incoming", frame)
            connection.execute("create schema meta; create table meta.release as from incoming")
    publish.rollback(here, "20260102T000000Z_bbbbbbbb", force=True)
    return here


def call(*words: str, stdin: str | None = None) -> Result:
    result: Result = CliRunner().invoke(app, list(words), input=stdin)  # type: ignore[assignment]
    return result


def said(result: Result) -> str:
    assert "Traceback" not in result.output
    return result.output


WRONG = {
    "no number": ({"INEQUALITY_THREADS": "abc"}, ["status"], 2, "INEQUALITY_THREADS must be a whole number"),
    "a negative number": ({"INEQUALITY_KEEP_RELEASES": "-1"}, ["releases"], 2, "INEQUALITY_KEEP_RELEASES must be"),
    "an untag without a name": ({}, ["releases", "--untag", ""], 1, "There is no release ''"),
    "a misread folder": ({"INEQUALITY_WAREHOUSE": "/a%b"}, ["status"], 2, "INEQUALITY_WAREHOUSE must be a folder"),
    "no such user": ({}, ["run", "--from", "~nosuchuser/x"], 2, "there is no such user"),
    "a long name": ({}, ["run", "--from", "a" * 300], 1, "File name too long"),
    "a bare word": ({}, ["run", "sample"], 2, "Use --from sample"),
    "no day": ({}, ["run", "--as-of", "March"], 2, "--as-of takes a day"),
    "no folder to write to": (
        {},
        ["sql", "select 1", "--output", "/nonexistent/x.csv"],
        1,
        "No such file or directory",
    ),
    "a folder to write over": ({}, ["sql", "select 1", "--output", "/", "--format", "csv"], 1, "Is a directory"),
    "no file to read": ({}, ["sql", "--file", "/nonexistent.sql"], 1, "No such file or directory"),
    "an ending that means no form": ({}, ["sql", "select 1", "--output", "x.xls"], 2, "ends in .csv, .json, .parquet"),
    "an ending that means another form": (
        {},
        ["sql", "select 1", "--output", "x.xlsx", "--format", "csv"],
        2,
        "x.xlsx would hold csv",
    ),
    "a workbook on the screen": ({}, ["sql", "select 1", "--format", "xlsx"], 2, "needs --output FILE"),
    "a mark for a workbook": ({}, ["sql", "select 1", "--output", "x.xlsx", "--excel"], 2, "--excel is for csv"),
    "no such form": ({}, ["sql", "select 1", "--format", "xml"], 2, "--format takes table"),
    "two questions": ({}, ["sql", "select 1", "--tables"], 2, "takes one of"),
    "no question": ({}, ["sql"], 2, "takes one of"),
    "two statements": ({}, ["sql", "select 1; select 2"], 1, "found 2"),
    "no host name": ({}, ["ui", "--served-as", "https://a.example"], 2, "without scheme, port or path"),
    "no port": ({}, ["ui", "--port", "0"], 2, "port"),
    "no such release": ({}, ["rollback", "none"], 1, "There is no release 'none'"),
}


def test_an_answer_is_never_written_over_what_is_kept(warehouse: Path) -> None:
    before = (warehouse / "current.duckdb").read_bytes()
    result = call("sql", "select 1", "--output", str(warehouse / "current.duckdb"))
    assert "must be outside the warehouse" in said(result)
    assert (result.exit_code, (warehouse / "current.duckdb").read_bytes()) == (2, before)


def test_a_link_to_nothing_and_a_file_that_is_no_release_say_what_to_do(warehouse: Path) -> None:
    link = warehouse / "current.duckdb"
    link.unlink()
    link.symlink_to("releases/gone.duckdb")
    assert "a link to nothing" in said(call("sql", "select 1"))
    assert "No release is current" in said(call("status"))
    link.unlink()
    link.write_bytes(b"garbage " * 1000)
    assert "rollback RELEASE" in said(call("sql", "select 1"))
    link.unlink()
    link.mkdir()
    result = call("rollback", "20260101T000000Z_aaaaaaaa", "--yes")
    assert "A folder stands where the link" in said(result)
    assert result.exit_code == 1


@pytest.mark.parametrize("what", WRONG)
def test_what_is_wrong_is_one_message(warehouse: Path, monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    variables, words, code, message = WRONG[what]
    for name, text in variables.items():
        monkeypatch.setenv(name, text)
    result = call(*words)
    assert message in said(result)
    assert result.exit_code == code


@pytest.mark.parametrize("command", [["run"], ["rollback", "x"]])
def test_a_warehouse_that_cannot_be_made_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: list[str]
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("INEQUALITY_WAREHOUSE", str(tmp_path / "file" / "w"))
    result = call(*command)
    assert f"Stopped. {tmp_path / 'file' / 'w'}: Not a directory." in said(result)
    assert result.exit_code == 1


def panic() -> BaseException:
    try:
        pl.DataFrame({"b": [b"x"]}).write_json()
    except BaseException as error:  # noqa: BLE001
        return error
    return AssertionError("Polars writes bytes as JSON now; find another panic.")


def refused_by_sqlite() -> Exception:
    import sqlalchemy.exc

    return sqlalchemy.exc.OperationalError("select 1", {}, Exception("unable to open database file"))


RAISED = {
    "undecodable": (UnicodeDecodeError("utf-8", b"a\xff", 1, 2, "x"), 1, "not UTF-8 (byte 0xff at position 1)", True),
    "csv": (csv.Error("line contains NUL"), 1, "CSV file of the input cannot be read: line contains NUL", True),
    "full": (OSError(errno.ENOSPC, "x", "/w/t"), 1, "The disk is full (/w/t)", False),
    "full, says DuckDB": (duckdb.IOException("Could not write: No space left on device"), 1, "disk is full", False),
    "read-only": (OSError(errno.EROFS, "Read-only file system", "/w"), 1, "/w: Read-only file system.", False),
    "DuckDB": (duckdb.IOException("Odd file"), 1, "DuckDB stopped", True),
    "Polars": (pl.exceptions.ComputeError("Odd column"), 1, "Polars could not", True),
    "Dagster's records": (refused_by_sqlite(), 1, "It says: unable to open database file.", True),
    "ours": (ReleaseRefused("Not this one."), 1, "Stopped. Not this one.", False),
    "interrupt": (KeyboardInterrupt(), 130, "Stopped. Interrupted.", False),
    "a bug": (ZeroDivisionError("by nought"), 1, "ZeroDivisionError: by nought. This is a bug.", True),
}


@pytest.mark.parametrize("what", RAISED)
def test_whatever_is_raised_is_said(warehouse: Path, monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    error, code, message, kept = RAISED[what]

    def broken(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(health, "health", broken)
    result = call("status")
    assert message in said(result)
    assert result.exit_code == code
    file = warehouse / LAST_ERROR
    assert file.is_file() == kept
    if kept:
        assert f"traceback is in {file}" in result.output
        assert "Traceback" in file.read_text()


@pytest.mark.filterwarnings("ignore")
def test_a_panic_of_polars_is_said() -> None:
    failure = failure_of(panic())
    assert failure.text.startswith("Polars could not")
    assert failure.keep


def test_our_own_words_are_found_behind_a_wrapping_error() -> None:
    outer = ValueError("wrapped")
    outer.__cause__ = ReleaseRefused("Not this one.")
    assert failure_of(outer).text == "Not this one."


def test_an_interrupted_step_is_an_interrupted_run(warehouse: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from pipelines.defs import launch

    outcome = launch.Outcome(succeeded=False, published=False, release_id="", interrupted=True)
    monkeypatch.setattr(launch, "run", lambda *_, **__: outcome)
    result = call("run")
    assert "Interrupted. Nothing was published: the release 20260102T000000Z_bbbbbbbb stays current." in said(result)
    assert result.exit_code == 130


CURRENT = {
    "it stays": ("20260102T000000Z_bbbbbbbb", "Nothing was published: the release 20260102T000000Z_bbbbbbbb stays"),
    "it moved": ("20260101T000000Z_aaaaaaaa", "it published the release 20260101T000000Z_aaaaaaaa, which is current."),
    "there is none": (None, "Nothing was published: none is current."),
}


@pytest.mark.parametrize("what", CURRENT)
def test_a_failed_run_says_what_is_current_then(warehouse: Path, monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    from pipelines.defs import launch

    now, message = CURRENT[what]
    link = warehouse / "current.duckdb"
    if now is None:
        link.unlink()

    def fail(*_: object, **__: object) -> launch.Outcome:
        if now:
            folder.point(warehouse, now)
        failure = folder.ReleaseRefused("A step failed.")
        return launch.Outcome(succeeded=False, published=False, release_id="", failures=[failure], skipped=2)

    monkeypatch.setattr(launch, "run", fail)
    result = call("run")
    assert "Error: A step failed." in said(result)
    assert f"Stopped. 2 steps did not run. {message}" in result.output.replace("Before it stopped ", "")
    assert result.exit_code == 1


def test_a_query_from_a_file_from_standard_input_and_the_tables(warehouse: Path, tmp_path: Path) -> None:
    file = tmp_path / "q.sql"
    file.write_text("-- How many?\nselect 23.400000000000006::double as n;\n")
    assert "23.4 " in said(call("sql", "--file", str(file)))
    assert said(call("sql", "-", "--format", "csv", stdin=file.read_text())) == "n\n23.4\n"
    assert "meta.release" in said(call("sql", "--tables"))
    assert json.loads(call("sql", "show tables", "--format", "json").output)[0]["table"] == "meta.release"


def test_what_there_is_wraps_to_a_terminal(
    warehouse: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from pipelines.cli import sql

    monkeypatch.setattr(sql, "out", Console(force_terminal=True, width=40, soft_wrap=True, highlight=False))
    sql._show(pl.DataFrame({"table": ["published.a"], "rows": [1234], "about": ["One row per thing, " * 5]}))
    lines = capsys.readouterr().out.splitlines()
    assert "1,234 rows" in lines[0]
    assert len(lines) > 3
    assert max(map(len, lines[1:])) <= 40
    assert sum(line.count("One row") for line in lines) == 5


def test_an_answer_is_written_by_its_ending(warehouse: Path, tmp_path: Path) -> None:
    with duckdb.connect(str((warehouse / "current.duckdb").resolve())) as release:
        release.execute("create table meta.snapshot as select false as is_modelled")
    query = "select '2010-12' as period, 4.200000000000003::double as value"
    for name in ("x.csv", "x.json", "x.parquet", "x.xlsx"):
        assert "1 row written to" in said(call("sql", query, "--output", str(tmp_path / name)))
    assert (tmp_path / "x.csv").read_text() == "period,value\n2010-12,4.2\n"
    assert json.loads((tmp_path / "x.json").read_text()) == [{"period": "2010-12", "value": 4.2}]
    assert pl.read_parquet(tmp_path / "x.parquet").row(0) == ("2010-12", 4.200000000000003)
    assert pl.read_excel(tmp_path / "x.xlsx").row(0) == ("2010-12", 4.2)
    call("sql", query, "--output", str(tmp_path / "x.csv"), "--excel")
    assert (tmp_path / "x.csv").read_bytes().startswith(b"\xef\xbb\xbfperiod")


def test_releases_are_a_table(warehouse: Path) -> None:
    lines = said(call("releases", "--tag", "20260101T000000Z_aaaaaaaa", "board")).splitlines()
    (old,) = [line.split() for line in lines if "aaaaaaaa" in line]
    (new,) = [line.split() for line in lines if "bbbbbbbb" in line]
    assert old[1:] == ["tagged", "board", "2026-01-01", "00:00", "modelled", "somewhere"]
    assert new[1:] == ["current", "2026-01-01", "00:00", "publisher", "somewhere"]


def test_going_back_to_modelled_data_needs_yes(warehouse: Path) -> None:
    result = call("rollback", "20260101T000000Z_aaaaaaaa")
    assert result.exit_code == 1
    assert "--yes" in said(result)
    assert "bbbbbbbb" in (warehouse / "LATEST").read_text()
    result = call("rollback", "20260101T000000Z_aaaaaaaa", "--yes")
    assert "Release 20260101T000000Z_aaaaaaaa is current" in said(result)
    assert "origin modelled" in result.output


def test_the_catalogue_in_every_form() -> None:
    rows = list(csv.DictReader(io.StringIO(call("catalogue", "--format", "csv").output)))
    assert {"indicator", "title", "unit"} <= set(rows[0])
    assert len(json.loads(call("catalogue", "--format", "json").output)) == len(rows)
    table = call("catalogue").output
    assert all(row["indicator"] in table for row in rows)
    assert call("catalogue", "--format", "xml").exit_code == 2


def test_every_field_of_one_indicator_is_shown_by_slug_title_or_part() -> None:
    (row,) = json.loads(call("catalogue", "show", "smoking_prevalence_adults", "--format", "json").output)
    for named in ("smoking_prevalence_adults", f" {row['title'].upper()} "):
        text = call("catalogue", "show", named).output
        assert all(f"{field} " in text for field in row)
        assert row["definition"] in text
    several = call("catalogue", "show", "prevalence")
    assert (several.exit_code, "Several indicators are called" in several.output) == (2, True)
    assert "No indicator is called" in call("catalogue", "show", "happy otters").output


def test_the_catalogue_is_filtered_by_text_source_and_core20plus5() -> None:
    every = json.loads(call("catalogue", "--format", "json").output)

    def kept(*words: str) -> list[str]:
        return [row["indicator"] for row in json.loads(call("catalogue", "--format", "json", *words).output)]

    assert kept("--core20plus5") == [row["indicator"] for row in every if row["core20plus5"]]
    assert "smoking_prevalence_adults" in kept("--matching", "SMOKING")
    assert 0 < len(kept("--source", "ons_life_expectancy_by_decile")) < len(every)
    assert kept("--source", "fingertips", "--matching", "no such words") == []
    assert "No indicator is so" in call("catalogue", "--matching", "no such words").output


HEADER = (
    "Indicator ID,Indicator Name,Area Code,Area Type,Sex,Age,Category Type,Category,Time period,Value,"
    "Lower CI 95.0 limit,Upper CI 95.0 limit,Count,Denominator,Value note,Time period range\n"
)


def test_blocks_are_proposed_once_for_each_indicator_that_the_catalogue_lacks(tmp_path: Path) -> None:
    known, lacked = "92443,Smoking,E92000001,England", "99999,B12 - Happy otters,E92000001,England"
    cells = ",Persons,18+ yrs,{},2019,1,,,,,,{}\n"
    one, other = tmp_path / "a.csv", tmp_path / "b.csv"
    one.write_text(HEADER + known + cells.format(",", "1y") + lacked + cells.format(",", "1y"))
    other.write_text(HEADER + lacked + cells.format("River,Left bank", "3y"))
    said = call("catalogue", "propose", str(one), str(other)).output
    (block,) = tomllib.loads(said).values()
    assert (block["title"], block["fingertips_id"], block["period_lengths"]) == ("Happy otters", 99999, ["1y", "3y"])
    assert block["published_breakdowns"] == "River"
    written = tmp_path / "blocks.toml"
    assert "1 block written" in call("catalogue", "propose", str(other), "--output", str(written)).output
    assert tomllib.loads(written.read_text()).keys() == {"happy_otters"}
    one.write_text(HEADER + known + cells.format(",", "1y"))
    assert "knows every indicator" in call("catalogue", "propose", str(one)).output


@pytest.mark.parametrize("width", [120, 80, 40])
def test_a_slug_is_never_cut(monkeypatch: pytest.MonkeyPatch, width: int) -> None:
    terminal = Console(file=io.StringIO(), force_terminal=True, width=width, soft_wrap=True)
    monkeypatch.setattr(console, "out", terminal)
    slug = "life_expectancy_at_birth_of_a_long_name"
    console.print_fitting(("Indicator", "Title"), [(slug, "A title of several words")], wraps=("Title",))
    assert slug in terminal.file.getvalue()  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("found", "text"),
    [
        (23.400000000000006, "23.4"),
        (Decimal("23.400000000000006"), "23.4"),
        (1234567.891, "1234568"),
        (0.1 + 0.2, "0.3"),
        (Decimal("12345678901"), "12345678901"),
        (None, ""),
        (float("nan"), "nan"),
        (12345678, "12345678"),
    ],
)
def test_numbers_are_shown_without_noise(found: object, text: str) -> None:
    assert console.cell(found) == text


def test_a_wide_answer_is_shown_as_records() -> None:
    names = [f"c{n}" for n in range(13)]
    assert console.too_wide(names, [["1"] * 13], 200)
    assert not console.too_wide(names, [["1"] * 13] * 2, 200)
    assert console.too_wide(names, [["1"] * 13] * 2, 60)
    assert not console.too_wide(["a"], [["word " * 40]], 60)
    assert console.records(["a", "b"], [["1", "2"], ["3", "4"]]) == ["a: 1", "b: 2", "", "a: 3", "b: 4"]


def test_a_child_and_its_children_end_with_us(tmp_path: Path) -> None:
    started = tmp_path / "grandchild"
    parent = textwrap.dedent(
        f"""
        import os
        from pathlib import Path
        from pipelines.cli.process_group import run_together
        script = "sleep 60 & echo $! > {started}; wait"
        raise SystemExit(run_together([["sh", "-c", script]], environment=os.environ, patience=1))
        """
    )
    child = subprocess.Popen([sys.executable, "-c", parent])
    until = time.monotonic() + 10
    while time.monotonic() < until and not (started.is_file() and started.read_text().strip()):
        time.sleep(0.05)
    child.send_signal(signal.SIGTERM)
    assert child.wait(timeout=10) == 0
    stat = Path(f"/proc/{started.read_text().strip()}/stat")
    assert not stat.is_file() or stat.read_text().split()[2] == "Z"


def test_the_exit_code_of_a_child_is_ours() -> None:
    assert run_together([["sh", "-c", "exit 3"]], environment=os.environ, patience=1) == 3
