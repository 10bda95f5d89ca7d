"""Every check, and the table it belongs to: the suites of `expectations/` and the queries of `sql/checks/`.

What belongs here: which check waits for which tables. What does not: running one (`quality/`), or what follows from a
finding (`run/walk.py`, `defs/events.py`).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pipelines import settings
from pipelines.quality.finding import CRITICAL, Finding, Scope
from pipelines.quality.sql_check import check_sql, header
from pipelines.quality.suite import check_table, severities_of
from pipelines.tables.lineage import tables_read
from pipelines.tables.registry import tables
from pipelines.tables.store import Store

Find = Callable[[Store, bool], tuple[list[Finding], bool]]
"""Takes the tables and whether to look anew; returns the findings and whether kept ones were reused."""


@dataclass(frozen=True)
class Check:
    """One check: its name, the table it belongs to, what else it reads, what it says, and how its findings are had.

    `scope` is the farthest that a finding of it may be traced to; of a suite, each rule has its own. `may_stop` is
    False where all it can say is a warning.
    """

    name: str
    table: str
    others: tuple[str, ...]
    rule: str
    find: Find
    scope: Scope
    may_stop: bool
    is_suite: bool = False


@cache
def checks() -> tuple[Check, ...]:
    """All checks, by table in building order, the suite of a table before the queries that it is the last table of."""
    here = settings.load()
    order = list(tables())
    found = [suite_check(file) for file in sorted(here.expectations.glob("*.json"))]
    found += [query_check(file, order=order) for file in sorted((here.sql / "checks").glob("*.sql"))]
    return tuple(sorted(found, key=lambda check: order.index(check.table)))


def suite_check(file: Path) -> Check:
    """A table's Great Expectations suite."""

    def find(store: Store, fresh: bool) -> tuple[list[Finding], bool]:
        return check_table(store, file.stem, file, fresh=fresh)

    severities = severities_of(json.loads(file.read_text(encoding="utf-8")))
    rule = f"The rules of expectations/{file.name}."
    return Check("suite", file.stem, (), rule, find, Scope.ROW, may_stop=CRITICAL in severities, is_suite=True)


def query_check(file: Path, *, order: Sequence[str]) -> Check:
    """A query that must return no rows. It belongs to the last built, in `order`, of the tables that it reads."""
    sql = file.read_text(encoding="utf-8")
    reads = tables_read(sql, where=file.name)
    last, said = max(reads, key=order.index), header(sql)

    def find(store: Store, fresh: bool) -> tuple[list[Finding], bool]:
        return check_sql(store, file, fresh=fresh)

    others = tuple(table for table in reads if table != last)
    return Check(file.stem, last, others, said.rule, find, said.scope, may_stop=said.severity == CRITICAL)
