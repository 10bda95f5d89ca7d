"""What a run in this process is at, handed to whoever watches it.

What belongs here: passing on (kind, table) pairs. What does not: drawing them (`cli/console.py`).
"""

from __future__ import annotations

from collections.abc import Callable

Watcher = Callable[[str, str], None]
"""Called with what happened (`STEP_START`, `STEP_SUCCESS`, `STEP_FAILURE`, `STEP_SKIPPED`) and the table's name."""

_watchers: list[Watcher] = []


def watch(watcher: Watcher) -> Callable[[], None]:
    """Call `watcher` on everything that happens from now on. Returns a function that stops it."""
    _watchers.append(watcher)
    return lambda: _watchers.remove(watcher)


def tell(kind: str, table: str) -> None:
    """Tell everybody who watches."""
    for watcher in _watchers:
        watcher(kind, table)
