"""Which deliveries a run lets in: what breaks a rule is held back, the last good delivery of its path stands in.

What belongs here: judging deliveries, in rounds, until nothing that was let in breaks a rule that reaches a row or a
delivery. What does not: the rules (`expectations/`, `sql/checks/`), tracing a finding to its deliveries
(`quality/attribution.py`), keeping the outcome (`kept_gate.py`), or leaving out what is held back
(`sources/arrival/held_back.py`).

A file that cannot be read is held back. So is one that breaks a rule of scope `delivery`, and one of which more than
a few rows (`contract.is_few`), or a country's total, break a rule of scope `row`; few such rows are refused alone. The
gate looks at the tables that all measures are made from, and at what else such a rule reads: deciles that are another
population's than their total, or that were read upside down, show in the measures first. What it builds on the way is
what the run goes on with.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache

import polars as pl

from pipelines.changes.previous import comparable
from pipelines.quality.finding import CRITICAL, BrokenIn, Finding, Scope
from pipelines.release.folder import ReleaseRefused, file_of
from pipelines.release.publish import read_back
from pipelines.run.kept_gate import keep
from pipelines.sources import resources
from pipelines.sources.arrival import held_back
from pipelines.sources.arrival.held_back import (
    FEW_FAULTY,
    UNREADABLE,
    Acceptance,
    Accepted,
    Gate,
    HeldBack,
    RefusedRow,
    absence_of,
)
from pipelines.sources.contract import DeliveryFault, Snapshot, SourceUnavailable, is_few
from pipelines.tables.checks import checks
from pipelines.tables.registry import tables
from pipelines.tables.table import Run

LAYERS = ("previous", "staging", "core")
MOST_LOST = 1 / 3
"""The share of the last release's figures that may be held back with nothing to stand in; more, and none is published.
"""
ROUNDS = 12


@dataclass(frozen=True)
class Judged:
    """The gate that a run goes on with, and the tables that were built to find it."""

    gate: Gate
    built: frozenset[str]


@dataclass
class Round:
    """What one look at the deliveries found."""

    held: dict[tuple[str, str], HeldBack] = field(default_factory=dict)
    refused: list[RefusedRow] = field(default_factory=list)
    built: set[str] = field(default_factory=set)
    accepted: dict[tuple[str, str], Accepted] = field(default_factory=dict)
    settled: set[str] = field(default_factory=set)

    def blame_the_new(self, before: Mapping[str, str]) -> None:
        """Let go deliveries that the last release was made from, and rows of them, where others are found bad: what was
        good then is good still, unless it is found again without these. `before` gives the hash of each path in it.
        """
        was_in = {*before.values()}
        held = {key: one for key, one in self.held.items() if before.get(one.path) != one.sha256}
        refused = [row for row in self.refused if row.sha256 not in was_in]
        if held or refused:
            self.held, self.refused = held, refused


@dataclass(frozen=True)
class File:
    """One delivery of the run, or of the release before where none came: its path, resource and number of rows."""

    path: str
    resource: str
    sha256: str
    rows_in: int | None = None


@cache
def tables_at_the_gate() -> tuple[str, ...]:
    """The tables that the gate builds, in order: all of LAYERS that no measure is needed for, and what a rule reads
    that may hold a delivery back, with all that is made from.
    """
    found, read = set[str](), set[str]()
    for check in checks():
        if check.may_stop and not check.is_suite and check.scope is not Scope.RELEASE:
            read |= {check.table, *check.others}
    for name in reversed(tables()):
        if name in read:
            read.update(tables()[name].after)
    for name, table in tables().items():
        if table.layer in LAYERS and all(other in found or other.startswith("raw.") for other in table.after):
            found.add(name)
    return tuple(name for name, table in tables().items() if name in found | read and table.layer != "raw")


def judge(run: Run) -> Judged:
    """Judge the deliveries of a run whose raw tables are built, and keep the outcome beside the tables.

    Raises SourceUnavailable where a source that no run can do without is held back and nothing stands in;
    ReleaseRefused where more than MOST_LOST of the last release would be missing; what a table's maker raises.
    """
    before = _Before(run)
    gate, built, fresh = Gate(), set[str](), run.fresh
    for _ in range(ROUNDS):
        found = _look(replace(run, gate=gate, fresh=fresh), before)
        built |= found.built
        fresh = False
        if not found.held and not found.refused:
            gate = replace(gate, accepted=tuple(found.accepted.values()), settled=frozenset(found.settled))
            break
        gate = _narrowed(gate, found)
    else:
        raise ReleaseRefused("The deliveries of this run cannot be told good from bad.", found=_names(gate.held))
    _refuse_too_little(gate, before)
    keep(run, gate)
    return Judged(gate, frozenset(built))


class _Before:
    """The release that a run is compared with: its deliveries, and how many figures each gave."""

    def __init__(self, run: Run) -> None:
        self.run = run
        release = comparable(run.settings.warehouse, run.run_input.origin, as_of=run.as_of)
        inputs = read_back(file_of(run.settings.warehouse, release.release_id))[1] if release else set()
        self.by_path = dict(inputs)
        self.by_hash = {sha256: path for path, sha256 in inputs}

    def stand_in(self, path: str, held: str) -> Snapshot | None:
        """The delivery of a path that the release was made from, where its bytes are kept and it is another one."""
        sha256 = self.by_path.get(path)
        if sha256 is None or sha256 == held:
            return None
        return held_back.delivery(self.run.settings.snapshots, self.run.run_input.origin, path, sha256)


def _look(run: Run, before: _Before) -> Round:
    """Build and check table by table, up to the first with something to hold back or to refuse."""
    found, seen = Round(), set[str]()
    for fault in _faults_of_arrival(run):
        _hold_fault(found, run, before, fault)
    looked_at = set(tables_at_the_gate())
    waiting = [check for check in checks() if looked_at.issuperset((check.table, *check.others))]
    for name in tables_at_the_gate():
        record, reused = tables()[name].build(run)
        seen.add(name)
        found.built |= set() if reused else {name}
        for fault in _newcomers(record.faults, before):
            _hold_fault(found, run, before, fault)
        ready = [check for check in waiting if seen.issuperset((check.table, *check.others))]
        waiting = [check for check in waiting if check not in ready]
        for check in ready:
            if check.scope is Scope.RELEASE:
                continue
            for finding in check.find(run.store, run.fresh)[0]:
                if finding.severity == CRITICAL and not finding.passed:
                    _judge(found, run, before, finding, is_suite=check.is_suite)
        if found.held or found.refused:
            break
    found.blame_the_new(before.by_path)
    return found


def _faults_of_arrival(run: Run) -> list[DeliveryFault]:
    """Files that came and could not be taken, as far as this gate does not know of them."""
    known = {(one.path, one.sha256) for one in run.gate.held}
    records = (run.store.record(name) for name, table in tables().items() if table.layer == "raw")
    faults = [fault for record in records if record for fault in record.faults]
    return [fault for fault in faults if (fault.path, fault.sha256) not in known]


def _newcomers(faults: list[DeliveryFault], before: _Before) -> list[DeliveryFault]:
    """As `to_blame`, of files that cannot stand together."""
    return [fault for fault in faults if before.by_path.get(fault.path) != fault.sha256] or faults


def _hold_fault(found: Round, run: Run, before: _Before, fault: DeliveryFault) -> None:
    file = File(fault.path, fault.resource, fault.sha256)
    rule = UNREADABLE if fault.rows_faulty is None else FEW_FAULTY
    _hold(found, run, before, file, rule=rule, reason=fault.reason, broken=fault.rows_faulty)


def _judge(found: Round, run: Run, before: _Before, finding: Finding, *, is_suite: bool) -> None:
    """What follows from a finding for each delivery that it is traced to.

    Nothing for one that a person let in, or that is held back already and has left a gap: what is missing is said, and
    the finding is settled.
    """
    files = _files(run)
    held = {(one.path, one.sha256) for one in run.gate.held}
    rule = finding.table if is_suite else finding.check
    for broken in finding.deliveries:
        file = files.get(broken.sha256) or _gone(broken.sha256, run, before)
        if file is None:
            continue
        if (file.path, file.sha256) in held:
            found.settled.add(broken.sha256)
            continue
        if let_in := _acceptance(run, file, before):
            found.settled.add(broken.sha256)
            found.accepted.setdefault((file.path, file.sha256), Accepted(file.path, file.sha256, rule, let_in))
            continue
        if finding.scope is Scope.ROW and _is_few(broken, file):
            found.refused += [RefusedRow(file.sha256, line, finding.reason) for line in broken.lines]
            continue
        _hold(found, run, before, file, rule=rule, reason=finding.reason, broken=broken.rows, examples=finding.examples)


def _acceptance(run: Run, file: File, before: _Before) -> Acceptance | None:
    """Who let this delivery in, or let go a file that comes no more."""
    key = file.sha256 or absence_of(before.by_path.get(file.path, ""))
    return held_back.acceptance(run.settings.snapshots, run.run_input.origin, file.path, key)


def _is_few(broken: BrokenIn, file: File) -> bool:
    """Whether so few rows break a rule that the file is good without them."""
    return is_few(broken.rows, file.rows_in or 0) and bool(broken.lines) and not broken.has_country_total


def _hold(
    found: Round,
    run: Run,
    before: _Before,
    file: File,
    *,
    rule: str,
    reason: str,
    broken: int | None = None,
    examples: str = "[]",
) -> None:
    root, origin = run.settings.snapshots, run.run_input.origin
    one = HeldBack(
        path=file.path,
        resource=file.resource,
        sha256=file.sha256,
        rule=rule,
        reason=reason,
        since=datetime.now(UTC),
        rows_broken=broken,
        rows_in_file=file.rows_in,
        examples=examples,
        indicators=_indicators(run, file, before),
        stand_in=before.stand_in(file.path, file.sha256),
    )
    found.held.setdefault((file.path, file.sha256), replace(one, since=held_back.held_since(root, origin, one)))


def _files(run: Run) -> dict[str, File]:
    """The deliveries that this round let in, by hash."""
    store = run.store
    rows_in = {
        count["snapshot_sha256"]: int(count["rows_in"])
        for name in tables()
        if name.startswith("staging.") and (record := store.record(name))
        for count in record.counts
    }
    taken = pl.concat(
        [
            store.read(name).select("path", "resource", "sha256")
            for name, table in tables().items()
            if table.layer == "raw"
        ]
    )
    found = {row["sha256"]: File(**row, rows_in=rows_in.get(row["sha256"])) for row in taken.iter_rows(named=True)}
    for one in run.gate.held:
        if one.stand_in:
            kept = one.stand_in
            found[kept.sha256] = File(one.path, one.resource, kept.sha256, rows_in.get(kept.sha256))
    return found


def _gone(sha256: str, run: Run, before: _Before) -> File | None:
    """What came in place of a delivery of the release before: another one of its path, or none."""
    path = before.by_hash.get(sha256)
    if path is None:
        return None
    held = {(one.path, one.sha256) for one in run.gate.held}
    now = [file for file in _files(run).values() if file.path == path]
    if now:
        return min(now, key=lambda file: (file.path, file.sha256) in held)
    kept = held_back.delivery(run.settings.snapshots, run.run_input.origin, path, sha256)
    return File(path, kept.resource, "") if kept else None


def _indicators(run: Run, file: File, before: _Before) -> tuple[str, ...]:
    """What a delivery holds, or what the one before it held."""
    store = run.store
    for table, sha256 in (
        ("staging.observation", file.sha256),
        ("previous.observation", before.by_path.get(file.path)),
    ):
        if store.record(table) and sha256:
            rows = store.read(table).filter(pl.col("snapshot_sha256") == sha256)
            if rows.height:
                return tuple(rows["indicator"].unique().sort())
    return ()


def _narrowed(gate: Gate, found: Round) -> Gate:
    """The gate that also holds back what a round found. A stand-in that is found bad stands in no longer."""
    bad = {(path, sha256) for path, sha256 in found.held}
    held = [
        replace(one, stand_in=None) if one.stand_in and (one.path, one.stand_in.sha256) in bad else one
        for one in gate.held
    ]
    stood_in = {(one.path, one.stand_in.sha256) for one in gate.held if one.stand_in}
    new = [one for key, one in found.held.items() if key not in stood_in]
    narrowed = Gate((*held, *new), (*gate.refused, *found.refused))
    _refuse_without(narrowed)
    return narrowed


def _refuse_without(gate: Gate) -> None:
    """Stop where a source that no run can do without is held back and nothing stands in."""
    required = {resource.name: resource for resource in resources() if resource.required}
    for one in gate.held:
        if one.resource in required and one.stand_in is None:
            raise SourceUnavailable(
                f"The only delivery of {one.resource!r} is held back, and no run can do without it.",
                where=one.path,
                expected=required[one.resource].description,
                found=one.reason,
                do="ask the publisher for a whole file; the last good release stays published.",
            )


def _refuse_too_little(gate: Gate, before: _Before) -> None:
    lost = {before.by_path[one.path] for one in gate.held if one.stand_in is None and one.path in before.by_path}
    if not lost:
        return
    said = before.run.store.read("previous.observation")["snapshot_sha256"]
    share = said.is_in(list(lost)).mean()
    if isinstance(share, float) and share > MOST_LOST:
        raise ReleaseRefused(
            "Too much would be missing from this release.",
            expected="at most a third of the last release's figures held back with nothing to stand in",
            found=f"{share:.0%}, of {_names(gate.held)}",
            do="see what the check page says of each; the last good release stays published.",
        )


def _names(held: Iterable[HeldBack]) -> str:
    return ", ".join(dict.fromkeys(one.path for one in held))
