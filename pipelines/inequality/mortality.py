"""Life tables and the decomposition of the gap, from deaths and people by national tenth, age band and cause.

What belongs here: shaping `core.mortality` for the life-table functions. What does not: those functions, or which
years make a period (`sql/core/mortality.sql`).
"""

from __future__ import annotations

import polars as pl

from pipelines import measures

PERIOD = ("area_code", "period", "period_length", "period_start", "period_end", "sex", "dimension", "scheme")
COMPARISONS = {"decile_1_v_10": ((1,), (10,)), "quintile_1_v_5": ((1, 2), (9, 10))}
"""The gaps that are split: the tenths of the most deprived side, and those of the least deprived."""


def life_expectancy_rows(mortality: pl.DataFrame) -> pl.DataFrame:
    """Life expectancy at every age band of every tenth, with limits: one row per PERIOD, decile and age band.

    `deaths_at_least_deprived_rates`: the deaths of the band had it the death rate of the least deprived tenth;
    `excess_deaths` the difference, over the period's years. `tenth_population`: people of all ages, as person-years.
    """
    keys = [*PERIOD, "decile"]
    bands = mortality.group_by(*keys, "age_start", "age_band", maintain_order=True).agg(
        pl.col("deaths").sum(), pl.col("population").first(), pl.col("is_modelled").any()
    )
    least = bands.filter(pl.col("decile") == 10).select(
        *PERIOD, "age_start", rate=pl.col("deaths") / pl.col("population")
    )
    bands = bands.join(least, on=[*PERIOD, "age_start"], how="left").with_columns(
        deaths_at_least_deprived_rates=pl.col("rate") * pl.col("population"),
        tenth_population=pl.col("population").sum().over(keys),
    )
    # The words of a band say where it ends, so that a missing one is seen.
    table = measures.life_expectancy(bands.with_columns(age_start="age_band"), by=keys)
    return (
        table.join(
            bands.select(
                *keys,
                "age_start",
                "age_band",
                "deaths",
                "population",
                "tenth_population",
                "deaths_at_least_deprived_rates",
                "is_modelled",
            ),
            on=[*keys, "age_start"],
            how="left",
        )
        .with_columns(excess_deaths=pl.col("deaths") - pl.col("deaths_at_least_deprived_rates"))
        .drop("rate", strict=False)
        .sort(*keys, "age_start")
    )


def decomposition_rows(mortality: pl.DataFrame) -> pl.DataFrame:
    """Years of life expectancy that each age band and cause contributes to each of the COMPARISONS.

    One row per PERIOD, comparison, age band and cause. `years` by Arriaga's method (from the most to the least
    deprived), `years_symmetric` by Andreev's (the mean of both directions); each sums to `gap_years`.
    """
    parts = [_split(mortality, comparison, *sides) for comparison, sides in COMPARISONS.items()]
    return pl.concat(parts).sort(*PERIOD, "comparison", "age_start", "cause_code")


def _split(mortality: pl.DataFrame, comparison: str, most: tuple[int, ...], least: tuple[int, ...]) -> pl.DataFrame:
    cell = [*PERIOD, "age_start", "age_band", "cause_code", "cause"]
    base, comparator = (
        mortality.filter(pl.col("decile").is_in(tenths))
        .group_by(cell)
        .agg(
            pl.col("deaths").sum().alias(f"deaths_{side}"),
            pl.col("population").sum().alias(f"population_{side}"),
            pl.col("is_modelled").any().alias(f"is_modelled_{side}"),
        )
        for side, tenths in (("base", most), ("comparator", least))
    )
    both = base.join(comparator, on=cell, how="inner")
    key = [*PERIOD, "age_start", "cause"]
    arriaga, andreev = (
        measures.decompose_life_expectancy_gap(
            both.with_columns(age_start="age_band"), by=list(PERIOD), method=method
        ).select(*key, pl.col("years").alias(name), pl.col("gap").alias(f"gap_{name}"), pl.col("note_code"))
        for method, name in (("arriaga", "years"), ("andreev", "years_symmetric"))
    )
    return (
        both.join(arriaga, on=key, how="left")
        .join(andreev.drop("note_code", "gap_years_symmetric"), on=key, how="left")
        .select(
            *PERIOD,
            pl.lit(comparison).alias("comparison"),
            "age_start",
            "age_band",
            "cause_code",
            "cause",
            "years",
            "years_symmetric",
            "gap_years",
            pl.col("deaths_base").alias("deaths_most_deprived"),
            pl.col("deaths_comparator").alias("deaths_least_deprived"),
            "note_code",
            (pl.col("is_modelled_base") | pl.col("is_modelled_comparator")).alias("is_modelled"),
        )
    )
