"""Life expectancy by tenth and the split of its gap: the release against the sample's known answers."""

from __future__ import annotations

from pathlib import Path

import duckdb
import polars as pl
import pytest

from pipelines.settings import Settings

KEY = ["area_code", "period", "sex"]


@pytest.fixture(scope="module")
def known() -> pl.DataFrame:
    return pl.read_csv(Settings().sample / "truth_life_expectancy.csv")


def asked(warehouse: Path, table: str) -> pl.DataFrame:
    with duckdb.connect(str((warehouse / "current.duckdb").resolve()), read_only=True) as release:
        return release.sql(f"select * from published.{table}").pl()


def test_life_expectancy_by_decile_is_the_known_one(sample_warehouse: Path, known: pl.DataFrame) -> None:
    ours = asked(sample_warehouse, "life_expectancy_by_decile")
    known = known.filter(pl.col("measure") == "life_expectancy")
    both = known.join(ours, on=[*KEY, "decile", "age_start"])
    assert both.height == known.height > 0
    assert (both["value"] - both["life_expectancy"]).abs().max() < 1e-9
    assert both.select((pl.col("life_expectancy_lower") < pl.col("value")).all()).item()


def test_each_causes_years_are_the_known_ones(sample_warehouse: Path, known: pl.DataFrame) -> None:
    ours = asked(sample_warehouse, "life_expectancy_decomposition")
    known = known.filter(pl.col("measure") != "life_expectancy")
    key = [*KEY, "measure", "cause"]
    causes = ours.group_by(*KEY, "cause", measure="comparison").agg(pl.col("years").sum())
    gaps = ours.group_by(*KEY, measure="comparison").agg(pl.col("gap_years").first())
    both = known.join(causes, on=key, how="left").join(gaps, on=[*KEY, "measure"], how="left")
    of_all = pl.col("cause") == "all causes"
    off = both.select((pl.col("value") - pl.when(of_all).then("gap_years").otherwise("years")).abs().alias("off"))
    assert both.height == known.height > 0
    assert off["off"].null_count() == 0
    assert off["off"].max() < 1e-9


def test_every_year_of_the_gap_has_a_share(sample_warehouse: Path) -> None:
    shares = asked(sample_warehouse, "life_expectancy_decomposition").group_by(*KEY, "comparison")
    assert shares.agg(pl.col("share_of_gap").sum())["share_of_gap"].to_list() == pytest.approx([1.0] * 16)
