"""Rules across tables: a query under `sql/checks` that must return no rows.

What belongs here: running one, and what the header of its file means. What does not: rules about one table alone
(`suite`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl

from pipelines.quality.finding import CRITICAL, EXAMPLES, WARNING, Finding, Outcome, examples_of, reused
from pipelines.tables.lineage import leading_comment, tables_read
from pipelines.tables.store import QueryFailed, Store, TableMissing, text_hash

TAGS = {"": (CRITICAL, True), "Warning": (WARNING, True), "Disclosure": (CRITICAL, False)}
"""What a check's file may say before its rule: how severe a broken rule is, and whether force lets it pass."""


@dataclass(frozen=True)
class Header:
    """The comment that a check's file opens with: `[tag: ]rule`."""

    tag: str
    rule: str

    @property
    def severity(self) -> str:
        """CRITICAL, or WARNING where a broken rule stops nothing."""
        return TAGS[self.tag][0]

    @property
    def overrulable(self) -> bool:
        """Whether a person may publish over the broken rule."""
        return TAGS[self.tag][1]


def header(sql: str) -> Header:
    """Read the header of a check; a word before a colon that is none of TAGS belongs to the rule."""
    text = leading_comment(sql)
    tag, _, rule = text.partition(": ")
    return Header(tag, rule) if tag in TAGS and rule else Header("", text)


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
    )

    def run() -> Outcome:
        try:
            bad = store.query(sql, reads, where=file.name)
        except (QueryFailed, TableMissing) as error:
            first_line = str(error).strip().partition("\n")[0]
            return [replace(finding, passed=False, errored=True, seen=first_line)], None
        return [_judged(finding, bad)], None

    return reused(store, f"sql_{file.stem}", version, run, fresh=fresh)


def _judged(finding: Finding, bad: pl.DataFrame) -> Finding:
    rows = tuple(str(row) for row in bad.head(EXAMPLES).iter_rows(named=True))
    return replace(finding, passed=bad.is_empty(), broken=bad.height, values=rows, examples=examples_of(bad))
