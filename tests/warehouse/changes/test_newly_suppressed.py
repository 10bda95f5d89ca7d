"""A figure that a publisher newly suppresses: its old value is in no table, page or history of the next release."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import polars as pl
import pytest

from pipelines.run.walk import walk_and_publish
from pipelines.settings import Settings
from tests.conftest import run_on

pytestmark = pytest.mark.long
FILE = "fingertips/92443_502.csv"
CELL = {"Area Code": "X06000017", "Category Type": "", "Time period": "2019", "Sex": "Persons"}
FIGURES = ("Value", "Lower CI 95.0 limit", "Upper CI 95.0 limit")
OTHERS = ("Lower CI 99.8 limit", "Upper CI 99.8 limit", "Count")


def suppress(file: Path) -> list[str]:
    """Empty one cell of a Fingertips file as the publisher does. Returns what stood there."""
    head, *rows = csv.reader(io.StringIO(file.read_text(encoding="utf-8-sig"), newline=""))
    (row,) = [row for row in rows if CELL.items() <= dict(zip(head, row, strict=True)).items()]
    was = [row[head.index(name)] for name in FIGURES]
    for name in (*FIGURES, *OTHERS):
        row[head.index(name)] = ""
    row[head.index("Value note")] = "Value suppressed for disclosure control due to small count"
    out = io.StringIO(newline="")
    csv.writer(out).writerows([head, *rows])
    file.write_text(out.getvalue(), encoding="utf-8-sig", newline="")
    return was


def holding(release: duckdb.DuckDBPyConnection, figures: list[str]) -> Iterator[str]:
    """Each table and column of a release, and of what its functions say of any day, that holds one of the figures."""
    known = release.sql("select schema_name, table_name from duckdb_tables()").fetchall()
    today = datetime.now(UTC).date()
    sources = [f'"{schema}"."{name}"' for schema, name in known]
    sources += [
        f"{name}('{day}')" for name in ("observation_as_of", "inequality_as_of") for day in (today, "2999-01-01")
    ]
    for source in sources:
        for column, kind, *_ in release.sql(f"describe from {source}").fetchall():
            for figure in figures:
                test = (
                    f"contains(\"{column}\", '{figure}')" if kind == "VARCHAR" else f'abs("{column}" - {figure}) < 1e-9'
                )
                if kind in ("VARCHAR", "DOUBLE") and release.sql(f"from {source} where {test} limit 1").fetchall():
                    yield f"{source}.{column}"


def test_its_old_value_is_in_no_table_no_page_and_no_history(altered_sample: Path, after_sample: Settings) -> None:
    figures = suppress(altered_sample / FILE)
    link = after_sample.warehouse / "current.duckdb"
    with duckdb.connect(str(link.resolve()), read_only=True) as before:
        assert '"history"."observation".value' in set(holding(before, figures)), "it was published"
    done = walk_and_publish(run_on(after_sample, altered_sample))
    assert done.publication is not None, done.stop
    assert done.publication.is_new
    with duckdb.connect(str(link.resolve()), read_only=True) as after:
        assert list(holding(after, figures)) == []
        withheld = after.sql(
            "select note_code from published.observation "
            "where indicator = 'smoking_prevalence_adults' and area_code = 'X06000017' and period = '2019'"
        ).fetchall()
    assert withheld == [("suppressed_small_count",)]
    pages = list((after_sample.warehouse / "report").rglob("*.html"))
    assert pages
    assert [page.name for page in pages for figure in figures if figure in page.read_text(encoding="utf-8")] == []
    for kept in (after_sample.warehouse / "history").rglob("*.parquet"):
        rows = pl.read_parquet(kept)
        numbers = rows.select(pl.selectors.float())
        held = numbers.select(pl.any_horizontal((pl.all() - float(figure)).abs() < 1e-9 for figure in figures).any())
        assert not numbers.width or not held.item(), kept
