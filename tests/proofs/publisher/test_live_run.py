"""The whole pipeline from the publisher: the release of the sample it serves, and no socket opened in any other way."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest
from pytest_socket import enable_socket, socket_allow_hosts

from pipelines.defs import launch
from pipelines.defs.launch import Outcome
from pipelines.notes import Kind, words
from pipelines.release.publish import current
from pipelines.settings import PROJECT, Settings
from pipelines.sources.access.arcgis import ORGANISATION
from pipelines.sources.arrival import transport
from pipelines.sources.arrival.transport.breaker import CONNECT_SECONDS
from pipelines.tables.store import Store
from tests.conftest import run_in
from tests.proofs.publisher.outcome import Clock, quick_transport
from tests.proofs.publisher.server import Asked, Publisher
from tests.proofs.publisher.whole_run import (
    NOT_LISTED,
    ask_publisher,
    folder_of_what_is_served,
    pass_as_published,
    served,
)

pytestmark = pytest.mark.long
REPOSITORY = PROJECT


@dataclass
class Live:
    publisher: Publisher
    here: Settings
    first: Outcome
    asked: list[Asked]


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """The server, and one whole live run from it."""
    enable_socket()
    socket_allow_hosts(["127.0.0.1"])
    work = tmp_path_factory.mktemp("publisher")
    publisher = served(work)
    with publisher.open(), pytest.MonkeyPatch.context() as patch:
        ask_publisher(publisher, patch)
        patch.setattr(transport.client, "_current", quick_transport(publisher, Clock()))
        here, outcome = run_in(work / "live", patch, "live")
        yield Live(publisher, here, outcome, list(publisher.asked))


def hash_of(warehouse: Path) -> str:
    """What the current release says, as one hash: published tables, refused rows and counts."""
    with duckdb.connect(str(warehouse / "current.duckdb"), read_only=True) as connection:
        return str(connection.sql("select content_hash from meta.release").fetchall()[0][0])


def test_live_from_nothing_gives_the_release_of_the_folder_it_serves(live: Live, tmp_path: Path) -> None:
    assert live.first.succeeded, live.first.errors
    with pytest.MonkeyPatch.context() as patch:
        pass_as_published(patch)
        there, outcome = run_in(tmp_path / "folder", patch, folder_of_what_is_served(tmp_path / "served"))
    assert outcome.succeeded, outcome.errors
    one, other = current(live.here.warehouse), current(there.warehouse)
    assert one
    assert other
    assert (one.input, one.origin, other.origin) == ("live", "publisher", "publisher")
    assert hash_of(live.here.warehouse) == hash_of(there.warehouse)


def test_what_the_publisher_lacks_is_named_with_its_indicator(live: Live) -> None:
    lacking = [words(note) for note in live.first.notes if note.kind in (Kind.NOT_HAD, Kind.NO_ADDRESS)]
    assert any("fingertips/90366_502.csv (life_expectancy_at_birth, area type 502) is missing" in w for w in lacking)
    of_fingertips = [warning for warning in lacking if warning.startswith("fingertips")]
    assert all("404" in warning for warning in of_fingertips)
    answered = {asked.address for asked in live.asked if asked.status == 404 and "fingertips" in asked.address}
    assert len(of_fingertips) == len(answered)


def test_an_area_type_that_fingertips_no_longer_has_is_named_and_stops_nothing(live: Live) -> None:
    (said,) = [words(note) for note in live.first.notes if note.kind is Kind.AREA_TYPE_NOT_LISTED]
    assert f"area type {NOT_LISTED}, which the catalogue states for" in said
    assert [asked.status for asked in live.asked if asked.address.endswith("/api/area_types")] == [200]
    with duckdb.connect(str(live.here.warehouse / "current.duckdb"), read_only=True) as release_file:
        table = release_file.sql("select area_type_id, name from staging.fingertips_area_types").fetchall()
    assert (502, "Area type 502") in table
    assert NOT_LISTED not in dict(table)


def test_we_say_who_asks_and_ask_unconditionally_at_first(live: Live) -> None:
    assert {asked.agent.partition("/")[0] for asked in live.asked} == {"inequality-pipelines"}
    assert not any(asked.conditional for asked in live.asked)
    twice = {address for address, times in Counter(asked.address for asked in live.asked).items() if times > 1}
    pages = {address for address in twice if address.startswith("www.gov.uk/api/content/")}
    assert twice == pages | {f"{ORGANISATION.removeprefix('https://')}?f=json"}, "lists that name several files"


@dataclass
class Audited:
    """A second run, nothing having changed, in a process whose every socket is written down."""

    said: dict[str, Any]
    asked: list[Asked]


@pytest.fixture(scope="module")
def audited(live: Live) -> Audited:
    live.publisher.asked.clear()
    settings = {"WAREHOUSE": live.here.warehouse, "SNAPSHOTS": live.here.snapshots}
    done = subprocess.run(
        [sys.executable, "-m", "tests.proofs.publisher.audited_run"],
        cwd=REPOSITORY,
        env={**os.environ, **{f"INEQUALITY_{name}": str(value) for name, value in settings.items()}},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return Audited(json.loads(done.stdout.splitlines()[-1]), list(live.publisher.asked))


def test_a_second_run_with_nothing_changed_downloads_no_body(audited: Audited) -> None:
    assert audited.said["succeeded"]
    assert not audited.said["published"]
    there = [asked for asked in audited.asked if asked.status != 404]
    assert len(there) > 20
    services = [asked for asked in there if "arcgis.com" in asked.address.partition("/")[0]]
    assert not any("resultOffset" in asked.address for asked in services), "no rows: the service says it was not edited"
    assert sum(asked.body_bytes for asked in services) < 20_000
    others = {(asked.status, asked.conditional, asked.body_bytes) for asked in there if asked not in services}
    assert others == {(304, True, 0)}


def test_one_indicator_is_asked_for_alone_and_the_whole_catalogue_published(
    live: Live, audited: Audited, loopback: None
) -> None:
    assert audited.said["succeeded"]
    before, taken = hash_of(live.here.warehouse), Store(live.here.tables).read("staging.snapshot")["path"].to_list()
    live.publisher.asked.clear()
    outcome = launch.run(live.here, run_from="live", indicators=["smoking_prevalence_adults"], watcher=lambda *_: None)
    assert outcome.succeeded, outcome.errors
    assert all("indicator_ids=92443" in asked.address for asked in live.publisher.asked)
    assert {asked.status for asked in live.publisher.asked} == {304, 404}, "what is in hand, and what never was there"
    assert Store(live.here.tables).read("staging.snapshot")["path"].to_list() == taken
    assert hash_of(live.here.warehouse) == before


def test_no_socket_opens_outside_our_transport_unverified_or_without_a_timeout(live: Live, audited: Audited) -> None:
    port = int(live.publisher.base.rpartition(":")[2])
    connects, handshakes = audited.said["connects"], audited.said["handshakes"]
    assert len(connects) == len(handshakes) > 0
    assert {(one["host"], one["port"], one["in_transport"]) for one in connects} == {("127.0.0.1", port, True)}
    assert {one["timeout"] for one in connects} == {CONNECT_SECONDS}
    assert {(one["verify_mode"], one["in_transport"]) for one in handshakes} == {("CERT_REQUIRED", True)}
    assert set(audited.said["looked_up"]) == {"127.0.0.1"}
