"""Files 1, 7, 10 and 11 of the Indices of Deprivation, 2019 and 2025."""

import pytest

from pipelines.sources import iod
from pipelines.sources.contract import ContractBroken
from tests.shared import MIRROR, needs_mirror
from tests.unit.sources.made_files import SHA256, a_snapshot, a_workbook

NAMES = {
    "imd": "Index of Multiple Deprivation (IMD)",
    "income": "Income",
    "employment": "Employment",
    "education": "Education, Skills and Training",
    "health": "Health Deprivation and Disability",
    "crime": "Crime",
    "barriers": "Barriers to Housing and Services",
    "living_environment": "Living Environment",
    "idaci": "Income Deprivation Affecting Children Index (IDACI)",
    "idaopi": "Income Deprivation Affecting Older People (IDAOPI)",
    "children_and_young_people": "Children and Young People Sub-domain",
    "adult_skills": "Adult Skills Sub-domain",
    "geographical_barriers": "Geographical Barriers Sub-domain",
    "wider_barriers": "Wider Barriers Sub-domain",
    "indoors": "Indoors Sub-domain",
    "outdoors": "Outdoors Sub-domain",
}
RANK = "(where 1 is most deprived)"
DECILE = "(where 1 is most deprived 10% of LSOAs)"
PEOPLE = {
    "2019": {
        "Total population: mid 2015 (excluding prisoners)": "1296",
        "Dependent Children aged 0-15: mid 2015 (excluding prisoners)": "175",
        "Population aged 16-59: mid 2015 (excluding prisoners)": "656",
        "Older population aged 60 and over: mid 2015 (excluding prisoners)": "465",
        "Working age population 18-59/64: for use with Employment Deprivation Domain (excluding prisoners) ": "715",
    },
    "2025": {
        "Total population: mid 2022": "1795",
        "Dependent Children aged 0-15: mid 2022": "149",
        "Older population aged 60 and over: mid 2022": "520",
        "Working age population 18-66 (for use with Employment Deprivation Domain): mid 2022": "1248",
    },
}


def file_7(release: str, **changed: str) -> dict[str, str]:
    """Header and cell of each column: index number n (from 1) has score -n / 10, rank n and decile 1 to 10."""
    lsoa, lad = {"2019": ("2011", "2019"), "2025": ("2021", "2024")}[release]
    cells = {
        f"LSOA code ({lsoa})": "E01000001",
        f"LSOA name ({lsoa})": "City of London 001A",
        f"Local Authority District code ({lad})": "E09000001",
        f"Local Authority District name ({lad})": "City of London",
    }
    for number, (slug, name) in enumerate(NAMES.items(), 1):
        rate = " (rate)" if slug in {"income", "employment", "idaci", "idaopi"} else ""
        cells[f"{name} Score{rate}"] = str(-number / 10)
        cells[f"{name} Rank {RANK}"] = str(number)
        decile = DECILE.removesuffix("As)") if (release, slug) == ("2025", "children_and_young_people") else DECILE
        cells[f"{name} Decile {decile}"] = str((number - 1) % 10 + 1)
    cells |= PEOPLE[release]
    assert not set(changed) - set(cells)
    return cells | changed


def as_csv(*rows: dict[str, str]) -> bytes:
    lines = [",".join(f'"{cell}"' for cell in row) for row in (list(rows[0]), *(row.values() for row in rows))]
    return "\n".join(lines).encode()


@pytest.mark.parametrize(
    ("release", "vintage", "people", "reference"),
    [
        ("2019", "2011", (1296, 175, 656, 465, 715), "mid-2015 excluding prisoners"),
        ("2025", "2021", (1795, 149, None, 520, 1248), "mid-2022"),
    ],
)
def test_file_7_gives_every_index_and_population(
    release: str, vintage: str, people: tuple[int | None, ...], reference: str
) -> None:
    parsed = iod.parse_file_7(as_csv(file_7(release)), a_snapshot(), release=release)
    assert dict(parsed.rows.schema) == iod.FILE_7
    (row,) = parsed.rows.rows(named=True)
    assert tuple(row.values())[:6] == (
        release,
        vintage,
        "E01000001",
        "City of London 001A",
        "E09000001",
        "City of London",
    )
    for number, slug in enumerate(NAMES, 1):
        assert row[f"{slug}_score"] == -number / 10, slug
        assert (row[f"{slug}_rank"], row[f"{slug}_decile"]) == (number, (number - 1) % 10 + 1), slug
    assert tuple(row[name] for name in iod.FILE_7 if name.startswith("population"))[:5] == people
    assert row["population_reference"] == reference
    assert (row["source"], row["snapshot_sha256"], row["source_line"]) == ("iod_file_7", SHA256, 2)


@pytest.mark.parametrize(
    ("header", "cell", "reason"),
    [
        (f"Crime Decile {DECILE}", "11", "crime_decile: above 10"),
        (f"Crime Decile {DECILE}", "0", "crime_decile: below 1"),
        (f"Income Rank {RANK}", "0", "income_rank: below 1"),
        ("LSOA code (2011)", "E0100001", "lsoa_code: not a letter and eight digits"),
        ("Crime Score", "", "crime_score: empty"),
    ],
)
def test_a_row_with_an_impossible_cell_is_rejected(header: str, cell: str, reason: str) -> None:
    parsed = iod.parse_file_7(as_csv(file_7("2019"), file_7("2019", **{header: cell})), a_snapshot(), release="2019")
    assert (parsed.rows.height, parsed.rows_in) == (1, 2)
    assert parsed.rejected.select("source_line", "reason").rows() == [(3, reason)]


def test_a_release_is_not_read_as_another() -> None:
    with pytest.raises(ContractBroken, match=r"'lsoa code \(2021\)' is missing"):
        iod.parse_file_7(as_csv(file_7("2019")), a_snapshot(), release="2025")


def test_a_header_that_turns_the_direction_over_is_not_read() -> None:
    turned = {
        header.replace("1 is most deprived 10%", "10 is most deprived 10%") if "Crime" in header else header: cell
        for header, cell in file_7("2019").items()
    }
    with pytest.raises(ContractBroken, match="'crime decile' is missing"):
        iod.parse_file_7(as_csv(turned), a_snapshot(), release="2019")


def test_file_1_is_found_behind_its_notes_though_its_last_header_is_cut_short() -> None:
    content = a_workbook(
        {
            "Notes": [["Index of Multiple Deprivation"]],
            "IMD25": [
                [
                    "LSOA code (2021)",
                    "LSOA name (2021)",
                    "Local Authority District code (2024)",
                    "Local Authority District name (2024)",
                    f"Index of Multiple Deprivation (IMD) Rank {RANK}",
                    "Index of Multiple Deprivation (IMD) Decile (where 1 is most deprived 10% of LSOA",
                ],
                ["E01000001", "City of London 001A", "E09000001", "City of London", 26525, 8],
                ["E01000002", "City of London 001B", "E09000001", "City of London", 31203, 12],
            ],
        }
    )
    parsed = iod.parse_file_1(content, a_snapshot("iod/iod2025_file_1.xlsx"))
    assert dict(parsed.rows.schema) == iod.FILE_1
    assert parsed.rows.row(0)[:8] == (
        "2025", "2021", "E01000001", "City of London 001A", "E09000001", "City of London", 26525, 8
    )  # fmt: skip
    assert parsed.rejected.select("source_line", "reason").rows() == [(3, "imd_decile: above 10")]


def summary(areas: str) -> bytes:
    head = [f"{areas} code (2019)", f"{areas} name (2019)", "{0} - Average rank ", "{0} - Rank of average rank "]
    tail = [
        "{0} - Average score ",
        "{0} - Proportion  of LSOAs in most deprived 10% nationally ",
        "IMD 2019 - Extent ",
        "IMD 2019 - Rank of extent ",
        "IMD 2019 - Local concentration ",
    ]
    row = ["E06000009", "Blackpool", 26765.29, 1, 45.039, 0.4149, 0.5766, 6, 32838.16]
    return a_workbook(
        {
            "Notes": [],
            "Income": [[cell.format("Income") for cell in [*head, *tail[:2]]], row[:6]],
            "IMD": [[cell.format("IMD") for cell in [*head, *tail]], row],
        }
    )


@pytest.mark.parametrize(
    ("tier", "areas"),
    [("district", "Local Authority District"), ("upper_tier", "Upper Tier Local Authority District")],
)
def test_area_summaries_come_from_the_sheet_of_the_whole_index(tier: str, areas: str) -> None:
    parsed = iod.parse_area_summary(summary(areas), a_snapshot("x.xlsx"), tier=tier)
    assert dict(parsed.rows.schema) == iod.AREA_SUMMARY
    assert [row[:9] for row in parsed.rows.rows()] == [
        ("2019", tier, "E06000009", "Blackpool", 26765.29, 45.039, 0.4149, 0.5766, 32838.16)
    ]


def test_the_file_of_the_other_tier_is_refused() -> None:
    with pytest.raises(ContractBroken, match="missing"):
        iod.parse_area_summary(summary("Local Authority District"), a_snapshot("x.xlsx"), tier="upper_tier")


def test_resources_name_what_the_run_needs() -> None:
    held = {resource.name: resource for resource in iod.RESOURCES}
    assert [name for name, resource in held.items() if resource.required] == ["iod2019_file_7"]
    assert [path for path, _ in held["iod2025_file_7"].files()] == ["iod/iod2025_file_7.csv"]
    assert all(set(resource.key) <= set(resource.schema) for resource in held.values())


@needs_mirror
@pytest.mark.parametrize(
    ("name", "path", "rows"),
    [
        ("iod2019_file_7", "iod2019_file_7.csv", 32844),
        ("iod2025_file_7", "iod2025_file_7_excerpt.csv", 3),
        ("iod2025_file_1", "iod2025_file_1.xlsx", 33755),
        ("iod2019_file_10", "iod2019_file_10_lad_summaries.xlsx", 317),
        ("iod2019_file_11", "iod2019_file_11_utla_summaries.xlsx", 151),
    ],
)
def test_published_files(name: str, path: str, rows: int) -> None:
    resource = next(resource for resource in iod.RESOURCES if resource.name == name)
    content = (MIRROR / "iod" / path).read_bytes()
    parsed = resource.parser(content, a_snapshot(resource.path))
    assert (parsed.rows.height, parsed.rejected.height, parsed.rows_in) == (rows, 0, rows)
    assert dict(parsed.rows.schema) == resource.schema
    assert parsed.rows.select(resource.key).is_unique().all()


@needs_mirror
def test_a_higher_average_rank_is_more_deprived_in_the_published_summaries() -> None:
    content = (MIRROR / "iod/iod2019_file_10_lad_summaries.xlsx").read_bytes()
    rows = iod.parse_area_summary(content, a_snapshot(), tier="district").rows
    assert rows.sort("imd_average_score")["area_name"].last() == "Blackpool"
    assert rows["imd_average_rank"].arg_max() == rows["area_name"].to_list().index("Blackpool")
