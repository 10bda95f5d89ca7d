"""The only reader of the environment: where files live and how much of the machine to use.

What belongs here: one value object with defaults that work in a fresh clone and where the package was installed.
What does not: anything about indicators (`catalogue/`) or about one run's input (`sources/arrival/origin.py`).
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path

from pipelines.errors import ProductError

PACKAGE = Path(__file__).resolve().parent
CARRIED = PACKAGE / "_project"
"""The project's files as a wheel carries them (`pyproject.toml` says which); absent in a clone."""
PROJECT = CARRIED if CARRIED.is_dir() else PACKAGE.parent
"""The folder of `sql/`, `expectations/`, `data_raw/sample/` and `pyproject.toml`, which are only read."""
HOME = Path.cwd() if CARRIED.is_dir() else PROJECT
"""The folder that runs write below: the clone, or where the installed command was started."""
MISREAD = "*?[]%"
"""Characters that Dagster and SQLite do not take literally in a path; our Dagster settings would not be found there."""
VARIABLES = (
    "ALERTS",
    "ALERTS_FILE",
    "CONTACT",
    "FRESH_HOURS",
    "FROM",
    "KEEP_RELEASES",
    "KEEP_RUNS",
    "METRICS_FILE",
    "PUBLISHER_BASE",
    "SNAPSHOTS",
    "THREADS",
    "WAREHOUSE",
)
"""Every variable that is read, without `INEQUALITY_` in front."""


class SettingsInvalid(ProductError):
    """A variable that makes no sense; the message names it."""

    exit_code = 2


@dataclass(frozen=True)
class Settings:
    """Paths and limits of one installation.

    `sample` is the embedded default input, `snapshots` keeps bytes as received, `warehouse` holds what runs make.
    `threads` is what DuckDB may use (0 = all cores); `run_from` is the input of the nightly schedule and of
    `inequality run` without `--from`; None means the embedded sample. `publisher_base` is an internal mirror: where it
    is set, `https://host/path` is fetched as `{publisher_base}/host/path`. `contact` (`organisation +url`) tells
    publishers who asks. `keep_releases` and `keep_runs` say how many releases, and runs of Dagster, are kept. A release
    that no run has confirmed for `fresh_hours` is too old; `metrics_file` is where Prometheus' node exporter reads,
    None where nobody asked for it. `alerts` and the lines of `alerts_file` are addresses that alerts go to; they hold
    passwords, so nothing shows them.
    """

    sample: Path = PROJECT / "data_raw" / "sample"
    snapshots: Path = HOME / "data_raw" / "snapshots"
    warehouse: Path = HOME / "warehouse"
    sql: Path = PROJECT / "sql"
    expectations: Path = PROJECT / "expectations"
    threads: int = 0
    run_from: str | None = None
    keep_releases: int = 14
    keep_runs: int = 30
    fresh_hours: int = 36
    metrics_file: Path | None = None
    alerts: str = field(default="", repr=False)
    alerts_file: Path | None = None
    publisher_base: str = ""
    contact: str = ""

    @property
    def tables(self) -> Path:
        """The Parquet file of every table."""
        return self.warehouse / "tables"

    @property
    def dagster_home(self) -> Path:
        """Dagster's own records."""
        return self.warehouse / ".dagster"


def load() -> Settings:
    """Read `INEQUALITY_*` variables; a variable that is not set leaves the default.

    Returns the settings. Raises SettingsInvalid, naming the variable, when there is none of that name, a number is no
    number, the mirror no https address, the contact not of the form that publishers ask for, or the warehouse a path
    that others misread.
    """
    _refuse_unknown_variables()
    given: dict[str, object] = {}
    for name in ("snapshots", "warehouse", "metrics_file", "alerts_file"):
        if text := os.environ.get(f"INEQUALITY_{name.upper()}"):
            given[name] = Path(text).resolve()
    warehouse = str(given.get("warehouse", Settings.warehouse))
    if odd := sorted(set(warehouse) & set(MISREAD)):
        raise SettingsInvalid(
            f"INEQUALITY_WAREHOUSE must be a folder without any of {' '.join(MISREAD)} in its path, "
            f"found {' '.join(odd)} in {warehouse!r}."
        )
    for name in ("threads", "keep_releases", "keep_runs", "fresh_hours"):
        if text := os.environ.get(f"INEQUALITY_{name.upper()}"):
            if not text.isdecimal():
                raise SettingsInvalid(f"INEQUALITY_{name.upper()} must be a whole number, found {text!r}.")
            given[name] = int(text)
    if text := os.environ.get("INEQUALITY_ALERTS"):
        given["alerts"] = text
    if text := os.environ.get("INEQUALITY_FROM"):
        given["run_from"] = text
    if text := os.environ.get("INEQUALITY_PUBLISHER_BASE", "").rstrip("/"):
        if not re.fullmatch(r"https://[^\s/?#@]+(/[^\s?#]*)?", text):
            raise SettingsInvalid(
                "INEQUALITY_PUBLISHER_BASE must be an https address without query or password, found "
                + ("one with an @." if "@" in text else f"{text!r}.")
            )
        given["publisher_base"] = text
    if text := os.environ.get("INEQUALITY_CONTACT"):
        if not re.fullmatch(r"[\x20-\x7e]*\+https?://[\x21-\x7e]+", text) or set(text) & set("@()"):
            raise SettingsInvalid(
                "INEQUALITY_CONTACT must be `organisation +https://address`, in plain letters, without an e-mail "
                f"address or brackets, found {text!r}."
            )
        given["contact"] = text
    return Settings(**given)  # type: ignore[arg-type]


def _refuse_unknown_variables() -> None:
    """A misspelt variable would let a run work with a default in its place, in another folder perhaps."""
    prefix = "INEQUALITY_"
    named = [name.removeprefix(prefix) for name, text in os.environ.items() if name.startswith(prefix) and text]
    for unknown in sorted({*named} - {*VARIABLES}):
        near = get_close_matches(unknown, VARIABLES, n=1)
        meant = f"Did you mean {prefix}{near[0]}?" if near else f"Known are {', '.join(prefix + n for n in VARIABLES)}."
        raise SettingsInvalid(f"There is no variable {prefix}{unknown}. {meant}")
