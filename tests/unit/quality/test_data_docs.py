"""Data Docs: every suite has its pages, nothing in them asks an outside host, and only what changed is made anew."""

from __future__ import annotations

import contextlib
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from pipelines.quality import check_table
from pipelines.quality.data_docs import DocsFailed, build_data_docs, data_docs
from pipelines.quality.offline_html import make_offline
from pipelines.tables.store import Store

HOSTILE = '<img src="https://outside.example/x.png" onerror="alert(1)"><script src="//outside.example/x.js"></script>'
ASKS = re.compile(
    r"""(?:href|src|srcset|action|poster|data)\s*=\s*["']?\s*(?:[a-z][a-z0-9+.-]*:|//)|url\(|@import|<script|<link|\son\w+\s*=""",
    re.IGNORECASE,
)
"""Whatever makes a browser fetch something from elsewhere, or run something."""
MARKUP = re.compile(r"<style.*?</style>|<[^>]+>", re.IGNORECASE | re.DOTALL)
FILES = ("*.html", "*.css", "*.js", "*.svg")


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A warehouse with two checked tables, one of which breaks a rule with a value that is HTML."""
    store, suites = Store(tmp_path / "tables"), tmp_path / "suites"
    suites.mkdir()
    for table in ("core.area", "published.area"):
        frame = pl.DataFrame({"area": [HOSTILE, "b"], "value": [1.0, None]})
        store.build(table, lambda frame=frame: frame, code_version="1", description="made")  # type: ignore[misc]
        write_suite(suites, table, ["b", "c"] if table == "core.area" else [HOSTILE, "b"])
        check_table(store, table, suites / f"{table}.json")
    return tmp_path


def write_suite(suites: Path, table: str, allowed: list[str]) -> None:
    rules = [
        {"type": "expect_column_values_to_be_in_set", "kwargs": {"column": "area", "value_set": allowed}},
        {"type": "expect_column_values_to_be_pretty", "kwargs": {"column": "area"}},
    ]
    said: dict[str, Any] = {"severity": "critical", "notes": f"because {HOSTILE}"}
    (suites / f"{table}.json").write_text(json.dumps({"name": table, "expectations": [rule | said for rule in rules]}))


def asks(page: str) -> list[str]:
    """What fetches or runs in the markup; the same words as text of the page do neither."""
    return ASKS.findall(" ".join(MARKUP.findall(page)))


def build(place: Path) -> int:
    return build_data_docs(Store(place / "tables"), place / "suites", place).rebuilt


def pages(place: Path) -> list[Path]:
    return sorted(file for kind in FILES for file in data_docs(place).parent.resolve().rglob(kind))


def test_every_suite_has_its_pages_and_none_asks_an_outside_host(place: Path) -> None:
    assert build(place) == 2
    assert len(pages(place)) == 5
    assert len(asks(HOSTILE)) == 4
    assert [file.name for file in pages(place) if asks(file.read_text())] == []
    index = data_docs(place).read_text()
    linked = re.findall(r'href="([^"]+)"', index)
    assert len(linked) == 5
    assert [page for page in linked if not (data_docs(place).parent / page).is_file()] == ["../report/checks.html"]
    assert "1 broken, 1 could not run" in index


def test_a_page_shows_what_broke(place: Path) -> None:
    build(place)
    (broken,) = (data_docs(place).parent / "validations" / "core" / "area").rglob("*.html")
    assert "1 unexpected" in broken.read_text()
    assert "fa-times" in broken.read_text()


def test_only_what_changed_is_made_anew(place: Path) -> None:
    build(place)
    untouched = [file for file in pages(place) if "published" in file.parts]
    before = {file.name: file.read_bytes() for file in untouched}
    assert build(place) == 0
    write_suite(place / "suites", "core.area", [HOSTILE, "b"])
    check_table(Store(place / "tables"), "core.area", place / "suites" / "core.area.json")
    assert build(place) == 1
    assert {file.name: file.read_bytes() for file in pages(place) if "published" in file.parts} == before
    assert len(list((data_docs(place).parent / "validations" / "core" / "area").rglob("*.html"))) == 1
    (place / "suites" / "core.area.json").unlink()
    assert build(place) == 0
    assert len(pages(place)) == 3


def test_pages_that_cannot_be_built_leave_the_old_ones(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    build(place)
    before = {file: file.read_bytes() for file in pages(place)}
    write_suite(place / "suites", "core.area", ["b"])
    check_table(Store(place / "tables"), "core.area", place / "suites" / "core.area.json")
    monkeypatch.setattr("pipelines.quality.data_docs._written_by", lambda *_: None)
    with pytest.raises(DocsFailed, match="core/area"):
        build(place)
    assert {file: file.read_bytes() for file in pages(place)} == before


@pytest.mark.parametrize(
    "page",
    [
        HOSTILE,
        "<svg><image href='//x.example'/></svg><p>kept</p>",
        "<a href='javascript:alert(1)'>kept</a>",
        "<a href='&#104;ttps://x.example'>kept</a>",
        "<p style='background:url(//x.example)'>kept</p><style>@import '//x.example'; p{}</style>",
        "<meta http-equiv=refresh content='0;url=https://x.example'><p>kept</p>",
        "<iframe src=a><iframe></iframe></iframe><p>kept</p>",
        "<!--[if IE]><script>1</script><![endif]--><p>kept</p>",
        "<script>if (a < b) { '</p>' }</script><p>kept</p>",
    ],
)
def test_what_asks_or_runs_is_taken_out_and_the_rest_is_kept(page: str) -> None:
    made = make_offline(page)
    assert asks(made) == []
    assert "x.example" not in made
    assert ("kept" in page) == ("kept" in made)


def test_text_and_attributes_stay_as_they_are() -> None:
    page = '<p title="a &amp; b">1 &lt; 2 &#233; <br><a href="../x.html#s">x</a></p>'
    assert make_offline(page) == page


@pytest.mark.skipif(shutil.which("chromium") is None, reason="needs a browser")
def test_a_browser_asks_nobody(place: Path) -> None:
    build(place)
    (broken,) = (data_docs(place).parent / "validations" / "core" / "area").rglob("*.html")
    assert asked_by_browser(broken) == set()


def asked_by_browser(page: Path) -> set[str]:
    """The hosts that Chromium wants for a page, all of them mapped to nothing; its maker's own are left out."""
    log = page.with_suffix(".log")
    command = [
        *("chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"),
        *(f"--user-data-dir={page}.profile", "--host-resolver-rules=MAP * ~NOTFOUND", f"--log-net-log={log}"),
        *("--dump-dom", page.as_uri()),
    ]
    with contextlib.suppress(subprocess.TimeoutExpired):  # It may wait for its maker's hosts; the log is there by then.
        subprocess.run(command, capture_output=True, timeout=30, check=False)
    assert page.as_uri() in log.read_text(), "the browser has opened the page"
    hosts = set(re.findall(r'"url":"https?://([^/"]*)', log.read_text()))
    return {host for host in hosts if not host.endswith((".google.com", ".googleapis.com", ".gvt1.com"))}
