"""The gate: a bad delivery is held back, a bad row alone refused, and what was good stands in."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from pipelines.notes import words
from pipelines.quality.finding import BrokenIn
from pipelines.run.gate import File, Round, _is_few, tables_at_the_gate
from pipelines.run.kept_gate import held_note
from pipelines.sources.arrival import held_back
from pipelines.sources.arrival import snapshot as snapshots
from pipelines.sources.arrival.held_back import Acceptance, Gate, HeldBack, RefusedRow
from pipelines.sources.contract import Resource, Snapshot
from pipelines.tables.checks import checks
from pipelines.tables.registry import tables

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def nothing(*_: object) -> None:
    raise AssertionError("never read here")


RESOURCE = Resource(
    "made", "made/*.csv", "made", "Made.", "https://example.org", "Nobody", "none", "annual", nothing, many=True
)  # type: ignore[arg-type]


def captured(root: Path, content: bytes, path: str = "made/a.csv") -> Snapshot:
    return snapshots.capture(
        root,
        content,
        resource=RESOURCE,
        origin=snapshots.PUBLISHER,
        path=path,
        url="",
        publisher="",
        licence="",
        is_modelled=False,
    )


def held(kept: Snapshot, stand_in: Snapshot | None = None) -> HeldBack:
    return HeldBack(kept.path, kept.resource, kept.sha256, "a_rule", "It is broken.", NOW, stand_in=stand_in)


def taken(*kept: Snapshot) -> pl.DataFrame:
    rows = [{"resource": k.resource, "path": k.path, "sha256": k.sha256, "is_stale": k.is_stale} for k in kept]
    return pl.DataFrame(rows)


@pytest.mark.parametrize(
    ("broken", "few"),
    [
        (BrokenIn("f", 1, lines=(7,)), True),
        (BrokenIn("f", 10, lines=tuple(range(10))), True),
        (BrokenIn("f", 11, lines=tuple(range(11))), False),
        (BrokenIn("f", 1, has_country_total=True, lines=(7,)), False),
        (BrokenIn("f", 1), False),
    ],
    ids=["one", "one in a hundred", "more", "a country's total", "no line known"],
)
def test_few_rows_are_refused_and_many_hold_the_file_back(broken: BrokenIn, few: bool) -> None:
    assert _is_few(broken, File("made/a.csv", "made", "f", rows_in=1000)) == few


def test_the_new_file_is_blamed_for_what_it_breaks_together_with_one_that_was_good(tmp_path: Path) -> None:
    old, new = captured(tmp_path, b"old"), captured(tmp_path, b"new", "made/b.csv")
    before = {old.path: old.sha256, new.path: "another"}
    rows = [RefusedRow(old.sha256, 3, "It is impossible."), RefusedRow(new.sha256, 4, "It is impossible.")]

    def blamed(*held_back: HeldBack, refused: list[RefusedRow], before: dict[str, str]) -> tuple[list[str], list[int]]:
        found = Round(held={(one.path, one.sha256): one for one in held_back}, refused=refused)
        found.blame_the_new(before)
        return [path for path, _ in found.held], [row.line for row in found.refused]

    assert blamed(held(old), held(new), refused=rows, before=before) == ([new.path], [4])
    assert blamed(held(old), refused=rows[1:], before=before) == ([], [4])
    assert blamed(held(old), refused=rows[:1], before=before) == ([old.path], [3]), "it was not the new one"
    assert blamed(held(old), held(new), refused=[], before={}) == ([old.path, new.path], []), (
        "a first run knows nothing"
    )


def test_what_is_held_back_gives_way_to_what_stands_in(tmp_path: Path) -> None:
    good, bad, other = (captured(tmp_path, text) for text in (b"good", b"bad", b"other"))
    gate = Gate((held(bad, good),))
    let_in = gate.let_in(taken(bad, captured(tmp_path, b"else", "made/b.csv")), ["made"])
    assert let_in.sort("path")["path"].to_list() == ["made/a.csv", "made/b.csv"]
    assert let_in.filter(path="made/a.csv").rows() == [("made", "made/a.csv", good.sha256, True)]
    assert gate.let_in(taken(other), ["elsewhere"])["sha256"].to_list() == [other.sha256]


def test_what_a_rule_found_of_a_whole_series_is_said_of_the_delivery(tmp_path: Path) -> None:
    rebased = replace(held(captured(tmp_path, b"bad")), examples='[{"cells": 9, "finding": "9 of 9 were revised."}]')
    assert words(held_note(rebased)) == (
        "made/a.csv is held back: it breaks the rule a_rule. 9 of 9 were revised. "
        "Nothing stands in, so what it holds is absent. It is broken."
    )


def test_a_gate_that_touches_none_of_a_tables_files_does_not_rebuild_it(tmp_path: Path) -> None:
    bad, other = captured(tmp_path, b"bad"), captured(tmp_path, b"else", "made/b.csv")
    gate = Gate((held(bad),), (RefusedRow(other.sha256, 3, "No."),))
    assert gate.version(taken(bad), ["elsewhere"]) == ""
    assert gate.version(taken(bad), ["made"]) != ""
    assert gate.version(taken(other), ["elsewhere"]) != gate.version(taken(bad), ["elsewhere"])


def test_what_was_held_back_never_becomes_the_last_good_one_until_it_is_accepted(tmp_path: Path) -> None:
    good, bad = captured(tmp_path, b"good"), captured(tmp_path, b"bad")
    assert snapshots.last_good(tmp_path, "publisher", "made/a.csv") == bad
    held_back.mark(tmp_path, "publisher", held(bad))
    assert snapshots.last_good(tmp_path, "publisher", "made/a.csv") == good
    assert held_back.held_since(tmp_path, "publisher", held(bad)) == NOW
    assert held_back.origin_of(tmp_path, "made/a.csv", bad.sha256) == "publisher"
    said = Acceptance("ann@desk", "The publisher rebased.", NOW)
    held_back.accept(tmp_path, "publisher", "made/a.csv", bad.sha256, said)
    assert held_back.acceptance(tmp_path, "publisher", "made/a.csv", bad.sha256) == said
    assert snapshots.last_good(tmp_path, "publisher", "made/a.csv") == bad
    assert held_back.acceptance(tmp_path, "publisher", "made/a.csv", good.sha256) is None


def test_a_damaged_mark_is_no_acceptance(tmp_path: Path) -> None:
    bad = captured(tmp_path, b"bad")
    held_back.accept(tmp_path, "publisher", bad.path, bad.sha256, Acceptance("a", "b", NOW))
    (mark,) = tmp_path.rglob("*.accepted")
    mark.write_text("{")
    assert held_back.acceptance(tmp_path, "publisher", bad.path, bad.sha256) is None


def test_the_gate_builds_what_every_rule_about_deliveries_reads_and_nothing_that_is_published() -> None:
    looked_at = tables_at_the_gate()
    assert {"core.observation", "core.gradient", "measures.life_expectancy", "measures.inequality"} <= set(looked_at)
    assert not any(tables()[name].layer in ("raw", "published") for name in looked_at)
    assert all(other in looked_at for name in looked_at for other in tables()[name].after if other[:4] != "raw.")
    reach = [check.name for check in checks() if not check.is_suite and check.scope != "release"]
    out_of_reach = [
        check.name for check in checks() if check.name in reach and not {check.table, *check.others} <= set(looked_at)
    ]
    assert len(reach) > 15
    assert out_of_reach == []


def test_the_same_bad_bytes_come_again_after_good_ones_are_still_held_back(tmp_path: Path) -> None:
    bad = captured(tmp_path, b"bad")
    held_back.mark(tmp_path, "publisher", held(bad))
    good = captured(tmp_path, b"good")
    captured(tmp_path, b"bad")
    assert snapshots.last_good(tmp_path, "publisher", "made/a.csv") == good


def test_a_file_that_comes_no_more_is_let_go_by_the_delivery_that_came_last(tmp_path: Path) -> None:
    last = captured(tmp_path, b"last")
    gone = HeldBack("made/a.csv", "made", "", "coverage", "It is gone.", NOW, stand_in=last)
    held_back.mark(tmp_path, "publisher", gone)
    assert held_back.origin_of(tmp_path, "made/a.csv", gone.key) == "publisher"
    held_back.accept(tmp_path, "publisher", "made/a.csv", gone.key, Acceptance("ann@desk", "It is withdrawn.", NOW))
    assert held_back.acceptance(tmp_path, "publisher", "made/a.csv", gone.key) is not None
    assert held_back.acceptance(tmp_path, "publisher", "made/a.csv", held_back.absence_of("another")) is None
    assert snapshots.last_good(tmp_path, "publisher", "made/a.csv") == last
