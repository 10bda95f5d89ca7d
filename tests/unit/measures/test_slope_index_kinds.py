"""The slope and relative index of rates and proportions: on their own scale, and fitted on the log or logit scale."""

import math

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.measures import slope_index
from pipelines.measures.lines.draws import normal_draws
from tests.unit.measures import slow_law

Z = 1.959963984540054
Z_IN = 1.959964

# First groups of golden cases, answered without simulation.
S04 = pl.DataFrame(
    {
        "rank": range(1, 11),
        "population": [24597, 50244, 56696, 47009, 29676, 43414, 29422, 41343, 26792, 41024],
        "count": [162, 304, 283, 188, 139, 178, 99, 137, 63, 103],
        "value_lower": [
            *[561.0949852204785, 538.9352943040899, 442.6844797547299, 344.79427215793623, 393.7593906828631],
            *[351.9811925194548, 273.4702530607276, 278.20662837128515, 180.68245421886678, 204.92902987886407],
        ],
        "value_upper": [
            *[768.2131597942176, 677.0303712894329, 560.8286116701806, 461.35901155005575, 553.0522292517772],
            *[474.86385580911093, 409.6597625289745, 391.74087585999814, 300.857274470748, 304.5012384953946],
        ],
    }
).with_columns(value=1e5 * pl.col("count") / pl.col("population"))
S09 = pl.DataFrame(
    {
        "rank": range(1, 11),
        "population": [13998, 22473, 18037, 16969, 26841, 18629, 25499, 15995, 18500, 18931],
        "count": [5, 8, 5, 3, 4, 3, 4, 1, 1, 2],
        "value_lower": [
            *[11.597988213447785, 15.368807799352565, 9.00086705171825, 3.6458961806565005, 4.0604499594885635],
            *[3.321016280506745, 4.274149471062886, 0.15828576420312535, 0.13685301613129675, 1.2794320349900428],
        ],
        "value_upper": [
            *[83.35713730049055, 70.14279010454018, 64.6910909758977, 51.666409745667536, 38.156509352869485],
            *[47.062499703378194, 40.164667929737234, 34.833656711090335, 30.11699130237243, 38.16326484456161],
        ],
    }
).with_columns(value=1e5 * pl.col("count") / pl.col("population"))
S06 = pl.DataFrame(
    {
        "rank": range(1, 11),
        "population": [3630, 2853, 4651, 1684, 4748, 2487, 2006, 3077, 4520, 3773],
        "count": [2326, 1683, 2417, 766, 1765, 792, 535, 743, 818, 558],
        "value_lower": [
            *[0.6250226328888079, 0.5717481487314232, 0.5053043890487205, 0.43121571058851516, 0.35809817695299573],
            *[0.30043821006439964, 0.24780676997587534, 0.22667557788179707, 0.17002217095292824, 0.13692387798807248],
        ],
        "value_upper": [
            *[0.6562224383619544, 0.6078207938908834, 0.5340095170464535, 0.4787284377758677, 0.3855801400625973],
            *[0.33703369855417153, 0.28648485492213394, 0.2569070662543234, 0.19246653996847066, 0.15957823125597312],
        ],
    }
).with_columns(value=pl.col("count") / pl.col("population"))


def only(frame: pl.DataFrame) -> dict[str, object]:
    assert frame.height == 1
    return frame.row(0, named=True)


def five(values: list[float], **columns: object) -> pl.DataFrame:
    """Five equal groups: relative ranks 0.1, 0.3, 0.5, 0.7, 0.9, weights -1, -1/2, 0, 1/2, 1."""
    return pl.DataFrame({"area": "a", "rank": [1, 2, 3, 4, 5], "population": 200, "value": values, **columns})


def limits(answer: dict[str, object], measure: str = "slope_index") -> list[object]:
    return [answer[f"{measure}_lower"], answer[f"{measure}_upper"]]


@pytest.mark.parametrize(
    ("frame", "arguments", "method", "slopes", "ratios"),
    [
        (
            S04,
            {"kind": "rate"},
            "cumulants",
            [-421.965069640783, -496.09901839930524, -348.49717665257907],
            [0.335866468564716, 0.26742789532816286, 0.4170054592160949],
        ),
        (
            S04,
            {"kind": "rate", "confidence": 0.998},
            "cumulants",
            [-421.965069640783, -540.388354392897, -306.7738696453565],
            [0.335866468564716, 0.23069348511894694, 0.46817991934970943],
        ),
        (
            S06.with_columns(pl.col("value", "value_lower", "value_upper") * 100),
            {"kind": "proportion", "scale": 100},
            "cumulants",
            [-58.30408243539067, -59.9060262214803, -56.65576877804451],
            [0.11999890909130938, 0.10642664837551326, 0.1343972804103664],
        ),
        (
            S09,
            {"kind": "rate"},
            "characteristic_function",
            [-31.63891984537784, -64.83759426262206, 20.08705190541643],
            [0.07485318579959044, 0.0, 1.997392927980521],
        ),
        (
            S09,
            {"kind": "rate", "confidence": 0.998},
            "characteristic_function",
            [-31.63891984537784, -95.48120680669157, 153.77324636268324],
            [0.07485318579959044, None, None],
        ),
    ],
    ids=["rates", "rates at 99.8%", "proportions", "counts of 1 to 8", "counts of 1 to 8 at 99.8%"],
)
def test_reference_limits_without_simulation(
    frame: pl.DataFrame, arguments: dict[str, object], method: str, slopes: list[float], ratios: list[float | None]
):
    answer = only(slope_index(frame, by=[], **arguments))
    assert answer["interval_method"] == method
    half_width = (slopes[2] - slopes[1]) / 2
    assert answer["slope_index"] == pytest.approx(slopes[0], rel=1e-9)
    assert limits(answer) == pytest.approx(slopes[1:], rel=0, abs=1e-6 * half_width)
    assert answer["relative_index"] == pytest.approx(ratios[0], rel=1e-9)
    if ratios[1] is None:
        assert limits(answer, "relative_index") == [None, None]
        assert answer["note_code"] == "relative_index_unstable"
    else:
        width = (ratios[2] - ratios[1]) / 2
        assert limits(answer, "relative_index") == pytest.approx(ratios[1:], rel=0, abs=1e-6 * width)
        assert answer["note_code"] is None


def test_logs_are_fitted_and_their_ends_carried_back():
    # Logs 1, 2, 3, 4, 5: a slope of 5 about 3, so the ends are exp(0.5) and exp(5.5).
    rates = five([math.exp(log) for log in (1, 2, 3, 4, 5)])
    rates = rates.with_columns(standard_error=pl.col("value") * 0.1)
    answer = only(slope_index(rates, by=["area"], kind="rate", transform=True))
    assert answer["slope_index"] == pytest.approx(math.exp(5.5) - math.exp(0.5))
    assert answer["relative_index"] == pytest.approx(math.exp(5))
    assert (answer["fitted_most"], answer["fitted_least"]) == pytest.approx((math.exp(0.5), math.exp(5.5)))
    assert answer["mean_of_groups"] == pytest.approx(sum(math.exp(log) for log in (1, 2, 3, 4, 5)) / 5)
    half = Z * 0.1 * math.sqrt(2.5)
    for limit, slope in zip(limits(answer), (5 - half, 5 + half), strict=True):
        assert limit == pytest.approx(math.exp(3 + slope / 2) - math.exp(3 - slope / 2))
    assert limits(answer, "relative_index") == pytest.approx([math.exp(5 - half), math.exp(5 + half)])
    assert (answer["interval_method"], answer["note_code"]) == ("log_scale", None)


def test_log_odds_are_fitted_and_their_ends_carried_back():
    shares = five([1 / (1 + math.exp(-logit)) for logit in (-1, -0.5, 0, 0.5, 1)])
    shares = shares.with_columns(standard_error=pl.col("value") * (1 - pl.col("value")) * 0.2)
    percent = shares.with_columns(pl.col("value", "standard_error") * 100)
    answer = only(slope_index(percent, by=["area"], kind="proportion", transform=True, favourable=False, scale=100))
    ends = [1 / (1 + math.exp(1.25)), 1 / (1 + math.exp(-1.25))]
    assert answer["slope_index"] == pytest.approx(-100 * (ends[1] - ends[0]))
    assert answer["relative_index"] == pytest.approx(ends[0] / ends[1])
    assert answer["fitted_most"] == pytest.approx(100 * ends[0])
    slopes = [2.5 + side * Z * 0.2 * math.sqrt(2.5) for side in (1, -1)]
    fitted = [[1 / (1 + math.exp(side * slope / 2)) for side in (1, -1)] for slope in slopes]
    assert limits(answer) == pytest.approx([-100 * (least - most) for most, least in fitted])
    assert limits(answer, "relative_index") == pytest.approx([most / least for most, least in fitted])
    assert answer["interval_method"] == "logit_scale"


def test_a_scale_below_1_leaves_the_limits_in_order():
    one, half = (only(slope_index(S04, by=[], kind="rate", transform=True, scale=scale)) for scale in (1, 0.5))
    for name in ("slope_index", "relative_index"):
        assert limits(half, name) == pytest.approx(limits(one, name))


def test_limits_and_the_standard_error_they_come_from_say_the_same():
    error = 0.1
    rates = five([300.0, 250, 220, 210, 150])
    of_limits = rates.with_columns(
        value_lower=pl.col("value") * math.exp(-Z_IN * error), value_upper=pl.col("value") * math.exp(Z_IN * error)
    )
    of_error = rates.with_columns(standard_error=pl.col("value") * error)
    for transform in (False, True):
        one, other = (
            only(slope_index(frame, by=["area"], kind="rate", transform=transform)) for frame in (of_limits, of_error)
        )
        assert limits(one) == pytest.approx(limits(other), rel=1e-9)
        assert limits(one, "relative_index") == pytest.approx(limits(other, "relative_index"), rel=1e-9)


def test_small_errors_are_nearly_normal():
    rates = five([300.0, 250, 220, 210, 150], standard_error=0.3)
    rate, mean = (only(slope_index(rates, by=["area"], kind=kind)) for kind in ("rate", "mean"))
    assert rate["slope_index"] == mean["slope_index"]
    assert limits(rate) == pytest.approx(limits(mean), rel=1e-4)
    assert limits(rate, "relative_index") == pytest.approx(limits(mean, "relative_index"), rel=1e-4)


@pytest.mark.parametrize(("lower", "upper"), [(0.5, 1.0), (0.5, 1.2), (0.0, 0.7), (-0.1, 0.7)])
def test_a_limit_beyond_0_or_1_is_replaced_by_the_other_half(lower: float, upper: float):
    """By the delta method: the half that is left, over value * (1 - value)."""
    shares = five([0.3, 0.4, 0.6, 0.5, 0.7])
    third = pl.col("rank") == 3
    left = 0.1 / Z_IN
    cut = shares.with_columns(
        value_lower=pl.when(third).then(pl.lit(lower)).otherwise(pl.col("value") - 0.05),
        value_upper=pl.when(third).then(pl.lit(upper)).otherwise(pl.col("value") + 0.05),
        standard_error=None,
    )
    own = cut.with_columns(standard_error=pl.when(third).then(left))
    for transform in (False, True):
        answer, expected = (
            only(slope_index(frame, by=["area"], kind="proportion", transform=transform)) for frame in (cut, own)
        )
        assert answer.pop("note_code") == "limit_truncated"
        assert expected.pop("note_code") is None
        assert (answer.pop("area"), answer.pop("interval_method")) == (
            expected.pop("area"),
            expected.pop("interval_method"),
        )
        assert answer == pytest.approx(expected, rel=1e-12)


def test_a_rates_lower_limit_of_0_is_replaced_too():
    rates = five([300.0, 250, 220, 210, 150], value_lower=[0.0, 200, 180, 170, 100], value_upper=[390.0] * 5)
    answer = only(slope_index(rates, by=["area"], kind="rate"))
    assert answer["note_code"] == "limit_truncated"
    assert answer["slope_index_lower"] < answer["slope_index"] < answer["slope_index_upper"]


def test_no_half_of_the_limits_left_is_no_limits():
    shares = five([0.3, 0.4, 0.6, 0.5, 0.7], value_lower=[0.0] * 5, value_upper=[1.0] * 5)
    answer = only(slope_index(shares, by=["area"], kind="proportion"))
    assert answer["slope_index"] is not None
    assert (answer["note_code"], answer["interval_method"]) == ("incomplete_limits", "none")


@pytest.mark.parametrize(("kind", "bad"), [("rate", 0.0), ("rate", -1.0), ("proportion", 0.0), ("proportion", 1.0)])
@pytest.mark.parametrize("transform", [False, True])
def test_a_value_outside_its_range_costs_its_own_group_only(kind: str, bad: float, transform: bool):
    good = five([0.3, 0.4, 0.6, 0.5, 0.7], standard_error=0.01)
    spoilt = good.with_columns(
        area=pl.lit("b"), value=pl.when(pl.col("rank") == 2).then(bad).otherwise(pl.col("value"))
    )
    answer = slope_index(pl.concat([spoilt, good]), by=["area"], kind=kind, transform=transform)
    assert answer["note_code"].to_list() == [None, "value_outside_range"]
    assert answer.head(1).equals(slope_index(good, by=["area"], kind=kind, transform=transform))
    refused = answer.row(1, named=True)
    assert {refused[name] for name in refused if name not in {"area", "group_count", "note_code"}} == {None, "none"}


@pytest.mark.parametrize("kind", ["rate", "proportion"])
def test_zero_errors_put_the_limits_on_the_estimate(kind: str):
    answer = only(slope_index(five([0.3, 0.4, 0.6, 0.5, 0.7], standard_error=0.0), by=["area"], kind=kind))
    assert limits(answer) == pytest.approx([answer["slope_index"]] * 2, rel=1e-14)
    assert limits(answer, "relative_index") == pytest.approx([answer["relative_index"]] * 2, rel=1e-14)
    assert answer["note_code"] is None


def test_some_zero_errors_are_no_trouble():
    rates = five([300.0, 250, 220, 210, 150], standard_error=[0.0, 0.0, 0.0, 0.0, 15.0])
    answer = only(slope_index(rates, by=["area"], kind="rate"))
    # Only the last value varies: the slope is -275 + its own part, exactly log-normal.
    rest = answer["slope_index"] - 150
    assert limits(answer) == pytest.approx([rest + 150 * math.exp(side * Z * 0.1) for side in (-1, 1)], rel=1e-7)


def test_no_uncertainty_is_no_limits():
    answer = only(slope_index(five([0.3, 0.4, 0.6, 0.5, 0.7]), by=["area"], kind="proportion"))
    assert [*limits(answer), *limits(answer, "relative_index")] == [None] * 4
    assert (answer["interval_method"], answer["note_code"]) == ("none", None)


def test_errors_beyond_any_formula_are_simulated_and_said():
    rates = five([300.0, 250, 220, 210, 150]).with_columns(standard_error=1.6 * pl.col("value"))
    answer = only(slope_index(rates, by=["area"], kind="rate"))
    assert answer["interval_method"] == "simulation"
    assert answer["note_code"] == "relative_index_unstable"
    draws = np.random.default_rng(5).standard_normal((200_000, 5))
    slopes = (rates["value"].to_numpy() * np.exp(1.6 * draws)) @ [-1, -0.5, 0, 0.5, 1]
    assert limits(answer) == pytest.approx(list(np.quantile(slopes, [0.025, 0.975])), rel=0.05)
    assert only(slope_index(rates, by=["area"], kind="rate")) == answer


@pytest.mark.parametrize("error", [0.6, 2.0])
def test_a_simulated_sum_that_one_category_rules_has_the_limits_of_that_category(error: float):
    """The others are certain, so the slope is 1.5 times one log-normal less 1, and its limits are known."""
    thirds = pl.DataFrame({"rank": [1, 2, 3], "population": 200.0, "value": 1.0, "standard_error": [1e-9, 1e-9, error]})
    answer = only(slope_index(thirds, by=[], kind="rate"))
    assert answer["interval_method"] == "simulation"
    known = [1.5 * (math.exp(way * 1.959964 * error) - 1) for way in (-1, 1)]
    assert limits(answer) == pytest.approx(known, rel=1e-3)


def test_every_draw_has_its_mirror_image():
    assert normal_draws(3).sum(axis=1) == pytest.approx([0, 0, 0], abs=1e-9)
    assert normal_draws(3).std(axis=1) == pytest.approx([1, 1, 1], abs=0.02)


@pytest.mark.parametrize("favourable", [False, True])
def test_a_denominator_far_above_zero_is_stable(favourable: bool):
    """The least deprived end is 0.39, 24 of its standard errors above 0, and the most deprived 0.09, 7 of them."""
    rates = five([0.1, 0.2, 0.25, 0.3, 0.35]).with_columns(standard_error=pl.lit(0.01))
    answer = only(slope_index(rates, by=["area"], kind="rate", favourable=favourable))
    assert (answer["interval_method"], answer["note_code"]) == ("characteristic_function", None)
    value = rates["value"].to_numpy()
    draws = value * np.exp(0.01 / value * np.random.default_rng(7).standard_normal((200_000, 5)))
    weights = np.array([-1, -0.5, 0, 0.5, 1])
    ratio = draws @ (0.2 + weights / 2) / (draws @ (0.2 - weights / 2))
    assert limits(answer, "relative_index") == pytest.approx(
        list(np.quantile(ratio if favourable else 1 / ratio, [0.025, 0.975])), rel=0.01
    )


@pytest.mark.parametrize(("error", "stable"), [(0.115, True), (0.14, False)])
def test_the_ratio_has_limits_while_its_denominator_is_clearly_above_zero(error: float, stable: bool):
    # The fitted end at rank 0 is 0.5, its standard error 1.99 times one category's, and skewed.
    rates = five([1.0, 2, 3, 4, 5]).with_columns(standard_error=error * pl.col("value"))
    answer = only(slope_index(rates, by=["area"], kind="rate"))
    assert answer["relative_index"] == pytest.approx(11)
    assert (None not in limits(answer, "relative_index")) is stable
    assert answer["note_code"] == (None if stable else "relative_index_unstable")


@pytest.mark.parametrize(
    ("values", "errors", "method"),
    [
        ([1.0, 2, 3, 4, 5], [0.115] * 5, "characteristic_function"),
        ([10.0, 6, 6, 6, 6], [1.2, 0.01, 0.01, 0.01, 0.01], "simulation"),
    ],
    ids=["a denominator near 0", "a numerator that may be below 0"],
)
def test_limits_of_a_ratio_whose_ends_may_be_zero_are_those_of_a_simulation(
    values: list[float], errors: list[float], method: str
):
    """A denominator that is not above 0 makes the ratio larger than any; a ratio below 0 is 0."""
    rates = five(values).with_columns(standard_error=pl.col("value") * pl.Series(errors))
    answer = only(slope_index(rates, by=["area"], kind="rate"))
    assert (answer["interval_method"], answer["note_code"]) == (method, None)
    draws = np.array(values) * np.exp(np.array(errors) * np.random.default_rng(3).standard_normal((400_000, 5)))
    weights = np.array([-1, -0.5, 0, 0.5, 1])
    most, least = draws @ (0.2 - weights / 2), draws @ (0.2 + weights / 2)
    ratio = np.where(most > 0, np.maximum(least, 0) / most, np.inf)
    drawn = np.quantile(ratio, [0.025, 0.975])
    assert limits(answer, "relative_index") == pytest.approx(list(drawn), rel=0.03)


@pytest.mark.parametrize(
    ("error", "method"), [(0.05, "cumulants"), (0.3, "characteristic_function"), (0.9, "characteristic_function")]
)
@pytest.mark.parametrize("kind", ["rate", "proportion"])
def test_both_exact_routes_agree_with_a_simulation(error: float, method: str, kind: str):
    values = np.array([0.05, 0.04, 0.045, 0.03, 0.028, 0.025, 0.02, 0.022, 0.018, 0.015])
    stretch = values if kind == "rate" else values * (1 - values)
    frame = pl.DataFrame({"rank": range(1, 11), "population": 100, "value": values, "standard_error": error * stretch})
    answer = only(slope_index(frame, by=[], kind=kind))
    assert answer["interval_method"] == method
    draws = np.random.default_rng(11).standard_normal((400_000, 10)) * error
    odds = values / (1 - values) * np.exp(draws)
    drawn = values * np.exp(draws) if kind == "rate" else odds / (1 + odds)
    share, centred = 0.1, np.arange(0.05, 1, 0.1) - 0.5
    weight = share * centred / (share * centred**2).sum()
    slopes = drawn @ weight
    half_width = (answer["slope_index_upper"] - answer["slope_index_lower"]) / 2
    noise = 6.8 * half_width / math.sqrt(400_000) * (3 if error > 0.5 else 1)
    assert limits(answer) == pytest.approx(list(np.quantile(slopes, [0.025, 0.975])), abs=noise)
    if error < 0.5:
        ratios = (drawn @ (share + weight / 2)) / (drawn @ (share - weight / 2))
        width = (answer["relative_index_upper"] - answer["relative_index_lower"]) / 2
        noise = 10 * width / math.sqrt(400_000)
        assert limits(answer, "relative_index") == pytest.approx(list(np.quantile(ratios, [0.025, 0.975])), abs=noise)


# Laws, for any 4 to 9 groups of rates or proportions with errors from very small to those of a count of one.

"""Characteristic functions take some hundredths of a second a call."""

kinds = pytest.mark.parametrize(("kind", "transform"), [(k, t) for k in ("rate", "proportion") for t in (False, True)])
ESTIMATES = ("slope_index", "relative_index", "fitted_most", "fitted_least", "mean_of_groups")
LIMITS = ("slope_index_lower", "slope_index_upper", "relative_index_lower", "relative_index_upper")
groups = (
    st.integers(4, 9)
    .flatmap(
        lambda count: st.fixed_dictionaries(
            {
                "population": st.lists(st.integers(100, 10**5), min_size=count, max_size=count),
                "value": st.lists(st.floats(0.02, 0.9), min_size=count, max_size=count),
                "relative": st.lists(st.floats(0.01, 0.8), min_size=count, max_size=count),
            }
        )
    )
    .map(
        lambda columns: (
            pl.DataFrame(columns)
            .select("population", "value", "relative")
            .with_row_index("rank", offset=1)
            .with_columns(
                rank=pl.col("rank").cast(pl.Int64),
                standard_error=pl.col("relative") * pl.col("value") * (1 - pl.col("value")),
            )
        )
    )
)


def asked(frame: pl.DataFrame, kind: str, transform: bool, **arguments: object) -> dict[str, object]:
    return only(slope_index(frame, by=[], kind=kind, transform=transform, **arguments))


def same(one: object, other: object, *, within: float) -> bool:
    if one is None or other is None:
        return one is other
    return math.isclose(one, other, rel_tol=1e-6, abs_tol=within)


def widths(answer: dict[str, object], *, part: float) -> float:
    lower, upper = limits(answer)
    return part * (upper - lower) / 2 + 1e-12


@kinds
@slow_law
@given(frame=groups, value=st.floats(0.05, 0.9))
def test_no_gradient_is_a_slope_of_nothing(kind: str, transform: bool, frame: pl.DataFrame, value: float):
    answer = asked(frame.with_columns(value=pl.lit(value)), kind, transform)
    assert answer["slope_index"] == pytest.approx(0, abs=1e-9)
    assert answer["relative_index"] == pytest.approx(1, abs=1e-9)


@kinds
@slow_law
@given(frame=groups)
def test_reversing_ranks_flips_the_slope_and_turns_the_ratio_over(kind: str, transform: bool, frame: pl.DataFrame):
    one = asked(frame, kind, transform)
    other = asked(frame.with_columns(rank=-pl.col("rank")), kind, transform)
    within = widths(one, part=3e-2 if one["interval_method"] == "simulation" else 3e-6)
    assert same(other["slope_index"], -one["slope_index"], within=1e-9)
    assert same(other["slope_index_lower"], -one["slope_index_upper"], within=within)
    assert same(other["slope_index_upper"], -one["slope_index_lower"], within=within)
    assert same(other["fitted_least"], one["fitted_most"], within=1e-9)
    turned = asked(frame.with_columns(rank=-pl.col("rank")), kind, transform, favourable=False)
    assert same(turned["relative_index"], one["relative_index"], within=1e-9)


@slow_law
@given(frame=groups, factor=st.floats(1e-3, 1e5), transform=st.booleans())
def test_a_rates_unit_scales_its_slope_and_leaves_its_ratio(frame: pl.DataFrame, factor: float, transform: bool):
    one = asked(frame, "rate", transform)
    other = asked(frame.with_columns(pl.col("value", "standard_error") * factor), "rate", transform)
    scaled = asked(frame, "rate", transform, scale=factor)
    for name in ("slope_index", "slope_index_lower", "slope_index_upper", "fitted_most", "mean_of_groups"):
        assert same(other[name], factor * one[name], within=factor * widths(one, part=1e-6))
        assert same(scaled[name], one[name], within=widths(one, part=1e-6))
    if one["note_code"] == other["note_code"] is None:
        assert math.isclose(one["relative_index_upper"], other["relative_index_upper"], rel_tol=1e-6)


@kinds
@slow_law
@given(frame=groups)
def test_less_is_better_turns_everything_over(kind: str, transform: bool, frame: pl.DataFrame):
    one, other = asked(frame, kind, transform), asked(frame, kind, transform, favourable=False)
    assert limits(other) == pytest.approx([-limit for limit in limits(one)[::-1]])
    if one["relative_index"] is not None:
        assert one["relative_index"] * other["relative_index"] == pytest.approx(1)
    if None not in limits(one, "relative_index") + limits(other, "relative_index"):
        turned = [1 / limit for limit in limits(one, "relative_index")[::-1]]
        loose = 0.1 if "simulation" in (one["interval_method"], other["interval_method"]) else 1e-5
        assert limits(other, "relative_index") == pytest.approx(turned, rel=loose)


def test_an_end_far_above_0_leaves_its_ratio_a_lower_limit():
    """Two precise groups hold nearly all people: the end lies further above 0 than an inverted law is good for."""
    frame = pl.DataFrame(
        {
            "rank": range(1, 9),
            "population": [100, 100, 100, 100, 3095, 1508, 100, 337],
            "value": 0.5,
            "relative": [0.5, 0.5, 0.5, 0.75, 0.25, 0.015625, 0.25, 0.0625],
        }
    ).with_columns(standard_error=pl.col("relative") / 4)
    lower, upper = limits(asked(frame, "rate", transform=False), "relative_index")
    turned = limits(asked(frame, "rate", transform=False, favourable=False), "relative_index")
    assert (lower, upper) == pytest.approx((1 / turned[1], 1 / turned[0]), rel=1e-5)


@kinds
@slow_law
@given(frame=groups, place=st.integers(0, 8), part=st.floats(0.1, 0.9))
def test_splitting_a_group_of_equal_value_changes_nothing(
    kind: str, transform: bool, frame: pl.DataFrame, place: int, part: float
):
    """Where there is no gradient, two ranks instead of one change no estimate."""
    flat = frame.with_columns(value=pl.lit(0.3))
    split = pl.col("rank") == 1 + place % frame.height
    first = flat.with_columns(
        population=pl.when(split).then(pl.col("population") * part).otherwise(pl.col("population"))
    )
    second = flat.filter(split).with_columns(
        rank=pl.col("rank") + 0.5, population=pl.col("population").cast(pl.Float64) * (1 - part)
    )
    rows = pl.concat([first.cast({"rank": pl.Float64, "population": pl.Float64}), second.cast({"rank": pl.Float64})])
    rows = rows.sort("rank").with_columns(rank=pl.int_range(1, pl.len() + 1))
    one, other = asked(flat, kind, transform), asked(rows, kind, transform)
    for name in ESTIMATES:
        assert same(one[name], other[name], within=1e-9)


@kinds
@slow_law
@given(frame=groups, random=st.randoms(use_true_random=False))
def test_row_order_and_text_ranks_do_not_move_a_digit(kind: str, transform: bool, frame: pl.DataFrame, random):
    rows = pl.concat([frame.with_columns(rank=pl.col("rank") + at, area=pl.lit("a")) for at in (0, 10)])
    rows = rows.with_columns(rank=pl.col("rank").rank("dense").cast(pl.Int64))
    order = list(range(rows.height))
    random.shuffle(order)
    shuffled = rows[order].with_columns(pl.col("rank").cast(pl.String))
    expected = slope_index(rows, by=["area"], kind=kind, transform=transform)
    assert slope_index(shuffled, by=["area"], kind=kind, transform=transform).equals(expected)


@kinds
@slow_law
@given(frames=st.lists(groups, min_size=2, max_size=5))
def test_neighbours_do_not_move_a_digit(kind: str, transform: bool, frames: list[pl.DataFrame]):
    named = [frame.with_columns(area=pl.lit(place)) for place, frame in enumerate(frames)]
    bad = named[0].with_columns(area=pl.lit(-1), value=pl.lit(-5.0))
    together = slope_index(pl.concat([bad, *named]), by=["area"], kind=kind, transform=transform)
    alone = pl.concat(slope_index(frame, by=["area"], kind=kind, transform=transform) for frame in named)
    assert together["note_code"][0] == "value_outside_range"
    assert together.slice(1).equals(alone)


@kinds
@slow_law
@given(frame=groups)
def test_wider_confidence_is_a_wider_interval(kind: str, transform: bool, frame: pl.DataFrame):
    narrow, wide = (asked(frame, kind, transform, confidence=confidence) for confidence in (0.9, 0.99))
    for measure in ("slope_index", "relative_index"):
        if None not in limits(narrow, measure) + limits(wide, measure):
            (lowest, highest), (lower, upper) = limits(wide, measure), limits(narrow, measure)
            # No limit of a ratio of proportions is below 0: there both may end.
            assert lowest < lower or (measure == "relative_index" and lowest == lower == 0)
            assert upper < highest


# Ends beyond the scale, and the odds ratio of the ends.


@pytest.mark.parametrize(
    ("kind", "values", "note"),
    [
        ("proportion", [0.98, 0.97, 0.9, 0.6, 0.2], "fitted_end_outside_scale"),
        ("proportion", [0.01, 0.02, 0.05, 0.3, 0.8], "fitted_end_outside_scale"),
        ("proportion", [0.1, 0.2, 0.3, 0.4, 0.5], None),
        ("rate", [1.0, 2, 4, 30, 90], "fitted_end_outside_scale"),
        ("rate", [110.0, 120, 130, 140, 150], None),
        ("mean", [1.0, 2, 4, 30, 90], "relative_index_undefined"),
    ],
)
def test_a_fitted_end_that_cannot_be_is_said(kind: str, values: list[float], note: str | None):
    answer = only(slope_index(five(values), by=["area"], kind=kind))
    ends = (answer["fitted_most"], answer["fitted_least"])
    assert answer["note_code"] == note
    assert (min(ends) < 0 or (kind == "proportion" and max(ends) > 1)) is (note is not None)


@pytest.mark.parametrize("kind", [{}, {"transform": True}])
def test_the_odds_ratio_of_a_share_and_of_its_complement_are_one_number_turned_over(kind: dict):
    """From 10% to 5% the ratio is near 2, from 90% to 95% near 1; the odds ratio is 2.1 or so of both."""
    shares = [0.1, 0.085, 0.075, 0.065, 0.05]
    few = only(
        slope_index(five(shares, standard_error=0.004), by=["area"], kind="proportion", favourable=False, **kind)
    )
    rest = five([1 - share for share in shares], standard_error=0.004)
    many = only(slope_index(rest, by=["area"], kind="proportion", **kind))
    for name in ("odds_ratio", "odds_ratio_lower", "odds_ratio_upper"):
        assert few[name] == pytest.approx(many[name], rel=1e-9)
    assert few["odds_ratio_lower"] < few["odds_ratio"] < few["odds_ratio_upper"]
    assert few["relative_index"] > 2
    assert many["relative_index"] < 1.1
    assert few["odds_ratio"] > 2.2


def test_the_odds_ratio_is_of_the_fitted_ends_and_its_limits_of_their_logits():
    answer = only(slope_index(five([0.5, 0.45, 0.4, 0.35, 0.3], standard_error=0.01), by=["area"], kind="proportion"))
    # The line runs from 0.525 to 0.275: odds of 1.105 and 0.379.
    assert answer["odds_ratio"] == pytest.approx(0.275 / 0.725 / (0.525 / 0.475))
    draws = np.array([0.5, 0.45, 0.4, 0.35, 0.3]) + 0.01 * np.random.default_rng(4).standard_normal((200_000, 5))
    weights = np.array([-1, -0.5, 0, 0.5, 1])
    most, least = draws @ (0.2 - weights / 2), draws @ (0.2 + weights / 2)
    drawn = np.quantile(least / (1 - least) / (most / (1 - most)), [0.025, 0.975])
    assert limits(answer, "odds_ratio") == pytest.approx(list(drawn), rel=0.005)


def test_rates_and_means_have_no_odds():
    for kind in ("rate", "mean"):
        answer = only(slope_index(five([0.1, 0.2, 0.3, 0.4, 0.5], standard_error=0.01), by=["area"], kind=kind))
        assert [answer["odds_ratio"], *limits(answer, "odds_ratio")] == [None] * 3
