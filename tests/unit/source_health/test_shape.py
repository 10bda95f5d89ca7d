"""The sentinel: what counts as a change, how each state is judged, and what a run says of its sources."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from pipelines.notes import Kind, Note, in_words
from pipelines.source_health import shape as sentinel
from pipelines.source_health.health import Fingerprints, Health, source_health
from pipelines.source_health.shape import HEALTH, STATES, Known
from pipelines.sources.arrival import intake
from pipelines.sources.arrival import snapshot as snapshots
from pipelines.sources.contract import ContractBroken, Parsed, Resource, Snapshot, as_observation, empty_rejected

HEADER = "code,period,group,value,remark"
LINES = [
    f"{code},{period},{group},{value},-"
    for code, value in (("E01", 10), ("E02", 20), ("W03", 30))
    for period in (2023, 2024)
    for group in ("most", "least")
]
NOW = datetime(2026, 6, 1)  # noqa: DTZ001
parsed_files: list[str] = []


def made(lines: list[str], header: str = HEADER) -> bytes:
    return "\n".join([header, *lines, ""]).encode()


def parser(content: bytes, kept: Snapshot) -> Parsed:
    parsed_files.append(kept.sha256)
    if b"<html" in content:
        raise ContractBroken("A page.", where=kept.path, expected="", found="", do="")
    rows = pl.read_csv(io.BytesIO(content), infer_schema=False)
    known = rows.filter(pl.col("group") != "odd").select(
        pl.lit("smoking").alias("indicator"),
        pl.col("code").alias("area_code"),
        pl.lit("district").alias("area_type"),
        "period",
        pl.lit("1y").alias("period_length"),
        pl.lit("persons").alias("sex"),
        pl.lit("18+").alias("age_label"),
        pl.lit("deprivation").alias("dimension"),
        pl.lit("tenths").alias("scheme"),
        pl.col("group").alias("category_label"),
        pl.col("group").alias("category"),
        pl.col("value").cast(pl.Float64),
    )
    odd = (Note(Kind.UNKNOWN_CATEGORY_TYPE, label="odd", count=3),) if known.height < rows.height else ()
    return Parsed(as_observation(known), empty_rejected(), rows.height, odd)


FILES = Resource(
    name="files",
    path="made/*.csv",
    table="made",
    description="Figures.",
    url="https://example.org",
    publisher="Somebody",
    licence="OGL",
    cadence="annual",
    parser=parser,
    many=True,
)
ONE = replace(FILES, name="one", path="one/file_*.csv", many=False)


class Place:
    """A folder of snapshots and shapes, and what a run says of the files it is given."""

    def __init__(self, folder: Path) -> None:
        self.root, self.shapes = folder / "snapshots", folder / "shapes"
        self.state, self.cadence, self.now, self.code = "current", "annual", datetime.now(), "1"  # noqa: DTZ005

    def keep(self, content: bytes, path: str = "made/a.csv", resource: Resource = FILES, **said: object) -> Snapshot:
        kept = snapshots.capture(
            self.root,
            content,
            resource=resource,
            origin="publisher",
            path=path,
            url="",
            publisher="Somebody",
            licence="OGL",
            is_modelled=False,
        )
        return replace(kept, **said)  # type: ignore[arg-type]

    def health(self, *taken: Snapshot, resources: tuple[Resource, ...] = (FILES,), later: int = 0) -> Health:
        return source_health(
            resources,
            intake.snapshot_frame(taken),
            fingerprints=Fingerprints(self.shapes, root=self.root, code_version=self.code),
            origin="publisher",
            states={"smoking": self.state},
            cadences={"smoking": self.cadence},
            silent={"made/a.csv": "publisher.example"},
            now=self.now + timedelta(days=later, hours=1),
        )

    def row(self, *taken: Snapshot, later: int = 0) -> dict[str, object]:
        return self.health(*taken, later=later).frame.row(0, named=True)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    parsed_files.clear()
    return Place(tmp_path)


def test_the_first_snapshot_is_fresh_and_nothing_is_invented(place: Place) -> None:
    health = place.health(place.keep(made(LINES)))
    (row,) = health.frame.rows(named=True)
    assert (row["state"], row["rows"], row["rows_before"]) == ("fresh", 12, None)
    assert row["reason"].startswith("The first snapshot of this file")
    assert [row[name] for name in HEALTH if name.startswith(("new_", "vanished_"))] == [None] * 6
    assert row["last_changed_at"] == row["retrieved_at"]
    assert health.notes == []
    assert dict(health.frame.schema) == HEALTH


def test_the_same_bytes_again_stay_fresh(place: Place) -> None:
    first = place.health(place.keep(made(LINES)))
    again = place.health(place.keep(made(LINES)))
    assert again.frame.equals(first.frame)


def test_a_new_period_is_fresh_and_named(place: Place) -> None:
    place.keep(made(LINES))
    row = place.row(place.keep(made([*LINES, *(line.replace("2024", "2025") for line in LINES if "2024" in line)])))
    assert (row["state"], row["new_periods"], row["vanished_periods"]) == ("fresh", 1, 0)
    assert row["reason"] == "1 new period: 2025 (1y)."
    assert (row["rows"], row["rows_before"]) == (18, 12)


WITHOUT = {
    "a column": (made([line[:-2] for line in LINES], HEADER[:-7]), "1 column vanished: remark."),
    "a label": (made([line for line in LINES if "least" not in line]), "label vanished: deprivation tenths: least."),
    "a period": (made([line for line in LINES if "2023" not in line]), "1 period vanished: 2023 (1y)."),
    "a code": (made([line for line in LINES if "W03" not in line]), "1 code vanished: W03."),
    "a third of the rows": (
        made([line for line in LINES if "E02,2024" not in line]),
        "Rows fell by more than a fifth: smoking, district, 2024 (1y) from 6 to 4.",
    ),
}


@pytest.mark.parametrize("what", WITHOUT)
def test_what_vanished_is_a_change_of_shape_named_and_noted(place: Place, what: str) -> None:
    place.keep(made(LINES))
    content, said = WITHOUT[what]
    health = place.health(place.keep(content))
    (row,) = health.frame.rows(named=True)
    assert row["state"] == "changed_shape"
    assert said in row["reason"]
    (note,) = in_words(health.notes)
    assert note.startswith("1 file lost something since an earlier input")
    assert f"made/a.csv: {row['reason']}" in note


def test_a_renamed_column_names_both_names(place: Place) -> None:
    place.keep(made(LINES))
    row = place.row(place.keep(made(LINES, HEADER.replace("remark", "comment"))))
    assert row["state"] == "changed_shape"
    assert row["reason"] == "1 column vanished: remark. 1 new column: comment."


def test_new_labels_and_codes_change_the_shape_and_need_no_note(place: Place) -> None:
    place.keep(made(LINES))
    health = place.health(place.keep(made([*LINES, "E09,2024,most,1,-", "E01,2024,middle,1,-"])))
    (row,) = health.frame.rows(named=True)
    assert (row["state"], row["new_labels"], row["new_codes"]) == ("changed_shape", 1, 1)
    assert row["reason"] == "1 new label: deprivation tenths: middle. 1 new code: E09."
    assert health.notes == []


def test_a_category_type_that_the_catalogue_lacks_is_a_new_label(place: Place) -> None:
    place.keep(made(LINES))
    row = place.row(place.keep(made([*LINES, "E01,2024,odd,1,-"])))
    assert row["new_labels"] == 1
    assert "1 new label: odd (not in the catalogue)." in str(row["reason"])


def test_a_silent_reissue_counts_the_figures_that_changed(place: Place) -> None:
    place.keep(made(LINES))
    row = place.row(place.keep(made([line.replace(",30,", ",31,") for line in LINES])))
    assert (row["state"], row["reason"]) == ("fresh", "Re-issued: 4 figures changed.")


def test_a_reissue_with_the_same_figures_says_so(place: Place) -> None:
    place.keep(made(LINES))
    row = place.row(place.keep(made(LINES[::-1])))
    assert (row["state"], row["reason"]) == ("fresh", "Re-issued: other bytes, the same figures.")


def test_revisions_beside_a_new_period_are_counted(place: Place) -> None:
    place.keep(made(LINES))
    row = place.row(place.keep(made([*(line.replace(",30,", ",31,") for line in LINES), "E01,2025,most,1,-"])))
    assert row["reason"] == "1 new period: 2025 (1y). Of the rows in both issues, 4 figures changed."


@pytest.mark.parametrize(
    ("cadence", "days", "state"),
    [("annual", 400, "fresh"), ("annual", 401, "late"), ("quarterly", 121, "late"), ("irregular", 4000, "fresh")],
)
def test_late_is_a_cadence_passed_since_the_content_changed(place: Place, cadence: str, days: int, state: str) -> None:
    place.cadence = cadence
    row = place.row(place.keep(made(LINES)), later=days)
    assert (row["state"], row["cadence"]) == (state, cadence)
    if state == "late":
        assert str(row["reason"]).startswith(f"No new content for {days} days")


@pytest.mark.parametrize("state", ["paused", "discontinued"])
def test_a_series_that_stopped_is_not_late(place: Place, state: str) -> None:
    place.state = state
    assert place.row(place.keep(made(LINES)), later=2000)["state"] == state


def test_one_current_indicator_keeps_a_file_from_being_paused() -> None:
    known = Known(now=NOW, last_changed_at=NOW, cadence="annual", indicator_states=frozenset({"paused", "current"}))
    assert sentinel.judge(known)[0] == "fresh"


def test_a_dataset_that_is_no_longer_updated_is_discontinued() -> None:
    assert sentinel.judge(Known(now=NOW, last_changed_at=NOW, cadence="no longer updated"))[0] == "discontinued"


def test_modelled_files_are_never_late() -> None:
    old = datetime(2020, 1, 1)  # noqa: DTZ001
    assert sentinel.judge(Known(now=NOW, last_changed_at=old, cadence="annual"))[0] == "late"
    assert sentinel.judge(Known(now=NOW, last_changed_at=old, cadence="annual", is_modelled=True))[0] == "fresh"


def test_a_fall_back_is_stale_whatever_else_holds(place: Place) -> None:
    row = place.row(place.keep(made(LINES), is_stale=True, note="3 days old. Timed out."), later=900)
    assert (row["state"], row["reason"]) == ("stale", "3 days old. Timed out.")


def test_a_silent_host_stands_beside_the_files_that_are_stale_for_it_alone(place: Place) -> None:
    first, second = place.keep(made(LINES)), place.keep(made(LINES[:9]), "made/b.csv")
    stale = replace(first, is_stale=True, note="3 days old."), replace(second, is_stale=True, note="3 days old.")
    assert place.health(*stale).frame["silent_host"].to_list() == ["publisher.example", None]
    assert place.health(first, second).frame["silent_host"].to_list() == [None, None]


def test_a_file_that_an_earlier_input_had_is_missing_and_noted(place: Place) -> None:
    here, gone = place.keep(made(LINES)), place.keep(made(LINES[:4]), "made/b.csv")
    health = place.health(here)
    assert health.frame.select("path", "state").rows() == [("made/a.csv", "fresh"), ("made/b.csv", "missing")]
    assert f"last seen new on {gone.retrieved_at:%Y-%m-%d}" in health.frame["reason"][1]
    assert len(health.notes) == 1


def test_a_resource_never_seen_is_missing_without_a_note(place: Place) -> None:
    health = place.health(resources=(FILES, ONE))
    assert health.frame.select("resource", "path", "state", "is_modelled").rows() == [
        ("files", "made/*.csv", "missing", None),
        ("one", "one/file_*.csv", "missing", None),
    ]
    assert health.notes == []


def test_the_same_bytes_under_another_name_are_not_missing(place: Place) -> None:
    kept = place.keep(made(LINES))
    place.keep(made(LINES), "made/copy.csv")
    assert place.health(kept).frame["path"].to_list() == ["made/a.csv"]


def test_a_file_that_is_renamed_with_each_release_is_followed(place: Place) -> None:
    place.keep(made(LINES), "one/file_2024.csv", ONE)
    now = place.keep(made(LINES[:-2]), "one/file_2025.csv", ONE)
    (row,) = place.health(now, resources=(ONE,)).frame.rows(named=True)
    assert (row["path"], row["rows_before"]) == ("one/file_2025.csv", 12)


def test_each_file_is_parsed_once_until_the_code_changes(place: Place) -> None:
    old = place.keep(made(LINES))
    place.health(old)
    new = place.keep(made(LINES[::-1]))
    first = place.health(new)
    parsed_files.clear()
    assert place.health(new).frame.equals(first.frame)
    assert parsed_files == []
    place.code = "2"
    assert place.health(new).frame.equals(first.frame)
    assert set(parsed_files) == {old.sha256, new.sha256}


def test_a_torn_fingerprint_is_made_again(place: Place) -> None:
    kept = place.keep(made(LINES))
    first = place.health(kept)
    (file,) = place.shapes.rglob("*.json")
    assert json.loads(file.read_text())["shape"]["rows"] == 12
    file.write_text("{")
    assert place.health(kept).frame.equals(first.frame)


def test_an_earlier_snapshot_that_cannot_be_read_is_passed_over(place: Place) -> None:
    place.keep(made(LINES[:6]))
    place.keep(b"<html>Sorry</html>")
    row = place.row(place.keep(made(LINES)))
    assert row["rows_before"] == 6


def test_what_comes_after_a_snapshot_is_not_its_history(place: Place) -> None:
    early = place.keep(made(LINES))
    place.keep(made(LINES[:4]))
    assert place.row(early)["rows_before"] is None


@pytest.mark.parametrize(
    ("content", "path", "columns"),
    [
        (b'\xef\xbb\xbf"A  b","c\nd",e\r1,2,3', "x.csv", ("A b", "c d", "e")),
        (b"a,b\r1,2", "x.CSV", ("a", "b")),
        (b"PK\x03\x04", "x.xlsx", ()),
        (b"", "x.csv", ()),
    ],
)
def test_columns_are_read_as_received(content: bytes, path: str, columns: tuple[str, ...]) -> None:
    assert sentinel.columns_received(content, path) == columns


def test_more_than_a_thousand_codes_are_kept_by_their_beginnings() -> None:
    rows = pl.DataFrame({"lsoa_code": [f"E01{n:06}" for n in range(1001)] + ["W01000001"]})
    shape = sentinel.shape(Parsed(rows, empty_rejected(), rows.height))
    assert (shape.codes, shape.code_counts, shape.cells) == ((), {"E01": 1001, "W01": 1}, {"": 1002})
    english = sentinel.shape(Parsed(rows.head(900), empty_rejected(), 900))
    change = sentinel.compare(shape, english)
    assert change.vanished["code"] == ["W01"]


def test_names_past_five_are_counted() -> None:
    lines = [f"E{n:02},2024,most,1,-" for n in range(8)]
    shape = sentinel.shape(parser(made(lines), Snapshot("", "", "", "", 1, NOW, "", "", False, "publisher")))
    change = sentinel.compare(shape, replace(shape, codes=("E07",)))
    assert change.sentences() == ["7 codes vanished: E00; E01; E02; E03; E04; and 2 more."]


def test_every_state_that_is_judged_is_listed() -> None:
    assert set(STATES) == {"fresh", "late", "stale", "paused", "discontinued", "changed_shape", "missing", "returned"}
