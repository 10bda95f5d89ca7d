"""The summary measures: sums done by hand, reference answers in full, laws, bad groups and bad calls."""

import math
import sys

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal
from scipy.stats import ncx2

from pipelines.measures import excess_events, slope_index, summary_measures
from pipelines.measures.spread.summary_measures import MEASURES, ORDERED_ONLY, UNWEIGHTED
from tests.unit.measures import law

Z = 1.959963984540054
WEIGHTED_BY_NAME = {name for name in MEASURES if name.endswith("_weighted")}
RATIOS = {"relative_gap"}
RELATIVE = {
    "relative_gap",
    "population_attributable_fraction",
    "relative_concentration_index",
    "coefficient_of_variation",
    "mean_log_deviation",
    "theil_index",
    "index_of_disparity",
    "index_of_disparity_weighted",
}
EQUAL_WEIGHTS = {name for name in UNWEIGHTED if name not in {"absolute_gap", "relative_gap"}}

# Golden case healthequal/e03: an adverse rate per 100,000 by decile, and what WHO's package answers (oriented).
E03 = pl.DataFrame(
    {
        "rank": range(1, 11),
        "population": [40521, 48232, 80510, 83443, 65714, 71360, 82221, 54244, 73361, 47523],
        "value": [541.183, 502.641, 470.73, 409.563, 381.935, 350.708, 325.219, 290.134, 282.791, 242.831],
        "standard_error": [11.295, 9.1, 12.695, 7.204, 8.778, 9.91, 7.194, 8.857, 13.701, 7.059],
    }
)
E03_ANSWERS = {
    "absolute_gap": (298.352, 272.24644910900696, 324.45755089099299),
    "relative_gap": (2.2286404948297376, 2.0776812352298171, 2.3905680866610624),
    "between_group_variance": (7472.4653090905658, 6379.8905731947507, 8565.040044986381),
    "mean_log_deviation": (26.476294860155335, 26.476294860155335 - Z * 2.059856335864588, None),
    "theil_index": (26.246657615322434, 26.246657615322434 - Z * 1.9944729277387176, None),
    "population_attributable_risk": (132.88240875312343, 89.696041671033612, 176.06877583521324),
    "population_attributable_fraction": (0.35368024046338682, 0.35368024046338682 - Z * 0.058646471293357955, None),
    "absolute_concentration_index": (49.098433154006173, 44.137787200628061, 54.059079107384285),
    "relative_concentration_index": (0.13068054535756041, 0.11747727435948516, 0.14388381635563566),
}
E03_POINTS = {
    "between_group_standard_deviation": 86.443422590099743,
    "coefficient_of_variation": 23.007808764925034,
    "index_of_disparity": 21.675271124941716,
    "index_of_disparity_weighted": 19.503653192659854,
    "mean_difference_from_best": 136.9425,
    "mean_difference_from_best_weighted": 132.88240875312343,
    "mean_difference_from_mean": 81.4369,
    "mean_difference_from_mean_weighted": 73.277840241529717,
}


def summary(frame: pl.DataFrame, **arguments: object) -> dict[str, dict[str, object]]:
    """The rows of a single group, by measure."""
    answer = summary_measures(frame, **{"by": [], "favourable": True, "ordered": True, **arguments})
    return {row["measure"]: row for row in answer.iter_rows(named=True)}


def values(frame: pl.DataFrame, **arguments: object) -> dict[str, float]:
    return {name: row["value"] for name, row in summary(frame, **arguments).items()}


def table(value: list[float], population: list[float] | float = 100.0, **columns: object) -> pl.DataFrame:
    return pl.DataFrame({"rank": range(1, len(value) + 1), "population": population, "value": value, **columns})


def test_a_reference_case_in_full():
    answer = summary(E03, favourable=False, scale=100_000, errors="who")
    assert list(answer) == list(MEASURES)
    for name, (value, lower, upper) in E03_ANSWERS.items():
        assert answer[name]["value"] == pytest.approx(value, rel=1e-9), name
        assert answer[name]["value_lower"] == pytest.approx(lower, rel=1e-6), name
        assert answer[name]["value_upper"] == pytest.approx(2 * value - lower if upper is None else upper, rel=1e-6)
        assert answer[name]["note_code"] is None
    for name, value in E03_POINTS.items():
        assert answer[name]["value"] == pytest.approx(value, rel=1e-9), name


def test_two_halves_by_hand():
    # Thirty and ten of a hundred in two equal halves; the mean is 20.
    answer = values(table([30.0, 10.0]), favourable=False, scale=100)
    assert answer == pytest.approx(
        {
            "absolute_gap": 20,
            "relative_gap": 3,
            "population_attributable_risk": 10,
            "population_attributable_fraction": 0.5,
            "absolute_concentration_index": 5,
            "relative_concentration_index": 0.25,
            "between_group_variance": 100,
            "between_group_standard_deviation": 10,
            "coefficient_of_variation": 50,
            "mean_log_deviation": -500 * (math.log(1.5) + math.log(0.5)),
            "theil_index": 500 * (1.5 * math.log(1.5) + 0.5 * math.log(0.5)),
            "index_of_disparity": 50,
            "index_of_disparity_weighted": 50,
            "mean_difference_from_mean": 10,
            "mean_difference_from_mean_weighted": 10,
            "mean_difference_from_best": 10,
            "mean_difference_from_best_weighted": 10,
            "mean_difference_from_reference": 10,
            "mean_difference_from_reference_weighted": 10,
        }
    )


def test_weights_tell_the_weighted_forms_apart():
    # Mean 0.9 * 10 + 0.1 * 20 = 11.
    answer = values(table([10.0, 20.0], [900, 100]), favourable=False)
    assert answer["mean_difference_from_mean"] == pytest.approx(5)
    assert answer["mean_difference_from_mean_weighted"] == pytest.approx(1.8)
    assert answer["mean_difference_from_best"] == pytest.approx(5)
    assert answer["mean_difference_from_best_weighted"] == pytest.approx(1)
    assert answer["index_of_disparity_weighted"] == pytest.approx(180 / 11)


def test_a_better_reference_has_a_two_by_two_error_and_years_of_life_the_values_own():
    risk = "population_attributable_risk"
    percent = summary(table([30.0, 10.0], standard_error=1.0), favourable=False, scale=100, errors="who")
    years = summary(table([75.0, 80.0, 85.0], standard_error=1.0))
    assert percent[risk]["interval_method"] == "two_by_two_table"
    # A table of 20 events in 100 (10%) and 100 (30%): c = 10, d = 90, a = 30, b = 70.
    error = math.sqrt(10 * 200 * (30 * 90 * 190 + 70 * 100) / (40**3 * 100**3))
    assert percent["population_attributable_fraction"]["standard_error"] == pytest.approx(error)
    assert percent[risk]["standard_error"] == pytest.approx(20 * error)
    assert years[risk]["interval_method"] == "delta"
    # y3 - (y1 + y2 + y3) / 3 has weights -1/3, -1/3, 2/3.
    assert years[risk]["standard_error"] == pytest.approx(math.sqrt(6) / 3)
    assert years["population_attributable_fraction"]["value"] == pytest.approx(5 / 80)


TENTHS_OF_SMOKERS = table(
    [20.0, 19, 17, 16, 14, 13, 11, 10, 10, 9], 560_000, standard_error=0.6
)  # Deciles of 5.6 million people.


@pytest.mark.parametrize("times", [1.0, 10.0])
def test_attributable_and_concentration_limits_are_of_the_errors_given(times: float):
    """As `excess_events` has them, and for the indices as the slope and the relative index have them."""
    frame = TENTHS_OF_SMOKERS.with_columns(pl.col("standard_error") * times)
    answer = summary(frame, favourable=False, scale=100)
    events = excess_events(frame, by=[], favourable=False, scale=100).row(0, named=True)
    for end in ("_lower", "_upper"):
        fraction = answer["population_attributable_fraction"][f"value{end}"]
        assert fraction == pytest.approx(events[f"attributable_fraction{end}"])
        risk = answer["population_attributable_risk"][f"value{end}"]
        assert risk == pytest.approx(100 * events[f"value{end}"] / events["population"])
    line = slope_index(frame, by=[], favourable=False).row(0, named=True)
    k = 2 * sum(0.1 * ((place + 0.5) / 10 - 0.5) ** 2 for place in range(10))
    for end in ("_lower", "_upper"):
        assert answer["absolute_concentration_index"][f"value{end}"] == pytest.approx(k * line[f"slope_index{end}"])
        ratio = line[f"relative_index{end}"]
        expected = None if ratio in {None, 0.0} else pytest.approx(2 * k * (ratio - 1) / (ratio + 1))
        assert expected is None or answer["relative_concentration_index"][f"value{end}"] == expected


def test_the_limits_of_a_fraction_in_full():
    row = summary(TENTHS_OF_SMOKERS, favourable=False, scale=100)["population_attributable_fraction"]
    assert [round(100 * row[name], 1) for name in ("value", "value_lower", "value_upper")] == [35.3, 27.2, 43.3]
    assert row["interval_method"] == "delta"


def test_a_reference_that_is_no_better_leaves_nothing_to_attribute():
    answer = summary(table([10.0, 30.0], standard_error=1.0), favourable=False, scale=100)
    for name in ("population_attributable_risk", "population_attributable_fraction"):
        row = answer[name]
        assert (row["value"], row["value_lower"], row["interval_method"]) == (0, None, "none")
        assert row["note_code"] == "reference_not_better"
    assert answer["absolute_gap"]["value"] == -20
    assert answer["absolute_concentration_index"]["value"] < 0


def test_unordered_groups_have_no_rows_that_need_an_order_or_a_best_group():
    frame = table([30.0, 10.0, 20.0], [100, 500, 400]).rename({"rank": "category"})
    answer = summary(frame, favourable=False, ordered=False)
    assert set(answer) == set(MEASURES) - set(ORDERED_ONLY)
    assert answer["absolute_gap"]["value"] == 20
    assert answer["relative_gap"]["value"] == 3
    assert answer["absolute_gap"]["note_code"] == answer["relative_gap"]["note_code"] == "largest_of_k"
    # Against the largest group, of 500 people and 10 per cent.
    assert answer["mean_difference_from_reference"]["value"] == pytest.approx(10)
    assert answer["mean_difference_from_reference_weighted"]["value"] == pytest.approx(0.1 * 20 + 0.4 * 10)


def test_a_named_reference_is_held_against_the_worst_of_the_others():
    frame = table([30.0, 10.0, 20.0]).with_columns(category=pl.Series(["rent", "own", "mortgage"]))
    answer = summary(frame, favourable=False, ordered=False, reference="mortgage")
    assert (answer["absolute_gap"]["value"], answer["relative_gap"]["value"]) == (10, 1.5)
    assert answer["mean_difference_from_reference"]["value"] == pytest.approx(20 / 3)
    better = summary(frame, favourable=True, ordered=False, reference="mortgage")
    assert (better["absolute_gap"]["value"], better["relative_gap"]["value"]) == (10, 2)
    by_rank = summary(frame, favourable=False, ordered=True, reference=3)
    assert by_rank["mean_difference_from_reference"]["value"] == pytest.approx(20 / 3)
    nobody = summary(frame, favourable=False, ordered=False, reference="council")
    for name in ("absolute_gap", "relative_gap", "mean_difference_from_reference"):
        assert (nobody[name]["value"], nobody[name]["note_code"]) == (None, "missing_reference")
    assert nobody["between_group_variance"]["value"] is not None


def test_a_published_total_stands_in_for_the_mean():
    frame = table([30.0, 10.0, 20.0], standard_error=1.0, total=15.0)
    answer = summary(frame, favourable=False)
    assert answer["mean_difference_from_mean"]["value_uncorrected"] == pytest.approx(25 / 3)
    assert answer["index_of_disparity"]["value_uncorrected"] == pytest.approx(100 * 25 / 3 / 15)
    # Far from the total, the distances are the values: -5 is 5 errors away, and the total has none of its own.
    assert answer["mean_difference_from_mean"]["standard_error"] == pytest.approx(math.sqrt(3) / 3, rel=1e-4)
    # Chance adds p (1 - p) of each squared error: three times 2 / 9.
    assert answer["between_group_variance"]["value_uncorrected"] == pytest.approx(200 / 3)
    assert answer["between_group_variance"]["value"] == pytest.approx(200 / 3 - 2 / 3)


def test_without_populations_the_unweighted_measures_remain():
    frame = table([30.0, 10.0, 20.0], total=15.0).drop("population")
    ranked = summary(frame, favourable=False)
    assert set(ranked) == set(UNWEIGHTED)
    unranked = summary(frame, favourable=False, ordered=False)
    assert set(unranked) == {"absolute_gap", "relative_gap", "index_of_disparity", "mean_difference_from_mean"}
    assert unranked["mean_difference_from_mean"]["value"] == pytest.approx(25 / 3)
    assert summary(frame.drop("total"))["index_of_disparity"]["note_code"] == "no_total"


def test_zero_has_no_logarithm_but_a_theil_index():
    answer = summary(table([0.0, 20.0], standard_error=1.0), favourable=True)
    assert answer["mean_log_deviation"]["note_code"] == "value_not_positive"
    assert answer["mean_log_deviation"]["value"] is None
    assert answer["theil_index"]["value_uncorrected"] == pytest.approx(1000 * math.log(2))
    assert answer["relative_gap"]["note_code"] == "relative_gap_undefined"


def test_values_below_zero_leave_the_measures_that_divide_by_the_mean_out():
    answer = summary(table([-3.0, -1.0], standard_error=0.1))
    undefined = {name for name, row in answer.items() if row["value"] is None}
    assert undefined == RELATIVE
    assert answer["coefficient_of_variation"]["note_code"] == "mean_not_positive"
    assert answer["absolute_gap"]["value"] == 2


def test_noise_is_said_to_be_noise():
    """Cochran's Q of these is 0.002, with three degrees of freedom."""
    answer = summary(table([50.0, 50.1, 49.9, 50.0], standard_error=3.0))
    for name in ("between_group_standard_deviation", "index_of_disparity", "mean_difference_from_best"):
        row = answer[name]
        assert (row["note_code"], row["value"], row["value_lower"]) == ("no_more_than_chance", 0, 0)
        assert row["p_of_equality"] > 0.999
        assert row["value_uncorrected"] > 0


def test_a_spread_beyond_chance_is_said_with_what_chance_adds_taken_off():
    answer = summary(table([46.0, 48, 50, 52, 54], standard_error=1.0))
    variance = answer["between_group_variance"]
    # Variance 8, of which chance adds 5 * (1/5)(4/5) = 0.8. Q = 40, with four degrees of freedom.
    assert (variance["value_uncorrected"], variance["value"]) == (pytest.approx(8), pytest.approx(7.2))
    assert variance["p_of_equality"] == pytest.approx(21 * math.exp(-20))
    # Limits: the b at which 5 * 8 is the upper and the lower 2.5% point of chi-squared with non-centrality 5 b.
    assert ncx2.sf(40, 4, 5 * variance["value_lower"]) == pytest.approx(0.025, abs=0.001)
    assert ncx2.cdf(40, 4, 5 * variance["value_upper"]) == pytest.approx(0.025, abs=0.001)
    for name in ("index_of_disparity", "theil_index", "mean_difference_from_mean"):
        row = answer[name]
        assert row["note_code"] is None
        assert 0 < row["value_lower"] < row["value"] < row["value_uncorrected"] < row["value_upper"], name


def test_limits_that_cover_less_than_they_say_are_said_to():
    even = summary(table([10.0, 14, 18, 25], standard_error=1.0))
    uneven = summary(table([10.0, 14, 18, 25]).with_columns(standard_error=pl.Series([0.3, 1.0, 1.0, 1.3])))
    for name in ("mean_difference_from_mean", "between_group_variance", "theil_index"):
        assert (even[name]["note_code"], uneven[name]["note_code"]) == (None, "rough_limits")
    assert even["mean_difference_from_best"]["note_code"] == "rough_limits"
    assert even["mean_difference_from_reference"]["note_code"] == "rough_limits"


@law
@given(st.integers(2, 12), st.floats(0.1, 5), st.integers(0, 10**6))
def test_equal_groups_are_no_more_than_chance_in_95_of_100(size: int, error: float, seed: int):
    drawn = 50 + error * np.random.default_rng(seed).standard_normal((60, size))
    frame = pl.DataFrame(
        {
            "draw": np.repeat(np.arange(60), size),
            "rank": np.tile(np.arange(1, size + 1), 60),
            "population": 100.0,
            "value": drawn.ravel(),
            "standard_error": error,
        }
    )
    answer = summary_measures(frame, by=["draw"], favourable=True, ordered=True, measures=["between_group_variance"])
    told_apart = answer.filter(pl.col("note_code").is_null())
    assert told_apart.height <= 14  # Of 60, 3 are expected; 15 or more come once in a million times.
    assert (told_apart["p_of_equality"] < 0.05).all()
    assert answer.filter(pl.col("value_lower") > 0).height <= told_apart.height


def test_limits_as_who_has_them_lie_where_a_simulation_puts_them():
    random = np.random.default_rng(7)
    value, error = np.array([88.0, 84, 79, 92, 60, 71, 66, 75]), np.array([2.0, 3, 4, 5, 3, 4, 2, 3])
    population = np.array([10.0, 30, 5, 8, 20, 14, 25, 12])
    share, mean = population / population.sum(), lambda draws: draws @ population / population.sum()
    draws = value + error * random.standard_normal((40_000, 8))
    away = np.abs(draws - mean(draws)[:, None])
    root = np.sqrt((away**2) @ share)
    simulated = {
        "between_group_standard_deviation": root,
        "coefficient_of_variation": 100 * root / mean(draws),
        "index_of_disparity": 100 * away.mean(axis=1) / mean(draws),
        "index_of_disparity_weighted": 100 * away @ share / mean(draws),
        "mean_difference_from_mean": away.mean(axis=1),
        "mean_difference_from_mean_weighted": away @ share,
        "mean_difference_from_best": (draws.max(axis=1, keepdims=True) - draws).mean(axis=1),
        "mean_difference_from_best_weighted": (draws.max(axis=1, keepdims=True) - draws) @ share,
        "mean_difference_from_reference": np.abs(draws - draws[:, 2:3]).mean(axis=1),
        "mean_difference_from_reference_weighted": np.abs(draws - draws[:, 2:3]) @ share,
    }
    frame = table(value.tolist(), population.tolist(), standard_error=error)
    answer = summary(frame, reference=3, errors="who")
    for name, drawn in simulated.items():
        lower, upper = np.quantile(drawn, [0.025, 0.975])
        allowed = (0.08 if "best" in name else 0.05) * (upper - lower)
        assert abs(answer[name]["value_lower"] - lower) < allowed, name
        assert abs(answer[name]["value_upper"] - upper) < allowed, name
        assert answer[name]["standard_error"] == pytest.approx(drawn.std(), rel=0.1), name


@pytest.mark.parametrize(
    ("value", "error"),
    [([10.0, 12.0, 60.0, 11.0], [0.1, 0.1, 9.0, 0.1]), ([50.0, 52.0, 53.0, 48.0], [3.0, 2.0, 4.0, 3.0])],
    ids=["one value moves mean and spread together", "hardly more than noise"],
)
def test_limits_follow_a_skewed_simulation_closely(value: list[float], error: list[float]):
    draws = np.array(value) + np.array(error) * np.random.default_rng(11).standard_normal((200_000, 4))
    middle = draws.mean(axis=1)
    away = np.abs(draws - middle[:, None])
    simulated = {
        "between_group_standard_deviation": np.sqrt((away**2).mean(axis=1)),
        "coefficient_of_variation": 100 * np.sqrt((away**2).mean(axis=1)) / middle,
        "index_of_disparity": 100 * away.mean(axis=1) / middle,
    }
    if error[2] == 9:  # The ratio of two that move together bends too much for three moments.
        del simulated["coefficient_of_variation"], simulated["index_of_disparity"]
    answer = summary(table(value, standard_error=error), errors="who")
    for name, drawn in simulated.items():
        lower, upper = np.quantile(drawn, [0.025, 0.975])
        allowed = (0.08 if name.startswith("index") else 0.02) * (upper - lower)
        assert abs(answer[name]["value_lower"] - lower) < allowed, name
        assert abs(answer[name]["value_upper"] - upper) < allowed, name


def test_a_value_above_the_scale_is_no_proportion_and_has_no_table():
    answer = summary(table([1.2, 0.5], standard_error=0.1), favourable=False, errors="who")
    assert answer["population_attributable_fraction"]["interval_method"] == "delta"


def test_confidence_widens_every_interval():
    narrow, wide = (summary(E03, favourable=False, scale=100_000, confidence=level) for level in (0.9, 0.998))
    for name in MEASURES:
        assert wide[name]["value_lower"] < narrow[name]["value_lower"] < narrow[name]["value"], name
        assert narrow[name]["value"] < narrow[name]["value_upper"] < wide[name]["value_upper"], name


def test_without_errors_only_measures_that_read_none_have_limits():
    answer = summary(E03.drop("standard_error"), favourable=False, scale=100_000, errors="who")
    limited = {name: row["interval_method"] for name, row in answer.items() if row["value_lower"] is not None}
    assert limited == {
        "population_attributable_risk": "two_by_two_table",
        "population_attributable_fraction": "two_by_two_table",
        "absolute_concentration_index": "regression_residuals",
        "relative_concentration_index": "regression_residuals",
    }
    assert {row["interval_method"] for name, row in answer.items() if name not in limited} == {"none"}


def test_text_ranks_are_numbers_and_nan_is_missing():
    as_text = E03.with_columns(
        pl.col("rank").cast(pl.String), value_lower=pl.lit(math.nan), value_upper=pl.lit(math.nan)
    )
    assert values(as_text, favourable=False) == values(E03, favourable=False)


some_values = st.lists(st.floats(1, 90), min_size=3, max_size=9)
some_people = st.lists(st.floats(10, 1000), min_size=9, max_size=9)
flags = st.booleans()


@law
@given(st.floats(0.5, 90), some_people, st.integers(2, 9), flags, flags)
def test_equal_values_give_nothing_or_one(
    value: float, people: list[float], size: int, favourable: bool, ordered: bool
):
    frame = table([value] * size, people[:size], standard_error=0.1)
    for name, found in values(frame, favourable=favourable, ordered=ordered).items():
        assert found == (1 if name in RATIOS else 0), name


@law
@given(some_values, some_people, flags)
def test_the_attributable_fraction_lies_between_none_and_all(value: list[float], people: list[float], ordered_up: bool):
    frame = table(sorted(value, reverse=ordered_up), people[: len(value)])
    answer = values(frame, favourable=False, scale=100)
    assert 0 <= answer["population_attributable_fraction"] <= 1
    assert answer["population_attributable_risk"] >= 0


@law
@given(some_values, some_people, st.floats(0.01, 100), flags, flags)
def test_a_change_of_unit_scales_absolute_measures_and_leaves_relative_ones(
    value: list[float], people: list[float], factor: float, favourable: bool, ordered: bool
):
    frame = table(value, people[: len(value)], standard_error=2.0)
    scaled = frame.with_columns(pl.col("value", "standard_error") * factor)
    arguments = {"favourable": favourable, "ordered": ordered}
    one, other = summary(frame, scale=1000, **arguments), summary(scaled, scale=1000 * factor, **arguments)
    for name, row in one.items():
        by = 1 if name in RELATIVE else factor**2 if name == "between_group_variance" else factor
        for figure in ("value", "value_lower", "value_upper"):
            expected = None if row[figure] is None else pytest.approx(row[figure] * by, rel=1e-6, abs=1e-7 * by)
            assert other[name][figure] == expected, (name, figure)


@law
@given(some_values, some_people, st.integers(0, 8), st.floats(0.1, 0.9))
def test_splitting_a_category_changes_no_weighted_measure(
    value: list[float], people: list[float], place: int, part: float
):
    frame = table(value, people[: len(value)])
    place %= len(value)
    cut = people[: len(value)]
    cut[place : place + 1] = [cut[place] * part, cut[place] * (1 - part)]
    split = table([*value[: place + 1], *value[place:]], cut)
    one, other = values(frame, favourable=False), values(split, favourable=False)
    for name in set(MEASURES) - EQUAL_WEIGHTS:
        assert other[name] == pytest.approx(one[name], rel=1e-9, abs=1e-9), name


@law
@given(some_values, some_people, st.randoms(use_true_random=False), flags)
def test_row_order_never_moves_a_digit(value: list[float], people: list[float], random, ordered: bool):
    frame = table(value, people[: len(value)], standard_error=1.5)
    order = list(range(len(value)))
    random.shuffle(order)
    arguments = {"by": [], "favourable": True, "ordered": ordered}
    assert summary_measures(frame[order], **arguments).equals(summary_measures(frame, **arguments))


@law
@given(some_values, some_people, flags)
def test_limits_hold_the_value(value: list[float], people: list[float], ordered: bool):
    frame = table(value, people[: len(value)], standard_error=4.0)
    answer = summary_measures(frame, by=[], favourable=True, ordered=ordered, scale=100)
    with_limits = answer.drop_nulls("value_lower")
    assert with_limits.height > 10
    assert (
        (with_limits["value_lower"] <= with_limits["value"]) & (with_limits["value"] <= with_limits["value_upper"])
    ).all()
    signed = ("gap", "index", "attributable")
    never_negative = with_limits.filter(
        ~pl.col("measure").str.contains_any(signed) | (pl.col("measure") == "theil_index")
    )
    assert (never_negative["value_lower"] >= 0).all()


def area(name: str, rows: int = 5) -> pl.DataFrame:
    return table([70.0 + 2 * row**1.5 for row in range(rows)]).select(
        pl.lit(name).alias("area"),
        pl.col("rank").cast(pl.Float64),
        "population",
        "value",
        standard_error=pl.lit(0.5),
        value_lower=pl.lit(1.0),
        value_upper=pl.lit(99.0),
        total=pl.lit(72.0),
        category=pl.col("rank").cast(pl.String),
    )


def spoilt(**cells: object) -> pl.DataFrame:
    third = pl.col("rank") == 3
    return area("b").with_columns(
        pl.when(third).then(pl.lit(cell)).otherwise(name).alias(name) for name, cell in cells.items()
    )


BAD = {
    "too_few_groups": (area("b", rows=1), None),
    "too_many_groups": (area("b", rows=1001), None),
    "bad_rank": (spoilt(rank=3.5), True),
    "duplicate_rank": (spoilt(rank=4.0), True),
    "missing_category": (spoilt(category=" "), False),
    "duplicate_category": (spoilt(category="4"), False),
    "bad_population": (spoilt(population=-1.0), None),
    "missing_value": (spoilt(value=math.nan), None),
    "crossed_limits": (spoilt(value_lower=100.0), None),
    "negative_standard_error": (spoilt(standard_error=-1.0), None),
    "contradictory_total": (spoilt(total=73.0), None),
}


@pytest.mark.parametrize("ordered", [True, False])
@pytest.mark.parametrize("note", BAD)
def test_a_bad_group_gets_nulls_and_a_note_and_leaves_its_neighbours_alone(note: str, ordered: bool):
    bad, only = BAD[note]
    if only not in {None, ordered}:
        return
    arguments = {"by": ["area"], "favourable": True, "ordered": ordered}
    good = pl.concat([area("a"), area("c", rows=7)])
    answer = summary_measures(pl.concat([bad, good]), **arguments)
    assert answer.filter(pl.col("area") != "b").equals(summary_measures(good, **arguments))
    refused = answer.filter(pl.col("area") == "b")
    assert refused["measure"].to_list() == answer.filter(pl.col("area") == "a")["measure"].to_list()
    assert refused["note_code"].unique().to_list() == [note]
    assert refused["interval_method"].unique().to_list() == ["none"]
    assert refused.select(
        "value", "standard_error", "value_lower", "value_upper"
    ).null_count().sum_horizontal().item() == (4 * refused.height)


def test_incomplete_errors_and_missing_ranks_are_said_with_the_value():
    some = spoilt(standard_error=None, value_lower=None)
    answer = summary_measures(some, by=["area"], favourable=True, ordered=True)
    assert answer["note_code"].unique().to_list() == ["incomplete_limits"]
    assert answer["value"].null_count() == 0
    assert answer.filter(pl.col("measure") == "absolute_gap")["value_lower"].item() is None
    hole = summary_measures(area("b").filter(pl.col("rank") != 2), by=["area"], favourable=True, ordered=True)
    assert hole.filter(pl.col("measure") == "absolute_gap")["note_code"].item() == "missing_ranks"


def test_numbers_too_large_to_compute_with_are_said():
    huge = area("a").with_columns(value=pl.col("rank") * 3e307)
    answer = summary_measures(huge, by=["area"], favourable=True, ordered=True)
    row = answer.filter(pl.col("measure") == "between_group_variance").row(0, named=True)
    assert (row["value"], row["note_code"]) == (None, "not_computable")


def test_many_groups_of_several_sizes_answer_as_each_does_alone():
    frames = [area(f"{number:03}", rows=2 + number % 4).with_columns(pl.col("value") + number) for number in range(40)]
    together = summary_measures(pl.concat(frames), by=["area"], favourable=True, ordered=True)
    alone = [summary_measures(frame, by=["area"], favourable=True, ordered=True) for frame in frames]
    assert together.equals(pl.concat(alone))


def test_parts_of_a_block_make_the_whole(monkeypatch: pytest.MonkeyPatch):
    frame = pl.concat(
        area(f"{number:03}", rows=4 + number % 2).with_columns(pl.col("value") + number) for number in range(40)
    )
    whole = summary_measures(frame, by=["area"], favourable=True, ordered=True)
    monkeypatch.setattr(sys.modules["pipelines.measures.spread.summary_measures"], "CELLS_AT_ONCE", 100)
    assert summary_measures(frame, by=["area"], favourable=True, ordered=True).equals(whole)


@pytest.mark.parametrize("ordered", [True, False])
def test_no_rows_in_is_no_rows_out_with_the_same_columns(ordered: bool):
    full, empty = (
        summary_measures(f, by=["area"], favourable=True, ordered=ordered) for f in (area("a"), area("a").clear())
    )
    assert empty.height == 0
    assert empty.schema == full.schema
    assert full.columns == [
        "area", "measure", "value", "standard_error", "value_lower", "value_upper",
        "value_uncorrected", "p_of_equality", "interval_method", "note_code",
    ]  # fmt: skip


def test_a_query_is_as_good_as_a_frame():
    arguments = {"by": ["area"], "favourable": True, "ordered": False}
    assert_frame_equal(summary_measures(area("a").lazy(), **arguments), summary_measures(area("a"), **arguments))


cells = st.one_of(st.none(), st.floats(), st.floats(-2, 120))


@law
@given(
    st.lists(st.tuples(st.sampled_from("ab"), st.one_of(cells, st.integers(1, 4)), *[cells] * 6), max_size=12),
    flags,
    flags,
)
def test_nothing_in_the_cells_ever_raises_or_lets_a_non_number_out(rows: list, favourable: bool, ordered: bool):
    names = ["area", "rank", "population", "value", "standard_error", "value_lower", "value_upper", "total"]
    schema = {name: pl.String if name == "area" else pl.Float64 for name in names}
    frame = pl.DataFrame(rows, schema=schema, orient="row", strict=False)
    answer = summary_measures(frame, by=["area"], favourable=favourable, ordered=ordered, scale=100)
    assert answer["area"].unique().sort().to_list() == sorted({str(row[0]) for row in rows})
    for column in answer.select(pl.col(pl.Float64)):
        assert column.is_finite().all()
    assert (answer["value_lower"].is_null() == answer["value_upper"].is_null()).all()
    assert (answer["value_lower"] <= answer["value_upper"]).all()
    assert (answer.filter(pl.col("value").is_null())["note_code"].is_not_null()).all()


BAD_CALLS = {
    "no value": (lambda f: f.drop("value"), {}, "no column"),
    "no rank": (lambda f: f.drop("rank"), {}, "no column"),
    "no name": (lambda f: f.drop("rank", "category"), {"ordered": False}, "no column"),
    "by an input": (lambda f: f, {"by": ["category"]}, "cannot group by"),
    "by text": (lambda f: f, {"by": "area"}, "list of column names"),
    "not a frame": (lambda f: f.to_dict(), {}, "Polars"),
    "favourable": (lambda f: f, {"favourable": "yes"}, "favourable must be True or False"),
    "ordered": (lambda f: f, {"ordered": None}, "ordered must be True or False"),
    "scale": (lambda f: f, {"scale": 0}, "scale must be a finite number above 0"),
    "confidence": (lambda f: f, {"confidence": 95}, "between 0.5 and 1"),
    "reference": (lambda f: f, {"reference": ["own"]}, "name or a rank"),
    "reference rank": (lambda f: f.drop("rank"), {"reference": 2, "ordered": False}, "needs a column"),
    "half the limits": (lambda f: f.drop("value_lower"), {}, "only one of"),
    "total as text": (lambda f: f.cast({"total": pl.String}), {}, "must hold numbers"),
}


@pytest.mark.parametrize(("spoil", "arguments", "says"), BAD_CALLS.values(), ids=BAD_CALLS)
def test_a_bad_call_is_refused_in_a_sentence(spoil, arguments: dict[str, object], says: str):
    with pytest.raises(ValueError, match=says) as refusal:
        summary_measures(spoil(area("a")), **{"by": ["area"], "favourable": True, "ordered": True, **arguments})
    assert str(refusal.value).endswith(".")
    assert "\n" not in str(refusal.value)


def test_only_the_measures_asked_for_are_computed():
    chosen = ["theil_index", "absolute_gap"]
    asked = {"by": [], "favourable": False, "ordered": True, "scale": 100_000}
    everything = summary_measures(E03, **asked)
    answer = summary_measures(E03, **asked, measures=chosen)
    assert_frame_equal(answer, everything.filter(pl.col("measure").is_in(chosen)))
    assert answer["measure"].to_list() == ["absolute_gap", "theil_index"]


def test_a_group_without_any_of_the_measures_asked_for_has_one_row_of_nulls():
    answer = summary_measures(E03, by=[], favourable=False, ordered=True, measures=[])
    assert answer.rows() == [(None,) * 7 + ("none", None)]


def test_an_unknown_measure_is_refused():
    with pytest.raises(ValueError, match="measures must be 'absolute_gap' or"):
        summary_measures(E03, by=[], favourable=False, ordered=True, measures=["slope_index"])
