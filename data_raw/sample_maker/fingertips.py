"""Rows of the 27 Fingertips columns, with the habits of the real files.

What belongs here: the layout, the doubled country rows, limits and comparisons. What does not: which figures there are
(`surveys.py`, `life_expectancy.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from sample_maker import country
from sample_maker.truth import Z95, Z998, number

HEADER = (
    "Indicator ID", "Indicator Name", "Parent Code", "Parent Name", "Area Code", "Area Name", "Area Type", "Sex", "Age",
    "Category Type", "Category", "Time period", "Value", "Lower CI 95.0 limit", "Upper CI 95.0 limit",
    "Lower CI 99.8 limit", "Upper CI 99.8 limit", "Count", "Denominator", "Value note", "Recent Trend",
    "Compared to England value or percentiles", "Compared to percentiles", "Time period Sortable", "New data",
    "Compared to goal", "Time period range",
)  # fmt: skip
DISTRICTS, COUNTIES, BOARDS = "Districts & UAs (from Apr 2023)", "Counties & UAs (from Apr 2023)", "ICBs"
NOT_COMPARED = "Not compared"

DECILES = (
    "Most deprived decile", "Second most deprived decile", "Third more deprived decile", "Fourth more deprived decile",
    "Fifth more deprived decile", "Fifth less deprived decile", "Fourth less deprived decile",
    "Third less deprived decile", "Second least deprived decile", "Least deprived decile",
)  # fmt: skip


@dataclass(frozen=True)
class Indicator:
    """What every row of an indicator shares."""

    id: int
    name: str
    higher_is_better: bool = False
    wide_limits: bool = False
    new_data: str = ""


@dataclass(frozen=True)
class Figure:
    """One published figure. `benchmark` is what the country's value is; a value of None is a missing one."""

    indicator: Indicator
    area: country.Code
    area_type: str
    period: str
    value: Decimal | None
    standard_error: Decimal | None = None
    sex: str = "Persons"
    age: str = "All ages"
    category_type: str = ""
    category: str = ""
    count: Decimal | None = None
    denominator: int | None = None
    note: str = ""
    trend: str = ""
    benchmark: Decimal | None = None
    years: int = field(default=1)

    def _limits(self, z: Decimal) -> tuple[Decimal | None, Decimal | None]:
        if self.value is None or self.standard_error is None:
            return None, None
        half = z * self.standard_error
        return self.value - half, self.value + half

    @property
    def compared(self) -> str:
        """Better, similar or worse than the country, by the 95% limits."""
        low, high = self._limits(Z95)
        if low is None or high is None or self.benchmark is None:
            return NOT_COMPARED
        if low <= self.benchmark <= high:
            return "Similar"
        return "Better" if (low > self.benchmark) == self.indicator.higher_is_better else "Worse"

    def row(self, *, parent: bool) -> list[str]:
        """The 27 cells; `parent` says whether the row is given under the country."""
        wide: tuple[Decimal | None, Decimal | None] = (None, None)
        if self.indicator.wide_limits:
            wide = self._limits(Z998)
        start = self.period[:4]
        return [
            str(self.indicator.id), self.indicator.name, *(country.COUNTRY if parent else ("", "")),
            *self.area, self.area_type, self.sex, self.age, self.category_type, self.category, self.period,
            number(self.value), *map(number, self._limits(Z95)), *map(number, wide), number(self.count),
            "" if self.denominator is None else str(self.denominator), self.note, self.trend,
            self.compared if parent else NOT_COMPARED, NOT_COMPARED, f"{start}0000", self.indicator.new_data, "",
            f"{self.years}y",
        ]  # fmt: skip


def for_country(figure: Figure) -> list[list[str]]:
    """The country's figure as the real files hold it: twice, without a parent and with itself as parent."""
    named = replace(figure, area=country.COUNTRY, area_type="England")
    return [named.row(parent=False), named.row(parent=True)]


def table(rows: Sequence[list[str]]) -> list[Sequence[str]]:
    """Header and rows."""
    return [HEADER, *rows]
