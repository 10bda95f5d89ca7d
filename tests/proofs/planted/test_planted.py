"""Planted faults, through the cheap line: some are caught by the net that is meant for their kind, the rest by any.

`python -m tests.proofs.planted` prints which net caught each.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from pipelines import settings
from pipelines.defs.launch import Outcome
from pipelines.settings import Settings
from tests.proofs.planted.faults import FAULTS, plant
from tests.proofs.planted.line import HELD, READING, Caught, send

Place = tuple[Path, Settings, Outcome]

MEANT = {
    "two neighbouring deciles swapped, one year": (HELD, "groups_keep_their_places"),
    "an indicator halved": (HELD, "countries_are_not_missing"),
    "values halved": (HELD, "countries_are_plausible"),
    "one area's value copied to all": (HELD, "areas_do_not_share_one_value"),
    "a suppressed value turned 0": (READING, "no figure of it is shown"),
    "a decile's people nought": (HELD, "tenths_hold_a_tenth_of_the_people"),
    "HTML in place of a CSV": (HELD, "file_can_be_read"),
    "the IMD cut at the end of a row": (HELD, "imd_ranks_are_whole"),
    "an area's rows doubled with other values": (HELD, "file_can_be_read"),
    "an indicator gone": (HELD, "coverage_has_not_shrunk"),
}


@pytest.fixture
def good(sample_place: Place, tmp_path: Path) -> tuple[Path, Path]:
    """A whole run on the sample, and a place on the same disk to go on from it."""
    return sample_place[0], tmp_path / "place"


def sent(folder: Path, good: tuple[Path, Path]) -> Caught:
    return send(folder, good=good[0], place=good[1])


@pytest.mark.parametrize("fault", MEANT)
def test_a_planted_fault_is_caught(fault: str, altered_sample: Path, good: tuple[Path, Path]) -> None:
    plant(fault, altered_sample)
    caught = sent(altered_sample, good)
    assert (caught.net, caught.where) == MEANT[fault], caught.said
    assert not caught.published
    assert len(caught.said) > 40


@pytest.mark.long
@pytest.mark.parametrize("fault", [fault for fault in FAULTS if fault not in MEANT])
def test_every_other_planted_fault_is_caught_by_some_net(
    fault: str, altered_sample: Path, good: tuple[Path, Path]
) -> None:
    plant(fault, altered_sample)
    assert not sent(altered_sample, good).published


def test_the_sample_itself_is_caught_by_nothing(altered_sample: Path, good: tuple[Path, Path]) -> None:
    caught = sent(altered_sample, good)
    assert (caught.net, caught.said.count("reject")) == (READING, 0)


def test_every_fault_changes_a_file(tmp_path: Path) -> None:
    assert len(FAULTS) >= 30
    sample = settings.Settings().sample
    was = {file.relative_to(sample): file.read_bytes() for file in sample.rglob("*") if file.is_file()}
    for fault in FAULTS:
        folder = Path(shutil.copytree(sample, tmp_path / "input"))
        plant(fault, folder)
        now = {file.relative_to(folder): file.read_bytes() for file in folder.rglob("*") if file.is_file()}
        shutil.rmtree(folder)
        assert now != was, fault
