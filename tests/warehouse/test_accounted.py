"""Every row of the sample's files, read anew with the standard library, is in the release or accounted for."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from pipelines.settings import Settings
from tests.accounted.release import Release
from tests.accounted.rows import files_of, rows_of


def test_no_row_of_the_sample_is_lost(sample_warehouse: Path) -> None:
    release, folder = Release(sample_warehouse), Settings().sample
    files = files_of(folder)
    assert len(files) > 3
    for file in files:
        path, rows = file.relative_to(folder).as_posix(), list(rows_of(file))
        fates = release.fates(rows, path)
        assert (fates.total(), fates["lost"], fates["held back"]) == (len(rows), 0, 0)
        assert fates["equal"] > fates["double"] + fates["refused"]


def test_a_row_that_the_release_does_not_hold_is_lost(sample_warehouse: Path) -> None:
    release, file = Release(sample_warehouse), files_of(Settings().sample)[0]
    row = next(row for row in rows_of(file) if release.fate(row, "x") == "equal" and row.value)
    assert release.fate(replace(row, value="1234.5"), "x") == "lost"
    assert release.fate(replace(row, sha256="0" * 64), "x") == "double"
    assert release.fate(replace(row, sha256="0" * 64, area="E99999999"), "x") == "lost"
