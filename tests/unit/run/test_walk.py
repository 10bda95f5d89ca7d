"""What follows from a failure: what waits for it is left, everything else goes on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from pipelines.errors import ProductError
from pipelines.run import walk
from pipelines.run.gate import Judged
from pipelines.run.kept_gate import HELD_TABLE
from pipelines.run.walk import Built, Checked, Failed, Gated, Left, Selection, everything, steps
from pipelines.settings import Settings
from pipelines.sources.arrival import origin
from pipelines.sources.arrival.held_back import Gate
from pipelines.tables.checks import Check, query_check
from pipelines.tables.store import Made
from pipelines.tables.table import Plan, Run, Table


def broken() -> Made:
    raise ProductError("Nothing to read.")


def table(name: str, *reads: str, make: Callable[[], Made] | None = None) -> Table:
    made = make or (lambda: Made(pl.DataFrame({"n": [1, 2]})))
    plan = Plan("1", made)
    return Table(name, "One row per n.", reads, lambda _: plan, "1", frozenset(), Path(__file__))


def odd(folder: Path, header: str = "No row is odd.") -> Check:
    file = folder / "nothing_is_odd.sql"
    file.write_text(f"-- {header}\nselect n from core.a where n % 2 = 1\n")
    return query_check(file, order=["core.a"])


@pytest.fixture
def run(tmp_path: Path) -> Run:
    (tmp_path / "input" / "ons").mkdir(parents=True)
    return Run(
        Settings(warehouse=tmp_path, snapshots=tmp_path / "s"), origin.choose("sample", sample=tmp_path / "input")
    )


def use(patch: pytest.MonkeyPatch, *made: Table, checks: tuple[Check, ...] = ()) -> None:
    """Make these the pipeline."""
    named = {one.name: one for one in made}
    patch.setattr(walk, "tables", lambda: named)
    patch.setattr(walk, "checks", lambda: checks)
    patch.setattr(walk, "tables_at_the_gate", lambda: ("core.a",))
    patch.setattr(walk, "judge", lambda _: Judged(Gate(), frozenset()))


def told(run: Run, selection: Selection | None = None) -> list[tuple[str, str]]:
    """The steps of a pass, as the kind of each and what it is about."""
    about = {
        Built: lambda step: step.table.name,
        Gated: lambda _: HELD_TABLE,
        Checked: lambda step: step.check.name,
        Failed: lambda step: step.table,
        Left: lambda step: step.table,
    }
    return [(type(step).__name__, about[type(step)](step)) for step in steps(run, selection or everything())]


def test_what_waits_for_a_failure_is_left_and_the_rest_goes_on(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    use(
        monkeypatch,
        table("raw.a"),
        table("core.a", "raw.a", make=broken),
        table("core.b", "core.a"),
        table("core.c", "core.b"),
        table("core.d", "raw.a"),
    )
    assert told(run) == [
        ("Built", "raw.a"),
        ("Gated", HELD_TABLE),
        ("Failed", "core.a"),
        ("Left", "core.b"),
        ("Left", "core.c"),
        ("Built", "core.d"),
    ]


def test_without_a_raw_table_nothing_is_judged(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, table("raw.a", make=broken), table("raw.b"), table("core.a", "raw.b"))
    assert told(run) == [("Failed", "raw.a"), ("Built", "raw.b"), ("Left", HELD_TABLE), ("Left", "core.a")]


@pytest.mark.parametrize(
    ("header", "force", "goes_on"),
    [
        ("No row is odd.", "", False),
        ("No row is odd.", "The publisher knows.", True),
        ("Warning: no row is odd.", "", True),
        ("Disclosure: no row is odd.", "We want it out.", False),
    ],
)
def test_what_reads_a_table_waits_for_its_checks_unless_they_are_overruled(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, header: str, force: str, goes_on: bool
) -> None:
    use(monkeypatch, table("core.a"), table("core.b", "core.a"), checks=(odd(tmp_path, header),))
    *_, last = told(replace(run, force=force))
    assert last == ("Built" if goes_on else "Left", "core.b")


def test_a_check_of_two_tables_runs_when_both_are_there(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    both = replace(odd(tmp_path), others=("core.b",))
    use(monkeypatch, table("core.a"), table("core.b"), checks=(both,))
    assert told(run)[-1] == ("Checked", "nothing_is_odd")


def test_only_what_is_selected_is_looked_at(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, table("core.a"), table("core.b", "core.a"), checks=(odd(tmp_path, "Warning: none is odd."),))
    assert told(run)
    assert told(run, Selection({"core.b"}, set())) == [("Built", "core.b")]
    assert told(run, Selection(set(), {("core.a", "nothing_is_odd")})) == [("Checked", "nothing_is_odd")]


def test_a_library_s_error_leaves_what_waits_for_it_and_ends_the_plain_loop(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def clumsy() -> Made:
        raise RuntimeError("out of memory")

    use(monkeypatch, table("core.a", make=clumsy), table("core.b", "core.a"))
    assert told(run)[1:] == [("Failed", "core.a"), ("Left", "core.b")]
    with pytest.raises(RuntimeError, match="out of memory"):
        walk.walk(run)
