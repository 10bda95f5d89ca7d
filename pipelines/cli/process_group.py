"""A child process that starts others: it and all of them end together.

What belongs here: one process group, and how it is told to stop. What does not: what is started (`cli/app.py`).
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence

POLL_SECONDS = 0.1


def run_together(command: Sequence[str], *, environment: Mapping[str, str], patience: float = 10) -> int:
    """Run a command in a session of its own until it ends or we are told to stop; nothing it started stays behind.

    SIGTERM, SIGHUP and SIGINT (Ctrl-C) end the whole group: by SIGINT first, then by SIGTERM, each with `patience`
    seconds to comply, then by SIGKILL. Returns the exit code; 0 when we were told to stop.
    """
    stops: list[int] = []
    before = {
        number: signal.signal(number, lambda heard, _: stops.append(heard))
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)
    }
    try:
        child = subprocess.Popen(command, env=dict(environment), start_new_session=True)  # noqa: S603
        try:
            while child.poll() is None and not stops:
                time.sleep(POLL_SECONDS)
        finally:
            _end(child, patience)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    return 0 if stops else child.returncode


def _end(child: subprocess.Popen[bytes], patience: float) -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
        if not _signal(child.pid, number):
            break
        until = time.monotonic() + patience
        while time.monotonic() < until and (child.poll() is None or _signal(child.pid, 0)):
            time.sleep(POLL_SECONDS)
            if number == signal.SIGKILL and child.poll() is not None:
                break
    child.wait()


def _signal(group: int, number: int) -> bool:
    """Send a signal to a process group (0 only asks whether it is there). False when no process is left in it."""
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):
        return False
    return True
