"""The registry: every table once, each after what it waits for, each saying what one row of it is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pipelines.tables import registry
from pipelines.tables.checks import checks
from pipelines.tables.registry import shipped, tables


def test_every_table_comes_after_those_it_waits_for() -> None:
    order = list(tables())
    late = [(name, other) for name in order for other in tables()[name].after if order.index(other) > order.index(name)]
    assert len(order) > 80
    assert late == []


def test_every_table_says_what_one_row_is() -> None:
    assert [name for name, table in tables().items() if not table.grain.startswith("One row per ")] == []


def test_a_release_holds_the_layers_that_analysts_read_and_no_input_of_a_run() -> None:
    layers = {name.partition(".")[0] for name in shipped()}
    assert layers == {"staging", "core", "measures", "published"}
    assert "staging.snapshot" not in shipped()


def test_a_table_that_reads_what_nothing_makes_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    lost = replace(tables()["core.area"], reads=("staging.no_such",))
    monkeypatch.setattr(registry, "sql_tables", lambda _: (lost,))
    with pytest.raises(ValueError, match=r"core\.area reads staging\.no_such"):
        tables.__wrapped__()


def test_two_tables_of_one_name_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    twice = (tables()["previous.observation"],) * 2
    monkeypatch.setattr(registry, "previous_tables", lambda: twice)
    with pytest.raises(ValueError, match=r"Two tables are named 'previous\.observation'"):
        tables.__wrapped__()


def test_a_check_belongs_to_the_last_built_of_the_tables_it_reads() -> None:
    order = list(tables())
    early = [check.name for check in checks() if any(order.index(o) > order.index(check.table) for o in check.others)]
    assert early == []
    assert {check.name for check in checks() if check.table == "core.observation"} >= {"suite", "limits_contain_values"}
