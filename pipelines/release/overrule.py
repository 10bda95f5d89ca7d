"""Publishing over failed critical checks: who may overrule what, and what is recorded of it.

What belongs here: which findings a person may overrule, and how a release says that one did. What does not: finding
them (`quality/`), or letting a run go on (`run/walk.py`, `defs/events.py`). Never overruled, because no reason makes
them right: a file that does not read back as written, modelled data over publishers' that nobody named, and disclosure.
"""

from __future__ import annotations

import os
import platform
import pwd
from collections.abc import Collection
from dataclasses import dataclass

import polars as pl

from pipelines.notes import Kind, Note
from pipelines.quality import CRITICAL, Finding
from pipelines.release.folder import ReleaseRefused

LONGEST_REASON = 500


@dataclass(frozen=True)
class Overruled:
    """Who published over which critical checks, and why."""

    by: str
    reason: str
    checks: tuple[str, ...]

    @property
    def note(self) -> Note:
        """All of it, for a person."""
        return Note(Kind.FORCED, by=self.by, names=self.checks, cause=self.reason)


def is_reason(text: str) -> bool:
    """Whether a text may stand as the reason: words on one line that a terminal only shows, not a key pressed."""
    return len(text.split()) >= 2 and len(text) <= LONGEST_REASON and text.isprintable()


def stops_the_run(finding: Finding, *, force: str, accepted: Collection[str] = ()) -> bool:
    """Whether a run ends at this finding.

    `force` is the reason for which critical ones are overruled, if any; `accepted` are the hashes of deliveries that a
    person let in: a finding about no others stops nothing.
    """
    if finding.severity != CRITICAL or finding.passed:
        return False
    let_in = finding.deliveries and all(one.sha256 in accepted for one in finding.deliveries)
    return not let_in and not (force and finding.overrulable)


def whoever_runs_this() -> str:
    """The account and the machine, as the system knows them: variables of the environment can be set to any name."""
    try:
        account = pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        account = f"account {os.getuid()}"
    return f"{account}@{platform.node() or 'unknown'}"


def notes(forced: Overruled | None, *, reason: str) -> list[Note]:
    """What a person who used force must read."""
    if forced:
        return [forced.note]
    return [Note(Kind.FORCE_UNUSED)] if reason else []


def marked(findings: pl.DataFrame, *, accepted: Collection[str] = ()) -> pl.DataFrame:
    """The rows of `meta.check_result` with `overruled`: critical, not passed, and published all the same.

    What speaks of `accepted` deliveries alone is not overruled: those were let in by name.
    """
    let_in = pl.col("deliveries").str.split(";").list.set_difference(list(accepted)).list.len() == 0
    broken = (pl.col("severity") == CRITICAL) & ~pl.col("passed")
    return findings.with_columns(overruled=broken & ~let_in.fill_null(value=False))


def account_for(findings: pl.DataFrame, *, reason: str) -> Overruled | None:
    """Who answers for the overruled rows of `marked` findings; None where there are none.

    Raises ReleaseRefused where nobody gave a reason, or one of them is never overruled.
    """
    over = findings.filter("overruled").sort("table_name", "check_name")
    if over.is_empty():
        return None
    never = over.filter(~pl.col("overrulable"))["check_name"].to_list()
    if never or not reason.strip():
        raise ReleaseRefused(
            "Critical checks failed.",
            found=", ".join(never or over["check_name"].to_list()),
            do="mend what they name; disclosure is never overruled."
            if never
            else 'mend what they name, or answer for it: `inequality run --force "why"`.',
        )
    names = [f"{check} of {table}" for table, check in over.select("table_name", "check_name").rows()]
    return Overruled(whoever_runs_this(), reason.strip(), tuple(names))
