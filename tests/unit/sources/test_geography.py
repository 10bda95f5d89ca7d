"""Lookups between geographies: each layout, under the mirror's headers and the portal's own."""

import pytest

from pipelines.sources import geography
from pipelines.sources.contract import ContractBroken
from tests.shared import MIRROR, needs_mirror
from tests.unit.sources.made_files import SHA256, a_snapshot


def rows_of(name: str, text: str) -> list[tuple[object, ...]]:
    """Rows without provenance, which is checked here."""
    rows = geography.parse_lookup(text.encode(), a_snapshot(), name=name).rows
    table = geography.LOOKUPS[name].table
    assert dict(rows.schema) == geography.TABLES[table]
    assert rows.row(0)[-3:] == (table, SHA256, 2)
    return [row[:-3] for row in rows.rows()]


@pytest.mark.parametrize(
    "header", ["lsoa11_name,lsoa11_code,ltla19_name,ltla19_code", "LSOA11NM,LSOA11CD,LAD19NM,LAD19CD"]
)
def test_lsoa_to_lad(header: str) -> None:
    rows = rows_of("lsoa11_to_lad19", f"{header}\nCardiff 1A,W01000001,Cardiff,W06000015\n")
    assert rows == [("2011", "W01000001", "Cardiff 1A", "2019", "W06000015", "Cardiff")]


def test_lsoa_change_keeps_its_code() -> None:
    header = "lsoa11_name,lsoa11_code,change_code,lsoa21_name,lsoa21_code,ltla22_name,ltla22_code"
    rows = rows_of("lsoa11_to_lsoa21_to_lad22", f"{header}\nA 1,E01000001,S,A 1x,E01000009,A,E06000001\n")
    assert rows == [("E01000001", "A 1", "S", "E01000009", "A 1x", "E06000001", "A")]


@pytest.mark.parametrize(
    ("name", "sub_icb", "icb", "lsoa_vintage", "icb_vintage"),
    [
        ("lsoa11_to_icb22", "sicbl22_name,sicbl22_code,sicbl22_code_h", "icb22_name,icb22_code,icb22_code_h", 11, 22),
        (
            "lsoa21_to_icb24",
            "sicbl24_name,sicbl24_code,sicbl24_code_nhs",
            "icb24_name,icb24_code,icb24_code_nhs",
            21,
            24,
        ),
        ("lsoa21_to_icb24", "SICBL24NM,SICBL24CD,SICBL24CDH", "ICB24NM,ICB24CD,ICB24CDH", 21, 24),
    ],
)
def test_lsoa_to_icb(name: str, sub_icb: str, icb: str, lsoa_vintage: int, icb_vintage: int) -> None:
    header = f"lsoa{lsoa_vintage}_code,{sub_icb},{icb}"
    (row,) = rows_of(name, f"{header}\nE01000001,Sub,E38000068,01F,Board,E54000008,QYG\n")
    assert row[:3] == (f"20{lsoa_vintage}", "E01000001", f"20{icb_vintage}")
    assert row[3:] == ("E54000008", "QYG", "Board", "E38000068", "01F", "Sub")


def test_lad_to_upper_tier_and_region_take_names_and_codes_from_headers_not_places() -> None:
    by_name = rows_of("lad19_to_utla19", "ltla19_name,ltla19_code,utla19_name,utla19_code\nA,E07000001,B,E10000001\n")
    by_code = rows_of("lad23_to_utla23", "ltla23_code,ltla23_name,utla23_code,utla23_name\nE07000001,A,E10000001,B\n")
    assert by_name == [("2019", "E07000001", "A", "E10000001", "B")]
    assert by_code == [("2023", "E07000001", "A", "E10000001", "B")]
    region = "\nX06000001,A,X12000001,B\n"
    for header in ("ltla19_code,ltla19_name,region19_code,region19_name", "LAD19CD,LAD19NM,RGN19CD,RGN19NM"):
        assert rows_of("lad19_to_region19", header + region) == [("2019", "X06000001", "A", "X12000001", "B")]


def test_repeated_rows_are_kept_and_a_bad_code_is_rejected() -> None:
    text = "ltla19_code,ltla19_name,region19_code,region19_name\n" + "E06000001,A,E12000001,B\n" * 2 + "London,A,B,C\n"
    parsed = geography.parse_lookup(text.encode(), a_snapshot(), name="lad19_to_region19")
    assert (parsed.rows.height, parsed.rows_in) == (2, 3)
    assert parsed.rejected.select("source_line", "reason", "row_text").rows() == [
        (4, "lad_code: not a letter and eight digits", "London,A,B,C")
    ]


def test_another_vintage_is_refused_and_the_closest_header_named() -> None:
    with pytest.raises(ContractBroken, match="closest is 'ltla21_code'"):
        geography.parse_lookup(
            b"ltla21_code,ltla21_name,utla19_code,utla19_name\n", a_snapshot(), name="lad19_to_utla19"
        )


def test_history_is_one_row_per_chain_and_year() -> None:
    text = (
        "ltla22_code,ltla22_name,ltla23_code,ltla23_name\n"
        "E07000026,Allerdale,E06000063,Cumberland\nE07000028,Carlisle,E06000063,Cumberland\n"
    )
    parsed = geography.parse_lad_history(text.encode(), a_snapshot())
    assert dict(parsed.rows.schema) == geography.TABLES["lad_history"]
    assert sorted(parsed.rows.select("chain", "year", "lad_code", "lad_name", "source_line").rows()) == [
        (1, 2022, "E07000026", "Allerdale", 2),
        (1, 2023, "E06000063", "Cumberland", 2),
        (2, 2022, "E07000028", "Carlisle", 3),
        (2, 2023, "E06000063", "Cumberland", 3),
    ]
    assert (parsed.rows_in, parsed.rejected.height) == (4, 0)


def test_a_bad_code_in_the_history_rejects_that_year_only() -> None:
    text = "ltla22_code,ltla22_name,ltla23_code,ltla23_name\nE07000026,Allerdale,,Cumberland\n"
    parsed = geography.parse_lad_history(text.encode(), a_snapshot())
    assert parsed.rows.select("chain", "year").rows() == [(1, 2022)]
    assert parsed.rejected["reason"].to_list() == ["lad_code: empty"]
    assert parsed.rows_in == 2


def test_a_history_with_half_a_year_or_one_year_is_refused() -> None:
    with pytest.raises(ContractBroken, match="ltla23_name"):
        geography.parse_lad_history(b"ltla22_code,ltla22_name,ltla23_code\nE07000026,A,E06000063\n", a_snapshot())
    with pytest.raises(ContractBroken, match="no history"):
        geography.parse_lad_history(b"ltla22_code,ltla22_name\nE07000026,A\n", a_snapshot())
    with pytest.raises(ContractBroken, match="no history") as error:
        geography.parse_lad_history(b"ltla22_code,ltla22_name," + b"x" * 30_000 + b"\nE07000026,A\n", a_snapshot())
    assert len(str(error.value)) < 3_000


def test_resources_name_what_the_run_needs_and_where_files_lie() -> None:
    held = {resource.name: resource for resource in geography.RESOURCES}
    assert {name for name, resource in held.items() if resource.required} == {
        "lsoa11_to_lad19",
        "lad19_to_utla19",
        "lad19_to_region19",
    }
    assert all(resource.path == f"geography/{name}.csv" for name, resource in held.items())
    assert all(set(resource.key) <= set(resource.schema) for resource in held.values())


@needs_mirror
@pytest.mark.parametrize(
    ("name", "rows"),
    [
        ("lsoa11_to_lad19", 34753),
        ("lsoa21_to_lad24", 35672),
        ("lsoa11_to_lsoa21_to_lad22", 35795),
        ("lsoa11_to_icb22", 32844),
        ("lsoa21_to_icb24", 33755),
        ("lad19_to_utla19", 339),
        ("lad21_to_utla21", 331),
        ("lad23_to_utla23", 318),
        ("lad19_to_region19", 317),
        ("lad23_to_region23", 296),
        ("lad24_to_region24", 296),
        ("lad_history_2016_2024", 393 * 9),
    ],
)
def test_published_files(name: str, rows: int) -> None:
    resource = next(resource for resource in geography.RESOURCES if resource.name == name)
    parsed = resource.parser((MIRROR / resource.path).read_bytes(), a_snapshot(resource.path))
    assert (parsed.rows.height, parsed.rejected.height, parsed.rows_in) == (rows, 0, rows)
    assert dict(parsed.rows.schema) == resource.schema
    assert parsed.rows.select(resource.key).is_unique().all()
    assert parsed.rows.drop("source").null_count().sum_horizontal().item() == 0
