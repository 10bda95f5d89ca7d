"""One run at a time, and modelled data never replaces published data unasked."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from pipelines.notes import words
from pipelines.release import publish
from pipelines.release.folder import file_of
from pipelines.run.lock import RunRefused, choose_input, guard_as_of, guard_origin, only_run
from pipelines.settings import Settings
from pipelines.sources import resources
from pipelines.sources.arrival import snapshot
from pipelines.sources.arrival.origin import MODELLED, PUBLISHER, RunInput

HOLD = """
import fcntl, sys
lock = open(sys.argv[1], "w")
fcntl.flock(lock, fcntl.LOCK_EX)
print("held", flush=True)
sys.stdin.read()
"""


def test_a_second_process_is_refused_and_the_lock_goes_with_its_holder(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path / ".lock")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        with pytest.raises(RunRefused, match="Another run holds"), only_run(tmp_path):
            pass
        other.kill()
    with only_run(tmp_path), only_run(tmp_path):
        pass


@pytest.mark.parametrize(
    ("current", "run_from", "asked", "refused"),
    [
        (PUBLISHER, None, MODELLED, True),
        (PUBLISHER, "", MODELLED, True),
        (PUBLISHER, "sample", MODELLED, False),
        (PUBLISHER, None, PUBLISHER, False),
        (MODELLED, None, MODELLED, False),
    ],
)
def test_modelled_data_replaces_published_data_only_when_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, current: str, run_from: str | None, asked: str, refused: bool
) -> None:
    class Now:
        origin, release_id, input = current, "20260101T000000Z_aaaaaaaa", "mirror"

    monkeypatch.setattr(publish, "current", lambda _: Now)
    here = Settings(warehouse=tmp_path)
    run_input = RunInput("sample", tmp_path, asked)
    if refused:
        with pytest.raises(RunRefused, match="publishers' data"):
            guard_origin(here, run_from, run_input)
    else:
        guard_origin(here, run_from, run_input)


def test_a_build_of_an_earlier_day_is_never_refused_for_its_origin(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    class Now:
        origin, release_id, input = PUBLISHER, "20260101T000000Z_aaaaaaaa", "mirror"

    monkeypatch.setattr(publish, "current", lambda _: Now)
    run_input = RunInput("sample", tmp_path, MODELLED, date(2026, 1, 1))
    assert guard_origin(Settings(warehouse=tmp_path), None, run_input) == []


@pytest.mark.parametrize("run_from", [None, "sample"])
def test_a_current_release_that_cannot_be_read_is_replaced_only_by_a_named_input(
    tmp_path: Path, run_from: str | None
) -> None:
    (tmp_path / "current.duckdb").write_bytes(b"half a release")
    here, run_input = Settings(warehouse=tmp_path), RunInput("sample", tmp_path, MODELLED)
    if run_from:
        (note,) = guard_origin(here, run_from, run_input)
        assert "replaces the current release, which cannot be read" in words(note)
    else:
        with pytest.raises(RunRefused, match=r"cannot be read(.|\n)*--from live"):
            guard_origin(here, run_from, run_input)


REQUIRED = [resource for resource in resources() if resource.required]


def keep_snapshots(root: Path, monkeypatch: pytest.MonkeyPatch, days: dict[str, str]) -> None:
    """Keep a snapshot of each required resource as if taken at noon of its day; of those not in `days`, of "rest"."""
    for resource in REQUIRED:
        day = datetime.fromisoformat(days.get(resource.name, days["rest"])).replace(hour=12, tzinfo=UTC)

        class At(datetime):
            @classmethod
            def now(cls, _zone: object = None, moment: datetime = day) -> datetime:  # type: ignore[override]
                return moment

        with monkeypatch.context() as patch:
            patch.setattr(snapshot, "datetime", At)
            path = resource.path.replace("*", "one")
            said = {"url": "", "publisher": "", "licence": "", "is_modelled": True}
            snapshot.capture(root, b"x", resource=resource, origin=MODELLED, path=path, **said)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("day", "said"),
    [
        ("2026-03-01", r"Nothing was known on 2026-03-01: the oldest snapshot is of 2026-03-02(.|\n)*2026-03-05"),
        ("2026-03-04", rf"Not enough was known on 2026-03-04: no snapshot of {REQUIRED[0].name} is as old"),
        ("2026-03-05", None),
    ],
)
def test_a_day_before_anything_was_known_is_refused_with_the_first_that_will_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, day: str, said: str | None
) -> None:
    here = Settings(snapshots=tmp_path)
    keep_snapshots(tmp_path, monkeypatch, {"rest": "2026-03-02", REQUIRED[0].name: "2026-03-05"})
    run_input = RunInput("sample", tmp_path, MODELLED, date.fromisoformat(day))
    if said:
        with pytest.raises(RunRefused, match=said):
            guard_as_of(here, run_input, REQUIRED)
    else:
        guard_as_of(here, run_input, REQUIRED)
    with pytest.raises(RunRefused, match="there are no publisher snapshots"):
        guard_as_of(here, replace(run_input, origin=PUBLISHER), REQUIRED)


def test_a_day_to_come_is_refused(tmp_path: Path) -> None:
    tomorrow = datetime.now(UTC).date() + timedelta(days=1)
    with pytest.raises(RunRefused, match=f"Nothing can be known of {tomorrow} yet"):
        guard_as_of(Settings(snapshots=tmp_path), RunInput("sample", tmp_path, MODELLED, tomorrow), REQUIRED)


@pytest.mark.parametrize(
    ("current", "run_from", "as_of", "kind"),
    [
        (PUBLISHER, None, date(2026, 3, 1), "live"),
        (MODELLED, None, date(2026, 3, 1), "sample"),
        (PUBLISHER, "sample", date(2026, 3, 1), "sample"),
        (PUBLISHER, None, None, "sample"),
    ],
)
def test_a_build_of_an_earlier_day_keeps_to_the_origin_of_the_current_release(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, current: str, run_from: str | None, as_of: date | None, kind: str
) -> None:
    class Now:
        origin = current

    monkeypatch.setattr(publish, "current", lambda _: Now)
    assert choose_input(Settings(warehouse=tmp_path), run_from, as_of=as_of).kind == kind


WRITER = """
import duckdb, sys
held = duckdb.connect(sys.argv[1])
print("open", flush=True)
sys.stdin.read()
"""


def test_a_release_that_an_analyst_has_open_for_writing_is_named_and_stops_the_run(tmp_path: Path) -> None:
    here = Settings(warehouse=tmp_path)
    release = file_of(tmp_path, "20260101T000000Z_aaaaaaaa")
    release.parent.mkdir()
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, str(release)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as analyst:
        assert analyst.stdout is not None
        assert analyst.stdout.readline() == "open\n"
        (tmp_path / "current.duckdb").symlink_to(release)
        with pytest.raises(publish.ReleaseInUse, match="open for writing") as refused:
            guard_origin(here, "sample", RunInput("sample", tmp_path, MODELLED))
        assert str(analyst.pid) in refused.value.found
        analyst.kill()
