"""Later releases of deaths and people by decile: single ages summed to bands, codes to causes, headers by meaning."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from pipelines.sources.contract import ContractBroken
from pipelines.sources.ons.deaths import AGE_BANDS, DEATHS_BY_DECILE, POPULATION_BY_DECILE_AND_AGE
from pipelines.sources.ons.deaths_workbook import (
    CAUSES,
    TOTAL_ROW,
    first_age,
    parse_deaths_workbook,
    parse_population_workbook,
)
from tests.shared import MIRROR
from tests.unit.sources.made_files import a_snapshot, a_workbook

AGES: list[Any] = [*range(90), "90+"]
TITLE = "Estimates by sex and single year of age, England, 20201,2,3"
WIDE = MIRROR.with_name("mirror_wide") / "ons/population_by_imd_decile_2020.xlsx"


def people(*rows: list[Any], header: list[Any] | None = None, title: str = TITLE) -> bytes:
    table = [[], [title], [], header or [None, "Deprivation Decile (IMD 2020)", *AGES], *rows, [], ["Source: made"]]
    return a_workbook({"Notes": [["Terms"]], "Table 1 - England": table, "Table 2 - Wales": table})


def read_people(*rows: list[Any], **how: Any) -> pl.DataFrame:
    return parse_population_workbook(people(*rows, **how), a_snapshot("x.xlsx")).rows


@pytest.mark.parametrize(
    ("text", "start"),
    [("0", 0), ("<1", 0), ("1", 1), ("4", 1), ("5", 5), ("89", 85), ("90", 90), ("90+", 90), ("90 and over", 90),
     ("1-4", 1), ("5 to 9", 5), ("85-89 years", 85), ("17 years", 15),
     ("0-4", None), ("10-19", None), ("91", None), ("all ages", None), ("", None), ("\u0664", None)],
)  # fmt: skip
def test_the_band_of_an_age(text: str, start: int | None) -> None:
    assert first_age(text) == start


def test_single_ages_are_summed_and_the_sex_holds_for_the_rows_below_it() -> None:
    rows = read_people(["Males", 1, *[10] * 91], [None, 2, *[1] * 91], [], ["Females", 1, *[2] * 91])
    assert dict(rows.schema) == POPULATION_BY_DECILE_AND_AGE
    assert rows.height == 3 * 20
    assert rows.group_by("sex", "decile").agg(pl.col("population").sum()).sort("sex", "decile").rows() == [
        ("female", 1, 182),
        ("male", 1, 910),
        ("male", 2, 91),
    ]
    by_band = dict(rows.filter(sex="male", decile=1).select("age_band", "population").rows())
    assert (by_band["<1"], by_band["1-4"], by_band["5-9"], by_band["90+"]) == (10, 40, 50, 10)
    assert {*rows["year"]} == {2020}
    assert {*rows["imd_release"]} == {"2019"}
    assert rows.filter(sex="male", decile=2)["source_line"].unique().to_list() == [6]


@pytest.mark.parametrize(
    "header",
    [["Sex", "IMD decile", *AGES], ["Gender", "Decile", *AGES], ["sex ", " deprivation  decile (IMD 2019)", *AGES],
     ["Sex", "Decile", *AGE_BANDS]],
)  # fmt: skip
def test_headers_are_read_by_meaning(header: list[Any]) -> None:
    rows = read_people(["Males", 1, *[10] * (len(header) - 2)], header=header)
    assert rows["population"].sum() == 10 * (len(header) - 2)


def test_columns_may_come_in_any_order() -> None:
    rows = read_people([*reversed(range(91)), "Males", 1], header=[*reversed(AGES), "Sex", "Decile"])
    assert rows.filter(age_start=90)["population"].to_list() == [90]


def test_a_row_that_cannot_be_read_is_rejected_once_for_each_band() -> None:
    good, bad = ["Males", 1, *[10] * 91], [None, 11, *[10] * 91]
    parsed = parse_population_workbook(people(good, bad, ["Persons", 1, *[10] * 91]), a_snapshot("x.xlsx"))
    assert (parsed.rows.height, parsed.rejected.height, parsed.rows_in) == (20, 40, 60)
    assert dict(parsed.rejected.select("reason", "is_faulty").unique().rows()) == {
        "decile: above 10": True,
        TOTAL_ROW: False,
    }


@pytest.mark.parametrize("title", ["England", "England, mid-2019 to mid-2020"])
def test_a_table_of_no_one_year_is_refused(title: str) -> None:
    with pytest.raises(ContractBroken, match="which year"):
        read_people(["Males", 1, *[10] * 91], title=title)


def test_a_workbook_without_the_table_is_refused() -> None:
    with pytest.raises(ContractBroken, match="No sheet"):
        parse_population_workbook(a_workbook({"1": [["Area code", "People"]]}), a_snapshot("x.xlsx"))


DEATHS_HEADER = ["ICD-10 code", "IMD decile", "Age", "2021", "2022"]


def deaths(**sheets: list[list[Any]]) -> bytes:
    return a_workbook({name: [["Deaths, England"], [], DEATHS_HEADER, *rows] for name, rows in sheets.items()})


def test_codes_are_summed_to_causes_and_single_ages_to_bands() -> None:
    rows = [["C349", 1, 60, 1, 2], ["C50", 1, 64, 10, 20], ["J440", 1, 64, 5, 5], ["C349", 10, "90+", 7, None]]
    book = deaths(**{"1": rows, "2": rows, "3": [["I219", 3, 0, 1, 0]]})
    parsed = parse_deaths_workbook(book, a_snapshot("x.xlsx"))
    assert dict(parsed.rows.schema) == DEATHS_BY_DECILE
    assert parsed.rows.height == 2 * 2 * 10 * len(CAUSES) * 20, "the sheet of both sexes is left out"
    there = parsed.rows.filter(pl.col("deaths") > 0).select("year", "sex", "decile", "cause_code", "age_band", "deaths")
    assert sorted(there.rows()) == [
        (2021, "female", 3, "04", "<1", 1),
        (2021, "male", 1, "01", "60-64", 11),
        (2021, "male", 1, "02", "60-64", 5),
        (2021, "male", 10, "01", "90+", 7),
        (2022, "male", 1, "01", "60-64", 22),
        (2022, "male", 1, "02", "60-64", 5),
    ]
    assert parsed.rows_in == parsed.rows.height


def test_the_sex_may_stand_above_the_table_or_in_a_column() -> None:
    row = ["C349", 1, 60, 1, 2]
    above = a_workbook({"Table b": [["Deaths of females, England"], DEATHS_HEADER, row]})
    column = a_workbook({"x": [["Sex", *DEATHS_HEADER], ["Female", *row]]})
    for book in (above, column):
        assert {*parse_deaths_workbook(book, a_snapshot("x.xlsx")).rows["sex"]} == {"female"}
    with pytest.raises(ContractBroken, match="No sheet"):
        parse_deaths_workbook(a_workbook({"x": [["Deaths of persons"], DEATHS_HEADER, row]}), a_snapshot("x.xlsx"))


ANY_ORDER = ["2022", "Age (years)", "Deprivation decile", "Underlying cause"]


def test_columns_of_deaths_come_in_any_order_and_totals_are_not_counted_again() -> None:
    rows = [
        [4, 60, 1, "C349"],
        [4, "All ages", 1, "C349"],
        [4, 60, 1, "All causes"],
        [4, 60, 0, "C349"],
        [4, 60, "Total", "C1"],
    ]
    parsed = parse_deaths_workbook(a_workbook({"2": [ANY_ORDER, *rows]}), a_snapshot("x.xlsx"))
    assert parsed.rows["deaths"].sum() == 4
    assert parsed.rejected["source_line"].to_list() == [3, 4, 5, 6]
    assert {*parsed.rejected["is_faulty"]} == {False}


@pytest.mark.parametrize(
    "unread",
    [["[c]", 60, 1, "C349"], [4, "sixty", 1, "C349"], [4, 60, 11, "C349"], [4, 60, 1, "?"], [-1, 60, 1, "C34"]],
)
def test_a_row_of_deaths_that_cannot_be_read_refuses_the_file_for_its_sums_would_be_short(unread: list[Any]) -> None:
    book = a_workbook({"2": [ANY_ORDER, [4, 60, 1, "C349"], unread]})
    with pytest.raises(ContractBroken, match="sums without them would be short") as error:
        parse_deaths_workbook(book, a_snapshot("x.xlsx"))
    assert "line 3" in error.value.where


@pytest.mark.parametrize(
    ("code", "cause"),
    [("C349", "01"), ("D481", "01"), ("D50", "09"), ("J189", "02"), ("E119", "03"), ("E15", "09"), ("I251", "04"),
     ("I26", "06"), ("I64", "05"), ("I70", "06"), ("X709", "07"), ("Y34", "07"), ("Y870", "07"), ("X59", "08"),
     ("V892", "08"), ("W19", "08"), ("Y40", "08"), ("P071", "09"), ("U071", "09"), ("F019", "09")],
)  # fmt: skip
def test_the_cause_of_a_code(code: str, cause: str) -> None:
    parsed = parse_deaths_workbook(deaths(**{"2": [[code, 1, 60, 1, 0]]}), a_snapshot("x.xlsx"))
    assert parsed.rows.filter(pl.col("deaths") > 0)["cause_code"].to_list() == [cause]


@pytest.mark.skipif(not WIDE.exists(), reason="the wide mirror is not here")
def test_the_published_populations_of_2020() -> None:
    rows = parse_population_workbook(WIDE.read_bytes(), a_snapshot("x.xlsx")).rows
    assert rows.height == 2 * 10 * 20
    assert 56_000_000 < rows["population"].sum() < 57_000_000
    assert rows.filter(sex="male", decile=1, age_start=0)["population"].to_list() == [39737]


def test_a_sheet_of_nothing_but_totals_gives_no_figure() -> None:
    total, good = ["C349", 1, "all ages", 1, 2], ["C349", 1, 60, 1, 2]
    with pytest.raises(ContractBroken, match="no row that can be read"):
        parse_deaths_workbook(deaths(**{"2": [total]}), a_snapshot("x.xlsx"))
    parsed = parse_deaths_workbook(deaths(**{"2": [total], "3": [good]}), a_snapshot("x.xlsx"))
    assert ({*parsed.rows["sex"]}, parsed.rejected.height) == ({"female"}, 1)


def test_a_group_that_no_line_lists_has_the_first_line_of_its_table() -> None:
    rows = parse_deaths_workbook(deaths(**{"2": [["C349", 1, 60, 1, 2]]}), a_snapshot("x.xlsx")).rows
    assert {*rows.filter(pl.col("deaths") == 0)["source_line"]} == {4}
