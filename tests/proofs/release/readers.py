"""Many readers across many publishes: no error, every answer from one release, and a reader who never leaves.

`python -m tests.proofs.release.readers [--readers 50] [--publishes 20]` prints a table. Readers of DuckDB 1.2 are
started from a virtual environment that the script makes; where the package cannot be installed, it says so and goes
without.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from tests.proofs.release import reader
from tests.proofs.release.prepared import EDITION_OF, Mixed, Place, one_edition

OLD = "1.2"


@dataclass
class Tally:
    """What a group of readers saw."""

    who: str
    readers: int = 0
    answers: int = 0
    errors: list[str] = field(default_factory=list)
    mixed: list[str] = field(default_factory=list)
    editions: set[int] = field(default_factory=set)
    most_by_one: int = 0
    versions: set[str] = field(default_factory=set)

    def add(self, said: dict[str, object], rows: int) -> None:
        """Count one reader's account."""
        self.readers += 1
        self.answers += int(str(said["answers"]))
        self.errors += list(said["errors"])  # type: ignore[call-overload]
        self.versions.add(str(said["version"]))
        mine = set()
        for row in said["seen"]:  # type: ignore[attr-defined]
            try:
                mine.add(one_edition(tuple(row), rows))
            except Mixed as mixed:
                self.mixed.append(str(mixed))
        self.editions |= mine
        self.most_by_one = max(self.most_by_one, len(mine))


def python_of_old_client(folder: Path) -> str | None:
    """A Python with DuckDB 1.2, or None where it cannot be installed."""
    try:
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True, capture_output=True)
        python = str(folder / "bin" / "python")
        command = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", f"duckdb=={OLD}.*"]
        subprocess.run(command, check=True, capture_output=True, timeout=300)
    except (OSError, subprocess.SubprocessError):
        return None
    return python


def watch(
    place: Path, *, readers: int, publishes: int, old: str | None, pause: float, between: float
) -> dict[str, Tally]:
    """Publish while readers read. `old` is the Python of the older client; a tenth of the readers use it."""
    here = Place(place)
    here.prepare(publishes + 1)
    here.publish(0, 0)
    stop = place / "stop"
    few = max(readers // 10, 1) if old else 0
    groups = [
        ("held open all along", sys.executable, 1, ["held"]),
        ("current client", sys.executable, readers - few, []),
    ]
    groups += [(f"client {OLD}", old, few, []), (f"client {OLD}, held open", old, 1, ["held"])] if old else []
    started = [
        (who, _start(python, here, stop, pause, rest)) for who, python, number, rest in groups for _ in range(number)
    ]
    for _, process in started:
        assert process.stdout
        process.stdout.readline()
    for number in range(1, publishes + 1):
        here.publish(number, number)
        time.sleep(between)
    stop.touch()
    tallies = {who: Tally(who) for who, *_ in groups}
    for who, process in started:
        out, err = process.communicate(timeout=120)
        if process.returncode:
            tallies[who].errors.append(err.strip().splitlines()[-1])
        else:
            tallies[who].add(json.loads(out), here.rows)
    return tallies


def _start(python: str, here: Place, stop: Path, pause: float, rest: list[str]) -> subprocess.Popen[str]:
    command = [python, reader.__file__, str(here.link), EDITION_OF, str(stop), str(pause), *rest]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def holds(tallies: dict[str, Tally]) -> bool:
    """No error, no mixture, everybody answered, and who held the file open saw one release."""
    held = [tally for who, tally in tallies.items() if "held" in who]
    clean = all(tally.answers and not tally.errors and not tally.mixed for tally in tallies.values())
    return clean and all(tally.editions == {0} for tally in held)


def main() -> int:
    """Print what the readers saw."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--readers", type=int, default=50)
    words.add_argument("--publishes", type=int, default=20)
    words.add_argument("--pause", type=float, default=0.05, help="seconds between two queries of a reader")
    said = words.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        old = python_of_old_client(Path(folder) / "old")
        if old is None:
            print(f"DuckDB {OLD} cannot be installed here, so no reader uses it.")
        tallies = watch(
            Path(folder) / "place",
            readers=said.readers,
            publishes=said.publishes,
            old=old,
            pause=said.pause,
            between=0.5,
        )
    print(f"{said.publishes} publishes, {said.pause * 1000:.0f} ms between two queries of a reader\n")
    heads = ("DuckDB", "readers", "answers", "errors", "mixed", "releases seen", "by one")
    print(f"{'who':<24}" + "".join(f"{head:>{len(head) + 2}}" for head in heads))
    for tally in tallies.values():
        cells = (",".join(sorted(tally.versions)), tally.readers, tally.answers, len(tally.errors), len(tally.mixed))
        cells += (len(tally.editions), tally.most_by_one)
        print(f"{tally.who:<24}" + "".join(f"{c:>{len(h) + 2}}" for c, h in zip(cells, heads, strict=True)))
    for text in sorted({error for tally in tallies.values() for error in (*tally.errors, *tally.mixed)})[:10]:
        print(f"  {text}")
    print("\nHolds." if holds(tallies) else "\nDoes NOT hold.")
    return 0 if holds(tallies) else 1


if __name__ == "__main__":
    raise SystemExit(main())
