"""The command that says how the installation is doing, for a person in 80 columns or for a program as JSON.

What belongs here: its words and its exit code. What does not: whether all is well (`status/health.py`).

Exit codes: 0 healthy, 1 the last run failed, died or was refused, or the release cannot be read, 3 deliveries are held
back, 4 no run has confirmed the release for too long, or there is none. The first that holds of 1, 4, 3.
"""

from __future__ import annotations

import json
import textwrap
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from pipelines import settings
from pipelines.cli.console import out

if TYPE_CHECKING:
    from pipelines.alerts.told import Told
    from pipelines.release.query import FailedCheck, ReleaseFacts, SourceFile
    from pipelines.status.health import Health, SourceState
    from pipelines.status.runs import Ended

WIDEST, LABEL = 80, 12
MOST_TROUBLES, MOST_CHECKS = 10, 10
TOGETHER = "\N{NO-BREAK SPACE}"


def status(
    as_json: Annotated[bool, typer.Option("--json", help="Everything as JSON, for monitoring.")] = False,
) -> None:
    """Show what is published, how each source is doing and what failed; the exit code says how it stands."""
    from pipelines.alerts.told import told
    from pipelines.run.lock import is_held
    from pipelines.status import health

    here = settings.load()
    found, sent = health.health(here, is_at_work=is_held(here.warehouse)), told(here.warehouse)
    if as_json:
        out.print(
            json.dumps(health.as_json(found) | {"alerts": _alerts_as_json(sent)}, indent=2, ensure_ascii=False),
            markup=False,
            highlight=False,
        )
    else:
        width = min(out.width, WIDEST) if out.is_terminal else WIDEST
        for line in lines(found, here.warehouse, width=width, sent=sent):
            out.print(escape(line))
    raise typer.Exit(found.verdict.exit_code)


def _alerts_as_json(sent: Told) -> dict[str, object]:
    when = sent.sent_at.isoformat(timespec="seconds") if sent.sent_at else None
    return {"sent_at": when, "told_and_not_over": [asdict(cause) for cause in sent.open], "failures": sent.failures}


def lines(found: Health, warehouse: Path, *, width: int = WIDEST, sent: Told | None = None) -> list[str]:
    """All that `status` prints. Nothing is cut: only a word that is longer than a line makes a line longer."""
    said = [line for label, text in _summary(found, warehouse) for line in _labelled(label, text, width)]
    if sent and sent.sent_at:
        said += _labelled("Alerts", f"last sent {_minute(sent.sent_at)}; {len(sent.open)} told and not over.", width)
    for failure in sent.failures if sent else ():
        said += _labelled("Not sent", failure, width)
    for title, texts in _sections(found):
        if texts:
            said += [
                "",
                *_wrapped(title, "", "", width),
                *(line for text in texts for line in _wrapped(text, "  ", "    ", width)),
            ]
    return said


def _summary(found: Health, warehouse: Path) -> Iterator[tuple[str, str]]:
    """Label and text of the first lines."""
    from pipelines.notes import words
    from pipelines.release.query import REVISIONS
    from pipelines.report.checks import page

    is_unknown = found.dated_ahead and found.verdict == "too old"
    yield "Health", AGE_UNKNOWN if is_unknown else VERDICTS[found.verdict]
    yield from _release(found)
    if found.dated_ahead:
        yield "Clock", words(found.dated_ahead)
    if found.at_work:
        yield "At work", f"a run {_started_by(found.at_work.starter)}since {_minute(found.at_work.started_at)}."
    yield "Last run", _run(found.last) if found.last else "No run yet."
    if found.is_log_damaged:
        yield "", f"{warehouse / 'status.json'} cannot be read; the next run writes it anew."
    if found.last and not found.last.outcome.is_good:
        yield from (("", _begun(fault.text)) for fault in found.last.faults)
    release = found.release
    if release:
        yield from _checks(release)
    if page(warehouse).is_file():
        yield "Checked", f"what, and what was found: {page(warehouse)}"
    if release and (warehouse / REVISIONS).is_file():
        yield "Changed", f"what, with this release: {warehouse / REVISIONS}"


def _release(found: Health) -> Iterator[tuple[str, str]]:
    """What is current, or why nothing is."""
    from pipelines.notes import words

    release = found.release
    if release:
        yield "Release", f"{release.release_id}, from {release.input}, created {_minute(release.created_at)}."
        if release.origin == "modelled":
            yield "", "Its origin is modelled: not for use."
        if release.forced:
            yield "", words(release.forced)
        if found.confirmed_at and found.age is not None:
            yield (
                "Confirmed",
                f"{_minute(found.confirmed_at)}, {_since(found.age)}; too old after {_span(found.fresh_for)}.",
            )
    elif found.is_first:
        yield "Release", "Nothing published yet. Run `inequality run`."
    elif found.fault:
        yield "Release", found.fault.what
        yield from ((f"  {name}", text) for name, text in found.fault.parts.items() if name != "what")


VERDICTS = {
    "healthy": "all is well.",
    "held back": "published, with deliveries held back.",
    "too old": "no run has confirmed a release for too long.",
    "failed": "the last run did not end well, or what is current cannot be read.",
}
AGE_UNKNOWN = "how old the release is cannot be told: a clock is or was wrong."


def _checks(release: ReleaseFacts) -> Iterator[tuple[str, str]]:
    """Checks that did not pass in the release; what could not run is no warning, whatever its severity."""
    stuck = [check for check in release.checks if check.could_not_run]
    counts = Counter(check.severity for check in release.checks if not check.could_not_run)
    named = {"critical": ("critical check", "critical checks"), "warning": ("warning", "warnings")}
    parts = [f"{count} {named.get(severity, (severity,) * 2)[count > 1]}" for severity, count in sorted(counts.items())]
    yield "Checks", (f"{' and '.join(parts)} not passed." if parts else "All that ran have passed.")
    if stuck:
        names = "; ".join(_named(check) for check in stuck[:MOST_CHECKS])
        more = f"; and {len(stuck) - MOST_CHECKS} more" if stuck[MOST_CHECKS:] else ""
        many = "1 check" if len(stuck) == 1 else f"{len(stuck)} checks"
        yield "", f"{many} could not run, so nobody knows whether the rule holds: {names}{more}."


def _named(check: FailedCheck) -> str:
    return f"{check.check} of {check.table} ({check.severity})"


def _sections(found: Health) -> Iterator[tuple[str, list[str]]]:
    """Title and texts of what follows."""
    from pipelines.notes import silence_in_words, words
    from pipelines.status.health import LOOK_AT

    states = found.sources or ()
    yield "Held back", [words(note) for note in found.held_back]
    troubles = list(reversed(found.troubles))
    texts = [f"{_run(run)} {_first_line(run)}".strip() for run in troubles[:MOST_TROUBLES]]
    if more := len(troubles) - MOST_TROUBLES:
        texts += [f"and {more} more: `inequality status --json`"] * (more > 0)
    yield "Runs that were refused, failed or died, newest first", texts
    yield "Publishers that did not answer", [silence_in_words(one.files) for one in found.silences]
    alone = found.sources_in(LOOK_AT)
    yield "Sources to look at", [f"{one.path}: {STATES.get(one.state, one.state)}: {one.reason}" for one in alone]
    missing = [one.path for one in states if one.state == "missing"]
    yield "Not in the last run's input", [", ".join(missing)] if missing else []
    files = found.release.sources if found.release else ()
    yield f"Sources of this release ({len(files)})", [_source(file, states) for file in files]
    if found.sources is None:
        yield "States of the sources", ["history/source_health.parquet cannot be read; run again."]


STATES = {"changed_shape": "changed shape"}


def _source(file: SourceFile, states: Sequence[SourceState]) -> str:
    """One file: its state, its day, and what became of its rows."""
    state = next((STATES.get(one.state, one.state) for one in states if one.path == file.path), "")
    flags = ("stale" * file.is_stale, "modelled" * file.is_modelled)
    about = ", ".join(dict.fromkeys(word for word in (state, *flags) if word))
    counts = {"refused": file.refused, "double": file.double, "suppressed": file.suppressed}
    rows = [
        f"{file.rows_in:,} rows in",
        f"{file.rows_out:,} out",
        *(f"{n:,} {name}" for name, n in counts.items() if n),
    ]
    return f"{file.path}: {about or 'no state'}; of {file.day or 'no day'}; {', '.join(map(_whole, rows))}"


def _whole(words: str) -> str:
    """Words that stay on one line."""
    return words.replace(" ", TOGETHER)


def _run(run: Ended) -> str:
    return f"{_minute(run.started_at or run.ended_at)}{_by(run.starter)}: {run.outcome}."


def _by(starter: str) -> str:
    return f", {_started_by(starter).strip()}" if starter else ""


def _started_by(starter: str) -> str:
    known = {"command": "by the command ", "schedule": "by the schedule ", "ui": "by the UI "}
    return f"started {known[starter]}" if starter in known else ""


def _first_line(run: Ended) -> str:
    return run.faults[0].text.strip().partition("\n")[0] if run.faults else ""


def _begun(text: str) -> str:
    """The first two lines of a long text."""
    found = text.strip().splitlines()
    return "\n".join(found[:2]) + (" ..." if len(found) > 2 else "")


def _minute(when: datetime) -> str:
    return f"{when:%Y-%m-%d %H:%M} UTC"


def _since(age: timedelta) -> str:
    return f"{_span(age)} ago" if age >= timedelta() else f"{_span(-age)} ahead of this clock"


def _span(length: timedelta) -> str:
    """A length of time to the nearest unit that tells."""
    minutes = round(length.total_seconds() / 60)
    for unit, size, least in (("day", 1440, 2880), ("hour", 60, 120)):
        if minutes >= least:
            return f"{minutes // size} {unit}s"
    return f"{minutes} minutes" if minutes > 1 else "a minute" if minutes else "less than a minute"


def _labelled(label: str, text: str, width: int) -> list[str]:
    return _wrapped(text, f"{label:<{LABEL}}", " " * LABEL, width)


def _wrapped(text: str, first: str, others: str, width: int) -> list[str]:
    """A text at this width, broken between words only; its own lines stay lines."""
    found: list[str] = []
    for line in text.splitlines() or [""]:
        begin = first if not found else others
        found += textwrap.wrap(
            line.strip(),
            width,
            initial_indent=begin,
            subsequent_indent=others,
            break_long_words=False,
            break_on_hyphens=False,
        ) or [begin.rstrip()]
    return [line.replace(TOGETHER, " ") for line in found]
