"""Snapshots: bytes kept once and for ever, found by day, refused when they changed on disk."""

from __future__ import annotations

import hashlib
import json
import stat
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Self

import pytest

from pipelines.files import write_atomically
from pipelines.sources.arrival import snapshot as snapshots
from pipelines.sources.contract import ContractBroken, Parsed, Resource, Snapshot

PATH = "folder/file.csv"


def never_parsed(content: bytes, kept: Snapshot) -> Parsed:
    raise AssertionError("A snapshot is not parsed here.")


RESOURCE = Resource(
    name="made",
    path=PATH,
    table="made",
    description="A made file.",
    url="https://publisher.example/file.csv",
    publisher="A publisher",
    licence="OGL 3.0",
    cadence="never",
    parser=never_parsed,
)


def capture(root: Path, content: bytes, *, path: str = PATH, is_modelled: bool = False, note: str = "") -> Snapshot:
    return snapshots.capture(
        root,
        content,
        resource=RESOURCE,
        origin="publisher",
        path=path,
        url=RESOURCE.url,
        publisher=RESOURCE.publisher,
        licence=RESOURCE.licence,
        is_modelled=is_modelled,
        note=note,
    )


def history(root: Path, path: str = PATH) -> list[Snapshot]:
    return snapshots.history(root, "publisher", path)


def files(root: Path, path: str = PATH) -> list[Path]:
    return sorted((root / "publisher" / path).iterdir())


class Clock(datetime):
    """A clock that moves only when told."""

    instant = "2026-03-01T12:00:00+00:00"

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> Self:
        assert tz is UTC
        return cls.fromisoformat(cls.instant)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> type[Clock]:
    monkeypatch.setattr(snapshots, "datetime", Clock)
    monkeypatch.setattr(Clock, "instant", Clock.instant)
    return Clock


def test_the_same_bytes_make_no_new_snapshot(tmp_path: Path) -> None:
    first = capture(tmp_path, b"a,b\n1,2\n")
    assert capture(tmp_path, b"a,b\n1,2\n") == first
    assert history(tmp_path) == [first]
    assert len(files(tmp_path)) == 2


def test_changed_bytes_make_a_second_and_keep_the_first(tmp_path: Path) -> None:
    first, second = capture(tmp_path, b"one"), capture(tmp_path, b"two")
    assert history(tmp_path) == [first, second]
    assert [snapshots.read(tmp_path, kept) for kept in (first, second)] == [b"one", b"two"]


def test_bytes_that_come_back_make_a_third(tmp_path: Path) -> None:
    for content in (b"one", b"two", b"one"):
        capture(tmp_path, content)
    assert [snapshots.read(tmp_path, kept) for kept in history(tmp_path)] == [b"one", b"two", b"one"]
    assert capture(tmp_path, b"one") == history(tmp_path)[2]


def test_what_is_said_of_the_same_bytes_now_holds_for_this_run(tmp_path: Path) -> None:
    first = capture(tmp_path, b"one", is_modelled=True, note="A guess.")
    again = capture(tmp_path, b"one", is_modelled=False, note="Measured after all.")
    assert (again.is_modelled, again.note) == (False, "Measured after all.")
    assert (again.sha256, again.retrieved_at) == (first.sha256, first.retrieved_at)
    assert history(tmp_path) == [first]


def test_paths_and_origins_are_kept_apart(tmp_path: Path) -> None:
    capture(tmp_path, b"one")
    capture(tmp_path, b"one", path="folder/other.csv")
    assert len(history(tmp_path)) == len(history(tmp_path, "folder/other.csv")) == 1
    assert snapshots.history(tmp_path, "modelled", PATH) == []


def test_the_sidecar_says_where_and_when(tmp_path: Path) -> None:
    kept = capture(tmp_path, b"one", note="By hand.")
    _, sidecar = files(tmp_path)
    said = json.loads(sidecar.read_text(encoding="utf-8"))
    assert said == asdict(kept) | {"retrieved_at": kept.retrieved_at.isoformat()}
    assert said["sha256"] == hashlib.sha256(b"one").hexdigest()
    assert (said["bytes"], said["path"], said["origin"], said["note"]) == (3, PATH, "publisher", "By hand.")
    assert (said["url"], said["publisher"], said["licence"]) == (RESOURCE.url, RESOURCE.publisher, RESOURCE.licence)
    assert datetime.fromisoformat(said["retrieved_at"]).utcoffset() == timedelta(0)


def test_the_bytes_lie_unchanged_under_their_own_extension_and_are_read_only(tmp_path: Path) -> None:
    kept = capture(tmp_path, b"\xef\xbb\xbfa\r\n\x00")
    file, sidecar = files(tmp_path)
    assert file.read_bytes() == b"\xef\xbb\xbfa\r\n\x00"
    assert file.name.endswith(f"_{kept.sha256[:12]}.csv")
    assert sidecar.name == file.name + ".json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o444


def test_a_crash_between_bytes_and_sidecar_is_no_snapshot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write = write_atomically

    def crash(path: Path, content: bytes) -> None:
        if path.suffix == ".json":
            raise OSError("power cut")
        write(path, content)

    with monkeypatch.context() as patch:
        patch.setattr(snapshots, "write_atomically", crash)
        with pytest.raises(OSError, match="power cut"):
            capture(tmp_path, b"one")
    assert len(files(tmp_path)) == 1
    assert history(tmp_path) == []
    assert snapshots.newest(tmp_path, "publisher", PATH) is None
    kept = capture(tmp_path, b"one")
    assert snapshots.read(tmp_path, kept) == b"one"


def test_changed_bytes_on_disk_are_refused_with_the_path(tmp_path: Path) -> None:
    kept = capture(tmp_path, b"one")
    file = files(tmp_path)[0]
    file.chmod(0o644)
    file.write_bytes(b"two")
    with pytest.raises(ContractBroken, match="changed on disk") as broken:
        snapshots.read(tmp_path, kept)
    assert broken.value.where == str(file)
    assert kept.sha256 in broken.value.expected


def test_deleted_bytes_are_refused_with_the_path(tmp_path: Path) -> None:
    kept = capture(tmp_path, b"one")
    file = files(tmp_path)[0]
    file.unlink()
    with pytest.raises(ContractBroken, match="0 bytes") as broken:
        snapshots.read(tmp_path, kept)
    assert broken.value.where == str(file)


def test_no_bytes_are_refused_and_leave_nothing(tmp_path: Path) -> None:
    with pytest.raises(ContractBroken, match="A file is empty") as broken:
        capture(tmp_path, b"")
    assert broken.value.where == PATH
    assert list(tmp_path.iterdir()) == []


def test_as_of_picks_the_newest_on_or_before_the_day(tmp_path: Path, clock: type[Clock]) -> None:
    for day, content in ((1, b"one"), (5, b"two"), (9, b"three")):
        clock.instant = f"2026-03-0{day}T23:59:00+00:00"
        capture(tmp_path, content)

    def read_as_of(day: date | None) -> bytes | None:
        kept = snapshots.newest(tmp_path, "publisher", PATH, as_of=day)
        return snapshots.read(tmp_path, kept) if kept else None

    assert read_as_of(date(2026, 2, 28)) is None
    assert read_as_of(date(2026, 3, 1)) == b"one"
    assert read_as_of(date(2026, 3, 8)) == b"two"
    assert read_as_of(date(2026, 3, 9)) == b"three"
    assert read_as_of(None) == b"three"


def test_a_file_that_is_json_is_not_taken_for_a_sidecar(tmp_path: Path) -> None:
    first = capture(tmp_path, b'{"a": 1}', path="folder/answer.json")
    assert capture(tmp_path, b'{"a": 1}', path="folder/answer.json") == first
    assert history(tmp_path, "folder/answer.json") == [first]
    assert snapshots.read(tmp_path, first) == b'{"a": 1}'


def test_paths_finds_what_a_glob_matches(tmp_path: Path) -> None:
    for path in ("folder/b.csv", "folder/a.csv", "other/c.csv"):
        capture(tmp_path, b"one", path=path)
    assert snapshots.paths(tmp_path, "publisher", "folder/*.csv") == ["folder/a.csv", "folder/b.csv"]
    assert snapshots.paths(tmp_path, "publisher", "other/c.csv") == ["other/c.csv"]
    assert snapshots.paths(tmp_path, "modelled", "folder/*.csv") == []


def test_a_write_that_fails_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "file"
    write_atomically(file, b"old")

    def crash(_: int) -> None:
        raise OSError("disk full")

    monkeypatch.setattr("pipelines.files.os.fsync", crash)
    with pytest.raises(OSError, match="disk full"):
        write_atomically(file, b"new")
    assert file.read_bytes() == b"old"


def capture_file(root: Path, content: bytes, **said: str) -> Snapshot:
    """As a live run does: the bytes come as a file beside the snapshots."""
    file = root / ".incoming" / "1.partial"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    kept = snapshots.capture(
        root,
        file,
        resource=RESOURCE,
        origin="publisher",
        path=PATH,
        url=RESOURCE.url,
        publisher=RESOURCE.publisher,
        licence=RESOURCE.licence,
        is_modelled=False,
        **said,
    )
    assert not file.exists()
    return kept


def test_a_file_is_moved_and_kept_like_bytes(tmp_path: Path) -> None:
    kept = capture_file(tmp_path, b"one")
    assert (kept.bytes, snapshots.read(tmp_path, kept)) == (3, b"one")
    assert capture(tmp_path, b"one") == kept
    assert capture_file(tmp_path, b"one") == kept
    assert history(tmp_path) == [kept]
    assert stat.S_IMODE(files(tmp_path)[0].stat().st_mode) == 0o444


def test_the_same_bytes_under_a_new_validator_are_asked_for_with_it_next_time(tmp_path: Path) -> None:
    first = capture_file(tmp_path, b"one", etag='"1"')
    second = capture_file(tmp_path, b"one", etag='"2"', last_modified="Sun, 01 Nov 2026 00:00:00 GMT")
    assert (second.etag, second.last_modified) == ('"2"', "Sun, 01 Nov 2026 00:00:00 GMT")
    assert second.retrieved_at == first.retrieved_at
    assert history(tmp_path) == [second]
    # A folder run of the same bytes, which has no validators, does not forget them.
    capture(tmp_path, b"one")
    assert history(tmp_path) == [second]


def test_a_sidecar_from_before_a_field_was_thought_of_is_read(tmp_path: Path) -> None:
    kept = capture(tmp_path, b"one")
    sidecar = files(tmp_path)[1]
    fields = json.loads(sidecar.read_text(encoding="utf-8"))
    del fields["etag"], fields["last_modified"], fields["is_carried_over"]
    sidecar.write_text(json.dumps(fields), encoding="utf-8")
    assert history(tmp_path) == [kept]


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ContractBroken, match="A file is empty"):
        capture_file(tmp_path, b"")


def test_bytes_that_went_missing_are_kept_again(tmp_path: Path) -> None:
    kept = capture(tmp_path, b"one")
    files(tmp_path)[0].unlink()
    assert not snapshots.has_bytes(tmp_path, kept)
    again = capture(tmp_path, b"one")
    assert snapshots.has_bytes(tmp_path, again)
    assert snapshots.read(tmp_path, again) == b"one"


def night(clock: type[Clock], root: Path, day: str, content: bytes) -> Snapshot:
    clock.instant = f"{day}T12:00:00+00:00"
    return capture(root, content)


def test_older_bytes_that_come_back_after_others_are_a_return_and_not_fresh(tmp_path: Path, clock: type[Clock]) -> None:
    first = night(clock, tmp_path, "2026-03-01", b"a")
    second = night(clock, tmp_path, "2026-03-02", b"b")
    back = night(clock, tmp_path, "2026-03-03", b"a")
    assert [snapshots.returned_from(tmp_path, one) for one in (first, second, back)] == [None, None, first]
    assert night(clock, tmp_path, "2026-03-04", b"a") == back
    again = night(clock, tmp_path, "2026-03-05", b"b")
    assert snapshots.returned_from(tmp_path, again) == second


def test_a_clock_two_years_ahead_for_one_night_leaves_no_snapshot_per_run(tmp_path: Path, clock: type[Clock]) -> None:
    night(clock, tmp_path, "2026-03-01", b"a")
    night(clock, tmp_path, "2028-03-02", b"b")
    for day in (3, 4, 5):
        night(clock, tmp_path, f"2026-03-{day:02}", b"b")
    night(clock, tmp_path, "2026-03-06", b"c")
    for day in (7, 8):
        night(clock, tmp_path, f"2026-03-{day:02}", b"c")
    taken = [(f"{one.retrieved_at:%Y-%m-%d}", one.number) for one in history(tmp_path)]
    assert taken == [("2026-03-01", 1), ("2028-03-02", 2), ("2026-03-03", 3), ("2026-03-06", 4)]
    days = {day: snapshots.newest(tmp_path, "publisher", PATH, as_of=date(2026, 3, day)) for day in (1, 2, 3, 5, 6, 9)}
    sizes = {day: kept.number if kept else None for day, kept in days.items()}
    assert sizes == {1: 1, 2: 1, 3: 3, 5: 3, 6: 4, 9: 4}
    assert snapshots.returned_from(tmp_path, history(tmp_path)[2]) is None


def test_snapshots_of_an_earlier_version_come_first(tmp_path: Path, clock: type[Clock]) -> None:
    for day, content in (("2026-03-01", b"a"), ("2026-03-02", b"b")):
        night(clock, tmp_path, day, content)
    for sidecar in files(tmp_path):
        if sidecar.suffix == ".json":
            said = json.loads(sidecar.read_text())
            del said["number"]
            sidecar.write_text(json.dumps(said))
    night(clock, tmp_path, "2026-03-03", b"c")
    assert [one.number for one in history(tmp_path)] == [0, 0, 1]
