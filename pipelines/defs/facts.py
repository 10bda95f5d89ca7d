"""Facts of ours as Dagster carries them: notes, findings and errors, as JSON metadata beside the words for its UI.

What belongs here: both directions of that journey, so that nothing reads words back. What does not: what is noted,
found or refused (`notes.py`, `quality/finding.py`, `errors.py`), or what a run makes of it (`launch.py`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import dagster as dg

from pipelines.errors import ProductError
from pipelines.files import disk_full
from pipelines.notes import Note, in_words, note_from
from pipelines.quality.finding import Finding, finding_from

Metadata = dict[str, dg.MetadataValue[Any]]
INTERRUPT = "INTERRUPT"
"""Dagster's name for the source of a failure when the run was told to stop."""


@dataclass(frozen=True)
class FailedCheck:
    """A check of a table with findings that did not pass, each with whether force overruled it."""

    table: str
    check: str
    stops: bool
    findings: tuple[tuple[Finding, bool], ...]

    def __str__(self) -> str:
        """The findings of the check, one per line, below its name."""
        lines = (finding.line(overruled=overruled) for finding, overruled in self.findings)
        return "\n    ".join([f"{self.table}, check {self.check}:", *lines])


class StepFailed(ProductError):
    """A step that failed with an error of a library or of the machine."""


def failed_step(name: str, error: Exception) -> ProductError:
    """What a step that failed says: our own error as it is, a full disk as such, any other with the step's name."""
    if isinstance(error, ProductError):
        return error
    return disk_full(error) or StepFailed(f"{name}: {type(error).__name__}: {error}")


def noted(notes: Sequence[Note]) -> Metadata:
    """Notes of a step, if any: `warnings` for its page, `notes` for us."""
    if not notes:
        return {}
    return {
        "warnings": dg.MetadataValue.md("\n".join(f"- {said}" for said in in_words(notes))),
        "notes": dg.MetadataValue.json([note.as_json() for note in notes]),
    }


def notes_of(metadata: Mapping[str, dg.MetadataValue[Any]]) -> list[Note]:
    """The notes that a step was reported with."""
    return [note_from(note) for note in metadata["notes"].value] if "notes" in metadata else []


def found(findings: Iterable[tuple[Finding, bool]]) -> Metadata:
    """Findings that did not pass, each with whether it is overruled: `failed` for a check's page, `findings` for us."""
    findings = list(findings)
    lines = [finding.line(overruled=overruled) for finding, overruled in findings]
    return {
        "failed": dg.MetadataValue.text("\n".join(lines) or "none"),
        "findings": dg.MetadataValue.json([[asdict(finding), overruled] for finding, overruled in findings]),
    }


def failed_check(evaluation: dg.AssetCheckEvaluation) -> FailedCheck:
    """What a check that did not pass was reported with."""
    told: Any = evaluation.metadata["findings"].value
    return FailedCheck(
        ".".join(evaluation.asset_key.path),
        evaluation.check_name,
        evaluation.severity == dg.AssetCheckSeverity.ERROR,
        tuple((finding_from(finding), bool(overruled)) for finding, overruled in told),
    )


def failure(errors: Sequence[ProductError], checks: Sequence[FailedCheck], *, left: int) -> dg.Failure:
    """The failure of a run, in our own words first: what failed, and how many steps were left for it.

    Carries each error with its parts, not its text alone; failed checks speak through their findings.
    """
    waited = f"{left} {'step' if left == 1 else 'steps'} did not run. Nothing was published."
    broken = [found for check in checks for found, overruled in check.findings if not overruled]
    rules = [f"{found.reason} {found.outcome}, in {found.table}." for found in broken]
    return dg.Failure(
        "\n\n".join([*map(str, errors), *rules, waited, *map(str, checks)]),
        metadata={
            "errors": dg.MetadataValue.json([{**error.parts, "exit_code": error.exit_code} for error in errors]),
            "left": dg.MetadataValue.int(left),
        },
        allow_retries=False,
    )


def errors_of(event: dg.DagsterEvent) -> list[ProductError]:
    """What a failed step says: our own errors, else its first cause with the step's name."""
    failed = event.step_failure_data
    if failed.user_failure_data and "errors" in failed.user_failure_data.metadata:
        told: Any = failed.user_failure_data.metadata["errors"].value
        return [_error(**parts) for parts in told]
    cause = failed.error
    while cause is not None and cause.cause is not None:
        cause = cause.cause
    return [StepFailed(f"{event.step_key}: {cause.message.strip()}")] if cause else []


def _error(exit_code: int, **parts: str) -> ProductError:
    error = ProductError(**parts)
    error.exit_code = exit_code
    return error


def left_of(event: dg.DagsterEvent) -> int:
    """How many steps a failed run left."""
    failed = event.step_failure_data.user_failure_data
    told: Any = failed.metadata["left"].value if failed and "left" in failed.metadata else 0
    return int(told)


def was_interrupted(event: dg.DagsterEvent) -> bool:
    """Whether a step failed because the run was told to stop."""
    return event.step_failure_data.error_source.value == INTERRUPT
