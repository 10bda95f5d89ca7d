"""Deaths and people of the modelled country by deprivation decile, age and cause, and the life tables that follow.

What belongs here: the two files that the gap in life expectancy is split by, and their known answers. What does not:
published life expectancies (`published.py`, `life_expectancy.py`).

Death rates rise exponentially with age (Gompertz), injuries are level, and each cause has its own gradient over the
deciles: male gradients ease by 3% of those of 2007 a year, female ones steepen by as much. Deaths are the expected
ones, rounded: no chance. The answers are worked out in decimals from the printed counts, by the textbook's formulas
(Chiang's second method, Arriaga), and nothing of the pipeline is used.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from functools import cache
from itertools import pairwise

from sample_maker.layouts import csv_bytes
from sample_maker.truth import COUNTRY, POPULATION_OF_GROUPS, Z95, number

FIRST_YEAR = 2007
YEARS = range(FIRST_YEAR, FIRST_YEAR + 6)
PERIODS = {"2007-09": range(2007, 2010), "2010-12": range(2010, 2013)}
DECILES = range(1, 11)
SEXES = {"male": "Male", "female": "Female"}
STARTS = (0, 1, *range(5, 95, 5))
BANDS = ("<1", "1-4", *(f"{age}-{age + 4}" for age in range(5, 90, 5)), "90+")
MIDDLES = tuple(map(Decimal, ("0.5", "3", *(f"{age}.5" for age in range(7, 88, 5)), "93")))

# Hundreds of people in each band of a decile; bands beyond 40 grow, those below shrink, as deprivation falls.
HUNDREDS = {
    "male": (60, 240, 290, 290, 310, 320, 320, 330, 340, 350, 360, 350, 320, 290, 250, 210, 150, 90, 45, 20),
    "female": (58, 230, 280, 280, 300, 320, 320, 330, 340, 350, 360, 350, 330, 300, 270, 230, 180, 130, 80, 45),
}
STEEPNESS_OF_AGE = Decimal("0.095")
GOMPERTZ = {"male": Decimal("0.000032"), "female": Decimal("0.000022")}
INJURIES = {"male": Decimal("0.00025"), "female": Decimal("0.00008")}
FALL_A_YEAR = Decimal("0.015")
CHANGE_OF_GRADIENT = {"male": Decimal("-0.03"), "female": Decimal("0.03")}


@dataclass(frozen=True)
class Cause:
    """A cause as printed, its part of the Gompertz rate, and the logarithm of its rate, most over least deprived."""

    label: str
    part: Decimal
    gradient: Decimal

    @property
    def name(self) -> str:
        """Its words without the number."""
        return self.label[3:]


NEOPLASMS = Cause("01 Neoplasms", Decimal("0.30"), Decimal("0.6"))
RESPIRATORY = Cause("02 Diseases of the respiratory system", Decimal("0.13"), Decimal("1.4"))
HEART = Cause("04 Ischaemic heart disease", Decimal("0.17"), Decimal("1.0"))
UNINTENTIONAL = Cause("08 Unintentional injuries", Decimal(0), Decimal("1.1"))
OTHER = Cause("09 All other causes", Decimal("0.40"), Decimal("0.8"))
CAUSES = (NEOPLASMS, RESPIRATORY, HEART, UNINTENTIONAL, OTHER)
ALL_CAUSES = "all causes"

# Of OTHER, beside its part of the Gompertz rate: the first year of life, and the next four.
YOUNG = {0: Decimal("0.0045"), 1: Decimal("0.0002")}
# Of women's gradients to men's.
FLATTER = {"male": Decimal(1), "female": Decimal("0.65")}

TRUTH_HEADER = ("area_code", "period", "sex", "measure", "decile", "age_start", "cause", "value")
COMPARISONS = {"decile_1_v_10": ((1,), (10,)), "quintile_1_v_5": ((1, 2), (9, 10))}
SCHEME = "lsoa_in_england_imd_unstated"


def _whole(value: Decimal) -> int:
    return int(value.quantize(Decimal(1), rounding=ROUND_HALF_EVEN))


@cache
def people(sex: str, decile: int, band: int) -> int:
    """People of a band, the same in every year."""
    tilt = (Decimal(decile) - Decimal("5.5")) * (MIDDLES[band] - 40) / 2000
    return _whole(HUNDREDS[sex][band] * 100 * (1 + tilt))


@cache
def rate(cause: Cause, sex: str, decile: int, band: int, year: int) -> Decimal:
    """The death rate that the deaths are the rounded product of."""
    base = cause.part * GOMPERTZ[sex] * (STEEPNESS_OF_AGE * MIDDLES[band]).exp()
    if cause is UNINTENTIONAL:
        base = INJURIES[sex]
    elif cause is OTHER:
        base += YOUNG.get(band, Decimal(0))
    passed = year - FIRST_YEAR
    steepness = cause.gradient * FLATTER[sex] * (1 + CHANGE_OF_GRADIENT[sex] * passed)
    place = (Decimal("5.5") - decile) / 9
    return base * (steepness * place - FALL_A_YEAR * passed).exp()


@cache
def deaths(cause: Cause, sex: str, decile: int, band: int, year: int) -> int:
    """Deaths of a cause: as many as expected, to the nearest whole one."""
    return _whole(rate(cause, sex, decile, band, year) * people(sex, decile, band))


def files() -> dict[str, bytes]:
    """Path -> bytes: lines end in a lone carriage return and headers are padded, as ONS printed them."""
    of_deaths: list[list[object]] = [["year", "imd", "sex", "cause", "<1   ", *BANDS[1:-1], "90+  ", "All Ages"]]
    of_people: list[list[object]] = [
        ["year", "imd", "sex", "<1      ", *BANDS[1:4], *(f"{name:<8}" for name in BANDS[4:]), "All Ages"]
    ]
    for year in YEARS:
        for decile in DECILES:
            for sex, printed in SEXES.items():
                for cause in CAUSES:
                    counts = [deaths(cause, sex, decile, band, year) for band in range(len(BANDS))]
                    of_deaths.append([year, decile, printed, cause.label, *counts, sum(counts)])
                counts = [people(sex, decile, band) for band in range(len(BANDS))]
                of_people.append([year, decile, printed, *counts, sum(counts)])
    return {
        "ons/deaths_by_deprivation_decile.csv": csv_bytes(of_deaths, line_end="\r"),
        "ons/population_by_deprivation_decile.csv": csv_bytes(of_people, line_end="\r"),
    }


@dataclass(frozen=True)
class Table:
    """A life table of one born: death rates, survivors, years lived, years ahead, and their variance at birth."""

    rates: list[Decimal]
    alive: list[Decimal]
    lived: list[Decimal]
    ahead: list[Decimal]
    variance: Decimal


def life_table(counts: Sequence[int], person_years: Sequence[int]) -> Table:
    """Chiang's second method: those who die in the first year live a tenth of it, others half their band."""
    rates = [Decimal(count) / years for count, years in zip(counts, person_years, strict=True)]
    alive, lived, dying = [Decimal(1)], [], []
    for band, (start, after) in enumerate(pairwise(STARTS)):
        width, share = Decimal(after - start), Decimal("0.1") if band == 0 else Decimal("0.5")
        dying.append(width * rates[band] / (1 + width * (1 - share) * rates[band]))
        alive.append(alive[-1] * (1 - dying[-1]))
        lived.append(width * (alive[-1] + share * (alive[-2] - alive[-1])))
    lived.append(alive[-1] / rates[-1])
    ahead = [sum(lived[band:], Decimal(0)) / alive[band] for band in range(len(STARTS))]
    variance = (alive[-1] / rates[-1]) ** 2 / counts[-1]
    for band, chance in enumerate(dying):
        share = Decimal("0.1") if band == 0 else Decimal("0.5")
        loss = (1 - share) * (STARTS[band + 1] - STARTS[band]) + ahead[band + 1]
        if counts[band]:
            variance += alive[band] ** 2 * loss**2 * chance**2 * (1 - chance) / counts[band]
    return Table(rates, alive, lived, ahead, variance)


def _counts(sex: str, deciles: Iterable[int], years: Iterable[int], causes: Iterable[Cause]) -> list[int]:
    cells = [(cause, decile, year) for cause in causes for decile in deciles for year in years]
    return [sum(deaths(cause, sex, decile, band, year) for cause, decile, year in cells) for band in range(len(BANDS))]


def _person_years(sex: str, deciles: Iterable[int], years: Sequence[int]) -> list[int]:
    return [len(years) * sum(people(sex, decile, band) for decile in deciles) for band in range(len(BANDS))]


def split(sex: str, years: Sequence[int], most: Sequence[int], least: Sequence[int]) -> dict[str, Decimal]:
    """Cause -> years it adds to the gap, and the gap itself under ALL_CAUSES: Arriaga's direct and indirect effects."""
    tables, rates = [], []
    for side in (most, least):
        person_years = _person_years(sex, side, years)
        tables.append(life_table(_counts(sex, side, years, CAUSES), person_years))
        rates.append(
            {
                cause.name: [
                    Decimal(n) / p for n, p in zip(_counts(sex, side, years, [cause]), person_years, strict=True)
                ]
                for cause in CAUSES
            }
        )
    one, two = tables
    found = {cause.name: Decimal(0) for cause in CAUSES}
    for band in range(len(STARTS)):
        effect = one.alive[band] * (two.lived[band] / two.alive[band] - one.lived[band] / one.alive[band])
        if band + 1 < len(STARTS):
            still = one.alive[band] / two.alive[band] - one.alive[band + 1] / two.alive[band + 1]
            effect += sum(two.lived[band + 1 :], Decimal(0)) * still
        for name in found:
            part = (rates[1][name][band] - rates[0][name][band]) / (two.rates[band] - one.rates[band])
            found[name] += effect * part
    return {**found, ALL_CAUSES: two.ahead[0] - one.ahead[0]}


def gradient_answers() -> list[list[str]]:
    """Rows of `truth.csv`: the slope of the ten life expectancies at birth, weighted by the people of each decile."""
    rows = []
    for sex in SEXES:
        for period, years in PERIODS.items():
            tables = [
                life_table(_counts(sex, [decile], years, CAUSES), _person_years(sex, [decile], years))
                for decile in DECILES
            ]
            values = [table.ahead[0] for table in tables]
            counts = [sum(_person_years(sex, [decile], years)) for decile in DECILES]
            shares = [Decimal(count) / sum(counts) for count in counts]
            places = [sum(shares[:j], Decimal(0)) + share / 2 - Decimal("0.5") for j, share in enumerate(shares)]
            spread = sum((s * place * place for s, place in zip(shares, places, strict=True)), Decimal(0))
            weights = [s * place / spread for s, place in zip(shares, places, strict=True)]
            slope = sum((w * value for w, value in zip(weights, values, strict=True)), Decimal(0))
            mean = sum((s * value for s, value in zip(shares, values, strict=True)), Decimal(0))
            half = Z95 * sum((w * w * t.variance for w, t in zip(weights, tables, strict=True)), Decimal(0)).sqrt()
            gap = values[-1] - values[0]
            gap_half = Z95 * (tables[0].variance + tables[-1].variance).sqrt()
            for measure, value, wide in (
                ("slope_index", slope, half),
                ("absolute_gap", gap, gap_half),
                ("relative_index", (mean + slope / 2) / (mean - slope / 2), None),
                ("relative_gap", values[-1] / values[0], None),
            ):
                limits = ["", "", ""] if wide is None else [number(value - wide), number(value + wide), "0.000001"]
                key = ["life_expectancy_at_birth", COUNTRY, period, sex, "at_birth", "deprivation_decile", SCHEME]
                rows.append([*key, measure, number(value), *limits, POPULATION_OF_GROUPS])
    return rows


def known_answers() -> bytes:
    """`truth_life_expectancy.csv`: years ahead at birth and at 65 of each decile, and each cause's years of the gap."""
    rows: list[list[object]] = []
    for period, years in PERIODS.items():
        for sex in SEXES:
            for decile in DECILES:
                table = life_table(_counts(sex, [decile], years, CAUSES), _person_years(sex, [decile], years))
                for start in (0, 65):
                    ahead = number(table.ahead[STARTS.index(start)])
                    rows.append([COUNTRY, period, sex, "life_expectancy", decile, start, ALL_CAUSES, ahead])
            for comparison, sides in COMPARISONS.items():
                for cause, added in split(sex, years, *sides).items():
                    rows.append([COUNTRY, period, sex, comparison, "", "", cause, number(added)])
    return csv_bytes([TRUTH_HEADER, *rows])
