"""The check page, `warehouse/report/checks.html`: what the last run checked, what it found, and what to do.

What belongs here: turning findings and the run's outcome into what the page says, even when the run failed. What does
not: checking (`quality/`), what is published (`release/publish.py`), or how it looks (`templates/checks.html.j2`).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl

from pipelines.files import write_atomically
from pipelines.quality import CRITICAL, WARNING, Finding, Kept, kept_checks
from pipelines.release import folder, publish
from pipelines.report.template import render
from pipelines.sources.arrival.held_back import Accepted, HeldBack
from pipelines.status import runs
from pipelines.status.runs import Ended, Outcome
from pipelines.tables.store import Store

PAGE = Path("report") / "checks.html"
"""Where the page is inside the warehouse."""
LAYERS = {
    "staging": "Staging: publishers' files in our own names",
    "core": "Core: joined and conformed",
    "measures": "Measures: the statistics",
    "published": "Published: what analysts open",
    "previous": "Previous: what the release before this one said",
}
ACROSS = "Across tables: relations and history"
HOLDS, WARNS, BROKEN, STUCK = "holds", "warning", "failed", "could not run"
SHOWN_BEFORE = {BROKEN: 0, STUCK: 1, WARNS: 2}


@dataclass(frozen=True)
class RunFacts:
    """What the page must know about the run: when it began, what it read, and what stopped steps outside the checks."""

    started_at: datetime
    input: str
    is_modelled: bool
    errors: list[str] = field(default_factory=list)
    held_back: tuple[HeldBack, ...] = ()
    accepted: tuple[Accepted, ...] = ()


@dataclass(frozen=True)
class Rule:
    """One rule as the page shows it."""

    net: str
    table: str
    check: str
    state: str
    title: str
    more: str
    reason: str
    observed: str
    file: str
    looked_at: str
    shared: str
    columns: list[str]
    examples: list[list[str]]
    to_do: str


def page(warehouse: Path) -> Path:
    """Where the page is."""
    return warehouse / PAGE


def write_page(store: Store, warehouse: Path, run: RunFacts, *, expectations: Path, sql: Path) -> Path:
    """Write the page of a run that has ended, however it ended. Returns where it is.

    A run that reached no check and did not fail (one table built by hand) leaves the page as it is.
    """
    suites = [file.stem for file in sorted(expectations.glob("*.json"))]
    queries = [file.stem for file in sorted((sql / "checks").glob("*.sql"))]
    kept = kept_checks(store, suites=suites, sql_checks=queries)
    looked = {name: found for name, found in kept.items() if found and found.checked_at >= run.started_at}
    if not looked and not run.errors:
        return page(warehouse)
    rules = [_rule(name, found, finding) for name, found in looked.items() for finding in found.findings]
    ended = _ended(warehouse, since=run.started_at)
    forced = runs.known(warehouse).forced if ended else ""
    content = render(
        "checks.html.j2",
        headline=_headline(ended, forced, rules, run, is_moved=_is_moved(warehouse, since=run.started_at)),
        run=run,
        ended_at=datetime.now(UTC),
        current=_current(warehouse),
        nets=_nets(store, rules, kept, looked),
        failures=sorted(
            (r for r in rules if r.state != HOLDS), key=lambda r: (SHOWN_BEFORE[r.state], r.table, r.check)
        ),
        layers=_layers(rules),
        not_run=[_not_run(name, kept[name]) for name in kept if name not in looked],
        forced=forced,
        held_back=[_held(one) for one in run.held_back],
        accepted=run.accepted,
    )
    write_atomically(page(warehouse), content)
    return page(warehouse)


def _held(one: HeldBack) -> dict[str, str]:
    """A delivery that is held back, as the page shows it."""
    share = f"{one.rows_broken:,} of {one.rows_in_file:,} rows" if one.rows_broken and one.rows_in_file else ""
    return {
        "path": one.path,
        "rule": one.rule,
        "reason": one.reason,
        "indicators": ", ".join(one.indicators) or "not known",
        "rows": share or (f"{one.rows_broken:,} rows" if one.rows_broken else ""),
        "since": f"{one.since:%Y-%m-%d}",
        "stands_in": f"{one.stand_in.retrieved_at:%Y-%m-%d}" if one.stand_in else "",
    }


def _ended(warehouse: Path, *, since: datetime) -> Ended | None:
    """What the run noted when it published; None where it never got there."""
    ended = [run for run in runs.known(warehouse).runs if run.outcome.is_good]
    # Whole seconds only are kept.
    return ended[-1] if ended and ended[-1].ended_at >= since.replace(microsecond=0) else None


def _is_moved(warehouse: Path, *, since: datetime) -> bool:
    """Whether the current release was made by this run, whatever it noted."""
    try:
        now = publish.current(warehouse)
    except folder.ReleaseRefused:
        return False
    return now is not None and now.created_at.replace(tzinfo=UTC) >= since


def _headline(
    ended: Ended | None, forced: str, rules: Iterable[Rule], run: RunFacts, *, is_moved: bool
) -> dict[str, str]:
    """`tone` is good, mixed or bad; `title` and `text` are what a person reads first."""
    if ended is None:
        return _stopped(rules, run, is_moved=is_moved)
    if forced:
        return {
            "tone": "bad",
            "title": "Published by force",
            "text": "Failed critical checks were overruled by a person.",
        }
    is_new = ended.outcome is Outcome.PUBLISHED
    title = "Published" if is_new else "Checked: nothing new to publish"
    if run.held_back:
        many = "1 delivery is" if len(run.held_back) == 1 else f"{len(run.held_back)} deliveries are"
        return {"tone": "mixed", "title": title, "text": f"{many} held back; all others passed."}
    then = "a new release is current" if is_new else "the current release already says the same"
    return {"tone": "good", "title": title, "text": f"No critical check failed, and {then}."}


def _stopped(rules: Iterable[Rule], run: RunFacts, *, is_moved: bool) -> dict[str, str]:
    """The headline of a run that did not note that it ended well; `is_moved` says that its release is current."""
    if is_moved:
        return {
            "tone": "bad",
            "title": "Published, then stopped",
            "text": "A new release is current. What follows a publication could not all be done; the next run does it.",
        }
    stays = "Nothing was published. The last good release stays current."
    if any(rule.state in (BROKEN, STUCK) for rule in rules):
        return {"tone": "bad", "title": "Refused", "text": f"A critical check failed. {stays}"}
    if run.errors:
        return {"tone": "bad", "title": "Stopped", "text": f"A step failed before the checks were done. {stays}"}
    return {"tone": "mixed", "title": "Not published", "text": f"This run did not reach publishing. {stays}"}


def _current(warehouse: Path) -> dict[str, str]:
    """What analysts read now."""
    try:
        now = publish.current(warehouse)
    except folder.ReleaseRefused:
        return {"fault": "The current release cannot be read."}
    if now is None:
        return {"fault": "There is no release yet."}
    return {
        "release_id": now.release_id,
        "created_at": f"{now.created_at:%Y-%m-%d %H:%M}",
        "input": now.input,
        "origin": now.origin,
    }


def _rule(name: str, kept: Kept, finding: Finding) -> Rule:
    is_suite = name.startswith("suite_")
    state = _state(finding)
    rows = json.loads(finding.examples)
    # What all rows have in common is shown once, so that what differs fits a small screen.
    shared = (
        {name: value for name, value in rows[0].items() if all(row.get(name) == value for row in rows)}
        if rows[1:]
        else {}
    )
    columns = [name for name in (rows[0] if rows else {}) if name not in shared]
    # That it is a warning stands beside it.
    reason = finding.reason if finding.severity == WARNING else finding.stated
    title, _, more = (reason or finding.check).partition(". ")
    file = f"expectations/{name[6:]}.json" if is_suite else f"sql/checks/{name[4:]}.sql"
    # The examples of a query are in a table of their own, so its sentence need not repeat them.
    observed = finding.outcome if rows else finding.observed
    return Rule(
        net="content" if is_suite else "relations",
        table=finding.table.replace(";", ", "),
        check=finding.check,
        state=state,
        title=title[:1].upper() + title[1:] + ("." if more else ""),
        more=more,
        reason=reason,
        observed=observed,
        file=file,
        looked_at=f"{datetime.fromisoformat(kept.made_at):%Y-%m-%d %H:%M}",
        shared=", ".join(f"{name} {_shown(value)}" for name, value in shared.items()),
        columns=columns,
        examples=[[_shown(row.get(column)) for column in columns] for row in rows],
        to_do=_to_do(state, finding.table, file),
    )


def _shown(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.10g}"  # 63.46528151554178 is no more exact, only longer.
    return "(empty)" if value is None or value == "" else str(value)


def _state(finding: Finding) -> str:
    if finding.passed:
        return HOLDS
    if finding.severity != CRITICAL:
        return WARNS
    return STUCK if finding.errored else BROKEN


def _to_do(state: str, tables: str, file: str) -> str:
    """The next step for whoever has to fix it."""
    layer = tables.partition(".")[0]
    if state == STUCK:
        return f"The rule itself could not run: fix {file}, or build what it reads."
    if state == WARNS:
        return "Nothing is held back. Look at the rows, and tell whoever uses these figures if they are right."
    if layer in ("staging", "raw"):
        return (
            "Look at these rows in the publisher's file. If the publisher is wrong, tell them and run again once it is "
            f"fixed; if the world has changed, change the rule in {file} and its reason."
        )
    built = ", ".join(f"tables/{table.replace('.', '/')}.parquet" for table in tables.split(";"))
    return (
        f"The rows as built are in {built} of the warehouse. Find out which input they come from; fix that or the "
        f"table's SQL. If the rule is wrong, change {file} and its reason."
    )


def _nets(
    store: Store, rules: list[Rule], kept: Mapping[str, Kept | None], looked: Mapping[str, Kept]
) -> list[dict[str, Any]]:
    """Counts for each net: rules by state, and checks that this run did not reach."""
    named = {
        "content": ("Content", "Each table against its own suite of rules", "suite_"),
        "relations": ("Relations and history", "Tables against each other and against the last release", "sql_"),
    }
    nets = [
        {
            "title": title,
            "about": about,
            "counts": {
                state: sum(r.net == net and r.state == state for r in rules) for state in (HOLDS, *SHOWN_BEFORE)
            },
            "not_run": sum(name.startswith(prefix) and name not in looked for name in kept),
        }
        for net, (title, about, prefix) in named.items()
    ]
    return [{"title": "Shape", "about": "Each file against its contract", "rows": _intake(store)}, *nets]


def _intake(store: Store) -> dict[str, int]:
    """Row counts of the files that were read; nothing where none ever was."""
    if store.record("staging.intake") is None:
        return {}
    counted = store.read("staging.intake")
    sums = counted.select(pl.col("rows_in", "rows_out", "rejected", "deduplicated").sum()).row(0, named=True)
    return {"files": counted.height, **{name: int(value or 0) for name, value in sums.items()}}


def _layers(rules: list[Rule]) -> list[dict[str, Any]]:
    """The rules by layer, then by table; queries across tables last."""
    groups = [
        (title, [r for r in rules if r.net == "content" and r.table.startswith(f"{layer}.")])
        for layer, title in LAYERS.items()
    ]
    groups.append((ACROSS, [r for r in rules if r.net == "relations"]))
    return [
        {
            "title": title,
            "tables": [
                {"table": table, "states": [r.state for r in found if r.table == table]}
                for table in dict.fromkeys(r.table for r in found)
            ],
            "held": [r for r in found if r.state == HOLDS],
        }
        for title, found in groups
        if found
    ]


def _not_run(name: str, kept: Kept | None) -> dict[str, str]:
    kind, _, what = name.partition("_")
    return {
        "check": f"rules of {what}" if kind == "suite" else what.replace("_", " "),
        "last": f"{kept.checked_at:%Y-%m-%d %H:%M}" if kept else "never",
    }
