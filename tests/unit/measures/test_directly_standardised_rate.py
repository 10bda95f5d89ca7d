"""Directly standardised rates."""

import math

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.measures import EUROPEAN_STANDARD_POPULATION_2013, directly_standardised_rate
from tests.unit.measures import law

ESP = list(EUROPEAN_STANDARD_POPULATION_2013.values())


def only(frame: pl.DataFrame) -> dict[str, object]:
    assert frame.height == 1
    return frame.row(0, named=True)


def bands(count: list[float | None], population: list[float], weight: list[float]) -> pl.DataFrame:
    return pl.DataFrame({"count": count, "population": population, "standard_population": weight})


def test_the_european_standard_population():
    assert len(ESP) == 19
    assert sum(ESP) == 100_000
    assert (EUROPEAN_STANDARD_POPULATION_2013[0], EUROPEAN_STANDARD_POPULATION_2013[90]) == (5000, 1000)


def test_figures_by_hand():
    # Rates 0.01 and 0.02, weights 3 to 1: 0.0125. Variance (9 * 10 / 1000^2 + 40 / 2000^2) / 16 = 0.0025^2.
    answer = only(directly_standardised_rate(bands([10, 40], [1000, 2000], [3, 1]), by=[], scale=1000))
    z, total = 1.959963984540054, 50
    lower = total * (1 - 1 / (9 * total) - z / (3 * math.sqrt(total))) ** 3
    upper = (total + 1) * (1 - 1 / (9 * (total + 1)) + z / (3 * math.sqrt(total + 1))) ** 3
    scale = 1000 * 0.0025 / math.sqrt(total)
    assert answer["value"] == pytest.approx(12.5)
    assert answer["value_lower"] == pytest.approx(12.5 + scale * (lower - total), rel=1e-12)
    assert answer["value_upper"] == pytest.approx(12.5 + scale * (upper - total), rel=1e-12)
    assert (answer["count"], answer["population"]) == (50, 3000)
    assert (answer["interval_method"], answer["note_code"]) == ("dobson_byar", None)


def test_under_ten_events_only_the_sums_are_given():
    frame = pl.concat(
        [bands([4, events - 4], [1000, 1000], [1, 1]).with_columns(area=pl.lit(f"{events:02}")) for events in (9, 10)]
    )
    nine, ten = directly_standardised_rate(frame, by=["area"]).iter_rows(named=True)
    assert (nine["count"], nine["population"], nine["value"], nine["value_lower"]) == (9, 2000, None, None)
    assert (nine["note_code"], nine["interval_method"]) == ("too_few_events", "none")
    assert (ten["value"], ten["note_code"]) == (500, None)


def test_a_missing_count_is_no_count_as_for_indirect_standardisation():
    missing = only(directly_standardised_rate(bands([30, None], [1000, 900], [1, 1]), by=[]))
    assert (missing["note_code"], missing["value"], missing["count"]) == ("missing_count", None, None)
    assert only(directly_standardised_rate(bands([30, 0], [1000, 900], [1, 1]), by=[]))["note_code"] is None


@pytest.mark.parametrize(
    ("ages", "weights"),
    [
        ([*range(0, 95, 5)], ESP),
        (["0-4", "5 to 9", "10+"], [5000, 5500, 89_500]),
        (["Aged under 1 year", "1-4", "5-79", "80+"], [1000, 4000, 90_000, 5000]),
        ([0, 1, 2, 90, 94, 95], [1000, 1000, 97_000, 640, 160, 200]),
        (["65-69", "70-74"], [5500, 5000]),
        ([65, 70], [5500, 14_000]),
    ],
)
def test_weights_are_those_of_the_standard_for_any_bands(ages: list[object], weights: list[float]):
    people = [1000.0 * (1 + place) for place in range(len(ages))]
    events = [20.0 + place for place in range(len(ages))]
    by_age = pl.DataFrame({"age_start": ages, "count": events, "population": people}).reverse()
    expected = only(directly_standardised_rate(bands(events, people, weights), by=[]))
    found = only(directly_standardised_rate(by_age, by=[]))
    assert found["value"] == pytest.approx(expected["value"])
    assert found["value_lower"] == pytest.approx(expected["value_lower"])
    twice = pl.concat([by_age.with_columns(event_frequency=frequency) for frequency in (1, 2)])
    weighted = bands(events, people, weights)
    other = pl.concat([weighted.with_columns(event_frequency=frequency) for frequency in (1, 2)])
    repeated = only(directly_standardised_rate(twice, by=[]))
    assert repeated["value"] == pytest.approx(only(directly_standardised_rate(other, by=[]))["value"])


@pytest.mark.parametrize(
    "ages", [["0-4", "10-14"], [0, 0], ["0-90", "5-9"], [0, None], [0, 100], [0.5, 5.0], ["90-99", "100+"]]
)
def test_bands_that_do_not_meet_are_refused(ages: list[object]):
    frame = pl.DataFrame({"age_start": ages, "count": [20, 20], "population": [1000, 1000]})
    answer = only(directly_standardised_rate(frame, by=[]))
    assert (answer["note_code"], answer["value"]) == ("wrong_age_bands", None)


def test_repeat_events_count_each_time_and_widen_the_limits():
    # 20 people once and 10 twice, in one band: 40 events; variance 20 + 4 * 10 = 60 against 40.
    once = bands([20], [1000], [7]).with_columns(event_frequency=pl.lit(1))
    twice = bands([10], [1000], [7]).with_columns(event_frequency=pl.lit(2))
    answer = only(directly_standardised_rate(pl.concat([once, twice]), by=[], scale=1000))
    alone = only(directly_standardised_rate(bands([40], [1000], [7]), by=[], scale=1000))
    assert (answer["count"], answer["population"]) == (40, 1000)
    assert answer["value"] == pytest.approx(alone["value"]) == pytest.approx(40)
    for side in ("value_lower", "value_upper"):
        assert answer[side] - 40 == pytest.approx((alone[side] - 40) * math.sqrt(60 / 40))


def test_frequencies_must_list_the_same_bands():
    once = bands([20, 20], [1000, 900], [7, 3]).with_columns(event_frequency=pl.lit(1))
    for other in (once.head(1), once.with_columns(population=pl.lit(900)), once.with_columns(standard_population=8)):
        frame = pl.concat([once, other.with_columns(event_frequency=pl.lit(2))], how="vertical_relaxed")
        answer = only(directly_standardised_rate(frame, by=[]))
        assert (answer["note_code"], answer["value"], answer["count"]) == ("frequencies_differ", None, None)


@pytest.mark.parametrize("frequency", [0, -1, 1.5, None, math.nan, math.inf])
def test_a_frequency_is_a_whole_number_above_0(frequency: float | None):
    frame = bands([20], [1000], [7]).with_columns(event_frequency=pl.lit(frequency, dtype=pl.Float64))
    assert only(directly_standardised_rate(frame, by=[]))["note_code"] == "bad_event_frequency"


strata = st.lists(
    st.tuples(st.integers(0, 300), st.integers(1, 10**5), st.integers(0, 9000)), min_size=1, max_size=19
).filter(lambda rows: sum(row[0] for row in rows) >= 10 and any(row[2] for row in rows))


def frame_of(rows: list[tuple[float, ...]]) -> pl.DataFrame:
    return pl.DataFrame(
        [list(map(float, column)) for column in zip(*rows, strict=True)], schema=list(bands([], [], []).columns)
    )


@law
@given(strata, st.integers(1, 50))
def test_equal_rates_at_every_age_are_the_rate(rows: list[tuple[int, int, int]], per_mille: int):
    people = [1000 * (1 + row[1] % 90) for row in rows]
    frame = bands([person * per_mille / 1000 for person in people], people, [1 + row[2] for row in rows])
    answer = only(directly_standardised_rate(frame.with_columns(pl.col("count") * 10), by=[], scale=1000))
    assert answer["value"] == pytest.approx(10 * per_mille, rel=1e-12)


@law
@given(strata, st.floats(1e-3, 1e3), st.randoms(use_true_random=False))
def test_limits_hold_the_value_and_neither_scale_of_weights_nor_order_matters(rows, factor: float, random):
    answer = only(directly_standardised_rate(frame_of(rows), by=[]))
    assert answer["value_lower"] <= answer["value"] <= answer["value_upper"]
    shuffled = frame_of(random.sample(rows, len(rows)))
    assert only(directly_standardised_rate(shuffled, by=[])) == answer
    scaled = shuffled.with_columns(pl.col("standard_population") * factor)
    for name, number in only(directly_standardised_rate(scaled, by=[])).items():
        assert number == (pytest.approx(answer[name], rel=1e-9) if isinstance(number, float) else answer[name])


@law
@given(strata, strata)
def test_a_neighbour_does_not_move_a_digit(rows, others):
    alone = directly_standardised_rate(frame_of(rows).with_columns(area=pl.lit("a")), by=["area"])
    for neighbour in (frame_of(others), frame_of(others).with_columns(population=-pl.col("population"))):
        both = pl.concat([neighbour.with_columns(area=pl.lit("0")), frame_of(rows).with_columns(area=pl.lit("a"))])
        assert directly_standardised_rate(both, by=["area"]).tail(1).equals(alone)
