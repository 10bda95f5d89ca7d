"""Deaths and people of three-year periods: whole periods only, summed, at the country that they are of."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from tests.unit.sql.given import asked

Row = dict[str, Any]


def mortality(
    tmp_path: Path,
    years: Iterable[int],
    *,
    lost_deaths: tuple[int, int, str] | None = None,
    lost_people: tuple[int, int] | None = None,
    modelled: bool = False,
    third_cause_from: int = 9999,
    deaths_by: Iterable[str] = ("2019",),
    people_by: Iterable[str] = ("2019",),
) -> list[Row]:
    """Two causes, two bands and ten tenths; `lost_deaths` (year, decile, cause) and `lost_people` are not there."""
    groups = [(year, decile, age) for year in years for decile in range(1, 11) for age in (0, 1)]
    deaths = [
        {"year": year, "decile": decile, "sex": "male", "cause_code": cause, "cause": f"cause {cause}",
         "age_start": age, "age_band": str(age), "deaths": decile + year - 2000, "snapshot_sha256": "deaths"}
        for year, decile, age in groups
        for cause in ("01", "02", *(("03",) if year >= third_cause_from else ()))
        if (year, decile, cause) != lost_deaths
    ]  # fmt: skip
    people = [
        {"year": year, "decile": decile, "sex": "male", "age_start": age, "population": 100 * decile,
         "snapshot_sha256": "people"}
        for year, decile, age in groups
        if (year, decile) != lost_people
    ]  # fmt: skip
    return asked(
        tmp_path,
        "core/mortality.sql",
        staging__deaths_by_deprivation_decile=[row | {"imd_release": one} for one in deaths_by for row in deaths],
        staging__population_by_deprivation_decile_and_age=[
            row | {"imd_release": one} for one in people_by for row in people if one == "2019" or row["year"] < 2004
        ],
        staging__snapshot=[{"sha256": name, "is_modelled": modelled} for name in ("deaths", "people", "other")],
    )


def periods(rows: list[Row]) -> list[str]:
    return sorted({row["period"] for row in rows})


def test_three_years_make_a_period_and_are_summed(tmp_path: Path) -> None:
    rows = mortality(tmp_path, (2001, 2002, 2003))
    assert len(rows) == 10 * 2 * 2
    (cell,) = (row for row in rows if (row["decile"], row["age_start"], row["cause_code"]) == (4, 1, "02"))
    assert (cell["period"], cell["period_length"], str(cell["period_start"]), str(cell["period_end"])) == (
        "2001-03",
        "3y",
        "2001-01-01",
        "2003-12-31",
    )
    assert (cell["deaths"], cell["population"]) == (5 + 6 + 7, 3 * 400)


@pytest.mark.parametrize(
    ("years", "found"),
    [
        ((2001, 2002), []),
        ((2001, 2002, 2004), []),
        ((2001, 2002, 2003, 2004), ["2001-03", "2002-04"]),
        ((1999, 2000, 2001), ["1999-01"]),
        ((2019, 2020, 2021, 2022), ["2019-21", "2020-22"]),
    ],
    ids=["two years", "a gap", "rolling", "turn of the century", "years after the first release"],
)
def test_only_whole_periods_are_made(tmp_path: Path, years: tuple[int, ...], found: list[str]) -> None:
    assert periods(mortality(tmp_path, years)) == found


def test_a_year_that_lacks_a_tenths_cause_is_in_no_period(tmp_path: Path) -> None:
    """A rejected row would otherwise read as nobody having died of it."""
    assert periods(mortality(tmp_path, range(2001, 2005), lost_deaths=(2004, 7, "02"))) == ["2001-03"]


def test_a_year_that_lacks_a_tenths_people_is_in_no_period(tmp_path: Path) -> None:
    assert periods(mortality(tmp_path, range(2001, 2005), lost_people=(2001, 3))) == ["2002-04"]


@pytest.mark.parametrize(("modelled", "country"), [(False, "E92000001"), (True, "X92000001")])
def test_modelled_counts_are_the_modelled_countrys(tmp_path: Path, modelled: bool, country: str) -> None:
    rows = mortality(tmp_path, (2001, 2002, 2003), modelled=modelled)
    assert {(row["area_code"], row["is_modelled"]) for row in rows} == {(country, modelled)}


def test_years_of_another_list_of_causes_are_whole_by_their_own(tmp_path: Path) -> None:
    """The third cause begins with 2004: its years are whole, and no period mixes the two lists."""
    assert periods(mortality(tmp_path, range(2001, 2008), third_cause_from=2004)) == ["2001-03", "2004-06", "2005-07"]


@pytest.mark.parametrize(
    ("deaths_by", "people_by", "found"),
    [
        (("2019", "unstated"), ("2019", "unstated"), ["2001-03", "2002-04"]),
        (("2019",), ("unstated",), []),
        (("unstated",), ("2019", "unstated"), ["2001-03"]),
    ],
    ids=["the edition with the newest year only", "deaths of one, people of another", "the one that has both"],
)
def test_editions_of_the_index_never_mix(
    tmp_path: Path, deaths_by: tuple[str, ...], people_by: tuple[str, ...], found: list[str]
) -> None:
    """People by the unstated edition end with 2003."""
    rows = mortality(tmp_path, range(2001, 2005), deaths_by=deaths_by, people_by=people_by)
    assert periods(rows) == found
    assert len(rows) == len(found) * 10 * 2 * 2, "nobody is counted twice"
