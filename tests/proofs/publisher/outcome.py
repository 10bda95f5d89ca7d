"""What really comes of a fault: a live fetch against the misbehaving server, with and without a last good snapshot."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from pipelines.notes import Kind, in_words
from pipelines.settings import Settings
from pipelines.sources import resources
from pipelines.sources.access.arcgis import FeatureService
from pipelines.sources.access.govuk import GovUkAttachment
from pipelines.sources.access.ons_dataset import DatasetApi, LandingPage
from pipelines.sources.access.web_file import WebFile, ZipMember
from pipelines.sources.arrival import intake, live, origin
from pipelines.sources.arrival import transport as transports
from pipelines.sources.arrival.transport import Transport
from pipelines.sources.contract import Access, Resource
from tests.proofs.publisher.faults import A_DATE, FRESH, FRESH_LESS, STALE, Line
from tests.proofs.publisher.server import FINGERTIPS, Answer, Publisher
from tests.proofs.publisher.service_faults import EDITED_SERVICE, OTHER_WAY, edited
from tests.proofs.publisher.whole_run import pass_as_published, served

KINDS: dict[str, tuple[str, type[Access] | tuple[type[Access], ...]]] = {
    "xlsx": ("iod2019_file_10", WebFile),
    "feature service": ("lsoa11_to_lsoa21_to_lad22", FeatureService),
    EDITED_SERVICE: ("lsoa11_to_lsoa21_to_lad22", FeatureService),
    "service by name": ("lsoa21_to_lad24", FeatureService),
    "zip": ("census2021_population_by_lsoa21", ZipMember),
    "data set": ("ons_life_expectancy_by_decile", DatasetApi),
    "data set or page": ("ons_life_expectancy_by_decile", (DatasetApi, LandingPage)),
    "attachment": ("iod2019_file_7", GovUkAttachment),
    "attachment or pinned": ("iod2019_file_7", (GovUkAttachment, WebFile)),
}
"""The kinds of access that faults are tried on, each by one resource and some of the ways to it."""
LIVE = origin.RunInput("live", None, origin.PUBLISHER)
MOST_BYTES = 5_000_000
START = datetime(2026, 11, 1, 3, 0, tzinfo=UTC)


class Clock:
    """Time that passes only when somebody sleeps."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.seconds += seconds

    def now(self) -> datetime:
        return START + timedelta(seconds=self.seconds)


def quick_transport(publisher: Publisher, clock: Clock, *, read_seconds: float = 5.0) -> Transport:
    """Our transport against the server, its waits costing nothing."""
    return Transport(
        publisher_base=publisher.base, clock=clock, sleep=clock.sleep, now=clock.now, read_seconds=read_seconds
    )


def one(kind: str) -> Resource:
    """The resource that faults are tried on, with the ways to it that are tried."""
    by_name = {resource.name: resource for resource in resources()}
    if kind == "csv":
        path, url = "fingertips/93881_502.csv", f"https://{FINGERTIPS}?indicator_ids=93881&child_area_type_id=502"
        return replace(
            by_name["fingertips"], path=path, url=url, many=False, live_files=lambda: [(path, (WebFile(url),))]
        )
    name, ways = KINDS[kind]
    resource = by_name[name]
    return replace(resource, access=tuple(way for way in resource.access if isinstance(way, ways)))


@contextmanager
def trusting(publisher: Publisher) -> Iterator[None]:
    """Trust the server's authority, and send nothing through a proxy."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("REQUESTS_CA_BUNDLE", str(publisher.bundle))
        patch.setenv("NO_PROXY", "*")
        patch.setattr(transports.client, "MAX_BYTES", MOST_BYTES)
        yield


@dataclass(frozen=True)
class Came:
    """What came of a fault: the outcome with a last good snapshot and without one, and what was said and asked."""

    line: Line
    outcome: str
    tries: int
    slept: float
    rows: int
    without: str
    said: str

    @property
    def is_silent_empty(self) -> bool:
        """Whether nothing was had and nothing was said: what must never be."""
        return not self.said and (self.rows == 0 or self.without == "nothing")


def _done(publisher: Publisher, line: Line, clock: Clock) -> None:
    """Tell the server what to do, from the start: some faults pass after a number of requests."""
    publisher.faults = {}
    if line.fault is None:
        return
    fault, moment = deepcopy(line.fault), format_datetime(clock.now() + timedelta(seconds=20), usegmt=True)

    def do(answer: Answer) -> None:
        fault(answer)
        if answer.headers.get("Retry-After") == A_DATE:
            answer.headers["Retry-After"] = moment

    publisher.faults = {line.at: do}
    if line.kind == EDITED_SERVICE:
        publisher.faults.setdefault("/FeatureServer/", edited)


def try_out(line: Line, work: Path) -> Came:
    """Do a fault to a resource that has a last good snapshot, and to one that has none."""
    resource = one(line.kind)
    publisher = Publisher(Settings().sample, work) if line.kind == "csv" else served(work)
    root, clock = work / "snapshots", Clock()
    with trusting(publisher), pytest.MonkeyPatch.context() as patch:
        pass_as_published(patch)
        with publisher.open():
            before = live.fetch(resource, root=root, transport=quick_transport(publisher, clock))
        assert [kept.is_stale for kept in before.snapshots] == [False], before.notes
        clock.slept.clear()
        publisher.asked.clear()
        with publisher.open(line.certificate):
            _done(publisher, line, clock)
            quick = 0.05 if "in time" in line.name else 5.0
            taken = live.fetch(resource, root=root, transport=quick_transport(publisher, clock, read_seconds=quick))
            tries, slept = len(publisher.asked), sum(clock.slept)
            _done(publisher, line, clock)
            bare = live.fetch(
                resource, root=work / "nothing", transport=quick_transport(publisher, clock, read_seconds=quick)
            )
        staged = intake.stage([resource], intake.snapshot_frame(taken.snapshots), root=root)
    (kept,) = taken.snapshots
    otherwise = any(note.kind is Kind.OTHER_WAY for note in taken.notes)
    outcome = STALE if kept.is_stale else FRESH_LESS if staged.rejected.height else OTHER_WAY if otherwise else FRESH
    said = kept.note if kept.is_stale else "; ".join(in_words([*taken.notes, *staged.notes]))
    alone = "fresh" if bare.snapshots else "named missing" if bare.notes else "nothing"
    return Came(line, outcome, tries, slept, staged.rows.height, alone, said)
