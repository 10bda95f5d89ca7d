"""The report of the sample: every link within it leads to a page or a place on one, and every chart draws its table."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import unquote

import pytest

from pipelines.release.query import ask
from pipelines.report import contents, site


@pytest.fixture
def report(sample_warehouse: Path) -> Path:
    return sample_warehouse / site.FOLDER


def pages(report: Path) -> list[Path]:
    return [report / site.OVERVIEW, *(report / site.INDICATORS).glob("*.html"), *(report / site.AREAS).glob("*.html")]


def test_the_run_left_a_page_of_every_indicator_and_area(sample_warehouse: Path, report: Path) -> None:
    known = contents.contents_of(sample_warehouse)
    assert len(pages(report)) == 1 + known.indicators.height + known.areas.height


def test_every_link_leads_somewhere_within_the_report(report: Path) -> None:
    for page in pages(report):
        for link in re.findall(r'\shref="([^"]*)"', page.read_text()):
            name, _, anchor = unquote(link).partition("#")
            target = (page.parent / name).resolve() if name else page
            assert target.is_relative_to(report.resolve()) or target == page
            assert target.is_file(), f"{page.name} leads to {link}"
            assert not anchor or f'id="{anchor}"' in target.read_text()


def test_every_chart_draws_the_figures_of_its_table(report: Path) -> None:
    drawn = 0
    for page in (report / site.INDICATORS).glob("*.html"):
        for part in page.read_text().split("<svg")[1:]:
            chart, _, rest = part.partition("</svg>")
            table = rest.partition("</table>")[0]
            figures = re.findall(r'<circle[^>]*data-value="([^"]+)"', chart)
            assert figures == re.findall(r'<td[^>]*data-value="([^"]+)"', table)
            drawn += 1
    assert drawn


def test_an_area_stands_beside_england_as_the_function_says(sample_warehouse: Path) -> None:
    compared = ["indicator", "sex", "age", "period", "value", "region_value", "england_value", "than_england"]
    totals = contents.contents_of(sample_warehouse).totals
    for code in ("X06000001", "X92000001"):
        said = ask(sample_warehouse, f"from area_summary('{code}')").select(compared)
        own = totals.filter(totals["area_code"] == code).select(compared)
        assert said.height
        assert sorted(map(str, own.rows())) == sorted(map(str, said.rows()))
