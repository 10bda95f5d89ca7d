"""Census 2021 people by neighbourhood and age, and England's people by deprivation decile."""

import pytest

from pipelines.sources import nomis as population
from pipelines.sources.contract import ContractBroken
from tests.shared import MIRROR, needs_mirror
from tests.unit.sources.made_files import SHA256, a_snapshot

PREAMBLE = '\n"TS007A - Age by five-year age bands"\n"Date       :","2021"\n\n'
HEADER = '"2021 super output area - lower layer","mnemonic","Total",' + ",".join(
    f'"{band.capitalize()}"' for band in population.AGE_BANDS.values()
)
BANDS = list(range(1, 19))  # sums to 171


def census(*rows: str) -> bytes:
    return (
        PREAMBLE + HEADER + "\n\n" + "\n".join(rows) + '\n\n"In order to protect against disclosure ..."\n\n'
    ).encode()


def row(name: str, code: str, total: object, bands: list[int] = BANDS) -> str:
    return ",".join([f'"{name}"', f'"{code}"', str(total), *map(str, bands)])


def test_census_rows_are_found_between_preamble_and_footer() -> None:
    parsed = population.parse_census_population(
        census(row("Hartlepool 001A", "E01011954", 171), row("Merthyr Tydfil 008F", "W01001898", 171)), a_snapshot()
    )
    assert dict(parsed.rows.schema) == population.POPULATION_BY_LSOA
    assert parsed.rows.row(0) == (
        2021,
        "2021",
        "E01011954",
        "Hartlepool 001A",
        171,
        *BANDS,
        "population_by_lsoa",
        SHA256,
        7,
    )
    assert parsed.rows["lsoa_code"].to_list() == ["E01011954", "W01001898"]
    assert (parsed.rows_in, parsed.rejected.height) == (2, 0)


def test_bands_run_without_a_gap_to_85_and_over() -> None:
    assert list(population.AGE_BANDS)[:2] == ["population_aged_0_4", "population_aged_5_9"]
    assert list(population.AGE_BANDS)[-2:] == ["population_aged_80_84", "population_aged_85_and_over"]
    assert len(population.AGE_BANDS) == population.TOTAL_TOLERANCE == 18


def test_a_total_may_miss_its_sum_by_one_person_a_band_and_no_more() -> None:
    parsed = population.parse_census_population(
        census(row("A", "E01000001", 171 + 18), row("B", "E01000002", 171 - 18), row("C", "E01000003", 171 + 19)),
        a_snapshot(),
    )
    assert parsed.rows["lsoa_name"].to_list() == ["A", "B"]
    assert parsed.rejected["reason"].to_list() == ["the total is not the sum of the age bands (within 18)"]


def test_a_marker_for_a_number_or_a_bad_code_is_rejected() -> None:
    parsed = population.parse_census_population(
        census(row("A", "E01000001", 171), row("B", "E01000002", "[c]"), row("C", "C1", 171)), a_snapshot()
    )
    assert parsed.rejected["reason"].to_list() == [
        "population: not a number",
        "lsoa_code: not a letter and eight digits",
    ]
    assert parsed.rows_in == 3


def test_a_census_without_an_age_band_or_rows_is_refused() -> None:
    without = HEADER.replace(',"Aged 20 to 24 years"', "").encode() + b"\n"
    with pytest.raises(ContractBroken, match="'aged 20 to 24 years' is missing"):
        population.parse_census_population(without, a_snapshot())
    with pytest.raises(ContractBroken, match="a header and no rows"):
        population.parse_census_population((PREAMBLE + HEADER + "\n").encode(), a_snapshot())


def test_people_by_decile() -> None:
    text = (
        "area_code,imd_release,lsoa_vintage,decile,population,population_reference,source_reference\n"
        "E92000001,2019,2011,1,5500000,mid-2015 excluding prisoners,File 7\n"
        "E92000001,2019,2011,11,5500000,mid-2015 excluding prisoners,File 7\n"
        "E92000001,latest,2011,2,5500000,mid-2015 excluding prisoners,File 7\n"
        "E92000001,\u0662\u0660\u0661\u0669,2011,2,5500000,mid-2015 excluding prisoners,File 7\n"
    )
    parsed = population.parse_population_by_decile(text.encode(), a_snapshot())
    assert dict(parsed.rows.schema) == population.POPULATION_BY_DECILE
    assert parsed.rows.rows() == [
        (
            "E92000001",
            "2019",
            "2011",
            1,
            5_500_000,
            "mid-2015 excluding prisoners",
            "File 7",
            "population_by_deprivation_decile",
            SHA256,
            2,
        )
    ]
    assert parsed.rejected["reason"].to_list() == ["decile: above 10", *["imd_release: not a year"] * 2]
    assert parsed.rows_in == 4


@needs_mirror
def test_published_census() -> None:
    content = (MIRROR / "ons/census2021_population_by_lsoa21_age.csv").read_bytes()
    parsed = population.parse_census_population(content, a_snapshot())
    assert (parsed.rows.height, parsed.rejected.height, parsed.rows_in) == (35672, 0, 35672)
    assert parsed.rows["lsoa_code"].is_unique().all()
    assert (parsed.rows["population"] - parsed.rows.select(*population.AGE_BANDS).sum_horizontal()).abs().max() == 0
