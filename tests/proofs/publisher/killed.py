"""Live runs that are killed without warning (signal 9), and what they leave: whole snapshots or none at all.

`python -m tests.proofs.publisher.killed --times 10 --seed 1` kills whole runs at moments drawn by lot, all in one
place, then lets one run complete, and prints what was found after each. `python -m tests.proofs.publisher.killed
--fetch` is the process that `test_killed.py` kills: it only fetches.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random

import duckdb
import pytest

from pipelines import settings
from pipelines.settings import PROJECT
from pipelines.sources import resources
from pipelines.sources.arrival import live, origin
from pipelines.sources.arrival import snapshot as snapshots
from pipelines.sources.arrival.fetcher import INDEX
from pipelines.sources.arrival.transport import Transport
from pipelines.sources.contract import ContractBroken, Resource, Snapshot
from tests.proofs.publisher.outcome import Clock
from tests.proofs.publisher.server import Publisher
from tests.proofs.publisher.whole_run import ask_publisher, pass_as_published, served

REPOSITORY = PROJECT
FETCH, WHOLE_RUN = ("tests.proofs.publisher.killed", "--fetch"), ("tests.proofs.publisher.audited_run",)
SECONDS_AFTER = 20.0
"""How long after its last request a whole run is killed at the latest: it then reads, computes and publishes."""


def environment(publisher: Publisher, place: Path) -> dict[str, str]:
    """What a live run in a process of its own needs to ask this publisher and to write under `place`."""
    return {
        **os.environ,
        "INEQUALITY_WAREHOUSE": str(place / "warehouse"),
        "INEQUALITY_SNAPSHOTS": str(place / "snapshots"),
        "INEQUALITY_PUBLISHER_BASE": publisher.base,
        "REQUESTS_CA_BUNDLE": str(publisher.bundle),
        "NO_PROXY": "*",
    }


def kill(module: tuple[str, ...], env: dict[str, str], moment: Callable[[subprocess.Popen[bytes]], None]) -> int:
    """Start a module, wait for the moment, kill it; returns how it ended (-9: it was still at work)."""
    quiet = subprocess.DEVNULL
    with subprocess.Popen([sys.executable, "-m", *module], cwd=REPOSITORY, env=env, stdout=quiet, stderr=quiet) as run:
        moment(run)
        run.send_signal(signal.SIGKILL)
    return run.returncode


def visible(root: Path) -> list[Snapshot]:
    """Every snapshot that a run would find."""
    paths = {path for resource in resources() for path in snapshots.paths(root, origin.PUBLISHER, resource.path)}
    paths |= {f"{path}{INDEX}{kind}" for path in paths for kind in ("html", "json")}
    return [kept for path in sorted(paths) for kept in snapshots.history(root, origin.PUBLISHER, path)]


def not_whole(root: Path, publisher: Publisher) -> list[str]:
    """What is visible and is not, to the byte, what the publisher serves at its address."""
    wrong = []
    for kept in visible(root):
        if kept.url.endswith("/query") or "#" in kept.url:
            continue  # put together from several answers, or taken out of one: judged by what its rows are
        served_now = hashlib.sha256(publisher.answer(kept.url.removeprefix("https://")).body).hexdigest()
        try:
            snapshots.read(root, kept)
        except ContractBroken as error:
            wrong.append(str(error))
        if kept.sha256 != served_now:
            wrong.append(f"{kept.path} is not what {kept.url} serves.")
    return wrong


def fetch_all(here: settings.Settings, wanted: Sequence[Resource] = ()) -> list[str]:
    """Fetch resources, or every one, as a live run does; returns the paths had."""
    clock = Clock()
    transport = Transport(publisher_base=here.publisher_base, clock=clock, sleep=clock.sleep)
    with pytest.MonkeyPatch.context() as patch:
        pass_as_published(patch)
        taken = [live.fetch(resource, root=here.snapshots, transport=transport) for resource in wanted or resources()]
    return [kept.path for one in taken for kept in one.snapshots if not kept.is_stale]


def come_to(run: subprocess.Popen[bytes], publisher: Publisher, asks: int, progress: float) -> None:
    """Wait until a run has made a part (0 to 1) of its requests, or for a part (1 to 2) of what comes after them."""
    while len(publisher.asked) < min(progress, 1.0) * asks and run.poll() is None:
        time.sleep(0.005)
    time.sleep(max(0.0, progress - 1.0) * SECONDS_AFTER)


def kill_whole_runs(times: int, seed: int, place: Path) -> int:
    """Kill whole runs one after another, then let one complete. Returns how many things were not as they must be."""
    random, publisher, bad = Random(seed), served(place), 0
    with publisher.open(), pytest.MonkeyPatch.context() as patch:
        ask_publisher(publisher, patch)
        env, current = environment(publisher, place), place / "warehouse" / "current.duckdb"
        asks = sum(len(resource.files()) for resource in resources())
        for number in range(1, times + 1):
            publisher.asked.clear()
            progress = random.uniform(0.0, 2.0)
            ended = kill(WHOLE_RUN, env, lambda run, progress=progress: come_to(run, publisher, asks, progress))
            wrong = not_whole(place / "snapshots", publisher)
            found = f"{len(visible(place / 'snapshots'))} snapshots, {len(wrong)} not whole, {_release(current)}"
            say(f"{number}: ended {ended} after {len(publisher.asked)} of {asks} requests: {found}", *wrong)
            bad += len(wrong)
        done = subprocess.run(
            [sys.executable, "-m", *WHOLE_RUN], cwd=REPOSITORY, env=env, capture_output=True, text=True, check=False
        )
        completed = done.returncode == 0 and '"succeeded": true' in done.stdout
        wrong = not_whole(place / "snapshots", publisher)
        say(f"The next run {'completed' if completed else 'FAILED: ' + done.stderr[-2000:]}: {_release(current)}.")
    say(f"{times} runs killed; snapshots not whole: {bad + len(wrong)}.")
    return bad + len(wrong) + (not completed)


def say(*lines: str) -> None:
    sys.stdout.write("\n  ".join(lines) + "\n")
    sys.stdout.flush()


def _release(current: Path) -> str:
    if not current.exists():
        return "no release"
    with duckdb.connect(str(current), read_only=True) as opened:
        rows = opened.sql("select count(*) from published.observation").fetchall()[0][0]
    return f"a release of {rows:,} observations"


def main() -> int:
    """Fetch, or kill whole runs. Returns 0 when all is as it must be."""
    options = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    options.add_argument("--fetch", action="store_true", help="fetch every resource once, to be killed")
    options.add_argument("--times", type=int, default=10, help="how many whole runs to kill")
    options.add_argument("--seed", type=int, default=1)
    given = options.parse_args()
    if given.fetch:
        fetch_all(settings.load())
        return 0
    with tempfile.TemporaryDirectory() as work:
        return min(kill_whole_runs(given.times, given.seed, Path(work)), 1)


if __name__ == "__main__":
    sys.exit(main())
