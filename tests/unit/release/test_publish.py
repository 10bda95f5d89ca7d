"""Releases: written, verified, swapped in, kept and rolled back; whatever fails, `current` stays as it was."""

from __future__ import annotations

import re
import shutil
import stat
import subprocess
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import duckdb
import polars as pl
import pytest

from pipelines.notes import Note, words
from pipelines.release import file as assembly
from pipelines.release import journal
from pipelines.release import publish as release
from pipelines.release.checksums import faults, sums_of
from pipelines.release.clearing import prune
from pipelines.release.folder import (
    UNREADABLE,
    Release,
    ReleaseRefused,
    listed,
    mend_latest,
    new_id,
    releases_folder,
    resolved,
    tag,
    untag,
)
from pipelines.tables.store import Store, TableRecord, content_hash

AREA = pl.DataFrame({"area_code": ["E1", "E2"], "name": ["Here", "There's more"]})
FIGURE = pl.DataFrame({"area_code": ["E1", "E2"], "value": [1.5, None], "snapshot_sha256": ["a", "a"]})


@dataclass
class Place:
    """A tiny warehouse with two published tables and one core table, and a way to publish them."""

    root: Path
    notes: tuple[Note, ...] = ()

    @property
    def warehouse(self) -> Path:
        return self.root / "it's a warehouse"

    @property
    def store(self) -> Store:
        return Store(self.warehouse / "tables")

    @property
    def link(self) -> Path:
        return self.warehouse / "current.duckdb"

    def build(self, figure: pl.DataFrame = FIGURE) -> list[TableRecord]:
        frames = {"core.area": AREA, "published.area": AREA, "published.figure": figure}
        return [
            self.store.build(table, frame.clone, code_version="1", description="It's one row.", fresh=True)[0]
            for table, frame in frames.items()
        ]

    def publish(
        self,
        release_id: str,
        figure: pl.DataFrame = FIGURE,
        *,
        origin: str = "modelled",
        as_of: str | None = None,
        keep: int = 14,
        refused: pl.DataFrame | None = None,
        counts: pl.DataFrame | None = None,
        forced_by: str | None = None,
    ) -> Path | None:
        tables = self.build(figure)
        made = release.publish(
            self.store,
            tables,
            {"table": pl.DataFrame({"table_name": [record.table for record in tables]})},
            warehouse=self.warehouse,
            release=Release(
                release_id=release_id,
                created_at=datetime(2026, 3, 1, 12),  # noqa: DTZ001 - stored in UTC without a zone
                content_hash=release.published_hash(self.store, tables, refused=refused, counts=counts),
                code_version="1",
                input="sample",
                origin=origin,
                engine="local",
                as_of=as_of,
                forced_by=forced_by,
                forced_reason="It is known." if forced_by else None,
            ),
            glossary=self.root / "columns.toml",
            examples=self.root / "examples",
            make_current=as_of is None,
            keep=keep,
        )
        self.notes = made.notes if made else ()
        return made.file if made else None

    def publish_value(self, release_id: str, value: float, *, keep: int = 14, as_of: str | None = None) -> Path | None:
        return self.publish(release_id, FIGURE.with_columns(value=pl.lit(value)), keep=keep, as_of=as_of)

    def current_id(self) -> str:
        now = release.current(self.warehouse)
        assert now
        return now.release_id


@pytest.fixture
def place(tmp_path: Path) -> Place:
    (tmp_path / "examples").mkdir()
    (tmp_path / "examples" / "areas.sql").write_text("-- How many?\nselect count(*) from published.area;\n")
    (tmp_path / "columns.toml").write_text(
        """area_code = "The area's code; not a 'name'"\nmeta_table = "Each table's name."\n"""
    )
    return Place(tmp_path)


REFUSED = pl.DataFrame({"snapshot_sha256": ["a"], "source_line": [7], "reason": ["no such sex"], "row_text": ["x"]})
COUNTS = pl.DataFrame(
    {"table_name": ["a", "a"], "path": ["a/1.csv", "a/2.csv"], "snapshot_sha256": ["1", "2"], "rows_in": [3, 4]}
)


def spoil(file: Path) -> None:
    """Cut a release file in half, as a full disk or a bad copy does."""
    file.chmod(0o644)
    content = file.read_bytes()
    file.write_bytes(content[: len(content) // 2])


def ask(file: Path, query: str) -> list[tuple[object, ...]]:
    with duckdb.connect(str(file), read_only=True) as connection:
        return connection.sql(query).fetchall()


def test_nothing_is_current_before_the_first(place: Place) -> None:
    assert release.current(place.warehouse) is None
    assert listed(place.warehouse) == []


def test_publish_writes_a_file_and_makes_it_current(place: Place) -> None:
    file = place.publish("20260301T120000Z_aa")
    assert file == place.warehouse / "releases" / "inequality_20260301T120000Z_aa.duckdb"
    assert place.link.resolve() == file.resolve()
    assert not place.link.readlink().is_absolute()
    assert (place.warehouse / "LATEST").read_text() == "20260301T120000Z_aa\n"
    assert ask(place.link, "select area_code, value from published.figure order by 1") == [("E1", 1.5), ("E2", None)]
    assert ask(place.link, "select name from core.area order by 1") == [("Here",), ("There's more",)]
    assert ask(place.link, "select table_name from meta.table order by 1") == [
        ("core.area",),
        ("published.area",),
        ("published.figure",),
    ]


def test_a_release_says_what_it_is(place: Place) -> None:
    place.publish("1", as_of=None)
    said = release.current(place.warehouse)
    assert said == Release(
        release_id="1",
        created_at=datetime(2026, 3, 1, 12),  # noqa: DTZ001 - stored in UTC without a zone
        content_hash=release.published_hash(place.store, place.build()),
        code_version="1",
        input="sample",
        origin="modelled",
        engine="local",
        as_of=None,
    )


def test_the_file_is_read_only_and_nothing_half_written_is_left(place: Place) -> None:
    file = place.publish("1")
    assert file
    assert stat.S_IMODE(file.stat().st_mode) == 0o444
    assert sorted(found.name for found in file.parent.iterdir()) == [
        "inequality_1",
        "inequality_1.duckdb",
        "inequality_1.sha256",
    ]


def test_older_duckdb_clients_can_open_the_file(place: Place) -> None:
    file = place.publish("1")
    assert file
    with duckdb.connect() as connection:
        connection.execute("attach '{}' as it (read_only)".format(str(file).replace("'", "''")))
        (tags,) = connection.sql("select tags from duckdb_databases() where database_name = 'it'").fetchall()[0]
    assert "v1.2.0" in str(tags)


def test_published_tables_lie_beside_as_parquet(place: Place) -> None:
    file = place.publish("1")
    assert file
    beside = sorted(found.relative_to(file.parent).as_posix() for found in file.parent.rglob("*.parquet"))
    assert beside == ["inequality_1/published/area.parquet", "inequality_1/published/figure.parquet"]
    assert pl.read_parquet(file.parent / beside[1]).equals(FIGURE)


def test_tables_and_columns_have_their_comments_quotes_and_all(place: Place) -> None:
    place.publish("1")
    said = ask(place.link, "select schema_name || '.' || table_name, comment from duckdb_tables()")
    tables = {str(name): comment for name, comment in said}
    assert tables["published.area"] == "It's one row."
    assert tables["meta.table"] == "Each table's name."
    assert tables["meta.release"] == "One row per release."
    columns = ask(
        place.link, "select distinct comment from duckdb_columns() where column_name = 'area_code' and not internal"
    )
    assert columns == [("The area's code; not a 'name'",)]


def test_staging_and_measures_are_marked_as_not_stable(place: Place) -> None:
    place.build()
    record, _ = place.store.build("staging.area", lambda: AREA, code_version="1", description="As read.")
    made = release.publish(
        place.store,
        [record],
        {},
        warehouse=place.warehouse,
        release=Release("1", datetime(2026, 3, 1), "", "1", "sample", "modelled", "local", None),  # noqa: DTZ001
        glossary=place.root / "columns.toml",
        examples=place.root / "no examples",
    )
    assert made
    assert ask(made.file, "select comment from duckdb_tables() where schema_name = 'staging'") == [
        ("Not stable: read core or published instead. As read.",)
    ]


def test_the_same_content_again_is_no_new_release(place: Place) -> None:
    place.publish("1")
    assert place.publish("2") is None
    assert (listed(place.warehouse), place.current_id()) == (["1"], "1")


def test_another_snapshot_of_the_same_figures_is_no_new_release(place: Place) -> None:
    place.publish("1")
    assert place.publish("2", FIGURE.with_columns(snapshot_sha256=pl.lit("b"))) is None


def test_another_figure_is_a_new_release(place: Place) -> None:
    place.publish_value("1", 1.0)
    assert place.publish_value("2", 2.0)
    assert (listed(place.warehouse), place.current_id()) == (["1", "2"], "2")


def test_the_same_figures_from_another_origin_are_a_new_release(place: Place) -> None:
    place.publish("1")
    assert place.publish("2", origin="publisher")
    assert place.current_id() == "2"


BAD_EXAMPLES = {
    "no such table": "select 1 from published.nothing",
    "no such column": "select nothing from published.area",
    "not SQL": "selekt 1",
    "reads a file": "from read_csv('columns.toml')",
}


@pytest.mark.parametrize("fault", BAD_EXAMPLES)
def test_an_example_that_fails_refuses_the_release_and_leaves_current(place: Place, fault: str) -> None:
    place.publish_value("1", 1.0)
    (place.root / "examples" / "bad.sql").write_text(BAD_EXAMPLES[fault])
    with pytest.raises(ReleaseRefused, match=r"bad\.sql"):
        place.publish_value("2", 2.0)
    assert (place.current_id(), listed(place.warehouse)) == ("1", ["1"])
    assert (place.warehouse / "LATEST").read_text() == "1\n"


def test_an_example_that_answers_by_a_sentence_of_its_own_refuses_nothing(place: Place) -> None:
    (place.root / "examples" / "sentence.sql").write_text("select error('No area is called Blakpool.') as area_code")
    assert place.publish_value("1", 1.0)


def test_a_file_that_reads_back_otherwise_is_refused(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    place.publish_value("1", 1.0)
    broken = FIGURE.with_columns(value=pl.lit(2.0))
    monkeypatch.setattr(
        assembly, "content_hash", lambda frame: "spoilt" if frame.equals(broken) else content_hash(frame)
    )
    with pytest.raises(ReleaseRefused, match=r"published\.figure in \.partial-2(.|\n)*found: .*spoilt"):
        place.publish_value("2", 2.0)
    assert (place.current_id(), listed(place.warehouse)) == ("1", ["1"])


def test_a_table_that_changed_under_its_record_is_refused(place: Place) -> None:
    tables = place.build()
    one_fewer = [replace(tables[0], rows=tables[0].rows + 1), *tables[1:]]
    with pytest.raises(ReleaseRefused, match=r"expected: 3 rows(.|\n)*found: +2 rows"):
        release.publish(
            place.store,
            one_fewer,
            {},
            warehouse=place.warehouse,
            release=Release("1", datetime(2026, 3, 1), "", "1", "sample", "modelled", "local", None),  # noqa: DTZ001
            glossary=place.root / "columns.toml",
            examples=place.root / "examples",
        )
    assert release.current(place.warehouse) is None


@pytest.mark.parametrize("step", ["assemble", "verify", "parquet_beside", "write_sums", "point"])
def test_a_crash_at_any_step_leaves_current_and_the_next_run_publishes(
    place: Place, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    place.publish_value("1", 1.0)

    def crash(*_: object, **__: object) -> None:
        raise OSError("power cut")

    with monkeypatch.context() as patch:
        patch.setattr(release, step, crash)
        with pytest.raises(OSError, match="power cut"):
            place.publish_value("2", 2.0)
    assert place.current_id() == "1"
    assert place.publish_value("3", 2.0)
    assert place.current_id() == "3"


def test_what_a_crash_left_is_removed(place: Place) -> None:
    folder = place.warehouse / "releases"
    folder.mkdir(parents=True)
    for name in (".partial-0.duckdb", ".partial-0.duckdb.wal"):
        (folder / name).write_bytes(b"half")
    place.publish("1")
    assert list(folder.glob(".partial*")) == []


def test_an_open_reader_keeps_its_release_and_a_new_one_sees_the_new(place: Place) -> None:
    place.publish_value("1", 1.0)
    with duckdb.connect(str(place.link), read_only=True) as reader:
        assert reader.sql("select max(value) from published.figure").fetchall() == [(1.0,)]
        assert place.publish_value("2", 2.0)
        assert ask(place.link, "select max(value) from published.figure") == [(2.0,)]
        assert reader.sql("select max(value) from published.figure").fetchall() == [(1.0,)]


def test_prune_under_an_open_reader_does_not_take_its_rows(place: Place) -> None:
    place.publish_value("1", 1.0)
    with duckdb.connect(str(place.link), read_only=True) as reader:
        place.publish_value("2", 2.0, keep=1)
        assert listed(place.warehouse) == ["2"]
        assert reader.sql("select max(value) from published.figure").fetchall() == [(1.0,)]


def test_the_newest_are_kept_and_the_rest_go_with_their_parquet(place: Place) -> None:
    for number in range(1, 5):
        place.publish_value(str(number), float(number), keep=2)
    assert listed(place.warehouse) == ["3", "4"]
    assert sorted(found.name for found in (place.warehouse / "releases").iterdir()) == [
        "inequality_3",
        "inequality_3.duckdb",
        "inequality_3.sha256",
        "inequality_4",
        "inequality_4.duckdb",
        "inequality_4.sha256",
    ]


def test_tagged_and_current_releases_are_kept_whatever_their_age(place: Place) -> None:
    for number in range(1, 5):
        place.publish_value(str(number), float(number))
    tag(place.warehouse, "1", "annual-report")
    release.rollback(place.warehouse, "2")
    assert prune(place.warehouse, keep=1) == ["3"]
    assert listed(place.warehouse) == ["1", "2", "4"]
    assert place.current_id() == "2"


def test_prune_follows_the_link_where_latest_was_lost(place: Place) -> None:
    for number in range(1, 4):
        place.publish_value(str(number), float(number))
    release.rollback(place.warehouse, "1")
    (place.warehouse / "LATEST").write_text("3\n")
    prune(place.warehouse, keep=1)
    assert place.current_id() == "1"


def test_rollback_makes_an_earlier_release_current(place: Place) -> None:
    place.publish_value("1", 1.0)
    place.publish_value("2", 2.0)
    release.rollback(place.warehouse, "1")
    assert place.current_id() == "1"
    assert (place.warehouse / "LATEST").read_text() == "1\n"
    assert ask(place.link, "select max(value) from published.figure") == [(1.0,)]
    assert place.publish_value("3", 2.0)
    assert place.current_id() == "3"


@pytest.mark.parametrize("act", [release.rollback, lambda w, i: tag(w, i, "x")], ids=["rollback", "tag"])
def test_an_unknown_release_is_refused_with_those_known(place: Place, act) -> None:  # type: ignore[no-untyped-def]
    place.publish("1")
    with pytest.raises(ReleaseRefused, match=r"no release '9'\. Known: 1\."):
        act(place.warehouse, "9")
    assert place.current_id() == "1"


def test_an_as_of_build_lies_beside_and_never_moves_current(place: Place) -> None:
    place.publish_value("1", 1.0)
    file = place.publish_value("2_as_of_2026-03-01", 2.0, as_of="2026-03-01")
    assert file
    assert place.current_id() == "1"
    assert release.describe(file).as_of == "2026-03-01"
    assert (place.warehouse / "LATEST").read_text() == "1\n"


def test_an_as_of_build_of_what_is_current_is_still_made(place: Place) -> None:
    place.publish("1")
    assert place.publish("2_as_of_2026-03-01", as_of="2026-03-01")


def test_a_release_id_sorts_by_time_and_says_its_day() -> None:
    made = new_id("0123456789abcdef", as_of="2026-03-01")
    stamp, content, rest = made.split("_", 2)
    assert re.fullmatch(r"\d{8}T\d{6}Z", stamp)
    assert (content, rest) == ("01234567", "as_of_2026-03-01")
    assert new_id("0123456789abcdef").count("_") == 1


def test_a_file_that_is_no_release_is_refused(place: Place) -> None:
    file = place.root / "mine.duckdb"
    with duckdb.connect(str(file)) as connection:
        connection.execute("create schema meta")
        connection.execute(
            "create table meta.release as select '' as release_id, now() as created_at, '' as content_hash, "
            "'' as code_version, '' as input, '' as origin, '' as engine, '' as as_of where false"
        )
    with pytest.raises(ReleaseRefused, match="holds 0 rows, expected 1"):
        release.describe(file)


@pytest.mark.parametrize(
    ("refused", "counts", "is_new"),
    [
        (REFUSED, COUNTS, False),
        (REFUSED.with_columns(snapshot_sha256=pl.lit("b"), source_line=pl.lit(9)), COUNTS, False),
        (REFUSED, COUNTS.with_columns(path=pl.lit("live/") + pl.col("path"), snapshot_sha256=pl.lit("c")), False),
        (REFUSED.with_columns(reason=pl.lit("no such age")), COUNTS, True),
        (pl.concat([REFUSED, REFUSED]), COUNTS, True),
        (REFUSED, COUNTS.with_columns(rows_in=pl.col("rows_in") + 1), True),
        (REFUSED, COUNTS.with_columns(rows_in=pl.Series([7, 0])), False),
        (REFUSED, pl.concat([COUNTS, COUNTS[:1].with_columns(rows_in=pl.lit(0, pl.Int64))]), True),
    ],
    ids=["same", "elsewhere", "other paths", "other reason", "twice", "more rows", "same sums", "one more file"],
)
def test_other_refused_rows_or_counts_are_a_new_release(
    place: Place, refused: pl.DataFrame, counts: pl.DataFrame, is_new: bool
) -> None:
    place.publish("1", refused=REFUSED, counts=COUNTS)
    assert (place.publish("2", refused=refused, counts=counts) is not None) == is_new


def test_a_release_that_cannot_be_read_is_named_with_what_to_do(place: Place) -> None:
    file = place.publish("1")
    assert file
    spoil(file)
    with pytest.raises(ReleaseRefused, match=r"where: .*inequality_1(.|\n)*expected: (.|\n)*found: (.|\n)*do: "):
        release.current(place.warehouse)


def test_a_link_to_nothing_is_a_release_that_cannot_be_read(place: Place) -> None:
    file = place.publish("1")
    assert file
    file.unlink()
    with pytest.raises(ReleaseRefused, match="cannot be read"):
        release.current(place.warehouse)


def test_a_current_release_that_cannot_be_read_is_replaced(place: Place) -> None:
    file = place.publish("1")
    assert file
    spoil(file)
    assert place.publish("2")
    assert place.current_id() == "2"


def test_rollback_to_a_release_that_cannot_be_read_is_refused_even_when_forced(place: Place) -> None:
    file = place.publish_value("1", 1.0)
    assert file
    place.publish_value("2", 2.0)
    spoil(file)
    with pytest.raises(ReleaseRefused, match="cannot be read"):
        release.rollback(place.warehouse, "1", force=True)
    assert place.current_id() == "2"


def test_rollback_from_publishers_data_to_modelled_must_be_confirmed(place: Place) -> None:
    place.publish("1")
    place.publish("2", origin="publisher")
    with pytest.raises(ReleaseRefused, match=r"holds publishers' data(.|\n)*--yes"):
        release.rollback(place.warehouse, "1")
    assert place.current_id() == "2"
    release.rollback(place.warehouse, "1", force=True)
    assert place.current_id() == "1"
    release.rollback(place.warehouse, "2")
    assert place.current_id() == "2"


def test_rollback_to_modelled_data_must_be_confirmed_where_current_cannot_be_read(place: Place) -> None:
    place.publish("1")
    file = place.publish("2", origin="publisher")
    assert file
    place.publish("0", FIGURE.head(1), origin="publisher")
    release.rollback(place.warehouse, "2")
    spoil(file)
    with pytest.raises(ReleaseRefused, match=r"nobody can tell(.|\n)*--yes"):
        release.rollback(place.warehouse, "1")
    release.rollback(place.warehouse, "0")
    assert place.current_id() == "0"


def test_rollback_to_a_build_of_an_earlier_day_must_be_confirmed(place: Place) -> None:
    place.publish("1")
    beside = "2_as_of_2026-03-01"
    place.publish(beside, as_of="2026-03-01")
    with pytest.raises(ReleaseRefused, match=r"built as of 2026-03-01(.|\n)*--yes"):
        release.rollback(place.warehouse, beside)
    with pytest.raises(ReleaseRefused, match=r"Known: 1\."):
        release.rollback(place.warehouse, "9")
    assert place.current_id() == "1"
    release.rollback(place.warehouse, beside, force=True)
    assert place.current_id() == beside


def test_builds_of_an_earlier_day_push_out_no_release(place: Place) -> None:
    for number in range(1, 4):
        place.publish_value(str(number), float(number))
    for number in range(4, 7):
        place.publish_value(f"{number}_as_of_2026-03-01", float(number), as_of="2026-03-01")
    assert prune(place.warehouse, keep=2) == ["1", "4_as_of_2026-03-01"]


def test_every_release_is_listed_with_what_it_says(place: Place) -> None:
    spoilt = place.publish_value("1", 1.0)
    assert spoilt
    place.publish_value("2", 2.0)
    place.publish_value("3_as_of_2026-03-01", 3.0, as_of="2026-03-01")
    tag(place.warehouse, "2", "annual-report")
    spoil(spoilt)
    first, second, third = release.catalogue_of(place.warehouse)
    assert (first.release_id, first.release, first.is_current, first.label) == ("1", None, False, None)
    assert "cannot be read" in first.fault
    assert second.release
    assert (second.release.input, second.release.origin, second.is_current) == ("sample", "modelled", True)
    assert (second.label, second.fault) == ("annual-report", "")
    assert third.release
    assert (third.release.as_of, third.is_current) == ("2026-03-01", False)


def test_a_publish_that_fails_leaves_nothing_half_made(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    place.publish_value("1", 1.0)
    before = sorted(place.link.resolve().parent.iterdir())

    def full(*_: object) -> None:
        raise OSError("no room")

    for moment in ("verify", "parquet_beside"):
        with monkeypatch.context() as patch:
            patch.setattr(release, moment, full)
            with pytest.raises(OSError, match="no room"):
                place.publish_value("2", 2.0)
        assert sorted(place.link.resolve().parent.iterdir()) == before


def test_what_lies_beside_a_release_that_never_came_to_be_is_removed(place: Place) -> None:
    place.publish_value("1", 1.0)
    folder = place.warehouse / "releases"
    lost = "inequality_20260301T020000Z_00000002"
    (folder / lost / "published").mkdir(parents=True)
    (folder / lost / "published" / "area.parquet").write_text("half")
    (folder / f"{lost}.sha256").write_text("half")
    (folder / f".{lost}.sha256.partial").write_text("ha")
    assert place.publish_value("3", 3.0)
    assert {found.name.partition(".")[0] for found in folder.iterdir()} == {"inequality_1", "inequality_3"}


def test_a_release_has_checksums_that_the_usual_tool_reads(place: Place) -> None:
    file = place.publish("1")
    assert file
    lines = sums_of(file).read_text().splitlines()
    assert [line.split("  ")[1] for line in lines] == [
        "inequality_1.duckdb",
        "inequality_1/published/area.parquet",
        "inequality_1/published/figure.parquet",
    ]
    if tool := shutil.which("sha256sum"):
        command = [tool, "--check", "--strict", sums_of(file).name]
        assert subprocess.run(command, cwd=file.parent, check=False, capture_output=True).returncode == 0
    assert faults(file) == []


def flip(file: Path, place: float = 0.5) -> None:
    """Change one bit of a file, as a bad disk does."""
    content = bytearray(file.read_bytes())
    content[int(len(content) * place)] ^= 1
    file.chmod(0o644)
    file.write_bytes(content)


def test_a_damaged_current_release_is_replaced_though_it_says_the_same(place: Place) -> None:
    file = place.publish("1")
    assert file
    # The end of a file holds nothing that DuckDB reads, so it opens as before.
    flip(file, 0.999)
    assert place.current_id() == "1"
    assert place.publish("2")
    assert place.current_id() == "2"


def test_rollback_to_a_damaged_release_is_refused_even_when_forced(place: Place) -> None:
    file = place.publish_value("1", 1.0)
    assert file
    place.publish_value("2", 2.0)
    flip(file, 0.999)
    with pytest.raises(ReleaseRefused, match=r"damaged(.|\n)*verify"):
        release.rollback(place.warehouse, "1", force=True)
    assert place.current_id() == "2"


def test_a_run_with_nothing_new_mends_what_a_crash_left_of_latest(place: Place) -> None:
    place.publish("1")
    (place.warehouse / "LATEST").write_text("0\n")
    assert place.publish("2") is None
    assert (place.warehouse / "LATEST").read_text() == "1\n"


def test_a_tag_stands_for_its_release_until_it_is_taken_away(place: Place) -> None:
    for number in range(1, 4):
        place.publish_value(str(number), float(number))
    tag(place.warehouse, "1", "board-2026-03")
    assert resolved(place.warehouse, "board-2026-03") == "1"
    assert resolved(place.warehouse, "2") == "2"
    assert prune(place.warehouse, keep=1) == ["2"]
    untag(place.warehouse, "1")
    assert prune(place.warehouse, keep=1) == ["1"]
    with pytest.raises(ReleaseRefused, match="has no tag"):
        untag(place.warehouse, "3")


@pytest.mark.parametrize(
    ("label", "said"),
    [
        ("", "at most 60"),
        ("two words", "at most 60"),
        ("-x", "at most 60"),
        ("2", "is the id"),
        ("taken", "has the tag"),
    ],
)
def test_a_tag_that_names_nothing_or_two_things_is_refused(place: Place, label: str, said: str) -> None:
    place.publish_value("1", 1.0)
    place.publish_value("2", 2.0)
    tag(place.warehouse, "2", "taken")
    with pytest.raises(ReleaseRefused, match=said):
        tag(place.warehouse, "1", label)
    assert release.catalogue_of(place.warehouse)[0].label is None


def test_a_forced_release_of_the_same_figures_is_a_new_one_and_keeps_its_mark_while_they_stand(place: Place) -> None:
    place.publish("1")
    assert place.publish("2", forced_by="ann@desk")
    assert place.publish("3", forced_by="ben@desk") is None
    now = release.current(place.warehouse)
    assert now
    assert (now.release_id, now.forced_by, now.forced_reason) == ("2", "ann@desk", "It is known.")
    assert place.publish("4") is None
    assert place.current_id() == "2"


def test_a_release_made_before_force_was_thought_of_is_read(place: Place) -> None:
    file = place.root / "old.duckdb"
    with duckdb.connect(str(file)) as connection:
        connection.execute(
            "create schema meta; create table meta.release as select '1' as release_id, timestamp '2026-03-01' as "
            "created_at, 'h' as content_hash, '1' as code_version, 'sample' as input, 'modelled' as origin, "
            "'local' as engine, null::varchar as as_of"
        )
    assert release.describe(file).forced_by is None
    with duckdb.connect(str(file)) as connection:
        connection.execute("alter table meta.release drop column origin")
    with pytest.raises(ReleaseRefused, match="cannot be read"):
        release.describe(file)


def test_a_tag_or_latest_that_is_damaged_stops_nothing(place: Place) -> None:
    place.publish("1")
    file = releases_folder(place.warehouse) / "1.tag"
    for damaged in (b"\xff\xfe", b""):
        file.write_bytes(damaged)
        (place.warehouse / "LATEST").write_bytes(damaged)
        (listed,) = release.catalogue_of(place.warehouse)
        assert listed.label == UNREADABLE
        assert resolved(place.warehouse, "") == ""
    mend_latest(place.warehouse)
    assert (place.warehouse / "LATEST").read_text() == "1\n"


@pytest.mark.parametrize("label", ["current", "LATEST"])
def test_a_name_that_means_another_release_tomorrow_is_no_tag(place: Place, label: str) -> None:
    place.publish("1")
    with pytest.raises(ReleaseRefused, match="none of"):
        tag(place.warehouse, "1", label)


@pytest.mark.parametrize("step", ["LATEST", "the journal", "prune"])
def test_what_cannot_be_written_after_the_link_moved_is_a_note_and_the_release_is_current(
    place: Place, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    place.publish_value("1", 1.0)

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as patch:
        if step == "LATEST":
            patch.setattr("pipelines.release.folder.write_atomically", refuse)
        elif step == "the journal":
            patch.setattr("pipelines.release.journal.write_atomically", refuse)
        else:
            patch.setattr(release, "prune", refuse)
        assert place.publish_value("2", 2.0)
    assert place.current_id() == "2"
    (note,) = place.notes
    assert words(note).startswith("The release 2 is current.")
    assert "Permission denied" in words(note)
    place.publish_value("3", 3.0)
    assert [move.release_id for move in journal.moves(place.warehouse)] == ["1", "2", "3"]
    assert (place.warehouse / "LATEST").read_text() == "3\n"


def test_releases_stand_in_the_order_in_which_they_were_made_whatever_their_clock_said(place: Place) -> None:
    for number, year in enumerate((2026, 2028, 2027, 2026)):
        place.publish_value(f"{year}-{number}", float(number), keep=2)
    assert listed(place.warehouse) == ["2027-2", "2026-3"]


def test_a_warehouse_of_before_the_journal_begins_it_with_every_release_on_the_shelf(place: Place) -> None:
    for number in (1, 2):
        place.publish_value(str(number), float(number))
    (place.warehouse / "history" / "journal.jsonl").unlink()
    release.follow_link(place.warehouse)
    release.rollback(place.warehouse, "1")
    said = [(move.sequence, move.release_id, move.how) for move in journal.moves(place.warehouse)]
    assert said == [(1, "1", "published"), (2, "2", "published"), (3, "1", "rolled back")]


def test_a_link_that_somebody_moved_by_hand_is_found(place: Place) -> None:
    for number in (1, 2):
        place.publish_value(str(number), float(number))
    place.link.unlink()
    place.link.symlink_to("releases/inequality_1.duckdb")
    release.follow_link(place.warehouse)
    release.follow_link(place.warehouse)
    assert [(move.release_id, move.how) for move in journal.moves(place.warehouse)][2:] == [("1", "found")]
