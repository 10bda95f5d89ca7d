"""Files of our own are never seen half written."""

from __future__ import annotations

from pathlib import Path

from pipelines.files import write_atomically
from tests.watched import seen_during


def test_a_file_is_the_old_one_or_the_whole_new_one_at_every_moment(tmp_path: Path) -> None:
    file = tmp_path / "file"
    write_atomically(file, b"old")
    seen = seen_during(lambda: write_atomically(file, b"new, and longer"), file.read_bytes)
    assert list(dict.fromkeys(seen)) == [b"old", b"new, and longer"]
    assert [one.name for one in tmp_path.iterdir()] == ["file"]
