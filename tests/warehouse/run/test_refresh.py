"""One indicator alone: only its files are taken anew, and the whole catalogue is published."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from pipelines.run.refresh import UnknownIndicator, paths_of
from pipelines.run.walk import walk_and_publish
from pipelines.settings import Settings
from pipelines.tables.store import Store
from tests.conftest import run_on

OBESITY, SMOKING = "fingertips/93881_502.csv", "fingertips/92443_502.csv"
SLUG = "obesity_prevalence_adults"


def touch(file: Path) -> None:
    """Other bytes that say the same: a blank line at the end."""
    file.write_bytes(file.read_bytes() + b"\n")


def taken(here: Settings) -> dict[str, str]:
    """The hash of every file that the last run took."""
    return dict(Store(here.tables).read("staging.snapshot").select("path", "sha256").iter_rows())


def test_only_the_files_of_the_indicator_are_taken_anew(altered_sample: Path, after_sample: Settings) -> None:
    before = taken(after_sample)
    figures = Store(after_sample.tables).read("published.observation").height
    for path in (OBESITY, SMOKING):
        touch(altered_sample / path)

    asked = paths_of(after_sample, [SLUG])
    done = walk_and_publish(replace(run_on(after_sample, altered_sample), asked=asked))

    assert done.publication is not None, done.stop
    after = taken(after_sample)
    assert {path for path in before if before[path] != after[path]} == {OBESITY}
    assert after.keys() == before.keys()
    with duckdb.connect(str((after_sample.warehouse / "current.duckdb").resolve()), read_only=True) as release:
        assert release.sql("select count(*) from published.observation").fetchall() == [(figures,)]
    walk_and_publish(run_on(after_sample, altered_sample))
    assert taken(after_sample)[SMOKING] != before[SMOKING]


def test_an_indicator_is_asked_for_where_the_catalogue_and_the_last_run_have_it(sample_warehouse: Path) -> None:
    here = Settings(warehouse=sample_warehouse)
    assert paths_of(here, [SLUG]) == ("fingertips/93881_*", OBESITY)
    of_life = paths_of(here, ["life_expectancy_at_birth"])
    assert of_life is not None
    assert "ons/life_expectancy_by_deprivation_decile.xlsx" in of_life
    assert paths_of(here, []) is None


def test_where_nothing_was_taken_before_every_file_is(tmp_path: Path) -> None:
    here = Settings(warehouse=tmp_path / "w", snapshots=tmp_path / "s")
    assert paths_of(here, [SLUG]) == ("fingertips/93881_*",)


def test_an_unknown_indicator_is_refused_with_those_that_are_near(tmp_path: Path) -> None:
    with pytest.raises(UnknownIndicator) as refused:
        paths_of(Settings(warehouse=tmp_path), ["obesity_prevalence_adult"])
    assert SLUG in refused.value.expected
    assert refused.value.exit_code == 2
