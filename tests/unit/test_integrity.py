"""Whatever is damaged on disk is found and named, and after a repair the next build or publish makes it anew."""

from __future__ import annotations

import shutil
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

from pipelines import integrity
from pipelines.cli.app import app
from pipelines.files import sha256_of
from pipelines.integrity import LOG, RELEASE, SNAPSHOT, TABLE, Verified
from pipelines.release import folder as shelf
from pipelines.release.checksums import sums_of
from pipelines.release.folder import file_of
from pipelines.sources.arrival import snapshot
from pipelines.tables.store import Store
from tests.proofs.release.prepared import TABLES, Place


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """Two releases, three snapshots, and the tables of the current edition as the warehouse's own."""
    here = Place(tmp_path_factory.mktemp("whole"), rows=50)
    here.prepare(2)
    here.publish(1, 0)
    here.publish(2, 1)
    return here


@pytest.fixture
def place(whole: Place, tmp_path: Path) -> Place:
    """A copy that a test may damage."""
    shutil.copytree(whole.root, tmp_path / "place", symlinks=True)
    return Place(tmp_path / "place", rows=50)


def tables(place: Place) -> Path:
    return place.store(1).root


def look(place: Place) -> Verified:
    return integrity.verify(snapshots=place.snapshots, tables=tables(place), warehouse=place.warehouse)


def mend(place: Place, found: Verified) -> int:
    return integrity.repair(found, snapshots=place.snapshots, warehouse=place.warehouse)


def flip(file: Path, place: float = 0.5) -> None:
    content = bytearray(file.read_bytes())
    content[min(int(len(content) * place), len(content) - 1)] ^= 1
    file.chmod(0o644)
    file.write_bytes(content)


def bytes_of(place: Place) -> Path:
    return snapshot.sidecars(place.snapshots)[0].with_suffix("")


def test_everything_whole_is_looked_at_and_nothing_is_named(place: Place) -> None:
    found = look(place)
    assert found.looked_at == {SNAPSHOT: 3, TABLE: 3, RELEASE: 2, LOG: 0}
    assert found.damages == []


@pytest.mark.parametrize("where", [0, 0.2, 0.4, 0.6, 0.8, 1])
@pytest.mark.parametrize("kind", [SNAPSHOT, TABLE, RELEASE, "parquet beside"])
def test_one_flipped_bit_is_found_wherever_it_is(place: Place, kind: str, where: float) -> None:
    old = file_of(place.warehouse, "20260301T000001Z_00000000")
    file = {
        SNAPSHOT: bytes_of(place),
        TABLE: place.store(1).path(TABLES[0]),
        RELEASE: old,
        "parquet beside": old.with_suffix("") / "published" / "one.parquet",
    }[kind]
    flip(file, where)
    (damage,) = look(place).damages
    assert damage.kind == (RELEASE if kind == "parquet beside" else kind)
    assert "sha256 is" in damage.found
    assert damage.do


def test_a_damaged_table_is_built_anew_after_a_repair_and_not_before(place: Place) -> None:
    store = Store(tables(place))
    frame, made = store.read(TABLES[0]), []

    def build() -> bool:
        def make() -> pl.DataFrame:
            made.append(1)
            return frame

        return store.build(TABLES[0], make, code_version="1", description="Rows of one edition.")[1]

    flip(store.path(TABLES[0]))
    assert build()
    assert mend(place, look(place)) == 1
    assert not build()
    assert (look(place).damages, made) == ([], [1])


def test_a_damaged_snapshot_is_moved_aside_and_taken_anew(place: Place) -> None:
    file = bytes_of(place)
    flip(file)
    damaged = file.read_bytes()
    assert mend(place, look(place)) == 1
    aside = place.snapshots / integrity.ASIDE / file.relative_to(place.snapshots)
    assert aside.read_bytes() == damaged
    assert not file.exists()
    # Both releases were made from bytes that are not there now, and say so until the same bytes are got again.
    assert [damage.name for damage in look(place).damages] == ["20260301T000001Z_00000000", "20260301T000002Z_00000001"]
    assert "made/0.csv" in look(place).damages[0].found
    place.prepare(2)
    assert look(place).damages == []


def test_a_damaged_release_that_is_not_current_is_moved_aside_with_all_that_is_beside_it(place: Place) -> None:
    shelf.tag(place.warehouse, "20260301T000001Z_00000000", "board")
    flip(file_of(place.warehouse, "20260301T000001Z_00000000"))
    assert mend(place, look(place)) == 1
    assert shelf.listed(place.warehouse) == ["20260301T000002Z_00000001"]
    folder = place.warehouse / "releases"
    names = {
        "inequality_20260301T000001Z_00000000",
        "inequality_20260301T000001Z_00000000.duckdb",
        "inequality_20260301T000001Z_00000000.sha256",
        "20260301T000001Z_00000000.tag",
    }
    assert {found.name for found in (folder / integrity.ASIDE).iterdir()} == names
    assert look(place).damages == []
    place.publish(3, 0)
    assert (folder / integrity.ASIDE).is_dir()


def test_a_damaged_current_release_stays_until_the_next_run_replaces_it(place: Place) -> None:
    flip(place.link.resolve(), 1)
    found = look(place)
    assert [damage.do.partition(",")[0] for damage in found.damages] == ["run again on its input"]
    assert mend(place, found) == 0
    assert place.edition() == 1
    assert place.publish(3, 1)
    assert mend(place, look(place)) == 1
    assert look(place).damages == []


FAULTS = {
    "no bytes": (lambda p: bytes_of(p).unlink(), SNAPSHOT, "its bytes are gone"),
    "no sense in a sidecar": (lambda p: snapshot.sidecars(p.snapshots)[0].write_text("{"), SNAPSHOT, "cannot be read"),
    "another's sidecar": (
        lambda p: snapshot.sidecars(p.snapshots)[0].write_bytes(snapshot.sidecars(p.snapshots)[1].read_bytes()),
        SNAPSHOT,
        "speaks of",
    ),
    "no rows": (lambda p: p.store(1).path(TABLES[0]).unlink(), TABLE, "its rows are gone"),
    "no sense in a record": (
        lambda p: p.store(1).path(TABLES[0]).with_suffix(".json").write_text("{"),
        TABLE,
        "record",
    ),
    "no checksums": (lambda p: sums_of(p.link.resolve()).unlink(), RELEASE, "no checksum file"),
    "checksums of nothing": (lambda p: sums_of(p.link.resolve()).write_text(""), RELEASE, "does not name"),
    "no Parquet beside": (
        lambda p: (p.link.resolve().with_suffix("") / "published" / "one.parquet").unlink(),
        RELEASE,
        "one.parquet: the file is gone",
    ),
    "a link to nothing": (lambda p: p.link.resolve().unlink(), RELEASE, "points to no release"),
    "another LATEST": (
        lambda p: (p.warehouse / "LATEST").write_text("20260301T000001Z_00000000\n"),
        RELEASE,
        "does not name",
    ),
}


@pytest.mark.parametrize("what", FAULTS)
def test_what_is_missing_or_makes_no_sense_is_named(place: Place, what: str) -> None:
    spoil, kind, said = FAULTS[what]
    spoil(place)  # type: ignore[no-untyped-call]
    damages = look(place).damages
    assert any(damage.kind == kind and said in damage.found and damage.do for damage in damages), damages


def test_rows_that_are_not_those_recorded_are_found_though_the_file_was_hashed_again(place: Place) -> None:
    store = place.store(1)
    path = store.path(TABLES[0])
    pl.read_parquet(path).with_columns(edition=pl.lit(7)).write_parquet(path)
    beside = path.with_suffix(".json")
    record = store.record(TABLES[0])
    assert record
    beside.write_text(beside.read_text().replace(record.file_sha256, sha256_of(path)))
    (damage,) = look(place).damages
    assert "50 rows that are not the 50 recorded" in damage.found


def test_the_command_names_the_damage_and_exits_1_until_it_is_repaired(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INEQUALITY_WAREHOUSE", str(place.warehouse))
    monkeypatch.setenv("INEQUALITY_SNAPSHOTS", str(place.snapshots))
    assert CliRunner().invoke(app, ["verify"]).exit_code == 0
    flip(file_of(place.warehouse, "20260301T000001Z_00000000"))
    result = CliRunner().invoke(app, ["verify"])
    assert (result.exit_code, "Damaged release 20260301T000001Z_00000000" in result.output) == (1, True)
    assert "--repair" in result.output
    repaired = CliRunner().invoke(app, ["verify", "--repair"])
    assert (repaired.exit_code, "1 moved out of the way. Run again" in repaired.output) == (1, True)
    assert CliRunner().invoke(app, ["verify"]).exit_code == 0


def test_a_file_of_the_change_log_that_nothing_can_mend_is_named(place: Place) -> None:
    file = place.warehouse / "history" / "observation" / "modelled" / "00.parquet"
    file.parent.mkdir(parents=True)
    file.write_bytes(b"damaged")
    (damage,) = [one for one in look(place).damages if one.kind == LOG]
    assert (damage.name, damage.found) == ("history/observation/modelled/00.parquet", "it cannot be read")
