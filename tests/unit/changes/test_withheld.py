"""A figure that is suppressed now leaves the history: its own rows, the measures that would tell it, and the radar."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

import polars as pl
import pytest

from pipelines.changes import log, withheld
from pipelines.changes.previous import COMPARED
from pipelines.changes.revisions import revisions
from pipelines.changes.wording import with_sentences
from pipelines.notes import words
from pipelines.quality.finding import finding_frame
from pipelines.release.folder import Release, ReleaseRefused
from pipelines.release.overrule import account_for, marked

SUPPRESSED = "suppressed_small_count"
CODES = pl.DataFrame(schema={"old_code": pl.String(), "new_code": pl.String()})
NO_CHANGE = pl.DataFrame(schema=COMPARED["inequality_change"].schema)
GROUP = {"indicator": "smoking", "period": "2019", "period_length": "1y", "sex": "persons", "age": "all"}


def observation(*rows: tuple[str, str, str, float | None]) -> pl.DataFrame:
    """`area, scheme, category, value`; without a value the cell is suppressed. Scheme `total` is an area's total."""
    made = [
        {
            **GROUP,
            "area_code": area,
            "dimension": "total" if scheme == "total" else "decile",
            "scheme": scheme,
            "category": category,
            "value": value,
            "note_code": SUPPRESSED if value is None else None,
            "unit": "%",
        }
        for area, scheme, category, value in rows
    ]
    return pl.DataFrame(made, schema=COMPARED["observation"].schema)


def measure(*rows: tuple[str, str, float | None]) -> pl.DataFrame:
    """`area, scheme, value` of a slope index."""
    made = [
        {**GROUP, "area_code": area, "dimension": "decile", "scheme": scheme, "measure": "slope_index"}
        | {"transform": "none", "value": value, "basis": "whole_areas_derived" if scheme == "ours" else "published"}
        for area, scheme, value in rows
    ]
    return pl.DataFrame(made, schema={**COMPARED["inequality"].schema, "basis": pl.String()})


def night(
    day: int, published: Mapping[str, pl.DataFrame], logs: Mapping[str, pl.DataFrame] | None = None
) -> log.Ledger:
    made = Release(f"{day}", datetime(2026, 3, day), "", "1", "sample", "publisher", "local", None)  # noqa: DTZ001
    empty = {name: pl.DataFrame(schema=log.schema_of(name)) for name in log.LOGGED}
    return log.ledger(logs or empty, made, published, sequence=day)


def figures(rows: pl.DataFrame) -> list[tuple[str, str, int, float | None, str | None]]:
    return (
        rows.sort("area_code", "scheme", "sequence")
        .select("area_code", "scheme", "sequence", "value", "note_code")
        .rows()
    )


FIRST = {
    "observation": observation(
        ("A", "total", "total", 17.25), ("A", "tenths", "1", 31.5), ("B", "total", "total", 9.0)
    ),
    "inequality": measure(
        ("A", "tenths", 4.5), ("B", "tenths", 2.5), ("England", "ours", 6.5), ("England", "real", 7.5)
    ),
}


def test_a_cell_of_a_group_leaves_with_the_measures_of_its_groups() -> None:
    now = {
        "observation": observation(
            ("A", "total", "total", 17.25), ("A", "tenths", "1", None), ("B", "total", "total", 9.0)
        ),
        "inequality": measure(
            ("A", "tenths", None), ("B", "tenths", 2.5), ("England", "ours", 6.5), ("England", "real", 7.5)
        ),
    }
    made = night(2, now, night(1, FIRST).shipped)
    assert figures(made.shipped["observation"]) == [
        ("A", "tenths", 1, None, withheld.WITHHELD),
        ("A", "tenths", 2, None, SUPPRESSED),
        ("A", "total", 1, 17.25, None),
        ("B", "total", 1, 9.0, None),
    ]
    kept = [row for row in figures(made.shipped["inequality"]) if row[3] is not None]
    assert [row[:2] for row in kept] == [("B", "tenths"), ("England", "ours"), ("England", "real")]
    assert made.rewritten == {"observation", "inequality"}
    assert "1 figure that was published before and is suppressed by the publisher now" in words(made.notes[0])


TOTAL_GONE = {
    "observation": observation(("A", "total", "total", None), ("A", "tenths", "1", 31.5), ("B", "total", "total", 9.0)),
    "inequality": measure(
        ("A", "tenths", 4.5), ("B", "tenths", 2.5), ("England", "ours", 6.6), ("England", "real", 7.5)
    ),
}


def test_a_total_leaves_with_the_measures_of_its_area_and_of_tenths_of_whole_areas() -> None:
    made = night(2, TOTAL_GONE, night(1, FIRST).shipped)
    assert figures(made.shipped["inequality"]) == [
        ("A", "tenths", 1, None, withheld.WITHHELD),
        ("A", "tenths", 2, 4.5, None),
        ("B", "tenths", 1, 2.5, None),
        ("England", "ours", 1, None, withheld.WITHHELD),
        ("England", "ours", 2, 6.6, None),
        ("England", "real", 1, 7.5, None),
    ]


def test_it_is_said_once_and_what_is_published_since_stays() -> None:
    second = night(2, TOTAL_GONE, night(1, FIRST).shipped)
    third = night(3, TOTAL_GONE, second.shipped)
    assert (third.notes, third.rewritten) == ((), frozenset())
    assert figures(third.shipped["inequality"]) == figures(second.shipped["inequality"])


def test_a_cell_that_is_shown_again_is_shown_and_what_was_withheld_stays_so() -> None:
    second = night(2, TOTAL_GONE, night(1, FIRST).shipped)
    third = night(3, FIRST, second.shipped)
    own = [row for row in figures(third.shipped["observation"]) if row[:2] == ("A", "total")]
    assert [row[2:4] for row in own] == [(1, None), (2, None), (3, 17.25)]


def test_a_cell_that_was_never_shown_withholds_nothing() -> None:
    hidden = night(1, TOTAL_GONE)
    made = night(2, TOTAL_GONE, hidden.shipped)
    assert (made.notes, made.rewritten) == ((), frozenset())


def radar() -> tuple[pl.DataFrame, withheld.Withheld]:
    before = {**FIRST, "inequality_change": NO_CHANGE}
    told = withheld.newly(before["observation"], TOTAL_GONE)
    now = {**TOTAL_GONE, "inequality_change": NO_CHANGE}
    return revisions(withheld.from_before(before, told), now, CODES), told


def test_the_radar_says_that_it_is_suppressed_and_not_what_it_was() -> None:
    rows, _ = radar()
    said = with_sentences(rows, {}, {})
    by_kind = {(row["subject"], row["kind"]): row for row in said.iter_rows(named=True)}
    gone = by_kind["observation", "newly_suppressed"]
    assert (gone["old_value"], gone["difference"], gone["half_width"]) == (None, None, None)
    assert (
        gone["sentence"]
        == "smoking in A, 2019, all: now suppressed by its publisher; what was published before is withheld too."
    )
    moved = said.filter((pl.col("subject") == "inequality") & (pl.col("area_code") == "England")).row(0, named=True)
    assert (moved["kind"], moved["old_value"], moved["new_value"]) == ("revised", None, 6.6)
    assert "6.6; what was published before would tell a figure that is suppressed now" in moved["sentence"]
    assert "17.25" not in said.write_csv()


def test_nobody_overrules_a_history_that_tells_what_is_suppressed(monkeypatch: pytest.MonkeyPatch) -> None:
    rows, told = radar()
    made = night(2, TOTAL_GONE, night(1, FIRST).shipped)
    good = withheld.judged(made.shipped, rows, log=made.told, before=told)
    assert (good.passed, good.overrulable) == (True, False)
    monkeypatch.setattr(withheld, "blanked", lambda frame, _: frame)
    unblanked = night(2, TOTAL_GONE, night(1, FIRST).shipped)
    shown, _ = radar()
    for broken in (
        withheld.judged(unblanked.shipped, rows, log=made.told, before=told),
        withheld.judged(made.shipped, shown, log=made.told, before=told),
    ):
        assert not broken.passed
        with pytest.raises(ReleaseRefused, match="disclosure is never overruled"):
            account_for(marked(finding_frame([broken])), reason="The board needs it.")
    assert account_for(marked(finding_frame([replace(good)])), reason="") is None
