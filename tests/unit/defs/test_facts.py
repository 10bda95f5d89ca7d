"""Notes, findings and errors come out of a Dagster run as the facts that went in."""

from __future__ import annotations

import dagster as dg
import pytest

from pipelines.defs.facts import error_of, errors_as_facts, failed_check, found, noted, notes_of, was_interrupted
from pipelines.notes import Kind, Note
from pipelines.quality.finding import CRITICAL, Finding
from pipelines.sources.contract import ContractBroken

REFUSED = ContractBroken("Empty:\n- odd", where="a.csv", expected="rows", found="pipelines.x: none", do="Fetch it.")
FINDING = Finding("core.made", "odd", CRITICAL, False, False, "No row is odd.", broken=1, values=("{'n': 1}, for",))


def failures(error: BaseException) -> list[dg.DagsterEvent]:
    """The events of a step that raises an error."""

    @dg.asset(key=["core", "made"])
    def made() -> None:
        with errors_as_facts():
            raise error

    result = dg.materialize([made], raise_on_error=False)
    return [event for event in result.all_events if event.is_step_failure]


def test_an_error_of_ours_comes_out_in_its_parts() -> None:
    (event,) = failures(REFUSED)
    told = error_of(event)
    assert told
    assert told.parts == REFUSED.parts
    assert event.step_failure_data.user_failure_data.description == str(REFUSED)
    assert not was_interrupted(event)


def test_an_error_of_a_library_is_named_with_its_step() -> None:
    (event,) = failures(RuntimeError("the library gave up"))
    told = error_of(event)
    assert told
    assert told.parts == {"what": "core__made: RuntimeError: the library gave up"}


def test_an_error_whose_text_speaks_of_an_interrupt_is_none() -> None:
    (event,) = failures(RuntimeError("KeyboardInterrupt"))
    assert not was_interrupted(event)


def test_an_interrupted_step_is_known_by_the_source_of_its_failure() -> None:
    (event,) = failures(dg.DagsterExecutionInterruptedError())
    assert was_interrupted(event)


def test_notes_come_out_as_they_went_in_whatever_their_words() -> None:
    notes = [Note(Kind.STALE, path="a.csv", cause="two\n- lines"), Note(Kind.FORCE_UNUSED)]
    assert notes_of(noted(notes)) == notes
    assert noted([])["warnings"].value == "none"
    assert notes_of({}) == []


@pytest.mark.parametrize("stops", [True, False])
def test_findings_come_out_as_they_went_in(stops: bool) -> None:
    severity = dg.AssetCheckSeverity.ERROR if stops else dg.AssetCheckSeverity.WARN

    @dg.asset(key=["core", "made"])
    def made() -> None:
        pass

    @dg.asset_check(asset=made, blocking=True)
    def odd() -> dg.AssetCheckResult:
        return dg.AssetCheckResult(passed=False, severity=severity, metadata=dict(found([(FINDING, not stops)])))

    result = dg.materialize([made, odd], raise_on_error=False)
    (evaluation,) = result.get_asset_check_evaluations()
    told = failed_check(evaluation)
    assert (told.table, told.check, told.stops, told.findings) == ("core.made", "odd", stops, ((FINDING, not stops),))
    assert str(told).splitlines()[0] == "core.made, check odd:"
    # The step that a failed check ended speaks through the findings.
    assert [error_of(event) for event in result.all_events if event.is_step_failure] == [None] * stops
