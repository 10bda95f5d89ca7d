"""Asset checks, by factory: one a suite under `expectations/`, one a query under `sql/checks/`.

What belongs here: tying findings to assets. Every check is blocking: what reads a table waits for its check, and a
critical finding stops it unless a person overruled it by name; a warning is shown and does not stop. What does not:
any rule, or what may be overruled (`overruling.py`).
"""

from __future__ import annotations

from pathlib import Path

import dagster as dg

from pipelines import settings
from pipelines.defs.measures import TABLES as MEASURED
from pipelines.defs.run_options import RunOptions
from pipelines.lineage import leading_comment, tables_read
from pipelines.overruling import may_be_overruled
from pipelines.quality import CRITICAL, Finding, check_sql, check_table
from pipelines.quality.data_docs import data_docs
from pipelines.report.checks import page


def _result(findings: list[Finding], *, reused: bool, force: str, warehouse: Path) -> dg.AssetCheckResult:
    failed = [finding for finding in findings if not finding.passed]
    critical = [finding for finding in failed if finding.severity == CRITICAL]
    overruled = [finding for finding in critical if force and may_be_overruled(finding)]
    lines = [
        ("overruled, " if f in overruled else "")
        + f"{f.severity}{' (the rule itself could not run)' if f.errored else ''}: {f.check}: {_seen(f)} — {f.reason}"
        for f in critical + [finding for finding in failed if finding.severity != CRITICAL]
    ]
    stops = len(critical) > len(overruled)
    return dg.AssetCheckResult(
        passed=not failed,
        severity=dg.AssetCheckSeverity.ERROR if stops else dg.AssetCheckSeverity.WARN,
        metadata={
            "rules": len(findings),
            "reused": reused,
            "failed": dg.MetadataValue.text("\n".join(lines) or "none"),
            "check_page": dg.MetadataValue.path(page(warehouse)),
            "data_docs": dg.MetadataValue.path(data_docs(warehouse)),
        },
    )


def _seen(finding: Finding) -> str:
    """What was seen; a warning's example rows are left to the check page."""
    return finding.observed if finding.severity == CRITICAL else finding.observed.partition(", for example")[0]


def suite_check(table: str, file: Path) -> dg.AssetChecksDefinition:
    """The check that runs a table's Great Expectations suite."""

    @dg.asset_check(
        asset=table.split("."), name="suite", blocking=True, description=f"The rules of expectations/{file.name}."
    )
    def suite(run_options: RunOptions) -> dg.AssetCheckResult:
        findings, reused = check_table(run_options.store, table, file, fresh=run_options.fresh)
        return _result(findings, reused=reused, force=run_options.force, warehouse=run_options.settings.warehouse)

    return suite


def sql_check(file: Path, upstream: dict[str, set[str]]) -> dg.AssetChecksDefinition:
    """The check that runs a query which must return no rows, tied to the last built of the tables it reads."""
    sql = file.read_text(encoding="utf-8")
    reads = tables_read(sql, where=f"checks/{file.name}")
    last = max(reads, key=lambda table: (sum(other in upstream.get(table, set()) for other in reads), table))
    others = [dg.AssetKey(table.split(".")) for table in reads if table != last]

    @dg.asset_check(
        asset=last.split("."),
        name=file.stem,
        blocking=True,
        additional_deps=others,
        description=leading_comment(sql),
    )
    def rule(run_options: RunOptions) -> dg.AssetCheckResult:
        findings, reused = check_sql(run_options.store, file, fresh=run_options.fresh)
        return _result(findings, reused=reused, force=run_options.force, warehouse=run_options.settings.warehouse)

    return rule


def ancestors(sql_folder: Path) -> dict[str, set[str]]:
    """For every SQL table, all tables it is made from, near and far."""
    direct = {
        f"{path.parent.name}.{path.stem}": set(tables_read(path.read_text(encoding="utf-8"), where=path.name))
        for layer in ("core", "published")
        for path in (sql_folder / layer).glob("*.sql")
    }
    direct |= {f"measures.{table.name}": set(table.reads) for table in MEASURED}

    def walk(table: str) -> set[str]:
        above = direct.get(table, set())
        return above.union(*(walk(parent) for parent in above))

    return {table: walk(table) for table in direct}


@dg.definitions
def defs() -> dg.Definitions:
    """One check for every suite and for every cross-table query."""
    here = settings.load()
    upstream = ancestors(here.sql)
    suites = [suite_check(file.stem, file) for file in sorted(here.expectations.glob("*.json"))]
    rules = [sql_check(file, upstream) for file in sorted((here.sql / "checks").glob("*.sql"))]
    return dg.Definitions(asset_checks=[*suites, *rules])
