"""Life expectancy, healthy life expectancy and the published slope index in the modelled country.

What belongs here: indicators 90366, 90362 and 92901. What does not: England's published figures (`published.py`).

The published slope index of the country, and of the three areas whose deciles are given, is the known one.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from sample_maker import country
from sample_maker.chance import shuffled, uniform
from sample_maker.fingertips import COUNTIES, DECILES, DISTRICTS, Figure, Indicator, for_country, table
from sample_maker.layouts import csv_bytes
from sample_maker.truth import (
    AREA_PERIOD,
    AREA_SLOPES,
    AREA_STANDARD_ERROR,
    TRUTH,
    WITHIN_AREA_2021,
    Z95,
    Gradient,
)

AT_BIRTH = Indicator(90366, "A01b - Life expectancy at birth", higher_is_better=True)
HEALTHY = Indicator(90362, "A01a - Healthy life expectancy at birth", higher_is_better=True)
SLOPE = Indicator(92901, "A02a - Inequality in life expectancy at birth")

SLUG = "life_expectancy_at_birth"
WITHIN_AREA_LABEL = "LSOA21 deprivation deciles within area (IMD trend)"
SEXES = {"male": "Male", "female": "Female"}
HEALTHY_YEARS = {"male": Decimal("62.4"), "female": Decimal("62.7")}
NEGATIVE_SLOPE = ("X07000012", "female", "2016-18")  # a small negative slope of a district is legitimate
TOO_SMALL = "X06000016"
TOO_FEW = "Value cannot be calculated as number of cases is too small"


def label(period: str) -> str:
    """A conformed three-year period as Fingertips prints it: `2016-18` as `2016 - 18`."""
    return period.replace("-", " - ")


def area_value(sex: str, period: str, area: country.Code, need: float) -> Decimal:
    """Life expectancy of an area to 2 places: the country's, less what its need takes."""
    mean = TRUTH[SLUG, WITHIN_AREA_2021, sex][period].mean
    return mean + Decimal(str(round(9 * (0.5 - need) + 0.6 * uniform("years", sex, period, area) - 0.3, 2)))


def area_gradients() -> dict[tuple[str, str], Gradient]:
    """(area, sex) -> the gradient within the area in the newest period; its mean is the area's published value."""
    needs = country.need_of(2023, upper=False)
    found = {}
    for (code, sex), slope in AREA_SLOPES.items():
        area = next(area for area in needs if area[0] == code)
        mean = area_value(sex, AREA_PERIOD, area, needs[area])
        found[code, sex] = Gradient(mean, slope, AREA_STANDARD_ERROR, higher_is_better=True)
    return found


def _deciles(base: Figure, gradient: Gradient) -> list[Figure]:
    return [
        replace(
            base,
            category_type=WITHIN_AREA_LABEL,
            category=category,
            value=gradient.value(decile),
            standard_error=gradient.standard_error,
        )
        for decile, category in enumerate(DECILES, start=1)
    ]


def _at_birth() -> list[list[str]]:
    rows: list[list[str]] = []
    within = area_gradients()
    areas = country.need_of(2023, upper=False)
    for sex, printed in SEXES.items():
        for period, gradient in TRUTH[SLUG, WITHIN_AREA_2021, sex].items():
            base = Figure(
                AT_BIRTH, country.COUNTRY, "England", label(period), gradient.mean, Decimal("0.02"), sex=printed,
                benchmark=gradient.mean, years=3,
            )  # fmt: skip
            for figure in (base, *_deciles(base, gradient)):
                rows += for_country(figure)
            for area, need in areas.items():
                figure = replace(
                    base, area=area, area_type=DISTRICTS, value=area_value(sex, period, area, need),
                    standard_error=Decimal("0.3"),
                )  # fmt: skip
                rows.append(figure.row(parent=True))
                if period == AREA_PERIOD and (area[0], sex) in within:
                    rows += [decile.row(parent=True) for decile in _deciles(figure, within[area[0], sex])]
        # One year, under the same indicator id.
        mean = TRUTH[SLUG, WITHIN_AREA_2021, sex]["2022-24"].mean
        for year, shift in (("2022", "-0.2"), ("2023", "0.1")):
            base = Figure(
                AT_BIRTH, country.COUNTRY, "England", year, mean + Decimal(shift), Decimal("0.03"), sex=printed,
                benchmark=mean + Decimal(shift),
            )  # fmt: skip
            rows += for_country(base)
            for area, need in list(areas.items())[:6]:
                value = area_value(sex, "2022-24", area, need) + Decimal(shift)
                figure = replace(base, area=area, area_type=DISTRICTS, value=value, standard_error=Decimal("0.5"))
                rows.append(figure.row(parent=True))
    return rows


def _healthy() -> list[list[str]]:
    """Healthy life expectancy of the upper tier; one area's name holds a line break, as one real file's does."""
    rows: list[list[str]] = []
    for sex, printed in SEXES.items():
        for position, period in enumerate(TRUTH[SLUG, WITHIN_AREA_2021, sex]):
            mean = HEALTHY_YEARS[sex] - Decimal("0.6") * position
            base = Figure(
                HEALTHY, country.COUNTRY, "England", label(period), mean, Decimal("0.08"), sex=printed, benchmark=mean,
                years=3,
            )  # fmt: skip
            rows += for_country(base)
            for (code, name), need in country.need_of(2023, upper=True).items():
                years = Decimal(str(round(20 * (0.5 - need) + 2 * uniform("healthy", sex, period, code) - 1, 2)))
                printed_name = name.replace(" ", "\n", 1) if code == "X06000007" else name
                figure = replace(
                    base, area=(code, printed_name), area_type=COUNTIES, value=mean + years,
                    standard_error=Decimal("0.9"),
                )  # fmt: skip
                rows.append(figure.row(parent=True))
    return rows


def _slopes() -> list[list[str]]:
    rows: list[list[str]] = []
    within = area_gradients()
    for sex, printed in SEXES.items():
        for period, gradient in TRUTH[SLUG, WITHIN_AREA_2021, sex].items():
            base = Figure(
                SLOPE, country.COUNTRY, "England", label(period), gradient.slope, gradient.slope_half_width / Z95,
                sex=printed, benchmark=gradient.slope, years=3,
            )  # fmt: skip
            rows += for_country(base)
            for area in country.need_of(2023, upper=False):
                drawn = Decimal(str(round(2 + 7 * uniform("slope", sex, period, area), 1)))
                figure = replace(
                    base, area=area, area_type=DISTRICTS, value=drawn, standard_error=Decimal("1.1")
                )  # fmt: skip
                if period == AREA_PERIOD and (area[0], sex) in within:
                    known = within[area[0], sex]
                    figure = replace(figure, value=known.slope, standard_error=known.slope_half_width / Z95)
                elif (area[0], sex, period) == NEGATIVE_SLOPE:
                    figure = replace(figure, value=Decimal("-0.4"))
                elif area[0] == TOO_SMALL:
                    figure = replace(figure, value=None, note=TOO_FEW)
                rows.append(figure.row(parent=True))
    return rows


def files() -> dict[str, bytes]:
    """Path -> bytes, rows shuffled."""
    tables = {"90366_501": _at_birth(), "90362_502": _healthy(), "92901_501": _slopes()}
    return {
        f"fingertips/{name}.csv": csv_bytes(table(shuffled(rows, name)), line_end="\r\n")
        for name, rows in tables.items()
    }
