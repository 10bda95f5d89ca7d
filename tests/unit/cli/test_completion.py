"""Completion in a real shell: commands, options, inputs, and the releases that are there."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from pipelines.release import folder

COMMAND = str(Path(sys.executable).with_name("inequality"))
BASH = """
eval "$(_INEQUALITY_COMPLETE=source_bash {command})"
COMP_WORDS=({words} "{begun}"); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))
_inequality_completion {command}
echo "${{COMPREPLY[@]}}"
"""


def completed(words: str, begun: str, warehouse: Path) -> list[str]:
    """What bash offers after `words` where `begun` is typed."""
    if not shutil.which("bash") or not Path(COMMAND).is_file():
        pytest.skip("There is no bash, or the command is not installed.")
    script = BASH.format(command=COMMAND, words=f"{COMMAND} {words}", begun=begun)
    environment = os.environ | {"INEQUALITY_WAREHOUSE": str(warehouse)}
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True, env=environment)
    assert done.stderr == ""
    return done.stdout.split()


@pytest.mark.parametrize(
    ("words", "begun", "offered"),
    [
        ("", "rol", ["rollback"]),
        ("ui", "--al", ["--allow-runs"]),
        ("run --from", "l", ["live"]),
        ("run --from", "data_r", []),
        ("sql --format", "", ["table", "csv", "json", "parquet", "xlsx"]),
        ("rollback", "2026", ["20260101T000000Z_aaaaaaaa"]),
        ("rollback", "board", ["board_paper"]),
    ],
)
def test_the_shell_completes(tmp_path: Path, words: str, begun: str, offered: list[str]) -> None:
    release_id = "20260101T000000Z_aaaaaaaa"
    folder.releases_folder(tmp_path).mkdir()
    folder.file_of(tmp_path, release_id).touch()
    folder.tag(tmp_path, release_id, "board_paper")
    assert completed(words, begun, tmp_path) == offered


def test_settings_that_make_no_sense_offer_nothing_and_say_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INEQUALITY_THREADS", "many")
    assert completed("rollback", "2026", tmp_path) == []
