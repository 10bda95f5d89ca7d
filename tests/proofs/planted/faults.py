"""The planted faults: what a publisher, a proxy, a spreadsheet or we could do to the files, one at a time.

What belongs here: a name that a person understands, and the change. What does not: how a file is written (`spoil.py`)
or who must catch it: any net will do, as long as one does.
"""

from __future__ import annotations

from pathlib import Path

from tests.proofs.planted import spoil
from tests.proofs.planted.spoil import CODE, FIGURES, GROUP, GROUPING, KIND, NOTE, PERIOD, SEX, VALUE, Row, Spoil

OBESITY, INACTIVE, SMOKING = "fingertips/93881_502.csv", "fingertips/93015_502.csv", "fingertips/92443_502.csv"
CARE_BOARDS, LIFE, HEALTHY = "fingertips/92443_221.csv", "fingertips/90366_501.csv", "fingertips/90362_502.csv"
SLOPES, TENTHS = "fingertips/92901_501.csv", "population/england_by_imd_decile.csv"
FILE_7, DEATHS = "iod/iod2019_file_7.csv", "ons/deaths_by_deprivation_decile.csv"
DECILES = (
    "Most deprived decile",
    "Second most deprived decile",
    "Third more deprived decile",
    "Fourth more deprived decile",
    "Fifth more deprived decile",
    "Fifth less deprived decile",
    "Fourth less deprived decile",
    "Third less deprived decile",
    "Second least deprived decile",
    "Least deprived decile",
)
RANK = "Index of Multiple Deprivation (IMD) Rank (where 1 is most deprived)"
DECILE = "Index of Multiple Deprivation (IMD) Decile (where 1 is most deprived 10% of LSOAs)"


def is_total(row: Row) -> bool:
    """A row of an area as a whole."""
    return not row[GROUPING]


def is_area(row: Row) -> bool:
    """A row of an area below the country, as a whole."""
    return is_total(row) and row[KIND] != "England"


def is_country(row: Row) -> bool:
    """A row of the country as a whole."""
    return is_total(row) and row[KIND] == "England"


def _flipped(row: Row) -> Row:
    lower, upper = row[FIGURES[1]], row[FIGURES[2]]
    turned = {name: f"-{text}" if text else "" for name, text in ((VALUE, row[VALUE]), *_pairs(lower, upper))}
    return row | turned


def _pairs(lower: str, upper: str) -> list[tuple[str, str]]:
    return [(FIGURES[1], upper), (FIGURES[2], lower)]


def _one_for_all(rows: list[Row]) -> list[Row]:
    first = next(row for row in rows if is_area(row) and row[VALUE] and row[PERIOD] == "2022")
    same = {name: first[name] for name in FIGURES}
    return [row | same if is_area(row) and row[PERIOD] == "2022" and row[VALUE] else row for row in rows]


def _doubled(rows: list[Row]) -> list[Row]:
    again = [spoil.figures(lambda figure: figure + 3)(row) for row in rows if row[CODE] == "X06000001"]
    return rows + again


def _period_again(rows: list[Row]) -> list[Row]:
    return rows + [
        row | {PERIOD: "2017 - 19", "Time period Sortable": "20170000"} for row in rows if row[PERIOD] == "2016 - 18"
    ]


def _at_65(rows: list[Row]) -> list[Row]:
    """Years left at 65, with those of 2019-21 left as they are at birth."""
    kept = [row for row in rows if is_total(row)]
    less = spoil.figures(lambda figure: figure - 61)
    as_at_65 = {"Indicator ID": "91102", "Indicator Name": "A01b - Life expectancy at 65", "Age": "65"}
    return [(row if row[PERIOD] == "2019 - 21" else less(row)) | as_at_65 for row in kept]


def _reversed_ranks(rows: list[Row]) -> list[Row]:
    return [row | {RANK: str(len(rows) + 1 - int(row[RANK])), DECILE: str(11 - int(row[DECILE]))} for row in rows]


def _no_tenth(rows: list[Row]) -> list[Row]:
    return [row for row in rows if row["decile"] != "7"]


SHIFTED = dict(zip(DECILES, DECILES[1:] + DECILES[:1], strict=True))
UPSIDE_DOWN = dict(zip(DECILES, reversed(DECILES), strict=True))
NEIGHBOURS = {DECILES[1]: DECILES[2], DECILES[2]: DECILES[1]}

FAULTS: dict[str, Spoil] = {
    # Groups under the wrong label
    "two neighbouring deciles swapped, one year": spoil.exchange(
        OBESITY, GROUP, NEIGHBOURS, where=lambda row: row[PERIOD] == "2021/22"
    ),
    "deciles upside down": spoil.exchange(OBESITY, GROUP, UPSIDE_DOWN),
    "labels shifted by one": spoil.exchange(INACTIVE, GROUP, SHIFTED),
    "life expectancy deciles upside down": spoil.exchange(LIFE, GROUP, UPSIDE_DOWN),
    "ranks of the IMD reversed": spoil.rewrite(FILE_7, _reversed_ranks),
    "the sexes exchanged": spoil.exchange(LIFE, SEX, {"Male": "Female", "Female": "Male"}),
    "two areas' codes exchanged": spoil.exchange(OBESITY, CODE, {"X06000010": "X06000011", "X06000011": "X06000010"}),
    # Figures that are other figures
    "a sign flipped": spoil.each(LIFE, spoil.figures(lambda figure: -figure), where=is_area),
    "the country's published slope with its sign flipped": spoil.each(SLOPES, _flipped, where=is_country),
    "limits crossed": spoil.each(
        OBESITY, lambda row: row | {FIGURES[1]: row[FIGURES[2]], FIGURES[2]: row[FIGURES[1]]}, where=is_total
    ),
    "99.8% limits inside the 95% limits": spoil.each(
        OBESITY, lambda row: row | {FIGURES[3]: row[VALUE], FIGURES[4]: row[VALUE]}, where=is_total
    ),
    "one figure's digits turned round": spoil.each(
        OBESITY, spoil.put(Value="62.4"), where=lambda row: is_country(row) and row[PERIOD] == "2020/21"
    ),
    "units x100": spoil.each(SMOKING, spoil.figures(lambda figure: figure * 100)),
    "per cent as a fraction": spoil.each(INACTIVE, spoil.figures(lambda figure: figure / 100)),
    "values halved": spoil.each(OBESITY, spoil.figures(lambda figure: figure / 2)),
    "counts for values": spoil.each(INACTIVE, lambda row: row | {VALUE: row["Denominator"]}),
    "rounded to whole numbers": spoil.each(INACTIVE, spoil.figures(round, [VALUE])),
    "decimal commas": spoil.each(LIFE, lambda row: row | {name: row[name].replace(".", ",") for name in FIGURES}),
    "the value column down by one row": spoil.rewrite(LIFE, spoil.down_one([VALUE], where=is_area)),
    "value and limits down by one row": spoil.rewrite(SMOKING, spoil.down_one(FIGURES, where=is_area)),
    "one area's value copied to all": spoil.rewrite(SMOKING, _one_for_all),
    "healthy years above all years": spoil.each(HEALTHY, spoil.figures(lambda figure: figure + 25)),
    "years left at 65 above those at birth": spoil.added("fingertips/91102_501.csv", LIFE, _at_65),
    "denominators of one sex x10": spoil.each(
        OBESITY, lambda row: row | {"Denominator": row["Denominator"] + "0"}, where=lambda row: row[SEX] == "Male"
    ),
    # Missing figures that are not missing
    "a suppressed value turned 0": spoil.each(
        SMOKING, spoil.put(Value="0", Value_note=""), where=lambda row: "suppressed" in row[NOTE]
    ),
    "a suppressed value shown beside its note": spoil.each(
        SMOKING, spoil.put(Value="12.3"), where=lambda row: "suppressed" in row[NOTE]
    ),
    "-1 for missing": spoil.each(INACTIVE, spoil.put(Value="-1", Value_note=""), where=lambda row: not row[VALUE]),
    "all values blank": spoil.each(HEALTHY, spoil.put(**{name.replace(" ", "_"): "" for name in FIGURES})),
    # Rows that are not there, or twice
    "England missing": spoil.each(OBESITY, lambda _: None, where=is_country),
    "an indicator halved": spoil.rewrite(HEALTHY, lambda rows: rows[::2]),
    "an indicator gone": lambda folder: (folder / SLOPES).unlink(),
    "a sex missing": spoil.each(HEALTHY, lambda _: None, where=lambda row: row[SEX] == "Male"),
    "an old file served again": spoil.each(OBESITY, lambda _: None, where=lambda row: row[PERIOD] == "2023/24"),
    "a file cut at the end of a row": spoil.rewrite(SMOKING, lambda rows: rows[: len(rows) // 2]),
    "the IMD cut at the end of a row": spoil.rewrite(FILE_7, lambda rows: rows[:350]),
    "a decile's people missing": spoil.rewrite(TENTHS, _no_tenth),
    "a decile's people nought": spoil.each(
        TENTHS, lambda row: row | {"population": "0"}, where=lambda row: row["decile"] == "7"
    ),
    "a period under two names": spoil.rewrite(HEALTHY, _period_again),
    "an area's rows doubled with other values": spoil.rewrite(OBESITY, _doubled),
    "a file twice with other values": spoil.added(
        "fingertips/93881_again.csv", OBESITY, lambda rows: map(spoil.figures(lambda figure: figure + 1), rows)
    ),
    "a period of the future": spoil.text(OBESITY, ",2023/24,", ",2033/34,"),
    # Other places and other people
    "area codes of another country": spoil.text(OBESITY, ",X06", ",W06"),
    "the NHS's prefix twice": spoil.text(CARE_BOARDS, ",nX54", ",nnX54"),
    "deaths of one cause negative": spoil.text(DEATHS, "2010,1,Male,01 Neoplasms,0", "2010,1,Male,01 Neoplasms,-5"),
    # Files that are no such file
    "HTML in place of a CSV": spoil.raw(LIFE, lambda _: b"<!DOCTYPE html><html><body>Sign in</body></html>"),
    "UTF-16": spoil.raw(OBESITY, lambda content: content.decode("utf-8-sig").encode("utf-16")),
    "Latin-1": spoil.raw(OBESITY, lambda content: content.replace(b"Modelled Unitary 17", b"Modelled Unit\xe9 17")),
    "no bytes": spoil.raw(OBESITY, lambda _: b""),
    "a column renamed": spoil.text(OBESITY, ",Value,", ",Amount,"),
    "a label that nobody knows": spoil.text(OBESITY, DECILES[1], "Rather deprived decile"),
}

ONLY_HISTORY: dict[str, str] = {
    "value and limits down by one row": "each figure is one that an area of the file has, with its own limits",
}
"""Faults that a first run cannot see, and why: what is shown is possible, and only an earlier file says otherwise."""


def plant(fault: str, folder: Path) -> None:
    """Spoil a copy of the sample."""
    FAULTS[fault](folder)
