"""A file attached to a page of GOV.UK: by its number, never a withdrawn issue, and a new issue is told."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipelines.notes import Kind
from pipelines.sources import iod
from pipelines.sources.access.govuk import API, ASSETS, GovUkAttachment, media_id
from pipelines.sources.contract import ContractBroken, Snapshot
from tests.unit.sources.access.made_fetcher import MadeFetcher

SEVEN = GovUkAttachment("/government/statistics/made", 7, ".csv", withdrawn={"bad0": "wrong for E01027305"})
PAGE = f"{API}/government/statistics/made"


def address(media: str, name: str = "File_7_IoD2025.csv") -> str:
    return f"https://{ASSETS}/media/{media}/{name}"


def fetcher(tmp_path: Path, *files: tuple[str, str]) -> MadeFetcher:
    attached = [{"title": title, "filename": url.rpartition("/")[2], "url": url} for title, url in files]
    page = {"public_updated_at": "2025-11-19T09:30:00Z", "details": {"attachments": attached}}
    return MadeFetcher(tmp_path, {PAGE: json.dumps(page).encode(), **{url: b"a,b\n" for _, url in files}})


def test_the_file_is_found_by_its_number_and_kind(tmp_path: Path) -> None:
    made = fetcher(
        tmp_path,
        ("File 1: index", address("aa", "File_1.xlsx")),
        ("File 7: all ranks, scores (notes)", address("bb", "File_7.xlsx")),
        ("File 7: all ranks, scores", address("cc")),
        ("File 70: other", address("dd", "File_70.csv")),
    )
    fetched = SEVEN.fetch(made)
    assert (fetched.url, fetched.notes) == (address("cc"), ())
    assert fetched.remark == "GOV.UK media cc; page updated 2025-11-19"


@pytest.mark.parametrize(
    "files",
    [
        (),
        (("File 6: populations", address("aa", "File_6.csv")),),
        (("File 7", address("aa")), ("File 7 (v2)", address("bb", "File_7_v2.csv"))),
        (("File 7", "https://elsewhere.example/media/aa/File_7.csv"),),
        (("File 7", f"https://{ASSETS}/File_7.csv"),),
    ],
)
def test_a_page_without_the_one_file_is_refused(files: tuple[tuple[str, str], ...], tmp_path: Path) -> None:
    with pytest.raises(ContractBroken, match="no one File 7"):
        SEVEN.fetch(fetcher(tmp_path, *files))


@pytest.mark.parametrize("page", [b"[]", b'{"details": null}', b'{"details": {"attachments": [1]}}'])
def test_a_page_of_another_shape_is_refused(page: bytes, tmp_path: Path) -> None:
    with pytest.raises(ContractBroken, match="no one File 7"):
        SEVEN.fetch(MadeFetcher(tmp_path, {PAGE: page}))


def test_an_issue_that_is_known_to_be_wrong_is_never_taken(tmp_path: Path) -> None:
    with pytest.raises(ContractBroken, match="known to be wrong") as error:
        SEVEN.fetch(fetcher(tmp_path, ("File 7", address("bad0"))))
    assert "E01027305" in error.value.found


def test_a_new_issue_is_told_with_both_media_ids(tmp_path: Path) -> None:
    held = Snapshot("made", "iod/made.csv", address("aa"), "0" * 64, 1, datetime.now(UTC), "", "", False, "publisher")
    made = replace(fetcher(tmp_path, ("File 7", address("bb"))), last_good=held)
    (note,) = SEVEN.fetch(made).notes
    assert (note.kind, note.label, note.title, note.day) == (Kind.REISSUED, "bb", "aa", "2025-11-19")
    made.last_good = replace(held, url=address("bb"))
    assert SEVEN.fetch(made).notes == ()


def test_media_ids_of_both_forms() -> None:
    assert media_id(address("691ded56d140bbbaa59a2a7d")) == "691ded56d140bbbaa59a2a7d"
    assert media_id(f"https://{ASSETS}/government/uploads/system/uploads/attachment_data/file/845345/a.csv") == "845345"
    assert media_id("https://www.gov.uk/a.csv") == ""


def test_no_file_of_the_indices_is_pinned_to_a_withdrawn_issue() -> None:
    pinned = [ways[-1].url for resource in iod.RESOURCES for _, ways in resource.files()]
    assert len(pinned) == len(iod.RESOURCES)
    assert not {media_id(url) for url in pinned} & {*iod.WITHDRAWN, ""}
