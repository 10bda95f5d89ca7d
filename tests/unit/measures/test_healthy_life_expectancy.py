"""Healthy life expectancy: the numbers, the laws, and what bad prevalences and respondents bring."""

import math

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.measures import healthy_life_expectancy, life_expectancy
from tests.unit.measures import law
from tests.unit.measures.bands import AGES, changed, district, populations

Z = 1.959963984540054
OF_ALL = ["life_expectancy", "life_expectancy_lower", "life_expectancy_upper"]
HEALTHY = [
    "healthy_life_expectancy",
    "standard_error",
    "healthy_life_expectancy_lower",
    "healthy_life_expectancy_upper",
]


def middle(answer: pl.DataFrame, name: str) -> pl.Series:
    """The estimate, also where it is hidden for the width of its limits."""
    return (answer[f"{name}_lower"] + answer[f"{name}_upper"]) / 2


def test_half_of_94_years():
    frame = district(deaths=pl.Series([0.0] * 19 + [100.0]), population=pl.lit(400.0), respondents=pl.lit(25.0))
    answer = healthy_life_expectancy(frame.with_columns(prevalence_good_health=0.5), by=["area"])
    assert answer["healthy_life_expectancy"].to_list() == [47.0 - age / 2 for age in AGES]
    assert answer["life_expectancy"].to_list() == [94.0 - age for age in AGES]
    assert answer["share_in_good_health"].to_list() == pytest.approx([0.5] * 20)
    # The survey: widths 1, 4, 17 times 5, and 4 years at the end, each squared times 0.5^2 / 25; deaths: (0.5 * 0.4)^2.
    survey = (1 + 16 + 17 * 25 + 16) * 0.01
    assert answer["standard_error"][0] == pytest.approx(math.sqrt(survey + 0.04))
    assert answer["healthy_life_expectancy_upper"][0] == pytest.approx(47 + Z * math.sqrt(survey + 0.04))
    answer = healthy_life_expectancy(frame.with_columns(prevalence_good_health=0.5), by=[], variance="prevalence")
    assert answer["standard_error"][0] == pytest.approx(math.sqrt(survey))


def test_golden_figures():
    # hle/hl01, males of the most deprived tenth: 56.5 of 74.9 years, standard error of the survey's part 0.315.
    answer = healthy_life_expectancy(district(), by=[], variance="prevalence")
    assert answer["healthy_life_expectancy"][0] == pytest.approx(56.5282727406682, rel=1e-12)
    assert answer["healthy_life_expectancy"][1] == pytest.approx(55.908821381077978, rel=1e-12)
    assert answer["standard_error"][0] == pytest.approx(0.31539036705740903, rel=1e-12)
    assert answer["life_expectancy"][0] == pytest.approx(74.906695021220045, rel=1e-12)
    # METHODS: the full variance of the same tenth is a quarter wider.
    assert healthy_life_expectancy(district(), by=[])["standard_error"][0] == pytest.approx(0.424, abs=0.001)


def test_life_expectancy_is_that_of_its_own_measure():
    answer = healthy_life_expectancy(district(), by=["area"], confidence=0.998)
    assert answer.select(OF_ALL).equals(life_expectancy(district(), by=["area"], confidence=0.998).select(OF_ALL))


def test_the_full_variance_is_what_repeated_surveys_and_years_would_show():
    random = np.random.default_rng(20)
    draws = 4000
    truth = healthy_life_expectancy(district(), by=[]).row(0, named=True)
    one = district()
    deaths = random.poisson(one["deaths"].to_numpy(), (draws, 20)).clip(min=1)
    asked = one["respondents"].to_numpy().astype(int)
    well = random.binomial(asked, one["prevalence_good_health"].to_numpy(), (draws, 20)) / asked
    many = pl.concat([one.drop("area")] * draws).with_columns(
        draw=pl.Series(np.repeat(np.arange(draws), 20)),
        deaths=pl.Series(deaths.ravel().astype(float)),
        prevalence_good_health=pl.Series(well.ravel()),
    )
    answer = healthy_life_expectancy(many, by=["draw"]).filter(age_start=0)
    spread = answer["healthy_life_expectancy"].std()
    assert spread == pytest.approx(truth["standard_error"], rel=0.03)  # 2.7 standard deviations of such a spread
    spread_of_all = answer["life_expectancy"].std()
    assert spread_of_all == pytest.approx(life_expectancy(one, by=[])["standard_error"][0], rel=0.03)


def test_a_design_effect_is_fewer_respondents_and_the_state_is_whatever_the_column_holds():
    fewer = healthy_life_expectancy(district(respondents=pl.col("respondents") / 1.6), by=[])
    assert healthy_life_expectancy(district(), by=[], design_effect=1.6).equals(fewer)
    assert healthy_life_expectancy(district(design_effect=pl.lit(1.6)), by=[]).equals(fewer)
    renamed = district().rename({"prevalence_good_health": "free_of_disability"})
    assert healthy_life_expectancy(renamed, by=[], prevalence="free_of_disability", design_effect=1.6).equals(fewer)
    unknown = healthy_life_expectancy(district(design_effect=pl.lit(None, pl.Float64)), by=[])
    assert unknown["note_code"].unique().to_list() == ["missing_respondents"]
    for arguments, says in [
        ({"design_effect": 0}, "design_effect must be a finite number above 0"),
        ({"prevalence": 1}, "prevalence must name a column"),
        ({"prevalence": "fitness"}, "no column"),
    ]:
        with pytest.raises(ValueError, match=says):
            healthy_life_expectancy(district(), by=[], **arguments)
    with pytest.raises(ValueError, match="found both"):
        healthy_life_expectancy(district(design_effect=pl.lit(1.6)), by=[], design_effect=2.0)


def test_a_band_without_respondents_has_no_limits_nor_have_younger_ones():
    for respondents in (None, math.nan, 0.0, -4.0):
        answer = healthy_life_expectancy(changed(3, respondents=respondents), by=["area"])
        assert answer["healthy_life_expectancy"].equals(
            healthy_life_expectancy(district(), by=["area"])["healthy_life_expectancy"]
        )
        assert answer["note_code"].to_list() == ["missing_respondents"] * 4 + [None] * 16
        for name in HEALTHY[1:]:
            assert answer[name].is_null().to_list() == [True] * 4 + [False] * 16
        assert answer.select(OF_ALL).null_count().sum_horizontal().item() == 0


def test_few_respondents_hide_the_healthy_years_and_not_the_others():
    answer = healthy_life_expectancy(district(respondents=pl.lit(1.0)), by=["area"])
    assert answer["note_code"][0] == "interval_too_wide"
    assert answer["healthy_life_expectancy"][0] is answer["share_in_good_health"][0] is None
    assert answer["life_expectancy"][0] == pytest.approx(74.906695021220045)
    assert answer["healthy_life_expectancy_upper"][0] - answer["healthy_life_expectancy_lower"][0] > 20


BAD = {
    "percentages": ("bad_prevalence", changed(3, prevalence_good_health=65.0)),
    "below 0": ("bad_prevalence", changed(3, prevalence_good_health=-0.1)),
    "no prevalence": ("missing_value", changed(3, prevalence_good_health=None)),
    "prevalence nan": ("missing_value", changed(3, prevalence_good_health=math.nan)),
    "no deaths known": ("missing_value", changed(3, deaths=None)),
    "negative deaths": ("negative_deaths", changed(3, deaths=-1.0)),
    "no people": ("bad_population", changed(3, deaths=0.0, population=0.0)),
    "more deaths than people": ("deaths_exceed_population", changed(3, deaths=1e6)),
    "5000 people": ("population_too_small", district("b", deaths=pl.lit(1.0), population=pl.lit(250.0))),
    "nobody dies at 90": ("no_deaths_in_open_band", changed(19, deaths=0.0)),
    "a band twice": ("wrong_age_bands", changed(19, age_start=85)),
}


@pytest.mark.parametrize(("note", "bad"), BAD.values(), ids=BAD)
def test_a_bad_table_gets_nulls_and_a_note_and_leaves_its_neighbours_alone(note: str, bad: pl.DataFrame):
    good = pl.concat([district("a"), district("c")])
    together = pl.concat([bad, good]).sample(fraction=1, shuffle=True, seed=1)
    answer = healthy_life_expectancy(together, by=["area"])
    assert answer.filter(pl.col("area") != "b").equals(healthy_life_expectancy(good, by=["area"]))
    rows = answer.filter(area="b")
    assert rows["note_code"].to_list() == [note] * bad.height
    assert all(rows[name].null_count() == rows.height for name in (*HEALTHY, *OF_ALL, "share_in_good_health"))


BAD_CALLS = {
    "no prevalence": (lambda f: f.drop("prevalence_good_health"), {}, "no column"),
    "no respondents": (lambda f: f.drop("respondents"), {}, "no column"),
    "prevalence as text": (lambda f: f.cast({"prevalence_good_health": pl.String}), {}, "must hold numbers"),
    "variance": (lambda f: f, {"variance": "both"}, "variance must be 'full' or 'prevalence'"),
    "confidence": (lambda f: f, {"confidence": 1}, "between 0.5 and 1"),
    "by an output": (lambda f: f.rename({"area": "note_code"}), {"by": ["note_code"]}, "cannot group by"),
}


@pytest.mark.parametrize(("spoil", "arguments", "says"), BAD_CALLS.values(), ids=BAD_CALLS)
def test_a_bad_call_is_refused_in_a_sentence(spoil, arguments: dict[str, object], says: str):
    with pytest.raises(ValueError, match=says) as refusal:
        healthy_life_expectancy(spoil(district()), **{"by": ["area"], **arguments})
    assert str(refusal.value).endswith(".")
    assert "\n" not in str(refusal.value)


def test_no_rows_in_is_no_rows_out_with_the_same_columns():
    full, empty = (healthy_life_expectancy(frame, by=["area"]) for frame in (district(), district().clear()))
    assert empty.height == 0
    assert empty.schema == full.schema


prevalences = st.lists(st.floats(0, 1), min_size=20, max_size=20)


@law
@given(populations(), prevalences, st.integers(1, 1000), st.sampled_from(["full", "prevalence"]))
def test_healthy_years_are_no_more_than_years(frame: pl.DataFrame, share: list[float], asked: int, variance: str):
    surveyed = frame.with_columns(prevalence_good_health=pl.Series(share), respondents=asked)
    answer = healthy_life_expectancy(surveyed, by=[], variance=variance)
    healthy, years = middle(answer, "healthy_life_expectancy"), middle(answer, "life_expectancy")
    assert (healthy <= years * (1 + 1e-12)).all()
    assert (healthy >= -1e-12).all()
    ratio = answer["share_in_good_health"].drop_nulls()
    assert ratio.is_between(0, 1 + 1e-12).all()
    # A later age's years lie between its own and all older bands' extremes.
    assert (healthy <= years * max(share) * (1 + 1e-9) + 1e-9).all()
    assert (healthy >= years * min(share) * (1 - 1e-9) - 1e-9).all()


@law
@given(populations(), st.integers(1, 1000))
def test_when_all_are_in_good_health_all_years_are_healthy(frame: pl.DataFrame, asked: int):
    healthy = frame.with_columns(prevalence_good_health=1.0, respondents=asked)
    answer, years = healthy_life_expectancy(healthy, by=[]), life_expectancy(frame, by=[])
    for theirs, ours in zip(years.columns[1:5], HEALTHY, strict=True):
        assert answer[ours].to_list() == pytest.approx(years[theirs].to_list(), rel=1e-12)
    assert answer["share_in_good_health"].drop_nulls().to_list() == pytest.approx(
        [1.0] * answer["share_in_good_health"].count()
    )


@law
@given(populations(), prevalences, st.randoms(use_true_random=False))
def test_row_order_does_not_move_a_digit(frame: pl.DataFrame, share: list[float], random):
    surveyed = frame.with_columns(prevalence_good_health=pl.Series(share), respondents=50)
    order = list(range(20))
    random.shuffle(order)
    assert healthy_life_expectancy(surveyed[order], by=[]).equals(healthy_life_expectancy(surveyed, by=[]))
