"""Recent trends over five points."""

import math
from datetime import date

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.measures import recent_trend
from tests.unit.measures import law

Z = 1.959964


def only(frame: pl.DataFrame) -> dict[str, object]:
    assert frame.height == 1
    return frame.row(0, named=True)


def shares(numerator: list[float | None], denominator: float = 1000) -> pl.DataFrame:
    year = range(2024 - len(numerator), 2024)
    return pl.DataFrame({"period_start": year, "numerator": numerator, "denominator": [denominator] * len(numerator)})


def values(value: list[float | None], error: float = 1.0) -> pl.DataFrame:
    frame = pl.DataFrame({"period_start": range(2024 - len(value), 2024), "value": pl.Series(value, dtype=pl.Float64)})
    return frame.with_columns(value_lower=pl.col("value") - Z * error, value_upper=pl.col("value") + Z * error)


def trend(frame: pl.DataFrame) -> dict[str, object]:
    return only(recent_trend(frame, by=[], kind="proportion" if "numerator" in frame.columns else "mean"))


def test_a_straight_line_by_hand():
    # 1, 2, .. 5 with standard error 0.5: slope 1, chi-squared 1^2 * 10 / 0.25 = 40.
    answer = trend(values([1, 2, 3, 4, 5], error=0.5))
    assert (answer["slope"], answer["chi_squared"]) == pytest.approx((1, 40))
    assert (answer["recent_trend"], answer["note_code"]) == ("increasing", None)
    assert trend(values([5, 4, 3, 2, 1], error=0.5))["recent_trend"] == "decreasing"
    # With standard error 1.1 it is 8.26, short of 9.5495; with 1.02, 9.61, past it.
    assert trend(values([1, 2, 3, 4, 5], error=1.1))["recent_trend"] == "no_significant_change"
    assert trend(values([1, 2, 3, 4, 5], error=1.02))["recent_trend"] == "increasing"


def test_proportions_by_hand():
    # All of 100: p = 0.5, sum (x - n p)(t - T) = 2 * 10 + 5 + 5 + 2 * 10 = 50; 50^2 / (0.25 * 100 * 10) = 10.
    answer = trend(shares([40, 45, 50, 55, 60], denominator=100))
    logit = {x: math.log(x / (100 - x)) for x in (55, 60)}
    assert answer["chi_squared"] == pytest.approx(10)
    assert answer["slope"] == pytest.approx((4 * logit[60] + 2 * logit[55]) / 10)
    assert answer["recent_trend"] == "increasing"


def test_earlier_points_are_not_looked_at():
    recent = values([1, 2, 3, 4, 5], error=0.5)
    earlier = pl.DataFrame(
        {"period_start": [2017, 2018], "value": [99.0, None], "value_lower": None, "value_upper": 3.0}
    )
    longer = pl.concat([recent, earlier], how="vertical_relaxed")
    assert trend(longer) == trend(recent)
    assert trend(shares([0, 900, 40, 45, 50, 55, 60])) == trend(shares([40, 45, 50, 55, 60]))


def periods(*spans: tuple[object, object]) -> dict[str, object]:
    first, last = zip(*spans, strict=True)
    frame = values([1, 2, 3, 4, 5][: len(spans)], error=0.5)
    return trend(frame.with_columns(period_start=pl.Series(first), period_end=pl.Series(last)))


def test_periods_that_overlap_or_leave_a_gap_are_refused():
    sound = periods(*((year, year + 2) for year in range(2010, 2025, 3)))
    assert (sound["recent_trend"], sound["slope"]) == ("increasing", pytest.approx(1 / 3))
    rolling = periods(*((year, year + 2) for year in range(2010, 2015)))
    assert (rolling["recent_trend"], rolling["note_code"]) == ("cannot_be_calculated", "periods_overlap")
    gap = periods((2010, 2010), (2011, 2011), (2012, 2012), (2014, 2014), (2015, 2015))
    assert (gap["recent_trend"], gap["note_code"]) == ("cannot_be_calculated", "gap_between_periods")
    assert periods((2010, 2009), *((year, year) for year in range(2011, 2015)))["note_code"] == "bad_period"


def test_days_and_text_are_read_as_years_are():
    years = periods(*((year, year) for year in range(2015, 2020)))
    text = periods(*((str(year), str(year)) for year in range(2015, 2020)))
    days = periods(*((date(year, 4, 1), date(year + 1, 3, 31)) for year in range(2015, 2020)))
    iso = periods(*((f"{year}-01-01", f"{year}-12-31") for year in range(2015, 2020)))
    assert years == text
    for answer in (days, iso):
        assert answer["slope"] == pytest.approx(years["slope"])
        assert answer["chi_squared"] == pytest.approx(years["chi_squared"])
    torn = periods(*((date(year, 4, 1), date(year + 1, 3, 30)) for year in range(2015, 2020)))
    assert torn["note_code"] == "gap_between_periods"


def test_limits_that_do_not_hold_their_value_are_noted():
    frame = values([1, 2, 3, 4, 5], error=0.5).with_columns(value=pl.Series([1.0, 2, 3, 4, 7]))
    assert trend(frame)["note_code"] == "limits_exclude_value"


def test_one_point_that_decides_is_not_a_trend():
    # Falling but for the last point, which lifts the whole line; without it the slope is below 0.
    answer = trend(values([4, 3, 2, 1, 30]))
    assert answer["chi_squared"] > 9.5495
    assert (answer["recent_trend"], answer["note_code"]) == ("no_significant_change", "one_point_decides")


@pytest.mark.parametrize(
    ("note", "frame"),
    {
        "four points": ("too_few_points", values([1, 2, 3, 4])),
        "year twice": (
            "duplicate_period",
            values([1, 2, 3, 4, 5, 6]).with_columns(period_start=pl.Series([1, 2, 3, 4, 5, 5])),
        ),
        "year and a half": (
            "bad_period",
            values([1, 2, 3, 4, 5]).with_columns(period_start=pl.col("period_start") + 0.5),
        ),
        "no year": ("bad_period", values([1, 2, 3, 4, 5]).with_columns(period_start=pl.Series([1, 2, None, 4, 5]))),
        "no value": ("missing_value", values([1, 2, None, 4, 5, 6])),
        "no limit": (
            "missing_limits",
            values([1, 2, 3, 4, 5]).with_columns(value_upper=pl.Series([math.nan, 9, 9, 9, 9])),
        ),
        "crossed": ("crossed_limits", values([1, 2, 3, 4, 5], error=-1)),
        "no width": ("zero_width_limits", values([1, 2, 3, 4, 5], error=0)),
        "no count": ("missing_value", shares([1, 2, None, 4, 5])),
        "negative count": ("bad_count", shares([1, 2, -3, 4, 5])),
        "nobody": ("bad_population", shares([0, 0, 0, 0, 0], denominator=0)),
        "more than all": ("count_above_population", shares([1, 2, 3, 4, 5], denominator=4.5)),
        "none": ("proportion_at_bound", shares([0, 1, 2, 3, 4])),
        "all": ("proportion_at_bound", shares([1, 2, 3, 4, 5], denominator=5)),
        "huge": ("not_computable", values([1e308, -1e308, 1e308, -1e308, 1e308], error=1e300)),
    }.values(),
)
def test_what_cannot_be_calculated_says_why_and_leaves_its_neighbour_alone(note: str, frame: pl.DataFrame):
    answer = trend(frame)
    assert answer == {"recent_trend": "cannot_be_calculated", "slope": None, "chi_squared": None, "note_code": note}
    sound = shares([180, 170, 150, 140, 120]) if "numerator" in frame.columns else values([1, 2, 3, 4, 5], error=0.5)
    both = pl.concat(
        [frame.with_columns(area=pl.lit("a")), sound.with_columns(area=pl.lit("b"))], how="vertical_relaxed"
    )
    kind = "proportion" if "numerator" in frame.columns else "mean"
    rows = recent_trend(both, by=["area"], kind=kind).drop("area").rows(named=True)
    assert rows == [answer, trend(sound)]


def test_no_rows_in_is_no_rows_out_with_the_same_columns():
    frame = values([1, 2, 3, 4, 5])
    for kind in ("rate", "mean", "other"):
        full, empty = recent_trend(frame, by=[], kind=kind), recent_trend(frame.clear(), by=[], kind=kind)
        assert empty.height == 0
        assert empty.schema == full.schema
        assert full.equals(recent_trend(frame, by=[], kind="mean"))


@pytest.mark.parametrize(
    ("frame", "kind", "says"),
    [
        (values([1.0]), "proportion", "no column"),
        (shares([1]), "mean", "no column"),
        (values([1.0]), "median", "kind must be 'proportion' or 'rate' or 'mean' or 'other'"),
        (values([1.0]).drop("period_start"), "mean", "period_start"),
        (values([1.0]).with_columns(period_start=pl.lit("20/2021")), "mean", "must begin with the year"),
        (values([1.0]).with_columns(period_start=pl.lit("2020-04-01")), "mean", "no column period_end"),
    ],
)
def test_a_bad_call_is_refused_in_a_sentence(frame: pl.DataFrame, kind: str, says: str):
    with pytest.raises(ValueError, match=says) as refusal:
        recent_trend(frame, by=[], kind=kind)
    assert str(refusal.value).endswith(".")


points = st.lists(st.tuples(st.floats(1, 99), st.floats(0.05, 5)), min_size=5, max_size=9)


def frame_of(rows: list[tuple[float, float]], years: int = 1) -> pl.DataFrame:
    frame = pl.DataFrame(rows, schema=["value", "error"], orient="row").with_row_index("place")
    error = Z * pl.col("error")
    return frame.select(
        (pl.col("place").cast(pl.Int64) * years + 2000).alias("period_start"),
        (pl.col("place").cast(pl.Int64) * years + 1999 + years).alias("period_end"),
        "value",
        value_lower=pl.col("value") - error,
        value_upper=pl.col("value") + error,
    )


@law
@given(points, st.randoms(use_true_random=False))
def test_row_order_does_not_matter_and_turning_values_over_turns_the_trend(rows, random):
    frame = frame_of(rows)
    answer = trend(frame)
    assert trend(frame[random.sample(range(frame.height), frame.height)]) == answer
    turned = trend(
        frame.select(
            "period_start",
            value=-pl.col("value"),
            value_lower=-pl.col("value_upper"),
            value_upper=-pl.col("value_lower"),
        )
    )
    opposite = {"increasing": "decreasing", "decreasing": "increasing"}
    assert turned["recent_trend"] == opposite.get(answer["recent_trend"], answer["recent_trend"])
    assert turned["slope"] == pytest.approx(-answer["slope"], rel=1e-9, abs=1e-9)


@law
@given(points, st.floats(0.01, 100), st.integers(1, 3))
def test_units_and_longer_periods_scale_the_slope_only(rows, factor: float, years: int):
    answer = trend(frame_of(rows))
    scaled = trend(frame_of(rows, years=years).with_columns(pl.col("value", "value_lower", "value_upper") * factor))
    assert scaled["slope"] == pytest.approx(answer["slope"] * factor / years, rel=1e-6, abs=1e-9 * factor)
    assert scaled["chi_squared"] == pytest.approx(answer["chi_squared"], rel=1e-6, abs=1e-9)


@law
@given(st.lists(st.integers(1, 999), min_size=5, max_size=5))
def test_counting_those_without_turns_the_trend_over(numerators: list[int]):
    one, other = trend(shares(numerators)), trend(shares([1000 - x for x in numerators]))
    assert other["slope"] == pytest.approx(-one["slope"], rel=1e-9, abs=1e-12)
    assert other["chi_squared"] == pytest.approx(one["chi_squared"], rel=1e-9, abs=1e-9)
