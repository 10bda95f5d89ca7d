"""How an answer is written: as it is, to the digits that are known, and with nothing that a spreadsheet would run."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import pytest

from pipelines.release import answer_file
from pipelines.release.answer_file import About, FileRefused, form_of, written

ANSWER = pl.DataFrame({"name": ["=1+1", "+1", "-1", "@here", "plain", "a=b", "", None], "value": [-1.5] * 8})
ABOUT = About("select 1", "20260301T000000Z_aa", datetime(2026, 3, 1, 12, tzinfo=UTC), "1 of 2 files are modelled.")


def cells(content: bytes, sheet: str = "Answer") -> list[tuple[Any, ...]]:
    book = openpyxl.load_workbook(io.BytesIO(content))
    return [tuple(cell.value for cell in row) for row in book[sheet].iter_rows()]


def types(content: bytes) -> list[tuple[str, ...]]:
    book = openpyxl.load_workbook(io.BytesIO(content))
    return [tuple(cell.data_type for cell in row) for row in book["Answer"].iter_rows(min_row=2)]


def test_csv_text_that_a_spreadsheet_would_run_gets_a_quote() -> None:
    head, *lines = written(ANSWER, "csv").decode().splitlines()
    assert head == "name,value"
    assert lines == [f"{cell},-1.5" for cell in ("'=1+1", "'+1", "'-1", "'@here", "plain", "a=b", '""', "")]


@pytest.mark.parametrize("before", ["\t", "\r", "\n", "\t\t", "\r\n"])
def test_csv_text_that_hides_a_formula_behind_space_that_a_spreadsheet_drops_gets_a_quote(before: str) -> None:
    text = written(pl.DataFrame({"name": [f"{before}=1+1"]}), "csv").decode()
    assert list(csv.reader(io.StringIO(text, newline="")))[1:] == [[f"'{before}=1+1"]]


def test_json_and_parquet_say_exactly_what_was_found() -> None:
    assert json.loads(written(ANSWER, "json"))[0] == {"name": "=1+1", "value": -1.5}
    assert pl.read_parquet(io.BytesIO(written(ANSWER, "parquet"))).equals(ANSWER)


def test_an_answer_without_text_or_rows_is_written() -> None:
    assert written(pl.DataFrame({"n": [1]}), "csv") == b"n\n1\n"
    assert written(pl.DataFrame({"name": []}, schema={"name": pl.String}), "csv") == b"name\n"
    assert cells(written(pl.DataFrame({"name": []}, schema={"name": pl.String}), "xlsx")) == [("name",)]


def test_numbers_are_written_to_the_digits_that_are_known() -> None:
    odd = pl.DataFrame({"n": [4.200000000000003, -0.0, 1 / 3, 1.5e-30, 123456789.123]})
    known = [4.2, 0.0, 0.3333333333, 1.5e-30, 123456789.1]
    assert written(odd, "csv").decode().split()[1:] == ["4.2", "0.0", "0.3333333333", "1.5e-30", "123456789.1"]
    assert [row["n"] for row in json.loads(written(odd, "json"))] == known
    assert [row[0] for row in cells(written(odd, "xlsx"))[1:]] == known
    assert pl.read_parquet(io.BytesIO(written(odd, "parquet")))["n"][0] == 4.200000000000003


@pytest.mark.parametrize(
    "text", ["2010-12", "2015/16", "2019", "007", "1e5", "https://a.example", "Caf\u00e9 ŵ", "x" * 120]
)
def test_text_in_a_workbook_stays_text(text: str) -> None:
    content = written(pl.DataFrame({"period": [text]}), "xlsx")
    assert cells(content)[1:] == [(text,)]
    assert types(content) == [("s",)]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@here", "\t=1+1", "{=1}", '=HYPERLINK("http://a.example")'])
def test_text_in_a_workbook_is_never_run(text: str) -> None:
    content = written(pl.DataFrame({text: [text]}), "xlsx")
    assert cells(content) == [(text,), (text,)]
    assert types(content) == [("s",)]


def test_a_workbook_holds_each_value_as_what_it_is() -> None:
    row = {"d": date(2022, 12, 31), "t": datetime(2022, 1, 2, 3, 4, tzinfo=UTC), "b": True, "i": 3, "f": 4.5, "n": None}
    content = written(pl.DataFrame([row]), "xlsx")
    assert cells(content)[1] == (datetime(2022, 12, 31), datetime(2022, 1, 2, 3, 4), True, 3, 4.5, None)  # noqa: DTZ001
    assert types(content)[0] == ("d", "d", "b", "n", "n", "n")


def test_what_excel_would_change_is_written_as_text() -> None:
    odd = pl.DataFrame({"i": [2**53 + 1], "d": [date(1900, 1, 1)], "f": [float("nan")], "m": [Decimal("1.25")]})
    assert cells(written(odd, "xlsx"))[1] == ("9007199254740993", "1900-01-01", "nan", 1.25)


def test_a_workbook_says_what_was_asked_of_which_release() -> None:
    assert cells(written(ANSWER, "xlsx", about=ABOUT), "About") == [
        ("Release", ABOUT.release_id),
        ("Published", "2026-03-01 12:00 UTC"),
        ("Modelled data", "1 of 2 files are modelled."),
        ("Question", "select 1"),
    ]


def test_more_than_a_sheet_holds_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answer_file, "SHEET_ROWS", 8)
    with pytest.raises(FileRefused, match="A sheet holds 7 rows"):
        written(ANSWER, "xlsx")
    assert written(ANSWER.head(7), "xlsx")


def test_csv_for_excel_begins_with_the_mark_of_utf8() -> None:
    assert written(ANSWER.head(1), "csv", excel=True) == b"\xef\xbb\xbfname,value\r\n'=1+1,-1.5\r\n"


def test_the_ending_says_the_form() -> None:
    assert [form_of(Path(name)) for name in ("a.csv", "a.JSON", "a.b.parquet", "a.xlsx")] == [
        *("csv", "json", "parquet", "xlsx")
    ]
    for name in ("a.xls", "a.txt", "a", ".csv.gz"):
        with pytest.raises(FileRefused, match=r"--output ends in \.csv, \.json, \.parquet or \.xlsx"):
            form_of(Path(name))
