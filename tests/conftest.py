"""What several test files share: one whole run on the embedded sample, and a way to run on an altered copy of it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings as hypothesis
from pytest_socket import disable_socket, enable_socket, socket_allow_hosts

from pipelines import settings
from pipelines.defs import launch
from pipelines.defs.launch import Outcome
from pipelines.settings import Settings

# A busy machine is no counterexample.
hypothesis.register_profile("patient", deadline=None)
hypothesis.load_profile("patient")

RunOn = Callable[[Path | str], Outcome]


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
    """Run the whole job with its warehouse and snapshots under `place`."""
    patch.setenv("INEQUALITY_WAREHOUSE", str(place / "warehouse"))
    patch.setenv("INEQUALITY_SNAPSHOTS", str(place / "snapshots"))
    here = settings.load()
    return here, launch.run(here, run_from=str(run_from), watcher=lambda *_: None)


@pytest.fixture(scope="session")
def sample_place(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Settings, Outcome]:
    """The folder, settings and outcome of one whole run on the embedded sample. Read it; never write there."""
    place = tmp_path_factory.mktemp("sample_run")
    with pytest.MonkeyPatch.context() as patch:
        here, outcome = run_in(place, patch, "sample")
    assert outcome.succeeded, outcome.errors
    return place, here, outcome


@pytest.fixture(scope="session")
def sample_warehouse(sample_place: tuple[Path, Settings, Outcome]) -> Path:
    """The warehouse of one whole run on the embedded sample. Read it; never write there."""
    return sample_place[1].warehouse


@pytest.fixture
def altered_sample(tmp_path: Path) -> Path:
    """A copy of the embedded sample that a test may break."""
    return Path(shutil.copytree(settings.Settings().sample, tmp_path / "input"))


@pytest.fixture
def run_after_sample(
    sample_place: tuple[Path, Settings, Outcome], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> RunOn:
    """Run on another input in a copy of the sample's warehouse, where a release is already current."""
    place = tmp_path / "place"
    shutil.copytree(sample_place[0], place, symlinks=True)
    return lambda run_from: run_in(place, monkeypatch, run_from)[1]
