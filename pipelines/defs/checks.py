"""Asset checks, by factory: all checks of a table as one step.

What belongs here: tying findings to assets. Every check is blocking: what reads a table waits for its check, and a
critical finding stops it unless a person overruled it by name; a warning is shown and does not stop. What does not:
which checks there are (`tables/checks.py`), any rule, or what may be overruled (`release/overrule.py`).
"""

from collections.abc import Collection, Iterator, Sequence
from itertools import groupby
from pathlib import Path

import dagster as dg

from pipelines.defs.facts import errors_as_facts, found
from pipelines.defs.run_options import RunOptions
from pipelines.quality.data_docs import data_docs
from pipelines.quality.finding import CRITICAL, Finding
from pipelines.release.overrule import stops_the_run
from pipelines.report.checks import page
from pipelines.tables.checks import Check, checks


def _result(
    check: dg.AssetCheckKey,
    findings: list[Finding],
    *,
    reused: bool,
    force: str,
    warehouse: Path,
    accepted: Collection[str] = (),
) -> dg.AssetCheckResult:
    failed = [finding for finding in findings if not finding.passed]
    critical = [finding for finding in failed if finding.severity == CRITICAL]
    overruled = [finding for finding in critical if not stops_the_run(finding, force=force, accepted=accepted)]
    others = [finding for finding in failed if finding.severity != CRITICAL]
    stops = len(critical) > len(overruled)
    return dg.AssetCheckResult(
        asset_key=check.asset_key,
        check_name=check.name,
        passed=not failed,
        severity=dg.AssetCheckSeverity.ERROR if stops else dg.AssetCheckSeverity.WARN,
        metadata={
            "rules": len(findings),
            "reused": reused,
            **found((finding, finding in overruled) for finding in critical + others),
            "check_page": dg.MetadataValue.path(page(warehouse)),
            "data_docs": dg.MetadataValue.path(data_docs(warehouse)),
        },
    )


def checks_of(table: str, of_table: Sequence[Check]) -> dg.AssetChecksDefinition:
    """All checks of a table as one step: Dagster takes longer over a step than most rules take."""
    key = dg.AssetKey(table.split("."))
    named = {dg.AssetCheckKey(key, check.name): check for check in of_table}

    @dg.multi_asset_check(
        name="__".join((*key.path, "checks")),
        specs=[
            dg.AssetCheckSpec(
                check.name,
                asset=key,
                blocking=True,
                description=check.rule,
                additional_deps=[dg.AssetKey(other.split(".")) for other in check.others],
            )
            for check in of_table
        ],
        can_subset=True,
    )
    def checked(context: dg.AssetCheckExecutionContext, run_options: RunOptions) -> Iterator[dg.AssetCheckResult]:
        run = run_options.run
        for asked in sorted(context.selected_asset_check_keys):
            with errors_as_facts():
                findings, reused = named[asked].find(run.store, run.fresh)
            yield _result(
                asked,
                findings,
                reused=reused,
                force=run.force,
                warehouse=run.settings.warehouse,
                accepted=run.gate.settled,
            )

    return checked


@dg.definitions
def defs() -> dg.Definitions:
    """The checks of every table that has any."""
    by_table = groupby(checks(), key=lambda check: check.table)
    return dg.Definitions(asset_checks=[checks_of(table, list(of_table)) for table, of_table in by_table])
