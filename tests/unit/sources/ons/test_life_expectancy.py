"""Life and healthy life expectancy by deprivation decile: the workbook as it is, and as it was."""

from datetime import date

import pytest

from pipelines.sources.contract import OBSERVATION, OBSERVATION_KEY, ContractBroken, Parsed
from pipelines.sources.ons.expectancy import NO_INDICATOR
from pipelines.sources.ons.life_expectancy import CATEGORIES, RESOURCES, parse_life_expectancy_by_decile
from tests.shared import MIRROR, needs_mirror
from tests.unit.sources.made_files import SHA256, a_snapshot, a_workbook

HEADER = ["Period", "IMD decile", "Sex", "Sex code", "Age group", "Age code"]
GOOD = ["2022 to 2024", 1, "Male", 1, "<1", 1]
LE_GOOD, HLE_GOOD = [*GOOD, 72.6, 72.4, 72.8], [*GOOD, 49.8, "[x]", "[x]", 68]


def workbook(*life_expectancy: list[object], healthy: list[object] = HLE_GOOD) -> bytes:
    return a_workbook(
        {
            "Cover sheet": [["Healthy life expectancy by national area deprivation"]],
            "1": [["Table 1"], [None], [*HEADER, "LE", "LCI", "UCI"], *life_expectancy],
            "4": [["Table 4"], [None], [*HEADER, "HLE", "LCI", "UCI", "Proportion (%)"], healthy],
        }
    )


def read(content: bytes) -> Parsed:
    return parse_life_expectancy_by_decile(content, a_snapshot("ons/x.xlsx"))


def test_each_sheet_gives_its_indicator() -> None:
    parsed = read(workbook(LE_GOOD))
    assert dict(parsed.rows.schema) == OBSERVATION
    life, healthy = parsed.rows.rows(named=True)
    assert {name: value for name, value in life.items() if value is not None} == {
        "indicator": "life_expectancy_at_birth",
        "area_code": "E92000001",
        "area_type": "country",
        "period": "2022-24",
        "period_label": "2022 to 2024",
        "period_length": "3y",
        "period_start": date(2022, 1, 1),
        "period_end": date(2024, 12, 31),
        "sex": "male",
        "age": "at_birth",
        "age_label": "<1",
        "dimension": "deprivation_decile",
        "scheme": "lsoa11_in_england_imd2019",
        "category": "most_deprived",
        "category_label": "1",
        "category_rank": 1,
        "value": 72.6,
        "value_lower": 72.4,
        "value_upper": 72.8,
        "source": "ons_life_expectancy_by_decile",
        "snapshot_sha256": SHA256,
        "source_line": 4,
    }
    assert (healthy["indicator"], healthy["value"]) == ("healthy_life_expectancy_at_birth", 49.8)
    assert (healthy["value_lower"], healthy["value_upper"], healthy["note_code"]) == (None, None, None)


def test_deciles_become_ranks_with_1_most_deprived() -> None:
    rows = [["2022 to 2024", rank, "Female", 2, "<1", 1, 70 + rank, "[x]", "[x]"] for rank in range(1, 11)]
    parsed = read(workbook(*rows)).rows.filter(indicator="life_expectancy_at_birth")
    assert parsed.select("category_rank", "category", "value").rows() == [
        (rank, CATEGORIES[rank - 1], 70.0 + rank) for rank in range(1, 11)
    ]
    assert (CATEGORIES[1], CATEGORIES[4], CATEGORIES[-1]) == (
        "second_most_deprived",
        "fifth_more_deprived",
        "least_deprived",
    )


@pytest.mark.parametrize(
    ("marker", "code"),
    [
        ("[x]", "missing_in_source"),
        ("[c]", "suppressed_small_count"),
        ("[u]", "not_published_quality"),
        ("[Z]", "other_note"),
    ],
)
def test_a_marker_is_a_null_with_a_note_never_a_zero(marker: str, code: str) -> None:
    row = read(workbook([*GOOD, marker, "[x]", "[x]"])).rows.row(0, named=True)
    assert (row["value"], row["note_code"]) == (None, code)
    assert marker.lower() in row["note"]


def test_limits_beside_a_suppressed_value_are_no_figures_either() -> None:
    row = read(workbook([*GOOD, "[c]", 72.4, 72.8])).rows.row(0, named=True)
    assert (row["value"], row["value_lower"], row["value_upper"]) == (None, None, None)
    assert row["note_code"] == "suppressed_small_count"


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (["2022 to 2024", 1, "Male", 1, "65 to 69", 15, 16.1, 16.0, 16.2], NO_INDICATOR),
        (["2022 to 2024", 1, "Male", 1, None, None, 16.1, 16.0, 16.2], "age: empty"),
        (["2022 to 2024", 11, "Male", 1, "<1", 1, 70, 69, 71], "decile: '11' is not 1 to 10"),
        (["2022 to 2024", 1, "All", 1, "<1", 1, 70, 69, 71], "sex: 'All' is not Male, Female or Persons"),
        (["lately", 1, "Male", 1, "<1", 1, 70, 69, 71], "period: "),
        ([*GOOD, "about 70", 69, 71], "value: 'about 70' is not a number or a known marker"),
        ([*GOOD, None, 69, 71], "value: empty, without a marker that says why"),
        ([*GOOD, 700, 69, 71], "value: 700 is outside 0 to 120 years"),
        ([*GOOD, "nan", 69, 71], "value: nan is outside 0 to 120 years"),
        ([*GOOD, 70, "?", 71], "value_lower: '?' is not a number or a known marker"),
    ],
)
def test_a_row_that_cannot_be_read_is_rejected(row: list[object], reason: str) -> None:
    parsed = read(workbook(LE_GOOD, row))
    assert (parsed.rows.height, parsed.rejected.height, parsed.rows_in) == (2, 1, 3)
    rejected = parsed.rejected.row(0, named=True)
    assert rejected["reason"].startswith(reason)
    assert (rejected["source_line"], rejected["source"]) == (5, "ons_life_expectancy_by_decile")
    assert rejected["row_text"].startswith(f"{row[0]},{row[1]},{row[2]}")


def test_the_old_layout_holds_both_measures_side_by_side_each_with_its_own_limits() -> None:
    header = [
        "Period",
        "IMD Decile",
        "Sex",
        "Ageband",
        "Life expectancy (LE)",
        "LE lower 95% confidence interval",
        "LE upper 95% confidence interval",
        "Healthy life expectancy (HLE)",
        "HLE lower 95% confidence interval",
        "HLE upper 95% confidence interval",
        "Disability-free life expectancy (DFLE)",
    ]
    rows = [
        ["2018-2020", 1, "Males", 1, 73.5, 73.4, 73.6, 52.3, 51.5, 53.1, 50.0],
        ["2018-2020", 1, "Males", 15, 16.1, 16.0, 16.2, 7.0, 6.5, 7.5, 6.0],
    ]
    parsed = read(a_workbook({"Table 1": [["Title"], [], header, *rows]}))
    columns = ("indicator", "period", "sex", "value", "value_lower", "value_upper")
    assert parsed.rows.select(columns).rows() == [
        ("life_expectancy_at_birth", "2018-20", "male", 73.5, 73.4, 73.6),
        ("healthy_life_expectancy_at_birth", "2018-20", "male", 52.3, 51.5, 53.1),
    ]
    assert parsed.rejected["reason"].to_list() == [NO_INDICATOR] * 2
    assert parsed.rows_in == 4


def test_limits_of_another_measure_are_never_borrowed() -> None:
    header = ["Period", "IMD decile", "Sex", "Age group", "LE", "HLE", "HLE LCI", "HLE UCI"]
    parsed = read(a_workbook({"1": [header, ["2022 to 2024", 1, "Male", "<1", 72.6, 49.8, 49.0, 50.6]]}))
    assert parsed.rows.select("value", "value_lower", "value_upper").rows() == [(72.6, None, None), (49.8, 49.0, 50.6)]


def test_a_workbook_without_one_of_the_measures_is_refused() -> None:
    with pytest.raises(ContractBroken, match="'hle' is missing"):
        read(a_workbook({"1": [[*HEADER, "LE", "LCI", "UCI"], LE_GOOD]}))


def test_the_resource_is_an_observation_source_that_a_run_can_do_without() -> None:
    (resource,) = RESOURCES
    assert resource.is_observation
    assert not resource.required


@needs_mirror
def test_published_workbook() -> None:
    content = (MIRROR / "ons/life_expectancy_by_deprivation_decile.xlsx").read_bytes()
    parsed = read(content)
    assert (parsed.rows_in, parsed.rejected.height) == (400, 0)
    assert parsed.rows["indicator"].value_counts().sort("indicator").rows() == [
        ("healthy_life_expectancy_at_birth", 200),
        ("life_expectancy_at_birth", 200),
    ]
    assert parsed.rows.select(OBSERVATION_KEY).is_unique().all()
    assert sorted(parsed.rows["period"].unique()) == [f"{year}-{year - 1998}" for year in range(2013, 2023)]
    first = parsed.rows.filter(period="2013-15", sex="male", category="most_deprived")
    assert first["value"].to_list() == [73.9, 52.1]
