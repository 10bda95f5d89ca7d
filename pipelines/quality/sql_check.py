"""Rules across tables: a query under `sql/checks` that must return no rows.

What belongs here: running one, and what the header of its file means. What does not: rules about one table alone
(`suite`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl

from pipelines.quality.attribution import broken_in
from pipelines.quality.finding import CRITICAL, EXAMPLES, WARNING, Finding, Outcome, Scope, examples_of, reused
from pipelines.tables.lineage import leading_comment, tables_read
from pipelines.tables.store import QueryFailed, Store, TableMissing, text_hash

TAGS = {"": (CRITICAL, True), "Warning": (WARNING, True), "Disclosure": (CRITICAL, False)}
"""What a check's file may say before its rule: how severe a broken rule is, and whether force lets it pass."""
SCOPE = re.compile(r"^-- scope: (\w+)\n", re.MULTILINE)


@dataclass(frozen=True)
class Header:
    """The comment that a check's file opens with: `[tag: ]rule`, and a line `scope: row`, `delivery` or `release`."""

    tag: str
    rule: str
    scope: Scope

    @property
    def severity(self) -> str:
        """CRITICAL, or WARNING where a broken rule stops nothing."""
        return TAGS[self.tag][0]

    @property
    def overrulable(self) -> bool:
        """Whether a person may publish over the broken rule."""
        return TAGS[self.tag][1]


def header(sql: str) -> Header:
    """Read the header of a check; a word before a colon that is none of TAGS belongs to the rule.

    Raises ValueError for a scope that is none.
    """
    scope = SCOPE.search(sql)
    text = leading_comment(SCOPE.sub("", sql, count=1))
    tag, _, rule = text.partition(": ")
    reach = Scope(scope[1]) if scope else Scope.RELEASE
    return Header(tag, rule, reach) if tag in TAGS and rule else Header("", text, reach)


def check_sql(store: Store, file: Path, *, fresh: bool = False) -> tuple[list[Finding], bool]:
    """Run a query that must return no rows.

    A query that cannot run is an errored finding. Returns findings and whether they were reused.
    """
    sql = file.read_text(encoding="utf-8")
    reads = tables_read(sql, where=file.name)
    records = [store.record(table) for table in reads]
    version = text_hash(sql, *(record.content_hash if record else "" for record in records))
    said = header(sql)
    finding = Finding(
        table=";".join(reads),
        check=file.stem,
        severity=said.severity,
        passed=True,
        errored=False,
        reason=said.rule,
        tag=said.tag,
        overrulable=said.overrulable,
        scope=said.scope,
    )

    def run() -> Outcome:
        try:
            bad = store.query(sql, reads, where=file.name)
        except (QueryFailed, TableMissing) as error:
            first_line = str(error).strip().partition("\n")[0]
            return [replace(finding, passed=False, errored=True, seen=first_line)], None
        return [_judged(finding, bad, store)], None

    return reused(store, f"sql_{file.stem}", version, run, fresh=fresh)


def _judged(finding: Finding, bad: pl.DataFrame, store: Store) -> Finding:
    shown = bad.drop("snapshot_sha256", strict=False)
    rows = tuple(str(row) for row in shown.head(EXAMPLES).iter_rows(named=True))
    deliveries = () if finding.scope is Scope.RELEASE else broken_in(bad, store)
    judged = {"passed": bad.is_empty(), "broken": bad.height, "values": rows, "examples": examples_of(shown)}
    return replace(finding, **judged, deliveries=deliveries)  # type: ignore[arg-type]
