"""The link to the current release: whoever looks, at whatever moment, finds a whole release; LATEST is not ahead."""

from __future__ import annotations

from pathlib import Path

from pipelines.release.folder import file_of, linked, point, releases_folder, text_of
from tests.watched import seen_during


def test_the_link_leads_to_a_release_at_every_moment_and_latest_is_never_ahead_of_it(tmp_path: Path) -> None:
    releases_folder(tmp_path).mkdir()
    for release_id in ("1", "2"):
        file_of(tmp_path, release_id).touch()
    point(tmp_path, "1")
    seen = seen_during(lambda: point(tmp_path, "2"), lambda: (linked(tmp_path), text_of(tmp_path / "LATEST")))
    assert list(dict.fromkeys(seen)) == [("1", "1"), ("2", "1"), ("2", "2")]
