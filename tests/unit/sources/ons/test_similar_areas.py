"""ONS's most similar areas: a column a place in the file, a row a place with us."""

from __future__ import annotations

import pytest

from pipelines.sources.contract import ContractBroken, Parsed
from pipelines.sources.ons import similar_areas
from tests.unit.sources.made_files import a_snapshot

TEXT = "\ufeffAREACD,1,2,3\nE06000001,E08000001,W06000001,S12000001\nE06000002,E06000001,E07000001,\n"


def read(text: str) -> Parsed:
    return similar_areas.parse(text.encode(), a_snapshot("geography/similar_areas_global.csv"))


def test_each_place_is_a_row_and_an_empty_one_is_none() -> None:
    parsed = read(TEXT)
    assert sorted(parsed.rows.select("area_code", "place", "similar_area_code", "source_line").rows()) == [
        ("E06000001", 1, "E08000001", 2), ("E06000001", 2, "W06000001", 2), ("E06000001", 3, "S12000001", 2),
        ("E06000002", 1, "E06000001", 3), ("E06000002", 2, "E07000001", 3),
    ]  # fmt: skip
    assert (parsed.rows_in, parsed.rejected.height) == (5, 0)


def test_what_is_no_area_or_the_area_itself_is_rejected() -> None:
    parsed = read(TEXT.replace("W06000001", "Wales").replace("E07000001", "E06000002"))
    assert sorted(parsed.rejected["reason"]) == [
        "an area is not similar to itself", "similar_area_code: not a letter and eight digits"
    ]  # fmt: skip


@pytest.mark.parametrize("header", ["AREACD,1,3", "AREACD,a,b,c"])
def test_a_list_with_a_gap_is_refused(header: str) -> None:
    with pytest.raises(ContractBroken, match="no list of similar areas"):
        read(header + TEXT[TEXT.index("\n") :])
