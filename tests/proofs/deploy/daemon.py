"""The real daemon on a schedule of one minute, its records in SQLite and in a real Postgres, killed in mid-run.

`python -m tests.proofs.deploy.daemon` prints a line for each thing that must hold, and ends with 1 where one does not:
the schedule's run publishes; killed with everything that it started (signal 9) in the middle of the next one, the
current release stands, `inequality status` says that the run died, the daemon that starts again closes the run in
Dagster's records, and its next run publishes. Beside what the runs themselves take it waits for the minute three times.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg
import pytest

from pipelines.settings import PROJECT
from pipelines.status import runs
from tests.proofs.deploy.postgres import postgres_database
from tests.proofs.publisher.editions import Revision
from tests.proofs.publisher.killed import say
from tests.proofs.publisher.whole_run import folder_of_what_is_served

EDITIONS = (
    Revision("fingertips/93881_502.csv", "X06000017", 21.71041, 22.1),
    Revision("fingertips/90362_502.csv", "X06000009", 62.77, 62.9),
)
CODE = "tests.proofs.deploy.every_minute"
"""Our code location for this proof. It is named and not imported: it changes the schedule of the process it is in."""
LONGEST = 900.0
"""Seconds that a busy machine may take over one run."""


@dataclass
class House:
    """An installation, its folder of input, and the lines that tell of it."""

    name: str
    place: Path
    postgres: str
    failed: int = 0

    @property
    def warehouse(self) -> Path:
        """Where releases are."""
        return self.place / "warehouse"

    @property
    def home(self) -> Path:
        """Dagster's records."""
        return self.warehouse / ".dagster"

    @property
    def environment(self) -> dict[str, str]:
        """What every command of this installation is given."""
        return os.environ | {
            "INEQUALITY_WAREHOUSE": str(self.warehouse),
            "INEQUALITY_SNAPSHOTS": str(self.place / "snapshots"),
            "INEQUALITY_FROM": str(self.place / "input"),
            "DAGSTER_POSTGRES_URL": self.postgres,
        }

    def command(self, *words: str) -> subprocess.CompletedProcess[str]:
        """One of our commands, until it ends."""
        told = [sys.executable, "-m", CODE, *words]
        return subprocess.run(told, cwd=PROJECT, env=self.environment, capture_output=True, text=True, check=False)

    def line(self, what: str, found: object, *, holds: bool) -> None:
        """Say one thing that must hold."""
        self.failed += not holds
        say(f"{self.name:<9} {datetime.now(UTC):%H:%M:%S}  {'yes' if holds else 'NO '}  {what}: {found}")

    def configure(self) -> None:
        """Have Dagster keep its records in Postgres where there is one; else our own file says where."""
        if self.postgres:
            self.home.mkdir(parents=True, exist_ok=True)
            shutil.copy(PROJECT / "deploy" / "dagster.yaml", self.home)

    def release(self) -> str:
        """The current release's name."""
        return (self.warehouse / "current.duckdb").resolve().stem

    def records(self) -> list[tuple[str, str]]:
        """Each run in Dagster's records, the oldest first: its id and its state."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("DAGSTER_POSTGRES_URL", self.postgres)
            patch.setenv("DAGSTER_HOME", str(self.home))
            with dg.DagsterInstance.from_config(str(self.home)) as instance:
                return [(run.run_id, run.status.value) for run in reversed(instance.get_runs())]

    @contextmanager
    def daemon(self) -> Iterator[subprocess.Popen[str]]:
        """`inequality daemon --nightly`, stopped as a person stops it."""
        log = (self.place / "daemon.log").open("a")
        told = [sys.executable, "-m", CODE, "daemon", "--nightly"]
        child = subprocess.Popen(
            told, cwd=PROJECT, env=self.environment, stdout=log, stderr=log, text=True, start_new_session=True
        )
        try:
            yield child
        finally:
            if child.poll() is None:
                child.send_signal(signal.SIGTERM)
                child.wait(60)
            log.close()

    def wait(self, child: subprocess.Popen[str], reached: Callable[[], bool]) -> bool:
        """Wait until something is so. False where the daemon ended or it took too long."""
        until = time.monotonic() + LONGEST
        while not (there := reached()) and child.poll() is None and time.monotonic() < until:
            time.sleep(0.2)
        return there


def family(pid: int) -> list[int]:
    """A process and all that it started, the youngest last."""
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            words = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        parents[int(stat.parent.name)] = int(words[1])
    found = [pid]
    for one in found:
        found += [child for child, parent in parents.items() if parent == one]
    return found


def is_at_work_on_tables(house: House, since: datetime) -> bool:
    """Whether a run that began after a moment is in the middle: it has written a table of measures."""
    mark = runs.at_work(house.warehouse)
    if mark is None or mark.started_at <= since:
        return False
    tables = (house.warehouse / "tables" / "measures").glob("*.parquet")
    return any(file.stat().st_mtime > mark.started_at.timestamp() + 1 for file in tables)


def status(house: House) -> tuple[int, str, str]:
    """Exit code of `inequality status`, the outcome of the last run, and who started it."""
    done = house.command("status", "--json")
    last = json.loads(done.stdout)["last_run"]
    return done.returncode, last["outcome"], last["starter"]


def prove(house: House) -> None:
    """Let the schedule publish, kill it in mid-run, start it again and let it publish."""
    house.configure()
    first = house.release()
    EDITIONS[0].issue(house.place / "input")
    with house.daemon() as child:
        came = house.wait(child, lambda: house.release() != first)
        second = house.release()
        house.line("the schedule's run published another release", f"{first} -> {second}", holds=came)
        over = house.wait(child, lambda: "SUCCESS" in dict(house.records()).values())
        house.line("Dagster's records say so", house.records(), holds=over)
        since = datetime.now(UTC)
        EDITIONS[1].issue(house.place / "input")
        came = house.wait(child, lambda: is_at_work_on_tables(house, since))
        killed = [run for run, state in house.records() if state == "STARTED"]
        pids = family(child.pid)
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
        child.wait()
        house.line(
            "killed in mid-run", f"{len(pids)} processes, run {', '.join(killed)}", holds=came and len(killed) == 1
        )
    house.line("the current release stands", house.release(), holds=house.release() == second)
    code, outcome, starter = status(house)
    house.line(
        "status says so",
        f"exit {code}, {outcome}, {starter}",
        holds=(code, outcome, starter) == (1, "died", "schedule"),
    )
    with house.daemon() as child:
        closed = house.wait(child, lambda: dict(house.records())[killed[0]] == "FAILURE")
        house.line("started again, the daemon closed it", dict(house.records())[killed[0]], holds=closed)
        came = house.wait(child, lambda: house.release() != second)
        house.line("its next run published", f"{second} -> {house.release()}", holds=came)
        house.wait(child, lambda: runs.at_work(house.warehouse) is None)
        ended = [(run.outcome.value, run.starter) for run in runs.known(house.warehouse).runs]
    house.line("every run is in the status file", ended, holds=ended.count(("died", "schedule")) == 1)
    house.line("the daemon stopped when told to", f"exit {child.returncode}", holds=child.returncode == 0)
    verified = house.command("verify")
    house.line("all is as it was written", f"exit {verified.returncode}", holds=verified.returncode == 0)


def main() -> int:
    """Print what holds. Returns 0 when all does."""
    failed = 0
    with tempfile.TemporaryDirectory() as text:
        begun = House("command", Path(text) / "first", "")
        folder_of_what_is_served(begun.place / "input")
        done = begun.command("run")
        begun.line("a first release, by the command", f"exit {done.returncode}", holds=done.returncode == 0)
        for name in ("SQLite", "Postgres"):
            place = Path(text) / name
            shutil.copytree(begun.place, place, symlinks=True, ignore=shutil.ignore_patterns(".dagster"))
            with postgres_database() if name == "Postgres" else nullcontext("") as address:
                house = House(name, place, address.replace("postgresql:", "postgresql+psycopg2:"))
                prove(house)
                failed += house.failed
                if house.failed:
                    say("The daemon's last words:", *(place / "daemon.log").read_text().splitlines()[-40:])
    say("Holds." if not failed + begun.failed else "Does NOT hold.")
    return min(failed + begun.failed, 1)


if __name__ == "__main__":
    sys.exit(main())
