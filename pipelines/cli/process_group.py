"""Child processes that start others: they and all of theirs end together.

What belongs here: process groups, and how they are told to stop. What does not: what is started (`cli/ui.py`).
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence

POLL_SECONDS = 0.1


def run_together(commands: Sequence[Sequence[str]], *, environment: Mapping[str, str], patience: float = 10) -> int:
    """Run commands, each in a session of its own, until one ends or we are told to stop; nothing they started stays.

    SIGTERM, SIGHUP and SIGINT (Ctrl-C) end them: by SIGINT to each, then by SIGTERM to what is left of their groups,
    with `patience` seconds to comply each time, then by SIGKILL. Returns the exit code of the first that ended; 0 when
    we were told to stop.
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
    def are_over() -> bool:
        return all(child.poll() is not None for child in children)

    def are_gone() -> bool:
        return are_over() and not any(_signal(child.pid, 0) for child in children)

    # First only those that we started: each ends its own in order, and quietly.
    for child in children:
        if child.poll() is None:
            child.send_signal(signal.SIGINT)
    _wait(are_over, patience)
    # After SIGKILL a group may keep dead processes that others have to reap.
    for number, is_enough in ((signal.SIGTERM, are_gone), (signal.SIGKILL, are_over)):
        for child in children:
            _signal(child.pid, number)
        _wait(is_enough, patience)


def _wait(is_over: Callable[[], bool], patience: float) -> None:
    until = time.monotonic() + patience
    while not is_over() and time.monotonic() < until:
        time.sleep(POLL_SECONDS)


def _signal(group: int, number: int) -> bool:
    """Send a signal to a process group (0 only asks whether it is there). False when no process is left in it."""
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):
        return False
    return True
