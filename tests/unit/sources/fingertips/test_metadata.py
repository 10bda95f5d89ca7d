"""What Fingertips says of its indicators in words, what it has data for, and what a live run asks for."""

import json
import tomllib
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from pipelines import catalogue
from pipelines.notes import in_words
from pipelines.quality import check_sql
from pipelines.settings import PROJECT
from pipelines.sources import fingertips, resources
from pipelines.sources.contract import REJECTED, ContractBroken
from pipelines.sources.fingertips import metadata
from pipelines.sources.formats import json_file
from pipelines.tables.store import Store
from tests.unit.sources.made_files import SHA256, a_snapshot

# The layout could not be checked against the live service; see the module.
SMOKING = {
    "IID": 92443,
    "Descriptive": {
        "Name": "Smoking prevalence <b>in adults</b>",
        "NameLong": "The long name",
        "Definition": " Adults who smoke. ",
        "Rationale": "Smoking kills.\r\nIt can be stopped.",
        "DataSource": "Annual Population Survey",
        "Caveats": "",
        "DisclosureControl": "None",
        "Link": "not read",
    },
    "Unit": {"Id": 5, "Label": "%", "Value": 100.0},
    "ValueType": {"Id": 5, "Name": "Proportion"},
    "YearType": {"Id": 1, "Name": "Calendar"},
    "ConfidenceIntervalMethod": {"Id": 2, "Name": "Wilson score method"},
    "DataChange": {"LastUploadedAt": "2025-03-04T10:11:12.13"},
}


def read(found, path="fingertips_metadata/indicator_all.json", parser=metadata.parse_metadata):
    content = found if isinstance(found, bytes) else json.dumps(found).encode()
    parsed = parser(content, a_snapshot(path))
    assert parsed.rows_in == parsed.rows.height + parsed.rejected.height
    assert parsed.rejected.schema == pl.Schema(REJECTED)
    return parsed


def read_list(found):
    return read(found, "fingertips_metadata/available_data.json", metadata.parse_available)


def one(entry):
    return read({"92443": entry}).rows.row(0, named=True)


def test_the_words_of_an_indicator_are_kept_as_published():
    assert one(SMOKING) == {
        "fingertips_id": 92443,
        "name": "Smoking prevalence <b>in adults</b>",
        "definition": "Adults who smoke.",
        "rationale": "Smoking kills.\r\nIt can be stopped.",
        "caveats": None,
        "disclosure_control": "None",
        "data_source": "Annual Population Survey",
        "unit": "%",
        "value_type": "Proportion",
        "year_type": "Calendar",
        "confidence_interval_method": "Wilson score method",
        "date_updated": date(2025, 3, 4),
        "source": "fingertips_metadata",
        "snapshot_sha256": SHA256,
        "source_line": 1,
    }
    assert read({"92443": SMOKING}).rows.schema == pl.Schema(metadata.INDICATOR_METADATA)


def test_fields_that_are_absent_are_null():
    row = one({"Descriptive": {"NameLong": "Only a long name"}, "Unit": None, "DataChange": {}})
    assert row["name"] == "Only a long name"
    assert [row[name] for name in ("definition", "unit", "value_type", "date_updated")] == [None] * 4


def test_a_byte_order_mark_is_no_harm():
    assert read(b"\xef\xbb\xbf" + json.dumps({"92443": SMOKING}).encode()).rows.height == 1


@pytest.mark.parametrize(
    ("said", "day", "named"),
    [
        ("2025-03-04", date(2025, 3, 4), False),
        ("0001-01-01T00:00:00", None, False),
        ("04/03/2025", None, True),
        ("2025-02-30T00:00:00", None, True),
    ],
)
def test_a_day_that_cannot_be_read_is_null_and_named(said, day, named):
    parsed = read({"92443": {**SMOKING, "DataChange": {"LastUploadedAt": said}}})
    assert parsed.rows["date_updated"].to_list() == [day]
    assert in_words(parsed.notes) == (
        [f"The day of the last upload of indicator 92443 cannot be read: {said}."] if named else []
    )


@pytest.mark.parametrize(
    ("key", "entry", "reason"),
    [
        ("Message", "An error has occurred.", "The key Message is no indicator id."),
        ("٩٢", SMOKING, "The key ٩٢ is no indicator id."),
        ("108", None, "What is said of indicator 108 is no object."),
        ("108", {}, "Nothing that we know a place for is said of indicator 108."),
        ("108", {"Descriptive": {"Name": " "}}, "Nothing that we know a place for is said of indicator 108."),
        ("108", SMOKING, "The entry of indicator 108 is about another: its IID is 92443."),
        ("108", {"Descriptive": ["Name"]}, "Descriptive is no object."),
        ("108", {"Descriptive": {"Name": 5}}, "Descriptive.Name is no text."),
        ("108", {"Descriptive": {"Name": "\ud800"}}, "Descriptive.Name holds half a character."),
    ],
)
def test_an_entry_that_cannot_be_read_is_rejected_with_the_reason(key, entry, reason):
    parsed = read({"92443": SMOKING, key: entry})
    assert parsed.rows["fingertips_id"].to_list() == [92443]
    assert parsed.rejected.select("source", "source_line", "reason").rows() == [("fingertips_metadata", 2, reason)]
    assert json.loads(parsed.rejected["row_text"][0]) == [key, entry]


NO_JSON = [
    b"",
    b" \n",
    b"<!DOCTYPE html><html>",
    b"An error has occurred.",
    b"\xff\xfe\x00",
    b"[" * 100_000,
    b"1" * 5000,
]
"""Bodies that are no JSON at all, or none that anybody means."""


def refuses(found, parser, path="fingertips_metadata/indicator_all.json"):
    with pytest.raises(ContractBroken) as broken:
        read(found, path, parser)
    error = broken.value
    assert path in error.where
    assert all((error.what, error.expected, error.found, error.do))
    assert len(str(error)) < 2000
    return error


@pytest.mark.parametrize("parser", [metadata.parse_metadata, metadata.parse_available])
@pytest.mark.parametrize(
    "body", [*NO_JSON, b"null", b"5", b'"words"', b"[]", b"{}", b'{"Message": "An error"}', b'["no"]']
)
def test_what_is_no_such_file_is_refused_in_five_parts(parser, body):
    refuses(body, parser)


def test_a_web_page_and_an_empty_file_are_called_so():
    assert "web page" in refuses(b"<html>", metadata.parse_metadata).what
    assert refuses(b"", metadata.parse_available).what.startswith("The file is empty.")


@pytest.mark.parametrize(
    "text", ['{"92443": {}, "92443": {"Unit": {"Label": "%"}}}', '{"92443": {"Unit": {"Value": NaN}}}']
)
def test_json_that_contradicts_itself_or_the_standard_is_refused(text):
    assert refuses(text.encode(), metadata.parse_metadata).what.startswith("This is no JSON but a text.")


def test_a_file_larger_than_any_we_know_is_refused_before_it_is_read(monkeypatch):
    monkeypatch.setattr(json_file, "LARGEST", 20)
    error = refuses(b'[{"IndicatorId": 92443, "AreaTypeId": 502}]', metadata.parse_available)
    assert error.what == "This file is too large to be read as JSON."
    assert (error.expected, error.found[:8]) == ("at most 20 bytes", "43 bytes")


def test_a_file_named_for_one_indicator_holds_it():
    error = refuses(
        {"108": {**SMOKING, "IID": 108}}, metadata.parse_metadata, "fingertips_metadata/indicator_92443.json"
    )
    assert error.what == "The indicator that the file is named for is not in it."
    assert "'92443'" in error.expected


def test_the_list_of_available_data():
    parsed = read_list([{"IndicatorId": 92443, "AreaTypeId": 502}, {"IndicatorId": 92443, "AreaTypeId": 6}])
    assert parsed.rows.schema == pl.Schema(metadata.AVAILABLE_DATA)
    assert parsed.rows.rows() == [
        (92443, 502, "fingertips_available", SHA256, 1),
        (92443, 6, "fingertips_available", SHA256, 2),
    ]


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        ("words", "The entry is no object."),
        ({"IndicatorId": 92443}, "AreaTypeId is no id."),
        ({"IndicatorId": "92443", "AreaTypeId": 502}, "IndicatorId is no id."),
        ({"IndicatorId": True, "AreaTypeId": 502}, "IndicatorId is no id."),
        ({"IndicatorId": 92443, "AreaTypeId": 5.5}, "AreaTypeId is no id."),
        ({"IndicatorId": 10**30, "AreaTypeId": 502}, "IndicatorId is no id."),
        ({"IndicatorId": -1, "AreaTypeId": 502}, "IndicatorId is no id."),
    ],
)
def test_an_entry_of_the_list_without_two_ids_is_rejected(entry, reason):
    parsed = read_list([entry, {"IndicatorId": 108, "AreaTypeId": 502}])
    assert parsed.rows.select("fingertips_id", "source_line").rows() == [(108, 2)]
    assert parsed.rejected["reason"].to_list() == [reason]


def addresses(name):
    (found,) = [resource for resource in resources() if resource.name == name]
    assert not found.required
    return [(path, way.url) for path, (way,) in found.files()]


def blocks():
    """The catalogue's blocks as they stand in its files."""
    for file in sorted((Path(catalogue.__file__).parent / "indicators").glob("*.toml")):
        yield from tomllib.loads(file.read_text(encoding="utf-8")).values()


def published():
    return [block for block in blocks() if "fingertips_id" in block and "fingertips" in block["sources"]]


def test_metadata_is_asked_once_for_every_indicator_of_the_catalogue():
    asked = addresses("fingertips_metadata")
    assert len(asked) == len(published()) > 100
    assert asked[0][0].endswith(".json")
    by_path = dict(asked)
    assert by_path["fingertips_metadata/indicator_92443.json"] == (
        "https://fingertips.phe.org.uk/api/indicator_metadata/by_indicator_id?indicator_ids=92443&include_definition=yes"
    )
    assert len(by_path) == len(asked)


def test_the_list_of_available_data_has_one_address():
    assert addresses("fingertips_available") == [
        ("fingertips_metadata/available_data.json", "https://fingertips.phe.org.uk/api/available_data")
    ]


def test_figures_are_asked_for_at_the_area_types_that_we_can_join_and_for_series_that_go_on():
    wanted = {
        f"fingertips/{block['fingertips_id']}_{area_type}.csv"
        for block in published()
        if block["state"] != "discontinued"
        for area_type in {502, 501, 6, 221} & set(block["area_types"])
    }
    asked = dict(addresses("fingertips"))
    assert set(asked) == wanted
    assert len(addresses("fingertips")) == len(wanted) > 100
    assert "fingertips/92443_502.csv" in asked
    assert asked["fingertips/92443_502.csv"].startswith(f"{fingertips.API}?indicator_ids=92443&child_area_type_id=502&")
    assert not {"fingertips/11601_502.csv", "fingertips/92443_15.csv"} & set(asked)


CHECK = PROJECT / "sql" / "checks" / "catalogue_area_types_are_available.sql"


def check(tmp_path, available):
    """The check's one finding, for a catalogue of four indicators and what the publisher says it has."""
    stated = pl.DataFrame(
        [
            ("smoking", 92443, "current", "501;502", "fingertips"),
            ("imaginary", 99999, "unverified", "502;6", "ons;fingertips"),
            ("elsewhere", 77777, "current", "502", "ons"),
            ("of_ons", None, "current", "", "ons"),
        ],
        schema=["indicator", "fingertips_id", "state", "area_types", "sources"],
        orient="row",
    )
    listed = pl.DataFrame(available, schema=["fingertips_id", "area_type_id"], orient="row").cast(pl.Int64)
    store = Store(tmp_path)
    for table, frame in (("staging.indicator", stated), ("staging.fingertips_available", listed)):
        store.build(table, lambda frame=frame: frame, code_version="1", description="Made.", fresh=True)
    ((finding,), _) = check_sql(store, CHECK)
    assert finding.severity == "warning"
    return finding


def test_area_types_that_the_publisher_has_not_are_listed_and_stop_nothing(tmp_path):
    finding = check(tmp_path, [(92443, 502), (92443, 6), (1, 501)])
    assert not finding.passed
    assert finding.observed.startswith("2 rows break the rule")
    assert "'smoking', 'fingertips_id': 92443, 'state': 'current', 'finding': 'no data at these" in finding.observed
    assert "'area_types': '501'" in finding.observed
    assert "'Fingertips has no data for the indicator', 'area_types': '6;502'" in finding.observed
    assert "elsewhere" not in finding.observed


def test_all_that_is_stated_being_there_is_no_finding(tmp_path):
    everything = [(92443, 501), (92443, 502), (99999, 502), (99999, 6), (5, 5)]
    assert check(tmp_path, everything).passed


def test_nothing_is_found_while_the_publisher_was_not_asked(tmp_path):
    assert check(tmp_path, []).passed
