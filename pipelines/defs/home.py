"""Dagster's home: where it keeps its records, and the file there that says how, `dagster.yaml`.

What belongs here: writing that file, renewing one that an earlier version of ours wrote, and leaving a person's own
alone. What does not: the records themselves (`event_log.py`, `retention.py`), or starting a run (`launch.py`).
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

import dagster as dg

from pipelines.files import write_atomically
from pipelines.notes import Kind, Note
from pipelines.settings import Settings

FILE, NAMED = "dagster.yaml", ".own_file_named"
TELEMETRY_OFF = """\
telemetry:
  enabled: false
"""
CONTENT = f"""\
{TELEMETRY_OFF}nux:
  enabled: false
retention:
  schedule:
    purge_after_days: 90
concurrency:
  runs:
    max_concurrent_runs: 1
event_log_storage:
  module: pipelines.defs.event_log
  class: EventLog
  config:
    home:
      env: DAGSTER_HOME
"""
MARK = re.compile(r"# Written by `inequality`, which renews it while nobody changes it \(([0-9a-f]{16})\)\.\n")
EARLIER = {
    "ae02d509ac842622",
    "a65a8ab242a4ff70",
    "0f6c1a0f54cc1d98",
    "248096153f646377",
    "706a375190a19dc5",
}
"""The digests of what versions wrote that did not mark it."""
NOTHING_SAID = ("", "{}", "---", "null")
"""What a file holds that says nothing."""
WORTH_HAVING = {"event_log_storage": ("event_log_storage", "storage"), "concurrency": ("concurrency", "run_queue")}
"""What of ours a person's own file should say too, and by which parts it may."""


@contextmanager
def dagster_instance(settings: Settings) -> Iterator[dg.DagsterInstance]:
    """Dagster's records for this warehouse."""
    with dg.DagsterInstance.from_config(str(prepare_home(settings))) as instance:
        yield instance


def prepare_home(settings: Settings) -> Path:
    """Make DAGSTER_HOME with telemetry off, also where its file says nothing of it. Returns its folder.

    Processes started from here on (webserver, daemon, code server) may work in another folder, and must mean the same
    warehouse: what was given relative to ours is made absolute for them.
    """
    home = settings.dagster_home
    home.mkdir(parents=True, exist_ok=True)
    said = _said(home)
    if said.strip() in NOTHING_SAID or (is_ours(said) and said != written()):
        write_atomically(home / FILE, written().encode())
    elif not _says(said, "telemetry"):
        write_atomically(home / FILE, f"{said.rstrip()}\n{TELEMETRY_OFF}".encode())
    os.environ["DAGSTER_HOME"] = str(home)
    for name, path in (("INEQUALITY_WAREHOUSE", settings.warehouse), ("INEQUALITY_SNAPSHOTS", settings.snapshots)):
        if os.environ.get(name):
            os.environ[name] = str(path)
    # Nothing is sent whatever a file says.
    os.environ["DAGSTER_DISABLE_TELEMETRY"] = "1"
    return home


def written() -> str:
    """The file as this version writes it."""
    return f"# Written by `inequality`, which renews it while nobody changes it ({_digest(CONTENT)}).\n{CONTENT}"


def is_ours(said: str) -> bool:
    """Whether a version of ours wrote the file and nobody changed it."""
    mark = MARK.match(said)
    return mark[1] == _digest(said[mark.end() :]) if mark else _digest(said) in EARLIER


def own_file_named(settings: Settings) -> list[Note]:
    """What a person's own file lacks of ours, once for each state of it; the file is theirs and stays as it is."""
    home = settings.dagster_home
    said = _said(home)
    lacking = [part for part, ways in WORTH_HAVING.items() if not any(_says(said, way) for way in ways)]
    state, named = _digest(f"{said}{written()}"), home / NAMED
    if is_ours(said) or not lacking or (named.is_file() and named.read_text(encoding="utf-8") == state):
        return []
    write_atomically(named, state.encode())
    return [Note(Kind.OWN_DAGSTER_FILE, path=str(home / FILE), names=tuple(lacking))]


def _said(home: Path) -> str:
    file = home / FILE
    return file.read_text(encoding="utf-8") if file.is_file() else ""


def _says(said: str, part: str) -> bool:
    return bool(re.search(rf"^{part}\s*:", said, re.MULTILINE))


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:16]
