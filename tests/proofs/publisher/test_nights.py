"""The nights hold, and what they are judged by can be trusted: the clock, the editions of files and the receiver."""

from __future__ import annotations

import shutil
import urllib.request
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from pytest_socket import enable_socket

from pipelines.settings import Settings
from tests.proofs.publisher import nights
from tests.proofs.publisher.own_clock import OwnTime, set_ahead
from tests.proofs.publisher.receiver import Alert, receiving

EDITIONS = (nights.OBESITY, nights.HEALTHY_LIFE, nights.INACTIVITY, nights.SMOKING, nights.RENAMED, nights.REBASE)


def test_a_clock_is_ahead_and_what_it_makes_are_true_datetimes() -> None:
    set_ahead(86_400)
    try:
        now = OwnTime.now(UTC)
        assert timedelta(hours=23) < now - datetime.now(UTC) < timedelta(hours=25)
        assert {type(now), type(OwnTime(2026, 1, 1)), type(OwnTime.fromisoformat("2026-01-01"))} == {datetime}
        assert isinstance(now, OwnTime)
    finally:
        set_ahead(0)


@pytest.mark.parametrize("edition", EDITIONS, ids=lambda one: f"{type(one).__name__} {one.path}")
def test_an_edition_changes_its_own_file_alone(
    edition: nights.Revision | nights.Rebase | nights.Renamed, tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(Settings().sample, tmp_path / "published"))
    edition.issue(folder)
    files = [file.relative_to(folder) for file in folder.rglob("*") if file.is_file()]
    changed = [file for file in files if (folder / file).read_bytes() != (Settings().sample / file).read_bytes()]
    assert [*map(str, changed)] == [edition.path]


def test_a_figure_is_expected_in_its_cell_alone() -> None:
    cells = pl.DataFrame(
        {"path": [nights.OBESITY.path] * 2, "area_code": ["X06000017", "X06000008"], "value": [21.71041, 21.71041]}
    )
    assert nights.OBESITY.expected(cells)["value"].to_list() == [22.1, 21.71041]


def test_whoever_is_told_keeps_what_came() -> None:
    enable_socket()
    with receiving() as receiver:
        address = receiver.address.replace("json:", "http:")
        body = b'{"title": "inequality-pipelines: a trial", "message": "This only tries."}'
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(address, body, timeout=5) as answer:
            assert answer.status == 200
        assert receiver.taken() == [Alert("inequality-pipelines: a trial", "This only tries.")]
        assert receiver.taken() == []
