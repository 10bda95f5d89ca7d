"""The whole job on the embedded sample: what it publishes, and that the known truth is recovered."""

from __future__ import annotations

from pathlib import Path

import duckdb
import polars as pl
import pytest
from typer.testing import CliRunner

from pipelines.cli.app import app
from pipelines.defs import launch
from pipelines.defs.launch import Outcome
from pipelines.release.publish import current
from pipelines.settings import Settings

AGAIN = ["run", "--from", "sample"]


def ask(warehouse: Path, query: str) -> pl.DataFrame:
    with duckdb.connect(str((warehouse / "current.duckdb").resolve()), read_only=True) as connection:
        return connection.sql(query).pl()


def test_the_sample_publishes_a_release(sample_place: tuple[Path, Settings, Outcome]) -> None:
    _, here, outcome = sample_place
    assert outcome.published
    assert (here.warehouse / "LATEST").read_text().strip() == outcome.release_id
    now = current(here.warehouse)
    assert now is not None
    assert now.origin == "modelled"


def test_the_known_truth_is_recovered(sample_warehouse: Path) -> None:
    truth = pl.read_csv(Settings().sample / "truth.csv", schema_overrides={"period": pl.String})
    ours = ask(sample_warehouse, "select * from published.inequality where transform = 'none'")
    key = ["indicator", "area_code", "period", "sex", "age", "dimension", "scheme", "measure"]
    # Whole areas have their truth under both weights; the one the pipeline uses is compared.
    whole = pl.col("scheme").str.contains("_ua_in_england")
    truth = truth.filter(~whole | (pl.col("weighting") == "population_of_groups"))
    both = truth.join(ours, on=key, how="left", suffix="_ours")
    assert both.height == truth.height > 20
    assert (both["value"] - both["value_ours"]).abs().max() < 1e-9
    assert both["value_ours"].null_count() == 0
    for column in ("value_lower", "value_upper"):
        known = both.filter(pl.col(column).is_not_null())
        assert known.height > 20
        assert ((known[column] - known[f"{column}_ours"]).abs() <= known["limits_tolerance"]).all()


@pytest.mark.parametrize(
    ("sex", "indicator", "years"),
    [
        ("male", "life_expectancy_at_birth", 10.4),
        ("female", "life_expectancy_at_birth", 8.0),
        ("male", "healthy_life_expectancy_at_birth", 19.3),
    ],
)
def test_england_is_near_the_published_slope_index(
    sample_warehouse: Path, sex: str, indicator: str, years: float
) -> None:
    """ONS, life and healthy life expectancy by deprivation decile, England 2022-24."""
    found = ask(
        sample_warehouse,
        f"select value from published.inequality where area_code = 'E92000001' and indicator = '{indicator}' "
        f"and sex = '{sex}' and period = '2022-24' and measure = 'slope_index' and basis = 'neighbourhoods_national'",
    )
    assert found["value"].item() == pytest.approx(years, abs=0.15)


def test_what_rests_on_modelled_input_says_so(sample_warehouse: Path) -> None:
    for table in ("observation", "inequality", "area", "deprivation_profile", "healthy_life_expectancy_gap"):
        wrong = ask(
            sample_warehouse,
            f"select count(*) as n from published.{table} where (area_code like 'X%') <> is_modelled",
        )
        assert wrong["n"].item() == 0, table
    assert ask(sample_warehouse, "select count(*) as n from meta.snapshot where is_modelled")["n"].item() > 15


def test_the_country_that_comes_twice_is_published_once(sample_warehouse: Path) -> None:
    removed = ask(sample_warehouse, "select sum(deduplicated) as n from meta.snapshot")["n"].item()
    assert removed > 50
    doubled = ask(
        sample_warehouse,
        "select count(*) as n from (select indicator, area_code, period, period_length, sex, age, dimension, scheme, "
        "category from published.observation group by all having count(*) > 1)",
    )
    assert doubled["n"].item() == 0


def test_survey_respondents_never_weight(sample_warehouse: Path) -> None:
    found = ask(
        sample_warehouse,
        "select distinct weighting from published.inequality "
        "where indicator = 'obesity_prevalence_adults' and measure = 'slope_index' "
        "and basis = 'neighbourhoods_national'",
    )
    assert found["weighting"].to_list() == ["equal_shares"]


def test_a_second_run_by_the_command_publishes_nothing_new(
    after_sample: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    outcomes, run = [], launch.run
    monkeypatch.setattr(launch, "run", lambda *args, **chosen: outcomes.append(run(*args, **chosen)) or outcomes[0])
    result = CliRunner().invoke(app, AGAIN)
    assert result.exit_code == 0, result.output
    assert "othing new" in result.output
    (outcome,) = outcomes
    assert outcome.succeeded
    assert not outcome.published
    # What the release before said, and the comparison with it; there was none when the first run looked.
    assert outcome.built <= 6
    assert outcome.reused > 90
