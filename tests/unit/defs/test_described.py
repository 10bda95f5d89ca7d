"""What the UI says of assets before anything ran: groups flow one way, warnings do not block, sources can be late."""

from __future__ import annotations

from datetime import timedelta
from graphlib import TopologicalSorter

import dagster as dg
import pytest

from pipelines.defs.assets import check_spec, defs
from pipelines.defs.described import group_of, table_spec
from pipelines.defs.run_options import RunOptions
from pipelines.settings import Settings
from pipelines.tables.checks import checks
from pipelines.tables.registry import tables


def specs() -> dict[str, dg.AssetSpec]:
    return {name: table_spec(table, Settings()) for name, table in tables().items()}


def test_groups_flow_one_way_and_history_follows_the_core() -> None:
    flows: dict[str, set[str]] = {}
    for name, table in tables().items():
        above = {group_of(other) for other in table.after}
        flows.setdefault(group_of(name), set()).update(above - {group_of(name)})
    order = list(TopologicalSorter(flows).static_order())
    wanted = ["raw", "staging", "core", "gradients", "measures", "published"]
    assert [group for group in order if group in wanted] == wanted
    assert "core" in flows["history"]
    assert group_of("previous.observation") == "history"
    assert not any("history" in above for above in flows.values())


def test_every_asset_has_an_owner_and_its_code() -> None:
    for name, spec in specs().items():
        assert spec.owners, name
        files = [one.file_path for one in spec.metadata["dagster/code_references"].code_references]
        assert files, name
    (sql, suite) = specs()["core.gradient"].metadata["dagster/code_references"].code_references
    assert (sql.label, suite.label) == ("gradient.sql", "core.gradient.json")


def test_a_source_of_a_known_cadence_can_be_late_and_no_other() -> None:
    known = specs()
    late = {name: spec.freshness_policy for name, spec in known.items() if spec.freshness_policy}
    assert {name.partition(".")[0] for name in late} == {"raw"}
    assert "raw.lad_history_2016_2024" not in late
    assert late["raw.ons_life_expectancy_by_decile"] == dg.FreshnessPolicy.time_window(fail_window=timedelta(days=400))


@pytest.mark.parametrize(
    ("check", "blocks"), [("counts_agree_with_values", False), ("life_is_longer_where_less_deprived", True)]
)
def test_only_what_may_stop_a_run_is_called_blocking(check: str, blocks: bool) -> None:
    (found,) = [one for one in checks() if one.name == check]
    assert check_spec(found).blocking is blocks


def test_whatever_a_run_may_choose_is_explained_and_has_a_default() -> None:
    fields = RunOptions.model_fields
    assert {name for name, field in fields.items() if not field.description or field.is_required()} == set()
    assert len(fields) >= 4


def test_the_whole_pipeline_is_one_step() -> None:
    (everything,) = defs().assets or ()
    assert isinstance(everything, dg.AssetsDefinition)
    assert len(everything.keys) == len(tables()) + 3
