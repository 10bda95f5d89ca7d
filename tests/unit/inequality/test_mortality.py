"""Life tables by tenth and the gap's causes, from a made country where everybody's rates are known."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from pipelines.inequality.mortality import decomposition_rows, life_expectancy_rows

STARTS = [0, 1, *range(5, 95, 5)]


def mortality(excess: float = 2.0) -> pl.DataFrame:
    """Ten tenths of equal size; the most deprived has `excess` times the death rate, all of it from cause "01"."""
    rows = [
        {
            "area_code": "E92000001",
            "period": "2010-12",
            "period_length": "3y",
            "period_start": date(2010, 1, 1),
            "period_end": date(2012, 12, 31),
            "sex": "male",
            "dimension": "deprivation_decile",
            "scheme": "made",
            "decile": decile,
            "age_start": start,
            "age_band": str(start),
            "cause_code": cause,
            "cause": {"01": "one", "02": "two"}[cause],
            "deaths": round(deaths * (excess if decile == 1 and cause == "01" else 1)),
            "population": 100_000,
            "is_modelled": True,
        }
        for decile in range(1, 11)
        for place, start in enumerate(STARTS)
        for cause, deaths in (("01", 50 * 1.3**place), ("02", 100.0))
    ]
    return pl.DataFrame(rows)


def test_tenths_with_the_same_rates_live_as_long_and_the_burdened_one_less() -> None:
    table = life_expectancy_rows(mortality()).filter(age_start=0).sort("decile")
    years = table["life_expectancy"].to_list()
    assert years[1:] == pytest.approx([years[9]] * 9)
    assert years[0] < years[9] - 2
    assert table["tenth_population"].to_list() == [2_000_000] * 10
    assert table["is_modelled"].all()


def test_excess_deaths_are_those_above_the_least_deprived_rates() -> None:
    """In infancy 100 and 100 deaths of the two causes against 50 and 100."""
    table = life_expectancy_rows(mortality())
    infants = table.filter(age_start=0).sort("decile")["excess_deaths"]
    assert infants[0] == pytest.approx(50)
    assert infants[1:].to_list() == pytest.approx([0] * 9)


def test_all_of_the_gap_comes_from_the_cause_that_differs() -> None:
    table, split = life_expectancy_rows(mortality()), decomposition_rows(mortality())
    tenths = split.filter(comparison="decile_1_v_10")
    newborn = table.filter(age_start=0).sort("decile")["life_expectancy"]
    gap = newborn[9] - newborn[0]
    assert tenths["gap_years"].unique().to_list() == pytest.approx([gap])
    by_cause = dict(tenths.group_by("cause").agg(pl.col("years").sum()).rows())
    assert by_cause == pytest.approx({"one": gap, "two": 0})
    assert tenths["years_symmetric"].sum() == pytest.approx(gap)


def test_fifths_pool_two_tenths() -> None:
    """Half of the most deprived fifth carries the burden, so its gap is smaller."""
    split = decomposition_rows(mortality())
    gaps = dict(split.group_by("comparison").agg(pl.col("gap_years").first()).rows())
    assert set(gaps) == {"decile_1_v_10", "quintile_1_v_5"}
    assert 0 < gaps["quintile_1_v_5"] < gaps["decile_1_v_10"]


def test_no_deaths_make_empty_tables_with_the_same_columns() -> None:
    full, none = mortality(), mortality().clear()
    assert life_expectancy_rows(none).schema == life_expectancy_rows(full).schema
    assert decomposition_rows(none).schema == decomposition_rows(full).schema
