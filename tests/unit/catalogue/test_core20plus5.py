"""The elements of Core20PLUS5: what is refused of a block, and the file in the catalogue against the reference list."""

from __future__ import annotations

import csv
import re

import pytest

from pipelines import catalogue
from pipelines.catalogue.core20plus5 import read_elements
from pipelines.catalogue.faults import Fault
from tests.shared import CATALOGUE, needs_catalogue

KNOWN = catalogue.load()
BLOCK = """
[A4]
group = "adults"
title = "Early cancer diagnosis"
ask = "Three in four."
indicators = ["cancer_stage_1_2"]
fit = "the_ask"
shown = "The share."
"""


def test_a_block_is_an_element() -> None:
    faults: list[Fault] = []
    element = read_elements(BLOCK, KNOWN.indicators, faults)["A4"]
    assert faults == []
    assert (element.code, element.indicators, element.better_source) == ("A4", ("cancer_stage_1_2",), "")


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ("[A4]", "[A9]", "-"),
        ("cancer_stage_1_2", "cancer_stage_9", "indicators"),
        ("cancer_stage_1_2", "stillbirth_rate", "indicators"),
        ('"the_ask"', '"near"', "fit"),
        ('"adults"', '"men"', "group"),
        ('shown = "The share."\n', "", "shown"),
        ("ask =", "asks =", "asks"),
    ],
)
def test_what_is_wrong_in_a_block_is_named(old: str, new: str, key: str) -> None:
    faults: list[Fault] = []
    read_elements(BLOCK.replace(old, new), KNOWN.indicators, faults)
    assert key in {fault.key for fault in faults}


def test_every_element_of_the_approach_is_there() -> None:
    assert list(KNOWN.elements) == ["A1", "A2", "A3", "A4", "A5", "S", "C1", "C2", "C3", "C4", "C5"]
    frame = catalogue.core20plus5_frame(KNOWN)
    assert frame.columns == list(catalogue.CORE20PLUS5_COLUMNS)
    assert frame.filter(element="S")["preference"].to_list() == [1, 2, 3]


@needs_catalogue
def test_each_element_has_the_indicators_of_the_reference_list() -> None:
    with (CATALOGUE / "core20plus5.csv").open(encoding="utf-8-sig", newline="") as lines:
        _, *table = csv.reader(lines)
    # The ids by their form: one row of the list has an unquoted comma before them.
    rows = {row[0]: next(cell for cell in row if re.fullmatch("[0-9]+(;[0-9]+)*", cell)) for row in table}
    assert rows.keys() == KNOWN.elements.keys()
    for code, ids in rows.items():
        named = {KNOWN.indicators[slug].fingertips_id for slug in KNOWN.elements[code].indicators}
        assert {int(one) for one in ids.split(";")} <= named, code
