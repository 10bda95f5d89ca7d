"""ONS's tidy local statistics: periods as ISO intervals, a status in place of a value, notes that stay."""

from __future__ import annotations

from datetime import date

import pytest

from pipelines.sources.contract import OBSERVATION, ContractBroken, Parsed
from pipelines.sources.ons import explore
from tests.unit.sources.made_files import SHA256, a_snapshot

HEADER = "areacd,areanm,geography,indicator,period,observation,measure,unit,lci_95,uci_95,status,notes\n"
MALE = "E06000001,Made,County or Unitary Authority,Male healthy life expectancy,2011-01-01/P3Y,57.5,Years,yrs,56,59,,\n"
STAGE = "E07000001,Made,Local Authority District,Cancer diagnosis at stage 1 and 2,2019-01-01/P1Y,{},%,%,{},{},{},{}\n"


def read(*lines: str, header: str = HEADER) -> Parsed:
    parsed = explore.parse((header + "".join(lines)).encode(), a_snapshot("ons/explore_local_statistics_made.csv"))
    assert parsed.rows_in == parsed.rows.height + parsed.rejected.height
    return parsed


def test_a_row_says_what_its_indicator_is() -> None:
    assert read(MALE).rows.row(0, named=True) == dict.fromkeys(OBSERVATION) | {
        "indicator": "healthy_life_expectancy_at_birth", "area_code": "E06000001", "area_type": "upper_tier",
        "period": "2011-13", "period_label": "2011-01-01/P3Y", "period_length": "3y",
        "period_start": date(2011, 1, 1), "period_end": date(2013, 12, 31), "sex": "male", "age": "at_birth",
        "age_label": "at birth", "dimension": "total", "scheme": "total", "category": "total", "value": 57.5,
        "value_lower": 56.0, "value_upper": 59.0, "source": "ons_explore_local_statistics",
        "snapshot_sha256": SHA256, "source_line": 2,
    }  # fmt: skip


@pytest.mark.parametrize(
    "header", [HEADER.upper(), "\ufeff" + HEADER, HEADER.replace("lci_95,uci_95", "LCI 95,UCI.95")]
)
def test_headers_are_known_by_their_letters_and_digits(header: str) -> None:
    assert read(MALE, header=header).rows["value_upper"].to_list() == [59.0]


@pytest.mark.parametrize(
    ("cells", "value", "code", "note"),
    [
        (("50", "45", "55", "", ""), 50.0, None, None),
        (("", "", "", "u", ""), None, "not_published_quality", "ONS marker [u]: low reliability, not published"),
        (("", "", "", "c", ""), None, "suppressed_small_count", "ONS marker [c]: confidential, suppressed"),
        (("50", "45", "55", "p", ""), 50.0, "other_note", "ONS status p"),
        (("50", "45", "55", "", "Value for A and B combined"), 50.0, "combined_with_other_area",
         "Value for A and B combined"),
        (("", "", "", "u", "Obsolete code"), None, "not_published_quality",
         "ONS marker [u]: low reliability, not published. Obsolete code"),
    ],
)  # fmt: skip
def test_a_status_and_a_note_are_typed(cells: tuple[str, ...], value: float, code: str, note: str) -> None:
    found = read(STAGE.format(*cells)).rows.row(0, named=True)
    assert (found["value"], found["note_code"], found["note"]) == (value, code, note)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (
            MALE.replace("E06000001", "K02000001"),
            "area_code: not an area of England, Wales, Scotland or Northern Ireland",
        ),
        (MALE.replace("Male healthy life expectancy", "Otters"), "the indicator Otters is none of ours"),
        (MALE.replace("2011-01-01/P3Y", "2011-01-15/P3Y"), "period: The period '2011-01-15/P3Y' cannot be read"),
        (STAGE.format("", "", "", "", ""), "value: empty, without a marker that says why"),
        (MALE.replace(",56,59,", ",60,59,"), "limits: crossed, the lower 60 is above the upper 59"),
        ("E06000001,Made,Region,Male healthy life expectancy\n", "fewer cells than the header"),
    ],
)
def test_a_row_that_cannot_be_read_is_rejected_with_its_reason(line: str, reason: str) -> None:
    parsed = read(MALE, line)
    assert parsed.rejected["reason"].item().startswith(reason)
    assert parsed.rejected["source_line"].item() == 3


def test_another_layout_is_refused() -> None:
    with pytest.raises(ContractBroken, match="'areacd' is missing"):
        read(MALE, header=HEADER.replace("areacd", "place"))
    with pytest.raises(ContractBroken, match="no row that can be read"):
        read(MALE.replace("E06000001", "K02000001"))
