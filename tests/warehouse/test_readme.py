"""The README is true: its commands run, its snippet runs, and the files it names are there."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipelines.cli.app import app
from pipelines.settings import PROJECT, Settings
from tests.warehouse.defs.test_nightly import AGAIN

README = (PROJECT / "README.md").read_text(encoding="utf-8")
COMMANDS = [
    shlex.split(line, comments=True) for line in re.findall(r"^\.venv/bin/inequality (.*)$", README, re.MULTILINE)
]
TARGETS = re.findall(r"`?make ([a-z]+)\b", README)


@pytest.fixture
def in_copy(after_sample: Settings, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a copy of the sample's warehouse, and the command pointed at it."""
    monkeypatch.chdir(after_sample.warehouse.parent)
    return after_sample.warehouse.parent


def test_the_readme_shows_commands() -> None:
    assert len(COMMANDS) >= 5


def test_the_readme_runs_the_sample_as_the_test_of_a_second_run_does() -> None:
    assert AGAIN in COMMANDS


@pytest.mark.parametrize("command", [command for command in COMMANDS if command != AGAIN], ids=" ".join)
def test_a_command_of_the_readme_runs(command: list[str], in_copy: Path) -> None:
    result = CliRunner().invoke(app, command)
    assert result.exit_code == 0, result.output
    assert result.output.strip()


def test_the_python_snippet_runs(in_copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (snippet,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    exec(compile(snippet, "README.md", "exec"), {})
    assert "gap_years" in capsys.readouterr().out


@pytest.mark.parametrize("target", sorted(set(TARGETS)))
def test_a_make_target_of_the_readme_exists(target: str) -> None:
    assert re.search(rf"^{target}:", (PROJECT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)


@pytest.mark.parametrize("path", sorted(set(re.findall(r"`((?:sql|pipelines|data_raw)/[\w/.]*)`", README))))
def test_a_path_of_the_readme_exists(path: str) -> None:
    assert (PROJECT / path).exists()
