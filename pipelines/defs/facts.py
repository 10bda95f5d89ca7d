"""Facts of ours as Dagster carries them: notes, findings and errors, as JSON metadata beside the words for its UI.

What belongs here: both directions of that journey, so that nothing reads words back. What does not: what is noted,
found or refused (`notes.py`, `quality/finding.py`, `errors.py`), or what a run makes of it (`launch.py`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any

import dagster as dg

from pipelines.errors import ProductError
from pipelines.notes import Note, in_words, note_from
from pipelines.quality.finding import Finding, finding_from

Metadata = dict[str, dg.MetadataValue[Any]]
INTERRUPT, CHECK_FAILED = "INTERRUPT", "DagsterAssetCheckFailedError"
"""Dagster's names for the source of a failure when the run was told to stop, and for the error of a blocking check."""


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


def noted(notes: Sequence[Note]) -> Metadata:
    """Notes of a step: `warnings` for its page, `notes` for us."""
    return {
        "warnings": dg.MetadataValue.md("\n".join(f"- {said}" for said in in_words(notes)) or "none"),
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


@contextmanager
def errors_as_facts() -> Iterator[None]:
    """Have a step fail with the parts of our error, not with its text alone. Goes around what a step does."""
    try:
        yield
    except ProductError as error:
        raise dg.Failure(str(error), metadata=_as_metadata(error)) from error


def _as_metadata(error: ProductError) -> Metadata:
    return {"error": dg.MetadataValue.json(error.parts), "exit_code": dg.MetadataValue.int(error.exit_code)}


def error_of(event: dg.DagsterEvent) -> ProductError | None:
    """What a failed step says: our own error, else the first cause with the step's name.

    None for a step that a failed check stopped, which speaks through its findings.
    """
    failed = event.step_failure_data
    if failed.user_failure_data and "error" in failed.user_failure_data.metadata:
        told: Any = failed.user_failure_data.metadata
        error = ProductError(**told["error"].value)
        error.exit_code = told["exit_code"].value
        return error
    cause = failed.error
    while cause is not None:
        if cause.cls_name == CHECK_FAILED:
            return None
        if cause.cause is None:
            return StepFailed(f"{event.step_key}: {cause.message.strip()}")
        cause = cause.cause
    return None


def was_interrupted(event: dg.DagsterEvent) -> bool:
    """Whether a step failed because the run was told to stop."""
    return event.step_failure_data.error_source.value == INTERRUPT
