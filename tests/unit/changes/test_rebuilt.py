"""A rebuilt day is compared with what was published then: equal, or why not, in one sentence."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import polars as pl
import pytest

from pipelines.changes.rebuilt import compared_with_then
from pipelines.notes import words
from pipelines.release import publish
from pipelines.release.folder import Release, file_of
from tests.unit.changes.test_previous import write_release

FIGURE = pl.DataFrame({"value": [1.0], "method_version": ["1"]})
OTHER = FIGURE.with_columns(value=pl.lit(2.0))


def kept(warehouse: Path, made: Release, **changed: pl.DataFrame) -> None:
    """The Parquet beside a release."""
    folder = file_of(warehouse, made.release_id).with_suffix("") / "published"
    folder.mkdir(parents=True)
    for name, frame in ({"figure": FIGURE, "area": FIGURE} | changed).items():
        frame.write_parquet(folder / f"{name}.parquet")


@pytest.fixture
def then(tmp_path: Path) -> Release:
    made = write_release(tmp_path, "1", created_at=datetime(2026, 3, 1, 12))  # noqa: DTZ001
    kept(tmp_path, made)
    write_release(tmp_path, "3", created_at=datetime(2026, 3, 1, 13), origin="publisher")  # noqa: DTZ001
    later = write_release(tmp_path, "2", created_at=datetime(2026, 3, 9, 12))  # noqa: DTZ001
    kept(tmp_path, later)
    return made


def rebuilt(then: Release, **changed: str) -> Release:
    fields = {"release_id": "4_as_of_2026-03-05", "as_of": "2026-03-05", "content_hash": "other"}
    return replace(then, **(fields | changed))  # type: ignore[arg-type]


def test_the_same_content_is_equal_to_the_newest_release_of_that_day(tmp_path: Path, then: Release) -> None:
    said = words(compared_with_then(tmp_path, rebuilt(then, content_hash=then.content_hash)))
    assert said == "Equal to the release 1, current at the end of 2026-03-05: content hash 1."


def test_other_data_under_the_same_code_are_named_by_table(tmp_path: Path, then: Release) -> None:
    made = rebuilt(then)
    kept(tmp_path, made, figure=OTHER, more=OTHER)
    assert words(compared_with_then(tmp_path, made)) == (
        "Not equal to the release 1, current at the end of 2026-03-05, although the code is the same: the data differ. "
        "It differs in published.figure, published.more."
    )


def test_other_code_is_named_first_and_a_new_method_alone_is_no_difference(tmp_path: Path, then: Release) -> None:
    made = rebuilt(then, code_version="2")
    kept(tmp_path, made, figure=FIGURE.with_columns(method_version=pl.lit("2")))
    assert words(compared_with_then(tmp_path, made)) == (
        "Not equal to the release 1, current at the end of 2026-03-05: the code differs (1 then, 2 now). It differs in "
        "which rows were refused or counted. Check out the code of then to rebuild it."
    )


def test_a_day_of_which_no_release_is_kept_is_compared_with_none(tmp_path: Path, then: Release) -> None:
    said = words(compared_with_then(tmp_path, rebuilt(then, as_of="2026-02-01")))
    assert said == (
        "The release that was current at the end of 2026-02-01 is not kept, or there was none, so this build is "
        "compared with none."
    )


def test_a_day_on_which_somebody_went_back_is_compared_with_what_they_went_back_to(
    tmp_path: Path, then: Release
) -> None:
    publish.rollback(tmp_path, "1", at=datetime(2026, 3, 10, 9))  # noqa: DTZ001
    said = [words(compared_with_then(tmp_path, rebuilt(then, as_of=f"2026-03-{day}"))) for day in ("09", "10")]
    assert ["the release 2," in said[0], "the release 1," in said[1]] == [True, True]
