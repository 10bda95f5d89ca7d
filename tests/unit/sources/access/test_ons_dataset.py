"""The current file on an ONS landing page: found by its link, however it is named."""

import json
from pathlib import Path
from urllib.parse import quote

import pytest

from pipelines.sources.access.ons_dataset import DatasetApi, current_file
from pipelines.sources.contract import ContractBroken
from tests.unit.sources.access.made_fetcher import MadeFetcher

FOLDER = "/health/lifeexpectancies/datasets/healthylifeexpectancyuk"
PAGE = "https://www.ons.gov.uk" + FOLDER


def a_page(*addresses: str) -> bytes:
    links = "".join(f'<li><a class="btn" href="{address}">xlsx (1.2 MB)</a></li>' for address in addresses)
    return f'<!doctype html><html><body><a href="/">Home</a><ul>{links}</ul></body></html>'.encode()


def find(page: bytes, suffix: str = ".xlsx") -> str:
    return current_file(page, page_url=PAGE, suffix=suffix)


@pytest.mark.parametrize("name", ["healthylifeexpectancyenglandandwales.xlsx", "healthylifeexpectancyuk.xlsx"])
def test_a_renamed_file_is_found(name: str) -> None:
    assert find(a_page(f"/file?uri={FOLDER}/current/{name}")) == (
        f"https://www.ons.gov.uk/file?uri={FOLDER}/current/{name}"
    )


def test_the_first_edition_wins_since_the_newest_is_listed_first() -> None:
    page = a_page(
        f"/file?uri={FOLDER}/between2001to2003and2022to2024/new.xlsx",
        f"/file?uri={FOLDER}/between2001to2003and2021to2023/old.xlsx",
    )
    assert find(page).endswith("/between2001to2003and2022to2024/new.xlsx")


def test_the_current_edition_wins_wherever_it_stands() -> None:
    page = a_page(f"/file?uri={FOLDER}/2018to2020/old.xlsx", f"/file?uri={FOLDER}/current/new.xlsx")
    assert find(page).endswith("/current/new.xlsx")


def test_a_file_of_another_kind_is_passed_over() -> None:
    page = a_page(f"/file?uri={FOLDER}/current/table.csv", f"/file?uri={FOLDER}/current/table.XLSX")
    assert find(page).endswith("/current/table.XLSX")
    assert find(page, ".csv").endswith("/current/table.csv")


@pytest.mark.parametrize(
    "address",
    [
        f"https://www.ons.gov.uk/file?uri={FOLDER}/current/a.xlsx",
        f"http://www.ons.gov.uk/file?uri={FOLDER}/current/a.xlsx",
        f"/file?format=xlsx&amp;uri={FOLDER}/current/a.xlsx",
        f"/file?uri={FOLDER.replace('/', '%2F')}%2Fcurrent%2Fa.xlsx",
    ],
)
def test_every_form_of_the_link_gives_one_address(address: str) -> None:
    assert find(a_page(address)) == f"https://www.ons.gov.uk/file?uri={FOLDER}/current/a.xlsx"


def test_a_name_with_a_space_becomes_an_address() -> None:
    assert find(a_page(f"/file?uri={FOLDER}/current/table one.xlsx")).endswith("/current/table%20one.xlsx")


@pytest.mark.parametrize(
    ("page", "found"),
    [
        (b"", "0 bytes without a link"),
        (b'{"message": "no page"}', "22 bytes without a link"),
        (a_page(), "1 links, none to a file"),
        (a_page("/file?uri=/health/datasets/another/current/a.xlsx"), "files elsewhere or of another kind"),
        (a_page(f"/file?uri={FOLDER}/current/a.csv"), "files elsewhere or of another kind"),
        (a_page(f"https://elsewhere.example/file?uri={FOLDER}/current/a.xlsx"), "2 links, none to a file"),
        (a_page("http://[", f"/file?uri={FOLDER}/../another/a.xlsx"), "3 links, none to a file"),
        (f"<!-- {a_page(f'/file?uri={FOLDER}/current/a.xlsx').decode()} -->".encode(), "without a link"),
    ],
)
def test_a_page_without_the_file_is_refused(page: bytes, found: str) -> None:
    with pytest.raises(ContractBroken) as refused:
        find(page)
    assert found in refused.value.found
    assert refused.value.where == PAGE


API_PAGE = f"https://api.beta.ons.gov.uk/v1/data?uri={FOLDER}/current"


@pytest.mark.parametrize("name", ["healthylifeexpectancyuk.xlsx", "named anew.xlsx"])
def test_the_api_names_the_file_of_the_current_edition(name: str, tmp_path: Path) -> None:
    file = f"https://www.ons.gov.uk/file?uri={quote(f'{FOLDER}/current/{name}')}"
    said = json.dumps({"downloads": [{"file": "a.csv"}, {"file": name}, {"file": "older.xlsx"}]}).encode()
    fetched = DatasetApi(FOLDER).fetch(MadeFetcher(tmp_path, {API_PAGE: said, file: b"PK"}))
    assert fetched.url == file


@pytest.mark.parametrize(
    "said",
    [
        "{}",
        '{"downloads": []}',
        '{"downloads": [{"file": "a.csv"}, 3]}',
        "[]",
        '{"downloads": [{"file": "../a.xlsx"}]}',
    ],
)
def test_a_data_set_without_such_a_file_is_refused(said: str, tmp_path: Path) -> None:
    with pytest.raises(ContractBroken, match=r"names no \.xlsx file"):
        DatasetApi(FOLDER).fetch(MadeFetcher(tmp_path, {API_PAGE: said.encode()}))


def test_a_web_page_in_place_of_json_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ContractBroken, match="no JSON but a web page"):
        DatasetApi(FOLDER).fetch(MadeFetcher(tmp_path, {API_PAGE: b"<html>Sorry</html>"}))
