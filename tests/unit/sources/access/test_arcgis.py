"""A feature service: found by item, by name or by a namesake, read in pages, and refused where it is not whole."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from pipelines.sources.access.arcgis import ITEMS, ORGANISATION, FeatureService
from pipelines.sources.contract import ContractBroken, Snapshot, SourceUnavailable
from tests.unit.sources.access.made_fetcher import MadeFetcher

SERVICE = f"{ORGANISATION}/LAD24_RGN24_EN_LU/FeatureServer"
NAMED = FeatureService("LAD24_RGN24_EN_LU")
UNKNOWN = {"error": {"code": 400, "message": "Invalid URL", "details": []}}


def page(first: int, *, most: int = 2) -> str:
    asked = {
        "where": "1=1",
        "outFields": "*",
        "returnGeometry": "false",
        "orderByFields": "FID",
        "resultOffset": first,
        "resultRecordCount": most,
        "f": "json",
    }
    return f"{SERVICE}/1/query?{urlencode(asked)}"


def rows(*numbers: int, more: bool = False) -> dict[str, Any]:
    features = [{"attributes": {"LAD24CD": f"E0600000{n}", "LAD24NM": None, "FID": n}} for n in numbers]
    return {"features": features, "exceededTransferLimit": more}


COUNT = f"{SERVICE}/1/query?{urlencode({'where': '1=1', 'returnCountOnly': 'true', 'f': 'json'})}"
WHOLE: dict[str, Any] = {
    f"{SERVICE}?f=json": {"layers": [], "tables": [{"id": 1, "name": "a table"}]},
    f"{SERVICE}/1?f=json": {
        "objectIdField": "FID",
        "maxRecordCount": 2,
        "fields": [{"name": "FID"}, {"name": "LAD24CD"}, {"name": "LAD24NM"}],
        "editingInfo": {"lastEditDate": 5},
    },
    COUNT: {"count": 3},
    page(0): rows(1, 2, more=True),
    page(2): rows(3),
}


def fetcher(tmp_path: Path, changes: dict[str, Any]) -> MadeFetcher:
    answers = {url: said for url, said in (WHOLE | changes).items() if said is not None}
    return MadeFetcher(tmp_path, {url: json.dumps(said).encode() for url, said in answers.items()})


def text(tmp_path: Path, changes: dict[str, Any], service: FeatureService = NAMED) -> str:
    received = service.fetch(fetcher(tmp_path, changes)).received
    assert received
    return received.file.read_text()


def test_all_pages_become_one_csv_under_the_portals_headers_without_the_id(tmp_path: Path) -> None:
    assert text(tmp_path, {}) == "LAD24CD,LAD24NM\nE06000001,\nE06000002,\nE06000003,\n"


def test_pages_may_be_shorter_than_asked_for(tmp_path: Path) -> None:
    short = {page(0): rows(1, more=True), page(1): rows(2, more=True), page(2): rows(3)}
    assert text(tmp_path, short) == text(tmp_path, {})


def test_an_item_says_where_its_service_is_now(tmp_path: Path) -> None:
    pinned = FeatureService("OLD_NAME", item="abc")
    moved = {f"{ITEMS}/abc?f=json": {"url": f"{SERVICE}/1"}}
    assert text(tmp_path, moved, pinned) == text(tmp_path, {})


@pytest.mark.parametrize("item", [UNKNOWN, {"url": None}, {"url": "https://elsewhere.example/FeatureServer"}, None])
def test_where_the_item_leads_nowhere_the_name_is_asked(item: dict[str, Any] | None, tmp_path: Path) -> None:
    pinned = replace(NAMED, item="abc")
    assert text(tmp_path, {f"{ITEMS}/abc?f=json": item}, pinned) == text(tmp_path, {})


def test_a_service_that_got_a_suffix_is_found_in_the_list(tmp_path: Path) -> None:
    old = FeatureService("LAD24_RGN24_EN_LU_v2")
    listed = [{"name": "LAD24_RGN24_EN_LU"}, {"name": "LAD24_RGN24_EN_NC"}, {"type": "a service without a name"}]
    gone = {f"{ORGANISATION}/LAD24_RGN24_EN_LU_v2/FeatureServer?f=json": UNKNOWN}
    assert text(tmp_path, gone | {f"{ORGANISATION}?f=json": {"services": listed}}, old) == text(tmp_path, {})


@pytest.mark.parametrize("listed", [[], [{"name": "LAD24_RGN24_UK_LU"}]])
def test_a_service_that_is_gone_is_named(listed: list[Any], tmp_path: Path) -> None:
    gone = {f"{SERVICE}?f=json": UNKNOWN, f"{ORGANISATION}?f=json": {"services": listed}}
    with pytest.raises(ContractBroken, match="no such service") as error:
        text(tmp_path, gone)
    assert "Invalid URL" in error.value.found


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({page(2): rows(2, 3)}, "overlap"),
        ({page(0): rows(2, 1, more=True)}, "overlap"),
        ({COUNT: {"count": 4}}, "do not hold all rows"),
        ({COUNT: {"count": 2}}, "do not hold all rows"),
        ({page(2): rows()}, "do not hold all rows"),
        ({page(0): rows(1, 2)}, "do not hold all rows"),
        ({page(0): UNKNOWN}, "answered with an error"),
        ({page(0): {"error": "busy"}}, "answered with an error"),
        ({page(0): [1, 2]}, "no object"),
        ({COUNT: {"count": "three"}}, "how many rows"),
        ({COUNT: {"count": 0}}, "how many rows"),
        ({f"{SERVICE}/1?f=json": {"objectIdField": "FID", "fields": []}}, "how to read it"),
        ({f"{SERVICE}?f=json": {"tables": [{"id": 1}, {"id": 2}]}}, "not clear which table"),
        ({f"{SERVICE}?f=json": {"layers": []}}, "not clear which table"),
    ],
)
def test_what_is_not_whole_is_refused(changes: dict[str, Any], words: str, tmp_path: Path) -> None:
    with pytest.raises(ContractBroken, match=words):
        text(tmp_path, changes)


def test_a_page_that_is_cut_short_is_no_json(tmp_path: Path) -> None:
    cut = fetcher(tmp_path, {})
    cut.answers[page(2)] = cut.answers[page(2)][:-10]
    with pytest.raises(ContractBroken, match="no JSON"):
        NAMED.fetch(cut)


def test_a_page_that_cannot_be_had_is_not_passed_over(tmp_path: Path) -> None:
    with pytest.raises(SourceUnavailable, match="404"):
        text(tmp_path, {page(2): None})


def test_a_table_that_was_not_edited_is_not_read_again(tmp_path: Path) -> None:
    first = NAMED.fetch(fetcher(tmp_path, {}))
    assert first.received
    held = Snapshot(
        "made", "made.csv", first.url, "0" * 64, 1, datetime.now(UTC), "", "", False, "publisher",
        etag=first.received.etag,
    )  # fmt: skip
    again = fetcher(tmp_path, {})
    again.last_good = held
    assert NAMED.fetch(again).received is None
    assert not any("resultOffset" in url for url in again.asked)
    for change in ({COUNT: {"count": 3}, f"{SERVICE}/1?f=json": {**WHOLE[f"{SERVICE}/1?f=json"], "editingInfo": {}}},):
        other = fetcher(tmp_path, change)
        other.last_good = held
        assert NAMED.fetch(other).received, "a service that does not say when it was edited is read each time"
