"""The password of a proxy is never said: not in an error, and so not in a release, whose notes are made of errors."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.sources.arrival.transport import Transport
from pipelines.sources.arrival.transport.proxy import refuse_unfit_proxy, without_secrets
from pipelines.sources.contract import SourceUnavailable

URL = "https://publisher.example/a.csv"
UNFIT = {
    "a hash": "http://ann:top#secret@127.0.0.1:9",
    "a slash": "http://ann:top/secret@127.0.0.1:9",
    "a question mark": "http://ann:top?secret@127.0.0.1:9",
    "digits and a hash": "http://ann:8080#topsecret@127.0.0.1:9",
    "no host": "http://ann:topsecret@",
    "no host, only a port": "http://ann:topsecret@:9",
    "a port that is none": "http://ann:topsecret@127.0.0.1:port",
    "a space": "http://ann:top secret@127.0.0.1:9",
    "another scheme": "ftp://ann:topsecret@127.0.0.1:9",
    "half an address": "http://ann:topsecret@[::1",
}


@pytest.fixture(autouse=True)
def no_other_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "ALL_PROXY"])
@pytest.mark.parametrize("what", UNFIT)
def test_a_proxy_that_is_no_address_is_refused_without_a_word_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str, variable: str
) -> None:
    monkeypatch.setenv(variable, UNFIT[what])
    with pytest.raises(SourceUnavailable, match="the proxy that HTTPS_PROXY") as raised:
        Transport(sleep=lambda _: None).fetch(URL, into=tmp_path)
    error: BaseException | None = raised.value
    while error:
        assert "secret" not in str(error)
        assert "ann" not in str(error)
        error = error.__cause__ or error.__context__


def test_a_password_that_is_encoded_is_taken_and_not_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, loopback: None
) -> None:
    monkeypatch.delenv("NO_PROXY")
    monkeypatch.setenv("HTTPS_PROXY", "http://ann:top%23secret@127.0.0.1:9")
    with pytest.raises(SourceUnavailable, match="could not be had") as raised:
        Transport(sleep=lambda _: None).fetch(URL, into=tmp_path)
    assert "proxy that HTTPS_PROXY" not in str(raised.value)
    assert "secret" not in str(raised.value)


@pytest.mark.parametrize(
    "proxy", ["http://127.0.0.1:3128", "https://proxy.example", "proxy.example:3128", "http://ann:p%2Fw@proxy.example/"]
)
def test_a_proxy_that_is_an_address_is_let_through(monkeypatch: pytest.MonkeyPatch, proxy: str) -> None:
    monkeypatch.setenv("HTTPS_PROXY", proxy)
    refuse_unfit_proxy(URL)


def test_a_host_that_needs_no_proxy_is_asked_whatever_the_proxy_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", UNFIT["a hash"])
    monkeypatch.setenv("NO_PROXY", "publisher.example")
    refuse_unfit_proxy(URL)


@pytest.mark.parametrize(
    ("said", "left"),
    [
        ("Failed to parse: http://ann:top#secret@proxy:8080", "Failed to parse: http://***@proxy:8080"),
        ("bad port 'top#secret'", "bad port '***'"),
        ("407 for ann:top#secret", "407 for ***"),
        ("no connection to publisher.example", "no connection to publisher.example"),
    ],
)
def test_what_a_library_says_loses_its_secrets(monkeypatch: pytest.MonkeyPatch, said: str, left: str) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://ann:top%23secret@proxy:8080")
    assert without_secrets(said) == left
