"""Processes killed without warning (signal 9) while they publish, and whole runs killed: nothing half, nothing lost.

`python -m tests.proofs.release.kills [--publishes 170] [--runs 30] [--seed 1]` prints a table. Half of the publishes
are killed by the clock, at a moment drawn evenly over the time one takes; half at a line of our own code drawn evenly
over those that one passes, since the moments that matter most, between two renames, are the shortest. After each kill,
`current.duckdb` must hold one whole edition, old or new; every snapshot must be there; the next publish must complete
and leave a warehouse that `verify` finds whole. Runs of the sample are each on figures that changed since the last.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import duckdb

from pipelines import integrity
from pipelines.release.folder import file_of, linked, releases_folder
from pipelines.settings import PROJECT
from pipelines.sources.arrival import snapshot
from tests.proofs.release.prepared import Place, release_id

EDITIONS = 6
COUNT = -1


@dataclass
class Found:
    """What was found after all kills."""

    kills: int = 0
    stages: Counter[str] = field(default_factory=Counter)
    old: int = 0
    new: int = 0
    faults: list[str] = field(default_factory=list)


def say(progress: str) -> None:
    """How far a long proof has come, for whoever waits."""
    print(f"\r{progress}  ", end="", file=sys.stderr, flush=True)


def stage_of(warehouse: Path, release_id: str) -> str:
    """How far a publish had come, by what it left."""
    file = file_of(warehouse, release_id)
    if linked(warehouse) == release_id:
        latest = (warehouse / "LATEST").read_text(encoding="utf-8").strip()
        return "5 link moved, LATEST too" if latest == release_id else "4 link moved, LATEST not"
    if file.is_file():
        return "3 in place, link not moved"
    if file.with_suffix(".sha256").is_file() or file.with_suffix("").is_dir():
        return "2 Parquet or checksums beside"
    return "1 partial file" if list(file.parent.glob(".partial-*")) else "0 nothing written"


def start(place: Path) -> subprocess.Popen[str]:
    """A publisher that waits for its order."""
    command = [sys.executable, "-m", "tests.proofs.release.killed_publish", str(place)]
    return subprocess.Popen(command, stdin=-1, stdout=-1, stderr=-1, text=True, cwd=PROJECT)


def order(publisher: subprocess.Popen[str], number: int, edition: int, line: int) -> None:
    """Let a publisher begin."""
    assert publisher.stdin
    assert publisher.stdout
    assert publisher.stdout.readline() == "ready\n"
    publisher.stdin.write(f"{number} {edition} {line}\n")
    publisher.stdin.flush()


def kill_publishes(root: Path, *, times: int, random: Random) -> Found:
    """Kill a publisher `times` times; publish whole after each."""
    here, found = Place(root), Found()
    here.prepare(EDITIONS)
    number, edition = 1, 0
    here.publish(number, edition)
    snapshots = snapshot.sidecars(here.snapshots)
    lines, seconds = _measure(here, number + 1, 1)
    number, edition = number + 1, 1
    waiting = start(root)
    for kill in range(times):
        say(f"publish {kill + 1} of {times}")
        publisher, waiting = waiting, start(root)
        number, new = number + 1, (edition + 1) % EDITIONS
        by_line = kill % 2
        order(publisher, number, new, random.randint(1, lines) if by_line else 0)
        if not by_line:
            time.sleep(random.uniform(0, seconds * 1.1))
            publisher.kill()
        publisher.communicate()
        found.kills += 1
        found.stages[stage_of(here.warehouse, release_id(number, new))] += 1
        try:
            now = here.edition()
            found.old, found.new = found.old + (now == edition), found.new + (now == new)
            assert now in (edition, new), f"edition {now} is neither the old nor the new one"
            number, edition = number + 1, (new + 1) % EDITIONS
            here.publish(number, edition)
            assert here.edition() == edition, "the next publish did not become current"
            _nothing_is_lost(here.warehouse, here.snapshots, here.root / "prepared" / f"{edition:02d}", snapshots)
        except (AssertionError, Exception) as error:  # noqa: BLE001 - counted and shown
            found.faults.append(f"kill {kill + 1}: {error}")
    waiting.kill()
    waiting.communicate()
    return found


def _measure(here: Place, number: int, edition: int) -> tuple[int, float]:
    """How many lines a publish passes, and how long one takes (of a first and a second, the first being slower)."""
    counted = start(here.root)
    order(counted, number, edition, COUNT)
    assert counted.stdout
    _, _, lines = counted.stdout.readline().partition(" ")
    counted.communicate()
    timed = start(here.root)
    begun = time.monotonic()
    order(timed, number + 1, 0, 0)
    begun = time.monotonic()
    assert timed.stdout
    timed.stdout.readline()
    seconds = time.monotonic() - begun
    timed.communicate()
    here.publish(number + 2, edition)
    return int(lines), seconds


def _nothing_is_lost(warehouse: Path, snapshots: Path, tables: Path, before: list[Path]) -> None:
    lost = [sidecar.name for sidecar in before if not sidecar.is_file() or snapshot.fault_of(sidecar)]
    assert not lost, f"snapshots lost: {lost}"
    verified = integrity.verify(snapshots=snapshots, tables=tables, warehouse=warehouse)
    assert not verified.damages, f"damaged: {[(damage.name, damage.found) for damage in verified.damages]}"
    left = [file.name for file in releases_folder(warehouse).iterdir() if file.name.startswith(".")]
    assert not left, f"left behind: {left}"


def changed_sample(source: Path, folder: Path, round_: int) -> Path:
    """A copy of the sample with one figure moved, so that tables and a release are made anew."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(source, folder)
    file = sorted((folder / "fingertips").glob("*.csv"))[0]
    text = file.read_text(encoding="utf-8-sig").splitlines()
    column = text[0].split(",").index("Value")
    cells = text[1].split(",")
    cells[column] = f"{float(cells[column]) + round_ / 1000:.4f}"
    file.write_text("\n".join([text[0], ",".join(cells), *text[2:]]) + "\n", encoding="utf-8")
    return folder


def run(root: Path) -> subprocess.Popen[bytes]:
    """A whole run on the changed sample."""
    environment = os.environ | {
        "INEQUALITY_WAREHOUSE": str(root / "warehouse"),
        "INEQUALITY_SNAPSHOTS": str(root / "snapshots"),
    }
    command = [sys.executable, "-m", "pipelines.cli", "run", "--from", str(root / "input")]
    with (root / "run.log").open("wb") as log:
        return subprocess.Popen(command, env=environment, cwd=PROJECT, stdout=log, stderr=log)


def kill_runs(root: Path, *, times: int, random: Random, complete_each: int = 3) -> Found:
    """Kill whole runs; after every few, let one complete."""
    found, source = Found(), PROJECT / "data_raw" / "sample"
    root.mkdir(parents=True)
    warehouse, snapshots = root / "warehouse", root / "snapshots"
    for first in (0, 1):  # The second takes as long as those to be killed: most of its tables stand.
        changed_sample(source, root / "input", first)
        begun = time.monotonic()
        assert run(root).wait() == 0, (root / "run.log").read_text(encoding="utf-8")
        seconds = time.monotonic() - begun
    for kill in range(times):
        before, current = snapshot.sidecars(snapshots), linked(warehouse)
        say(f"whole run {kill + 1} of {times}")
        changed_sample(source, root / "input", kill + 2)
        process = run(root)
        try:
            process.wait(timeout=random.uniform(0, seconds))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        found.kills += 1
        now = linked(warehouse)
        found.old, found.new = found.old + (now == current), found.new + (now != current)
        found.stages[_reached(root)] += 1
        try:
            with duckdb.connect(str(warehouse / "current.duckdb"), read_only=True) as connection:
                assert connection.sql("select count(*) from meta.release").fetchall() == [(1,)]
            damages = integrity.verify(snapshots=snapshots, tables=warehouse / "none", warehouse=warehouse).damages
            # Only between moving the link and writing LATEST does a kill leave a trace; the next run mends it.
            assert not [damage for damage in damages if damage.name != "LATEST"], f"damaged: {damages}"
            assert not [sidecar for sidecar in before if not sidecar.is_file()], "a snapshot is gone"
            if kill % complete_each == complete_each - 1 or kill == times - 1:
                assert run(root).wait() == 0, (root / "run.log").read_text(encoding="utf-8")[-2000:]
                _nothing_is_lost(warehouse, snapshots, warehouse / "tables", before)
        except (AssertionError, Exception) as error:  # noqa: BLE001 - counted and shown
            found.faults.append(f"run {kill + 1}: {error}")
    return found


def _reached(root: Path) -> str:
    """The last layer that a killed run named."""
    said = (root / "run.log").read_text(encoding="utf-8").splitlines()
    layers = [line.split()[0] for line in said if line.endswith(" ...")]
    return layers[-1] if layers else "before the first layer"


def show(title: str, found: Found) -> None:
    """Print one table."""
    print(
        f"\n{title}: {found.kills} kills; afterwards the old release {found.old} times, the new one {found.new} times"
    )
    for stage, number in sorted(found.stages.items()):
        print(f"  {stage:<36}{number:>5}")
    print(f"  {'faults':<36}{len(found.faults):>5}")
    for fault in found.faults[:10]:
        print(f"    {fault}")


def main() -> int:
    """Kill, and print what was found."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--publishes", type=int, default=170)
    words.add_argument("--runs", type=int, default=30)
    words.add_argument("--seed", type=int, default=1)
    said = words.parse_args()
    random = Random(said.seed)
    faults = 0
    with tempfile.TemporaryDirectory() as folder:
        if said.publishes:
            found = kill_publishes(Path(folder) / "publishes", times=said.publishes, random=random)
            show("Publishes killed", found)
            faults += len(found.faults)
        if said.runs:
            found = kill_runs(Path(folder) / "runs", times=said.runs, random=random)
            show("Whole runs killed", found)
            faults += len(found.faults)
    return 1 if faults else 0


if __name__ == "__main__":
    raise SystemExit(main())
