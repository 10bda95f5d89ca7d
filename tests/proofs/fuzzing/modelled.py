"""Small valid files of layouts that the embedded sample has none of, made here in code.

What belongs here: one file for each such layout, by the path of an input folder. What does not: breaking them. The
figures are made up; codes are of real areas only because the parsers know no others.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from tests.proofs.fuzzing.grid import Grid
from tests.proofs.fuzzing.workbook import members, packed_plainly

PERIODS, SEXES = ("2019 to 2021", "2020 to 2022"), (("Male", "1"), ("Female", "2"))
AREAS = (
    ("England", "Local Areas", "E06000001", "Hartlepool"),
    ("England", "Local Areas", "E07000008", "Cambridge"),
    ("Wales", "Local Areas", "W06000015", "Cardiff"),
    ("England", "Country", "E92000001", "England"),
)
AGES = "<1,1-4,5-9,10-14,15-19,20-24,25-29,30-34,35-39,40-44,45-49,50-54,55-59,60-64,65-69,70-74,75-79,80-84,85-89,90+"
LIMITS = ("LCI", "UCI")
LOOKUPS = {
    "lad24_to_utla24": ("LAD24", "CTYUA24"),
    "lad25_to_utla25": ("LAD25", "CTYUA25"),
    "lad25_to_region25": ("LAD25", "RGN25"),
    "lsoa21_to_lad25": ("LSOA21", "LAD25"),
    "lsoa21_to_icb25": ("LSOA21", "SICBL25", "ICB25"),
    "lsoa21_to_icb26": ("LSOA21", "SICBL26", "ICB26"),
}
"""The kinds of area of each lookup that is new since the embedded sample's, as its headers name them."""


def files() -> dict[str, bytes]:
    """Every file by its path."""
    return {
        "fingertips_metadata/available_data.json": _json(_available()),
        "fingertips_metadata/indicator_92443.json": _json(_metadata()),
        "fingertips_metadata/area_types.json": _json(_area_types()),
        "geography/boundaries_uk_multi_vintage.topojson": _json(_boundaries()),
        "ons/life_expectancy_local_areas.xlsx": _book({"1": _areas("Life expectancy", 78.1)}),
        "ons/healthy_life_expectancy_local_areas.xlsx": _book(
            {"Notes": [["Notes"], ["Figures are made up"]], "1": _areas("HLE", 61.2, "Proportion (%)")}
        ),
        "ons/life_expectancy_by_deprivation_decile.xlsx": _book(_deciles()),
        "ons/healthy_life_expectancy_by_local_authority.csv": _csv(_areas("HLE", 61.2, "Proportion (%)")[3:]),
        "ons/life_expectancy_by_local_authority.csv": _csv(_data_set()),
        "ons/deaths_by_deprivation_decile.csv": _csv(_deaths(), line_end="\r"),
        "ons/population_by_deprivation_decile.csv": _csv(_population()),
        "ons/deaths_by_imd_decile_2001_2022.xlsx": _book({"2": _deaths_by_code(), "3": _deaths_by_code()}),
        "ons/population_by_imd_decile_2020.xlsx": _book({"Table 1 - England": _population_by_age()}),
        "ons/explore_local_statistics_made.csv": _csv(_local_statistics()),
        "geography/similar_areas_global.csv": _csv(_similar_areas()),
        **{f"geography/{name}.csv": _csv(_lookup(*columns)) for name, columns in LOOKUPS.items()},
    }


def _json(document: object) -> bytes:
    return json.dumps(document).encode()


def _csv(rows: Sequence[Sequence[str]], line_end: str = "\n") -> bytes:
    return "".join(",".join(row) + line_end for row in rows).encode()


def _book(sheets: dict[str, list[list[str]]]) -> bytes:
    return packed_plainly(members({name: Grid(rows, 0) for name, rows in sheets.items()}, {}))


def _available() -> list[dict[str, int]]:
    return [{"IndicatorId": one, "AreaTypeId": area} for one in (92443, 90366) for area in (6, 501, 502)]


def _metadata() -> dict[str, object]:
    entry = {
        "IID": 92443,
        "Descriptive": {"Name": "Smoking", "Definition": "Adults who smoke <b>now</b>.", "Caveats": ""},
        "Unit": {"Id": 5, "Label": "%", "Value": 100.0},
        "ValueType": {"Id": 5, "Name": "Proportion"},
        "YearType": {"Id": 1, "Name": "Calendar"},
        "ConfidenceIntervalMethod": {"Id": 2, "Name": "Wilson score method"},
        "DataChange": {"LastUploadedAt": "2025-03-04T10:11:12.13"},
    }
    return {"92443": entry, "90366": {**entry, "IID": 90366, "Unit": None}}


def _area_types() -> list[dict[str, object]]:
    names = {6: "Regions (statistical)", 204: "PCNs (v. 28/07/2025)", 502: "Counties & UAs (2023/24)"}
    return [{"Id": one, "Name": name, "Short": name[:8], "IsCurrent": True} for one, name in names.items()]


def _boundaries() -> dict[str, object]:
    """Two squares side by side that share one border, and a third on its own, in two layers."""

    def shape(code: str, arcs: list[object], end: int | None = None, kind: str = "Polygon") -> dict[str, object]:
        return {"type": kind, "arcs": arcs, "properties": {"areacd": code, "areanm": f"Area {code}", "end": end}}

    return {
        "type": "Topology",
        "transform": {"scale": [0.01, 0.01], "translate": [-6.0, 50.0]},
        "arcs": [
            [[10, 0], [0, 10]],
            [[10, 10], [-10, 0], [0, -10], [10, 0]],
            [[10, 0], [10, 0], [0, 10], [-10, 0]],
            [[50, 50], [5, 0], [0, 5], [-5, 0], [0, -5]],
        ],
        "objects": {
            "ltla": {
                "type": "GeometryCollection",
                "geometries": [shape("E07000008", [[0, 1]]), shape("E07000009", [[2, -1]], end=2023)],
            },
            "ctry": {
                "type": "GeometryCollection",
                "geometries": [shape("E92000001", [[[0, 1]], [[3]]], kind="MultiPolygon")],
            },
        },
    }


def _areas(value: str, years: float, *more: str) -> list[list[str]]:
    header = ["Period", "Country", "Area type", "Area code [note 3]", "Area name", "Sex", "Sex code", "Age group"]
    rows = [
        [period, *area, sex, code, group, band, *_around(years + number), *("77" for _ in more)]
        for number, area in enumerate(AREAS)
        for period in PERIODS
        for sex, code in SEXES
        for group, band in (("<1", "1"), ("65 to 69", "15"))
    ]
    return [["Table 1: made up"], ["[x] is not available"], [], [*header, "Age band", value, *LIMITS, *more], *rows]


def _around(years: float) -> list[str]:
    return [f"{years:.1f}", f"{years - 1:.1f}", f"{years + 1:.1f}"]


def _deciles() -> dict[str, list[list[str]]]:
    """The sheets of the deciles, and sheets of slope indices in three of the forms that we expect."""
    deciles = ["Period", "IMD decile", "Sex", "Sex code", "Age group", "Age code"]
    groups = [[PERIODS[0], str(rank), *sex, "<1", "1"] for rank in range(1, 11) for sex in SEXES]
    slopes = ["Period", "Sex", "Age group"]
    told = [[period, sex, age] for period in PERIODS for sex, _ in SEXES for age in ("<1", "65 to 69")]
    return {
        "1": [["Table 1"], [*deciles, "LE", *LIMITS], *([*row, *_around(70 + int(row[1]))] for row in groups)],
        "4": [["Table 4"], [*deciles, "HLE", *LIMITS], *([*row, *_around(50 + int(row[1]))] for row in groups)],
        "2": [
            ["Table 2: Slope index of inequality in life expectancy at birth"],
            [*slopes, "Slope Index of Inequality (SII)", *LIMITS],
            *([*row, *_around(9.1)] for row in told),
            [PERIODS[0], "Persons", "<1", "[x]", "[x]", "[x]"],
        ],
        "5": [
            ["Table 5: Slope index of inequality"],
            ["Period", "Sex", "Measure", "SII"],
            *([PERIODS[0], sex, measure, "8.5"] for sex, _ in SEXES for measure in ("LE", "HLE", "DFLE")),
        ],
        "6": [[*slopes[:2], "LE SII", "HLE SII", "Change in SII"], [PERIODS[1], "Male", "9.4", "19.5", "0.1"]],
    }


def _data_set() -> list[list[str]]:
    header = ["v4_2", "Lower CI", "Upper CI", "two-year-intervals", "Time", "administrative-geography", "Geography"]
    rows = [
        [*_around(79.0), "2016-18", "2016-18", code, name, sex.lower(), sex, "0-1", "00-01"]
        for _, _, code, name in AREAS[:3]
        for sex, _ in SEXES
    ]
    return [[*header, "sex", "Sex", "age-groups", "AgeGroups"], *rows]


def _deaths() -> list[list[str]]:
    ages = AGES.split(",")
    rows = [
        [year, str(rank), sex, cause, *(str(rank + number) for number in range(len(ages))), str(20 * rank + 190)]
        for year in ("2020", "2021")
        for rank in (1, 10)
        for sex, _ in SEXES
        for cause in ("01 Neoplasms", "02 Circulatory")
    ]
    return [["year", "imd", "sex", "cause", "<1   ", *ages[1:-1], "90+  ", "All Ages"], *rows]


def _population() -> list[list[str]]:
    ages = AGES.split(",")
    rows = [
        [year, str(rank), sex, *("1000" for _ in ages), str(1000 * len(ages))]
        for year in ("2020", "2021")
        for rank in (1, 10)
        for sex, _ in SEXES
    ]
    return [["year", "imd", "sex", *ages, "All Ages"], *rows]


def _deaths_by_code() -> list[list[str]]:
    rows = [
        [code, str(rank), age, str(rank), str(rank + 1)]
        for code in ("C349", "J440", "I219")
        for rank in (1, 10)
        for age in ("0", "64", "90+")
    ]
    return [["Deaths, England"], [], ["ICD-10 code", "IMD decile", "Age", "2021", "2022"], *rows]


def _population_by_age() -> list[list[str]]:
    ages = [*map(str, range(90)), "90+"]
    rows = [[sex, str(rank), *("100" for _ in ages)] for sex in ("Males", "Females") for rank in (1, 10)]
    title = ["Estimates by sex and single year of age, England, 2020"]
    return [[], title, [], ["Sex", "Deprivation Decile (IMD 2020)", *ages], *rows]


def _local_statistics() -> list[list[str]]:
    header = "areacd,areanm,geography,indicator,period,observation,measure,unit,lci_95,uci_95,status,notes"
    kind, indicator = "County or Unitary Authority", "Male healthy life expectancy"
    return [
        header.split(","),
        *(
            [code, name, kind, indicator, f"{year}-01-01/P3Y", value, "Years", "yrs", low, high, "", ""]
            for _, _, code, name in AREAS[:2]
            for year in (2011, 2014)
            for value, low, high in (_around(57.5),)
        ),
    ]


def _similar_areas() -> list[list[str]]:
    """The first area names one fewer, as some do in the publisher's: a row of the file is no fixed number of ours."""
    first, second, third = (code for _, _, code, _ in AREAS[:3])
    return [["AREACD", "1", "2"], [first, second, ""], [second, first, third], [third, first, second]]


def _lookup(*kinds: str) -> list[list[str]]:
    """Codes and names of a column for each kind of area; bodies of the NHS have a code of their own too."""

    def is_nhs(kind: str) -> bool:
        return "ICB" in kind

    header = [name for kind in kinds for name in (f"{kind}CD", *([f"{kind}CDH"] if is_nhs(kind) else []), f"{kind}NM")]
    return [
        header,
        *(
            [
                cell
                for at, kind in enumerate(kinds, 1)
                for cell in (f"X{at:02}00000{row}", *([f"Q{at}{row}"] if is_nhs(kind) else []), f"Made {at}.{row}")
            ]
            for row in range(1, 5)
        ),
    ]
