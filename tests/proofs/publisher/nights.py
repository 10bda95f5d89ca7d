"""Fourteen nights of live runs against the misbehaving publisher: what happened, what was published, who was told.

`python -m tests.proofs.publisher.nights` prints a row for each night and ends with 1 where anything was not as it must
be. Every night our command runs in a process of its own, a day later than the night before (`own_clock.py`); in the
morning `inequality alert`, `status --json` and `verify` look at what it left, as the timers of `deploy/` have it. After
every run each figure of the release is compared with what a reader of the publisher's files would expect, worked out
without the pipeline (`editions.py`), and in the end with a release that is made of the same files from nothing.
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
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest
from rich.console import Console
from rich.table import Table
from typer.testing import CliRunner

from pipelines.settings import PROJECT, Settings
from tests.proofs.publisher import own_clock
from tests.proofs.publisher.editions import Rebase, Renamed, Revision
from tests.proofs.publisher.killed import environment, say
from tests.proofs.publisher.receiver import Alert, Receiver, receiving
from tests.proofs.publisher.server import Publisher
from tests.proofs.publisher.whole_run import ask_publisher, served
from tests.proofs.release.room import MEGABYTE, fill, small_disk

DAY, MORNING = 86_400.0, 5 * 3_600.0
TWO_YEARS = 730 * DAY
DISK, ROOM = 500 * MEGABYTE, 16 * MEGABYTE
"""The disk of the warehouse, and what is left of it on the night when it is full: less than one release."""
DEAD = "fingertips.phe.org.uk"
OBESITY = Revision("fingertips/93881_502.csv", "X06000017", 21.71041, 22.1)
HEALTHY_LIFE = Revision("fingertips/90362_502.csv", "X06000009", 62.77, 62.9)
INACTIVITY = Revision("fingertips/93015_502.csv", "X06000001", 22.31301, 22.6)
SMOKING = Revision("fingertips/92443_502.csv", "X06000004", 12.07096, 12.3)
RENAMED = Renamed("fingertips/93015_502.csv", ",Value,", ",Amount,")
REBASE = Rebase("fingertips/92901_501.csv", "X06000001", 0.6)
# Two files that say the same of a cell are each its source: paths choose what is to change, and are not compared.
CELLS = """
    select snapshot.path, observation.* exclude (snapshot_sha256, source_line)
    from published.observation as observation
    join (select sha256, min(path) as path from meta.snapshot group by sha256) as snapshot
        on observation.snapshot_sha256 = snapshot.sha256
"""
MEASURES = "select * from published.inequality"


@dataclass(frozen=True)
class Must:
    """How a night must end: exit code of the run (negative: the signal that ended it), whether it publishes, paths held
    back, exit code of `status`, and words of the title of each alert.

    A release that holds a delivery back is a new one, with the same figures: it says so in `meta.held_back`.
    """

    code: int = 0
    publishes: bool = False
    held: tuple[str, ...] = ()
    status: int = 0
    alerts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Release:
    """The current release as a reader finds it."""

    release_id: str
    content_hash: str
    cells: pl.DataFrame
    measures: pl.DataFrame


@dataclass(frozen=True)
class Night:
    """What came of a night. `said` is how the run ended in its own words, `wrong` what is not as it must be."""

    what: str
    code: int
    published: bool
    held: tuple[tuple[str, str], ...]
    content_hash: str
    changed: bool
    verdict: str
    status: int
    alerts: tuple[Alert, ...]
    seconds: float
    said: tuple[str, ...]
    wrong: tuple[str, ...]


def in_order(frame: pl.DataFrame) -> pl.DataFrame:
    """Rows in one order and numbers to nine places, for comparing cell for cell."""
    floats = pl.selectors.float()
    return frame.with_columns(floats.round(9)).sort(pl.all())


@dataclass
class House:
    """The installation, its publisher and who is told.

    `expected` is what a reader must find, cell for cell; `first` is the first release, `touched` the indicators whose
    figures moved since.
    """

    work: Path
    publisher: Publisher
    receiver: Receiver
    has_own_disk: bool
    number: int = 0
    release: Release | None = None
    first: Release | None = None
    expected: pl.DataFrame = field(default_factory=pl.DataFrame)
    touched: set[str] = field(default_factory=set)
    said: str = ""

    @property
    def warehouse(self) -> Path:
        """Where releases are."""
        return self.work / "warehouse"

    def issue(self, edition: Revision | Rebase | Renamed) -> None:
        """Let the publisher serve another edition of a file."""
        edition.issue(self.publisher.folder)

    def mend(self, path: str) -> None:
        """Let the publisher serve a file as it was at first."""
        shutil.copy(Settings().sample / path, self.publisher.folder / path)

    def expect(self, edition: Revision | Rebase) -> None:
        """What must be read from now on."""
        self.touched |= set(self.expected.filter(pl.col("path") == edition.path)["indicator"])
        self.expected = edition.expected(self.expected)

    def run(self, *, ahead: float = 0.0, largest_file: int = 0, killed: bool = False) -> int:
        """One run on the clock of this night. Returns its exit code."""
        command = [sys.executable, "-m", own_clock.__name__, "--ahead", str(self.number * DAY + ahead)]
        if largest_file:
            command += ["--largest-file", str(largest_file)]
        log = self.work / f"night_{self.number}.log"
        with log.open("w") as told:
            child = subprocess.Popen(
                [*command, "--", "run", "--from", "live"],
                cwd=PROJECT, env=environment(self.publisher, self.work), stdout=told, stderr=told,
                start_new_session=True,
            )  # fmt: skip
            try:
                if killed:
                    self._wait_for_the_middle(child)
                    os.killpg(child.pid, signal.SIGKILL)
                child.wait()
            finally:
                if child.poll() is None:
                    os.killpg(child.pid, signal.SIGKILL)
        self.said = log.read_text()
        return child.returncode

    def _wait_for_the_middle(self, child: subprocess.Popen[bytes]) -> None:
        """Wait until the run has written a table of measures: it has judged its input and not yet published."""
        tables = self.warehouse / "tables" / "measures"
        began = time.time_ns()
        while child.poll() is None and not any(file.stat().st_mtime_ns > began for file in tables.glob("*.parquet")):
            time.sleep(0.05)

    def ask(self, *words: str, ahead: float = 0.0) -> tuple[int, str]:
        """What one of our commands says in the morning of this night, and its exit code."""
        from pipelines.cli.app import app

        own_clock.set_ahead(self.number * DAY + MORNING + ahead)
        answer = CliRunner().invoke(app, words)
        return answer.exit_code, answer.stdout

    def read(self) -> Release:
        """The current release."""
        with duckdb.connect(str(self.warehouse / "current.duckdb"), read_only=True) as opened:
            ((release_id, content),) = opened.sql("select release_id, content_hash from meta.release").fetchall()
            cells, measures = opened.sql(CELLS).pl(), opened.sql(MEASURES).pl()
        return Release(release_id, content, in_order(cells), in_order(measures))

    def night(self, what: str, must: Must, run: Callable[[], int], *, ahead: float = 0.0) -> Night:
        """Let a night pass, and judge what it left."""
        began, before = time.monotonic(), self.release
        code = run()
        self.ask("alert", ahead=ahead)
        status, text = self.ask("status", "--json", ahead=ahead)
        known: dict[str, Any] = json.loads(text)
        verified, damages = self.ask("verify", ahead=ahead)
        now = self.release = self.read()
        held = tuple((note["path"], note["label"]) for note in known["held_back"])
        alerts = tuple(self.receiver.taken())
        titles = tuple(map(_short, alerts))
        published = before is None or now.release_id != before.release_id
        wrong = [
            *([f"the run ended with {code}, not {must.code}: {self.said[-1500:]}"] * (code != must.code)),
            *([f"published: {published}, not {must.publishes}"] * (published != must.publishes)),
            *([f"held back {held}, not {must.held}"] * ({path for path, _ in held} != {*must.held})),
            *([f"status ended with {status}, not {must.status}"] * (status != must.status)),
            *([f"status says {known['exit_code']} and ends with {status}"] * (status != known["exit_code"])),
            *([f"alerts {titles}, not {must.alerts}"] * (not _told_as(titles, must.alerts))),
            *([f"verify: {damages}"] * (verified != 0)),
            *self._figures_wrong(now),
        ]
        return Night(
            what, code, published, held, now.content_hash, before is None or now.content_hash != before.content_hash,
            known["verdict"], status, alerts, time.monotonic() - began,
            tuple(self.said.splitlines()[-6:]) if code else (), tuple(wrong),
        )  # fmt: skip

    def _figures_wrong(self, now: Release) -> Iterator[str]:
        """Each way in which figures are not what a reader must find."""
        if self.first is None:
            self.expected, self.first = now.cells, now
        found, expected = (in_order(frame.drop("path")) for frame in (now.cells, self.expected))
        if not found.equals(expected):
            odd = found.join(expected, on=found.columns, how="anti", nulls_equal=True)
            yield f"{odd.height} of {found.height} figures are not what the files say: {odd.head(3).to_dicts()}"
        untouched = ~pl.col("indicator").is_in(list(self.touched))
        if not now.measures.filter(untouched).equals(self.first.measures.filter(untouched)):
            yield "measures of indicators moved whose files nobody touched"


def _short(alert: Alert) -> str:
    return alert.title.partition(": ")[2]


def _told_as(titles: tuple[str, ...], words: tuple[str, ...]) -> bool:
    return len(titles) == len(words) and all(word in title for word, title in zip(words, titles, strict=True))


def nights(house: House) -> Iterator[Night]:
    """The fourteen, one after the other."""

    def a_night(what: str, must: Must, run: Callable[[], int] | None = None, *, ahead: float = 0.0) -> Night:
        house.number += 1
        return house.night(what, must, run or house.run, ahead=ahead)

    yield a_night("from nothing", Must(publishes=True))
    yield a_night("nothing changed", Must())
    house.publisher.dead = {DEAD}
    yield a_night(f"{DEAD} is dead", Must(alerts=("late or stale",)))
    house.publisher.dead = set()
    yield a_night("it is back", Must(alerts=("recovered",)))
    house.issue(OBESITY)
    house.expect(OBESITY)
    yield a_night("a file issued again, one figure revised", Must(publishes=True))
    house.issue(RENAMED)
    yield a_night("a column renamed", Must(alerts=("stale",)))
    yield a_night("still renamed", Must())
    house.mend(RENAMED.path)
    yield a_night("the column has its name again", Must(alerts=("recovered",)))
    house.issue(REBASE)
    yield a_night(
        "a series worked out anew", Must(code=3, publishes=True, held=(REBASE.path,), status=3, alerts=("held back",))
    )

    def accepted_run() -> int:
        code, said = house.ask("accept", REBASE.path, "--because", "The publisher says that populations were rebased.")
        assert code == 0, said
        house.expect(REBASE)
        return house.run()

    yield a_night("accepted by a person", Must(publishes=True, alerts=("recovered",)), accepted_run)
    house.issue(HEALTHY_LIFE)
    yield a_night(
        "a figure revised; killed in mid-run", Must(code=-9, status=1, alerts=("did not end well",)),
        lambda: house.run(killed=True),
    )  # fmt: skip
    house.expect(HEALTHY_LIFE)
    yield a_night("the run after it", Must(publishes=True, alerts=("recovered",)))
    house.issue(INACTIVITY)

    def full_run() -> int:
        ballast = house.warehouse / "ballast"
        if not house.has_own_disk:
            (current,) = [(house.warehouse / "current.duckdb").stat().st_size]
            return house.run(largest_file=current * 3 // 4)
        fill(ballast, ROOM)
        try:
            return house.run()
        finally:
            ballast.unlink()

    yield a_night("a figure revised; the disk is full", Must(code=1, status=1, alerts=("did not end well",)), full_run)
    house.expect(INACTIVITY)
    yield a_night(
        "room again; the clock two years ahead", Must(publishes=True, alerts=("",)),
        lambda: house.run(ahead=TWO_YEARS), ahead=TWO_YEARS,
    )  # fmt: skip
    house.issue(SMOKING)
    house.expect(SMOKING)
    yield a_night("a figure revised; the clock is right", Must(publishes=True, alerts=("",)))


def from_nothing(house: House) -> str:
    """What differs between the current release and one made of the same files from nothing; nothing should."""
    other = House(house.work / "other", house.publisher, house.receiver, has_own_disk=False, number=house.number)
    other.work.mkdir()
    if code := other.run():
        return f"the run ended with {code}: {other.said[-1500:]}"
    ours, theirs = house.read(), other.read()
    pairs = {"figures": (ours.cells, theirs.cells), "measures": (ours.measures, theirs.measures)}
    return ", ".join(name for name, (one, two) in pairs.items() if not one.equals(two))


@contextmanager
def a_house(work: Path) -> Iterator[House]:
    """An installation with nothing in it, whose publisher serves a copy of the sample."""
    publisher = served(work)
    publisher.folder = Path(shutil.copytree(Settings().sample, work / "published"))
    place = work / "installation"
    (place / "warehouse").mkdir(parents=True)
    own_clock.install()
    with (
        publisher.open(),
        receiving() as receiver,
        small_disk(place / "warehouse", DISK) as mounted,
        pytest.MonkeyPatch.context() as patch,
    ):
        ask_publisher(publisher, patch)
        for name, value in environment(publisher, place).items():
            patch.setenv(name, value)
        patch.setenv("INEQUALITY_ALERTS", receiver.address)
        patch.setenv("INEQUALITY_KEEP_RELEASES", "6")
        yield House(place, publisher, receiver, has_own_disk=mounted)


def main() -> int:
    """Print the nights. Returns 0 when each was as it must be."""
    shown = Table(title="Fourteen nights", title_justify="left")
    for title in ("", "What happened", "Exit", "Published", "Held back", "Content", "Status", "Alert"):
        shown.add_column(title)
    wrong = 0
    with tempfile.TemporaryDirectory() as text, a_house(Path(text)) as house:
        for night in nights(house):
            say(
                f"{house.number:>2} {night.what} ({night.seconds:.0f} s)",
                *(
                    f"told: {line}"
                    for alert in night.alerts
                    for line in (alert.title, *alert.text.splitlines())
                    if line
                ),
                *(f"NOT AS IT MUST BE: {one}" for one in night.wrong),
            )
            wrong += len(night.wrong)
            shown.add_row(
                str(house.number),
                night.what,
                str(night.code),
                "yes" if night.published else "no",
                "\n".join(f"{path}, {rule}" for path, rule in night.held),
                f"{night.content_hash[:8]}{' changed' if night.changed else ''}",
                f"{night.status} {night.verdict}",
                "\n".join(map(_short, night.alerts)),
            )
        differs = from_nothing(house)
        figures = house.read().cells.height
    Console(width=150).print(shown)
    say(f"A release of the same files from nothing says {'something else: ' + differs if differs else 'the same'}.")
    say(f"{figures:,} figures compared cell for cell after every night: {wrong} things not as they must be.")
    return min(wrong + bool(differs), 1)


if __name__ == "__main__":
    sys.exit(main())
