"""A whole run as a plain loop, without Dagster: every table in order, every check as soon as it can run, the release.

What belongs here: the order, and where a run ends: first the raw tables, then the gate that holds bad deliveries back,
then all others. What does not: any rule, or Dagster's walk over the same tables (`defs/`), which goes on with what does
not depend on a failure; this one ends at the first.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from pipelines.errors import ProductError
from pipelines.notes import Note
from pipelines.quality.finding import Finding
from pipelines.release.overrule import stops_the_run
from pipelines.run.gate import judge
from pipelines.run.publication import Publication, publish_release
from pipelines.sources.arrival.held_back import Gate
from pipelines.tables.checks import checks
from pipelines.tables.registry import tables
from pipelines.tables.table import Run

GATE = "gate"
"""What a watcher is told while the deliveries are judged."""


@dataclass(frozen=True)
class Stop:
    """Where a run ended: at a table that could not be made (`error`), or at a critical `finding` of a `check`."""

    table: str
    error: Exception | None = None
    check: str | None = None
    finding: Finding | None = None


@dataclass
class Walked:
    """What a run did: tables built and kept, notes, findings that did not pass and did not stop it, and its gate."""

    built: list[str] = field(default_factory=list)
    reused: list[str] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    gate: Gate = field(default_factory=Gate)
    stop: Stop | None = None
    publication: Publication | None = None


def walk(run: Run, *, watch: Callable[[str], None] = lambda _: None) -> Walked:
    """Build every table and run every check, up to the first that stops the run; publishes nothing.

    `watch` is called with the name of each table before it is built.
    """
    done = Walked()
    waiting = list(checks())
    is_judged, at_the_gate = False, frozenset[str]()
    for name, table in tables().items():
        try:
            if table.layer != "raw" and not is_judged:
                watch(GATE)
                judged = judge(run)
                run, at_the_gate, is_judged = replace(run, gate=judged.gate, fresh=False), judged.built, True
                done.gate = judged.gate
            watch(name)
            record, reused = table.build(run)
        except ProductError as error:
            done.stop = Stop(name if is_judged or table.layer == "raw" else GATE, error=error)
            return done
        (done.reused if reused and name not in at_the_gate else done.built).append(name)
        done.notes += record.notes
        known = {*done.built, *done.reused}
        ready = [check for check in waiting if known.issuperset((check.table, *check.others))]
        waiting = [check for check in waiting if check not in ready]
        for check in ready:
            findings, _ = check.find(run.store, run.fresh)
            for finding in findings:
                if stops_the_run(finding, force=run.force, accepted=run.gate.settled):
                    done.stop = Stop(check.table, check=check.name, finding=finding)
                    return done
                if not finding.passed:
                    done.findings.append(finding)
    return done


def walk_and_publish(run: Run) -> Walked:
    """A whole run: `walk`, then the release, unless something stopped it. The caller holds the lock (`lock.py`)."""
    done = walk(run)
    if done.stop is None:
        done.publication = publish_release(replace(run, gate=done.gate))
    return done
