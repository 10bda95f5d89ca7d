"""Each proof in a short form, and in a long one that `make test-all` runs; the scripts beside print what they find."""

from __future__ import annotations

import os
from pathlib import Path
from random import Random

import pytest

from tests.proofs.release import kills, readers, room, two_runs
from tests.proofs.release.prepared import Place


def test_readers_are_never_disturbed_by_publishes(tmp_path: Path) -> None:
    tallies = readers.watch(tmp_path, readers=3, publishes=4, old=None, pause=0.02, between=0.1)
    assert readers.holds(tallies), tallies
    assert len(tallies["current client"].editions) > 1


@pytest.mark.long
def test_twenty_readers_are_never_disturbed_by_ten_publishes(tmp_path: Path) -> None:
    tallies = readers.watch(tmp_path, readers=20, publishes=10, old=None, pause=0.05, between=0.3)
    assert readers.holds(tallies), tallies


def test_a_mixture_would_be_seen() -> None:
    tally = readers.Tally("somebody")
    tally.add({"answers": 1, "errors": [], "version": "2", "seen": [[[1], [2], [1], "edition 1", 10]]}, 10)
    tally.add({"answers": 1, "errors": [], "version": "2", "seen": [[[1], [1], [1], "edition 1", 9]]}, 10)
    assert len(tally.mixed) == 2
    assert not readers.holds({"somebody": tally})


def test_a_publish_killed_at_any_line_leaves_a_whole_release(tmp_path: Path) -> None:
    found = kills.kill_publishes(tmp_path, times=4, random=Random(5))
    assert (found.kills, found.faults, found.old + found.new) == (4, [], 4)


@pytest.mark.long
def test_forty_publishes_killed_by_line_and_by_clock_leave_whole_releases(tmp_path: Path) -> None:
    found = kills.kill_publishes(tmp_path, times=40, random=Random(6))
    assert (found.kills, found.faults, found.old + found.new) == (40, [], 40)
    assert len(found.stages) > 2, "moments differ"


@pytest.mark.long
def test_whole_runs_killed_at_any_moment_lose_nothing(tmp_path: Path) -> None:
    found = kills.kill_runs(tmp_path / "runs", times=4, random=Random(7), complete_each=2)
    assert (found.kills, found.faults) == (4, [])


def test_a_publish_that_may_write_no_big_file_leaves_what_is_current(tmp_path: Path) -> None:
    here = Place(tmp_path, rows=20_000)
    here.prepare(3)
    (tried,) = room.limited_files(here, [100_000])
    assert (tried.published, tried.kept, tried.mended) == (False, True, True)
    assert tried.said


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes whatever the permissions say")
def test_a_warehouse_that_may_only_be_read_is_said_to_be(tmp_path: Path) -> None:
    here = Place(tmp_path, rows=50)
    here.prepare(3)
    here.publish(1, 0)
    tried = room.read_only(here, mounted=False)
    assert tried.holds
    assert "may only read the warehouse" in tried.said


def test_of_many_publishes_at_once_each_is_whole_or_refused(tmp_path: Path) -> None:
    published, refused, edition = two_runs.race(tmp_path, 3)
    assert published + refused == 3
    assert 0 <= edition < 3


@pytest.mark.long
def test_of_two_whole_runs_at_once_one_is_told_to_wait(tmp_path: Path) -> None:
    ends = two_runs.whole_runs(tmp_path)
    assert sorted(code for code, _ in ends) == [0, 1]
    assert any(two_runs.REFUSED in said for _, said in ends)
