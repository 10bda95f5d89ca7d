"""Period labels, dated."""

from datetime import date

import pytest

from pipelines.catalogue.indicator import YEAR_TYPES
from pipelines.sources.formats.period import IRREGULAR, YEAR_STARTS, conform_period


@pytest.mark.parametrize(
    ("label", "year_type", "period", "length", "days"),
    [
        ("2019", "calendar", "2019", "1y", (date(2019, 1, 1), date(2019, 12, 31))),
        ("2022/23", "financial", "2022/23", "1y", (date(2022, 4, 1), date(2023, 3, 31))),
        ("2022/23", "academic", "2022/23", "1y", (date(2022, 9, 1), date(2023, 8, 31))),
        ("2015/16", "november_to_november", "2015/16", "1y", (date(2015, 11, 16), date(2016, 11, 15))),
        ("1999/00", "financial", "1999/00", "1y", (date(1999, 4, 1), date(2000, 3, 31))),
        ("2020 - 22", "calendar", "2020-22", "3y", (date(2020, 1, 1), date(2022, 12, 31))),
        ("2022 to 2024", "calendar", "2022-24", "3y", (date(2022, 1, 1), date(2024, 12, 31))),
        ("2016-18", "calendar", "2016-18", "3y", (date(2016, 1, 1), date(2018, 12, 31))),
        ("1999 - 01", "calendar", "1999-01", "3y", (date(1999, 1, 1), date(2001, 12, 31))),
        ("2015 - 19", "calendar", "2015-19", "5y", (date(2015, 1, 1), date(2019, 12, 31))),
        ("2020/21 - 22/23", "academic", "2020/21-2022/23", "3y", (date(2020, 9, 1), date(2023, 8, 31))),
        ("2021/22 Q1", "financial", "2021/22 Q1", "1q", (date(2021, 4, 1), date(2021, 6, 30))),
        ("2021/22 Q4", "financial", "2021/22 Q4", "1q", (date(2022, 1, 1), date(2022, 3, 31))),
        ("2021 Q3", "calendar", "2021 Q3", "1q", (date(2021, 7, 1), date(2021, 9, 30))),
        ("Feb 2024", "financial", "2024-02", "1m", (date(2024, 2, 1), date(2024, 2, 29))),
        ("2019", "fixed", "2019", "1y", (date(2019, 1, 1), date(2019, 12, 31))),
        ("2018/19", "survey", "2018/19", "1y", (date(2018, 4, 1), date(2019, 3, 31))),
        ("Mar 2015 - Feb 2016", "march_to_february", "2015/16", "1y", (date(2015, 3, 1), date(2016, 2, 29))),
        ("March 2015 to February 2017", "march_to_february", "2015/16-2016/17", "2y",
         (date(2015, 3, 1), date(2017, 2, 28))),
        ("Apr 2018 - Mar 2019", "survey", "2018/19", "1y", (date(2018, 4, 1), date(2019, 3, 31))),
        ("Jan 2019 - Dec 2021", "calendar", "2019-21", "3y", (date(2019, 1, 1), date(2021, 12, 31))),
        ("Oct - Dec 2020", "financial", "2020-10 to 2020-12", "1q", (date(2020, 10, 1), date(2020, 12, 31))),
        ("2011-01-01/P3Y", "calendar", "2011-13", "3y", (date(2011, 1, 1), date(2013, 12, 31))),
        ("2022-04-01/P1Y", "financial", "2022/23", "1y", (date(2022, 4, 1), date(2023, 3, 31))),
        ("2022-04-01/P3M", "calendar", "2022-04 to 2022-06", "1q", (date(2022, 4, 1), date(2022, 6, 30))),
        ("Sept 2020 - Feb 2022", "calendar", "2020-09 to 2022-02", "18m", (date(2020, 9, 1), date(2022, 2, 28))),
    ],
)  # fmt: skip
def test_a_label_becomes_a_conformed_dated_period(label, year_type, period, length, days):
    for published in (None, "", length):
        found = conform_period(label, period_range=published, year_type=year_type)
        assert (found.period, found.length, (found.start, found.end)) == (period, length, days)


@pytest.mark.parametrize(
    ("label", "year_type", "period", "days"),
    [
        ("2021", "financial", "2021", (date(2021, 1, 1), date(2021, 12, 31))),
        ("2020 - 22", "academic", "2020-22", (date(2020, 1, 1), date(2022, 12, 31))),
        ("2021 Q2", "financial", "2021 Q2", (date(2021, 4, 1), date(2021, 6, 30))),
        ("Jan 2021 - Dec 2021", "financial", "2021", (date(2021, 1, 1), date(2021, 12, 31))),
        ("Mar 2015 - Feb 2016", "calendar", "2015-03 to 2016-02", (date(2015, 3, 1), date(2016, 2, 29))),
    ],
)
def test_a_label_that_can_mean_one_year_only_decides_and_says_so(label, year_type, period, days):
    found = conform_period(label, period_range=None, year_type=year_type)
    assert (found.period, (found.start, found.end), found.by_label) == (period, days, True)


@pytest.mark.parametrize(("label", "year_type"), [("2021", "calendar"), ("2021", "survey"), ("2020/21", "financial")])
def test_a_label_of_the_expected_year_decides_nothing(label, year_type):
    assert not conform_period(label, period_range=None, year_type=year_type).by_label


def test_four_quarters_are_a_year():
    assert conform_period("2019", period_range="4q", year_type="calendar").length == "1y"


@pytest.mark.parametrize(
    ("label", "published", "year_type", "says"),
    [
        ("2020 - 22", "1y", "calendar", "covers 3y, but its published range says '1y'"),
        ("2019", "3 years", "calendar", "published range says '3 years'"),
        ("around 2019", None, "calendar", "cannot be read"),
        ("Marching 2021", None, "calendar", "cannot be read"),
        ("", None, "calendar", "cannot be read"),
        ("2022/24", None, "financial", "not two years in a row"),
        ("2020/21 - 22/24", None, "financial", "not two years in a row"),
        ("2022-2020", None, "calendar", "in order"),
        ("Mar 2016 - Feb 2015", None, "calendar", "run for -12 months"),
        ("2019/20", None, "calendar", "does not fit the year type 'calendar'"),
        ("2019", None, "lunar", "year type 'lunar' is unknown"),
    ],
)
def test_a_label_that_cannot_be_dated_is_refused_in_a_sentence(label, published, year_type, says):
    with pytest.raises(ValueError, match=says):
        conform_period(label, period_range=published, year_type=year_type)


def test_every_year_type_of_the_catalogue_can_be_dated():
    assert set(YEAR_TYPES) <= {*YEAR_STARTS, *IRREGULAR}
