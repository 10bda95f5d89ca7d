"""What a run refuses and counts reaches `meta`, also where not one published figure changes."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import duckdb
import pytest

from pipelines.defs import launch
from pipelines.defs.run_options import RunOptions
from pipelines.notes import in_words
from pipelines.run.lock import RunRefused
from pipelines.run.walk import walk_and_publish
from pipelines.settings import Settings
from pipelines.sources.arrival.origin import MODELLED, RunInput
from pipelines.tables.store import Store, TableRecord
from tests.conftest import run_on

ORIGINAL = "fingertips/92443_502.csv"
UNKNOWN_INDICATOR = "99999"
REFUSED, DOUBLE = "fingertips/zzz_unknown_indicator.csv", "fingertips/zzz_again.csv"


def add_file(folder: Path, path: str, *, number: str = "") -> None:
    """Add the first 19 rows of a file once more, under another indicator `number` when given, and to the index."""
    lines = (folder / ORIGINAL).read_text(encoding="utf-8").splitlines()[:20]
    rows = [number + line[line.index(",") :] if number else line for line in lines[1:]]
    (folder / path).write_text("\n".join([lines[0], *rows]) + "\n", encoding="utf-8")
    index = folder / "index.csv"
    said = index.read_text(encoding="utf-8").splitlines()
    (own,) = [line for line in said if line.startswith(f"{ORIGINAL},")]
    index.write_text("\n".join([*said, own.replace(ORIGINAL, path)]) + "\n", encoding="utf-8")


def kept(warehouse: Path) -> tuple[int, dict[str, tuple[int, int, int]]]:
    """Rows refused, and rows in, refused and de-duplicated of each file, as the current release says."""
    with duckdb.connect(str((warehouse / "current.duckdb").resolve()), read_only=True) as connection:
        ((refused,),) = connection.sql("select count(*) from meta.rejected_row").fetchall()
        files = connection.sql("select path, rows_in, rejected, deduplicated from meta.snapshot").fetchall()
    return refused, {path: tuple(counts) for path, *counts in files}


def test_files_of_nothing_but_refused_or_double_rows_make_a_release_that_holds_them(
    altered_sample: Path, after_sample: Settings
) -> None:
    add_file(altered_sample, REFUSED, number=UNKNOWN_INDICATOR)
    add_file(altered_sample, DOUBLE)
    done = walk_and_publish(run_on(after_sample, altered_sample))
    assert done.publication is not None, done.stop
    assert done.publication.is_new
    refused, files = kept(after_sample.warehouse)
    assert refused == 19
    assert files[REFUSED] == (19, 19, 0)
    assert files[DOUBLE] == (19, 0, 19)


def test_a_crash_between_the_refused_rows_and_the_table_is_mended_by_the_next_run(
    altered_sample: Path, after_sample: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_file(altered_sample, REFUSED, number=UNKNOWN_INDICATOR)
    build = Store.build

    def dying(self: Store, table: str, *args: object, **chosen: object) -> tuple[TableRecord, bool]:
        built = build(self, table, *args, **chosen)  # type: ignore[arg-type]
        if table == "rejected.fingertips":
            raise OSError("power cut")
        return built

    with monkeypatch.context() as patch:
        patch.setattr(Store, "build", dying)
        with pytest.raises(OSError, match="power cut"):
            walk_and_publish(run_on(after_sample, altered_sample))
    assert Store(after_sample.tables).read("rejected.fingertips").height == 19
    (altered_sample / REFUSED).unlink()
    done = walk_and_publish(run_on(after_sample, altered_sample))
    assert done.publication is not None, done.stop
    assert Store(after_sample.tables).read("rejected.fingertips").height == 0


def test_a_failed_build_of_an_earlier_day_leaves_status_alone(
    after_sample: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = after_sample
    before = json.loads((here.warehouse / "status.json").read_text())

    @dg.op
    def build() -> None:
        raise OSError("disk full")

    @dg.job(resource_defs={"run_options": RunOptions()})
    def failing() -> None:
        build()

    monkeypatch.setattr(launch, "_job", lambda: failing)
    today = datetime.now(UTC).date()
    outcome = launch.run(here, run_from="sample", as_of=today.isoformat(), watcher=lambda *_: None)
    assert not outcome.succeeded
    yesterday = (today - timedelta(days=1)).isoformat()
    with pytest.raises(RunRefused, match=f"Nothing was known on {yesterday}"):
        launch.run(here, run_from="sample", as_of=yesterday, watcher=lambda *_: None)
    with pytest.raises(RunRefused, match="takes a day such as"):
        launch.run(here, run_from="sample", as_of="March", watcher=lambda *_: None)
    assert json.loads((here.warehouse / "status.json").read_text()) == before


@pytest.mark.parametrize(("files", "said"), [(10, "name_09.txt."), (11, "name_09.txt and 1 more.")])
def test_at_most_ten_files_that_nothing_reads_are_named(tmp_path: Path, files: int, said: str) -> None:
    (tmp_path / "strange").mkdir()
    for number in range(files):
        (tmp_path / "strange" / f"name_{number:02}.txt").write_text("x")
    (line,) = in_words(launch._unread(RunInput("folder", tmp_path, MODELLED)))
    assert line.startswith(f"{files} files of the folder are read by no source: strange/name_00.txt, ")
    assert line.endswith(said)
