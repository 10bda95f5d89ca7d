"""What a live run has, and says, while a host is dead: each host of the publishers in turn, and all of them at once.

`python -m tests.proofs.publisher.outages` prints the table. A run here goes as far as the table of what arrived, which
is where an outage ends one.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from rich.console import Console
from rich.table import Table

from pipelines.errors import ProductError
from pipelines.notes import Note, in_words
from pipelines.settings import Settings
from pipelines.sources import resources
from pipelines.sources.arrival import origin, transport
from pipelines.tables.arrival import ARRIVAL
from pipelines.tables.registry import tables
from pipelines.tables.table import Run
from tests.proofs.publisher.outcome import Clock, quick_transport, trusting
from tests.proofs.publisher.server import Publisher
from tests.proofs.publisher.whole_run import pass_as_published, served


@dataclass(frozen=True)
class Arrived:
    """How far a run came: files by state, requests, bytes, seconds waited, what was said, and what ended it, if any."""

    states: dict[str, int]
    requests: int
    received: int
    waited: float
    said: list[str]
    ended: ProductError | None


@contextmanager
def a_publisher(work: Path) -> Iterator[Publisher]:
    """The server, trusted, its modelled areas passing as a publisher's."""
    publisher = served(work)
    with publisher.open(), trusting(publisher), pytest.MonkeyPatch.context() as patch:
        pass_as_published(patch)
        yield publisher


def arrive(publisher: Publisher, place: Path, dead: set[str]) -> Arrived:
    """A live run up to the table of what arrived, while some hosts are dead."""
    publisher.dead = dead
    publisher.asked.clear()
    clock = Clock()
    here = Settings(warehouse=place / "warehouse", snapshots=place / "snapshots", publisher_base=publisher.base)
    run = Run(here, origin.RunInput("live", None, origin.PUBLISHER))
    notes: list[Note] = []
    ended, states = None, {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(transport.client, "_current", quick_transport(publisher, clock))
        for name in (*(f"raw.{resource.name}" for resource in resources()), ARRIVAL):
            try:
                record, _ = tables()[name].build(run)
            except ProductError as error:
                ended = error
            else:
                notes += record.notes
    if ended is None:
        states = dict(run.store.read(ARRIVAL)["state"].value_counts().iter_rows())
    received = sum(asked.body_bytes for asked in publisher.asked if asked.status == 200)
    return Arrived(states, len(publisher.asked), received, sum(clock.slept), in_words(notes), ended)


def hosts() -> list[str]:
    """Every host that some way to a file asks first, and those that files are then had from."""
    first = {
        way.url.partition("/")[2].strip("/").partition("/")[0]
        for r in resources()
        for _, ways in r.files()
        for way in ways
    }
    return sorted(first | {"services1.arcgis.com", "assets.publishing.service.gov.uk"})


def main() -> int:
    """Print the table."""
    shown = Table(title="What a live run has while a host is dead", title_justify="left")
    for title in (
        "Dead host",
        "Snapshots",
        "Requests",
        "kB",
        "Waited s",
        "Fresh",
        "Stale",
        "Missing",
        "Lines on hosts",
        "Ended by",
    ):
        shown.add_column(title)
    with tempfile.TemporaryDirectory() as text:
        work = Path(text)
        with a_publisher(work) as publisher:
            everything = set(hosts())
            arrive(publisher, work / "good", set())
            for dead in ({"nobody"}, *({host} for host in hosts()), everything):
                for kind in ("none", "good"):
                    place = work / f"{time.monotonic_ns()}"
                    if kind == "good":
                        place = work / "good"
                    came = arrive(publisher, place, dead)
                    lines = [line for line in came.said if "did not answer" in line]
                    shown.add_row(
                        "all" if dead == everything else ", ".join(dead),
                        kind,
                        f"{came.requests:,}",
                        f"{came.received / 1000:,.0f}",
                        f"{came.waited:.0f}",
                        *(str(came.states.get(state, 0)) for state in ("fresh", "stale", "missing")),
                        str(len(lines)),
                        came.ended.what.partition(":")[0][:60] if came.ended else "",
                    )
    Console(width=200).print(shown)
    return 0


if __name__ == "__main__":
    sys.exit(main())
