"""Plant every fault and print which net caught it. Exit code 1 when one would be published.

`python -m tests.proofs.planted [--first] [--on INPUT] [--good FOLDER] [WORDS]`: with `--first` the line knows no
earlier release, as on a fresh machine, and the faults of `ONLY_HISTORY` are said but are no failure; INPUT is another
folder of files than the sample, where a fault that finds nothing to spoil is left out; FOLDER keeps the good run for
the next time; WORDS pick faults.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

import pytest

from pipelines import settings
from tests.conftest import run_in
from tests.proofs.planted.faults import FAULTS, ONLY_HISTORY, plant
from tests.proofs.planted.line import Caught, send

SAID = 150


def good_run(place: Path, run_from: str) -> None:
    """One whole run, unless `place` holds one already."""
    if (place / "warehouse" / "current.duckdb").exists():
        return
    with pytest.MonkeyPatch.context() as patch:
        _, outcome = run_in(place, patch, run_from)
    assert outcome.succeeded, outcome.errors


def shown(fault: str, caught: Caught) -> str:
    """One row of the table."""
    said = " ".join(caught.said.split())
    return f"{fault:52} | {caught.net:9} | {caught.where:38} | {said[:SAID]}"


def say(line: str) -> None:
    """A line for whoever waits for it."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> int:
    """Plant, send, print."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("words", nargs="*")
    asked.add_argument("--on", type=Path)
    asked.add_argument("--good", type=Path)
    asked.add_argument("--first", action="store_true")
    given = asked.parse_args()
    chosen = [fault for fault in FAULTS if not given.words or any(word in fault for word in given.words)]
    sent, through = 0, []
    with tempfile.TemporaryDirectory() as scratch:
        good = given.good or Path(scratch) / "good"
        good_run(good, str(given.on or "sample"))
        # Hard links must not leave the disk of the good run.
        work = Path(tempfile.mkdtemp(dir=good.parent))
        for fault in chosen:
            folder = Path(shutil.copytree(given.on or settings.Settings().sample, work / "input"))
            try:
                plant(fault, folder)
            except (OSError, AssertionError, LookupError, StopIteration, ValueError) as error:
                if not given.on:
                    raise
                say(f"{fault:52} | nothing to spoil: {error}")
            else:
                caught = send(folder, good=good, place=work / "place", first=given.first)
                sent += 1
                through += [fault] if caught.published else []
                say(shown(fault, caught))
            shutil.rmtree(folder)
        shutil.rmtree(work)
    say(f"\n{sent} faults planted, {sent - len(through)} caught, {len(through)} published.")
    excused = ONLY_HISTORY if given.first else {}
    for fault in through:
        say(f"PUBLISHED: {fault}" + (f" ({excused[fault]})" if fault in excused else ""))
    return 1 if set(through) - set(excused) else 0


if __name__ == "__main__":
    raise SystemExit(main())
