"""Notes, findings and errors come out of a Dagster run as the facts that went in."""

from __future__ import annotations

import dagster as dg
import pytest

from pipelines.defs.facts import (
    FailedCheck,
    errors_of,
    failed_check,
    failed_step,
    failure,
    found,
    left_of,
    noted,
    notes_of,
)
from pipelines.defs.facts import was_interrupted as interrupted
from pipelines.errors import ProductError
from pipelines.notes import Kind, Note
from pipelines.quality.finding import CRITICAL, Finding
from pipelines.sources.contract import ContractBroken

REFUSED = ContractBroken("Empty:\n- odd", where="a.csv", expected="rows", found="pipelines.x: none", do="Fetch it.")
FINDING = Finding("core.made", "odd", CRITICAL, False, False, "No row is odd.", broken=1, values=("{'n': 1}, for",))
ODD = FailedCheck("core.made", "odd", True, ((FINDING, False),))


def failure_event(error: BaseException) -> dg.DagsterEvent:
    """The event of a step that raises an error."""

    @dg.asset(key=["core", "made"])
    def made() -> None:
        raise error

    result = dg.materialize([made], raise_on_error=False)
    (event,) = [event for event in result.all_events if event.is_step_failure]
    return event


def test_all_that_failed_comes_out_in_its_parts_with_its_exit_code() -> None:
    mistyped = ProductError("No such day.")
    mistyped.exit_code = 2
    event = failure_event(failure([REFUSED, mistyped], [ODD], left=3))
    told = errors_of(event)
    assert [(error.parts, error.exit_code) for error in told] == [(REFUSED.parts, 1), (mistyped.parts, 2)]
    assert left_of(event) == 3
    assert not interrupted(event)


def test_a_failed_run_opens_with_our_words() -> None:
    event = failure_event(failure([REFUSED], [ODD], left=1))
    said = str(event.step_failure_data.user_failure_data.description)
    assert said.startswith("Empty:\n- odd\n  where:")
    assert said.index("Empty:") < said.index("No row is odd. 1 row breaks the rule, in core.made.")
    assert said.index("1 step did not run.") < said.index("core.made, check odd:")


def test_a_run_that_only_a_check_failed_has_no_error_beside_its_findings() -> None:
    assert errors_of(failure_event(failure([], [ODD], left=0))) == []


def test_an_error_of_a_library_is_named_with_its_step() -> None:
    event = failure_event(RuntimeError("the library gave up"))
    assert [error.parts for error in errors_of(event)] == [{"what": "core__made: RuntimeError: the library gave up"}]
    assert left_of(event) == 0


@pytest.mark.parametrize(
    ("error", "what"),
    [
        (RuntimeError("the library gave up"), "release.current: RuntimeError: the library gave up"),
        (RuntimeError('Could not write file "x.wal": No space left on device'), "The disk is full."),
        (OSError(28, "no room", "/w/x"), "The disk is full (/w/x)."),
        (REFUSED, "Empty:\n- odd"),
    ],
)
def test_a_step_that_failed_says_its_error_and_a_full_disk_in_our_words(error: Exception, what: str) -> None:
    assert failed_step("release.current", error).what == what


def test_an_error_whose_text_speaks_of_an_interrupt_is_none() -> None:
    assert not interrupted(failure_event(RuntimeError("KeyboardInterrupt")))


def test_an_interrupted_step_is_known_by_the_source_of_its_failure() -> None:
    assert interrupted(failure_event(dg.DagsterExecutionInterruptedError()))


def test_notes_come_out_as_they_went_in_whatever_their_words() -> None:
    notes = [Note(Kind.STALE, path="a.csv", cause="two\n- lines"), Note(Kind.FORCE_UNUSED)]
    assert notes_of(noted(notes)) == notes
    assert noted([]) == {}
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
