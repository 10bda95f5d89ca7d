"""Intake: every row of every file is out, refused or a counted duplicate, and a contradiction is never a pick."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta, tzinfo
from pathlib import Path
from typing import Self

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.notes import Kind, Note, in_words, words
from pipelines.sources.arrival import intake
from pipelines.sources.arrival import snapshot as snapshots
from pipelines.sources.arrival.doubles import IN_ONE_FILE
from pipelines.sources.contract import (
    OBSERVATION,
    REJECTED,
    ContractBroken,
    Parsed,
    Resource,
    Snapshot,
    as_observation,
    delivery_fault,
)

SCHEMA: dict[str, pl.DataType] = {
    "area": pl.String(),
    "value": pl.String(),
    "source": pl.String(),
    "snapshot_sha256": pl.String(),
    "source_line": pl.Int64(),
}


def parse(content: bytes, kept: Snapshot) -> Parsed:
    """Lines of `area value`; a line without a value is refused, a `?` before the area is a label not known.

    It is faulty where its area ends in `!`.
    """
    rows, rejected, notes = [], [], []
    lines = content.decode().splitlines()
    for number, line in enumerate(lines, start=1):
        area, _, value = line.partition(" ")
        place = {"source": "made", "snapshot_sha256": kept.sha256, "source_line": number}
        if area.startswith("?"):
            notes.append(Note(Kind.DAY_NOT_READ, label=area, cause="no day"))
        if value:
            rows.append({"area": area, "value": value, **place})
        else:
            rejected.append({**place, "reason": "no value", "is_faulty": area.endswith("!"), "row_text": line})
    return Parsed(pl.DataFrame(rows, schema=SCHEMA), pl.DataFrame(rejected, schema=REJECTED), len(lines), tuple(notes))


def parse_observations(content: bytes, kept: Snapshot) -> Parsed:
    """Lines of `area value note`, as observations."""
    cells = [line.split(",") for line in content.decode().splitlines()]
    frame = pl.DataFrame(
        [
            {
                "indicator": "made",
                "area_code": area,
                "value": float(value) if value else None,
                "note_code": note or None,
                "note": f"from {kept.path}",
                "snapshot_sha256": kept.sha256,
                "source_line": number,
            }
            for number, (area, value, note) in enumerate(cells, start=1)
        ],
        schema_overrides={"value": pl.Float64, "note_code": pl.String},
    )
    return Parsed(as_observation(frame), pl.DataFrame(schema=REJECTED), len(cells))


RESOURCE = Resource(
    name="made",
    path="made/*.txt",
    table="made",
    description="Made files.",
    url="",
    publisher="",
    licence="",
    cadence="never",
    parser=parse,
    schema=SCHEMA,
    key=("area",),
    many=True,
)
OBSERVATIONS = Resource(
    name="made",
    path="made/*.txt",
    table="made",
    description="Made files.",
    url="",
    publisher="",
    licence="",
    cadence="never",
    parser=parse_observations,
    many=True,
)


def stage(
    root: Path, files: Mapping[str, str], resource: Resource = RESOURCE, refused: pl.DataFrame | None = None
) -> intake.Staged:
    """Snapshot texts by path, and read them."""
    taken = [
        snapshots.capture(
            root,
            text.encode(),
            resource=resource,
            origin="modelled",
            path=path,
            url="",
            publisher="",
            licence="",
            is_modelled=True,
        )
        for path, text in files.items()
    ]
    return intake.stage([resource], intake.snapshot_frame(taken), root=root, refused=refused)


def counts(staged: intake.Staged) -> dict[object, tuple[object, ...]]:
    """Rows in, out, rejected, deduplicated, suppressed, by path."""
    return {
        count["path"]: tuple(count[name] for name in ("rows_in", "rows_out", "rejected", "deduplicated", "suppressed"))
        for count in staged.counts
    }


def test_two_files_become_one_table(tmp_path: Path) -> None:
    staged = stage(tmp_path, {"made/a.txt": "E1 5\nE2 6", "made/b.txt": "E3 7"})
    assert sorted(staged.rows.select("area", "value").rows()) == [("E1", "5"), ("E2", "6"), ("E3", "7")]
    assert staged.rows.schema == pl.Schema(SCHEMA)
    assert counts(staged) == {"made/a.txt": (2, 2, 0, 0, 0), "made/b.txt": (1, 1, 0, 0, 0)}
    assert staged.notes == []


def test_a_duplicate_goes_once_and_is_counted_in_the_file_it_went_from(tmp_path: Path) -> None:
    staged = stage(tmp_path, {"made/a.txt": "E1 5\nE1 5\nE2 6", "made/b.txt": "E1 5\nE3 7"})
    assert sorted(staged.rows["area"]) == ["E1", "E2", "E3"]
    kept_in_a = staged.rows.filter(area="E1")["snapshot_sha256"].item() == staged.counts[0]["snapshot_sha256"]
    assert counts(staged) == {
        "made/a.txt": (3, 2 if kept_in_a else 1, 0, 1 if kept_in_a else 2, 0),
        "made/b.txt": (2, 1 if kept_in_a else 2, 0, 1 if kept_in_a else 0, 0),
    }


def test_within_one_file_the_first_line_is_kept(tmp_path: Path) -> None:
    staged = stage(tmp_path, {"made/a.txt": "E2 6\nE1 5\nE1 5\nE1 5"})
    assert staged.rows.filter(area="E1")["source_line"].to_list() == [2]


def test_the_same_bytes_under_two_names_are_counted_as_one_file_out_and_one_removed(tmp_path: Path) -> None:
    staged = stage(tmp_path, {"made/b.txt": "E1 5\nE2 6", "made/a.txt": "E1 5\nE2 6"})
    assert sorted(staged.rows["area"]) == ["E1", "E2"]
    assert counts(staged) == {"made/a.txt": (2, 2, 0, 0, 0), "made/b.txt": (2, 0, 0, 2, 0)}


def test_a_contradiction_names_the_key_the_lines_and_both_values(tmp_path: Path) -> None:
    staged = stage(tmp_path, {"made/a.txt": "E0 1\nE1 5", "made/b.txt": "E1 51"})
    assert [fault.path for fault in staged.faults] == ["made/a.txt", "made/b.txt"]
    for fault in staged.faults:
        assert fault.what == "1 keys appear with contradicting figures."
        assert fault.found.startswith("E1 (")
        for text in ("made/a.txt line 2", "made/b.txt line 1", "'5'", "'51'"):
            assert text in fault.found
        assert "E0" not in fault.found
    assert (staged.rows.height, staged.rejected.height, staged.counts) == (0, 0, [])


def test_many_contradictions_are_counted_and_five_are_shown(tmp_path: Path) -> None:
    text = "\n".join(f"E{n} {value}" for n in range(7) for value in (1, 2))
    (fault,) = stage(tmp_path, {"made/a.txt": text}).faults
    assert fault.what.startswith("7 keys appear")
    assert len(fault.found.splitlines()) == 5


def test_few_contradictions_are_refused_as_rows_and_counted(tmp_path: Path) -> None:
    text = "\n".join(["E100,1,", "E100,2,", *(f"E{number},5," for number in range(200, 400))])
    staged = stage(tmp_path, {"made/a.txt": text}, OBSERVATIONS)
    assert counts(staged) == {"made/a.txt": (202, 200, 2, 0, 0)}
    assert staged.rejected["source_line"].to_list() == [1, 2]
    (note,) = staged.notes
    assert note.counted == ((2, IN_ONE_FILE),)


def test_observations_that_differ_in_words_only_are_duplicates(tmp_path: Path) -> None:
    staged = stage(tmp_path, {"made/a.txt": "E1,5,", "made/b.txt": "E1,5,\nE2,6,"}, OBSERVATIONS)
    assert staged.rows.height == 2
    assert sum(int(count["deduplicated"]) for count in staged.counts) == 1


def test_refused_rows_are_kept_with_their_line_and_the_reason(tmp_path: Path) -> None:
    staged = stage(tmp_path, {"made/a.txt": "E1 5\nE2\nE3", "made/b.txt": "E4 7"})
    assert staged.rejected.select("source_line", "reason", "row_text").rows() == [
        (2, "no value", "E2"),
        (3, "no value", "E3"),
    ]
    assert staged.rejected.schema == pl.Schema(REJECTED)
    assert counts(staged)["made/a.txt"] == (3, 1, 2, 0, 0)
    assert in_words(staged.notes) == ["made/a.txt: 2 rows rejected and kept in meta.rejected_row: 2 x no value"]


def test_few_faulty_rows_are_refused_and_many_are_a_fault_of_the_file(tmp_path: Path) -> None:
    good = [f"E{number} 5" for number in range(198)]
    few, many = "\n".join([*good, "E800!", "E801!"]), "\n".join([*good, "E800!", "E801!", "E802!"])
    assert counts(stage(tmp_path / "few", {"made/a.txt": few}))["made/a.txt"] == (200, 198, 2, 0, 0)
    staged = stage(tmp_path / "many", {"made/a.txt": many, "made/b.txt": "F1 5"})
    (fault,) = staged.faults
    assert (fault.path, fault.rows_faulty) == ("made/a.txt", 3)
    assert fault.found == "3 of 201: 3 x no value"
    assert staged.rows["area"].to_list() == ["F1"]


def test_one_faulty_row_never_holds_a_file_back_and_rows_that_are_not_read_here_never_do(tmp_path: Path) -> None:
    staged = stage(tmp_path, {"made/a.txt": "E1 5\nE2!\nE3\nE4"})
    assert staged.faults == []
    assert [(count["rejected"], count["faulty"]) for count in staged.counts] == [(3, 1)]


def test_rows_that_a_parser_and_rows_that_a_check_refuses_count_together(tmp_path: Path) -> None:
    files = {"made/a.txt": "\n".join(["E0!", *(f"E{number} 5" for number in range(1, 101))])}
    (kept,) = [count["snapshot_sha256"] for count in stage(tmp_path, files).counts]
    checked = pl.DataFrame({"snapshot_sha256": [kept], "source_line": [9], "reason": ["It is impossible."]})
    (fault,) = stage(tmp_path, files, refused=checked).faults
    assert fault.found == "2 of 101: 1 x It is impossible.; 1 x no value"


def test_what_a_parser_notes_gets_the_path_of_the_file(tmp_path: Path) -> None:
    (note,) = stage(tmp_path, {"made/a.txt": "?E1 5"}).notes
    assert note == Note(Kind.DAY_NOT_READ, path="made/a.txt", label="?E1", cause="no day")
    assert words(note) == "made/a.txt: The day of the last upload of indicator ?E1 cannot be read: no day."


def test_suppressed_rows_are_counted(tmp_path: Path) -> None:
    text = "E1,,suppressed_small_count\nE2,,suppressed_small_denominator\nE3,,missing_in_source\nE4,5,"
    staged = stage(tmp_path, {"made/a.txt": text}, OBSERVATIONS)
    assert counts(staged) == {"made/a.txt": (4, 4, 0, 0, 2)}


@pytest.mark.parametrize("resource", [RESOURCE, OBSERVATIONS], ids=["reference", "observation"])
def test_no_file_gives_an_empty_table_with_the_schema(tmp_path: Path, resource: Resource) -> None:
    staged = stage(tmp_path, {}, resource)
    assert staged.rows.height == staged.rejected.height == 0
    assert staged.rows.schema == pl.Schema(resource.schema)
    assert staged.rejected.schema == pl.Schema(REJECTED)
    assert (staged.counts, staged.notes) == ([], [])


def test_rows_are_the_same_whatever_the_files_are_called(tmp_path: Path) -> None:
    one, other = "E1 5\nE2 6\nE2 6", "E1 5\nE3 7"
    forwards = stage(tmp_path / "1", {"made/a.txt": one, "made/b.txt": other})
    backwards = stage(tmp_path / "2", {"made/a.txt": other, "made/b.txt": one})
    assert forwards.rows.equals(backwards.rows)


def test_a_snapshot_keeps_everything_through_its_table(tmp_path: Path) -> None:
    seen: list[Snapshot] = []

    def look(content: bytes, kept: Snapshot) -> Parsed:
        seen.append(kept)
        return parse(content, kept)

    resource = Resource(**{**RESOURCE.__dict__, "parser": look})
    stage(tmp_path, {"made/a.txt": "E1 5"}, resource)
    assert seen == snapshots.history(tmp_path, "modelled", "made/a.txt")


FILES = st.lists(
    st.lists(st.sampled_from(["E1 5", "E2 6", "E3 7", "E4", "E5"]), min_size=1, max_size=6), min_size=1, max_size=4
)


@given(files=FILES)
def test_rows_in_are_rows_out_and_rejected_and_deduplicated(files: list[list[str]]) -> None:
    texts = {f"made/{number}.txt": "\n".join(lines) for number, lines in enumerate(files)}
    with tempfile.TemporaryDirectory() as root:
        staged = stage(Path(root), texts)
    for count in staged.counts:
        assert count["rows_in"] == int(count["rows_out"]) + int(count["rejected"]) + int(count["deduplicated"])
        assert int(count["deduplicated"]) >= 0
    assert sum(int(count["rows_out"]) for count in staged.counts) == staged.rows.height
    assert sum(int(count["rejected"]) for count in staged.counts) == staged.rejected.height
    assert sorted(staged.rows["area"]) == sorted({line.split()[0] for f in files for line in f if " " in line})
    assert [count["rows_in"] for count in staged.counts] == [len(lines) for lines in files]


def taken(root: Path, path: str, text: str, **facts: object) -> Snapshot:
    kept = snapshots.capture(
        root,
        text.encode(),
        resource=OBSERVATIONS,
        origin="publisher",
        path=path,
        url="",
        publisher="",
        licence="",
        is_modelled=False,
    )
    return replace(kept, **facts)  # type: ignore[arg-type]


def staged_of(root: Path, *kept: Snapshot) -> intake.Staged:
    return intake.stage([OBSERVATIONS], intake.snapshot_frame(kept), root=root)


@pytest.mark.parametrize("old", [{"is_stale": True}, {"is_carried_over": True}])
@pytest.mark.parametrize("names", [("made/a.txt", "made/b.txt"), ("made/b.txt", "made/a.txt")])
def test_rows_of_a_stale_file_give_way_to_fresh_ones(tmp_path: Path, old: dict[str, object], names: list[str]) -> None:
    stale = taken(tmp_path, names[0], "E92000001,5,\nE06000001,6,", **old)
    fresh = taken(tmp_path, names[1], "E92000001,5.5,\nE06000002,7,")
    staged = staged_of(tmp_path, stale, fresh)
    assert sorted(staged.rows.select("area_code", "value").rows()) == [
        ("E06000001", 6.0),
        ("E06000002", 7.0),
        ("E92000001", 5.5),
    ]
    assert counts(staged) == {names[0]: (2, 1, 0, 1, 0), names[1]: (2, 2, 0, 0, 0)}
    assert staged.rows.schema == pl.Schema(OBSERVATION)


class LastMonth(datetime):
    @classmethod
    def now(cls, tz: tzinfo | None = None) -> Self:
        return super().now(tz) - timedelta(days=30)


def test_of_two_stale_files_the_later_wins_and_equals_may_not_differ(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = taken(tmp_path, "made/a.txt", "E92000001,5,", is_stale=True)
    other = taken(tmp_path, "made/b.txt", "E92000001,5.5,", is_stale=True)
    assert len(staged_of(tmp_path, one, other).faults) == 2
    monkeypatch.setattr(snapshots, "datetime", LastMonth)
    earlier = taken(tmp_path / "then", "made/a.txt", "E92000001,5,", is_stale=True)
    monkeypatch.undo()
    other = taken(tmp_path / "then", "made/b.txt", "E92000001,5.5,", is_stale=True)
    assert staged_of(tmp_path / "then", earlier, other).rows["value"].to_list() == [5.5]
    both = staged_of(tmp_path / "then", replace(earlier, is_stale=False), replace(other, is_stale=False))
    assert (len(both.faults), both.rows.height) == (2, 0)


def test_modelled_areas_that_are_not_said_to_be_modelled_are_refused(tmp_path: Path) -> None:
    staged = staged_of(tmp_path, taken(tmp_path, "made/a.txt", "E06000001,5,\nX06000001,5,"))
    (fault,) = staged.faults
    assert (fault.path, staged.rows.height) == ("made/a.txt", 0)
    assert "X06000001" in fault.reason
    assert "Use --from sample, or keep index.csv beside the files." in fault.reason
    assert staged_of(tmp_path, taken(tmp_path, "made/b.txt", "X25001AA,5,")).rows.height == 1
    assert stage(tmp_path, {"made/c.txt": "X06000001,5,"}, OBSERVATIONS).rows.height == 1


def test_the_observation_schema_is_the_contracts() -> None:
    assert OBSERVATIONS.schema is OBSERVATION
    assert OBSERVATIONS.is_observation
    assert not RESOURCE.is_observation


@pytest.mark.parametrize(
    ("found", "said"), [("a, b", "a, b."), ("a.", "a."), ("a, b ...", "a, b ..."), ("x" * 200, "x" * 160 + " ...")]
)
def test_what_was_found_ends_in_one_full_stop_or_three_dots(found: str, said: str) -> None:
    fault = delivery_fault(
        "a.csv", "made", ContractBroken("It is odd.", where="a", expected="b", found=found, do="look")
    )
    assert fault.reason == f"It is odd. Expected: b. Found: {said} Look"
