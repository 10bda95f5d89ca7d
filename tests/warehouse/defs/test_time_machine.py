"""Two samples of two days: what changed between them is told, the first day's answers stay, and it can be rebuilt."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipelines import settings
from pipelines.defs.launch import Outcome
from pipelines.notes import Kind
from pipelines.release import folder, journal
from pipelines.release.checksums import write_sums
from pipelines.run.publication import Publication
from pipelines.run.walk import walk_and_publish
from pipelines.settings import Settings
from pipelines.sources.arrival import snapshot
from pipelines.sources.arrival.origin import MODELLED
from tests import built
from tests.conftest import run_on, use_place

DAY = date(2026, 3, 1)
FILE = "fingertips/90366_501.csv"
OLD, NEW = ",Male,All ages,,,2019 - 21,78.59,", ",Male,All ages,,,2019 - 21,78.99,"
CELL = "indicator = 'life_expectancy_at_birth' and area_code = 'X07000003' and sex = 'male' and period = '2019-21'"


def redate(root: Path, day: date) -> None:
    """Make all snapshots be of one day, as if they had been taken earlier."""
    for sidecar in sorted((root / MODELLED).rglob("*.json")):
        fields = json.loads(sidecar.read_text(encoding="utf-8"))
        if "retrieved_at" not in fields:
            continue
        then = datetime(day.year, day.month, day.day, 9, tzinfo=UTC)
        stamp, rest = then.strftime(snapshot.STAMP), sidecar.name.split("_", 1)[1]
        sidecar.write_text(json.dumps(fields | {"retrieved_at": then.isoformat()}), encoding="utf-8")
        file = sidecar.with_suffix("")
        file.rename(file.with_name(f"{stamp}_{rest.removesuffix('.json')}"))
        sidecar.rename(sidecar.with_name(f"{stamp}_{rest}"))


def redate_release(warehouse: Path, day: date) -> None:
    """Make the current release be of one day, in its file, in the change log and in the journal."""
    then = datetime(day.year, day.month, day.day, 12)  # noqa: DTZ001 - stored in UTC without a zone
    moves = [replace(move, at=then) for move in journal.moves(warehouse)]
    (warehouse / "history" / "journal.jsonl").unlink()
    journal.note(warehouse, *moves)
    file = (warehouse / "current.duckdb").resolve()
    content = file.read_bytes()
    file.unlink()  # It is a link: what it leads to is not ours to write to.
    file.write_bytes(content)
    with duckdb.connect(str(file)) as connection:
        connection.execute("update meta.release set created_at = ?::date + interval 12 hour", [day])
        for name in ("observation", "inequality"):
            connection.execute(f"update history.{name} set valid_from = ?::date + interval 12 hour", [day])
    write_sums(file, written_as=file)


@dataclass
class Days:
    """The warehouse after a run on the sample in March, one on a revised sample today, and March rebuilt."""

    here: Settings
    first: str
    second: Publication
    rebuilt: Publication

    def ask(self, query: str, *, release_id: str = "") -> list[tuple[Any, ...]]:
        warehouse = self.here.warehouse
        file = folder.file_of(warehouse, release_id) if release_id else warehouse / "current.duckdb"
        with duckdb.connect(str(file.resolve()), read_only=True) as connection:
            return connection.sql(query).fetchall()


@pytest.fixture(scope="module")
def days(sample_place: tuple[Path, Settings, Outcome], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Days]:
    place = built.copy_of(sample_place[0], tmp_path_factory.mktemp("days") / "place")
    redate(place / "snapshots", DAY)
    redate_release(place / "warehouse", DAY)
    revised = Path(shutil.copytree(settings.Settings().sample, place / "input"))
    text = (revised / FILE).read_text(encoding="utf-8")
    assert text.count(OLD) == 1
    (revised / FILE).write_text(text.replace(OLD, NEW), encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        here = use_place(place, patch)
        second = walk_and_publish(run_on(here, revised)).publication
        rebuilt = walk_and_publish(run_on(here, "sample", as_of=date(2026, 3, 5))).publication
        assert second is not None
        assert rebuilt is not None
        yield Days(here, sample_place[2].release_id, second, rebuilt)


def test_the_revised_figure_is_told_and_so_is_what_rests_on_it(days: Days) -> None:
    told = days.ask("select kind, old_value, new_value, previous_release from meta.revision where " + CELL)
    assert (days.second.is_new, told) == (True, [("revised", 78.59, 78.99, days.first)])
    subjects = {str(subject) for (subject,) in days.ask("select distinct subject from meta.revision")}
    assert "observation" in subjects
    page = " ".join(re.sub(r"<[^>]+>", " ", (days.here.warehouse / "report" / "revisions.html").read_text()).split())
    assert f"Compared with release {days.first}" in page
    assert "78.99, was 78.59 (0.4 higher" in page


def test_a_first_release_has_no_revisions_and_all_its_cells_in_the_log(days: Days) -> None:
    assert days.ask("select count(*) from meta.revision", release_id=days.first) == [(0,)]
    ((cells,),) = days.ask("select count(*) from published.observation", release_id=days.first)
    assert days.ask("select count(*) from history.observation", release_id=days.first) == [(cells,)]
    ((now,),) = days.ask("select count(*) from history.observation")
    assert cells < now < cells + 10


def test_each_day_is_answered_by_the_release_of_then(days: Days) -> None:
    asked = "select value from observation_as_of(date '{}') where " + CELL
    assert days.ask(asked.format("2026-02-28")) == []
    assert days.ask(asked.format("2026-03-05")) == [(78.59,)]
    assert days.ask(asked.format(datetime.now(UTC).date())) == [(78.99,)]
    both = "select count(*) from inequality_as_of('2026-03-05') as earlier join published.inequality as now "
    ((same,),) = days.ask(
        both + "using (indicator, area_code, period, period_length, sex, age, dimension, scheme, measure, transform)"
    )
    ((all_,),) = days.ask("select count(*) from published.inequality")
    assert same == all_


def test_the_first_day_is_rebuilt_equal_and_current_stays(days: Days) -> None:
    said = [note.release for note in days.rebuilt.notes if note.kind is Kind.BUILD_EQUAL]
    assert said == [days.first], days.rebuilt.notes
    ((then,),) = days.ask("select content_hash from meta.release", release_id=days.first)
    ((now,),) = days.ask("select content_hash from meta.release", release_id=days.rebuilt.release_id)
    assert then == now
    assert (days.here.warehouse / "LATEST").read_text().strip() == days.second.release_id
