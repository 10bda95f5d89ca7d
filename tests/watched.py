"""What others would see while a piece of code runs: a reader that opens at any moment, or whoever comes after a crash.

What belongs here: looking between every two instructions. What does not: what may be seen then, which each test says.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any, TypeVar

Seen = TypeVar("Seen")


def seen_during(act: Callable[[], object], look: Callable[[], Seen]) -> list[Seen]:
    """What `look` finds before every instruction of Python that `act` runs, and at the end, in order."""
    seen: list[Seen] = []

    def watch(frame: FrameType, *_: object) -> Any:
        frame.f_trace_opcodes = True
        seen.append(look())
        return watch

    before = sys.gettrace()
    sys.settrace(watch)
    try:
        act()
    finally:
        sys.settrace(before)
    return [*seen, look()]
