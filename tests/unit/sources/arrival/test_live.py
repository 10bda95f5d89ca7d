"""Live runs: each address is fresh, or falls back to its last good snapshot with age and cause, or is named missing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo
from pathlib import Path
from typing import Self

import polars as pl
import pytest

from pipelines.notes import Kind, in_words, words
from pipelines.settings import PROJECT
from pipelines.sources.access.web_file import WebFile
from pipelines.sources.arrival import live, origin, transport
from pipelines.sources.arrival import snapshot as snapshots
from pipelines.sources.arrival.fetcher import REFUSED
from pipelines.sources.contract import ContractBroken, Fetched, Fetcher, Parsed, Resource, Snapshot, empty_rejected
from pipelines.sources.ons import local_areas as ons_local_areas
from tests.proofs.publisher.faults import First, status
from tests.proofs.publisher.outcome import Clock, quick_transport, trusting
from tests.proofs.publisher.server import Answer, Publisher
from tests.unit.sources.made_files import a_workbook

SCHEMA: dict[str, pl.DataType] = {"code": pl.String(), "name": pl.String()}
LIVE = origin.RunInput("live", None, origin.PUBLISHER)


def parse(content: bytes, kept: Snapshot) -> Parsed:
    rows = pl.read_csv(content, schema=SCHEMA)
    if "spoiled" in rows["name"]:
        raise ContractBroken("It is spoiled.", where=kept.path, expected="good", found="spoiled", do="Ask.")
    lines = rows.with_columns(
        pl.lit("made").alias("source"), pl.lit(kept.sha256).alias("snapshot_sha256"), pl.lit(1).alias("source_line")
    )
    return Parsed(lines, empty_rejected(), rows.height)


LOOKUP = Resource(
    name="lookup",
    path="geography/lookup.csv",
    table="lookup",
    description="Which district lies in which region.",
    url="https://publisher.example/lookup.csv",
    publisher="A publisher",
    licence="OGL 3.0",
    cadence="yearly",
    parser=parse,
    schema=SCHEMA,
    key=("code",),
    access=(WebFile("https://publisher.example/lookup.csv"),),
)
NO_ADDRESS = replace(LOOKUP, access=())
FAMILY = replace(
    LOOKUP,
    path="fingertips/*.csv",
    many=True,
    live_files=lambda: [
        ("fingertips/1.csv", (WebFile("https://publisher.example/1"),)),
        ("fingertips/93881_502.csv", (WebFile("https://publisher.example/2"),)),
        ("fingertips/3.csv", (WebFile("https://publisher.example/3"),)),
    ],
)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "snapshots"


@pytest.fixture
def publisher(tmp_path: Path, loopback: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Publisher]:
    """A server that serves the lookup and three files of a family, with our transport set on it."""
    served = tmp_path / "served"
    served.mkdir()
    for name in ("lookup", "1", "2", "3"):
        (served / f"{name}.csv").write_text(f"code,name\nE1,{name}\n")
    places = {f"publisher.example/{name}": f"{name}.csv" for name in ("1", "2", "3")}
    made = Publisher(served, tmp_path, places=places | {"publisher.example/lookup.csv": "lookup.csv"})
    with made.open(), trusting(made):
        monkeypatch.setattr(transport.client, "_current", quick_transport(made, Clock()))
        yield made


def fetch(resource: Resource, root: Path) -> live.Taken:
    return origin.fetch(resource, LIVE, root=root)


def keep(root: Path, path: str = LOOKUP.path, *, kind: str = "publisher", days_ago: int = 0) -> Snapshot:
    """A snapshot that a folder run left."""
    with pytest.MonkeyPatch.context() as patch:

        class Then(datetime):
            @classmethod
            def now(cls, tz: tzinfo | None = None) -> Self:
                return super().now(tz) - timedelta(days=days_ago)

        patch.setattr(snapshots, "datetime", Then)
        return snapshots.capture(
            root,
            f"code,name\nE1,{days_ago} days ago\n".encode(),
            resource=LOOKUP,
            origin=kind,
            path=path,
            url=LOOKUP.url,
            publisher="A publisher",
            licence="OGL 3.0",
            is_modelled=kind == "modelled",
        )


def test_what_a_publisher_serves_is_kept(publisher: Publisher, root: Path) -> None:
    taken = fetch(FAMILY, root)
    assert taken.notes == []
    assert [(kept.path, kept.url, snapshots.read(root, kept)[-2:-1]) for kept in taken.snapshots] == [
        ("fingertips/1.csv", "https://publisher.example/1", b"1"),
        ("fingertips/93881_502.csv", "https://publisher.example/2", b"2"),
        ("fingertips/3.csv", "https://publisher.example/3", b"3"),
    ]
    assert all(kept.origin == "publisher" and not kept.is_modelled and not kept.is_stale for kept in taken.snapshots)
    assert list((root / live.INCOMING).iterdir()) == []


def test_nothing_changed_is_asked_with_conditions_and_comes_without_a_body(publisher: Publisher, root: Path) -> None:
    first = fetch(FAMILY, root)
    publisher.asked.clear()
    assert fetch(FAMILY, root) == first
    assert [(asked.status, asked.body_bytes) for asked in publisher.asked] == [(304, 0)] * 3


def test_a_folder_runs_snapshot_learns_what_to_ask_with(publisher: Publisher, root: Path) -> None:
    content = (publisher.folder / "lookup.csv").read_bytes()
    about = {"resource": LOOKUP, "origin": "publisher", "path": LOOKUP.path, "publisher": "", "licence": ""}
    by_folder = snapshots.capture(root, content, url="by hand", is_modelled=False, **about)  # type: ignore[arg-type]
    for _ in range(2):
        (kept,) = fetch(LOOKUP, root).snapshots
        assert (kept.sha256, kept.retrieved_at) == (by_folder.sha256, by_folder.retrieved_at)
    assert [asked.status for asked in publisher.asked] == [200, 304]


def test_lost_bytes_and_a_new_address_are_asked_for_without_conditions(publisher: Publisher, root: Path) -> None:
    (kept,) = fetch(LOOKUP, root).snapshots
    next((root / "publisher" / LOOKUP.path).glob("*.csv")).unlink()
    (again,) = fetch(LOOKUP, root).snapshots
    assert again.sha256 == kept.sha256
    assert snapshots.read(root, again) == (publisher.folder / "lookup.csv").read_bytes()
    fetch(replace(LOOKUP, access=(WebFile("https://publisher.example/1"),)), root)
    assert [asked.conditional for asked in publisher.asked] == [False] * 3


def test_one_address_that_fails_loses_no_other(publisher: Publisher, root: Path) -> None:
    publisher.faults = {"/2": status(404)}
    taken = fetch(FAMILY, root)
    assert [kept.path for kept in taken.snapshots] == ["fingertips/1.csv", "fingertips/3.csv"]
    (missing,) = in_words(taken.notes)
    assert missing.startswith("fingertips/93881_502.csv (obesity_prevalence_adults, area type 502) is missing: ")
    assert "https://publisher.example/2 could not be had: it answered 404" in missing


def test_a_publisher_that_fails_leaves_the_last_good_snapshot_with_its_age_and_the_cause(
    publisher: Publisher, root: Path
) -> None:
    keep(root, days_ago=40)
    good = keep(root, days_ago=3)
    publisher.faults = {"": status(404)}
    (kept,) = fetch(LOOKUP, root).snapshots
    assert kept.is_stale
    assert kept.note.startswith(f"3 days old, of {good.retrieved_at:%Y-%m-%d}. {LOOKUP.url} could not be had")
    assert "404" in kept.note
    assert (kept.sha256, kept.retrieved_at) == (good.sha256, good.retrieved_at)
    assert snapshots.newest(root, "publisher", LOOKUP.path) == good


@pytest.mark.parametrize("rows", ["E1,spoiled\n", "", "E1,one\nE1,two\n"])
def test_a_body_that_staging_would_refuse_never_becomes_a_snapshot(rows: str, publisher: Publisher, root: Path) -> None:
    good = keep(root)
    (publisher.folder / "lookup.csv").write_text("code,name\n" + rows)
    (kept,) = fetch(LOOKUP, root).snapshots
    assert (kept.is_stale, kept.sha256) == (True, good.sha256)
    assert snapshots.history(root, "publisher", LOOKUP.path) == [good]
    assert (root / REFUSED / LOOKUP.path).read_text() == "code,name\n" + rows


def test_a_live_run_never_takes_modelled_snapshots(publisher: Publisher, root: Path) -> None:
    keep(root, kind="modelled")
    publisher.faults = {"": status(404)}
    assert fetch(LOOKUP, root).snapshots == []
    assert fetch(NO_ADDRESS, root).snapshots == []


def test_without_an_address_the_newest_snapshot_of_a_folder_run_is_used(root: Path) -> None:
    keep(root, days_ago=9)
    good = keep(root, days_ago=2)
    (kept,) = fetch(NO_ADDRESS, root).snapshots
    assert (kept.sha256, kept.is_stale) == (good.sha256, False)
    assert kept.note == f"no address of its own; from a folder run of {good.retrieved_at:%Y-%m-%d}"


def test_without_an_address_and_a_snapshot_it_is_named(root: Path) -> None:
    (missing,) = in_words(fetch(NO_ADDRESS, root).notes)
    assert missing.startswith("geography/lookup.csv is missing: it has no address of its own")
    assert LOOKUP.url in missing


def test_a_family_without_addresses_takes_each_path(root: Path) -> None:
    for path in ("fingertips/a.csv", "fingertips/b.csv"):
        keep(root, path)
    taken = fetch(replace(FAMILY, live_files=None, access=()), root)
    assert [kept.path for kept in taken.snapshots] == ["fingertips/a.csv", "fingertips/b.csv"]


@dataclass(frozen=True)
class Paged:
    """A page that holds nothing but the address of the file."""

    url: str = "https://publisher.example/page"

    def fetch(self, fetcher: Fetcher) -> Fetched:
        address = fetcher.index(self.url, self.read, kind="html")
        return Fetched(address, fetcher.download(address))

    def read(self, page: bytes) -> str:
        if b"https" not in page:
            raise ContractBroken("No link.", where="page", expected="a link", found="none", do="Look.")
        return page.decode().removeprefix("<html>").removesuffix("</html>")


def test_a_page_names_the_file_and_is_not_downloaded_again(publisher: Publisher, root: Path) -> None:
    (publisher.folder / "page.html").write_text("<html>https://publisher.example/1</html>")
    publisher.places["publisher.example/page"] = "page.html"
    paged = replace(LOOKUP, access=(Paged(),))
    (first,) = fetch(paged, root).snapshots
    assert first.url == "https://publisher.example/1"
    assert fetch(paged, root).snapshots == [first]
    assert [asked.status for asked in publisher.asked] == [200, 200, 304, 304]
    (publisher.folder / "page.html").write_text("<html>https://publisher.example/2</html>")
    assert fetch(paged, root).snapshots[0].url == "https://publisher.example/2"
    (publisher.folder / "page.html").write_text("<html>We have moved.</html>")
    (stale,) = fetch(paged, root).snapshots
    assert stale.is_stale
    assert "No link." in stale.note


def test_the_first_way_that_leads_to_a_fit_file_is_taken_and_the_others_are_told(
    publisher: Publisher, root: Path
) -> None:
    spoiled = WebFile("https://publisher.example/lookup.csv")
    (publisher.folder / "lookup.csv").write_text("code,name\nE1,spoiled\n")
    gone, good = WebFile("https://publisher.example/gone.csv"), WebFile("https://publisher.example/1")
    taken = fetch(replace(LOOKUP, access=(gone, spoiled, good)), root)
    assert [kept.url for kept in taken.snapshots] == [good.url]
    assert [(note.kind, note.url) for note in taken.notes] == [
        (Kind.OTHER_WAY, gone.url),
        (Kind.OTHER_WAY, spoiled.url),
    ]
    (missing,) = in_words(fetch(replace(LOOKUP, path="geography/other.csv", access=(gone, spoiled)), root).notes)
    assert "it answered 404" in missing
    assert "It is spoiled." in missing


def test_an_ons_workbook_is_found_on_its_page_under_any_name_or_falls_back(publisher: Publisher, root: Path) -> None:
    resource = next(one for one in ons_local_areas.RESOURCES if one.name == "ons_life_expectancy_local_areas")
    folder = resource.url.removeprefix("https://www.ons.gov.uk")
    header = ["Period", "Area type", "Area code", "Sex", "Age group", "Life expectancy", "LCI", "UCI"]

    def publish(name: str, value: float) -> None:
        """The page links to the one file there is; the last one is gone."""
        row = ["2022 to 2024", "Local Areas", "E06000001", "Male", "<1", value, value - 0.5, value + 0.5]
        (publisher.folder / "book.xlsx").write_bytes(a_workbook({"1": [header, row]}))
        file = f"/file?uri={folder}/current/{name}"
        (publisher.folder / "page.html").write_text(f'<html><a href="{file}">xlsx</a></html>')
        publisher.places = {f"www.ons.gov.uk{folder}": "page.html", f"www.ons.gov.uk{file}": "book.xlsx"}

    for name, value in (("lifeexpectancy2024.xlsx", 76.5), ("lelocalareasrevised.xlsx", 77.5)):
        publish(name, value)
        (fresh,) = fetch(resource, root).snapshots
        assert (fresh.path, fresh.is_stale) == ("ons/life_expectancy_local_areas.xlsx", False)
        assert fresh.url.endswith(f"{folder}/current/{name}")
        assert resource.parser(snapshots.read(root, fresh), fresh).rows["value"].to_list() == [value]
    (publisher.folder / "page.html").write_text("<html><a href='/'>We have moved</a></html>")
    (stale,) = fetch(resource, root).snapshots
    assert (stale.is_stale, stale.sha256) == (True, fresh.sha256)
    assert "links to no .xlsx file" in stale.note
    assert "api.beta.ons.gov.uk" in stale.note, "both ways are named"


def test_modelled_areas_never_come_from_a_publisher(publisher: Publisher, root: Path) -> None:
    coded: dict[str, pl.DataType] = {"area_code": pl.String(), "name": pl.String()}

    def parse_coded(content: bytes, kept: Snapshot) -> Parsed:
        parsed = parse(content, kept)
        return replace(parsed, rows=parsed.rows.rename({"code": "area_code"}))

    (publisher.folder / "lookup.csv").write_text("code,name\nX06000001,modelled\n")
    taken = fetch(replace(LOOKUP, parser=parse_coded, schema=coded, key=("area_code",)), root)
    assert taken.snapshots == []
    assert "modelled areas" in words(taken.notes[0])


def test_no_address_but_https_is_ever_used(root: Path) -> None:
    (missing,) = in_words(fetch(replace(LOOKUP, access=(WebFile("http://publisher.example/lookup.csv"),)), root).notes)
    assert "not an https address" in missing


def test_bodies_that_a_killed_run_left_are_swept_once_they_are_old(publisher: Publisher, root: Path) -> None:
    incoming = root / live.INCOMING
    incoming.mkdir(parents=True)
    old, young = incoming / "old.partial", incoming / "young.partial"
    for file in (old, young):
        file.write_bytes(b"half")
    os.utime(old, (time.time() - 2 * live.DAY_SECONDS,) * 2)
    fetch(LOOKUP, root)
    assert [file.name for file in incoming.iterdir()] == ["young.partial"]


KILLED = """
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from pipelines.sources.arrival import live, transport
from tests.unit.sources.arrival.test_live import LOOKUP
live.fetch(LOOKUP, root=Path(sys.argv[1]), transport=transport.Transport(publisher_base=sys.argv[2]))
"""


def test_a_run_killed_half_way_leaves_no_snapshot_and_the_next_completes(publisher: Publisher, root: Path) -> None:
    reached, never = threading.Event(), threading.Event()

    def stall(answer: Answer) -> None:
        answer.declared, answer.stall = len(answer.body) + 1_000_000, (reached, never)
        answer.body += b"x" * 500_000

    publisher.faults = {"": First(1, stall)}
    with subprocess.Popen([sys.executable, "-c", KILLED, str(root), publisher.base], cwd=PROJECT) as child:
        assert reached.wait(30)
        for _ in range(200):
            if list((root / live.INCOMING).glob("*.partial")):
                break
            time.sleep(0.05)
        assert list((root / live.INCOMING).glob("*.partial"))
        child.send_signal(signal.SIGKILL)
    never.set()
    assert snapshots.history(root, "publisher", LOOKUP.path) == []
    (kept,) = fetch(LOOKUP, root).snapshots
    assert snapshots.read(root, kept) == (publisher.folder / "lookup.csv").read_bytes()
