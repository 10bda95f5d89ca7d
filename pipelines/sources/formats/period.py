"""From a publisher's period label to first and last day: `2020 - 22` and `2020/21` mean nothing until dated.

What belongs here: the label forms that Fingertips and ONS use, and the years they count in. What does not: which kind
of year an indicator uses (the catalogue says; `2015/16` of Active Lives runs November to November).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from pipelines.sources.contract import Snapshot

YEAR_STARTS: dict[str, tuple[int, int]] = {
    "calendar": (1, 1),
    "financial": (4, 1),
    "academic": (9, 1),
    "november_to_november": (11, 16),
    "august_to_july": (8, 1),
    "july_to_june": (7, 1),
    "march_to_february": (3, 1),
}
"""Month and day on which a year of each type begins; it ends the day before the next begins."""

IRREGULAR = ("survey", "snapshot", "fixed")
"""Year types of indicators without a regular year: `2019` is a calendar year there, `2019/20` a financial one."""

_MONTHS = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip
_TO = r"\s*(?:-|–|\bto\b)\s*"  # noqa: RUF001 - publishers type an en dash too
_YEAR = r"((?:19|20)\d\d)"
_SPLIT = _YEAR + r"/(\d\d|\d{4})"


DAYS_AHEAD = 366
"""How many days after a file was retrieved a period in it may end: a year under way is published before its end."""


@dataclass(frozen=True)
class Period:
    """A dated period: the conformed label (`2020-22`), its length (`3y`, `1q`), its first and last day.

    `by_label` says that the label itself names the year, although another kind of year was expected.
    """

    period: str
    length: str
    start: date
    end: date
    by_label: bool = False


def latest_end(snapshot: Snapshot) -> date:
    """The last day on which a period of a file may end; a later one is a misprint, and would pass for the newest."""
    return snapshot.retrieved_at.date() + timedelta(days=DAYS_AHEAD)


def in_the_future(label: str) -> pl.Expr:
    """The reason to reject a row whose period, printed in the column `label`, ends after `latest_end`."""
    return pl.format("The period ends in the future: {}.", label)


def conform_period(label: str, *, period_range: str | None, year_type: str) -> Period:
    """Read a published period label.

    `period_range` is the publisher's own length (`1y`, `3y`, `1q`) or None where the layout has none; `year_type` is a
    key of YEAR_STARTS or one of IRREGULAR. Where a label can mean one year only, it decides: `2019` and
    `Mar 2015 - Feb 2016` are what they say, whatever the year type; `2019/20` may be any but a calendar year. Returns
    the Period. Raises ValueError, in a sentence, for a label that cannot be read, that does not fit the year type, or
    whose length contradicts `period_range`.
    """
    if year_type not in YEAR_STARTS and year_type not in IRREGULAR:
        raise ValueError(
            f"The year type {year_type!r} is unknown; expected one of {', '.join((*YEAR_STARTS, *IRREGULAR))}."
        )
    text = " ".join(label.split())
    for pattern, read in _FORMS:
        if match := re.fullmatch(pattern, text, re.IGNORECASE):
            period = read(match, text, year_type)
            break
    else:
        raise ValueError(
            f"The period {label!r} cannot be read; expected a form such as 2019, 2022/23, 2020 - 22, "
            "2020/21 - 22/23, 2021/22 Q1 or Mar 2015 - Feb 2016."
        )
    published = "".join((period_range or "").lower().split())
    if published and published != period.length and not _same_length(published, period.length):
        raise ValueError(f"The period {label!r} covers {period.length}, but its published range says {period_range!r}.")
    return period


def _same_length(published: str, computed: str) -> bool:
    """Whether two lengths are one in months, as `4q` and `1y` are."""
    months = {"y": 12, "q": 3, "m": 1}
    if not re.fullmatch(r"\d{1,3}[yqm]", published):
        return False
    return int(published[:-1]) * months[published[-1]] == int(computed[:-1]) * months[computed[-1]]


def _full(first: int, short: str) -> int:
    """The year that a two-digit (or full) ending means beside its first year."""
    if len(short) == 4:
        return int(short)
    last = first - first % 100 + int(short)
    return last if last >= first else last + 100


def _year_start(year: int, year_type: str, *, split: bool) -> date:
    """First day of a year. Raises ValueError for a label over two years where the year type has years within one."""
    if not split:
        return date(year, 1, 1)
    if year_type in IRREGULAR:
        year_type = "financial"
    if year_type == "calendar":
        raise ValueError(
            f"The label form {_split_label(year)!r} does not fit the year type 'calendar'; correct year_type of the "
            "indicator in the catalogue, or its year_type_by_area_type, if the publisher changed it."
        )
    return date(year, *YEAR_STARTS[year_type])


def _months_on(day: date, months: int) -> date:
    """The same day of the month, some months later (days here are never past the 28th)."""
    count = day.year * 12 + day.month - 1 + months
    return date(count // 12, count % 12 + 1, day.day)


def _span(period: str, first: int, last: int, text: str, year_type: str, *, split: bool) -> Period:
    years = last - first + 1
    if not 1 <= years <= 30:
        raise ValueError(f"The period {text!r} would run from {first} to {last}; expected 1 to 30 years in order.")
    start = _year_start(first, year_type, split=split)
    end = _months_on(start, 12 * years) - timedelta(days=1)
    return Period(period, f"{years}y", start, end, by_label=_decides(year_type, split=split))


def _decides(year_type: str, *, split: bool) -> bool:
    """Whether a label within one calendar year stands where years of another kind were expected."""
    return not split and year_type not in ("calendar", *IRREGULAR)


def _split_years(text: str, *pairs: tuple[int, str]) -> list[int]:
    """First years of labels such as 2020/21. Raises ValueError unless each names two years in a row."""
    for first, second in pairs:
        if _full(first, second) != first + 1:
            raise ValueError(f"The period {text!r} names {first}/{second}, which are not two years in a row.")
    return [first for first, _ in pairs]


def _one_year(match: re.Match[str], text: str, year_type: str) -> Period:
    year = int(match[1])
    return _span(str(year), year, year, text, year_type, split=False)


def _one_split_year(match: re.Match[str], text: str, year_type: str) -> Period:
    (year,) = _split_years(text, (int(match[1]), match[2]))
    return _span(_split_label(year), year, year, text, year_type, split=True)


def _years(match: re.Match[str], text: str, year_type: str) -> Period:
    first = int(match[1])
    last = _full(first, match[2])
    return _span(f"{first}-{last % 100:02d}", first, last, text, year_type, split=False)


def _split_years_span(match: re.Match[str], text: str, year_type: str) -> Period:
    opening = int(match[1])
    first, last = _split_years(text, (opening, match[2]), (_full(opening, match[3]), match[4]))
    return _span(f"{_split_label(first)}-{_split_label(last)}", first, last, text, year_type, split=True)


def _quarter(match: re.Match[str], text: str, year_type: str) -> Period:
    year, quarter = int(match[1]), int(match[3])
    split = match[2] is not None
    if split:
        _split_years(text, (year, match[2]))
    start = _months_on(_year_start(year, year_type, split=split), 3 * (quarter - 1))
    label = _split_label(year) if split else str(year)
    end = _months_on(start, 3) - timedelta(days=1)
    return Period(f"{label} Q{quarter}", "1q", start, end, by_label=_decides(year_type, split=split))


def _month(match: re.Match[str], text: str, year_type: str) -> Period:  # noqa: ARG001 - one signature for all forms
    start = _first_of(match[1], match[2])
    return Period(start.strftime("%Y-%m"), "1m", start, _months_on(start, 1) - timedelta(days=1))


def _two_months(match: re.Match[str], text: str, year_type: str) -> Period:
    """From the first of one month to the last of another."""
    first, last = _first_of(match[1], match[2] or match[4]), _first_of(match[3], match[4])
    return _from_month(first, (last.year - first.year) * 12 + last.month - first.month + 1, text, year_type)


def _from_month(first: date, months: int, text: str, year_type: str) -> Period:
    """So many months from the first of one; whole years of the year type are called as it calls them."""
    if not 1 <= months <= 360:
        raise ValueError(f"The period {text!r} would run for {months} months; expected 1 to 360, in order.")
    last, (years, over) = _months_on(first, months - 1), divmod(months, 12)
    end = _months_on(last, 1) - timedelta(days=1)
    own = [YEAR_STARTS[kind] for kind in (("calendar", "financial") if year_type in IRREGULAR else (year_type,))]
    begins = first.month, first.day
    whole = not over and begins in (*own, YEAR_STARTS["calendar"])
    if whole and begins == YEAR_STARTS["calendar"]:
        label = str(first.year) if years == 1 else f"{first.year}-{last.year % 100:02d}"
    elif whole:
        label = "-".join(dict.fromkeys(_split_label(year) for year in (first.year, last.year - 1)))
    else:
        label = " to ".join(dict.fromkeys(day.strftime("%Y-%m") for day in (first, last)))
    length = f"{years}y" if not over else "1q" if months == 3 else f"{months}m"
    return Period(label, length, first, end, by_label=bool(over) or begins not in own)


def _iso_interval(match: re.Match[str], text: str, year_type: str) -> Period:
    """A first day and a duration, as in `2011-01-01/P3Y`."""
    months = int(match[3]) * (12 if match[4].upper() == "Y" else 1)
    return _from_month(date(int(match[1]), int(match[2]), 1), months, text, year_type)


def _first_of(month: str, year: str) -> date:
    return date(int(year), [name[:3] for name in _MONTHS].index(month[:3].lower()) + 1, 1)


def _split_label(year: int) -> str:
    return f"{year}/{(year + 1) % 100:02d}"


_MONTH = rf"({'|'.join(f'{name}|{name[:3]}' for name in _MONTHS)}|sept)"
_FORMS: tuple[tuple[str, Callable[[re.Match[str], str, str], Period]], ...] = (
    (_YEAR, _one_year),
    (_SPLIT, _one_split_year),
    (_YEAR + _TO + r"(\d\d|\d{4})", _years),
    (_SPLIT + _TO + r"(\d\d|\d{4})/(\d\d|\d{4})", _split_years_span),
    (_YEAR + r"(?:/(\d\d|\d{4}))?\s*Q([1-4])", _quarter),
    (rf"{_MONTH}\s+{_YEAR}", _month),
    (rf"{_MONTH}(?:\s+{_YEAR})?{_TO}{_MONTH}\s+{_YEAR}", _two_months),
    (_YEAR + r"-(0[1-9]|1[0-2])-01/P([1-9]\d?)([YM])", _iso_interval),
)
