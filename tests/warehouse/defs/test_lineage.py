"""What Dagster is told of an unchanged night, and of a selection: little, under the job, with what people ask for."""

from __future__ import annotations

import dagster as dg
import pytest

from pipelines.defs import home, launch
from pipelines.defs.described import key_of
from pipelines.settings import Settings

Kind = dg.DagsterEventType


@pytest.fixture
def nights(after_sample: Settings) -> list[tuple[dg.DagsterRun, dict[Kind, list[dg.DagsterEvent]]]]:
    """Two nights after the first, the first of which Dagster has no record of: each run with its events by kind."""
    for _ in range(2):
        assert launch.run(after_sample, run_from="sample", watcher=lambda *_: None).succeeded
    with home.dagster_instance(after_sample) as instance:
        found = []
        for run in reversed(instance.get_runs()):
            events = [entry.dagster_event for entry in instance.all_logs(run.run_id) if entry.dagster_event]
            kinds = {event.event_type for event in events}
            found.append((run, {kind: [event for event in events if event.event_type is kind] for kind in kinds}))
        return found


def test_what_dagster_has_no_record_of_is_told_and_after_that_only_what_is_new(
    nights: list[tuple[dg.DagsterRun, dict[Kind, list[dg.DagsterEvent]]]],
) -> None:
    (_, first), (run, second) = nights
    told = {event.asset_key: event for event in first[Kind.ASSET_MATERIALIZATION]}
    assert len(told) > 120
    gradient = told[key_of("core.gradient")].step_materialization_data.materialization.metadata
    assert str(gradient["gradient"].value).startswith("![Life expectancy at birth by tenth")
    lineage = gradient["dagster/column_lineage"].value.deps_by_column
    assert dg.TableColumnDep(key_of("core.grouping"), "value") in lineage["value"]
    described = {column.name: column.description for column in gradient["dagster/column_schema"].value.columns}
    assert "most deprived" in described["category_rank"]

    anew = {event.asset_key.to_user_string() for event in second[Kind.ASSET_MATERIALIZATION]}
    assert anew == {"raw/held_back", "report/data_docs", "release/current"}
    (area,) = [one for one in second[Kind.ASSET_OBSERVATION] if one.asset_key == key_of("core.area")]
    assert "Unchanged since" in str(area.asset_observation_data.asset_observation.description)
    assert sum(map(len, second.values())) < 760, "Dagster takes longer over an event than most tables take"

    broken = [one.asset_check_evaluation_data for one in second[Kind.ASSET_CHECK_EVALUATION]]
    assert all("rows_broken" in check.metadata for check in broken)
    assert run.tags["inequality/input"] == "sample"
    assert "@" in run.tags["inequality/who"]
    assert run.tags["inequality/release"]
    assert run.remote_job_origin is not None
    assert run.remote_job_origin.repository_origin.code_location_origin.location_name == launch.CODE_LOCATION


def test_a_selection_is_built_alone(after_sample: Settings) -> None:
    from pipelines.definitions import defs

    with home.dagster_instance(after_sample) as instance:
        job = defs().resolve_implicit_global_asset_job_def()
        chosen = [key_of("core.gradient"), key_of("published.inequality")]
        result = job.execute_in_process(
            instance=instance,
            asset_selection=chosen,
            run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
        )
    assert result.success
    assert {event.asset_key for event in result.get_asset_materialization_events()} == set(chosen)
