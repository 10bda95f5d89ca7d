"""Whoever watches a run hears of every table as it begins and ends."""

from __future__ import annotations

from pipelines.defs.progress import tell, watch


def test_a_watcher_hears_of_every_table_until_it_stops() -> None:
    heard: list[tuple[str, str]] = []
    stop = watch(lambda kind, table: heard.append((kind, table)))
    tell("STEP_START", "core.area")
    stop()
    tell("STEP_SUCCESS", "core.area")
    assert heard == [("STEP_START", "core.area")]
