"""The table of what arrived, which every table of files waits for: a run that has too little to go on ends here.

What belongs here: counting what came, and ending a run without a file that it cannot do without, or a live run to which
nothing came fresh. What does not: asking (`sources/arrival/`), or what to do about one file that is missing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import polars as pl

from pipelines.notes import Kind, Note, words
from pipelines.sources import resources
from pipelines.sources.contract import DeliveryFault, Resource, SourceUnavailable
from pipelines.tables.store import Made, Store, text_hash
from pipelines.tables.table import Plan, Run, Table

ARRIVAL = "staging.arrival"
STATES = ("fresh", "stale", "carried over", "missing")
SCHEMA: dict[str, pl.DataType] = {"resource": pl.String(), "path": pl.String(), "state": pl.String()}
OF_RUN: dict[str, pl.DataType] = {"input": pl.String(), "as_of": pl.Date()}
"""What the run read, the same in every row; `as_of` is null for the run of today."""
MISSING = (Kind.NOT_HAD, Kind.NO_ADDRESS, Kind.NOT_IN_INPUT)


class NothingFresh(SourceUnavailable):
    """A live run to which not one file came fresh from its publisher."""

    exit_code = 5


def arrival_table() -> Table:
    """One row per file that a run asked for."""
    return Table(
        name=ARRIVAL,
        grain="One row per file that this run asked for, and whether it came fresh, is stale or missing.",
        reads=tuple(f"raw.{resource.name}" for resource in resources()),
        plan=_plan,
        code="",
        kinds=frozenset({"polars"}),
        made_in=Path(__file__),
        is_shipped=False,
    )


def _plan(run: Run) -> Plan:
    told = {resource.name: _told(run.store, resource) for resource in resources()}
    noted = [str(note.as_json()) for notes in told.values() for note in notes]
    return Plan(text_hash(run.run_input.label, str(run.as_of), str(run.asked), *noted), lambda: _count(run, told))


def _told(store: Store, resource: Resource) -> list[Note]:
    record = store.record(f"raw.{resource.name}")
    return record.notes if record else []


def _faults(store: Store, resource: Resource) -> list[DeliveryFault]:
    record = store.record(f"raw.{resource.name}")
    return record.faults if record else []


def _count(run: Run, told: dict[str, list[Note]]) -> Made:
    """What came. Raises NothingFresh or SourceUnavailable where that is too little for a run."""
    frames = []
    for resource in resources():
        taken = run.store.read(f"raw.{resource.name}")
        asked = [path for path in taken["path"] if run.is_asked(path)]
        came = taken.select(
            pl.lit(resource.name).alias("resource"),
            "path",
            pl.when(~pl.col("path").is_in(asked))
            .then(pl.lit("carried over"))
            .when("is_stale")
            .then(pl.lit("stale"))
            .when("is_carried_over")
            .then(pl.lit("carried over"))
            .otherwise(pl.lit("fresh"))
            .alias("state"),
        )
        lacking = [(resource.name, note.path, "missing") for note in told[resource.name] if note.kind in MISSING]
        frames += [came, pl.DataFrame(lacking, schema=SCHEMA, orient="row")]
    frame = pl.concat(frames)
    is_live = run.run_input.kind == "live" and run.as_of is None
    counts = Counter(frame["state"].to_list())
    counted = Note(Kind.ARRIVALS, count=frame.height, counted=tuple((counts[state], state) for state in STATES))
    if is_live and not counts["fresh"]:
        raise _nothing_fresh(counted, [note for notes in told.values() for note in notes])
    had = set(frame.filter(pl.col("state") != "missing")["resource"])
    # What came and cannot be taken is for the gate, which knows what stands in for it.
    had |= {resource.name for resource in resources() if _faults(run.store, resource)}
    if absent := [one for one in resources() if one.required and one.name not in had]:
        raise _cannot_do_without(run, absent, told)
    of_run = {"input": run.run_input.label, "as_of": run.as_of}
    made = frame.with_columns(pl.lit(value, OF_RUN[name]).alias(name) for name, value in of_run.items())
    return Made(made, notes=[counted] if is_live else [])


def _nothing_fresh(counted: Note, notes: Sequence[Note]) -> NothingFresh:
    silent = sorted({note.host for note in notes if note.host})
    return NothingFresh(
        "Not one file came fresh from its publisher, so nothing is built or published.",
        expected="at least one file that a publisher serves now",
        found=words(counted) + (f" No answer from {', '.join(silent)}." if silent else ""),
        do="Check this machine's network (proxy, DNS, firewall), then run again; what is current stays so.",
    )


def _cannot_do_without(run: Run, absent: Sequence[Resource], told: dict[str, list[Note]]) -> SourceUnavailable:
    first = absent[0]
    named = f"The resource {first.name!r} is missing, and no run can do without it: {first.description}"
    others = ", ".join(repr(one.name) for one in absent[1:])
    causes = [words(note) for note in told[first.name] if note.kind is not Kind.NOT_IN_INPUT]
    return SourceUnavailable(
        named + (f" So are {others}." if others else ""),
        where=str(run.run_input.folder or run.run_input.kind),
        expected=", ".join(one.path for one in absent),
        found=" ".join(causes) or "no such file",
        do=f"put the file there (publisher: {first.publisher}, {first.url}).",
    )
