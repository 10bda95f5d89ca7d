"""Asset checks, by factory: one a suite under `expectations/`, one a query under `sql/checks/`, a step a table.

What belongs here: tying findings to assets. Every check is blocking: what reads a table waits for its check, and a
critical finding stops it unless a person overruled it by name; a warning is shown and does not stop. What does not:
any rule, or what may be overruled (`release/overrule.py`).
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import dagster as dg

from pipelines import settings
from pipelines.defs.measures import TABLES as MEASURED
from pipelines.defs.run_options import RunOptions
from pipelines.quality import CRITICAL, Finding, check_sql, check_table
from pipelines.quality.data_docs import data_docs
from pipelines.release.overrule import may_be_overruled
from pipelines.report.checks import page
from pipelines.tables.lineage import leading_comment, tables_read
from pipelines.tables.store import Store


def _result(
    check: dg.AssetCheckKey, findings: list[Finding], *, reused: bool, force: str, warehouse: Path
) -> dg.AssetCheckResult:
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
        asset_key=check.asset_key,
        check_name=check.name,
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


@dataclass(frozen=True)
class Rule:
    """One check of a table: its name, what it says, what else it reads, and how its findings are had."""

    name: str
    description: str
    others: tuple[str, ...]
    find: Callable[[Store, bool], tuple[list[Finding], bool]]


def suite_rule(table: str, file: Path) -> Rule:
    """A table's Great Expectations suite."""
    return Rule(
        "suite",
        f"The rules of expectations/{file.name}.",
        (),
        lambda store, fresh: check_table(store, table, file, fresh=fresh),
    )


def sql_rule(file: Path, upstream: dict[str, set[str]]) -> tuple[str, Rule]:
    """A query that must return no rows, and the table it belongs to: the last built of those it reads."""
    sql = file.read_text(encoding="utf-8")
    reads = tables_read(sql, where=file.name)
    last = max(reads, key=lambda table: (sum(other in upstream.get(table, set()) for other in reads), table))
    others = tuple(table for table in reads if table != last)
    return last, Rule(file.stem, leading_comment(sql), others, lambda store, fresh: check_sql(store, file, fresh=fresh))


def checks_of(table: str, rules: Sequence[Rule]) -> dg.AssetChecksDefinition:
    """All checks of a table as one step: Dagster takes longer over a step than most rules take."""
    key = dg.AssetKey(table.split("."))
    named = {dg.AssetCheckKey(key, rule.name): rule for rule in rules}

    @dg.multi_asset_check(
        name="__".join((*key.path, "checks")),
        specs=[
            dg.AssetCheckSpec(
                rule.name,
                asset=key,
                blocking=True,
                description=rule.description,
                additional_deps=[dg.AssetKey(other.split(".")) for other in rule.others],
            )
            for rule in rules
        ],
        can_subset=True,
    )
    def checks(context: dg.AssetCheckExecutionContext, run_options: RunOptions) -> Iterator[dg.AssetCheckResult]:
        for check in sorted(context.selected_asset_check_keys):
            rule = named[check]
            findings, reused = rule.find(run_options.store, run_options.fresh)
            yield _result(
                check, findings, reused=reused, force=run_options.force, warehouse=run_options.settings.warehouse
            )

    return checks


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
    """The checks of every table that has a suite or that a cross-table query reads last."""
    here = settings.load()
    upstream = ancestors(here.sql)
    rules: dict[str, list[Rule]] = {
        file.stem: [suite_rule(file.stem, file)] for file in sorted(here.expectations.glob("*.json"))
    }
    for file in sorted((here.sql / "checks").glob("*.sql")):
        table, rule = sql_rule(file, upstream)
        rules.setdefault(table, []).append(rule)
    return dg.Definitions(asset_checks=[checks_of(table, of_table) for table, of_table in sorted(rules.items())])
