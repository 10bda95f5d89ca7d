"""A backup is whole though a run publishes meanwhile, and restored on an empty machine it is what it was."""

from __future__ import annotations

import shutil
import threading
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipelines import integrity
from pipelines.backup import BackupRefused, back_up, restore
from pipelines.cli.app import app
from pipelines.release import folder, journal
from pipelines.settings import Settings
from tests.proofs.release.prepared import Place, release_id


@pytest.fixture
def place(tmp_path: Path) -> Place:
    here = Place(tmp_path / "place", rows=50, keep=3)
    here.root.mkdir()
    here.prepare(3)
    here.publish(1, 0)
    here.publish(2, 1)
    folder.tag(here.warehouse, release_id(1, 0), "board")
    return here


def settings_of(place: Place) -> Settings:
    return Settings(warehouse=place.warehouse, snapshots=place.snapshots)


def empty(tmp_path: Path, name: str = "other machine") -> Settings:
    return Settings(warehouse=tmp_path / name / "warehouse", snapshots=tmp_path / name / "snapshots")


def damages(here: Settings) -> list[integrity.Damage]:
    return integrity.verify(snapshots=here.snapshots, tables=here.tables, warehouse=here.warehouse).damages


def test_an_empty_machine_has_it_all_again_and_goes_on(place: Place, tmp_path: Path) -> None:
    made = back_up(settings_of(place), tmp_path / "backup")
    there = empty(tmp_path)
    assert restore(tmp_path / "backup", there).release_id == made.release_id == release_id(2, 1)
    assert damages(there) == []
    assert folder.label_of(there.warehouse, release_id(1, 0)) == "board"
    assert journal.moves(there.warehouse) == journal.moves(place.warehouse)
    shutil.rmtree(place.warehouse / "releases")
    shutil.copytree(there.warehouse / "releases", place.warehouse / "releases")
    assert place.publish(3, 2)
    assert place.edition() == 2


def test_only_what_is_new_is_copied_again_and_what_was_pruned_stays(place: Place, tmp_path: Path) -> None:
    first = back_up(settings_of(place), tmp_path / "backup")
    assert first.copied == first.files
    assert back_up(settings_of(place), tmp_path / "backup").copied == 0
    place.publish(3, 2)
    again = back_up(settings_of(place), tmp_path / "backup")
    # The file, its checksums, two tables as Parquet, and the journal.
    assert (again.copied, again.files) == (5, first.files + 4)


def test_it_is_whole_though_runs_publish_meanwhile(place: Place, tmp_path: Path) -> None:
    done = threading.Event()
    fault: list[BaseException] = []

    def nights() -> None:
        try:
            for number in range(3, 9):
                place.publish(number, number % 3)
        except BaseException as error:  # noqa: BLE001 - told to the test
            fault.append(error)
        finally:
            done.set()

    runs = threading.Thread(target=nights)
    runs.start()
    count = 0
    while not done.is_set() or not count:
        back_up(settings_of(place), tmp_path / f"backup {count}")
        count += 1
    runs.join()
    assert fault == []
    for number in range(count):
        there = empty(tmp_path, f"machine {number}")
        restore(tmp_path / f"backup {number}", there)
        assert damages(there) == []


def test_what_others_keep_and_what_is_half_written_is_not_copied(place: Place, tmp_path: Path) -> None:
    releases = place.warehouse / "releases"
    for name in (".partial-1.duckdb", "inequality_copy.duckdb", "notes.txt"):
        (releases / name).write_text("x")
    spill = releases / f"inequality_{release_id(2, 1)}.duckdb.tmp"
    spill.mkdir()
    (spill / "block").write_text("x")
    back_up(settings_of(place), tmp_path / "backup")
    found = {file.name for file in (tmp_path / "backup" / "warehouse" / "releases").rglob("*")}
    assert not found & {".partial-1.duckdb", "inequality_copy.duckdb", "notes.txt", "block", spill.name}


def test_a_restore_never_mixes_and_never_takes_what_is_damaged(place: Place, tmp_path: Path) -> None:
    back_up(settings_of(place), tmp_path / "backup")
    with pytest.raises(BackupRefused, match="never mixes"):
        restore(tmp_path / "backup", settings_of(place))
    with pytest.raises(BackupRefused, match="no backup"):
        restore(tmp_path / "place", empty(tmp_path))
    file = next((tmp_path / "backup" / "snapshots").rglob("*.csv/*.csv"))
    file.chmod(0o644)
    file.write_bytes(b"other")
    with pytest.raises(BackupRefused, match="1 files of the backup are not what was backed up"):
        restore(tmp_path / "backup", empty(tmp_path))
    assert not (empty(tmp_path).warehouse / "releases").exists()


def test_a_backup_within_what_is_backed_up_is_refused(place: Place) -> None:
    with pytest.raises(BackupRefused, match="outside"):
        back_up(settings_of(place), place.warehouse / "backup")


def test_the_commands_say_what_they_did(place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INEQUALITY_WAREHOUSE", str(place.warehouse))
    monkeypatch.setenv("INEQUALITY_SNAPSHOTS", str(place.snapshots))
    made = CliRunner().invoke(app, ["backup", str(tmp_path / "backup")])
    assert (made.exit_code, f"{release_id(2, 1)} was current" in made.output) == (0, True)
    there = empty(tmp_path)
    monkeypatch.setenv("INEQUALITY_WAREHOUSE", str(there.warehouse))
    monkeypatch.setenv("INEQUALITY_SNAPSHOTS", str(there.snapshots))
    again = CliRunner().invoke(app, ["restore", str(tmp_path / "backup")])
    assert (again.exit_code, f"{release_id(2, 1)} is current" in again.output) == (0, True)
    assert CliRunner().invoke(app, ["verify"]).exit_code == 0
