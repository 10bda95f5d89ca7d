"""Publishing over failed critical checks: who may overrule what, and what is recorded of it.

What belongs here: which findings a person may overrule, and how a release says that one did. What does not: finding
them (`quality/`), or letting a run go on (`run/walk.py`, `defs/checks.py`). Never overruled, because no reason makes
them right: a file that does not read back as written, modelled data over publishers' that nobody named, and disclosure.
"""

from __future__ import annotations

import os
import platform
import pwd
from dataclasses import dataclass

import polars as pl

from pipelines.quality import CRITICAL, Finding
from pipelines.release.folder import ReleaseRefused

DISCLOSURE = "disclosure"
"""How the name or the reason of a rule begins that nobody may overrule."""

LONGEST_REASON = 500


@dataclass(frozen=True)
class Overruled:
    """Who published over which critical checks, and why."""

    by: str
    reason: str
    checks: tuple[str, ...]

    @property
    def sentence(self) -> str:
        """All of it, for a person."""
        return f"Published by force: {self.by} overruled {', '.join(self.checks)}. Reason given: {self.reason}"


def is_reason(text: str) -> bool:
    """Whether a text may stand as the reason: words on one line that a terminal only shows, not a key pressed."""
    return len(text.split()) >= 2 and len(text) <= LONGEST_REASON and text.isprintable()


def may_be_overruled(finding: Finding) -> bool:
    """Whether force lets this critical finding pass."""
    return not _is_disclosure(finding.check, finding.reason)


def stops_the_run(finding: Finding, *, force: str) -> bool:
    """Whether a run ends at this finding; `force` is the reason for which critical ones are overruled, if any."""
    return finding.severity == CRITICAL and not finding.passed and not (force and may_be_overruled(finding))


def _is_disclosure(check: str, reason: str) -> bool:
    return check.lower().startswith(DISCLOSURE) or reason.lower().startswith(DISCLOSURE)


def whoever_runs_this() -> str:
    """The account and the machine, as the system knows them: variables of the environment can be set to any name."""
    try:
        account = pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        account = f"account {os.getuid()}"
    return f"{account}@{platform.node() or 'unknown'}"


def notes(forced: Overruled | None, *, reason: str) -> list[str]:
    """What a person who used force must read."""
    if forced:
        return [forced.sentence]
    return ["Every critical check passed, so --force overruled nothing and nothing is recorded."] if reason else []


def marked(findings: pl.DataFrame) -> pl.DataFrame:
    """The rows of `meta.check_result` with `overruled`: critical, not passed, and published all the same."""
    return findings.with_columns(overruled=(pl.col("severity") == CRITICAL) & ~pl.col("passed"))


def account_for(findings: pl.DataFrame, *, reason: str) -> Overruled | None:
    """Who answers for the overruled rows of `marked` findings; None where there are none.

    Raises ReleaseRefused where nobody gave a reason, or one of them is never overruled.
    """
    over = findings.filter("overruled").sort("table_name", "check_name")
    if over.is_empty():
        return None
    never = [name for name, why in over.select("check_name", "reason").rows() if _is_disclosure(name, why or "")]
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
