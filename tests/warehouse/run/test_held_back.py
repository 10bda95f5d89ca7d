"""A bad delivery costs no more than its own file, and a person may let it in or let it go."""

from __future__ import annotations

from pathlib import Path

from pipelines.release.publish import current
from pipelines.run.accept import accept
from pipelines.run.walk import Walked, walk_and_publish
from pipelines.settings import Settings
from pipelines.tables.table import Run
from tests.conftest import run_on

GONE = "fingertips/92901_501.csv"
OBESITY = "fingertips/93881_502.csv"


def hold(done: Walked) -> list[tuple[str, str, bool]]:
    return [(one.path, one.rule, one.stand_in is not None) for one in done.gate.held]


def published(run: Run) -> str:
    now = current(run.settings.warehouse)
    assert now is not None
    return now.content_hash


def test_a_file_that_is_gone_is_stood_in_for_until_a_person_lets_it_go(
    altered_sample: Path, after_sample: Settings
) -> None:
    (altered_sample / GONE).unlink()
    done = walk_and_publish(run_on(after_sample, altered_sample))
    assert hold(done) == [(GONE, "coverage_has_not_shrunk", True)]
    assert done.publication is not None
    made = accept(after_sample, GONE, because="The publisher withdrew it.")
    assert (made.path, made.sha256) == (GONE, "")
    done = walk_and_publish(run_on(after_sample, altered_sample))
    assert (done.stop, hold(done)) == (None, [])
    assert [one.path for one in done.gate.accepted] == [GONE]
    run = run_on(after_sample, altered_sample)
    assert run.store.read("published.observation").filter(source="fingertips", area_code=GONE).is_empty()


def test_a_newcomer_that_contradicts_a_file_of_the_last_release_is_the_one_held_back(
    altered_sample: Path, after_sample: Settings
) -> None:
    was = published(run_on(after_sample, altered_sample))
    text = (altered_sample / OBESITY).read_text(encoding="utf-8-sig")
    index = altered_sample / "index.csv"
    line = next(line for line in index.read_text().splitlines() if line.startswith(OBESITY))
    index.write_text(index.read_text() + line.replace("93881_502", "93881_again") + "\n")
    changed = text.replace(",2023/24,2", ",2023/24,3").replace(",2022/23,2", ",2022/23,3")
    assert changed != text
    (altered_sample / "fingertips/93881_again.csv").write_text(changed, encoding="utf-8")
    done = walk_and_publish(run_on(after_sample, altered_sample))
    assert done.stop is None
    assert [path for path, _, _ in hold(done)] == ["fingertips/93881_again.csv"]
    assert done.publication is not None
    assert done.publication.content_hash != was
