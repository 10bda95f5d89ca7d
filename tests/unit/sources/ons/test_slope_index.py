"""Published slope indices in the workbook of expectancies by deprivation decile, in layouts that we made up.

No workbook in hand holds such a sheet. The figures are facts that ONS published for England, typed here: Health state
life expectancies by national deprivation deciles, England, 2017 to 2019 and 2018 to 2020 (statistical bulletins).
"""

import json
from datetime import date

import polars as pl
import pytest

from pipelines import catalogue
from pipelines.notes import in_words
from pipelines.quality import run_suite
from pipelines.settings import PROJECT
from pipelines.sources.contract import OBSERVATION, Parsed
from pipelines.sources.ons.life_expectancy import SOURCE, parse_life_expectancy_by_decile
from pipelines.sources.ons.slope_index import INDICATORS, NO_INDICATOR, NOT_AT_BIRTH, NOT_TOLD
from tests.unit.sources.made_files import SHA256, a_snapshot, a_workbook

LIFE, HEALTHY = "slope_index_of_life_expectancy_at_birth", "slope_index_of_healthy_life_expectancy_england"
PUBLISHED = [
    ("2017-19", "male", LIFE, 9.4),
    ("2017-19", "female", LIFE, 7.6),
    ("2018-20", "male", LIFE, 9.7),
    ("2018-20", "female", LIFE, 7.9),
    ("2017-19", "male", HEALTHY, 19.0),
    ("2017-19", "female", HEALTHY, 19.3),
    ("2018-20", "male", HEALTHY, 18.6),
    ("2018-20", "female", HEALTHY, 19.3),
]
LE_ROWS = [
    ["2017 to 2019", "Male", "<1", 9.4, 9.2, 9.6],
    ["2017 to 2019", "Female", "<1", 7.6, 7.4, 7.8],
    ["2018 to 2020", "Male", "<1", 9.7, 9.5, 9.9],
    ["2018 to 2020", "Female", "<1", 7.9, 7.7, 8.1],
]
HLE_ROWS = [
    ["2017 to 2019", "Male", "<1", 19.0, 18.0, 20.0],
    ["2017 to 2019", "Female", "<1", 19.3, 18.3, 20.3],
    ["2018 to 2020", "Male", "<1", 18.6, 17.6, 19.6],
    ["2018 to 2020", "Female", "<1", 19.3, 18.3, 20.3],
]
"""The figures are published; the limits are made up."""

HEADER = ["Period", "Sex", "Age group", "Slope Index of Inequality (SII)", "LCI", "UCI"]
LE_TITLE = ["Table 2: Slope index of inequality in life expectancy at birth, England"]
HLE_TITLE = ["Table 5: Slope index of inequality in healthy life expectancy at birth, England"]
OF_DECILES = ["Period", "IMD decile", "Sex", "Age group"]
DECILES = {
    "Notes": [["Term", "Meaning"], ["SII", "The slope index of inequality says how ..."]],
    "1": [[*OF_DECILES, "LE", "LCI", "UCI"], ["2018 to 2020", 1, "Male", "<1", 73.5, 73.4, 73.6]],
    "4": [[*OF_DECILES, "HLE", "LCI", "UCI"], ["2018 to 2020", 1, "Male", "<1", 52.3, 51.5, 53.1]],
}


def read(**sheets: list[list[object]]) -> Parsed:
    """The workbook with these sheets beside those of the deciles; sheet `s2` is called 2."""
    named = {name.removeprefix("s"): rows for name, rows in sheets.items()}
    return parse_life_expectancy_by_decile(a_workbook({**DECILES, **named}), a_snapshot("ons/x.xlsx"))


def slopes(parsed: Parsed) -> pl.DataFrame:
    assert parsed.rows_in == parsed.rows.height + parsed.rejected.height
    return parsed.rows.filter(pl.col("indicator").is_in([*INDICATORS.values()]))


def figures(parsed: Parsed) -> list[tuple[object, ...]]:
    return slopes(parsed).select("period", "sex", "indicator", "value").rows()


def reasons(*rows: list[object], header: list[str] = HEADER, title: list[str] = LE_TITLE) -> list[str]:
    """Why rows are rejected; the deciles are read all the same."""
    parsed = read(s2=[title, header, *rows])
    assert parsed.rows.filter(dimension="deprivation_decile").height == 2
    assert slopes(parsed).is_empty()
    return parsed.rejected["reason"].to_list()


def test_without_such_a_sheet_nothing_is_missed() -> None:
    parsed = read()
    assert (parsed.rows.height, parsed.rejected.height, parsed.notes) == (2, 0, ())


def test_a_sheet_for_each_expectancy_named_by_its_title() -> None:
    parsed = read(s2=[LE_TITLE, [], HEADER, *LE_ROWS], s5=[HLE_TITLE, [], HEADER, *HLE_ROWS])
    assert figures(parsed) == PUBLISHED
    assert (parsed.rejected.height, parsed.notes) == (0, ())
    first = slopes(parsed).row(0, named=True)
    assert dict(parsed.rows.schema) == OBSERVATION
    assert {name: value for name, value in first.items() if value is not None} == {
        "indicator": LIFE,
        "area_code": "E92000001",
        "area_type": "country",
        "period": "2017-19",
        "period_label": "2017 to 2019",
        "period_length": "3y",
        "period_start": date(2017, 1, 1),
        "period_end": date(2019, 12, 31),
        "sex": "male",
        "age": "at_birth",
        "age_label": "<1",
        "dimension": "total",
        "scheme": "total",
        "category": "total",
        "value": 9.4,
        "value_lower": 9.2,
        "value_upper": 9.6,
        "source": SOURCE,
        "snapshot_sha256": SHA256,
        "source_line": 4,
    }


def test_a_column_of_measures_tells() -> None:
    header = ["Period", "Sex", "Age band", "Measure", "SII"]
    rows = [[*row[:2], 1, "LE", row[3]] for row in LE_ROWS]
    rows += [[*row[:2], 1, "Healthy life expectancy (HLE)", row[3]] for row in HLE_ROWS]
    parsed = read(s9=[["Slope index of inequality in life expectancy and healthy life expectancy"], header, *rows])
    assert figures(parsed) == PUBLISHED


def test_headers_side_by_side_tell_each_with_its_own_limits() -> None:
    header = ["Period", "Sex", "LE SII [note 2]", "HLE SII (years)", "HLE SII lower 95% CI", "HLE SII upper 95% CI"]
    rows = [[*life[:2], life[3], *healthy[3:]] for life, healthy in zip(LE_ROWS, HLE_ROWS, strict=True)]
    parsed = read(s9=[["Slope indices"], header, *rows])
    assert figures(parsed) == PUBLISHED
    limits = slopes(parsed).select("value_lower", "value_upper").rows()
    assert (limits[0], limits[4]) == ((None, None), (18.0, 20.0))
    assert set(slopes(parsed)["age_label"]) == {"at birth"}


def test_the_name_of_the_sheet_tells_where_the_title_does_not() -> None:
    parsed = read(**{"HLE slope index": [["Table 5"], HEADER, HLE_ROWS[0]]})
    assert figures(parsed) == [PUBLISHED[4]]


@pytest.mark.parametrize(
    ("marker", "code"),
    [("[x]", "missing_in_source"), ("[u]", "not_published_quality"), ("[z]", "other_note"),
     ("[c]", "suppressed_small_count")],
)  # fmt: skip
def test_a_marker_is_a_null_with_a_note_never_a_zero(marker: str, code: str) -> None:
    parsed = read(s2=[LE_TITLE, HEADER, ["2018 to 2020", "Male", "<1", marker, marker, marker]])
    assert slopes(parsed).select("value", "value_lower", "note_code").rows() == [(None, None, code)]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (["2018 to 2020", "Male", "65 to 69", 5.0, 4.9, 5.1], NOT_AT_BIRTH),
        (["2018 to 2020", "Male", None, 9.7, 9.5, 9.9], "age: empty"),
        (["lately", "Male", "<1", 9.7, 9.5, 9.9], "period: "),
        (["2018 to 2020", "All", "<1", 9.7, 9.5, 9.9], "sex: 'All' is not Male, Female or Persons"),
        (["2018 to 2020", "Male", "<1", "wide", 9.5, 9.9], "value: 'wide' is not a number or a known marker"),
        (["2018 to 2020", "Male", "<1", None, 9.5, 9.9], "value: empty"),
        (["2018 to 2020", "Male", "<1", 970, 9.5, 9.9], "value: 970 is outside -120 to 120 years"),
        (["2018 to 2020", "Male", "<1", 9.7, 9.9, 9.5], "limits: crossed"),
        (["2018 to 2020", "Male", "<1", 9.7, 1.5, 1.9], "limits: the value 9.7 is outside"),
    ],
)
def test_a_row_that_cannot_be_read_is_rejected_with_its_line(row: list[object], reason: str) -> None:
    parsed = read(s2=[LE_TITLE, HEADER, LE_ROWS[0], row])
    assert figures(parsed) == [PUBLISHED[0]]
    (rejected,) = parsed.rejected.rows(named=True)
    assert rejected["reason"].startswith(reason)
    assert (rejected["source_line"], rejected["source"], rejected["snapshot_sha256"]) == (4, SOURCE, SHA256)
    assert rejected["row_text"].startswith(f"{row[0]},{row[1]}")


def test_a_gap_the_other_way_round_is_read() -> None:
    parsed = read(s2=[LE_TITLE, HEADER, ["2018 to 2020", "Male", "<1", -0.4, -1.0, 0.2]])
    assert slopes(parsed).select("value", "value_lower", "value_upper").rows() == [(-0.4, -1.0, 0.2)]


@pytest.mark.parametrize("title", [["Slope index of inequality"], ["SII of life expectancy, and of HLE"]])
def test_which_expectancy_is_never_guessed(title: list[str]) -> None:
    assert reasons(*LE_ROWS, title=title) == [NOT_TOLD] * 4


def test_disability_free_life_expectancy_has_no_place() -> None:
    assert reasons(*LE_ROWS, title=["SII of disability-free life expectancy"]) == [NO_INDICATOR] * 4
    rows = [["2018 to 2020", "Male", label, 17.6] for label in ("DFLE", "health", None)]
    assert reasons(*rows, header=["Period", "Sex", "Measure", "SII"]) == [NO_INDICATOR, NOT_TOLD, NOT_TOLD]


def test_an_age_that_only_the_title_says_is_heeded() -> None:
    header = ["Period", "Sex", "SII"]
    title = ["Slope index of inequality in life expectancy at 65, England"]
    assert reasons(["2018 to 2020", "Male", 5.0], header=header, title=title) == [NOT_AT_BIRTH]


def test_other_areas_are_never_taken_for_england() -> None:
    header = ["Period", "Country", "Area code", "Area name", "Sex", "SII"]
    parsed = read(
        s2=[
            LE_TITLE,
            header,
            ["2018 to 2020", "England", "E92000001", "England", "Male", 9.7],
            ["2018 to 2020", "England", "E12000001", "North East", "Male", 12.0],
            ["2018 to 2020", "England", None, "North East", "Male", 12.0],
            ["2018 to 2020", "Wales", None, None, "Male", 9.0],
        ]
    )
    assert slopes(parsed).select("area_code", "value").rows() == [("E92000001", 9.7)]
    assert parsed.rejected["reason"].to_list() == [
        "area_code: E12000001 is not England",
        "area_name: North East is not England",
        "country: Wales is not England",
    ]


def test_a_sheet_without_periods_or_sexes_costs_its_own_rows() -> None:
    assert reasons(["Male", 9.7], header=["Sex", "LE SII"])[0].startswith("period: ")
    assert reasons(["2018 to 2020", 9.7], header=["Period", "LE SII"]) == ["sex: '' is not Male, Female or Persons"]


def test_a_column_that_says_more_than_we_know_is_named_not_read() -> None:
    header = ["Sex", "SII 2017 to 2019", "Change in SII"]
    parsed = read(s2=[LE_TITLE, header, ["Male", 9.4, 0.1], ["Female", 7.6, 0.1]])
    assert (parsed.rows.height, parsed.rejected.height) == (2, 0)
    (said,) = in_words(parsed.notes)
    for words in ("sheet '2'", "2 rows are not read", "SII 2017 to 2019; Change in SII", "ons/slope_index.py"):
        assert words in said
    beside = read(s2=[LE_TITLE, ["Period", "Sex", "SII", "Change in SII"], ["2018 to 2020", "Male", 9.7, 0.3]])
    assert (figures(beside), beside.notes) == ([PUBLISHED[2]], ())


def test_limits_of_a_slope_index_are_never_lent_to_an_expectancy() -> None:
    header = [*OF_DECILES, "LE", "SII", "SII lower CI", "SII upper CI"]
    parsed = read(s1=[LE_TITLE, header, ["2018 to 2020", 1, "Male", "<1", 73.5, 9.7, 9.5, 9.9]])
    life = parsed.rows.filter(indicator="life_expectancy_at_birth")
    assert life.select("value", "value_lower", "value_upper").rows() == [(73.5, None, None)]


def test_the_suite_holds_on_the_published_figures_and_catches_a_turned_sign() -> None:
    suite = json.loads((PROJECT / f"expectations/staging.{SOURCE}.json").read_text(encoding="utf-8"))
    rows = read(s2=[LE_TITLE, HEADER, *LE_ROWS], s5=[HLE_TITLE, HEADER, *HLE_ROWS]).rows
    assert [finding.check for finding in run_suite(rows, suite) if not finding.passed] == []
    turned = read(s2=[LE_TITLE, HEADER, ["2018 to 2020", "Male", "<1", -9.7, -9.9, -9.5]]).rows
    (broken,) = [finding for finding in run_suite(turned, suite) if not finding.passed]
    assert (broken.severity, broken.errored) == ("critical", False)
    assert broken.check.startswith("expect_column_values_to_be_between(column=value, min_value=0")


def test_the_catalogue_knows_both_and_where_they_come_from() -> None:
    known = catalogue.load().indicators
    assert known[LIFE].sources == ("fingertips", SOURCE)
    assert known[HEALTHY].sources == (SOURCE, "fingertips")
    assert {known[slug].polarity for slug in (LIFE, HEALTHY)} == {"lower_is_better"}
