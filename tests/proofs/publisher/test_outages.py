"""A dead host costs its own files and one line; with no host at all a run ends quickly, with its own exit code."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from pytest_socket import enable_socket, socket_allow_hosts

from pipelines.settings import PROJECT
from pipelines.tables.arrival import NothingFresh
from tests.proofs.publisher.outages import Arrived, a_publisher, arrive, hosts
from tests.proofs.publisher.server import Publisher

SHORT = ("fingertips.phe.org.uk", "services1.arcgis.com", "www.arcgis.com")
NOBODY = "https://127.0.0.1:1"
"""An address at which nothing listens."""


@dataclass
class Before:
    """The server, a place with last good snapshots of all it serves, and the run that took them."""

    publisher: Publisher
    place: Path
    run: Arrived


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Before]:
    enable_socket()
    socket_allow_hosts(["127.0.0.1"])
    work = tmp_path_factory.mktemp("outages")
    with a_publisher(work) as publisher:
        yield Before(publisher, work / "place", arrive(publisher, work / "place", set()))


def lines_on_hosts(came: Arrived) -> list[str]:
    return [line for line in came.said if " did not answer." in line]


@pytest.mark.parametrize(
    "host", [pytest.param(host, marks=[] if host in SHORT else pytest.mark.long) for host in hosts()]
)
def test_a_dead_host_costs_its_own_files_and_one_line(
    host: str, before: Before, tmp_path: Path, loopback: None
) -> None:
    place = Path(shutil.copytree(before.place, tmp_path / "place"))
    came = arrive(before.publisher, place, {host})
    assert came.ended is None
    assert came.states["missing"] == before.run.states["missing"]
    assert came.states["fresh"] + came.states.get("stale", 0) == before.run.states["fresh"]
    was_asked = any(asked.status == 0 for asked in before.publisher.asked)
    assert [line.partition(" ")[0] for line in lines_on_hosts(came)] == [host] * was_asked
    assert sum(asked.status == 0 for asked in before.publisher.asked) <= 7, "five tries, then one for each file"


def test_with_no_host_at_all_a_run_ends_before_it_reads_anything(
    before: Before, tmp_path: Path, loopback: None
) -> None:
    place = Path(shutil.copytree(before.place, tmp_path / "place"))
    came = arrive(before.publisher, place, {*hosts()})
    assert isinstance(came.ended, NothingFresh)
    assert f"0 fresh, {before.run.states['fresh']} stale" in came.ended.found
    assert len(lines_on_hosts(came)) > 5
    assert came.waited < 60


def test_without_a_network_the_command_ends_with_5_and_status_says_why(tmp_path: Path) -> None:
    where = {"INEQUALITY_WAREHOUSE": tmp_path / "warehouse", "INEQUALITY_SNAPSHOTS": tmp_path / "snapshots"}
    env = os.environ | {name: str(path) for name, path in where.items()} | {"INEQUALITY_PUBLISHER_BASE": NOBODY}
    done = subprocess.run(
        [sys.executable, "-m", "pipelines.cli", "run", "--from", "live"],
        cwd=PROJECT,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 5, done.stderr
    assert "Not one file came fresh from its publisher" in done.stderr
    assert done.stderr.count(" did not answer.") < 15
    assert done.stderr.count("\n") < 60
    status = json.loads((tmp_path / "warehouse" / "status.json").read_text())
    assert status["last_outcome"] == "failed"
    assert status["last_errors"][0].startswith("Not one file came fresh from its publisher")
    assert len(status["last_errors"]) == 1
    assert not (tmp_path / "warehouse" / "current.duckdb").exists()
