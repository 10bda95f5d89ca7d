"""Life and healthy life expectancy by national deprivation decile, England, as ONS publishes them in one workbook.

What belongs here: the sheets of that workbook as they are now (`LE`, `HLE`, `2022 to 2024`, `<1`) and as they were
(`Life expectancy (LE)`, `2018-2020`, `Ageband` 1). What does not: life expectancy of local areas (`fingertips.py`).

Decile 1 is the most deprived. The workbook does not say which edition of the Index of Multiple Deprivation stands
behind its deciles, and ONS moved from the index of 2015 to that of 2019 with 2016-18. The one scheme given to every
row here, LSOAs of 2011 by the index of 2019, is therefore our assignment, not a fact read from the file.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import polars as pl

from pipelines.sources.contract import OBSERVATION, REJECTED, Parsed, Resource, Snapshot, as_observation
from pipelines.sources.layout import LICENCE, LINE, Column, Table, no_direct_address, tidy_header, workbook_tables
from pipelines.sources.period import conform_period
from pipelines.sources.typed_rows import finish

SOURCE = "ons_life_expectancy_by_decile"
DIMENSION = "deprivation_decile"
SCHEME = "lsoa11_in_england_imd2019"
CATEGORIES = (
    "most_deprived",
    "second_most_deprived",
    "third_more_deprived",
    "fourth_more_deprived",
    "fifth_more_deprived",
    "fifth_less_deprived",
    "fourth_less_deprived",
    "third_less_deprived",
    "second_least_deprived",
    "least_deprived",
)
"""Decile slugs by rank: the first is decile 1, the most deprived."""

NO_INDICATOR = "no indicator in the catalogue for this age"

MARKERS: dict[str, tuple[str, str]] = {
    "[x]": ("missing_in_source", "ONS marker [x]: not available"),
    "[c]": ("suppressed_small_count", "ONS marker [c]: confidential, suppressed"),
    "[u]": ("not_published_quality", "ONS marker [u]: low reliability, not published"),
    "[z]": ("other_note", "ONS marker [z]: not applicable"),
}
"""What ONS writes in place of a number: our note code and its words. A marked value is null, never zero."""

_SEXES = {"male": "male", "males": "male", "female": "female", "females": "female", "persons": "persons"}
_VALUES = {
    "life_expectancy_at_birth": ("le", "life expectancy (le)", "life expectancy"),
    "healthy_life_expectancy_at_birth": ("hle", "healthy life expectancy (hle)", "healthy life expectancy"),
}
_BREAKDOWN = (
    Column("period", ("period",)),
    Column("decile", ("imd decile", "deprivation decile", "decile")),
    Column("sex", ("sex",)),
)
_AGES = (
    Column("age_group", ("age group",), may_be_absent=True),
    Column("age_band", ("ageband", "age band", "age code"), may_be_absent=True),
)
_LOWER = re.compile(r"\blci\b|\blower\b")
_UPPER = re.compile(r"\buci\b|\bupper\b")
_ANY_MEASURE = re.compile(r"expectancy|^d?h?le$|proportion")


class _UnreadableError(Exception):
    """A row that cannot become an observation; its text is the reason."""


def parse_life_expectancy_by_decile(content: bytes, snapshot: Snapshot) -> Parsed:
    """Read both measures from the workbook into OBSERVATION rows for England, in years, at birth.

    Sheets are found by their headers. `rows_in` counts a sheet row once for each measure it carries; ages other than
    birth are rejected, since the catalogue holds no such indicator. Raises ContractBroken when neither measure is
    found, or either is missing.
    """
    parts = []
    for indicator, headers in _VALUES.items():
        columns = (*_BREAKDOWN, Column("value", headers), *_AGES)
        parts += [_read(table, columns, indicator, snapshot) for table in workbook_tables(content, snapshot, columns)]
    return finish(parts, snapshot)


def _read(table: Table, columns: tuple[Column, ...], indicator: str, snapshot: Snapshot) -> Parsed:
    lower, upper = _limits(table)
    cells = table.cells.select(
        *(table.text(column) for column in columns),
        lower.alias("value_lower"),
        upper.alias("value_upper"),
        table.row_text().alias("row_text"),
        LINE,
    )
    known = {"indicator": indicator, "source": SOURCE, "snapshot_sha256": snapshot.sha256}
    rows: list[dict[str, Any]] = []
    rejected: list[dict[str, Any]] = []
    for row in cells.iter_rows(named=True):
        try:
            rows.append({**known, **_observation(row), LINE: row[LINE]})
        except _UnreadableError as reason:
            rejected.append({**row, **known, "reason": str(reason)})
    return Parsed(
        rows=as_observation(pl.DataFrame(rows, schema_overrides=OBSERVATION)),
        rejected=pl.DataFrame([{name: row[name] for name in REJECTED} for row in rejected], schema=REJECTED),
        rows_in=cells.height,
    )


def _limits(table: Table) -> tuple[pl.Expr, pl.Expr]:
    """The limits that belong to the value: the first such columns to its right, before another measure begins."""
    found: dict[str, pl.Expr] = {}
    for position in range(table.placed["value"] + 1, len(table.headers)):
        header = tidy_header(table.headers[position])
        side = "lower" if _LOWER.search(header) else "upper" if _UPPER.search(header) else None
        if side:
            found.setdefault(side, pl.col(str(position)))
        elif _ANY_MEASURE.search(header):
            break
    nothing = pl.lit(None, pl.String)
    return found.get("lower", nothing), found.get("upper", nothing)


def _observation(row: Mapping[str, Any]) -> dict[str, Any]:
    if not (row["age_group"] or row["age_band"]):
        raise _UnreadableError("age: empty")
    at_birth = row["age_group"] == "<1" if row["age_group"] else row["age_band"] == "1"
    if not at_birth:
        raise _UnreadableError(NO_INDICATOR)
    sex = _SEXES.get((row["sex"] or "").lower())
    if sex is None:
        raise _UnreadableError(f"sex: {row['sex']!r} is not Male, Female or Persons")
    decile = row["decile"] or ""
    if decile not in {str(rank) for rank in range(1, 11)}:
        raise _UnreadableError(f"decile: {decile!r} is not 1 to 10")
    try:
        period = conform_period(row["period"] or "", period_range=None, year_type="calendar")
    except ValueError as error:
        raise _UnreadableError(f"period: {error}") from error
    value, note_code, note = _value(row["value"])
    return {
        "area_code": "E92000001",
        "area_type": "country",
        "period": period.period,
        "period_label": row["period"],
        "period_length": period.length,
        "period_start": period.start,
        "period_end": period.end,
        "sex": sex,
        "age": "at_birth",
        "age_label": row["age_group"] or row["age_band"],
        "dimension": DIMENSION,
        "scheme": SCHEME,
        "category": CATEGORIES[int(decile) - 1],
        "category_label": decile,
        "category_rank": int(decile),
        "value": value,
        "value_lower": _limit(row, "value_lower"),
        "value_upper": _limit(row, "value_upper"),
        "note_code": note_code,
        "note": note,
    }


def _value(cell: str | None) -> tuple[float | None, str | None, str | None]:
    marker = MARKERS.get((cell or "").lower())
    if marker:
        return None, *marker
    if cell is None:
        raise _UnreadableError("value: empty, without a marker that says why")
    return _years(cell, "value"), None, None


def _limit(row: Mapping[str, Any], side: str) -> float | None:
    cell = row[side]
    return None if cell is None or cell.lower() in MARKERS else _years(cell, side)


def _years(cell: str, name: str) -> float:
    """A number of years, 0 to 120. Raises _UnreadableError for anything else."""
    try:
        years = float(cell)
    except ValueError as error:
        raise _UnreadableError(f"{name}: {cell!r} is not a number or a known marker") from error
    if not 0 <= years <= 120:
        raise _UnreadableError(f"{name}: {cell} is outside 0 to 120 years")
    return years


RESOURCES: tuple[Resource, ...] = (
    Resource(
        name="ons_life_expectancy_by_decile",
        path="ons/life_expectancy_by_deprivation_decile.xlsx",
        table="ons_life_expectancy_by_decile",
        description="Life and healthy life expectancy at birth in England by national deprivation decile and sex.",
        url=(
            "https://www.ons.gov.uk/peoplepopulationandcommunity/healthandsocialcare/healthinequalities/datasets/"
            "healthylifeexpectancybynationalareadeprivationenglandtimeseries"
        ),
        publisher="ONS",
        licence=LICENCE,
        cadence="annual",
        parser=parse_life_expectancy_by_decile,
        live_addresses=no_direct_address,
    ),
)
