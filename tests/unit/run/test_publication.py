"""A release over failed critical checks bears the name of whoever published it, in the file and in `status`."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import polars as pl
import pytest

from pipelines.notes import Kind, Note
from pipelines.quality.finding import CRITICAL, Finding, finding_frame
from pipelines.release import overrule
from pipelines.release.folder import Release, ReleaseRefused
from pipelines.release.publish import Published
from pipelines.release.query import SOURCE_HEALTH
from pipelines.run import publication
from pipelines.status import runs

BROKEN = Finding("core.gradient", "limits_hold", CRITICAL, False, False, "Limits hold.", broken=2)


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> list[Release]:
    """The releases that are written, of a run of which nothing is known but that one critical check failed."""
    made: list[Release] = []
    past = SimpleNamespace(
        findings=[], revisions=pl.DataFrame({"cells": [0]}), before=None, notes=[], close=lambda *_: []
    )

    def write(*_: object, release: Release, **__: object) -> Published:
        made.append(release)
        return Published(Path("file"))

    checked = {"check_result": overrule.marked(finding_frame([BROKEN]))}
    for name, stand_in in {
        "shipped": tuple,
        "health_of_sources": lambda _: SimpleNamespace(frame=pl.DataFrame(), notes=[]),
        "meta_frames": lambda *_: dict(checked),
        "open_for": lambda *_, **__: past,
        "shown_revisions": lambda *_: [],
    }.items():
        monkeypatch.setattr(publication, name, stand_in)
    monkeypatch.setattr(publication.publish, "published_hash", lambda *_, **__: "0" * 64)
    monkeypatch.setattr(publication.publish, "publish", write)
    return made


def run(warehouse: Path, *, force: str) -> Any:
    return SimpleNamespace(
        settings=SimpleNamespace(warehouse=warehouse, sql=warehouse, keep_releases=14),
        store=SimpleNamespace(read=lambda _: pl.DataFrame()),
        run_input=SimpleNamespace(label="sample", origin="modelled", as_of=None),
        gate=SimpleNamespace(frame=None, accepted_frame=None, held=(), settled=()),
        as_of=None,
        force=force,
    )


def test_a_host_that_was_silent_stays_named_for_files_that_this_run_did_not_ask_for(tmp_path: Path) -> None:
    file = tmp_path / SOURCE_HEALTH
    file.parent.mkdir()
    named = pl.DataFrame({"path": ["a/1.csv", "b/1.csv"], "silent_host": ["down.example"] * 2})
    said = {"state": pl.lit("stale"), "reason": pl.lit("Old."), "retrieved_at": pl.datetime(2026, 3, 1)}
    named.with_columns(**said).write_parquet(file)
    note = Note(Kind.STALE, path="c/1.csv", host="other.example")
    now = SimpleNamespace(
        settings=SimpleNamespace(warehouse=tmp_path),
        is_asked=lambda path: path.startswith("b/"),
        store=SimpleNamespace(record=lambda _: SimpleNamespace(notes=[note])),
    )
    assert publication._silent_hosts(now) == {"a/1.csv": "down.example", "c/1.csv": "other.example"}  # type: ignore[arg-type]


def test_a_forced_release_says_who_forced_it_and_why(tmp_path: Path, written: list[Release]) -> None:
    done = publication.publish_release(run(tmp_path, force="The publisher knows."))
    (made,) = written
    assert (made.forced_by, made.forced_reason) == (overrule.whoever_runs_this(), "The publisher knows.")
    for told in (runs.known(tmp_path).forced, *(note.by for note in done.notes)):
        assert overrule.whoever_runs_this() in told


def test_without_a_reason_nothing_is_written(tmp_path: Path, written: list[Release]) -> None:
    with pytest.raises(ReleaseRefused, match="limits_hold"):
        publication.publish_release(run(tmp_path, force=""))
    assert written == []
