"""The two files of published figures: England's life expectancy and people by deprivation decile.

What belongs here: the layout of the facts in `facts.py`. What does not: anything modelled.
"""

from __future__ import annotations

from sample_maker import facts
from sample_maker.layouts import Cell, csv_bytes, workbook_bytes

NOT_AVAILABLE = "[x]"
SEX_CODES = {"Male": 1, "Female": 2}


def life_expectancy() -> bytes:
    """The ONS workbook: cover, notes, sheet 1 (life expectancy) and sheet 4 (healthy), header on row 7, no limits."""
    years = facts.by_decile(facts.LIFE_EXPECTANCY)
    healthy = facts.by_decile(facts.HEALTHY_LIFE_EXPECTANCY)
    per_cent = {(period, sex): values for period, sex, values in facts.by_decile(facts.PER_CENT_IN_GOOD_HEALTH)}
    header: list[Cell] = ["Period", "IMD decile", "Sex", "Sex code", "Age group", "Age code"]
    sheets: dict[str, list[list[Cell]]] = {
        "Cover sheet": [
            ["Healthy life expectancy by national area deprivation, England: time series"],
            [f"Source: {facts.LIFE_EXPECTANCY_SOURCE}"],
            ["Contains public sector information licensed under the Open Government Licence v3.0"],
        ],
        "Notes": [
            ["Notes"],
            ["Published figures, typed in to 1 decimal place by data_raw/make_sample.py; this is not the ONS file"],
            ["[x] = not available here: the confidence limits were not typed in"],
        ],
    }
    for sheet, title, column, table in (
        ("1", "Table 1: Life expectancy (years) by national deprivation decile, England", "LE", years),
        ("4", "Table 4: Healthy life expectancy (years) by national deprivation decile, England", "HLE", healthy),
    ):
        share: list[Cell] = ["Proportion (%)"] if column == "HLE" else []
        rows: list[list[Cell]] = [
            [title],
            ["This worksheet contains one table"],
            ["Some cells are empty: confidence limits are not available"],
            ["Source: Office for National Statistics"],
            ["Decile 1 is the most deprived"],
            [],
            [*header, column, "LCI", "UCI", *share],
        ]
        by_period = {(period, sex): values for period, sex, values in table}
        for period in dict.fromkeys(period for period, _ in by_period):
            for decile in range(1, 11):
                for sex, code in SEX_CODES.items():
                    value = by_period[period, sex][decile - 1]
                    last = [per_cent[period, sex][decile - 1]] if share else []
                    rows.append([period, decile, sex, code, "<1", 1, value, NOT_AVAILABLE, NOT_AVAILABLE, *last])
        sheets[sheet] = rows
    return workbook_bytes(sheets)


def population() -> bytes:
    """England's people by IMD 2019 decile."""
    header = (
        "area_code", "imd_release", "lsoa_vintage", "decile", "population", "population_reference", "source_reference",
    )  # fmt: skip
    rows = [
        ("E92000001", 2019, 2011, decile, count, "mid-2015 excluding prisoners", facts.POPULATION_SOURCE)
        for decile, count in enumerate(facts.POPULATION_BY_DECILE, start=1)
    ]
    return csv_bytes([header, *rows])
