"""What one rule found, and findings kept beside the tables for as long as table and rule are unchanged.

What belongs here: the finding, its example rows, and its file. What does not: how a rule is run (`suite`, `sql_check`).
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

import polars as pl

from pipelines.files import write_atomically
from pipelines.tables.store import Store

CRITICAL, WARNING = "critical", "warning"
EXAMPLES = 5
"""Rows that a broken rule shows; enough to see what is wrong, and no second copy of a table."""
EXAMPLE_COLUMNS, EXAMPLE_LETTERS = 14, 80
MOST_LINES = 10_000
CHECK_RESULT: dict[str, pl.DataType] = {
    "table_name": pl.String(),
    "check_name": pl.String(),
    "severity": pl.String(),
    "passed": pl.Boolean(),
    "errored": pl.Boolean(),
    "reason": pl.String(),
    "observed": pl.String(),
    "examples": pl.String(),
    "rows_broken": pl.Int64(),
    "overrulable": pl.Boolean(),
    "deliveries": pl.String(),
}
"""`meta.check_result`, one row per rule, but for which were overruled."""


class Scope(StrEnum):
    """How far a broken rule reaches: the rows that break it, the delivery they came in, or the whole release."""

    ROW = "row"
    DELIVERY = "delivery"
    RELEASE = "release"


@dataclass(frozen=True)
class BrokenIn:
    """The rows of one delivery that break a rule: how many, whether a country's total is among them, and their lines.

    `lines` are empty where there are more than MOST_LINES, or no row has one.
    """

    sha256: str
    rows: int
    has_country_total: bool = False
    lines: tuple[int, ...] = ()


@dataclass(frozen=True)
class Finding:
    """The outcome of one rule on one table.

    `errored` means that the rule itself could not run (a renamed column), which is not the same as a rule that found
    bad rows; both count as not passed. `reason` is the rule in words, and `tag` what its file says of it before them.
    `broken` counts the rows that break the rule and `rows` those it looked at, None where it does not count; `seen` is
    what it saw instead, or what kept it from running; `values` are the first that break it. `examples` holds the first
    rows that do, their keys and the values that were judged, as a JSON list of objects (`[]` where none can be named).
    `scope` is how far the rule reaches, `deliveries` those whose rows break it, empty where that cannot be told.
    """

    table: str
    check: str
    severity: str
    passed: bool
    errored: bool
    reason: str
    tag: str = ""
    overrulable: bool = True
    rows: int | None = None
    broken: int | None = None
    seen: str = ""
    values: tuple[str, ...] = ()
    examples: str = "[]"
    scope: Scope = Scope.RELEASE
    deliveries: tuple[BrokenIn, ...] = ()

    @property
    def stated(self) -> str:
        """The rule as its file states it."""
        return f"{self.tag}: {self.reason}" if self.tag else self.reason

    @property
    def outcome(self) -> str:
        """What was seen, in words, without the values."""
        if self.errored:
            return self.seen
        if self.passed and self.rows is not None:
            return f"{self.rows:,} rows"
        if self.broken is None:
            return self.seen if self.passed else f"found {self.seen}"
        if self.rows is not None:
            return f"{self.broken:,} of {self.rows:,} rows"
        return "1 row breaks the rule" if self.broken == 1 else f"{self.broken:,} rows break the rule"

    @property
    def observed(self) -> str:
        """What was seen, in words, with the first values that break the rule."""
        # A rule that does not count what it looked at shows whole rows, which hold commas.
        shown = ("; " if self.rows is None else ", ").join(self.values)
        return self.outcome + (f", for example {shown}" if shown else "")

    def line(self, *, overruled: bool) -> str:
        """All of it in one line; the values of a warning are left to the check page."""
        severity = "overruled, " * overruled + self.severity + " (the rule itself could not run)" * self.errored
        observed = self.observed if self.severity == CRITICAL else self.outcome
        return f"{severity}: {self.check}: {observed} — {self.stated}"


def finding_from(found: Mapping[str, Any]) -> Finding:
    """A finding from its JSON. Raises TypeError for what is none, or was kept by an earlier version of this code."""
    deliveries = tuple(BrokenIn(**{**one, "lines": tuple(one["lines"])}) for one in found["deliveries"])
    read = {"values": tuple(found["values"]), "scope": Scope(found["scope"]), "deliveries": deliveries}
    return Finding(**{**found, **read})


@dataclass(frozen=True)
class Kept:
    """The findings of one check (a table's suite, or a query) as its last run left them.

    `made_at` is when the rules ran, `checked_at` when a run last looked, also if nothing had changed; `document`
    is Great Expectations' own account of a suite, None for a query.
    """

    name: str
    version: str
    findings: list[Finding]
    made_at: str
    checked_at: datetime
    document: dict[str, Any] | None


Outcome = tuple[list[Finding], dict[str, Any] | None]
"""Findings and, of a suite, Great Expectations' own account."""


def examples_of(rows: pl.DataFrame) -> str:
    """The first rows as JSON; at most EXAMPLE_COLUMNS columns, texts cut at EXAMPLE_LETTERS."""
    first = rows.head(EXAMPLES).select(rows.columns[:EXAMPLE_COLUMNS])
    said = [{name: _plain(value) for name, value in row.items()} for row in first.iter_rows(named=True)]
    return json.dumps(said, ensure_ascii=False)


def _plain(value: object) -> object:
    """A value as JSON can say it; NaN and infinity are no JSON."""
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float) and abs(value) < float("inf"):
        return value
    text = str(value)
    return text if len(text) <= EXAMPLE_LETTERS else f"{text[:EXAMPLE_LETTERS]}…"


def reused(
    store: Store, name: str, version: str, run: Callable[[], Outcome], *, fresh: bool
) -> tuple[list[Finding], bool]:
    """The kept findings of this version, else new ones. Returns findings and whether they were reused.

    A rule that could not run is tried again: what kept it from running need not be in table or rule.
    """
    file = _file(store, name)
    if not fresh and (kept := _load(file)) and kept.version == version and not any(f.errored for f in kept.findings):
        os.utime(file)  # That a run has looked again is what Kept.checked_at says.
        return kept.findings, True
    findings, document = run()
    content = {
        "version": version,
        "made_at": datetime.now(UTC).isoformat(),
        "findings": [asdict(finding) for finding in findings],
        "document": document,
    }
    write_atomically(file, json.dumps(content, indent=1).encode())
    return findings, False


def _file(store: Store, name: str) -> Path:
    return store.root / "checks" / f"{name}.json"


def _load(file: Path) -> Kept | None:
    """What a file keeps; None where there is none, or one that an earlier version of this code or a crash left."""
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        return Kept(
            file.stem,
            content["version"],
            [finding_from(finding) for finding in content["findings"]],
            content["made_at"],
            datetime.fromtimestamp(file.stat().st_mtime, UTC),
            content["document"],
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None


def kept_checks(store: Store, *, suites: Iterable[str], sql_checks: Iterable[str]) -> dict[str, Kept | None]:
    """By name (`suite_<table>`, `sql_<check>`): what the last run that came so far found, None where none ever did."""
    names = (*(f"suite_{table}" for table in suites), *(f"sql_{check}" for check in sql_checks))
    return {name: _load(_file(store, name)) for name in names}


def kept_findings(store: Store, *, suites: Iterable[str], sql_checks: Iterable[str]) -> pl.DataFrame:
    """The findings that stand for the named tables' suites and the named SQL checks, for `meta.check_result`.

    Raises ValueError, naming it, when a check has none.
    """
    known = kept_checks(store, suites=suites, sql_checks=sql_checks)
    if absent := [name for name, kept in known.items() if kept is None]:
        raise ValueError(f"There are no findings of {', '.join(absent)} in {store.root / 'checks'}; run again.")
    return finding_frame(finding for kept in known.values() if kept for finding in kept.findings)


def finding_frame(findings: Iterable[Finding]) -> pl.DataFrame:
    """Findings as rows with the columns of CHECK_RESULT."""
    rows = [
        (
            *(f.table, f.check, f.severity, f.passed, f.errored, f.stated, f.observed, f.examples, f.broken),
            *(f.overrulable, ";".join(one.sha256 for one in f.deliveries) or None),
        )
        for f in findings
    ]
    return pl.DataFrame(rows, schema=CHECK_RESULT, orient="row")
