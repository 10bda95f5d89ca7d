"""What tests share: how hard laws are tried, no network, one whole run on the sample, and copies of it to go on from.

Which tier a test is of is its folder: `unit`, `warehouse` or `proofs`.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings as hypothesis
from pytest_socket import disable_socket, enable_socket, socket_allow_hosts

from pipelines import settings
from pipelines.settings import Settings
from pipelines.sources.arrival import origin
from pipelines.tables.table import Run
from tests import built

if TYPE_CHECKING:
    from pipelines.defs.launch import Outcome

# A busy machine is no counterexample, so there is no deadline. A commit passes or fails, whoever asks and when: only
# `search` draws other examples each time, for whoever goes looking.
hypothesis.register_profile("short", max_examples=12, deadline=None, derandomize=True, database=None)
hypothesis.register_profile("long", max_examples=100, deadline=None, derandomize=True, database=None)
hypothesis.register_profile("search", max_examples=1000, deadline=None)
hypothesis.load_profile("short")

TESTS = Path(__file__).parent
WHOLE_RUN = {"sample_place", "sample_warehouse", "after_sample"}


def tier_of(item: pytest.Item) -> str:
    """The folder under `tests/` that a test lies in."""
    return item.path.relative_to(TESTS).parts[0]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep whole runs out of `unit`, and put files in the order in which several processes are best fed.

    One process begins with the whole run and the other with what needs none; the many small files of `unit` come last,
    so that no core is idle at the end.
    """
    on_whole_run = [item for item in items if WHOLE_RUN & {*getattr(item, "fixturenames", ())}]
    for item in on_whole_run:
        if tier_of(item) == "unit":
            raise pytest.UsageError(f"{item.nodeid} needs a whole run, so it belongs under tests/warehouse/.")
    waiting = {item.path for item in on_whole_run} - {item.path for item in on_whole_run[:1]}
    items.sort(key=lambda item: (tier_of(item) == "unit", item.path in waiting))


@pytest.fixture(autouse=True)
def _no_network() -> None:
    """No test may open a network socket; a server on this machine's own loopback asks for it by name."""
    disable_socket(allow_unix_socket=True)


@pytest.fixture
def loopback(_no_network: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sockets to this machine's own 127.0.0.1 and nowhere else, and no proxy for them."""
    enable_socket()
    socket_allow_hosts(["127.0.0.1"])
    monkeypatch.setenv("NO_PROXY", "*")


def run_in(place: Path, patch: pytest.MonkeyPatch, run_from: str | Path) -> tuple[Settings, Outcome]:
    """Run the whole job, as Dagster does, with its warehouse and snapshots under `place`."""
    from pipelines.defs import launch

    here = use_place(place, patch)
    return here, launch.run(here, run_from=str(run_from), watcher=lambda *_: None)


def use_place(place: Path, patch: pytest.MonkeyPatch) -> Settings:
    """Make this process work under `place`. Returns its settings."""
    patch.setenv("INEQUALITY_WAREHOUSE", str(place / "warehouse"))
    patch.setenv("INEQUALITY_SNAPSHOTS", str(place / "snapshots"))
    return settings.load()


def run_on(here: Settings, run_from: str | Path, *, as_of: date | None = None) -> Run:
    """A run to be walked without Dagster (`pipelines/run/walk.py`)."""
    return Run(here, origin.choose(str(run_from), sample=here.sample, as_of=as_of))


def _run_on_sample(place: Path) -> tuple[Settings, Outcome]:
    with pytest.MonkeyPatch.context() as patch:
        here, outcome = run_in(place, patch, "sample")
    assert outcome.succeeded, outcome.errors
    return here, outcome


@pytest.fixture(scope="session")
def sample_place() -> Iterator[tuple[Path, Settings, Outcome]]:
    """The folder, settings and outcome of one whole run on the embedded sample. Read it; never write there."""
    place, (here, outcome) = built.whole_run(_run_on_sample)
    yield place, here, outcome
    built.check_untouched(place)


@pytest.fixture(scope="session")
def sample_warehouse(sample_place: tuple[Path, Settings, Outcome]) -> Path:
    """The warehouse of one whole run on the embedded sample. Read it; never write there."""
    return sample_place[1].warehouse


@pytest.fixture
def altered_sample(tmp_path: Path) -> Path:
    """A copy of the embedded sample that a test may break."""
    return Path(shutil.copytree(Settings().sample, tmp_path / "input"))


@pytest.fixture
def after_sample(
    sample_place: tuple[Path, Settings, Outcome], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Settings:
    """The settings of a copy of the sample's warehouse, where a release is already current; those of this process."""
    return use_place(built.copy_of(sample_place[0], tmp_path / "place"), monkeypatch)
