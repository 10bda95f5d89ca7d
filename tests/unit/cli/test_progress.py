"""Progress is seen although a step's standard error is sent elsewhere, on a terminal and in a pipe."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
import textwrap
from pathlib import Path

WHILE_REDIRECTED = textwrap.dedent(
    """
    import sys, time
    from dagster._core.execution.compute_logs import redirect_to_file
    from pipelines.cli.console import RunProgress

    with RunProgress(3) as progress, redirect_to_file(sys.stderr, sys.argv[1]):
        for step in ("core__area", "core__lsoa", "measures__inequality"):
            progress.watch("STEP_START", step)
            time.sleep(0.2)
            progress.watch("STEP_SUCCESS", step)
            time.sleep(0.2)
    """
)


def read_all(descriptor: int) -> str:
    """All that is written to a terminal until it is closed."""
    said = b""
    while True:
        try:
            part = os.read(descriptor, 4096)
        except OSError:  # Linux: the other end is closed.
            break
        if not part:
            break
        said += part
    return said.decode()


def test_the_bar_moves_on_a_terminal(tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    environment = os.environ | {"TERM": "xterm-256color", "COLUMNS": "80"}
    command = [sys.executable, "-c", WHILE_REDIRECTED, str(tmp_path / "log")]
    child = subprocess.Popen(command, stdout=theirs, stderr=theirs, env=environment)
    os.close(theirs)
    said = read_all(ours)
    os.close(ours)
    assert child.wait() == 0, said
    for seen in ("0/3", "core.area", "1/3", "measures.inequality", "3/3"):
        assert seen in said


def test_a_pipe_gets_one_line_for_each_layer(tmp_path: Path) -> None:
    command = [sys.executable, "-c", WHILE_REDIRECTED, str(tmp_path / "log")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stderr == "core ...\nmeasures ...\n"
