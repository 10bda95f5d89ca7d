"""What became of every run: none is forgotten, none is invented, and a damaged file loses no publication."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipelines.errors import ProductError
from pipelines.notes import Kind, Note
from pipelines.status import runs
from pipelines.status.runs import Ended, Fault, Outcome

NIGHT = datetime(2026, 3, 1, 2, 5, tzinfo=UTC)
GOOD = Ended(Outcome.PUBLISHED, NIGHT, release_id="1")
BAD = Ended(Outcome.FAILED, NIGHT, faults=(Fault("A file is empty.", "empty"),))


def test_a_run_that_ends_is_noted_with_its_beginning_and_its_mark_goes(tmp_path: Path) -> None:
    runs.begin(tmp_path, starter="schedule", source="live")
    assert runs.at_work(tmp_path)
    runs.end(tmp_path, GOOD, held_back=[Note(Kind.HELD_BACK, path="a.csv")])
    (one,) = runs.known(tmp_path).runs
    assert (one.outcome, one.starter, one.input, one.release_id) == (Outcome.PUBLISHED, "schedule", "live", "1")
    assert one.started_at
    assert runs.at_work(tmp_path) is None
    assert [note.path for note in runs.known(tmp_path).held_back] == ["a.csv"]


def test_a_run_that_left_its_mark_is_closed_by_the_next_one(tmp_path: Path) -> None:
    runs.begin(tmp_path, starter="ui", source="live")
    runs.begin(tmp_path, starter="schedule", source="live")
    (died,) = runs.known(tmp_path).runs
    assert (died.outcome, died.starter) == (Outcome.DIED, "ui")
    mark = runs.at_work(tmp_path)
    assert mark
    assert mark.starter == "schedule"


def test_a_run_that_is_refused_leaves_the_mark_of_the_one_at_work(tmp_path: Path) -> None:
    runs.begin(tmp_path, starter="schedule", source="live")
    runs.end(tmp_path, Ended(Outcome.DID_NOT_START, NIGHT, starter="command"))
    mark = runs.at_work(tmp_path)
    assert mark
    assert mark.starter == "schedule"
    assert runs.known(tmp_path).runs[-1].starter == "command"


def test_a_mark_that_was_cut_short_counts_as_a_run(tmp_path: Path) -> None:
    (tmp_path / runs.MARK).write_bytes(b"")
    runs.begin(tmp_path, starter="command", source="sample")
    assert [run.outcome for run in runs.known(tmp_path).runs] == [Outcome.DIED]


def test_a_failure_keeps_what_was_published_and_confirmed(tmp_path: Path) -> None:
    runs.end(tmp_path, GOOD, held_back=[])
    runs.end(tmp_path, BAD)
    known = runs.known(tmp_path)
    assert [run.outcome for run in known.runs] == [Outcome.PUBLISHED, Outcome.FAILED]
    assert known.confirmed_at == NIGHT
    said = json.loads((tmp_path / "status.json").read_text())
    assert (said["release_id"], said["last_outcome"], said["last_errors"]) == ("1", "failed", ["A file is empty."])


def test_only_so_many_are_remembered(tmp_path: Path) -> None:
    for _ in range(runs.MOST_RUNS + 3):
        runs.end(tmp_path, BAD)
    assert len(runs.known(tmp_path).runs) == runs.MOST_RUNS


@pytest.mark.parametrize("text", ["{", "[]", '{"last_outcome": "failed"}', '{"runs": [{}]}', "null", "\x00", "\xff"])
def test_a_damaged_file_is_named_and_the_next_run_writes_it_anew(tmp_path: Path, text: str) -> None:
    (tmp_path / "status.json").write_text(text, encoding="latin-1")
    assert runs.known(tmp_path) == runs.Known(is_damaged=True)
    runs.end(tmp_path, GOOD)
    assert runs.known(tmp_path).runs[-1].outcome is Outcome.PUBLISHED


def test_a_file_of_an_earlier_version_tells_its_last_run(tmp_path: Path) -> None:
    said = {"last_checked_at": "2026-03-01T02:05:00+00:00", "last_outcome": "failed", "last_errors": ["A file."]}
    (tmp_path / "status.json").write_text(json.dumps(said))
    (one,) = runs.known(tmp_path).runs
    assert (one.outcome, one.ended_at, one.faults[0].text) == (Outcome.FAILED, NIGHT, "A file.")


def test_the_same_cause_is_the_same_whatever_is_counted() -> None:
    def fault(count: int, where: str) -> Fault:
        return runs.fault_of(ProductError(f"{count} files are gone.", where=where, found=str(count)))

    assert fault(3, "a_92443.csv").cause == fault(4, "a_92443.csv").cause
    assert fault(3, "a_92443.csv").cause != fault(3, "a_92901.csv").cause
    assert fault(3, "").text != fault(4, "").text
