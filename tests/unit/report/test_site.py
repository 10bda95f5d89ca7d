"""The report over a made-up release: charts equal their tables, what data says is escaped, files are written only where
they say something new, and those of what is no more are removed."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import polars as pl
import pytest

from pipelines.release.query import ReleaseFacts
from pipelines.report import area_page, indicator_page, overview, site
from pipelines.report.chart import Fit, Group, gradient_chart, middles, scale
from pipelines.report.contents import Contents
from tests.unit.quality.test_data_docs import HOSTILE

WELSH = "Ynys Môn \"a\" & 'b' " + "x" * 120
GRADIENT = {
    "area_code": "E92000001", "area_name": "England", "period": "2024", "period_length": "1y", "sex": "persons",
    "age": "18+ yrs", "dimension": "deprivation_decile", "scheme": "tenths", "basis": "neighbourhoods_national",
    "groups_from": "published", "weighting": "population_of_groups", "indicator": "smoking", "value_lower": None,
    "value_upper": None, "note_code": None, "areas_missing": None, "areas_expected": None, "is_modelled": False,
}  # fmt: skip
SUBJECT = {key: GRADIENT[key] for key in indicator_page.KEYS}
SLOPE = {
    **SUBJECT, "indicator": "smoking", "title": HOSTILE, "area_name": HOSTILE, "area_type": "country", "unit": "%",
    "measure": "slope_index", "value": 8.2, "value_lower": 7.0, "value_upper": 9.4, "fitted_most": 18.1,
    "fitted_least": 9.9, "grade": "A", "grade_reason": None, "series_break": False, "break_reason": None,
    "sentence": f"The gap {HOSTILE}", "is_modelled": False,
}  # fmt: skip


def contents(*, modelled: bool = False, areas: tuple[str, ...] = ("E06000009",)) -> Contents:
    """A release of one indicator with a gradient of two groups, and of these areas."""
    place = {f"imd_{year}_{what}": None for year in area_page.EDITIONS for what in
             ("average_score", "share_of_lsoas_in_most_deprived_tenth", "core20_share")}  # fmt: skip
    no_rows = pl.DataFrame(schema={"indicator": pl.String, "area_code": pl.String, "is_modelled": pl.Boolean})
    return Contents(
        facts=ReleaseFacts("20260101T000000Z_abc", datetime(2026, 1, 1, tzinfo=UTC), HOSTILE, "local", (), (), None),
        indicators=pl.DataFrame(
            {
                "indicator": ["smoking"], "title": [HOSTILE], "definition": [HOSTILE], "unit": ["%"],
                "age_standardised": [False], "polarity": ["low_is_good"], "polarity_reason": [None], "notes": [WELSH],
            }
        ),
        areas=pl.DataFrame(
            [{"area_code": code, "area_name": f"{HOSTILE}{WELSH}", "area_type": "district", "region_name": None,
              "is_modelled": modelled, **place} for code in areas]
        ),
        measures=pl.DataFrame([{**SLOPE, "is_modelled": modelled}]),
        changes=pl.DataFrame(schema={"indicator": pl.String, "verdict_absolute": pl.String}),
        gradients=pl.DataFrame(
            [{**GRADIENT, "category": "most_deprived", "category_rank": 1, "value": 17.5, "population": 10.0},
             {**GRADIENT, "category": "least_deprived", "category_rank": 2, "value": 9.25, "population": 30.0}]
        ),
        differences=no_rows,
        totals=no_rows.with_columns(pl.lit(None, pl.Float64).alias("value")),
        lives=no_rows,
        scorecard=no_rows,
        sources=pl.DataFrame(schema={"indicator": pl.String}),
        schemes=pl.DataFrame(
            {"dimension": ["deprivation_decile"], "scheme": ["tenths"], "groups": [f"neighbourhoods {HOSTILE}"]}
        ),
    )  # fmt: skip


class Markup(HTMLParser):
    """Collects what would run, or leave the folder, from the tags as a browser reads them."""

    def __init__(self) -> None:
        super().__init__()
        self.faults: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.faults += [tag] if tag in {"script", "img", "link", "iframe", "form"} else []
        for name, value in attrs:
            outside = name in {"href", "src"} and (":" in (value or "") or (value or "").startswith("//"))
            self.faults += [name] if outside or name.startswith("on") else []


def faults(page: str) -> list[str]:
    markup = Markup()
    markup.feed(page)
    return markup.faults


def every_page(known: Contents) -> dict[str, str]:
    return {
        "overview": overview.page_of(known, []).decode(),
        "indicator": indicator_page.page_of(known, known.indicators.row(0, named=True)).decode(),
        "area": area_page.page_of(known, known.areas.row(0, named=True)).decode(),
    }


def test_what_data_says_is_text_and_no_page_asks_for_anything_outside() -> None:
    for page in every_page(contents()).values():
        assert "&lt;script" in page
        assert not faults(page)


def test_groups_are_named_in_words() -> None:
    assert contents().groups("deprivation_decile", "tenths").startswith("neighbourhoods")
    assert contents().groups("deprivation_decile", "no_such") == "no such"
    assert "(neighbourhoods" in every_page(contents())["indicator"]


def test_each_page_of_modelled_input_says_so_before_anything_else_of_it() -> None:
    for page in every_page(contents(modelled=True)).values():
        assert page.index("Modelled data, not real") < page.index("<h1>")
    assert not any("Modelled data" in page for page in every_page(contents()).values())


def test_headings_are_in_order_and_every_table_has_a_caption() -> None:
    for page in every_page(contents()).values():
        levels = [int(level) for level in re.findall(r"<h(\d)", page)]
        assert levels[0] == 1
        assert levels.count(1) == 1
        assert all(after <= before + 1 for before, after in pairwise(levels))
        assert page.count("<table") == page.count("<caption>")


def test_the_chart_draws_the_figures_of_its_table() -> None:
    page = every_page(contents())["indicator"]
    assert re.findall(r'<circle[^>]*data-value="([^"]+)"', page) == ["17.5", "9.25"]
    assert re.findall(r'<td[^>]*data-value="([^"]+)"', page) == ["17.5", "9.25"]


def test_a_group_stands_at_its_middle_person() -> None:
    assert middles([Group("a", 1, None, None, 10), Group("b", 2, None, None, 30)]) == [0.125, 0.625]
    assert middles([Group("a", 1, None, None, None), Group("b", 2, None, None, 30)]) == [0.25, 0.75]


def test_a_chart_needs_two_groups_and_escapes_its_texts() -> None:
    one, other = Group(HOSTILE, 1.0, 0.5, 1.5, None), Group("b", 2.0, None, None, None)
    assert gradient_chart([one], None, "t", "d") == ""
    assert not faults(gradient_chart([one, other], Fit(1, 2), f'{HOSTILE}"', HOSTILE))


def test_only_what_changed_is_written_and_what_is_no_more_goes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def build(known: Contents) -> site.Built:
        monkeypatch.setattr(site, "contents_of", lambda _: known)
        return site.build(tmp_path)

    (tmp_path / "report").mkdir()
    (tmp_path / "report" / "checks.html").write_text("kept")
    assert build(contents(areas=("E1", "E2"))) == site.Built(files=5, written=5, removed=0)
    assert build(contents(areas=("E1", "E2"))) == site.Built(files=5, written=0, removed=0)
    assert build(contents(areas=("E1",))) == site.Built(files=4, written=1, removed=1)
    assert not (tmp_path / "report/area/E2.html").exists()
    assert (tmp_path / "report/checks.html").read_text() == "kept"


def test_no_code_names_a_file_outside_the_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(site, "contents_of", lambda _: contents(areas=("../../E1", "E2")))
    site.build(tmp_path / "w")
    assert {file.name for file in (tmp_path / "w/report/area").iterdir()} == {"E2.html"}
    assert not list(tmp_path.glob("*.html"))


@pytest.mark.parametrize(
    ("low", "high", "shown"),
    [
        (10.4, 38.4, ["15", "20", "25", "30", "35"]),
        (0.012, 0.034, ["0.015", "0.020", "0.025", "0.030"]),
        (-3.0, 3.0, ["-2", "0", "2"]),
        (880.0, 3120.0, ["1,000", "1,500", "2,000", "2,500", "3,000"]),
    ],
)
def test_a_scale_has_round_values(low: float, high: float, shown: list[str]) -> None:
    assert [text for _, text in scale(low, high)] == shown
