"""A whole run as a plain loop, without Dagster: every table in order, every check as soon as it can run, the release.

What belongs here: the order, and where a run ends. What does not: any rule, or Dagster's walk over the same tables
(`defs/`), which goes on with what does not depend on a failure; this one ends at the first.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from pipelines.notes import Note
from pipelines.quality.finding import Finding
from pipelines.release.overrule import stops_the_run
from pipelines.run.publication import Publication, publish_release
from pipelines.sources.contract import ContractBroken, SourceUnavailable
from pipelines.tables.checks import checks
from pipelines.tables.registry import tables
from pipelines.tables.table import Run


@dataclass(frozen=True)
class Stop:
    """Where a run ended: at a table that could not be made (`error`), or at a critical `finding` of a `check`."""

    table: str
    error: Exception | None = None
    check: str | None = None
    finding: Finding | None = None


@dataclass
class Walked:
    """What a run did: tables built and kept, their notes, and findings that did not pass and did not stop it."""

    built: list[str] = field(default_factory=list)
    reused: list[str] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    stop: Stop | None = None
    publication: Publication | None = None


def walk(run: Run, *, watch: Callable[[str], None] = lambda _: None) -> Walked:
    """Build every table and run every check, up to the first that stops the run; publishes nothing.

    `watch` is called with the name of each table before it is built.
    """
    done = Walked()
    waiting = list(checks())
    for name, table in tables().items():
        watch(name)
        try:
            record, reused = table.build(run)
        except (ContractBroken, SourceUnavailable) as error:
            done.stop = Stop(name, error=error)
            return done
        (done.reused if reused else done.built).append(name)
        done.notes += record.notes
        known = {*done.built, *done.reused}
        ready = [check for check in waiting if known.issuperset((check.table, *check.others))]
        waiting = [check for check in waiting if check not in ready]
        for check in ready:
            findings, _ = check.find(run.store, run.fresh)
            for finding in findings:
                if stops_the_run(finding, force=run.force):
                    done.stop = Stop(check.table, check=check.name, finding=finding)
                    return done
                if not finding.passed:
                    done.findings.append(finding)
    return done


def walk_and_publish(run: Run) -> Walked:
    """A whole run: `walk`, then the release, unless something stopped it. The caller holds the lock (`lock.py`)."""
    done = walk(run)
    if done.stop is None:
        done.publication = publish_release(run)
    return done
