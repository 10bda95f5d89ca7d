"""A live run that is killed at any moment leaves whole snapshots or none, and the next one completes."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path
from random import Random

import pytest

from pipelines import settings
from pipelines.sources import resources
from tests.proofs.publisher.killed import FETCH, environment, fetch_all, kill, kill_whole_runs, not_whole, visible
from tests.proofs.publisher.outcome import trusting
from tests.proofs.publisher.server import Publisher
from tests.proofs.publisher.whole_run import served

KILLED, WITHIN_REQUESTS = 3, 40


def moment(publisher: Publisher, random: Random, run: subprocess.Popen[bytes]) -> None:
    """Wait until the run has asked so often, and a few milliseconds more."""
    requests = len(publisher.asked) + random.randint(2, WITHIN_REQUESTS)
    while len(publisher.asked) < requests and run.poll() is None:
        time.sleep(0.002)
    time.sleep(random.uniform(0, 0.02))


def test_a_run_killed_at_any_moment_leaves_nothing_half_and_the_next_completes(tmp_path: Path, loopback: None) -> None:
    publisher, random, left = served(tmp_path), Random(1), []
    with publisher.open(), trusting(publisher):
        for number in range(KILLED):
            place = tmp_path / str(number)
            ended = kill(FETCH, environment(publisher, place), lambda run: moment(publisher, random, run))
            assert ended == -9, "it was still at work"
            assert not_whole(place / "snapshots", publisher) == []
            left.append(len(visible(place / "snapshots")))
        here = settings.Settings(snapshots=place / "snapshots", publisher_base=publisher.base)
        had = fetch_all(here)
    assert max(left) > min(left), "moments differ"
    assert len(had) > 20
    assert not_whole(here.snapshots, publisher) == []
    assert {kept.path for kept in visible(here.snapshots)} >= {*had}


@pytest.mark.long
def test_whole_live_runs_killed_at_any_moment_leave_nothing_half(tmp_path: Path, loopback: None) -> None:
    assert kill_whole_runs(3, 1, tmp_path) == 0


def test_a_half_snapshot_would_be_seen(tmp_path: Path, loopback: None) -> None:
    publisher = served(tmp_path)
    root = tmp_path / "snapshots"
    with publisher.open(), trusting(publisher):
        (area_types,) = [resource for resource in resources() if resource.name == "fingertips_area_types"]
        fetch_all(settings.Settings(snapshots=root, publisher_base=publisher.base), [area_types])
    (file,) = (root / "publisher/fingertips_metadata/area_types.json").glob("*Z_????????????.json")
    file.chmod(0o644)
    file.write_bytes(file.read_bytes()[:40])
    (said,) = not_whole(root, publisher)
    assert "A snapshot changed on disk." in said
