"""One file out of a zip: the one that is named, never more than it may be."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from pipelines.sources.access import web_file
from pipelines.sources.access.web_file import ZipMember, unpacked
from pipelines.sources.contract import ContractBroken
from tests.unit.sources.access.made_fetcher import MadeFetcher

URL = "https://publisher.example/a.zip"


def packed(**files: bytes) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in files.items():
            archive.writestr(name, body)
    return content.getvalue()


def test_the_member_is_kept_with_what_the_zip_was_asked_with(tmp_path: Path) -> None:
    archive = packed(**{"folder/census-lsoa.csv": b"a,b\n", "census-msoa.csv": b"c", "__MACOSX/._census-lsoa.csv": b""})
    fetched = ZipMember(URL, "-lsoa.csv").fetch(MadeFetcher(tmp_path, {URL: archive}))
    assert fetched.received
    assert (fetched.url, fetched.received.file.read_bytes()) == (f"{URL}#-lsoa.csv", b"a,b\n")
    assert fetched.received.etag == '"1"'
    assert [file.read_bytes() for file in tmp_path.iterdir()] == [b"a,b\n"], "the zip itself is gone"


@pytest.mark.parametrize(
    ("archive", "words"),
    [
        (packed(**{"other.csv": b"a"}), "no file named"),
        (packed(**{"one.xlsx": b"a", "two.xlsx": b"b"}), "more than one file"),
        (packed(), "no file named"),
        (b"PK\x03\x04 and nothing more", "no whole zip"),
        (packed(**{"one.xlsx": b"abc" * 100})[:-40], "no whole zip"),
        (b"", "no whole zip"),
    ],
    ids=["another file", "two files", "no file", "only a start", "cut short", "nothing"],
)
def test_a_zip_without_the_file_is_refused(archive: bytes, words: str) -> None:
    with pytest.raises(ContractBroken, match=words):
        unpacked(archive, ".xlsx", where=URL)


def test_a_damaged_member_is_refused() -> None:
    archive = bytearray(packed(**{"one.xlsx": bytes(range(256)) * 40}))
    archive[60] ^= 0xFF
    with pytest.raises(ContractBroken, match="no whole zip"):
        unpacked(bytes(archive), ".xlsx", where=URL)


def test_a_bomb_is_refused_before_it_is_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web_file, "RATIO_MATTERS_FROM", 1_000_000)
    with pytest.raises(ContractBroken, match="too big") as error:
        unpacked(packed(**{"one.csv": b"0" * 4_000_000}), ".csv", where=URL)
    assert "more than 1,000,000 bytes" in error.value.found
    monkeypatch.setattr(web_file, "MOST_BYTES", 500)
    with pytest.raises(ContractBroken, match="too big"):
        unpacked(packed(**{"one.csv": b"0" * 501}), ".csv", where=URL)
