"""Rules across tables: a query under `sql/checks` that must return no rows.

What belongs here: running one. What does not: rules about one table alone (`suite`).
"""

from __future__ import annotations

from pathlib import Path

import polars as pl

from pipelines.quality.finding import CRITICAL, EXAMPLES, WARNING, Finding, Outcome, examples_of, reused
from pipelines.tables.lineage import leading_comment, tables_read
from pipelines.tables.store import QueryFailed, Store, TableMissing, text_hash


def check_sql(store: Store, file: Path, *, fresh: bool = False) -> tuple[list[Finding], bool]:
    """Run a query that must return no rows. The file's first line is the rule; `warning:` in it makes it no stop.

    A query that cannot run is an errored finding. Returns findings and whether they were reused.
    """
    sql = file.read_text(encoding="utf-8")
    reads = tables_read(sql, where=file.name)
    records = [store.record(table) for table in reads]
    version = text_hash(sql, *(record.content_hash if record else "" for record in records))

    def run() -> Outcome:
        try:
            bad = store.query(sql, reads, where=file.name)
        except (QueryFailed, TableMissing) as error:
            said = str(error).strip().partition("\n")[0]
            return [_finding(reads, file.stem, leading_comment(sql), errored=True, observed=said)], None
        return [_judged(reads, file.stem, leading_comment(sql), bad)], None

    return reused(store, f"sql_{file.stem}", version, run, fresh=fresh)


def _judged(reads: tuple[str, ...], check: str, rule: str, bad: pl.DataFrame) -> Finding:
    rows = "; ".join(str(row) for row in bad.head(EXAMPLES).iter_rows(named=True))
    observed = f"{bad.height:,} rows break the rule" + (f", for example {rows}" if bad.height else "")
    return _finding(
        reads, check, rule, errored=False, passed=bad.is_empty(), observed=observed, examples=examples_of(bad)
    )


def _finding(
    reads: tuple[str, ...],
    check: str,
    rule: str,
    *,
    errored: bool,
    observed: str,
    passed: bool = False,
    examples: str = "[]",
) -> Finding:
    return Finding(
        table=";".join(reads),
        check=check,
        severity=WARNING if rule.lower().startswith("warning:") else CRITICAL,
        passed=passed,
        errored=errored,
        reason=rule,
        observed=observed,
        examples=examples,
    )
