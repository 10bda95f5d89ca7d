"""Two runs at once: one goes on, the other says why not, and what is published is of one of them.

`python -m tests.proofs.release.two_runs` starts two whole runs of the sample on one warehouse, twice, and prints what
each said. Publishing alone is raced by many processes too: all at once, each with another edition.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from pipelines import integrity
from pipelines.settings import PROJECT
from tests.proofs.release.kills import order, start
from tests.proofs.release.prepared import Place

REFUSED = "Another run holds"


def race(root: Path, racers: int) -> tuple[int, int, int]:
    """Let processes publish at once. Returns how many published, how many were refused, and the edition of current."""
    here = Place(root)
    here.prepare(racers + 1)
    here.publish(0, racers)
    waiting = [start(root) for _ in range(racers)]
    for racer, process in enumerate(waiting):
        order(process, racer + 1, racer, 0)
    said = [process.communicate() for process in waiting]
    published = sum(process.returncode == 0 for process in waiting)
    refused = sum(REFUSED in err for _, err in said)
    return published, refused, here.edition()


def whole_runs(root: Path) -> list[tuple[int, str]]:
    """Start two runs of the sample at once. Returns the exit code and last words of each."""
    places = {"INEQUALITY_WAREHOUSE": str(root / "warehouse"), "INEQUALITY_SNAPSHOTS": str(root / "snapshots")}
    command = [sys.executable, "-m", "pipelines.cli", "run", "--from", "sample"]
    both = [
        subprocess.Popen(command, env=os.environ | places, cwd=PROJECT, stdout=-1, stderr=subprocess.STDOUT, text=True)
        for _ in range(2)
    ]
    said = [process.communicate()[0] for process in both]
    words = [next((line for line in text.splitlines() if "elease" in line or REFUSED in line), text) for text in said]
    return [(process.returncode, line) for process, line in zip(both, words, strict=True)]


def main() -> int:
    """Print what came of it."""
    held = True
    with tempfile.TemporaryDirectory() as folder:
        published, refused, edition = race(Path(folder) / "race", 8)
        held &= published + refused == 8 and published >= 1
        print(
            f"8 publishes at once: {published} published, {refused} told to wait; current is whole: edition {edition}"
        )
        for round_ in (1, 2):
            ends = whole_runs(Path(folder) / "runs")
            held &= sorted(code for code, _ in ends) == [0, 1] and any(REFUSED in line for _, line in ends)
            for code, line in ends:
                print(f"  round {round_}: exit {code}: {line.replace(folder, '...')}")
        place = Path(folder) / "runs"
        damages = integrity.verify(
            snapshots=place / "snapshots", tables=place / "warehouse" / "tables", warehouse=place / "warehouse"
        ).damages
        print(f"  damaged afterwards: {[damage.name for damage in damages] or 'nothing'}")
    held &= not damages
    print("\nHolds." if held else "\nDoes NOT hold.")
    return 0 if held else 1


if __name__ == "__main__":
    raise SystemExit(main())
