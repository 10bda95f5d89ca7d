"""Healthy life expectancy against Public Health Scotland's production code, which counts the survey's chance only."""

import polars as pl
import pytest

from pipelines.measures import healthy_life_expectancy
from tests.shared import needs_golden
from tests.unit.measures.golden.case import Case, agree, cases

pytestmark = needs_golden

Z, THEIR_Z = 1.959963984540054, 1.96


def both(name: str, variance: str) -> pl.DataFrame:
    """The reference's rows with ours beside them."""
    case = Case("hle", name)
    roles = case.about["columns"]
    given = case.table()
    weighted = pl.col(roles["not_healthy_weighted"]).cast(pl.Float64) / pl.col(roles["survey_weighted_n"]).cast(
        pl.Float64
    )
    keys = [key for key in case.keys if key != "age_grp"]
    frame = given.select(
        *keys,
        age_start="startage",
        deaths=pl.col(roles["deaths"]).cast(pl.Float64),
        population=pl.col(roles["population"]).cast(pl.Float64),
        prevalence_good_health=1 - weighted,
        respondents=pl.col(roles["survey_unweighted_n"]).cast(pl.Float64),
    )
    ours = healthy_life_expectancy(frame, by=keys, variance=variance)
    numbers = ["LEx", "HLEx", "se_hle", "hle_lci", "hle_uci"]
    theirs = case.table("expected").with_columns(
        pl.col(numbers).cast(pl.Float64), age_start=pl.col("startage").cast(pl.Int64)
    )
    joined = theirs.join(ours, on=[*keys, "age_start"], how="left", validate="1:1")
    assert joined.height == ours.height == case.about["n_out"]
    return joined


@pytest.mark.parametrize("name", cases("hle"))
def test_estimates_and_the_surveys_part_of_the_limits_agree(name: str):
    answer = both(name, "prevalence")
    assert agree(answer["healthy_life_expectancy"], answer["HLEx"])
    assert agree(answer["life_expectancy"], answer["LEx"])
    assert agree(answer["standard_error"], answer["se_hle"])
    for end, theirs in (("lower", "hle_lci"), ("upper", "hle_uci")):
        half_width = answer[f"healthy_life_expectancy_{end}"] - answer["healthy_life_expectancy"]
        assert agree(answer["healthy_life_expectancy"] + half_width / Z * THEIR_Z, answer[theirs]), end


@pytest.mark.parametrize("name", cases("hle"))
def test_the_full_variance_is_never_smaller(name: str):
    answer = both(name, "full")
    assert agree(answer["healthy_life_expectancy"], answer["HLEx"])
    assert (answer["standard_error"] > answer["se_hle"]).all()
