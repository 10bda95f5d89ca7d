"""How well a line describes the groups behind a slope index: figures, grade and reason."""

import doctest
import math

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.measures import diagnose, slope_index
from pipelines.measures.lines.line_grade import precision
from tests.unit.measures import law, slow_law

"""Each example is a whole diagnosis, sentences and all."""

GOOD = "the values lie close to a line and no group drives it"


def groups(value: list[float | None], error: object = None, population: object = 100.0, **columns: object):
    rows = {"rank": range(1, len(value) + 1), "value": value, "standard_error": error, "population": population}
    return pl.DataFrame({**rows, **columns}, schema_overrides={"value": pl.Float64, "standard_error": pl.Float64})


def only(frame: pl.DataFrame) -> dict:
    answer = diagnose(frame, by=[])
    assert answer.height == 1
    return answer.row(0, named=True)


def graded(*arguments: object, **columns: object) -> tuple[str, str]:
    answer = only(groups(*arguments, **columns))
    return answer["grade"], answer["grade_reason"]


def test_the_example_holds():
    for example in doctest.DocTestFinder().find(diagnose, globs={"pl": pl, "diagnose": diagnose}):
        assert doctest.DocTestRunner().run(example).failed == 0
        assert example.examples


def test_the_figures_by_hand():
    # Equal fifths: c = -.4, -.2, 0, .2, .4; S = .08; w = -1, -.5, 0, .5, 1: slope 30 - 20 + .5 (10 - 20) = 5.
    answer = only(groups([20.0, 20.0, 10.0, 10.0, 30.0], 1.0))
    # mean 18; residuals 4, 3, -8, -9, 10; sum a r^2 = 54; sum a (y - mean)^2 = 56.
    assert answer["linearity"] == pytest.approx(2 / 56)
    # Dropping the last: -.2 * .4 * 10 / ((1 - .2 - .2 * .16 / .08) * .08) = -25.
    assert (answer["leverage"], answer["leverage_rank"]) == (pytest.approx(5), 5)
    # Of 10 pairs 4 rise (all to the last), 2 are ties, 4 fall.
    assert answer["monotonicity"] == pytest.approx(0.5)
    assert answer["reversals"] == 1
    half = 3.182446305284263 * math.sqrt(54 / 3 / 0.08)
    assert answer["residual_lower"] == pytest.approx(5 - half)
    assert answer["residual_upper"] == pytest.approx(5 + half)
    assert (answer["group_count"], answer["missing_groups"], answer["imbalance"]) == (5, 0, 1)


def test_leverage_is_what_a_regression_without_the_group_says():
    rng = np.random.default_rng(5)
    population, value = rng.uniform(50, 200, 8), rng.normal(60, 5, 8)
    answer = only(groups(list(value), 1.0, list(population)))
    share = population / population.sum()
    rank = share.cumsum() - share / 2

    def slope(keep: np.ndarray) -> float:
        return np.polyfit(rank[keep], value[keep], 1, w=np.sqrt(share[keep]))[0]

    whole = slope(np.ones(8, dtype=bool))
    change = [abs(slope(np.arange(8) != left) / whole - 1) for left in range(8)]
    assert answer["leverage"] == pytest.approx(max(change))
    assert answer["leverage_rank"] == 1 + int(np.argmax(change))


def test_the_interval_that_the_scottish_indicators_publish():
    # scotpho/sc01, S01: slope 251.55 (222.37 to 280.73), most less least deprived.
    answer = only(groups([439.387, 404.987, 350.341, 295.644, 238.957], None, [41433, 52832, 38913, 80689, 55195]))
    assert answer["residual_upper"] == pytest.approx(-222.37447432776369, rel=1e-9)
    assert answer["residual_lower"] == pytest.approx(-280.72831965968834, rel=1e-9)


# Grades.

HLE_MALES_2015_17 = [51.7182, 56.6479, 58.7618, 61.6578, 63.8382, 64.6954, 66.4610, 67.9231, 68.8129, 70.4463]
IN_POORER_HEALTH = [22.2553, 19.4762, 18.7125, 17.1042, 15.8661, 15.7573, 14.6299, 13.6530, 13.4281, 12.8712]
LE_MALES_2015_17 = [sum(years) for years in zip(HLE_MALES_2015_17, IN_POORER_HEALTH, strict=True)]
OBESITY_2021_22 = [36.1, 33.8, 29.7, 27.9, 26.4, 24.6, 23.9, 23.6, 21.7, 19.9]
RISING = [60.0, 61, 62, 63, 64, 65, 66, 67, 68, 69]


@pytest.mark.parametrize("error", [None, 0.05, 0.3, 3.0])
@pytest.mark.parametrize("value", [HLE_MALES_2015_17, LE_MALES_2015_17, OBESITY_2021_22, RISING])
def test_the_smooth_gradients_of_england_are_graded_a(value: list[float], error: float | None):
    """ONS and Fingertips, England, by tenth: bent a little, as everybody knows, and not by chance."""
    assert graded(value, error) == ("A", GOOD)


def test_a_level_gradient_is_not_called_bent():
    noise = [0.3, -0.2, 0.1, -0.4, 0.2, 0.4, -0.1, -0.3, 0.1, 0.0]
    level = [60 + move for move in noise]
    answer = only(groups(level, 0.3))
    assert answer["linearity"] < 0.2
    assert answer["leverage"] > 0.4
    assert (answer["grade"], answer["grade_reason"]) == (
        "A",
        "no gradient beyond chance: the values are level within their noise",
    )
    # The same values known exactly do move, only not along a line.
    grade, reason = graded(level, 0.01)
    assert grade == "D"
    assert reason.startswith("the values do not lie on a line (R squared 0.")
    # Without standard errors nobody can tell.
    grade, reason = graded(level)
    assert grade == "B"
    assert reason.startswith("the groups scatter too much to show a line (R squared 0.")
    assert graded([60.0] * 10)[0] == "A"


def test_noise_alone_rarely_costs_a_grade():
    """20,000 gradients that are lines but for the noise their standard errors state."""
    draws = np.random.default_rng(20261126)
    for rise in (0, 3, 10):
        line = np.linspace(0, rise, 10) + draws.normal(size=(20_000, 10))
        frame = pl.DataFrame({"draw": np.repeat(np.arange(20_000), 10), "rank": np.tile(np.arange(1, 11), 20_000)})
        frame = frame.with_columns(population=1, value=line.ravel(), standard_error=1.0)
        answer = diagnose(frame, by=["draw"])
        bent = answer["grade_reason"].str.contains("do not lie on a line").mean()
        assert bent < 0.055, rise
        assert rise == 10 or bent > 0.03
        assert (answer["grade"] == "A").mean() > 0.85, rise


def test_a_bend_beyond_noise_is_said():
    bent = [0.0, 8, 11, 12, 12.4, 12.6, 12.7, 12.8, 12.9, 13]
    answer = only(groups(bent, 0.5))
    assert answer["grade"] == "C"
    assert answer["grade_reason"] == (
        "the values do not lie on a line (R squared 0.53); "
        "one group drives the slope: without the most disadvantaged group it falls by 53%"
    )
    assert graded(bent, 8.0) == ("A", "no gradient beyond chance: the values are level within their noise")
    assert graded(bent)[0] == "C"


def test_one_group_that_drives_the_slope_is_named():
    grade, reason = graded([10.0, 10, 10, 10, 30], 0.5)
    assert grade == "C"
    assert "one group drives the slope: without the least disadvantaged group it falls by 100%" in reason
    # Without standard errors an outlier of the others' own line counts too.
    assert graded([10.0, 10, 10, 10, 30]) == (grade, reason)
    assert "drives" not in graded([10.0, 10, 10, 10, 30], 20.0)[1]
    opposed = [*RISING[:1], 75.0, *RISING[2:]]
    assert "without the 2nd most disadvantaged group it rises by" in graded(opposed, 0.1)[1]


@pytest.mark.parametrize(
    ("swap", "grade", "words"),
    [
        (
            [(3, 4)],
            "B",
            "the order is reversed between the 4th most disadvantaged and the 5th most disadvantaged group",
        ),
        ([(8, 9)], "B", "the order is reversed between the 2nd least disadvantaged and the least disadvantaged group"),
        ([(1, 2), (5, 6)], "C", "the order is reversed in 2 places, most between the 2nd most"),
    ],
)
def test_a_reversed_order_is_said_where_it_is_more_than_noise(swap: list, grade: str, words: str):
    value = list(RISING)
    for one, other in swap:
        value[one], value[other] = value[other], value[one]
    found, reason = graded(value, 0.1)
    assert found == grade
    assert reason.startswith(words)
    assert only(groups(value, 0.1))["reversals"] == len(swap)
    # A step of 1 is within the noise of 0.6 in each, 1.96 * 0.85.
    assert only(groups(value, 0.6))["reversals"] == 0
    assert graded(value, 0.6) == ("A", GOOD)
    # Printed with one decimal, a step of 1 is no rounding; printed as whole numbers it may be.
    assert graded([moved + 0.1 for moved in value])[0] == grade
    assert graded(value) == ("A", GOOD)


# Life expectancies of tenths, printed with one decimal: the last three are equal but for that.
LEVELS_OFF = [55.1, 56.0, 56.8, 57.5, 58.3, 59.0, 59.6, 60.3, 60.2, 60.1]


def test_what_rounding_may_do_is_no_reversal():
    assert (only(groups(LEVELS_OFF))["reversals"], graded(LEVELS_OFF)) == (0, ("A", GOOD))
    falls = [*LEVELS_OFF[:-1], 60.0]
    assert (only(groups(falls))["reversals"], graded(falls)[0]) == (1, "B")


@pytest.mark.parametrize("depth", [4.0, -4.0])
def test_a_u_that_chance_does_not_explain_is_no_gradient(depth: float):
    """The ends are alike and the middle is not: a line through them is level and says nothing."""
    turn = [60 + depth * (place / 9 - 0.5) ** 2 * 4 + 0.05 * place for place in range(10)]
    grade, reason = graded(turn, 0.1)
    assert grade == "D"
    assert reason.startswith("the values do not lie on a line (R squared 0.")
    # With errors as large as the turn it may be level.
    assert graded(turn, 3.0)[0] == "A"


def test_groups_without_any_weight_are_not_groups_with_a_bad_one():
    frame = groups(RISING, 0.3)
    none, some = (
        frame.with_columns(population=None),
        frame.with_columns(population=pl.when(pl.col("rank") > 1).then("population")),
    )
    assert only(none)["note_code"] == "no_population_weights"
    assert only(none)["grade_reason"] == (
        "no slope can be computed: the populations of the groups are not known, and nothing else may weight them"
    )
    assert only(some)["note_code"] == "bad_population"


@pytest.mark.parametrize(("error", "expected"), [(0.3, "high"), (1.5, "moderate"), (8.0, "low"), (None, "no_interval")])
def test_precision_stands_beside_the_grade_and_does_not_move_it(error: float | None, expected: str):
    # The slope of ten is 10, its standard error 1.1 times that of a tenth: halves of 0.65, 3.3 and 17.
    answer = only(groups(RISING, error))
    assert (answer["precision"], answer["grade"]) == (expected, "A")


@law
@given(st.floats(-50, 50), st.floats(0.01, 50), st.floats(0.001, 100))
def test_precision_knows_no_unit(value: float, half: float, unit: float):
    """An interval that holds 0 is low, else the half against the value decides; a ratio is judged about 1."""
    frame = pl.DataFrame({"value": [value * unit], "half": [half * unit]})
    column, width = pl.col("value"), pl.col("half")
    found = frame.select(precision(column, column - width, column + width)).item()
    about_one = frame.select(precision(column + 1, column + 1 - width, column + 1 + width, no_difference=1.0)).item()
    if abs(abs(value) - half) > 1e-6 and abs(5 * half - abs(value)) > 1e-6 and abs(value) * unit > 1e-6:
        assert found == about_one == ("low" if half > abs(value) else "high" if half <= abs(value) / 5 else "moderate")


@pytest.mark.parametrize(
    ("gone", "grade", "words"),
    [
        ([5], "B", "1 of 10 groups is missing"),
        ([1], "C", "1 of 10 groups is missing, at the most disadvantaged end"),
        ([10], "C", "1 of 10 groups is missing, at the least disadvantaged end"),
        ([9, 10], "C", "2 of 10 groups are missing, at the least disadvantaged end"),
        ([4, 5], "C", "2 of 10 groups are missing"),
        ([1, 10], "C", "2 of 10 groups are missing, both ends among them"),
        ([3, 5, 7], "D", "3 of 10 groups are missing"),
    ],
)
def test_missing_groups_are_counted_whichever_way_they_are_missing(gone: list[int], grade: str, words: str):
    whole = groups(RISING, 0.5, groups_expected=10)
    empty = whole.with_columns(
        pl.when(pl.col("rank").is_in(gone)).then(None).otherwise(pl.col(name)).alias(name)
        for name in ("value", "standard_error", "population")
    )
    absent = whole.filter(~pl.col("rank").is_in(gone))
    for frame in (empty, empty.drop("groups_expected"), empty.fill_null(math.nan), absent):
        answer = only(frame)
        assert (answer["grade"], answer["grade_reason"]) == (grade, words)
        assert (answer["group_count"], answer["missing_groups"]) == (10 - len(gone), len(gone))
    figures = ["linearity", "leverage", "imbalance", "residual_lower", "residual_upper"]
    assert diagnose(empty, by=[]).select(figures).equals(diagnose(absent, by=[]).select(figures))


def test_too_few_uneven_and_rarely_counted_groups_are_said():
    assert graded([1.0, 2, 3, 4], 0.1) == ("C", "only 4 groups, too few to show whether they lie on a line")
    uneven = "the largest group holds {} times the people of the smallest"
    assert graded([60.0, 65, 75, 85, 90], 0.5, [10, 40, 60, 40, 10])[1] == uneven.format(6)
    grade, reason = graded([60.0, 60 + 5 / 6, 75, 90 - 5 / 6, 90], 9.0, [1, 5, 24, 5, 1])
    assert (grade, reason) == ("C", uneven.format(24))
    events = pl.Series([400, 30, 9, None, 24])
    assert graded(RISING[:5], 0.1, events=events) == ("C", "the interval rests on few events (9 in one group)")
    assert graded(RISING[:5], 0.1, events=events + 10)[0] == "B"
    assert graded(RISING[:5], 0.1, events=events + 16) == ("A", GOOD)
    assert only(groups(RISING[:5], events=events))["fewest_events"] == 9


def test_all_reasons_are_given_gravest_first():
    value = [*RISING[:3], None, None, None, 61.0, *RISING[7:]]
    grade, reason = graded(value, 0.1, [100.0] * 8 + [10, 100], events=30 - pl.Series(range(10)))
    assert grade == "D"
    assert reason == (
        "3 of 10 groups are missing; the values do not lie on a line (R squared 0.80); the order is reversed between "
        "the 3rd most disadvantaged and the 4th least disadvantaged group; the largest group holds 10 times the people "
        "of the smallest; the interval rests on few events (21 in one group)"
    )
    graver = graded(value, 0.1, [100.0] * 8 + [4, 100], events=9)[1].split("; ")
    assert graver[0] == "3 of 10 groups are missing"
    assert graver[1:3] == [
        "the largest group holds 25 times the people of the smallest",
        "the interval rests on few events (9 in one group)",
    ]


def test_an_end_that_is_only_just_wrong_is_not_rounded_to_right():
    # R squared 0.849..: below 0.85 and shown so.
    value = np.array(RISING)
    bend = np.array([1, -1, 1, -1, 1, -1, 1, -1, 1, -1.0])
    bend -= np.polyval(np.polyfit(np.arange(10), bend, 1), np.arange(10))
    size = math.sqrt((value.var() * (1 / 0.8499 - 1)) / bend.var())
    answer = only(groups(list(value + size * bend), 0.01))
    assert answer["linearity"] == pytest.approx(0.8499)
    assert "(R squared 0.84)" in answer["grade_reason"]


# Bad groups and bad calls.

BAD = {
    "too_few_groups": (groups([1.0, 2.0]), "fewer than 3 groups have a value"),
    "too_few_groups, the others empty": (groups([1.0, None, 2.0, None]), "fewer than 3 groups have a value"),
    "too_few_groups, all empty": (groups([None] * 5), "fewer than 3 groups have a value"),
    "too_many_groups": (groups([1.0] * 101), "more than 100 groups"),
    "bad_rank": (groups(RISING).with_columns(rank=pl.col("rank").replace(3, None)), "a group has no rank"),
    "duplicate_rank": (groups(RISING).with_columns(rank=pl.col("rank").replace(3, 4)), "two groups have the same rank"),
    "bad_population": (groups(RISING, None, [0.0] + [1.0] * 9), "a population is missing or not above 0"),
    "missing_value": (groups([*RISING[1:], math.inf]), "a value is not a finite number"),
    "crossed_limits": (groups(RISING, value_lower=2.0, value_upper=1.0), "a lower limit lies above its upper limit"),
    "negative_standard_error": (groups(RISING, -1.0), "a standard error is below 0"),
    "bad_groups_expected": (groups(RISING, groups_expected=9), "more groups than there should be"),
    "bad_groups_expected, two": (groups(RISING, groups_expected=range(10, 20)), "no one number of groups"),
    "bad_events": (groups(RISING, events=-1), "a number of events is below 0"),
    "not_computable": (groups([-1.7e308, 1.7e308, 1.7e308, 0, 0]), "the numbers are too large"),
}


@pytest.mark.parametrize(("note", "bad", "words"), [(n.partition(",")[0], *b) for n, b in BAD.items()], ids=BAD)
def test_a_bad_group_is_graded_d_and_leaves_its_neighbours(note: str, bad: pl.DataFrame, words: str):
    good = pl.concat([groups(RISING, 0.5).with_columns(area=pl.lit(area)) for area in "ac"])
    both = pl.concat([bad.with_columns(area=pl.lit("b")), good], how="diagonal_relaxed")
    answer = diagnose(both.lazy(), by=["area"])
    assert answer.filter(pl.col("area") != "b").equals(diagnose(good, by=["area"]))
    row = answer.row(1, named=True)
    assert (row.pop("area"), row.pop("note_code"), row.pop("grade")) == ("b", note, "D")
    reason = row.pop("grade_reason")
    assert reason.startswith("no slope can be computed: ")
    assert words in reason
    assert row.pop("group_count") == bad["value"].count()
    assert set(row.values()) == {None}


def test_incomplete_limits_and_odd_ranks_are_noted():
    partly = groups(RISING, [0.1] * 9 + [None])
    assert only(partly)["note_code"] == "incomplete_limits"
    assert only(partly)["grade_reason"] == only(groups(RISING))["grade_reason"]
    # Without a value there need be no standard error.
    assert only(groups([*RISING[:4], None, *RISING[5:]], [0.1] * 4 + [None] + [0.1] * 5))["note_code"] is None
    shifted = groups(RISING, 0.5).with_columns(rank=pl.col("rank") - 1)
    assert (only(shifted)["note_code"], only(shifted)["grade"]) == ("missing_ranks", "A")
    as_text = groups(RISING, 0.5).with_columns(pl.col("rank").cast(pl.String))
    assert diagnose(as_text.reverse(), by=[]).equals(diagnose(groups(RISING, 0.5), by=[]))


@pytest.mark.parametrize(
    ("spoil", "arguments", "says"),
    [
        (lambda f: f.drop("rank"), {}, "no column"),
        (lambda f: f.drop("population"), {}, "population"),
        (lambda f: f.with_columns(groups_expected=pl.lit("ten")), {}, "groups_expected must hold numbers"),
        (lambda f: f.with_columns(events=pl.lit("7")), {}, "events must hold numbers"),
        (lambda f: f, {"by": ["grade"]}, "cannot group by"),
        (lambda f: f.with_columns(events=7), {"by": ["events"]}, "cannot group by"),
        (lambda f: f.with_columns(rank=pl.lit("most")), {}, "reads as a number"),
        (lambda f: f.to_dict(as_series=False), {}, "Polars"),
    ],
)
def test_a_bad_call_is_refused_in_a_sentence(spoil, arguments: dict, says: str):
    with pytest.raises(ValueError, match=says) as refusal:
        diagnose(spoil(groups(RISING)), **{"by": [], **arguments})
    assert str(refusal.value).endswith(".")


def test_no_rows_in_is_no_rows_out_with_the_same_columns():
    frame = groups(RISING).with_columns(area=pl.lit("a"))
    for by in (["area"], []):
        empty = diagnose(frame.clear(), by=by)
        assert (empty.height, empty.schema) == (0, diagnose(frame, by=by).schema)


# Laws.

counts = st.integers(5, 12)
any_groups = counts.flatmap(
    lambda count: st.fixed_dictionaries(
        {
            "value": st.lists(st.floats(40, 90), min_size=count, max_size=count),
            "population": st.lists(st.integers(100, 3000), min_size=count, max_size=count),
            "error": st.one_of(st.none(), st.lists(st.floats(0.1, 5), min_size=count, max_size=count)),
        }
    )
).map(lambda columns: groups(columns["value"], columns["error"], columns["population"]))


@slow_law
@given(
    counts.flatmap(lambda count: st.lists(st.integers(100, 400), min_size=count, max_size=count)),
    st.floats(-20, 20),
    st.one_of(st.none(), st.floats(0.01, 5)),
)
def test_values_on_a_line_are_graded_a(population: list[int], rise: float, error: float | None):
    share = np.array(population) / sum(population)
    answer = only(groups(list(60 + rise * (share.cumsum() - share / 2)), error, population))
    assert answer["grade"] == "A", answer["grade_reason"]
    assert answer["reversals"] == 0
    if abs(rise) > 0.01:
        assert answer["linearity"] == pytest.approx(1)
        assert answer["leverage"] == pytest.approx(0, abs=1e-6)
        assert answer["monotonicity"] == pytest.approx(1)
        assert answer["residual_lower"] == pytest.approx(rise, rel=1e-5)


def side_by_side(**frames: pl.DataFrame) -> dict[str, dict]:
    """The diagnosis of each of several frames, asked for at once."""
    answer = diagnose(pl.concat([frame.with_columns(key=pl.lit(key)) for key, frame in frames.items()]), by=["key"])
    return {row.pop("key"): row for row in answer.rows(named=True)}


@slow_law
@given(any_groups, st.randoms(use_true_random=False))
def test_row_order_and_neighbours_do_not_move_a_digit(frame: pl.DataFrame, random):
    order = list(range(frame.height))
    random.shuffle(order)
    bad = frame.with_columns(value=math.nan)
    beside = side_by_side(a=bad, b=frame, c=frame.with_columns(value=frame["value"] * 2), d=frame[order], e=frame[1:])
    assert beside["b"] == beside["d"] == only(frame)


@slow_law
@given(any_groups, st.floats(0.1, 50), st.floats(-30, 30))
def test_neither_direction_nor_unit_nor_level_moves_the_figures(frame: pl.DataFrame, factor: float, shift: float):
    answers = side_by_side(
        one=frame,
        turned=frame.with_columns(rank=(frame.height + 1 - frame["rank"])),
        scaled=frame.with_columns(
            value=frame["value"] * factor + shift, standard_error=frame["standard_error"] * factor
        ),
    )
    one, turned, scaled = answers["one"], answers["turned"], answers["scaled"]
    for name in ("grade", "reversals", "missing_groups"):
        assert one[name] == turned[name]
    for name in ("linearity", "monotonicity", "imbalance"):
        assert one[name] == pytest.approx(turned[name], abs=1e-9) == pytest.approx(scaled[name], abs=1e-6)
    assert one["residual_lower"] == pytest.approx(-turned["residual_upper"], abs=1e-6)
    assert one["residual_lower"] * factor == pytest.approx(scaled["residual_lower"], rel=1e-6, abs=1e-6)


@slow_law
@given(any_groups)
def test_the_figures_keep_their_bounds_and_the_middle_is_the_slope_index(frame: pl.DataFrame):
    answer = only(frame)
    assert 0 <= answer["linearity"] <= 1 + 1e-12
    assert 0 <= answer["monotonicity"] <= 1 + 1e-12
    assert answer["imbalance"] >= 1
    slope = slope_index(frame, by=[])["slope_index"].item()
    assert (answer["residual_lower"] + answer["residual_upper"]) / 2 == pytest.approx(slope, abs=1e-8)
    assert (answer["grade"] == "A") == (
        answer["grade_reason"]
        in {
            GOOD,
            "no gradient beyond chance: the values are level within their noise",
            "the values lie as close to a line as chance allows and no group drives it",
        }
    )


numbers = st.one_of(st.none(), st.floats(), st.floats(-2, 20))


@slow_law
@given(
    rows=st.lists(
        st.tuples(st.sampled_from("ab"), st.one_of(numbers, st.integers(1, 6)), *[numbers] * 5, st.integers(-1, 9)),
        max_size=14,
    )
)
def test_nothing_in_the_cells_ever_raises_or_lets_a_non_number_out(rows: list[tuple]):
    names = ["area", "rank", "population", "value", "standard_error", "groups_expected", "events", "extra"]
    frame = pl.DataFrame(
        rows, schema={**dict.fromkeys(names, pl.Float64), "area": pl.String}, orient="row", strict=False
    )
    for given_frame in (frame, frame.drop("groups_expected", "events", "standard_error")):
        answer = diagnose(given_frame, by=["area"])
        assert answer["area"].to_list() == sorted({row[0] for row in rows})
        for column in answer.select(pl.col(pl.Float64)):
            assert column.is_finite().all()
        assert answer["grade"].is_in(list("ABCD")).all()
        assert (answer["grade_reason"].str.len_chars() > 20).all()
