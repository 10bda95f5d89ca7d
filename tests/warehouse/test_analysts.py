"""docs/analysts.md is true: its Python runs on a release, its commands run, and its paths are there."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipelines.cli.app import app
from pipelines.settings import PROJECT, Settings

PAGE = (PROJECT / "docs" / "analysts.md").read_text(encoding="utf-8")
SECTIONS = re.split(r"^## ", PAGE, flags=re.MULTILINE)[1:]
SNIPPETS = {
    section.partition("\n")[0]: code
    for section in SECTIONS
    for code in re.findall(r"```python\n(.*?)```", section, re.S)
}
COMMANDS = [line for block in re.findall(r"```sh\n(.*?)```", PAGE, re.S) for line in block.splitlines()]


@pytest.fixture
def in_copy(after_sample: Settings, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a copy of the sample's warehouse."""
    monkeypatch.chdir(after_sample.warehouse.parent)
    return after_sample.warehouse.parent


def test_the_page_has_a_section_for_each_tool() -> None:
    titles = [section.partition("\n")[0] for section in SECTIONS]
    assert titles == ["DuckDB", "pandas", "Polars", "Parquet, without DuckDB", "Excel", "R", "Power BI"]
    assert list(SNIPPETS) == titles[:4]


@pytest.mark.parametrize("tool", SNIPPETS)
def test_a_python_snippet_runs_and_prints_figures(tool: str, in_copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    exec(compile(SNIPPETS[tool], tool, "exec"), {})
    assert re.search(r"\d", capsys.readouterr().out)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_runs_and_writes_its_file(command: str, in_copy: Path) -> None:
    program, *words = shlex.split(command)
    result = CliRunner().invoke(app, words)
    assert (program, result.exit_code) == ("inequality", 0), result.output
    assert (in_copy / words[-1]).stat().st_size > 0
