"""The wheel carries what an installed command reads, and the command writes where it was started, not into itself."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from pipelines.settings import PACKAGE, PROJECT

READ = ("sql", "expectations", "data_raw/sample")
"""The folders of the project that a run reads."""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built offline from the project."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    subprocess.run(command, cwd=PROJECT, check=True, capture_output=True)
    (built,) = folder.glob("*.whl")
    return built


def test_the_wheel_carries_every_file_that_is_read(wheel: Path) -> None:
    held = set(zipfile.ZipFile(wheel).namelist())
    read = [file for folder in READ for file in (PROJECT / folder).rglob("*") if file.is_file()]
    code = [file for file in PACKAGE.rglob("*") if file.is_file() and file.suffix in (".py", ".toml", ".j2")]
    wanted = {f"pipelines/_project/{file.relative_to(PROJECT).as_posix()}" for file in read}
    wanted |= {f"pipelines/{file.relative_to(PACKAGE).as_posix()}" for file in code}
    assert len(read) > 100
    assert wanted - held == set()


def test_an_installed_command_reads_its_wheel_and_writes_where_it_was_started(wheel: Path, tmp_path: Path) -> None:
    installed, started = tmp_path / "site-packages", tmp_path / "somewhere"
    zipfile.ZipFile(wheel).extractall(installed)
    started.mkdir()
    script = (
        f"import sys; sys.path.insert(0, {str(installed)!r}); from pipelines import settings; here = settings.load(); "
        "print(here.sql, here.sample, here.warehouse, here.snapshots, sep='\\n')"
    )
    # -P: the folder it is started in is no place to find modules.
    said = subprocess.run(
        [sys.executable, "-P", "-c", script], cwd=started, check=True, capture_output=True, text=True
    ).stdout.splitlines()
    carried = installed / "pipelines" / "_project"
    assert said == [
        str(carried / "sql"),
        str(carried / "data_raw" / "sample"),
        str(started / "warehouse"),
        str(started / "data_raw" / "snapshots"),
    ]
