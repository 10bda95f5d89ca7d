"""Notes are facts that can be kept as JSON, and one place puts them into words."""

from __future__ import annotations

import json

import pytest

from pipelines.notes import WORDS, Kind, Note, in_words, note_from, words

FULL = Note(
    Kind.ROWS_REJECTED,
    path="made/a.csv",
    count=1200,
    names=("a", "b"),
    counted=((1100, "no value"), (100, "no area")),
    pairs=(("then", "now"),),
)


def test_every_kind_has_words() -> None:
    assert set(WORDS) == set(Kind)
    assert all(words(Note(kind, names=("a",), pairs=(("then", "now"),))) for kind in Kind)


def test_a_note_survives_json_and_says_only_what_it_knows() -> None:
    assert note_from(json.loads(json.dumps(FULL.as_json()))) == FULL
    assert Note(Kind.FORCE_UNUSED).as_json() == {"kind": "force_unused"}


@pytest.mark.parametrize("found", ["A sentence.", {}, {"kind": "a kind of tomorrow"}, {"kind": "stale", "tone": "sad"}])
def test_what_is_no_note_is_refused(found: object) -> None:
    with pytest.raises((TypeError, ValueError)):
        note_from(found)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("note", "said"),
    [
        (
            FULL,
            "made/a.csv: 1,200 rows rejected and kept in meta.rejected_row: 1,100 x no value; 100 x no area",
        ),
        (
            Note(Kind.NOT_HAD, path="fingertips/1_502.csv", indicator="smoking", label="502", cause="it is gone"),
            "fingertips/1_502.csv (smoking, area type 502) is missing: it is gone",
        ),
        (
            Note(Kind.FILES_NOT_READ, names=tuple(f"{n}.csv" for n in range(12))),
            "12 files of the folder are read by no source: 0.csv, 1.csv, 2.csv, 3.csv, 4.csv, 5.csv, 6.csv, 7.csv, "
            "8.csv, 9.csv and 2 more.",
        ),
        (
            Note(Kind.AREA_TYPE_NOT_LISTED, label="219", names=("a", "b", "c", "d")),
            "Fingertips no longer lists the area type 219, which the catalogue states for 4 indicators (a, b, c ...). "
            "Look for its successor in the list, and correct area_types in pipelines/catalogue/indicators/.",
        ),
        (
            Note(Kind.FILES_LOST_SOMETHING, pairs=(("a.csv", "1 label vanished: x."),)),
            "1 file lost something since an earlier input (all in meta.source_health): a.csv: 1 label vanished: x.",
        ),
        (
            Note(Kind.FORCED, by="ann@desk", names=("limits_hold of core.gradient",), cause="It is known."),
            "Published by force: ann@desk overruled limits_hold of core.gradient. Reason given: It is known.",
        ),
    ],
    ids=lambda value: value.kind if isinstance(value, Note) else "",
)
def test_words(note: Note, said: str) -> None:
    assert words(note) == said


def test_an_indicator_that_the_catalogue_lacks_is_said_once_whatever_files_it_comes_in() -> None:
    def lacked(path: str, label: str, title: str, count: int) -> Note:
        return Note(Kind.UNKNOWN_INDICATOR, path=path, label=label, title=title, count=count)

    notes = [
        lacked("a.csv", "7", "Otters", 2),
        Note(Kind.STALE, path="x.csv", cause="old"),
        lacked("b.csv", "7", "", 3),
    ]
    notes.append(lacked("b.csv", "8", "Hares", 1000))
    assert in_words(notes) == [
        "x.csv: stale: old",
        "The catalogue has no block for 2 indicators of a.csv, b.csv, whose 1,005 rows are rejected: 8 Hares (1,000 "
        "rows); 7 Otters (5 rows). `inequality catalogue propose FILE` writes the blocks, for review.",
    ]


def test_reasons_past_the_first_three_are_counted() -> None:
    counted = tuple((count, f"reason {count}") for count in (9, 8, 7, 6, 5))
    said = words(Note(Kind.ROWS_REJECTED, path="a.csv", count=35, counted=counted))
    assert said.endswith("9 x reason 9; 8 x reason 8; 7 x reason 7; 11 for 2 other reasons")


def test_all_optional_files_that_the_input_lacks_are_one_note_after_everything_else() -> None:
    absent = [Note(Kind.NOT_IN_INPUT, resource=name, path=f"{name}.csv") for name in ("one", "two")]
    misleading = Note(Kind.STALE, path="a.csv", cause="x: not in this input (y)")
    assert in_words([absent[0], misleading, absent[1]]) == [
        "a.csv: stale: x: not in this input (y)",
        "2 optional sources are not in this input and were skipped: one, two.",
    ]
    assert in_words([]) == []
