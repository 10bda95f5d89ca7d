"""Child processes that start others: they and all of theirs end together.

What belongs here: process groups, and how they are told to stop. What does not: what is started (`cli/ui.py`).
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence

POLL_SECONDS = 0.1


def run_together(commands: Sequence[Sequence[str]], *, environment: Mapping[str, str], patience: float = 10) -> int:
    """Run commands, each in a session of its own, until one ends or we are told to stop; nothing they started stays.

    SIGTERM, SIGHUP and SIGINT (Ctrl-C) end every group: by SIGINT first, then by SIGTERM, each with `patience` seconds
    to comply, then by SIGKILL. Returns the exit code of the first that ended; 0 when we were told to stop.
    """
    stops: list[int] = []
    before = {
        number: signal.signal(number, lambda heard, _: stops.append(heard))
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)
    }
    children: list[subprocess.Popen[bytes]] = []
    code = None
    try:
        for command in commands:
            children.append(subprocess.Popen(command, env=dict(environment), start_new_session=True))  # noqa: S603
        while code is None and not stops:
            time.sleep(POLL_SECONDS)
            code = next((child.returncode for child in children if child.poll() is not None), None)
    finally:
        _end(children, patience)
        for number, handler in before.items():
            signal.signal(number, handler)
    return code or 0


def _end(children: Sequence[subprocess.Popen[bytes]], patience: float) -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
        left = [child for child in children if _signal(child.pid, number)]
        until = time.monotonic() + patience
        while left and time.monotonic() < until:
            time.sleep(POLL_SECONDS)
            # After SIGKILL a group may keep zombies that others have to reap.
            left = [child for child in left if child.poll() is None or (number != signal.SIGKILL and _is_there(child))]
        if not left:
            break
    for child in children:
        child.wait()


def _is_there(child: subprocess.Popen[bytes]) -> bool:
    """Whether any process of the child's group is left."""
    return _signal(child.pid, 0)


def _signal(group: int, number: int) -> bool:
    """Send a signal to a process group (0 only asks whether it is there). False when no process is left in it."""
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):
        return False
    return True
