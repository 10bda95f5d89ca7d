"""Health for machines that only read files: a heartbeat, and metrics for Prometheus' node exporter (`textfile`).

What belongs here: what these two files say. What does not: whether all is well (`health.py`), or when they are written
(`run/announce.py`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from pipelines.files import write_atomically
from pipelines.settings import Settings
from pipelines.status.health import Health, Verdict

HEARTBEAT = "heartbeat"
"""In the warehouse. Its age is the time since a run last ended, whatever came of it: old means that none is started."""


def write_signals(here: Settings, found: Health) -> None:
    """Write the heartbeat and, where a place for them is set, the metrics. Raises OSError where one cannot be."""
    last = found.last
    said = f"{last.ended_at.isoformat(timespec='seconds')} {last.outcome}\n" if last else ""
    write_atomically(here.warehouse / HEARTBEAT, said.encode())
    if here.metrics_file:
        _write_readable(here.metrics_file, metrics(found))


def metrics(found: Health) -> str:
    """Health in Prometheus' text format; what is not known is left out."""
    lines: list[str] = []
    for name, about, values in _gauges(found):
        known = [(labels, value) for labels, value in values.items() if value is not None]
        if known:
            lines += [f"# HELP {name} {about}", f"# TYPE {name} gauge"]
            lines += [f"{name}{labels} {value:.15g}" for labels, value in known]
    return "\n".join(lines) + "\n"


def _gauges(found: Health) -> Iterator[tuple[str, str, dict[str, float | None]]]:
    """Name, meaning, and values by label."""
    release, last = found.release, found.last
    yield (
        "inequality_verdict",
        "1 for the verdict that holds when a run ends; the age of the release goes on after that.",
        {_label("verdict", verdict): float(verdict is found.verdict) for verdict in Verdict},
    )
    yield (
        "inequality_last_run_end_timestamp_seconds",
        "When a run last ended.",
        {"": _time(last.ended_at if last else None)},
    )
    yield (
        "inequality_last_run_good",
        "1 where the last run published or found nothing new.",
        {"": float(last.outcome.is_good) if last else None},
    )
    seconds = (last.ended_at - last.started_at).total_seconds() if last and last.started_at else None
    yield "inequality_last_run_duration_seconds", "How long the last run took.", {"": seconds}
    yield (
        "inequality_release_created_timestamp_seconds",
        "When the current release was made.",
        {"": _time(release.created_at if release else None)},
    )
    yield (
        "inequality_release_confirmed_timestamp_seconds",
        "When a run last published, or found that the release still says the same.",
        {"": _time(found.confirmed_at)},
    )
    yield (
        "inequality_release_fresh_for_seconds",
        "How old the confirmation may get.",
        {"": found.fresh_for.total_seconds()},
    )
    yield "inequality_deliveries_held_back", "Deliveries held back by the last run.", {"": len(found.held_back)}
    states = Counter(one.state for one in found.sources or ())
    yield (
        "inequality_sources",
        "Files by state.",
        {_label("state", state): float(count) for state, count in sorted(states.items())},
    )
    if release:
        failed = Counter(check.severity for check in release.checks if not check.could_not_run)
        yield (
            "inequality_checks_not_passed",
            "Checks that did not pass in the current release.",
            {_label("severity", severity): float(failed[severity]) for severity in ("critical", "warning")},
        )
        stuck = sum(check.could_not_run for check in release.checks)
        yield "inequality_checks_not_run", "Checks of the current release that could not run.", {"": float(stuck)}


def _label(name: str, value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'{{{name}="{escaped}"}}'


def _time(when: datetime | None) -> float | None:
    return when.timestamp() if when else None


def _write_readable(file: Path, text: str) -> None:
    """The exporter runs as another user, whatever our umask is. It reads `*.prom` only, so no half-written file."""
    write_atomically(file, text.encode())
    file.chmod(0o644)
