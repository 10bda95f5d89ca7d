"""The lookups of the modelled country, in the layouts of ONS Geography.

What belongs here: which code belongs to which in a year. What does not: how the areas come about (`country.py`).
"""

from __future__ import annotations

from sample_maker import country
from sample_maker.layouts import csv_bytes

YEARS = range(2016, 2025)


def _district_lookup(year: int, *, upper: bool, code_first: bool = False) -> bytes:
    """Lower tier to upper tier or region in a year."""
    short = year % 100
    target = "utla" if upper else "region"
    order = ("code", "name") if code_first else ("name", "code")
    header = [f"{what}{short}_{part}" for what in ("ltla", target) for part in order]
    rows: dict[str, list[str]] = {}
    for district in country.districts():
        lower, higher = district.at(year), district.upper_at(year) if upper else district.region
        step = 1 if code_first else -1
        rows[lower[0]] = [*lower[::step], *higher[::step]]
    return csv_bytes([header, *(rows[code] for code in sorted(rows))])


def _history() -> bytes:
    """One row for each chain of codes from 2016 to 2024."""
    header = [f"ltla{year % 100}_{part}" for year in YEARS for part in ("code", "name")]
    chains = [[cell for year in YEARS for cell in district.at(year)] for district in country.districts()]
    return csv_bytes([header, *sorted(chains)])


def _places_2011_to_2019() -> bytes:
    header = ("lsoa11_name", "lsoa11_code", "ltla19_name", "ltla19_code")
    rows = [(p.name, p.code, *p.district.at(2019)[::-1]) for p in country.neighbourhoods_2011()]
    return csv_bytes([header, *rows])


def _places_2021_to_2024() -> bytes:
    header = ("lsoa21_name", "lsoa21_code", "ltla24_name", "ltla24_code")
    rows = [(p.name, p.code, *p.district.at(2024)[::-1]) for p in country.neighbourhoods_2021()]
    return csv_bytes([header, *rows])


def _exact_fit() -> bytes:
    header = (
        "lsoa11_name", "lsoa11_code", "change_code", "lsoa21_name", "lsoa21_code", "ltla22_name", "ltla22_code",
    )  # fmt: skip
    rows = [
        (old.name, old.code, change, new.name, new.code, *new.district.at(2022)[::-1])
        for old, change, new in country.changes()
    ]
    return csv_bytes([header, *rows])


def _boards(lsoa_year: int, year: int, nhs: str) -> bytes:
    """Neighbourhoods to care boards and their parts; the older lookup also names the district."""
    lsoa, short = f"lsoa{lsoa_year % 100}", year % 100
    header = [f"{lsoa}_name", f"{lsoa}_code"]
    for what in ("sicbl", "icb"):
        header += [f"{what}{short}_name", f"{what}{short}_code", f"{what}{short}_code_{nhs}"]
    with_district = lsoa_year == 2011
    if with_district:
        header += [f"ltla{short}_name", f"ltla{short}_code"]
    rows = []
    for place in country.neighbourhoods_2011() if lsoa_year == 2011 else country.neighbourhoods_2021():
        row = [place.name, place.code]
        for code, nhs_code, name in (place.district.sub_board, place.district.board):
            row += [name, code, nhs_code]
        rows.append([*row, *(place.district.at(year)[::-1] if with_district else ())])
    return csv_bytes([header, *rows])


def files() -> dict[str, bytes]:
    """Path -> bytes of the twelve lookups."""
    return {
        "geography/lad19_to_region19.csv": _district_lookup(2019, upper=False),
        "geography/lad19_to_utla19.csv": _district_lookup(2019, upper=True),
        "geography/lad21_to_utla21.csv": _district_lookup(2021, upper=True),
        "geography/lad23_to_region23.csv": _district_lookup(2023, upper=False),
        "geography/lad23_to_utla23.csv": _district_lookup(2023, upper=True, code_first=True),
        "geography/lad24_to_region24.csv": _district_lookup(2024, upper=False),
        "geography/lad_history_2016_2024.csv": _history(),
        "geography/lsoa11_to_icb22.csv": _boards(2011, 2022, "h"),
        "geography/lsoa11_to_lad19.csv": _places_2011_to_2019(),
        "geography/lsoa11_to_lsoa21_to_lad22.csv": _exact_fit(),
        "geography/lsoa21_to_icb24.csv": _boards(2021, 2024, "nhs"),
        "geography/lsoa21_to_lad24.csv": _places_2021_to_2024(),
    }
