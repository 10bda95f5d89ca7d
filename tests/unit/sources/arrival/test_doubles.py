"""Rows of one key: equal, more or less complete, older, or contradicting each other."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from pipelines.notes import Kind, words
from pipelines.sources.arrival.doubles import BETWEEN_FILES, FILE, FRESHNESS, IN_ONE_FILE, Deduplicated, deduplicate
from pipelines.sources.contract import OBSERVATION, OBSERVATION_CONTENT, OBSERVATION_KEY, REJECTED, ContractBroken

HARTLEPOOL, ENGLAND = "E06000001", "E92000001"


def row(file: str = "a.csv", line: int = 2, *, area: str = HARTLEPOOL, year: int = 2020, **said: object) -> dict:
    key = {"indicator": "made", "area_code": area, "period": str(year), "period_length": "1y", "sex": "persons"}
    key |= {"age": "all_ages", "dimension": "total", "scheme": "total", "category": "total"}
    place = {"source": "made", "snapshot_sha256": file, "source_line": line, FILE: file}
    return dict.fromkeys(OBSERVATION) | key | {"period_end": date(year, 12, 31), "value": 5.0} | place | said


def settled(*rows: dict, others: int = 0) -> Deduplicated:
    """The rows, beside as many others of the file a.csv that come once."""
    more = [row(line=100 + number, area=f"E07{number:06}") for number in range(others)]
    frame = pl.DataFrame([*rows, *more], schema={**OBSERVATION, FILE: pl.String()})
    found = deduplicate(frame, key=OBSERVATION_KEY, content=OBSERVATION_CONTENT, where="made")
    assert found.rows.schema == frame.schema
    assert found.refused.schema == pl.Schema({**REJECTED, FILE: pl.String()})
    return found


def only(*rows: dict) -> dict:
    """The one row that stands for these."""
    for of_them in (rows, rows[::-1]):
        found = settled(*of_them)
        assert (found.refused.height, found.contradictions, found.notes) == (0, {}, ())
    return found.rows.row(0, named=True)


def test_figures_that_differ_in_the_15th_digit_are_one() -> None:
    assert only(row(value=26.123456789012345), row(line=3, value=26.1234567890123))["source_line"] == 2
    assert settled(row(value=26.1), row(line=3, value=26.1000001)).contradictions


def test_an_empty_cell_yields_to_a_figure() -> None:
    bare, limited = row("a.csv", value=9.7), row("b.csv", value=9.7, value_lower=9.6, value_upper=9.8)
    found = only(bare, limited)
    assert (found["value_lower"], found["value_upper"], found["snapshot_sha256"]) == (9.6, 9.8, "a.csv")


def test_a_missing_value_yields_to_a_value_and_takes_its_note_away() -> None:
    missing = row("a.csv", value=None, note_code="missing_in_source", note="Value missing in source data")
    found = only(missing, row("b.csv", numerator=3.0))
    assert (found["value"], found["numerator"], found["note_code"], found["note"]) == (5.0, 3.0, None, None)


def test_a_note_is_kept_whichever_row_has_it() -> None:
    noted = row(line=3, note_code="data_quality", note="Interpret with caution")
    assert (only(row(), noted)["note_code"], only(row(), noted)["note"]) == ("data_quality", "Interpret with caution")
    other = row(line=2, note_code="other_note", note="Value estimated")
    found = only(other, noted)
    assert (found["note_code"], found["note"]) == ("data_quality", "Value estimated Interpret with caution")


def test_a_withheld_figure_is_no_gap_to_be_filled() -> None:
    hidden = row(line=3, value=None, note_code="suppressed_small_count")
    assert list(settled(row(), hidden).contradictions) == ["a.csv"]
    assert only(hidden, row(line=4, value=None, note_code="suppressed_small_count"))["value"] is None


def test_few_contradictions_of_one_file_are_refused_as_rows() -> None:
    found = settled(row(value=5.0), row(line=3, value=6.0), others=198)
    assert found.contradictions == {}
    assert found.rows.height == 198
    assert found.refused["source_line"].to_list() == [2, 3]
    assert found.refused["reason"].unique().to_list() == [IN_ONE_FILE]
    assert '"value":6.0' in found.refused["row_text"][1]


def test_many_contradictions_make_the_file_unbelievable() -> None:
    found = settled(row(value=5.0), row(line=3, value=6.0), row("b.csv", area=ENGLAND), others=100)
    assert found.rows[FILE].to_list() == ["b.csv"]
    assert found.refused.is_empty()
    with pytest.raises(ContractBroken, match="1 keys appear with contradicting figures") as broken:
        found.refuse_contradictions()
    assert broken.value.where == "a.csv, staging.made"
    assert "a.csv line 2, a.csv line 3" in broken.value.found


def test_one_contradiction_in_the_figures_of_a_country_makes_the_file_unbelievable() -> None:
    found = settled(row(area=ENGLAND, value=5.0), row(area=ENGLAND, line=3, value=6.0), others=1000)
    assert list(found.contradictions) == ["a.csv"]
    assert found.rows.is_empty()


def test_of_two_files_the_one_that_reaches_a_later_period_wins_and_is_named_once() -> None:
    old = [row("old.csv", line, year=year, value=7.0) for line, year in ((2, 2018), (3, 2019), (4, 2020))]
    new = [row("new.csv", line, year=year, value=8.0) for line, year in ((2, 2019), (3, 2020), (4, 2021))]
    for rows in ([*old, *new], [*new, *old]):
        found = settled(*rows)
        assert found.contradictions == {}
        assert sorted(found.rows.select("period", "value").rows()) == [
            ("2018", 7.0), ("2019", 8.0), ("2020", 8.0), ("2021", 8.0)
        ]  # fmt: skip
        (note,) = found.notes
        assert (note.kind, note.path, note.by, note.count) == (Kind.FILE_SUPERSEDED, "old.csv", "new.csv", 2)
        assert words(note).startswith(
            "old.csv: 2 figures of made gave way to other figures for the same cells in new.csv"
        )


def test_files_that_reach_as_far_and_contradict_each_other_are_no_pick() -> None:
    both = [
        row(file, line, area=f"E0600000{line}", value=value)
        for file, value in (("a.csv", 5.0), ("b.csv", 6.0))
        for line in (2, 3)
    ]
    found = settled(*both, row("b.csv", 4, area=ENGLAND), others=250)
    assert list(found.contradictions) == ["b.csv"], "two rows of three; in the other file, two of 252"
    assert found.refused.select(FILE, "reason").rows() == [("a.csv", BETWEEN_FILES)] * 2
    assert found.refused["is_faulty"].to_list() == [True, True]


def test_a_reference_table_that_contradicts_itself_is_not_believed_at_all() -> None:
    many = [{"code": f"E{number}", "name": "x"} for number in range(500)]
    rows = pl.DataFrame([*many, {"code": "E1", "name": "y"}]).with_columns(
        pl.lit("hash").alias("snapshot_sha256"), pl.lit("made").alias("source"), pl.lit("a.csv").alias(FILE),
        pl.int_range(pl.len(), dtype=pl.Int64).alias("source_line"),
    )  # fmt: skip
    found = deduplicate(rows, key=("code",), content=("name",), where="made")
    assert list(found.contradictions) == ["a.csv"]
    assert found.rows.is_empty()
    same = deduplicate(rows.with_columns(pl.lit("z").alias("name")), key=("code",), content=("name",), where="made")
    assert (same.rows.height, same.contradictions) == (500, {})


def test_what_stands_in_wins_as_it_did_and_gives_way_to_a_fresh_equal() -> None:
    """The file of today wins where its last period is no earlier; else the answer is that of the day before."""
    days = {"a.csv": date(2026, 3, 1), "b.csv": date.max}

    def chosen(newest_of_a: int) -> float:
        rows = [row("a.csv", 3, year=newest_of_a, value=9.0), row("a.csv", value=5.0), row("b.csv", value=6.0)]
        frame = pl.DataFrame(rows, schema={**OBSERVATION, FILE: pl.String()})
        dated = frame.with_columns(pl.col(FILE).replace_strict(days, return_dtype=pl.Date).alias(FRESHNESS))
        found = deduplicate(dated, key=OBSERVATION_KEY, content=OBSERVATION_CONTENT, where="made")
        assert found.contradictions == {}
        return float(found.rows.filter(period="2020")["value"].item())

    assert chosen(newest_of_a=2021) == 5.0
    assert chosen(newest_of_a=2019) == 6.0
