"""One pass over the tables and checks, without Dagster: every table in order, every check as soon as it can run.

What belongs here: the order, and what follows from a failure: first the raw tables, then the gate that holds bad
deliveries back, then all others; what waits for a failure is left, everything else goes on. `walk_and_publish` is a
whole run as a plain loop, which ends at the first failure. What does not: any rule, or what the UI is told of a step
(`defs/`, which takes the same steps).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field, replace

from pipelines.errors import ProductError
from pipelines.notes import Note
from pipelines.quality.finding import Finding
from pipelines.release.overrule import stops_the_run
from pipelines.run.gate import judge, tables_at_the_gate
from pipelines.run.kept_gate import HELD_TABLE
from pipelines.run.publication import Publication, publish_release
from pipelines.sources.arrival.held_back import Gate
from pipelines.tables.checks import Check, checks
from pipelines.tables.registry import tables
from pipelines.tables.store import TableRecord
from pipelines.tables.table import Run, Table

GATE = "gate"
"""What a watcher is told while the deliveries are judged."""


@dataclass(frozen=True)
class Built:
    """A table that was built, or `reused` because nothing that it rests on changed; `record` says what it is."""

    table: Table
    record: TableRecord
    reused: bool
    seconds: float


@dataclass(frozen=True)
class Gated:
    """The deliveries are judged: `run` goes on with what the gate lets in, and what it built is not built again."""

    run: Run
    seconds: float


@dataclass(frozen=True)
class Checked:
    """A check with what it found; `stopping` are the findings that end what waits for its table."""

    check: Check
    findings: list[Finding]
    reused: bool
    stopping: tuple[Finding, ...]


@dataclass(frozen=True)
class Failed:
    """A table, or the gate, that could not be made."""

    table: str
    error: Exception


@dataclass(frozen=True)
class Left:
    """A table, or the gate, that was not looked at because what it waits for failed."""

    table: str


Step = Built | Gated | Checked | Failed | Left


@dataclass(frozen=True)
class Selection:
    """What one pass looks at: the names of tables (with HELD_TABLE for the gate), and of checks as (table, check)."""

    tables: Collection[str]
    checks: Collection[tuple[str, str]]


def everything() -> Selection:
    """All tables, the gate and all checks."""
    return Selection(frozenset({*tables(), HELD_TABLE}), frozenset((one.table, one.name) for one in checks()))


def steps(run: Run, selection: Selection, *, watch: Callable[[str], None] = lambda _: None) -> Iterator[Step]:
    """Take every step that is selected and does not wait for a failure; publishes nothing.

    Without the gate in the selection `run` keeps its own. `watch` is called with the name of each table before it is
    built.
    """
    gated = set(tables_at_the_gate())
    waiting = [check for check in checks() if (check.table, check.name) in selection.checks]
    seen = set(tables()) - set(selection.tables)
    stopped, at_the_gate = set[str](), set[str]()

    def look() -> Iterator[Checked]:
        """Run the checks whose tables have all been seen."""
        for check in [one for one in waiting if seen.issuperset((one.table, *one.others))]:
            waiting.remove(check)
            findings, reused = check.find(run.store, run.fresh)
            stopping = tuple(
                found for found in findings if stops_the_run(found, force=run.force, accepted=run.gate.settled)
            )
            if stopping:
                stopped.add(check.table)
            yield Checked(check, findings, reused, stopping)

    yield from look()
    for name in _in_order(selection):
        table = tables().get(name)
        waits_for = _raw_tables() if table is None else {*table.after, *({HELD_TABLE} if name in gated else ())}
        if waits_for & stopped:
            stopped.add(name)
            yield Left(name)
            continue
        watch(GATE if table is None else name)
        began = time.perf_counter()
        try:
            if table is None:
                judged = judge(run)
                run = replace(run, gate=judged.gate, fresh=False)
                at_the_gate |= judged.built
                yield Gated(run, time.perf_counter() - began)
                continue
            record, reused = table.build(run)
        except Exception as error:  # noqa: BLE001 - whatever ends one table, what does not wait for it goes on
            stopped.add(name)
            yield Failed(GATE if table is None else name, error)
            continue
        seen.add(name)
        yield Built(table, record, reused and name not in at_the_gate, time.perf_counter() - began)
        yield from look()


def _raw_tables() -> set[str]:
    return {name for name, table in tables().items() if table.layer == "raw"}


def _in_order(selection: Selection) -> list[str]:
    """The names of a selection in building order, the gate after the raw tables."""
    order = list(tables())
    order.insert(len(_raw_tables()), HELD_TABLE)
    return [name for name in order if name in selection.tables]


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

    Raises what is no error of ours.
    """
    done = Walked()
    for step in steps(run, everything(), watch=watch):
        match step:
            case Built():
                (done.reused if step.reused else done.built).append(step.table.name)
                done.notes += step.record.notes
            case Gated():
                done.gate = step.run.gate
            case Checked():
                if step.stopping:
                    done.stop = Stop(step.check.table, check=step.check.name, finding=step.stopping[0])
                    return done
                done.findings += [finding for finding in step.findings if not finding.passed]
            case Failed():
                if not isinstance(step.error, ProductError):
                    raise step.error
                done.stop = Stop(step.table, error=step.error)
                return done
    return done


def walk_and_publish(run: Run) -> Walked:
    """A whole run: `walk`, then the release, unless something stopped it. The caller holds the lock (`lock.py`)."""
    done = walk(run)
    if done.stop is None:
        done.publication = publish_release(replace(run, gate=done.gate))
    return done
