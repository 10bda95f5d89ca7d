"""Publishing over failed critical checks: only by name and with a reason, never over disclosure, and for all to see."""

from __future__ import annotations

import os
import pwd
from pathlib import Path

import duckdb
import polars as pl
import pytest
from typer.testing import CliRunner

from pipelines.cli.app import app
from pipelines.notes import words
from pipelines.quality.finding import CRITICAL, WARNING, Finding, finding_frame
from pipelines.release import folder, overrule, publish
from pipelines.release.checksums import write_sums
from pipelines.release.folder import ReleaseRefused
from pipelines.release.query import release_facts


def finding(
    check: str = "limits_hold", *, severity: str = CRITICAL, passed: bool = False, overrulable: bool = True
) -> Finding:
    return Finding("core.gradient", check, severity, passed, False, "R", overrulable=overrulable, broken=2)


def marked(*findings: Finding) -> pl.DataFrame:
    return overrule.marked(finding_frame(findings))


def test_only_a_critical_rule_that_does_not_hold_is_overruled() -> None:
    rows = marked(finding(), finding(severity=WARNING), finding(passed=True))
    assert rows["overruled"].to_list() == [True, False, False]


def test_nobody_overrules_unless_a_reason_is_given() -> None:
    with pytest.raises(ReleaseRefused, match=r"limits_hold(.|\n)*--force"):
        overrule.account_for(marked(finding()), reason="")
    assert overrule.account_for(marked(finding(passed=True)), reason="not needed") is None


def test_whoever_overrules_is_named_by_the_system_and_not_by_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("USER", "LOGNAME", "USERNAME"):
        monkeypatch.setenv(name, "somebody else")
    forced = overrule.account_for(marked(finding(), finding("other")), reason=" The publisher knows. ")
    assert forced
    assert forced.by.startswith(pwd.getpwuid(os.getuid()).pw_name + "@")
    assert (forced.reason, forced.checks) == (
        "The publisher knows.",
        ("limits_hold of core.gradient", "other of core.gradient"),
    )


@pytest.mark.parametrize(
    ("text", "stands"),
    [
        ("It is known.", True),
        ("known", False),
        ("two\nlines", False),
        ("red \x1b[31m text", False),
        ("a " * 300, False),
    ],
    ids=["words", "one word", "two lines", "control characters", "too long"],
)
def test_a_reason_is_one_line_of_words(text: str, stands: bool) -> None:
    assert overrule.is_reason(text) is stands


def test_what_nobody_may_overrule_stops_a_forced_run_and_is_named() -> None:
    never = finding("disclosure", overrulable=False)
    assert overrule.stops_the_run(never, force="We want it out.")
    assert not overrule.stops_the_run(finding("disclosure_by_its_name_alone"), force="We want it out.")
    with pytest.raises(ReleaseRefused) as refused:
        overrule.account_for(marked(never, finding()), reason="We want it out.")
    assert (refused.value.found, "never overruled" in refused.value.do) == ("disclosure", True)


@pytest.mark.parametrize(
    ("found", "force", "stops"),
    [
        ([finding()], "", True),
        ([finding()], "It is known.", False),
        ([finding("disclosure", overrulable=False), finding()], "It is known.", True),
        ([finding(severity=WARNING)], "", False),
    ],
    ids=["critical", "forced", "disclosure", "warning"],
)
def test_a_failed_critical_check_stops_the_run_unless_it_is_overruled(
    found: list[Finding], force: str, stops: bool
) -> None:
    assert any(overrule.stops_the_run(finding, force=force) for finding in found) == stops


def test_status_and_the_list_of_releases_say_who_and_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here = tmp_path / "warehouse"
    monkeypatch.setenv("INEQUALITY_WAREHOUSE", str(here))
    folder.releases_folder(here).mkdir(parents=True)
    with duckdb.connect(str(folder.file_of(here, "1"))) as connection:
        connection.execute(
            """
            create schema meta;
            create table meta.release as
            select '1' as release_id, timestamp '2026-03-01' as created_at, 'h' as content_hash, '1' as code_version,
                'live' as input, 'publisher' as origin, 'local' as engine, null::varchar as as_of,
                'ann@desk' as forced_by, 'The publisher knows.' as forced_reason;
            create table meta.snapshot as
            select '' as path, now()::timestamp as retrieved_at, 0 as rows_in, 0 as rows_out, 0 as rejected,
                0 as deduplicated, 0 as suppressed, false as is_modelled, false as is_stale where false;
            create table meta.check_result as
            select 'core.gradient' as table_name, 'limits_hold' as check_name, 'critical' as severity,
                false as passed, false as errored, true as overruled;
            """
        )
    write_sums(folder.file_of(here, "1"), written_as=folder.file_of(here, "1"))
    publish.rollback(here, "1", force=True)
    who = "ann@desk overruled limits_hold of core.gradient. Reason given: The publisher knows."
    forced = release_facts(here).forced
    assert forced
    assert who in words(forced)
    listing = CliRunner().invoke(app, ["releases"]).output
    assert "current, forced" in listing
    assert "by ann@desk over failed critical checks. Reason given: The publisher knows." in listing


@pytest.mark.parametrize("reason", ["", "yes"])
def test_a_reason_is_words(reason: str) -> None:
    result = CliRunner().invoke(app, ["run", "--force", reason])
    assert (result.exit_code, "takes the reason in words" in result.output) == (2, True)


def test_the_reason_reaches_the_run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from pipelines.defs import launch
    from pipelines.defs.run_options import RunOptions

    monkeypatch.setenv("INEQUALITY_WAREHOUSE", str(tmp_path))
    reasons = []

    def far_enough(*_: object) -> list[object]:
        reasons.append(RunOptions(run_from="sample").run.force)
        return []

    monkeypatch.setattr(launch, "_execute", far_enough)
    CliRunner().invoke(app, ["run", "--from", "sample", "--force", "The publisher knows."])
    assert reasons == ["The publisher knows."]
