"""fingertips_py on our transport: what it may ask, how, and what never becomes data."""

import inspect
import json

import fingertips_py
import fingertips_py.api_calls
import fingertips_py.metadata
import pandas as pd
import polars as pl
import pytest
import requests

from pipelines.sources.contract import SourceUnavailable
from pipelines.sources.fingertips import discovery
from pipelines.sources.fingertips.metadata import API
from pipelines.sources.transport import Transport

AREA_TYPES = [{"Id": 502, "Name": "Upper tier (post 4/23)", "Short": "Counties & UAs"}, {"Id": 6, "Name": "Regions"}]
SMOKING = {"92443": {"IID": 92443, "Descriptive": {"Name": "Smoking"}, "Unit": {"Label": "%"}}}


class Served:
    """A transport that serves what it is given, by the end of the address, and writes down what it was asked."""

    def __init__(self, **bodies):
        self.bodies, self.asked = bodies, []

    def read(self, url, *, kind=""):
        self.asked.append((url, kind))
        name = url.removeprefix(API).partition("?")[0].rpartition("/")[2]
        body = self.bodies[name]
        if isinstance(body, Exception):
            raise body
        return body if isinstance(body, bytes) else json.dumps(body).encode()


@pytest.fixture(autouse=True)
def _requests_is_never_used(monkeypatch):
    def refuse(*_, **__):
        raise AssertionError("fingertips_py opened an address by itself")

    monkeypatch.setattr(requests.sessions.Session, "request", refuse)
    monkeypatch.setattr("urllib.request.urlopen", refuse)


def test_area_types_are_a_table():
    served = Served(area_types=AREA_TYPES)
    assert discovery.area_types(served).rows() == [
        (6, "Regions", None),
        (502, "Upper tier (post 4/23)", "Counties & UAs"),
    ]
    assert discovery.area_types(served).schema == pl.Schema(discovery.AREA_TYPE)
    assert served.asked[0] == ("https://fingertips.phe.org.uk/api/area_types", "json")


def test_metadata_of_one_indicator():
    served = Served(by_indicator_id=SMOKING)
    assert discovery.indicator_metadata(served, 92443)["Unit"]["Label"] == "%"
    assert [url for url, _ in served.asked] == [f"{API}indicator_metadata/by_indicator_id?indicator_ids=92443"]


def test_a_byte_order_mark_is_no_harm():
    marked = b"\xef\xbb\xbf" + json.dumps(AREA_TYPES).encode()
    assert discovery.area_types(Served(area_types=marked)).height == 2


@pytest.mark.parametrize("function", discovery.ALLOWED)
def test_every_function_that_we_allow_asks_once_and_through_our_transport(function):
    entries = [{"Id": 1, "Code": "E06000001", "Name": "One", "Text": "Words"}]
    served = Served(
        ages=entries, sexes=entries, value_notes=entries, area_types=entries, by_area_type=entries,
        by_indicator_id={"1": {"IID": 1}},
    )  # fmt: skip
    needs = [
        name
        for name, parameter in inspect.signature(getattr(fingertips_py.metadata, function)).parameters.items()
        if parameter.default is inspect.Parameter.empty
    ]
    assert discovery.ask(served, function, *[1 for _ in needs])
    assert len(served.asked) == 1
    assert "pd." not in inspect.getsource(getattr(fingertips_py.metadata, function))


@pytest.mark.parametrize("function", ["get_metadata_for_all_indicators_from_csv", "get_data_by_indicator_ids", "os"])
def test_no_other_function_is_called(function):
    with pytest.raises(ValueError, match="is not called here"):
        discovery.ask(Served(), function)


@pytest.mark.parametrize(
    "body",
    [
        b"<!DOCTYPE html><html>Service unavailable</html>",
        b"An error has occurred.",
        b"",
        b'"An error has occurred."',
        b"null",
        b"[]",
        b"{}",
        b'{"Message": "An error has occurred."}',
        b'["An error has occurred."]',
        b"\xff\xfe",
        b"[" * 100_000,
        [{"Name": "Regions", "Id": 6}, {"Name": "Regions", "Id": 7}],
        [{"Id": "6", "Name": "Regions"}],
        [{"Id": 6, "Name": None}],
        [{"Id": 6, "Name": "Regions", "Short": 6}],
    ],
)
def test_what_is_no_list_of_area_types_is_never_one(body):
    with pytest.raises(SourceUnavailable, match=r"(?s)Fingertips|fingertips"):
        discovery.area_types(Served(area_types=body))


@pytest.mark.parametrize(
    "body", [{}, [], {"108": {"Descriptive": {}}}, {"92443": None}, {"92443": {"IID": 108, "Descriptive": {}}},
             {"92443": {"Message": "An error has occurred."}}, {"92443": {"Descriptive": "words"}}],
)  # fmt: skip
def test_what_is_not_the_metadata_asked_for_is_none(body):
    with pytest.raises(SourceUnavailable):
        discovery.indicator_metadata(Served(by_indicator_id=body), 92443)


def test_an_empty_table_whose_column_is_an_error_is_no_answer(monkeypatch):
    error = pd.DataFrame(columns=["An error has occurred."])
    monkeypatch.setattr(fingertips_py.metadata, "get_all_ages", lambda: error)
    with pytest.raises(SourceUnavailable, match="An error has occurred"):
        discovery.ask(Served(), "get_all_ages")


def test_certificates_are_checked_whatever_fingertips_py_wants():
    served = Served(by_indicator_id=requests.exceptions.SSLError("expired"))
    with pytest.raises(SourceUnavailable, match="wanted to skip certificate verification"):
        discovery.ask(served, "get_metadata_for_indicator", 92443)
    assert len(served.asked) == 1


@pytest.mark.parametrize("url", ["http://fingertips.phe.org.uk/api/ages", "https://example.org/api/ages"])
def test_no_address_is_asked_but_those_of_fingertips(url):
    served = Served()
    with discovery.on_our_transport(served), pytest.raises(SourceUnavailable, match="no address of Fingertips"):
        fingertips_py.api_calls.get_json(url)
    assert served.asked == []


def test_an_option_that_would_be_lost_is_refused():
    with discovery.on_our_transport(Served()), pytest.raises(TypeError, match="params"):
        fingertips_py.api_calls.requests.get(f"{API}ages", params={"id": 1})


def test_an_answer_has_what_fingertips_py_looks_at():
    with discovery.on_our_transport(Served(ages=[1])):
        answer = fingertips_py.api_calls.requests.get(f"{API}ages", timeout=5)
        assert fingertips_py.api_calls.requests.exceptions is requests.exceptions
    assert (answer.content, answer.text, answer.json(), answer.status_code) == (b"[1]", "[1]", [1], 200)


def test_what_was_replaced_is_put_back_also_after_an_error():
    with discovery.on_our_transport(Served()), discovery.on_our_transport(Served()):
        assert fingertips_py.api_calls.requests is not requests
    assert fingertips_py.api_calls.requests is requests
    with pytest.raises(SourceUnavailable, match="is down"):
        discovery.area_types(Served(area_types=SourceUnavailable("Fingertips is down.")))
    assert fingertips_py.api_calls.requests is requests


def test_fingertips_py_asks_https_and_where_we_do():
    assert discovery.base_address() == API


def test_an_address_of_fingertips_py_that_is_not_https_is_refused(monkeypatch):
    monkeypatch.setattr(fingertips_py.metadata, "base_url", "http://fingertips.phe.org.uk/api/")
    served = Served(area_types=AREA_TYPES)
    with pytest.raises(SourceUnavailable, match="expected one https address"):
        discovery.area_types(served)
    assert served.asked == []


def test_our_transport_is_one_that_discovery_can_use():
    ours = inspect.signature(Transport.read).parameters
    assert set(inspect.signature(discovery.Reader.read).parameters) <= set(ours)
