"""The Indices of Deprivation of the modelled country, in MHCLG's layouts.

What belongs here: scores, ranks, deciles, denominators and area summaries. What does not: where the neighbourhoods are
(`country.py`).

Every IMD decile of the country holds the same number of people, so that a method that weights deciles by their people
and one that weights them equally find the same known answers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache

from sample_maker import country
from sample_maker.chance import between, uniform
from sample_maker.country import Neighbourhood
from sample_maker.layouts import Cell, csv_bytes, workbook_bytes

RANK, DECILE = "Rank (where 1 is most deprived)", "Decile (where 1 is most deprived 10% of LSOAs)"
MODELLED = "Modelled by data_raw/make_sample.py, not real"

# Name, what follows "Score" in the header, kind of score.
INDICES = (
    ("Index of Multiple Deprivation (IMD)", "", "score"),
    ("Income", " (rate)", "rate"),
    ("Employment", " (rate)", "rate"),
    ("Education, Skills and Training", "", "score"),
    ("Health Deprivation and Disability", "", "standardised"),
    ("Crime", "", "standardised"),
    ("Barriers to Housing and Services", "", "score"),
    ("Living Environment", "", "score"),
    ("Income Deprivation Affecting Children Index (IDACI)", " (rate)", "rate"),
    ("Income Deprivation Affecting Older People (IDAOPI)", " (rate)", "rate"),
    ("Children and Young People Sub-domain", "", "standardised"),
    ("Adult Skills Sub-domain", "", "rate"),
    ("Geographical Barriers Sub-domain", "", "standardised"),
    ("Wider Barriers Sub-domain", "", "standardised"),
    ("Indoors Sub-domain", "", "standardised"),
    ("Outdoors Sub-domain", "", "standardised"),
)
HOUSING_RELATED = {"Barriers to Housing and Services", "Living Environment", "Geographical Barriers Sub-domain"}
DENOMINATORS = {
    2019: (
        "Total population: mid 2015 (excluding prisoners)",
        "Dependent Children aged 0-15: mid 2015 (excluding prisoners)",
        "Population aged 16-59: mid 2015 (excluding prisoners)",
        "Older population aged 60 and over: mid 2015 (excluding prisoners)",
        "Working age population 18-59/64: for use with Employment Deprivation Domain (excluding prisoners) ",
    ),
    2025: (
        "Total population: mid 2022",
        "Dependent Children aged 0-15: mid 2022",
        "Older population aged 60 and over: mid 2022",
        "Working age population 18-66 (for use with Employment Deprivation Domain): mid 2022",
    ),
}
SUMMARY = (
    "IMD - Average rank ", "IMD - Rank of average rank ", "IMD - Average score ", "IMD - Rank of average score ",
    "IMD - Proportion of LSOAs in most deprived 10% nationally ",
    "IMD - Rank of proportion of LSOAs in most deprived 10% nationally ",
    "IMD 2019 - Extent ", "IMD 2019 - Rank of extent ",
    "IMD 2019 - Local concentration ", "IMD 2019 - Rank of local concentration ",
)  # fmt: skip


@dataclass(frozen=True)
class Ranked:
    """One index of one place: the score in thousandths, the rank (1 = most deprived) and the decile."""

    score: int
    rank: int
    decile: int


def _places(edition: int) -> tuple[Neighbourhood, ...]:
    return country.neighbourhoods_2011() if edition == 2019 else country.neighbourhoods_2021()


def _score(edition: int, index: str, kind: str, place: Neighbourhood) -> int:
    """A score in thousandths. The overall index follows need; the others follow it loosely, housing hardly."""
    own = uniform("score", edition, index, place.code)
    # The country hardly changes between the editions, but the index does.
    need = place.need if edition == 2019 else 0.85 * place.need + 0.15 * uniform("need 2025", place.code)
    overall, housing = index == INDICES[0][0], index in HOUSING_RELATED
    share = 0.02 if overall else (0.85 if housing else 0.3)
    level = (1 - share) * need + share * own
    curved = {"score": 1.5 + 100 * level * level * level, "rate": 0.005 + 0.7 * level * level}
    return round(1000 * curved.get(kind, 6 * level - 3))


@cache
def ranked(edition: int) -> dict[str, dict[str, Ranked]]:
    """Index name -> LSOA code -> score, rank and decile; the highest score has rank 1, ties go by code."""
    places = _places(edition)
    found = {}
    for index, _, kind in INDICES:
        scores = {place.code: _score(edition, index, kind, place) for place in places}
        order = sorted(scores, key=lambda code: (-scores[code], code))
        found[index] = {
            code: Ranked(scores[code], rank, -(-rank * 10 // len(order))) for rank, code in enumerate(order, start=1)
        }
    return found


@cache
def people(edition: int, reference: str, mean: int) -> dict[str, int]:
    """People in each LSOA, 1,000 to 2,500, so that every IMD decile of the edition holds `mean` a place exactly."""
    overall = ranked(edition)[INDICES[0][0]]
    by_decile: dict[int, list[str]] = {}
    for code in sorted(overall):
        by_decile.setdefault(overall[code].decile, []).append(code)
    found: dict[str, int] = {}
    for codes in by_decile.values():
        count = {code: between(mean - 500, mean + 500, "people", reference, code) for code in codes}
        missing = mean * len(codes) - sum(count.values())
        for position, code in enumerate(codes):
            share = (missing * (position + 1)) // len(codes) - (missing * position) // len(codes)
            found[code] = count[code] + share
    return found


def total_people(edition: int) -> dict[str, int]:
    """People in each LSOA as the index counts them: mid 2015 (edition 2019) or mid 2022 (edition 2025)."""
    return people(2019, "mid 2015", 1650) if edition == 2019 else people(2025, "mid 2022", 1700)


def _denominators(edition: int, code: str) -> list[int]:
    total = total_people(edition)[code]
    children = total * between(14, 24, "children", edition, code) // 100
    older = total * between(16, 32, "older", edition, code) // 100
    if edition == 2019:
        middle = total - children - older
        return [total, children, middle, older, middle * 97 // 100]
    return [total, children, older, (total - children - older) * 105 // 100]


def all_scores(edition: int) -> bytes:
    """File 7: every score, rank and decile with the denominators, in the edition's own header and line ends."""
    lsoa_year, lad_year = (2011, 2019) if edition == 2019 else (2021, 2024)
    header = [f"LSOA code ({lsoa_year})", f"LSOA name ({lsoa_year})"]
    header += [f"Local Authority District {what} ({lad_year})" for what in ("code", "name")]
    for index, suffix, _ in INDICES:
        header += [f"{index} Score{suffix}", f"{index} {RANK}", f"{index} {DECILE}"]
    if edition == 2025:  # as published: one header is cut off
        cut = header.index(f"Children and Young People Sub-domain {DECILE}")
        header[cut] = header[cut].removesuffix("As)")
    rows: list[list[object]] = [[*header, *DENOMINATORS[edition]]]
    for place in _places(edition):
        row: list[object] = [place.code, place.name, *place.district.at(lad_year)]
        for index, _, _ in INDICES:
            entry = ranked(edition)[index][place.code]
            row += [entry.score / 1000, entry.rank, entry.decile]
        rows.append([*row, *_denominators(edition, place.code)])
    return csv_bytes(rows, line_end="\r\n" if edition == 2019 else "\n")


def ranks_2025() -> bytes:
    """File 1 of 2025: rank and decile of the overall index, with the published header that is cut off."""
    rows: list[Sequence[Cell]] = [
        [
            "LSOA code (2021)", "LSOA name (2021)",
            "Local Authority District code (2024)", "Local Authority District name (2024)",
            f"{INDICES[0][0]} {RANK}", f"{INDICES[0][0]} {DECILE}".removesuffix("s)"),
        ]
    ]  # fmt: skip
    for place in country.neighbourhoods_2021():
        entry = ranked(2025)[INDICES[0][0]][place.code]
        rows.append([place.code, place.name, *place.district.at(2024), entry.rank, entry.decile])
    return workbook_bytes({"Notes": [[MODELLED]], "IMD25": rows})


def _rounded(numerator: int, denominator: int, places: int) -> float:
    """A quotient rounded half up, in whole numbers until the last step."""
    scale = int(10**places)
    return ((2 * numerator * scale + denominator) // (2 * denominator)) / scale


def _summary(codes: Sequence[str]) -> list[float]:
    """Average rank, average score, proportion in the most deprived 10%, extent and local concentration of an area.

    As MHCLG defines them (reproduced on the published files): ranks are turned round so that higher is more deprived;
    scores, ranks and extent are weighted by people, the proportion counts LSOAs; in the extent everybody in the most
    deprived 10% counts, then 95% down to 5% over the next twenty hundredths; the concentration is the average rank of
    the most deprived LSOAs that hold exactly a tenth of the people.
    """
    overall, persons = ranked(2019)[INDICES[0][0]], total_people(2019)
    size = len(overall)
    total = sum(persons[code] for code in codes)
    turned = {code: size + 1 - overall[code].rank for code in codes}
    extent = 0  # in 1/1900 of a person: weights 1, then 0.95 - 0.9 * k / 19
    for code in codes:
        hundredth = -(-overall[code].rank * 100 // size)
        if hundredth <= 30:
            extent += persons[code] * (1900 if hundredth <= 10 else 1805 - 90 * (hundredth - 11))
    left, concentration = total, 0  # people in tenths
    for code in sorted(codes, key=lambda code: overall[code].rank):
        taken = min(10 * persons[code], left)
        concentration += taken * turned[code]
        left -= taken
    return [
        _rounded(sum(persons[code] * turned[code] for code in codes), total, 2),
        _rounded(sum(persons[code] * overall[code].score for code in codes), total * 1000, 3),
        _rounded(sum(overall[code].decile == 1 for code in codes), len(codes), 4),
        _rounded(extent, total * 1900, 4),
        _rounded(concentration, total, 2),
    ]


def _members(*, upper: bool) -> dict[country.Code, list[str]]:
    """The LSOAs of each district or upper-tier area of 2019, by area code."""
    found: dict[country.Code, list[str]] = {}
    for place in country.neighbourhoods_2011():
        area = place.district.upper_at(2019) if upper else place.district.at(2019)
        found.setdefault(area, []).append(place.code)
    return dict(sorted(found.items()))


def people_by_area_decile(*, upper: bool) -> list[int]:
    """People in each tenth of the areas of 2019 (as many areas in each), ranked by average score, worst first."""
    overall, persons = ranked(2019)[INDICES[0][0]], total_people(2019)
    totals = [
        (sum(persons[code] * overall[code].score for code in codes), sum(persons[code] for code in codes))
        for codes in _members(upper=upper).values()
    ]
    worst_first = sorted(totals, key=lambda total: Fraction(*total), reverse=True)
    size = len(worst_first) // 10
    return [sum(people for _, people in worst_first[i : i + size]) for i in range(0, 10 * size, size)]


def summaries(*, upper: bool) -> bytes:
    """File 10 (districts) or File 11 (upper tier) of 2019, with the published headers and their stray blanks."""
    figures = {area: _summary(codes) for area, codes in _members(upper=upper).items()}
    tier = "Upper Tier Local Authority District" if upper else "Local Authority District"
    rows: list[Sequence[Cell]] = [[f"{tier} code (2019)", f"{tier} name (2019)", *SUMMARY]]
    for area, values in figures.items():
        ranks = [1 + sum(other[i] > value for other in figures.values()) for i, value in enumerate(values)]
        rows.append([*area, *(cell for pair in zip(values, ranks, strict=True) for cell in pair)])
    return workbook_bytes({"Notes": [[MODELLED]], "IMD": rows})
