"""A process that publishes one prepared edition, to be killed while it does.

`python -m tests.proofs.release.killed_publish PLACE` says `ready`, reads `NUMBER EDITION LINE` from standard input,
publishes, and says `done`, with how many lines of our own code it came by. LINE is one of these, in the order of first
passing: it kills itself (signal 9) there. 0 is none, and -1 only counts.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from types import FrameType
from typing import Any

from pipelines import files
from pipelines.release import checksums, file, folder, publish
from pipelines.sources.arrival import snapshot
from tests.proofs.release.prepared import Place

OURS = {str(module.__file__) for module in (checksums, file, files, folder, publish, snapshot)}


class Lines:
    """Notes each line of our own code when it is first passed, and ends the process at one of them."""

    def __init__(self, last: int) -> None:
        self.last = last
        self.passed: set[tuple[str, int]] = set()

    def __call__(self, frame: FrameType, event: str, _: Any) -> Lines | None:
        """What `sys.settrace` calls."""
        if frame.f_code.co_filename not in OURS:
            return None
        if event == "line":
            self.passed.add((frame.f_code.co_filename, frame.f_lineno))
            if len(self.passed) == self.last:
                os.kill(os.getpid(), signal.SIGKILL)
        return self


def main(place: Path) -> None:
    """Publish once."""
    print("ready", flush=True)
    number, edition, last = map(int, sys.stdin.readline().split())
    lines = Lines(last)
    # Tracing slows every call, so a process that is killed by the clock goes without.
    if last:
        sys.settrace(lines)
    Place(place).publish(number, edition)
    sys.settrace(None)
    print("done", len(lines.passed), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
