"""The known answers: what the pipeline must find in the modelled part of the sample.

What belongs here: the parameters of every modelled gradient, in one visible place, and what follows from them. What
does not: the files the gradients are printed in (`fingertips.py`, `life_expectancy.py`).

A gradient is exactly linear in the relative rank under equal weights: decile j (1 = most deprived) sits at
b_j = (j - 0.5) / 10, and the ten values lie on a line whose ends differ by the slope index and whose middle is the
mean. Every decile has the same standard error, so the interval of the slope index follows too. Where deciles are of
whole areas, the answer under population weights is given beside it. All arithmetic is decimal.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

Z95 = Decimal("1.959963984540054")
Z998 = Decimal("3.090232306167813")
COUNTRY = "X92000001"

WITHIN_AREA_2011 = "lsoa11_within_area_imd_trend"
WITHIN_AREA_2021 = "lsoa21_within_area_imd_trend"
COUNTIES_2019 = "county_ua_in_england_imd2019_apr2019_apr2020"
DISTRICTS_2019 = "district_ua_in_england_imd2019_apr2019"


@dataclass(frozen=True)
class Fit:
    """A fitted line: its mean, the slope index, and half of the slope index's 95% interval."""

    mean: Decimal
    slope: Decimal
    half_width: Decimal

    @property
    def relative_index(self) -> Decimal:
        """The ratio of the fitted ends, above 1 = worse for the deprived."""
        return (self.mean + self.slope / 2) / (self.mean - self.slope / 2)


@dataclass(frozen=True)
class Gradient:
    """One line over ten deciles: middle, slope index (positive = worse for the deprived), standard error of each."""

    mean: Decimal
    slope: Decimal
    standard_error: Decimal
    higher_is_better: bool = False

    def value(self, decile: int) -> Decimal:
        """The value of one decile, exactly."""
        above_middle = Decimal("0.5") - (Decimal(decile) - Decimal("0.5")) / 10
        return self.mean + (-above_middle if self.higher_is_better else above_middle) * self.slope

    @property
    def slope_half_width(self) -> Decimal:
        """Half of the slope index's 95% interval: z * se * sqrt(sum of w_j squared), w_j = (j - 5.5) / 8.25."""
        return Z95 * self.standard_error * (Decimal(10) / Decimal("8.25")).sqrt()

    @property
    def fit(self) -> Fit:
        """The answer under equal weights, straight from the parameters."""
        return Fit(self.mean, self.slope, self.slope_half_width)

    def weighted_fit(self, people: Sequence[int]) -> Fit:
        """The answer when decile j holds `people[j - 1]` people: weighted least squares on b_j, oriented."""
        shares = [Decimal(count) / sum(people) for count in people]
        places = [sum(shares[:j], Decimal(0)) + share / 2 - Decimal("0.5") for j, share in enumerate(shares)]
        spread = sum((share * place * place for share, place in zip(shares, places, strict=True)), Decimal(0))
        weights = [share * place / spread for share, place in zip(shares, places, strict=True)]
        values = [self.value(decile) for decile in range(1, 11)]
        slope = sum((weight * value for weight, value in zip(weights, values, strict=True)), Decimal(0))
        return Fit(
            mean=sum((share * value for share, value in zip(shares, values, strict=True)), Decimal(0)),
            slope=slope if self.higher_is_better else -slope,
            half_width=Z95 * self.standard_error * sum((weight * weight for weight in weights), Decimal(0)).sqrt(),
        )

    @property
    def relative_gap(self) -> Decimal:
        """The ratio of the observed ends, above 1 = worse for the deprived."""
        worst, best = sorted((self.value(1), self.value(10)), reverse=True)
        return worst / best


def _years(mean: str, slope: str, standard_error: str) -> Gradient:
    return Gradient(Decimal(mean), Decimal(slope), Decimal(standard_error), higher_is_better=True)


def _per_cent(mean: str, slope: str, standard_error: str) -> Gradient:
    return Gradient(Decimal(mean), Decimal(slope), Decimal(standard_error))


# (indicator, scheme, sex) -> period -> mean, slope index, standard error of each decile. All for the modelled country.
TRUTH: dict[tuple[str, str, str], dict[str, Gradient]] = {
    # No change for four years, then the gap widens by 2 points a year: 14 -> 16 -> 18.
    ("obesity_prevalence_adults", WITHIN_AREA_2011, "persons"): {
        "2018/19": _per_cent("24.0", "14.0", "0.4"),
        "2019/20": _per_cent("24.5", "14.0", "0.4"),
        "2020/21": _per_cent("25.0", "14.0", "0.4"),
        "2021/22": _per_cent("25.5", "14.0", "0.4"),
        "2022/23": _per_cent("26.0", "16.0", "0.4"),
        "2023/24": _per_cent("26.5", "18.0", "0.4"),
    },
    # From 2020/21 the most deprived tenth is a larger share of the respondents: a break, whatever the slope does.
    ("physical_inactivity_adults", WITHIN_AREA_2011, "persons"): {
        "2018/19": _per_cent("21.0", "16.0", "0.5"),
        "2019/20": _per_cent("21.5", "16.0", "0.5"),
        "2020/21": _per_cent("24.0", "19.0", "0.5"),
        "2021/22": _per_cent("23.5", "18.0", "0.5"),
        "2022/23": _per_cent("23.0", "17.0", "0.5"),
        "2023/24": _per_cent("22.5", "16.0", "0.5"),
    },
    # Deciles of whole areas; the same country, so the same mean, but another basis and another slope.
    ("smoking_prevalence_adults", COUNTIES_2019, "persons"): {
        "2018": _per_cent("14.0", "5.0", "0.4"),
        "2019": _per_cent("13.5", "6.0", "0.4"),
    },
    ("smoking_prevalence_adults", DISTRICTS_2019, "persons"): {
        "2018": _per_cent("14.0", "6.0", "0.45"),
        "2019": _per_cent("13.5", "7.0", "0.45"),
    },
    # Half a year wider every three years, for both sexes; 92901 publishes the same slopes.
    ("life_expectancy_at_birth", WITHIN_AREA_2021, "male"): {
        "2016-18": _years("79.5", "9.0", "0.05"),
        "2019-21": _years("78.8", "9.5", "0.05"),
        "2022-24": _years("79.2", "10.0", "0.05"),
    },
    ("life_expectancy_at_birth", WITHIN_AREA_2021, "female"): {
        "2016-18": _years("83.0", "7.0", "0.05"),
        "2019-21": _years("82.7", "7.5", "0.05"),
        "2022-24": _years("83.1", "8.0", "0.05"),
    },
}

# Within single areas, life expectancy at birth 2022-24: (area, sex) -> slope index. The mean is the area's own value.
AREA_SLOPES: dict[tuple[str, str], Decimal] = {
    ("X06000001", "male"): Decimal("7.0"),
    ("X06000001", "female"): Decimal("5.5"),
    ("X06000002", "male"): Decimal("6.0"),
    ("X06000002", "female"): Decimal("4.5"),
    ("X06000003", "male"): Decimal("8.0"),
    ("X06000003", "female"): Decimal("6.5"),
}
AREA_STANDARD_ERROR = Decimal("0.6")
AREA_PERIOD = "2022-24"

AGES = {
    "obesity_prevalence_adults": "18_plus",
    "physical_inactivity_adults": "19_plus",
    "smoking_prevalence_adults": "18_plus",
    "life_expectancy_at_birth": "at_birth",
}
EQUAL_SHARES, POPULATION_OF_GROUPS = "equal_shares", "population_of_groups"

HEADER = (
    "indicator", "area_code", "period", "sex", "age", "dimension", "scheme", "measure",
    "value", "value_lower", "value_upper", "limits_tolerance", "weighting",
)  # fmt: skip


def number(value: Decimal | None) -> str:
    """A decimal as printed in a file: at most 15 significant digits, no exponent, no trailing zeros; None is empty."""
    if value is None:
        return ""
    digits = format(+value.quantize(Decimal(1).scaleb(value.adjusted() - 14)) if value else Decimal(0), "f")
    return digits.rstrip("0").rstrip(".") if "." in digits else digits


def answers(
    gradient: Gradient,
    *,
    indicator: str,
    area: str,
    period: str,
    sex: str,
    scheme: str,
    people: Sequence[int] | None = None,
) -> list[list[str]]:
    """The rows of `truth.csv` for one gradient; with `people` of each decile, also those under population weights.

    The limits of a mean are exact but for z, which some print as 1.959964. For a percentage they are those of normal
    deciles; a method that lets the limits of a proportion be skewed may differ by 2% of the half-width.
    `limits_tolerance` says how far they may be off.
    """
    gap = abs(gradient.value(1) - gradient.value(10))
    gap_half_width = Z95 * gradient.standard_error * Decimal(2).sqrt()
    fits = {EQUAL_SHARES: gradient.fit}
    if people:
        fits[POPULATION_OF_GROUPS] = gradient.weighted_fit(people)
    rows = []
    for weighting, fit in fits.items():
        measures = (
            ("slope_index", fit.slope, fit.half_width),
            ("absolute_gap", gap, gap_half_width),
            ("relative_index", fit.relative_index, None),
            ("relative_gap", gradient.relative_gap, None),
        )
        for measure, value, half in measures:
            limits = ["", "", ""]
            if half is not None:
                tolerance = Decimal("1e-6") if gradient.higher_is_better else half * Decimal("0.02")
                limits = [number(value - half), number(value + half), number(tolerance)]
            key = [indicator, area, period, sex, AGES[indicator], "deprivation_decile", scheme, measure]
            rows.append([*key, number(value), *limits, weighting])
    return rows
