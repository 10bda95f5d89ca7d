"""Life expectancy: the numbers, the laws, and what a bad table or a bad call brings."""

import math
from itertools import pairwise

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.measures import life_expectancy
from tests.unit.measures import law
from tests.unit.measures.bands import AGES, DEATHS, PEOPLE, by_hand, changed, district, populations

Z = 1.959963984540054
NUMBERS = ["life_expectancy", "standard_error", "life_expectancy_lower", "life_expectancy_upper"]


def at_birth(frame: pl.DataFrame, **arguments: float) -> float:
    return life_expectancy(frame, by=[], **arguments)["life_expectancy"][0]


def ends_with_85(frame: pl.DataFrame) -> pl.DataFrame:
    """The two oldest bands as one."""
    merged = pl.col("age_start").clip(upper_bound=85).alias("age_start")
    return frame.group_by(merged, maintain_order=True).agg(pl.col("deaths", "population").sum())


def test_nobody_dies_before_ninety():
    answer = life_expectancy(district(deaths=pl.Series([0.0] * 19 + [100.0]), population=pl.lit(400.0)), by=["area"])
    assert answer["age_start"].to_list() == AGES
    assert answer["life_expectancy"].to_list() == [94.0 - age for age in AGES]
    # All the chance lies in the 100 deaths of the open band: 4 years / sqrt(100).
    assert answer["standard_error"].to_list() == pytest.approx([0.4] * 20)
    assert answer["life_expectancy_lower"][0] == pytest.approx(94 - Z * 0.4)
    assert answer["life_expectancy_upper"][19] == pytest.approx(4 + Z * 0.4)
    assert answer["note_code"].null_count() == 20


def test_a_table_written_out_by_hand():
    answer = life_expectancy(district(), by=[])
    expectancy, error = by_hand(DEATHS, PEOPLE)
    assert answer["life_expectancy"].to_list() == pytest.approx(expectancy, rel=1e-13)
    assert answer["standard_error"].to_list() == pytest.approx(error, rel=1e-13)


def test_golden_figures():
    # hle/hl01 (Public Health Scotland), males of the most deprived tenth.
    assert at_birth(district()) == pytest.approx(74.906695021220045, rel=1e-12)
    # life_expectancy/le05 (PHEindicatormethods): text bands, as given in its help.
    bands = ["0", "1-4", "5-9", *(f"{age} - {age + 4}" for age in range(10, 90, 5)), "90 +"]
    deaths = [17, 9, 4, 8, 20, 15, 24, 33, 50, 71, 100, 163, 263, 304, 872, 1390, 1605, 1936, 1937, 536]
    people = [7060, 35059, 46974, 48489, 43219, 38561, 46009, 57208, 61435, 55601]
    people += [50209, 56416, 46411, 39820, 37039, 33288, 23306, 11936, 11936, 37978]
    frame = pl.DataFrame({"age_start": bands, "deaths": deaths, "population": people})
    answer = life_expectancy(frame.reverse(), by=[])
    assert answer["age_start"].to_list() == AGES
    for band, figures in (
        (0, (82.021417787220329, 81.325555279910091, 82.717280294530568)),
        (14, (20.847738758168187, 20.11495748515992, 21.580520031176455)),
        (19, (70.854477611940297, 64.856111125395856, 76.852844098484738)),
    ):
        row = answer.select("life_expectancy", "life_expectancy_lower", "life_expectancy_upper").row(band)
        assert row == pytest.approx(figures, rel=1e-12)


def test_confidence_widens_the_limits_and_nothing_else():
    narrow, wide = (life_expectancy(district(), by=[], confidence=level) for level in (0.95, 0.998))
    assert narrow.select(NUMBERS[:2]).equals(wide.select(NUMBERS[:2]))
    half_width = wide["life_expectancy_upper"] - wide["life_expectancy"]
    assert (half_width / wide["standard_error"]).to_list() == pytest.approx([3.090232306167813] * 20)


def test_certain_death_before_the_open_band_leaves_nobody():
    # 45 of 100 die each year at 80 to 84: more than the table can hold, so nobody reaches 85.
    frame = district(deaths=pl.when(pl.col("age_start") == 80).then(0.45 * pl.col("population")).otherwise("deaths"))
    answer = life_expectancy(frame, by=[])
    assert answer["life_expectancy"].to_list()[17:] == [2.5, 0.0, 0.0]
    assert answer["life_expectancy_lower"].to_list()[18:] == [None, None]
    assert answer["note_code"].to_list() == [None] * 18 + ["no_survivors"] * 2


@pytest.mark.parametrize(
    ("first", "second", "last"),
    [("<1", "1-4", "90+"), ("Under 1 year", "1 to 4", "90 and over"), (" < 1", "01-04", "Aged 90+"), ("0", "1", "90")],
)
def test_text_ages_are_read_by_their_first_digits(first: str, second: str, last: str):
    labels = [first, second, *(f"{age:02}-{age + 4:02}" for age in range(5, 90, 5)), last]
    expected = life_expectancy(district(), by=["area"])
    for text in (pl.Series(labels), pl.Series(labels, dtype=pl.Categorical), pl.Series(labels, dtype=pl.Enum(labels))):
        assert life_expectancy(district(age_start=text).reverse(), by=["area"]).equals(expected)


@pytest.mark.parametrize(
    ("starts", "labels"),
    [
        ([0, *range(5, 95, 5)], ["0-4", *(f"{age}-{age + 4}" for age in range(5, 90, 5)), "90+"]),
        ([0, 1, *range(5, 85, 5)], ["Aged under 1 year", "Aged 1 to 4", *range(5, 80, 5), "Aged 80 and over"]),
        ([*range(101)], ["Under 1", *range(1, 100), "100+"]),
        ([0, 15, 45, 65], ["Under 15", "15-44", "45-64", "65+"]),
    ],
    ids=["0-4 as one", "80+", "single years", "broad"],
)
def test_any_bands_that_ascend_from_0_make_a_table(starts: list[int], labels: list[object]):
    width = [after - before for before, after in pairwise(starts)]
    rate = [min(0.3, 0.00008 * 1.09**start) for start in starts]
    people = [10_000.0] * len(starts)
    deaths = [people_here * here for people_here, here in zip(people, rate, strict=True)]
    alive, years = 1.0, 0.0
    for place, years_here in enumerate(width):
        part = 0.1 if place == 0 else 0.5
        dying = years_here * rate[place] / (1 + years_here * (1 - part) * rate[place])
        years += years_here * alive * (1 - (1 - part) * dying)
        alive *= 1 - dying
    years += alive / rate[-1]
    frame = pl.DataFrame({"age_start": [str(label) for label in labels], "deaths": deaths, "population": people})
    answer = life_expectancy(frame.reverse(), by=[])
    assert answer["age_start"].to_list() == starts
    assert answer["life_expectancy"][0] == pytest.approx(years, rel=1e-12)


def test_a_missing_band_is_seen_by_its_words_and_suspected_by_its_numbers():
    words = pl.Series(["<1", "1-4", *(f"{age}-{age + 4}" for age in range(5, 90, 5)), "90+"])
    without = district().with_columns(words=words).filter(pl.col("age_start") != 40)
    told = life_expectancy(without.with_columns(age_start="words"), by=[])
    assert told["note_code"].unique().to_list() == ["wrong_age_bands"]
    suspected = life_expectancy(without, by=[])
    assert suspected["note_code"].unique().to_list() == ["age_band_may_be_missing"]
    assert suspected["life_expectancy"].null_count() == 0
    total = pl.concat([district()[:1].with_columns(words=pl.lit("0-90")), district().with_columns(words=words)])
    assert life_expectancy(total.with_columns(age_start="words"), by=[])["note_code"][0] == "wrong_age_bands"


def test_whole_ages_of_any_numeric_type():
    expected = life_expectancy(district(), by=["area"])
    for dtype in (pl.UInt8, pl.Float32, pl.Float64, pl.Int16):
        assert life_expectancy(district().cast({"age_start": dtype}).lazy(), by=["area"]).equals(expected)


BAD = {
    "does not begin at 0": ("wrong_age_bands", district("b")[1:]),
    "a band without age": ("wrong_age_bands", changed(2, age_start=None)),
    "half an age": ("wrong_age_bands", changed(1, age_start=1.5).cast({"age_start": pl.Float64})),
    "a band twice": ("wrong_age_bands", changed(19, age_start=85)),
    "one row": ("wrong_age_bands", district("b")[:1]),
    "no deaths known": ("missing_value", changed(3, deaths=None)),
    "deaths nan": ("missing_value", changed(3, deaths=math.nan)),
    "people infinite": ("missing_value", changed(3, population=math.inf)),
    "negative deaths": ("negative_deaths", changed(3, deaths=-1.0)),
    "no people": ("bad_population", changed(3, deaths=0.0, population=0.0)),
    "fewer than no people": ("bad_population", changed(3, population=-5.0)),
    "more deaths than people": ("deaths_exceed_population", changed(3, deaths=5317.0)),
    "5000 people": ("population_too_small", district("b", deaths=pl.lit(1.0), population=pl.lit(250.0))),
    "nobody dies at 90": ("no_deaths_in_open_band", changed(19, deaths=0.0)),
    "hardly anybody dies at 90": ("not_computable", changed(19, deaths=1e-320)),
}


@pytest.mark.parametrize(("note", "bad"), BAD.values(), ids=BAD)
def test_a_bad_table_gets_nulls_and_a_note_and_leaves_its_neighbours_alone(note: str, bad: pl.DataFrame):
    good = pl.concat([district("a"), ends_with_85(district()).with_columns(area=pl.lit("c"))], how="diagonal")
    together = pl.concat([bad, good], how="diagonal_relaxed").sample(fraction=1, shuffle=True, seed=1)
    answer = life_expectancy(together, by=["area"])
    assert answer.filter(pl.col("area") != "b").equals(life_expectancy(good, by=["area"]))
    rows = answer.filter(area="b")
    assert rows.height == bad.height
    assert rows["note_code"].to_list() == [note] * bad.height
    assert (
        set(rows.select(NUMBERS).to_numpy().ravel().tolist()) <= {None}
        or rows.select(pl.all_horizontal(pl.col(NUMBERS).is_null().all())).item()
    )


def test_5001_people_are_enough():
    frame = district(deaths=pl.lit(50.0), population=pl.when(pl.col("age_start") == 0).then(251.0).otherwise(250.0))
    assert life_expectancy(frame, by=[])["note_code"].null_count() == 20


def test_nothing_but_a_wrong_table_is_answered_too():
    answer = life_expectancy(district()[1:8], by=["area"])
    assert answer.schema == life_expectancy(district(), by=["area"]).schema
    assert answer["age_start"].to_list() == AGES[1:8]
    assert answer["note_code"].to_list() == ["wrong_age_bands"] * 7


def test_an_estimate_whose_limits_lie_ten_years_off_is_not_shown_and_its_limits_are():
    # One death among 40 at 90 and over: 40 years to come there, and as many of standard error.
    answer = life_expectancy(changed(19, deaths=1.0, population=40.0), by=[])
    hidden = answer.filter(note_code="interval_too_wide")
    assert hidden["age_start"].to_list()[-1] == 90
    assert (1.96 * hidden["standard_error"] > 10).all()
    assert hidden["life_expectancy"].null_count() == hidden.height
    assert hidden["life_expectancy_lower"].null_count() == hidden["life_expectancy_upper"].null_count() == 0
    shown = answer.filter(pl.col("note_code").is_null())
    assert shown["age_start"][0] == 0
    assert (1.96 * shown["standard_error"] <= 10).all()
    assert shown["life_expectancy"].null_count() == 0


def test_an_age_that_is_not_whole_is_no_age():
    answer = life_expectancy(district().with_columns(age_start=pl.col("age_start") + 0.5), by=[])
    assert answer["age_start"].null_count() == 20


def test_no_rows_in_is_no_rows_out_with_the_same_columns():
    for by in (["area"], []):
        full, empty = life_expectancy(district(), by=by), life_expectancy(district().clear(), by=by)
        assert empty.height == 0
        assert empty.schema == full.schema


def test_keys_of_any_kind_order_the_answer():
    frame = pl.concat([district("b"), district("a"), district().with_columns(area=pl.lit(None, dtype=pl.String))])
    frame = pl.concat([frame.with_columns(sex=pl.lit(sex)) for sex in (2, 1)])
    answer = life_expectancy(frame, by=["sex", "area"])
    assert answer["sex"].to_list() == [1] * 60 + [2] * 60
    assert answer["area"].to_list()[:60] == [None] * 20 + ["a"] * 20 + ["b"] * 20
    assert life_expectancy(frame.rename({"area": "group"}), by=["sex", "group"])["group"].equals(
        answer["area"], check_names=False
    )


BAD_CALLS = {
    "no ages": (lambda f: f.drop("age_start"), {}, "no column"),
    "no deaths": (lambda f: f.drop("deaths"), {}, "no column"),
    "people as text": (lambda f: f.cast({"population": pl.String}), {}, "must hold numbers"),
    "ages without digits": (lambda f: f.with_columns(age_start=pl.lit("old")), {}, "has a digit"),
    "ages as truth": (lambda f: f.with_columns(age_start=pl.lit(value=True)), {}, "whole numbers or text"),
    "by an input": (lambda f: f, {"by": ["age_start"]}, "cannot group by"),
    "by an output": (lambda f: f.rename({"area": "standard_error"}), {"by": ["standard_error"]}, "cannot group by"),
    "confidence in percent": (lambda f: f, {"confidence": 95}, "between 0.5 and 1"),
    "not a frame": (lambda f: f.to_dict(as_series=False), {}, "Polars"),
}


@pytest.mark.parametrize(("spoil", "arguments", "says"), BAD_CALLS.values(), ids=BAD_CALLS)
def test_a_bad_call_is_refused_in_a_sentence(spoil, arguments: dict[str, object], says: str):
    with pytest.raises(ValueError, match=says) as refusal:
        life_expectancy(spoil(district()), **{"by": ["area"], **arguments})
    assert str(refusal.value).endswith(".")
    assert "\n" not in str(refusal.value)


@law
@given(populations(), st.floats(0.1, 1000))
def test_deaths_and_people_scaled_together_change_the_limits_only(frame: pl.DataFrame, factor: float):
    scaled = frame.with_columns(pl.col("deaths", "population") * factor)
    one, other = life_expectancy(frame, by=[]), life_expectancy(scaled, by=[])
    if one["note_code"].null_count() == other["note_code"].null_count() == 20:
        assert other["life_expectancy"].to_list() == pytest.approx(one["life_expectancy"].to_list(), rel=1e-12)
        assert (other["standard_error"] * math.sqrt(factor)).to_list() == pytest.approx(one["standard_error"].to_list())


@law
@given(populations(), st.integers(0, 19), st.floats(1, 50))
def test_more_deaths_at_any_age_shorten_life_at_that_age_and_before(frame: pl.DataFrame, band: int, more: float):
    worse = frame.with_columns(
        deaths=pl.when(pl.int_range(20) == band).then(pl.col("deaths") + more).otherwise("deaths")
    )
    if worse.filter(pl.col("deaths") > pl.col("population")).height:
        return
    # Limits, as an estimate may be hidden for the width of its own.
    one, other = (
        (table["life_expectancy_lower"] + table["life_expectancy_upper"]) / 2
        for table in (life_expectancy(frame, by=[]), life_expectancy(worse, by=[]))
    )
    assert (other[: band + 1] < one[: band + 1]).all()
    assert other[band + 1 :].to_list() == pytest.approx(one[band + 1 :].to_list(), rel=1e-9)


@law
@given(populations(), st.floats(0.05, 0.4))
def test_85_and_over_in_one_band_or_two_is_the_same_when_death_is_as_frequent_in_both(frame: pl.DataFrame, rate: float):
    oldest = pl.col("age_start") >= 85
    even = frame.with_columns(deaths=pl.when(oldest).then(rate * pl.col("population")).otherwise("deaths"))
    twenty, nineteen = life_expectancy(even, by=[]), life_expectancy(ends_with_85(even), by=[])
    assert nineteen.height == 19
    middle = [(table["life_expectancy_lower"] + table["life_expectancy_upper"]) / 2 for table in (twenty, nineteen)]
    assert middle[1].to_list() == pytest.approx(middle[0][:19].to_list(), rel=1e-12)


def test_85_and_over_in_one_band_or_two_is_close_in_a_real_table():
    assert at_birth(ends_with_85(district())) == pytest.approx(at_birth(district()), abs=0.1)


@law
@given(st.lists(populations(), min_size=1, max_size=3), st.randoms(use_true_random=False))
def test_row_order_and_neighbours_do_not_move_a_digit(tables: list[pl.DataFrame], random):
    named = [table.with_columns(area=pl.lit(place)) for place, table in enumerate(tables)]
    frame = pl.concat([*named, ends_with_85(tables[0]).with_columns(area=pl.lit(99))])
    order = list(range(frame.height))
    random.shuffle(order)
    answer = life_expectancy(frame[order], by=["area"])
    assert answer.equals(life_expectancy(frame, by=["area"]))
    for table in named:
        alone = life_expectancy(table, by=["area"])
        assert answer.filter(area=table["area"][0]).equals(alone)


def test_many_groups_are_computed_in_parts_without_a_seam():
    one = life_expectancy(district(), by=[])
    sizes = pl.DataFrame({"group": range(9001)})
    frame = sizes.join(district().drop("area"), how="cross").filter(
        (pl.col("group") % 4000 != 17) | (pl.col("age_start") < 90)
    )
    answer = life_expectancy(frame, by=["group"])
    twenty = answer.filter(pl.col("group") % 4000 != 17)
    assert twenty.drop("group").equals(pl.concat([one] * 8998))
    nineteen = answer.filter(pl.col("group") % 4000 == 17)
    assert nineteen.height == 3 * 19
    assert nineteen["life_expectancy"].null_count() == 0


cells = st.one_of(st.none(), st.floats(), st.floats(0, 1e6))


@law
@given(
    st.lists(st.tuples(st.integers(0, 19), cells, st.sampled_from(["deaths", "population", "age_start"])), max_size=4)
)
def test_nothing_in_the_cells_ever_raises_or_lets_a_non_number_out(spoilt: list[tuple[int, float | None, str]]):
    frame = district().cast({"age_start": pl.Float64})
    for band, cell, column in spoilt:
        here = pl.int_range(pl.len()) == band
        frame = frame.with_columns(
            pl.when(here).then(pl.lit(cell, dtype=pl.Float64)).otherwise(pl.col(column)).alias(column)
        )
    answer = life_expectancy(frame, by=["area"])
    assert answer.height == 20
    for column in answer.select(pl.col(pl.Float64)):
        assert column.is_finite().all()
    lower, upper = answer["life_expectancy_lower"], answer["life_expectancy_upper"]
    assert (lower.is_null() == upper.is_null()).all()
    assert (lower <= upper).all()
    assert (answer["life_expectancy"].is_not_null() | answer["note_code"].is_not_null()).all()
