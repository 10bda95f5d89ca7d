"""People of the modelled country by age band, in the layout of a Nomis census table.

What belongs here: the census file. What does not: the denominators of the indices (`deprivation.py`).
"""

from __future__ import annotations

from sample_maker import country, deprivation
from sample_maker.chance import between
from sample_maker.layouts import csv_bytes

BANDS = (
    "Aged 4 years and under",
    *(f"Aged {start} to {start + 4} years" for start in range(5, 85, 5)),
    "Aged 85 years and over",
)
WEIGHTS = (54, 59, 60, 57, 60, 66, 70, 67, 63, 64, 69, 67, 58, 49, 50, 36, 25, 24)


def census() -> bytes:
    """Census table TS007A: preamble, header, blank line, one row for each LSOA 2021, blank lines at the end.

    Total people are the same in every decile of the 2025 index (see `deprivation.people`).
    """
    totals = deprivation.people(2025, "census 2021", 1680)
    rows: list[list[object]] = [
        [],
        ["TS007A - Age by five-year age bands"],
        [f"{deprivation.MODELLED}, in the layout of Nomis"],
        ["Date       :", "2021"],
        [],
        ["2021 super output area - lower layer", "mnemonic", "Total", *BANDS],
        [],
    ]
    for place in country.neighbourhoods_2021():
        weights = [weight * between(70, 130, "age", place.code, i) for i, weight in enumerate(WEIGHTS)]
        total, left = totals[place.code], sum(weights)
        counts, remaining = [], total
        for weight in weights:
            counts.append(remaining * weight // left)
            remaining, left = remaining - counts[-1], left - weight
        rows.append([place.name, place.code, total, *counts])
    return csv_bytes([*rows, [], [], []], quote_text=True)
