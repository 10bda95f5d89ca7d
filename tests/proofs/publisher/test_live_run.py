"""The whole pipeline from the publisher: the release of the sample it serves, and no socket opened in any other way."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest
from pytest_socket import enable_socket, socket_allow_hosts

from pipelines.defs.launch import Outcome
from pipelines.notes import Kind, words
from pipelines.release.publish import NOT_CONTENT, current
from pipelines.settings import PROJECT, Settings
from pipelines.sources.arrival import transport
from pipelines.sources.arrival.transport.client import CONNECT_SECONDS
from pipelines.tables.store import content_hash
from tests.conftest import run_in
from tests.proofs.publisher.outcome import Clock, quick_transport
from tests.proofs.publisher.server import Asked, Publisher
from tests.proofs.publisher.whole_run import NOT_LISTED, ask_publisher, served

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


def without_country(frame: pl.DataFrame) -> pl.DataFrame:
    """`frame` without the country of what rests on deaths, which is Modelled England for modelled deaths alone."""
    if not {"scheme", "area_code", "area_name"} <= {*frame.columns}:
        return frame
    of_deaths = (pl.col("scheme") == "lsoa_in_england_imd_unstated").fill_null(value=False)
    return frame.with_columns(pl.when(~of_deaths).then(pl.col("area_code", "area_name")))


def published(warehouse: Path) -> dict[str, pl.DataFrame]:
    """The tables of the current release, without what may change freely and what says that areas are modelled."""
    left_out = {*NOT_CONTENT, "is_modelled", "sentence"}
    with duckdb.connect(str(warehouse / "current.duckdb"), read_only=True) as connection:
        names = connection.sql(
            "select table_name from information_schema.tables where table_schema = 'published'"
        ).fetchall()
        frames = {name: connection.sql(f'select * from published."{name}"').pl() for (name,) in names}
    return {name: without_country(frame.drop(left_out & {*frame.columns})) for name, frame in frames.items()}


def test_live_gives_the_release_of_the_sample_it_serves(live: Live, sample_warehouse: Path) -> None:
    assert live.first.succeeded, live.first.errors
    one, other = current(live.here.warehouse), current(sample_warehouse)
    assert one
    assert other
    assert (one.input, other.input) == ("live", "sample")
    assert (one.origin, other.origin) == ("publisher", "modelled")
    of_live, of_sample = published(live.here.warehouse), published(sample_warehouse)
    assert of_live["observation"].height > 1000
    assert of_live.keys() == of_sample.keys()
    for table, frame in of_live.items():
        assert content_hash(frame) == content_hash(of_sample[table]), table


def test_what_the_publisher_lacks_is_named_with_its_indicator(live: Live) -> None:
    lacking = [words(note) for note in live.first.notes if note.kind in (Kind.NOT_HAD, Kind.NO_ADDRESS)]
    assert any("fingertips/90366_502.csv (life_expectancy_at_birth, area type 502) is missing" in w for w in lacking)
    assert all("404" in warning for warning in lacking)
    answered = {asked.address for asked in live.asked if asked.status == 404}
    assert len(lacking) == len(answered)


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
    assert len({asked.address for asked in live.asked}) == len(live.asked)


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
    assert {(asked.status, asked.conditional, asked.body_bytes) for asked in there} == {(304, True, 0)}


def test_no_socket_opens_outside_our_transport_unverified_or_without_a_timeout(live: Live, audited: Audited) -> None:
    port = int(live.publisher.base.rpartition(":")[2])
    connects, handshakes = audited.said["connects"], audited.said["handshakes"]
    assert len(connects) == len(handshakes) > 0
    assert {(one["host"], one["port"], one["in_transport"]) for one in connects} == {("127.0.0.1", port, True)}
    assert {one["timeout"] for one in connects} == {CONNECT_SECONDS}
    assert {(one["verify_mode"], one["in_transport"]) for one in handshakes} == {("CERT_REQUIRED", True)}
    assert set(audited.said["looked_up"]) == {"127.0.0.1"}
