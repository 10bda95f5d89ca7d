"""Smoking, obesity and inactivity in the modelled country, traps included.

What belongs here: the survey indicators. What does not: the layout (`fingertips.py`) or the known answers (`truth.py`).
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from sample_maker import country
from sample_maker.chance import between, shuffled, uniform
from sample_maker.fingertips import BOARDS, COUNTIES, DECILES, Figure, Indicator, for_country, table
from sample_maker.layouts import csv_bytes
from sample_maker.truth import COUNTIES_2019, DISTRICTS_2019, TRUTH, WITHIN_AREA_2011, Gradient

SMOKING = Indicator(
    92443, "C18 - Smoking Prevalence in adults (aged 18 and over) - current smokers (APS)", new_data="New data"
)
OBESITY = Indicator(
    93881, "Obesity prevalence in adults, (using adjusted self-reported height and weight)", wide_limits=True
)
INACTIVITY = Indicator(93015, "Percentage of physically inactive adults", wide_limits=True)

WITHIN_AREA_LABEL = "LSOA11 deprivation deciles within area (IMD  trend)"  # two blanks, as published
AREA_DECILE_LABELS = {
    COUNTIES_2019: "County & UA deprivation deciles in England (IMD2019, 4/19 and 4/20 geog.)",
    DISTRICTS_2019: "District & UA deprivation deciles in England (IMD2019, 4/19 geog.)",
}
NO_TREND = "Cannot be calculated"
APPLIED = f"Value for Modelled County {country.MERGED_COUNTY} applied to {country.MERGED_UNITARY[1]}"
COMBINED = "Value for Modelled Unitary 15 and Modelled Unitary 16 combined"
ADULTS = 522_000

# Respondents in each decile: fewest where deprivation is greatest, so that weighting with them is wrong.
RESPONDENTS = (560, 660, 750, 850, 850, 920, 960, 970, 980, 960)
BOOST_FROM, BOOST = "2020/21", 300  # more respondents from the most deprived tenth, in inactivity only

# Category -> difference from the total and standard error, in points.
Groups = dict[str, tuple[str, str]]
ETHNIC_ACTIVE_LIVES: dict[str, tuple[str, str, int]] = {
    "White British": ("0.6", "0.3", 6900),
    "White Other": ("-2.5", "1.2", 540),
    "Asian": ("-4.0", "1.2", 480),
    "Black": ("6.5", "2.4", 160),
    "Chinese": ("-16.5", "5.5", 38),
    "Mixed": ("-1.5", "2.6", 130),
    "Other": ("-3.0", "6.0", 31),
}
DISABILITY: dict[str, tuple[str, str, int]] = {
    "Disabled": ("12.0", "0.7", 1700),
    "Not disabled": ("-4.0", "0.3", 6400),
}
SMOKING_GROUPS: dict[str, Groups] = {
    "Ethnic groups": {
        "White": ("0.5", "0.2"), "Mixed": ("5.6", "1.8"), "Asian": ("-5.5", "0.7"), "Black": ("-4.2", "1.1"),
        "Chinese": ("-7.1", "2.9"), "Other ethnicity": ("1.7", "3.1"), "Unknown": ("-5.0", "3.4"),
    },
    "Housing tenure": {
        "Owns outright": ("-6.5", "0.3"), "Owns with mortgage": ("-3.5", "0.3"), "Rents privately": ("6.0", "0.6"),
        "Rents from local authority or housing association": ("13.5", "0.6"),
    },
    "Religion - 8 categories": {
        "None": ("3.2", "0.3"), "Christian": ("-1.7", "0.2"), "Buddhist": ("-1.2", "2.7"), "Hindu": ("-8.8", "1.2"),
        "Jewish": ("-5.3", "2.3"), "Muslim": ("-2.7", "0.9"), "Sikh": ("-8.5", "1.9"), "Other": ("2.4", "1.6"),
    },
    "Socioeconomic group (18-64 yrs)": {
        "Managerial and professional": ("-4.5", "0.3"), "Intermediate": ("0.4", "0.4"),
        "Routine and Manual": ("9.3", "0.5"), "Never worked and long term unemployment": ("-2.2", "0.9"),
    },
    "Country of birth": {
        "England": ("0.1", "0.2"), "Wales": ("-3.8", "1.3"), "Poland": ("10.0", "2.1"), "Other": ("0.2", "0.6"),
    },
}  # fmt: skip


def _upper_tier(*, old_code: bool) -> list[tuple[country.Code, float]]:
    """Upper-tier areas from April 2023 with their need; one of them may still stand under its old code."""
    found = country.need_of(2023, upper=True).items()
    if not old_code:
        return list(found)
    return [((country.OLD_CODE if code == country.NEW_CODE else code, name), need) for (code, name), need in found]


def _area_value(mean: Decimal, need: float, spread: int, *key: object) -> Decimal:
    """An area's value: the country's, plus what its need adds, plus chance; to 5 places."""
    return mean + Decimal(str(round(spread * (need - 0.5) + 2 * uniform("area value", *key) - 1, 5)))


def _gradients(indicator: str, scheme: str) -> dict[str, Gradient]:
    return TRUTH[indicator, scheme, "persons"]


def _active_lives(indicator: Indicator, slug: str, age: str, *, boosted: bool) -> list[list[str]]:
    """An indicator of the Active Lives survey: denominators are respondents, never people."""
    rows: list[list[str]] = []
    for period, gradient in _gradients(slug, WITHIN_AREA_2011).items():
        respondents = list(RESPONDENTS)
        if boosted and period >= BOOST_FROM:
            respondents[0] += BOOST
        latest = period == "2023/24"
        base = Figure(
            indicator, country.COUNTRY, "England", period, gradient.mean, Decimal("0.15"), age=age,
            denominator=sum(respondents), benchmark=gradient.mean, trend=NO_TREND if latest else "",
        )  # fmt: skip
        rows += for_country(base)
        for sex, shift in (("Male", Decimal("-0.3")), ("Female", Decimal("0.3"))):
            rows += for_country(replace(base, sex=sex, value=gradient.mean + shift, denominator=sum(respondents) // 2))
        for decile, label in enumerate(DECILES, start=1):
            figure = replace(
                base, category_type=WITHIN_AREA_LABEL, category=label, value=gradient.value(decile),
                standard_error=gradient.standard_error, denominator=respondents[decile - 1],
            )  # fmt: skip
            if boosted and period == "2018/19" and decile == 1:
                figure = replace(figure, count=Decimal(19))  # contradicts value and denominator, as one real row does
            rows += for_country(figure)
        for kind, groups in (("Ethnic groups", ETHNIC_ACTIVE_LIVES), ("Disability", DISABILITY)):
            for group, (difference, error, asked) in groups.items():
                rows += for_country(
                    replace(
                        base,
                        category_type=kind,
                        category=group,
                        value=gradient.mean + Decimal(difference),
                        standard_error=Decimal(error),
                        denominator=asked,
                    )
                )
        for area, need in _upper_tier(old_code=False):
            figure = replace(
                base, area=area, area_type=COUNTIES, value=_area_value(gradient.mean, need, 24, slug, area, period),
                standard_error=Decimal("1.6"), denominator=between(280, 560, slug, area, period),
            )  # fmt: skip
            if area == country.MERGED_UNITARY and period < "2022/23":
                figure = replace(figure, note=APPLIED)
            if area[0] == "X06000016":
                figure = replace(figure, value=None, denominator=None, note="Value missing due to small sample size")
            rows.append(figure.row(parent=True))
    return rows


def _smoking_totals(period: str, mean: Decimal) -> list[list[str]]:
    """The country's own rows; the file of care boards repeats them, as the real files do."""
    base = Figure(SMOKING, country.COUNTRY, "England", period, mean, Decimal("0.12"), age="18+ yrs", benchmark=mean)
    return for_country(replace(base, count=mean * ADULTS / 100))


SMOKING_MEANS = {
    **{period: gradient.mean for period, gradient in _gradients("smoking_prevalence_adults", COUNTIES_2019).items()},
    "2022": Decimal("12.9"),
    "2023": Decimal("12.2"),
}
# What is wrong with the smallest areas: (area, period) -> note, and whether the value is there all the same.
SMOKING_NOTES = {
    ("X06000016", "2018"): ("Value suppressed for disclosure control due to small count", False),
    ("X06000016", "2019"): (COMBINED, False),
    ("X06000016", "2022"): ("Value cannot be calculated as number of cases is too small", False),
    ("X06000016", "2023"): ("Value suppressed for disclosure control due to small denominator", False),
    ("X06000015", "2018"): ("Value missing in source data", False),
    ("X06000015", "2022"): ("Value not published for data quality reasons", False),
    ("X06000014", "2023"): ("There is a data quality issue with this value", True),
    (country.MERGED_UNITARY[0], "2018"): (APPLIED, True),
    (country.MERGED_UNITARY[0], "2019"): (APPLIED, True),
}


def _smoking() -> list[list[str]]:
    """The Annual Population Survey indicator: deciles of whole areas, no denominators, one area under its old code."""
    rows: list[list[str]] = []
    for period, mean in SMOKING_MEANS.items():
        base = Figure(SMOKING, country.COUNTRY, "England", period, mean, Decimal("0.2"), age="18+ yrs", benchmark=mean)
        rows += _smoking_totals(period, mean)
        for sex, shift in (("Male", Decimal("1.8")), ("Female", Decimal("-1.7"))):
            rows += for_country(replace(base, sex=sex, value=mean + shift))
        for scheme, label in AREA_DECILE_LABELS.items():
            gradient = _gradients("smoking_prevalence_adults", scheme).get(period)
            for decile, category in enumerate(DECILES if gradient else (), start=1):
                assert gradient is not None  # noqa: S101 - no deciles without a gradient
                rows += for_country(
                    replace(
                        base,
                        category_type=label,
                        category=f"{category} (IMD2019)",
                        value=gradient.value(decile),
                        standard_error=gradient.standard_error,
                    )
                )
        for kind, groups in SMOKING_GROUPS.items():
            if period not in ("2019", "2023") and kind != "Ethnic groups":
                continue
            # As published: the label says 18-64, the age column says so only sometimes.
            age = "18-64 yrs" if kind.startswith("Socio") and period == "2023" else "18+ yrs"
            for group, (difference, error) in groups.items():
                rows += for_country(
                    replace(
                        base,
                        age=age,
                        category_type=kind,
                        category=group,
                        value=mean + Decimal(difference),
                        standard_error=Decimal(error),
                    )
                )
        for area, need in _upper_tier(old_code=True):
            note, has_value = SMOKING_NOTES.get((area[0], period), ("", True))
            figure = replace(
                base, area=area, area_type=COUNTIES, value=_area_value(mean, need, 16, "smoking", area, period),
                standard_error=Decimal("1.1"), note=note,
            )  # fmt: skip
            rows.append((figure if has_value else replace(figure, value=None)).row(parent=True))
    return rows


def _smoking_by_board() -> list[list[str]]:
    """Care boards, whose codes carry the `n` that Fingertips puts before NHS codes."""
    rows: list[list[str]] = []
    boards = sorted({district.board for district in country.districts()})
    for period in ("2019", "2023"):
        mean = SMOKING_MEANS[period]
        rows += _smoking_totals(period, mean)
        for (code, short, name), shift in zip(boards, ("1.4", "0.1", "-1.3"), strict=True):
            figure = Figure(
                SMOKING, (f"n{code}", f"{name} - {short}"), BOARDS, period, mean + Decimal(shift), Decimal("0.4"),
                age="18+ yrs", benchmark=mean,
            )  # fmt: skip
            rows.append(figure.row(parent=True))
    return rows


def files() -> dict[str, bytes]:
    """Path -> bytes. The rows of each file are shuffled; one file begins with a byte order mark."""
    tables = {
        "92443_502": _smoking(),
        "92443_221": _smoking_by_board(),
        "93881_502": _active_lives(OBESITY, "obesity_prevalence_adults", "18+ yrs", boosted=False),
        "93015_502": _active_lives(INACTIVITY, "physical_inactivity_adults", "19+ yrs", boosted=True),
    }
    return {
        f"fingertips/{name}.csv": csv_bytes(
            table(shuffled(rows, name)), line_end="\r\n", byte_order_mark=name == "93881_502"
        )
        for name, rows in tables.items()
    }
