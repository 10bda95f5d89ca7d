"""The list of area types: read by fingertips_py from kept bytes, held against the catalogue and the list before it."""

import ast
import inspect
import json
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import fingertips_py.api_calls
import fingertips_py.metadata
import polars as pl
import pytest
import requests

from pipelines import catalogue
from pipelines.notes import in_words, words
from pipelines.source_health.health import Fingerprints, source_health
from pipelines.sources import resources
from pipelines.sources.access.web_file import WebFile
from pipelines.sources.arrival import intake, live
from pipelines.sources.arrival import snapshot as snapshots
from pipelines.sources.arrival.transport import Transport
from pipelines.sources.contract import REJECTED, ContractBroken, Received, SourceUnavailable
from pipelines.sources.fingertips import discovery
from tests.unit.sources.made_files import SHA256, a_snapshot

UPPER, REGIONS = {"Id": 502, "Name": "Upper tier (post 4/23)", "Short": "Counties & UAs"}, {"Id": 6, "Name": "Regions"}
PATH = "fingertips_metadata/area_types.json"
RESOURCE = next(resource for resource in resources() if resource.name == "fingertips_area_types")
KNOWN = catalogue.load()


def of_catalogue(*area_types):
    """The catalogue with one indicator of Fingertips, at these area types."""
    smoking = replace(KNOWN.indicators["smoking_prevalence_adults"], area_types=area_types)
    return replace(KNOWN, indicators={smoking.slug: smoking})


def read(found, known=None):
    content = found if isinstance(found, bytes) else json.dumps(found).encode()
    parsed = discovery.parse_with(content, a_snapshot(PATH), known or of_catalogue(502))
    assert parsed.rows_in == parsed.rows.height + parsed.rejected.height
    assert parsed.rejected.schema == pl.Schema(REJECTED)
    return parsed


@pytest.fixture(autouse=True)
def _nothing_is_opened(monkeypatch):
    def refuse(*_, **__):
        raise AssertionError("fingertips_py opened an address by itself")

    monkeypatch.setattr(requests.sessions.Session, "request", refuse)
    monkeypatch.setattr("urllib.request.urlopen", refuse)


def test_area_types_are_a_table():
    parsed = read([UPPER, {**REGIONS, "Name": " Regions\n"}])
    assert parsed.rows.rows() == [
        (502, "Upper tier (post 4/23)", "fingertips_area_types", SHA256, 1),
        (6, "Regions", "fingertips_area_types", SHA256, 2),
    ]
    assert parsed.rows.schema == pl.Schema(discovery.AREA_TYPE)
    assert parsed.notes == ()


def test_the_order_of_fields_and_a_byte_order_mark_are_no_harm():
    content = json.dumps([{"Short": None, "Name": "Regions", "Id": 6}, UPPER]).encode()
    assert read(b"\xef\xbb\xbf" + content).rows["area_type_id"].to_list() == [6, 502]


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        ({"Id": "6", "Name": "Regions"}, "Id is no id."),
        ({"Id": True, "Name": "Regions"}, "Id is no id."),
        ({"Id": None, "Name": "Regions"}, "Id is no id."),
        ({"Id": 6, "Name": None}, "Name is blank."),
        ({"Id": 6, "Name": " "}, "Name is blank."),
        ({"Id": 6}, "Name is blank."),
        ({"Id": 6, "Name": ["Regions"]}, "Name is no text."),
        ({"Id": 6, "Name": "\ud800"}, "Name holds half a character."),
    ],
)
def test_an_entry_that_cannot_be_read_is_rejected_with_the_reason(entry, reason):
    parsed = read([UPPER, entry])
    assert parsed.rows["area_type_id"].to_list() == [502]
    assert parsed.rejected.select("source", "source_line", "reason").rows() == [("fingertips_area_types", 2, reason)]
    assert json.loads(parsed.rejected["row_text"][0]) == entry


def test_what_fingertips_py_loses_is_rejected_not_gone():
    parsed = read([{**UPPER, "Name": "Another"}, REGIONS, UPPER, REGIONS])
    assert parsed.rows["area_type_id"].to_list() == [6, 502, 6]
    assert parsed.rejected["reason"].to_list() == [
        "Another entry has the id 502 too, and fingertips_py keeps that one."
    ]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<!DOCTYPE html><html>Service unavailable</html>",
        b"An error has occurred.",
        b'"An error has occurred."',
        b"null",
        b"[]",
        b"{}",
        b'{"Message": "An error has occurred."}',
        b'["An error has occurred."]',
        b'[{"Name": "Regions"}]',
        b'[{"Id": [6], "Name": "Regions"}]',
        b'[{"Id": "six", "Name": "Regions"}]',
        b"[[6]]",
        b"[null]",
        b"\xff\xfe",
        b"[" * 100_000,
    ],
)
def test_what_is_no_list_of_area_types_is_refused_in_five_parts(body):
    with pytest.raises(ContractBroken) as broken:
        read(body)
    error = broken.value
    assert PATH in error.where
    assert all((error.what, error.expected, error.found, error.do))
    assert len(str(error)) < 2000


def test_area_types_of_the_catalogue_that_are_not_listed_are_named():
    (said,) = in_words(read([UPPER], of_catalogue(502, 219)).notes)
    assert said.startswith(
        "Fingertips no longer lists the area type 219, which the catalogue states for 1 indicator (smo"
    )
    every = in_words(read([UPPER], KNOWN).notes)
    assert not any("area type 502," in sentence for sentence in every)
    assert any("area type 6, which the catalogue states for" in sentence and " ...)" in sentence for sentence in every)


def test_fingertips_py_asks_the_address_that_we_ask():
    assert RESOURCE.files() == [(PATH, (WebFile("https://fingertips.phe.org.uk/api/area_types"),))]
    assert fingertips_py.api_calls.base_url + "area_types" == discovery.ADDRESS


def test_another_address_or_a_way_round_certificates_is_refused(monkeypatch):
    monkeypatch.setattr(fingertips_py.metadata, "base_url", "http://fingertips.phe.org.uk/api/")
    with pytest.raises(ContractBroken, match=r"it asks http://fingertips\.phe"):
        read([UPPER])
    with discovery._answered_by(b"[]"), pytest.raises(TypeError, match="verify"):
        fingertips_py.api_calls.requests.get(discovery.ADDRESS, verify=False)


def test_what_was_replaced_is_put_back_also_after_an_error():
    read([UPPER])
    with pytest.raises(ContractBroken):
        read([[6]])
    assert fingertips_py.api_calls.requests is requests


def test_fingertips_py_is_used_for_nothing_else():
    folder = Path(inspect.getfile(discovery)).parent.parent
    users = [file.name for file in folder.rglob("*.py") if "import fingertips_py" in file.read_text(encoding="utf-8")]
    assert users == ["discovery.py"]
    called = [
        node.func.attr
        for node in ast.walk(ast.parse(inspect.getsource(discovery)))
        if isinstance(node, ast.Call) and "fingertips_py" in ast.unparse(node.func)
        if isinstance(node.func, ast.Attribute)
    ]
    assert called == ["get_all_areas"]


class Serves(Transport):
    """A transport that has one body for everything; without one it is down."""

    def __init__(self, entries, folder):
        super().__init__()
        self.entries, self.folder = entries, folder

    def fetch(self, url, *, into, **_):
        if self.entries is None:
            raise SourceUnavailable(f"{url} could not be had: it answered 500.")
        into.mkdir(parents=True, exist_ok=True)
        file = into / "body.partial"
        file.write_text(json.dumps(self.entries), encoding="utf-8")
        digest, size = snapshots._digest(file)
        return Received(file, digest, size, etag="", last_modified="")


def night(entries, tmp_path):
    """One live run of this resource: the staged table, its warnings, and the row of its health."""
    taken = live.fetch(RESOURCE, root=tmp_path, transport=Serves(entries, tmp_path))
    frame = intake.snapshot_frame(taken.snapshots)
    staged = intake.stage([RESOURCE], frame, root=tmp_path)
    health = source_health(
        [RESOURCE],
        frame,
        fingerprints=Fingerprints(tmp_path / "shapes", root=tmp_path, code_version="1"),
        origin="publisher",
        states={},
        cadences={},
        silent={},
        now=datetime(2030, 1, 1),  # noqa: DTZ001 - UTC without a zone, as in the table
    )
    return staged, health, taken


def test_a_name_that_changed_while_its_id_stayed_is_reported(tmp_path):
    before, after = {"Id": 204, "Name": "PCNs (v. 26/06/25)"}, {"Id": 204, "Name": "PCNs (v. 28/07/2025)"}
    _, first, _ = night([UPPER, before], tmp_path)
    assert (first.frame["state"].to_list(), first.notes) == (["fresh"], [])
    _, second, _ = night([UPPER, after], tmp_path)
    assert second.frame["state"].to_list() == ["changed_shape"]
    (said,) = in_words(second.notes)
    for text in (PATH, "1 label vanished: name PCNs (v. 26/06/25)", "1 new label: name PCNs (v. 28/07/2025)"):
        assert text in said


def test_an_area_type_that_goes_is_named_in_the_warnings_and_stops_nothing(tmp_path):
    staged, _, _ = night([UPPER, REGIONS], tmp_path)
    assert not any("area type 6," in warning for warning in in_words(staged.notes))
    staged, health, _ = night([UPPER], tmp_path)
    assert staged.rows["area_type_id"].to_list() == [502]
    gone = [warning for warning in in_words(staged.notes) if "area type 6," in warning]
    assert [warning.startswith(f"{PATH}: Fingertips no longer lists") for warning in gone] == [True]
    assert "1 label vanished: name Regions" in words(health.notes[0])


def test_without_an_answer_the_last_list_stands_and_says_so(tmp_path):
    night([UPPER], tmp_path)
    staged, health, taken = night(None, tmp_path)
    assert staged.rows["area_type_id"].to_list() == [502]
    assert taken.snapshots[0].note.startswith("0 days old")
    assert health.frame["state"].to_list() == ["stale"]
