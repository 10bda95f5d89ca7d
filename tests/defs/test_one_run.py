"""One run at a time, and modelled data never replaces published data unasked."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from pipelines import release
from pipelines.defs.one_run import RunRefused, guard_origin, only_run
from pipelines.settings import Settings
from pipelines.sources.origin import MODELLED, PUBLISHER, RunInput

HOLD = """
import fcntl, sys
lock = open(sys.argv[1], "w")
fcntl.flock(lock, fcntl.LOCK_EX)
print("held", flush=True)
sys.stdin.read()
"""


def test_a_second_process_is_refused_and_the_lock_goes_with_its_holder(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path / ".lock")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        with pytest.raises(RunRefused, match="Another run holds"), only_run(tmp_path):
            pass
        other.kill()
    with only_run(tmp_path), only_run(tmp_path):
        pass


@pytest.mark.parametrize(
    ("current", "run_from", "asked", "refused"),
    [
        (PUBLISHER, None, MODELLED, True),
        (PUBLISHER, "", MODELLED, True),
        (PUBLISHER, "sample", MODELLED, False),
        (PUBLISHER, None, PUBLISHER, False),
        (MODELLED, None, MODELLED, False),
    ],
)
def test_modelled_data_replaces_published_data_only_when_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, current: str, run_from: str | None, asked: str, refused: bool
) -> None:
    class Now:
        origin, release_id, input = current, "20260101T000000Z_aaaaaaaa", "mirror"

    monkeypatch.setattr(release, "current", lambda _: Now)
    here = Settings(warehouse=tmp_path)
    run_input = RunInput("sample", tmp_path, asked)
    if refused:
        with pytest.raises(RunRefused, match="publishers' data"):
            guard_origin(here, run_from, run_input)
    else:
        guard_origin(here, run_from, run_input)
