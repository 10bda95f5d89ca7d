"""Cells into typed rows, and rows that cannot be read into rejected rows with their line and reason."""

import polars as pl
import pytest

from pipelines.sources.contract import ContractBroken, Parsed
from pipelines.sources.formats.table import Column, csv_table
from pipelines.sources.formats.typed_rows import PROVENANCE, finish, number, outside_limits, settle
from tests.unit.sources.made_files import SHA256, a_snapshot

COLUMNS = (
    Column("code", ("code",), "code"),
    Column("name", ("name",), may_be_empty=True),
    Column("rank", ("rank",), "whole", low=1, high=10),
    Column("score", ("score",), "number"),
    Column("extra", ("extra",), "number", may_be_absent=True),
)
SCHEMA: dict[str, pl.DataType] = {
    "release": pl.String(),
    "code": pl.String(),
    "name": pl.String(),
    "rank": pl.Int64(),
    "score": pl.Float64(),
    "extra": pl.Float64(),
    **PROVENANCE,
}


def read(*lines: str) -> Parsed:
    table = csv_table("\n".join(("code,name,rank,score", *lines, "")).encode(), a_snapshot(), COLUMNS)
    return settle(table, COLUMNS, a_snapshot(), source="scores", schema=SCHEMA, constants={"release": "2019"})


def test_rows_are_typed_and_carry_where_they_came_from() -> None:
    parsed = read(' E01000001 ,"Kingston, City of",3,-1.5', 'X01000002,,10.0,"1,234.5"')
    assert dict(parsed.rows.schema) == SCHEMA
    assert parsed.rows.rows() == [
        ("2019", "E01000001", "Kingston, City of", 3, -1.5, None, "scores", SHA256, 2),
        ("2019", "X01000002", None, 10, 1234.5, None, "scores", SHA256, 3),
    ]
    assert (parsed.rows_in, parsed.rejected.height) == (2, 0)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("E0100001,a,1,1", "code: not a letter and eight digits"),
        ("e01000001,a,1,1", "code: not a letter and eight digits"),
        (",a,1,1", "code: empty"),
        ("E01000001,a,1.5,1", "rank: not a whole number"),
        ("E01000001,a,0,1", "rank: below 1"),
        ("E01000001,a,11,1", "rank: above 10"),
        ("E01000001,a,1e19,1", "rank: too large for a whole number"),
        ("E01000001,a,-1e300,1", "rank: too large for a whole number"),
        ("E\u0660\u0661\u0660\u0660\u0660\u0660\u0660\u0661,a,1,1", "code: not a letter and eight digits"),
        ("E01000001,a,[x],1", "rank: not a number"),
        ("E01000001,a,1,", "score: empty"),
        ("E01000001,a,1,*", "score: not a number"),
        ("E01000001,a,1,nan", "score: not a number"),
        ("E01000001,a,1,inf", "score: not a number"),
        ("E01000001,a,1,12,3", "more cells than the header"),
        ("E01000001,a", "fewer cells than the header"),
        ("E01000001,a,1", "fewer cells than the header"),
        ("E01000001,a,10000000000000000,1", "rank: too large for a whole number"),
    ],
)
def test_a_row_that_cannot_be_read_is_rejected_with_its_line_and_reason(line: str, reason: str) -> None:
    parsed = read("E01000009,good,1,1", line)
    assert parsed.rows["name"].to_list() == ["good"]
    assert parsed.rows_in == parsed.rows.height + parsed.rejected.height == 2
    (rejected,) = parsed.rejected.rows(named=True)
    assert (rejected["source"], rejected["snapshot_sha256"], rejected["source_line"]) == ("scores", SHA256, 3)
    assert rejected["reason"] == reason
    assert rejected["row_text"].startswith(line)


@pytest.mark.parametrize(
    ("text", "read_as"),
    [
        ("1,234", 1234.0),
        ("-1,234,567.25", -1234567.25),
        ("999", 999.0),
        ("1,2", None),
        ("12,34", None),
        ("1,23,456", None),
        ("1,2345", None),
        ("1234,567", None),
        (",123", None),
        ("1,,234", None),
        ("1,234,", None),
        ("1.234,5", None),
        ("0.5,123", None),
    ],
)
def test_a_comma_that_does_not_part_thousands_makes_no_number(text: str, read_as: float | None) -> None:
    """A decimal comma would be read as a figure ten or a thousand times too large."""
    assert pl.DataFrame({"it": [text]}).select(number(pl.col("it"))).item() == read_as


@pytest.mark.parametrize(
    ("value", "lower", "upper", "outside"),
    [
        (10.0, 9.0, 11.0, False),
        (10.0, 10.09, 11.0, False),  # 0.1 of a unit may be rounding
        (10.0, 10.11, 11.0, True),
        (500.0, 400.0, 496.0, False),  # and so may 1% of the value
        (500.0, 400.0, 494.0, True),
        (-5.0, -4.0, -3.0, True),
        (10.0, None, 9.0, True),
        (10.0, None, None, None),
        (None, 1.0, 2.0, None),
    ],
)
def test_a_value_outside_its_limits_by_more_than_rounding(
    value: float | None, lower: float | None, upper: float | None, outside: bool | None
) -> None:
    row = pl.DataFrame({"v": [value], "l": [lower], "u": [upper]}, schema=dict.fromkeys("vlu", pl.Float64()))
    assert row.select(outside_limits(pl.col("v"), pl.col("l"), pl.col("u"))).item() is outside


def test_a_row_that_stops_early_is_told_from_one_that_ends_in_empty_cells() -> None:
    columns = (COLUMNS[0], Column("name", ("name",), may_be_empty=True), Column("rank", ("rank",), may_be_empty=True))
    lines = ["code,name,rank,", 'E01000001,"a, ""b""\nc",1,', "", "E01000002,,", "E01000003,b", "E01000004", ""]
    table = csv_table("\n".join(lines).encode(), a_snapshot(), columns)
    parsed = settle(table, columns, a_snapshot(), source="made", schema={"code": pl.String(), **PROVENANCE})
    assert parsed.rows["code"].to_list() == ["E01000001", "E01000002"]
    assert parsed.rejected.select("source_line", "reason").rows() == [
        (6, "fewer cells than the header"),
        (7, "fewer cells than the header"),
    ]


def test_a_check_over_typed_columns_rejects_but_an_earlier_fault_comes_first() -> None:
    table = csv_table(b"code,name,rank,score\nE01000001,a,5,4\nbad,a,5,4\nE01000003,a,5,6\n", a_snapshot(), COLUMNS)
    parsed = settle(
        table,
        COLUMNS,
        a_snapshot(),
        source="scores",
        schema=SCHEMA,
        checks=[(pl.col("rank") > pl.col("score"), "rank above score")],
    )
    assert parsed.rejected["reason"].to_list() == ["rank above score", "code: not a letter and eight digits"]
    assert parsed.rows["code"].to_list() == ["E01000003"]


def test_a_file_without_one_readable_row_is_refused() -> None:
    with pytest.raises(ContractBroken, match="a header and no rows"):
        finish([read()], a_snapshot())
    with pytest.raises(ContractBroken, match="2 rows, all rejected \\(code: empty; score: empty\\)"):
        finish([read(",a,1,1", "E01000001,a,1,")], a_snapshot())


def test_parts_of_a_file_are_joined() -> None:
    joined = finish([read("E01000001,a,1,1"), read("bad,a,1,1")], a_snapshot())
    assert (joined.rows.height, joined.rejected.height, joined.rows_in) == (1, 1, 2)
