"""The table of what arrived: every file counted once, and a run with too little ends there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest

from pipelines.notes import Kind, Note
from pipelines.settings import Settings
from pipelines.sources.arrival.intake import snapshot_frame
from pipelines.sources.arrival.origin import RunInput
from pipelines.sources.contract import Parsed, Resource, Snapshot, SourceUnavailable, empty_rejected
from pipelines.tables import arrival
from pipelines.tables.arrival import NothingFresh, arrival_table
from pipelines.tables.store import Made, TableRecord
from pipelines.tables.table import Run

NEEDED = Resource(
    name="lookup",
    path="geography/lookup.csv",
    table="lookup",
    description="Which district lies in which region.",
    url="https://publisher.example/lookup",
    publisher="A publisher",
    licence="OGL 3.0",
    cadence="yearly",
    parser=lambda *_: Parsed(pl.DataFrame(), empty_rejected(), 0),
    required=True,
)
EXTRA = replace(NEEDED, name="extra", path="ons/extra.csv", required=False)
KEPT = Snapshot(
    "lookup", NEEDED.path, "", "0" * 64, 1, datetime(2026, 1, 1, tzinfo=UTC), "A publisher", "OGL", False, "publisher"
)
LIVE = RunInput("live", None, "publisher")
FOLDER = RunInput("folder", Path("extracts"), "publisher")
Built = Callable[..., TableRecord]


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Built:
    """Build the table over what two resources got."""
    monkeypatch.setattr(arrival, "resources", lambda: (EXTRA, NEEDED))

    def build(run_input: RunInput, **got: tuple[list[Snapshot], list[Note]]) -> TableRecord:
        run = Run(Settings(warehouse=tmp_path), run_input)
        for name in ("extra", "lookup"):
            kept, notes = got.get(name, ([], []))
            made = Made(snapshot_frame(kept), notes=notes)
            run.store.build(f"raw.{name}", lambda made=made: made, code_version=str(got), description="")
        return arrival_table().build(run)[0]

    return build


def missing(path: str, host: str = "") -> Note:
    return Note(Kind.NOT_HAD, path=path, cause="it answered 404.", host=host)


def test_every_file_is_counted_once_by_its_state(built: Built) -> None:
    fresh, stale = replace(KEPT), replace(KEPT, path="ons/extra.csv", is_stale=True)
    record = built(LIVE, lookup=([fresh], []), extra=([stale], [missing("ons/other.csv")]))
    (note,) = record.notes
    assert (note.kind, note.count) == (Kind.ARRIVALS, 3)
    assert note.counted == ((1, "fresh"), (1, "stale"), (0, "carried over"), (1, "missing"))


def test_a_folder_says_nothing_of_freshness(built: Built) -> None:
    assert built(FOLDER, lookup=([KEPT], [])).notes == []


def test_a_live_run_with_nothing_fresh_ends_with_its_own_exit_code_and_names_the_hosts(built: Built) -> None:
    stale = replace(KEPT, is_stale=True)
    silent = Note(Kind.STALE, path=KEPT.path, cause="no connection", host="publisher.example")
    with pytest.raises(NothingFresh) as error:
        built(LIVE, lookup=([stale], [silent]), extra=([], [missing("ons/extra.csv", "ons.example")]))
    assert error.value.exit_code == 5
    assert "2 files were asked for: 0 fresh, 1 stale, 0 carried over, 1 missing." in error.value.found
    assert error.value.found.endswith("No answer from ons.example, publisher.example.")


def test_what_only_a_folder_can_bring_is_not_fresh(built: Built) -> None:
    with pytest.raises(NothingFresh):
        built(LIVE, lookup=([replace(KEPT, is_carried_over=True)], []))


@pytest.mark.parametrize("run_input", [LIVE, FOLDER, replace(LIVE, as_of=date(2026, 1, 2))])
def test_a_missing_required_file_ends_a_run_with_where_to_get_it(run_input: RunInput, built: Built) -> None:
    other = replace(KEPT, path="ons/extra.csv")
    with pytest.raises(SourceUnavailable) as error:
        built(run_input, extra=([other], []), lookup=([], [missing(NEEDED.path)]))
    for text in ("'lookup'", NEEDED.path, NEEDED.publisher, NEEDED.url, NEEDED.description, "404"):
        assert text in str(error.value)
    assert error.value.exit_code == 1


def test_a_missing_optional_file_ends_nothing(built: Built) -> None:
    assert built(FOLDER, lookup=([KEPT], []), extra=([], [Note(Kind.NOT_IN_INPUT, resource="extra")])).rows == 2
