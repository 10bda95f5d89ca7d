"""Life and healthy life expectancy of local areas: the `v4_2` CSV, the workbooks, and the sheet as CSV."""

from datetime import date

import polars as pl
import pytest

from pipelines.sources.access.ons_dataset import DatasetApi, LandingPage
from pipelines.sources.access.web_file import WebFile
from pipelines.sources.arrival.doubles import deduplicate
from pipelines.sources.contract import OBSERVATION, ContractBroken, Parsed
from pipelines.sources.ons import local_areas as ons_local_areas
from pipelines.sources.ons.expectancy import NO_INDICATOR
from tests.shared import MIRROR, needs_mirror
from tests.unit.sources.made_files import SHA256, a_snapshot, a_workbook

CMD = "v4_2,Lower CI,Upper CI,two-year-intervals,Time,administrative-geography,Geography,sex,Sex,age-groups,AgeGroups\n"
WATFORD = "79.14,78.41,79.87,2016-18,2016-18,E07000103,Watford,male,Male,0-1,00-01\n"
SHEET = [
    "Period",
    "Country",
    "Area type",
    "Area code [note 2]",
    "Area name",
    "Sex",
    "Sex code",
    "Age group",
    "Age band",
    "Life expectancy",
    "LCI",
    "UCI",
]


def cmd(text: str) -> Parsed:
    return ons_local_areas.parse_life_expectancy_cmd(text.encode(), a_snapshot("ons/x.csv"))


def area(
    code: str = "W06000015", *, kind: str = "Local Areas", age: str = "<1", value: float | str = 78.2
) -> list[object]:
    limits = [77.9, 78.5] if isinstance(value, str) else [round(value - 0.3, 1), round(value + 0.3, 1)]
    return ["2001 to 2003", "Wales", kind, code, "Cardiff", "Female", 2, age, 1, value, *limits]


def workbook(*rows: list[object], measure: str = "life_expectancy") -> Parsed:
    header = [*SHEET[:9], "HLE" if measure == "healthy_life_expectancy" else "Life expectancy", *SHEET[10:]]
    content = a_workbook({"Cover sheet": [["About"]], "1": [["Table 1"], [], ["Notes"], [], [], header, *rows]})
    return ons_local_areas.parse_local_areas(content, a_snapshot("ons/x.xlsx"), measure=measure, source="made")


def test_the_csv_gives_observations() -> None:
    parsed = cmd(CMD + WATFORD)
    assert dict(parsed.rows.schema) == OBSERVATION
    assert {name: value for name, value in parsed.rows.row(0, named=True).items() if value is not None} == {
        "indicator": "life_expectancy_at_birth",
        "area_code": "E07000103",
        "area_type": "district",
        "period": "2016-18",
        "period_label": "2016-18",
        "period_length": "3y",
        "period_start": date(2016, 1, 1),
        "period_end": date(2018, 12, 31),
        "sex": "male",
        "age": "at_birth",
        "age_label": "0-1",
        "dimension": "total",
        "scheme": "total",
        "category": "total",
        "value": 79.14,
        "value_lower": 78.41,
        "value_upper": 79.87,
        "source": "ons_life_expectancy_by_local_authority",
        "snapshot_sha256": SHA256,
        "source_line": 2,
    }


def test_the_csv_may_mark_a_value_in_a_column_of_its_own() -> None:
    header = CMD.replace("v4_2", "v4_3").replace("Upper CI,", "Upper CI,Data Marking,")
    parsed = cmd(header + ",,,c,2016-18,2016-18,E06000053,Isles of Scilly,male,Male,0-1,00-01\n")
    assert parsed.rows.select("value", "value_lower", "note_code").rows() == [(None, None, "suppressed_small_count")]


@pytest.mark.parametrize(
    "header",
    [
        CMD.replace("v4_2", "v4_1"),
        CMD.replace("v4_2", "v4_5"),
        CMD.replace("v4_2,Lower CI,Upper CI", "Lower CI,v4_2,Upper CI"),
    ],
)
def test_a_header_that_contradicts_its_own_count_is_refused(header: str) -> None:
    with pytest.raises(ContractBroken, match="The header contradicts itself"):
        cmd(header + WATFORD)


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("0-1", "90-94", NO_INDICATOR),
        ("E07000103", "K02000001", "area_code: not an area of England, Wales, Scotland or Northern Ireland"),
        ("E07000103", "Watford", "area_code: not a letter and eight digits"),
        ("E07000103", "", "area_code: empty"),
        ("79.14", "", "value: empty, without a marker that says why"),
        ("79.14", "many", "value: 'many' is not a number or a known marker"),
        ("79.14", "791.4", "value: 791.4 is outside 0 to 120 years"),
        ("79.14", "97.14", "limits: the value 97.14 is outside 78.41 to 79.87"),
        ("2016-18", "2096-98", "The period ends in the future: 2096-98"),
        (",0-1,00-01", "", "fewer cells than the header"),
        ("78.41", "80", "limits: crossed, the lower 80 is above the upper 79.87"),
        (",Male", ",All", "sex: 'All' is not Male, Female or Persons"),
        (",Male", ",", "sex: '' is not Male, Female or Persons"),
        ("2016-18", "lately", "period: The period 'lately' cannot be read"),
        ("00-01", "00-01,9", "more cells than the header"),
    ],
)
def test_a_row_that_cannot_be_read_is_rejected(old: str, new: str, reason: str) -> None:
    parsed = cmd(CMD + WATFORD + WATFORD.replace(old, new))
    assert (parsed.rows.height, parsed.rejected.height, parsed.rows_in) == (1, 1, 2)
    assert parsed.rejected["reason"][0].startswith(reason)
    assert parsed.rejected["source_line"].to_list() == [3]


def test_the_workbook_is_read_by_its_header_and_every_country_kept() -> None:
    codes = ["E07000103", "W06000015", "S12000036", "N09000003"]
    parsed = workbook(*(area(code) for code in codes), area("W92000004", kind="Country"))
    assert parsed.rows["area_code"].to_list() == [*codes, "W92000004"]
    assert parsed.rows["area_type"].to_list() == [*["local_area"] * 4, "country"]
    first = parsed.rows.row(0, named=True)
    assert (first["period"], first["sex"], first["source_line"]) == ("2001-03", "female", 7)
    assert (first["value"], first["value_lower"], first["value_upper"]) == (78.2, 77.9, 78.5)


def test_ages_of_the_workbook_find_their_indicator() -> None:
    parsed = workbook(area(), area(age="65 to 69", value=20.1), area(age="90 and over", value=4.4))
    assert parsed.rows.select("indicator", "age").rows() == [
        ("life_expectancy_at_birth", "at_birth"),
        ("life_expectancy_at_65", "at_65"),
    ]
    assert parsed.rejected["reason"].to_list() == [NO_INDICATOR]


@pytest.mark.parametrize(("marker", "code"), [("[x]", "missing_in_source"), ("[u]", "not_published_quality")])
def test_a_marker_is_a_null_with_a_note_never_a_zero(marker: str, code: str) -> None:
    row = workbook(area(value=marker), measure="healthy_life_expectancy").rows.row(0, named=True)
    assert (row["indicator"], row["value"], row["note_code"]) == ("healthy_life_expectancy_at_birth", None, code)


def test_healthy_life_expectancy_is_not_read_as_life_expectancy() -> None:
    content = a_workbook({"1": [[*SHEET[:9], "HLE", *SHEET[10:]], area()]})
    with pytest.raises(ContractBroken, match="'life expectancy' is missing"):
        ons_local_areas.parse_local_areas(content, a_snapshot(), measure="life_expectancy", source="made")


def test_two_publications_of_one_cell_may_differ_and_one_publication_may_not() -> None:
    cmd_resource, *_ = (one for one in ons_local_areas.RESOURCES if one.path.endswith(".csv"))
    key = cmd_resource.key
    assert {one.key for one in ons_local_areas.RESOURCES} == {key}
    rows = pl.concat([cmd(CMD + WATFORD).rows, cmd(CMD + WATFORD.replace("79.14", "79.2")).rows])
    files = rows.with_columns(pl.Series("file read", ["a", "b"]))
    with pytest.raises(ContractBroken):
        deduplicate(files, key=key, content=("value",), where="made").refuse_contradictions()
    apart = files.with_columns(pl.Series("source", ["csv", "workbook"]))
    assert deduplicate(apart, key=key, content=("value",), where="made").rows.height == 2


def test_a_workbook_is_found_by_its_data_set_and_a_csv_made_by_hand_is_not() -> None:
    assert [(one.name, [type(way) for way in one.access]) for one in ons_local_areas.RESOURCES] == [
        ("ons_life_expectancy_by_local_authority", [WebFile]),
        ("ons_life_expectancy_local_areas", [DatasetApi, LandingPage]),
        ("ons_healthy_life_expectancy_by_local_authority", []),
        ("ons_healthy_life_expectancy_local_areas", [DatasetApi, LandingPage]),
    ]


@needs_mirror
def test_published_life_expectancy() -> None:
    parsed = cmd((MIRROR / "ons/life_expectancy_by_local_authority.csv").read_text())
    assert (parsed.rows_in, parsed.rows.height) == (754, 754)
    assert parsed.rows["area_code"].str.head(1).value_counts().sort("area_code").rows() == [
        ("E", 624),
        ("N", 22),
        ("S", 64),
        ("W", 44),
    ]
    assert parsed.rows["value_lower"].null_count() == 0


@needs_mirror
def test_published_healthy_life_expectancy() -> None:
    (resource,) = (
        one for one in ons_local_areas.RESOURCES if one.path.endswith("healthy_life_expectancy_by_local_authority.csv")
    )
    parsed = resource.parser((MIRROR / resource.path).read_bytes(), a_snapshot(resource.path))
    assert (parsed.rows_in, parsed.rows.height) == (192, 192)
    halton = parsed.rows.row(0, named=True)
    assert (halton["area_code"], halton["period"], halton["sex"]) == ("E06000006", "2011-13", "male")
    assert (halton["value"], halton["value_lower"], halton["value_upper"]) == (58.4, 56.1, 60.6)
