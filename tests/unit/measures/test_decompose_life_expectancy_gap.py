"""A gap in life expectancy split by age and cause: the numbers, the laws, and what bad tables bring."""

import math

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.measures import decompose_life_expectancy_gap, life_expectancy
from tests.unit.measures import law
from tests.unit.measures.bands import AGES, district, populations

OPEN = pl.col("age_start") == 90
METHODS = ["arriaga", "andreev"]
every_method = pytest.mark.parametrize("method", METHODS)


def compared(base: pl.DataFrame, comparator: pl.DataFrame) -> pl.DataFrame:
    """Two tables side by side, all causes together."""
    return base.select(
        "age_start",
        deaths_base="deaths",
        deaths_comparator=comparator["deaths"],
        population_base="population",
        population_comparator=comparator["population"],
    )


def by_cause(frame: pl.DataFrame, **shares: tuple[float, float]) -> pl.DataFrame:
    """The deaths shared among causes: (share of the base's, share of the comparator's) of every band."""
    parts = pl.DataFrame(
        {"cause": shares.keys(), "one": [a for a, _ in shares.values()], "two": [b for _, b in shares.values()]}
    )
    return (
        frame.join(parts, how="cross")
        .with_columns(deaths_base=pl.col("deaths_base") * pl.col("one"))
        .with_columns(deaths_comparator=pl.col("deaths_comparator") * pl.col("two"))
        .drop("one", "two")
    )


def healthier(name: str = "a", factor: float = 0.5) -> pl.DataFrame:
    return district(name, deaths=pl.col("deaths") * factor)


def gap_of(base: pl.DataFrame, comparator: pl.DataFrame) -> float:
    one, other = (life_expectancy(table, by=[]) for table in (base, comparator))
    ends = ["life_expectancy_lower", "life_expectancy_upper"]
    return (sum(other.select(ends).row(0)) - sum(one.select(ends).row(0))) / 2


@every_method
def test_a_difference_in_the_oldest_band_only(method: str):
    base, comparator = (
        district(deaths=pl.Series([0.0] * 19 + [dead]), population=pl.lit(1000.0)) for dead in (250.0, 200.0)
    )
    answer = decompose_life_expectancy_gap(compared(base, comparator), by=[], method=method)
    assert answer["years"].to_list() == pytest.approx([0.0] * 19 + [1.0])  # 5 years to come instead of 4
    assert answer["gap"].to_list() == pytest.approx([1.0] * 20)
    assert answer["cause"].unique().to_list() == ["all causes"]
    assert answer["age_start"].to_list() == AGES
    assert answer["note_code"].null_count() == 20


def test_a_difference_in_the_first_year_written_out():
    # 100 of 1,000 person-years at age 0, against none; all others live to 90 and have 4 years to come.
    base, comparator = (
        district(deaths=pl.Series([dead, *[0.0] * 18, 250.0]), population=pl.lit(1000.0)) for dead in (100.0, 0.0)
    )
    dying = 0.1 / 1.09
    answer = decompose_life_expectancy_gap(compared(base, comparator), by=[])
    # Those who die lose 0.9 of the first year and the 93 that follow.
    assert answer["years"][0] == pytest.approx(dying * (0.9 + 93))
    assert answer["years"][1:].to_list() == [0.0] * 19


RATES = """
0.0053067383218613449 0.0027006814268513944
0.00023457045044874609 0.00012133832204281041
0.00012411834554578691 7.4247070157870259e-05
0.00015956487678844215 7.0081971129574402e-05
0.00041410668170612256 0.00020899125841497286
0.00062115648328079872 0.00034019219161974856
0.00089581951165122698 0.00046952655936726551
0.0012125426123595581 0.00059143262627781544
0.001801161967848046 0.0010138023048619537
0.0024202443454488091 0.0012644268770344539
0.0039691864863090056 0.001922579366422124
0.0056404013106518399 0.0030229227486182667
0.008381681836425979 0.0043952115993312491
0.012060954834138876 0.0066941203909900238
0.023268711699305784 0.01251968075154467
0.036152401023735611 0.016322256523351099
0.060840869503435216 0.033205111359602191
0.11508624946555274 0.056370977581072963
0.19802064216001647 0.10360878251378644
0.33808523488551784 0.17318393521477823
"""
"""Golden arriaga/a01 (LEdecomp): death rates of males, the most and the least deprived, band by band."""


def test_golden_figures():
    base, comparator = (
        district(deaths=pl.Series([float(rate) for rate in side]), population=pl.lit(1.0))
        for side in zip(*(line.split() for line in RATES.split("\n") if line), strict=True)
    )
    first = pl.col("age_start") == 0
    # Of the open band nothing but its rate is used.
    frame = compared(base, comparator).with_columns(
        years_lived_base=pl.when(first).then(0.13870066901564179).when(OPEN).then(4.0),
        years_lived_comparator=pl.when(first).then(0.14390092524678938),
    )
    answer = decompose_life_expectancy_gap(frame, by=[])
    expected = {
        0: 0.21298651897438908,
        1: 0.035776396431198239,
        20: 0.083533912263984253,
        45: 0.35015343579028807,
        70: 0.99363994702869674,
        85: 0.51621438984098256,
        90: 0.23663430547501629,
    }
    years = dict(answer.select("age_start", "years").iter_rows())
    assert {age: years[age] for age in expected} == pytest.approx(expected, rel=1e-11)
    assert answer["gap"][0] == pytest.approx(7.1083551904897035, rel=1e-12)
    # One person-year a band: a table that would not be shown, and says so.
    assert set(answer["note_code"]) == {"population_too_small"}


def test_causes_share_a_band_by_their_difference_and_may_take_from_the_gap():
    # Cancer 60 -> 20, injury 40 -> 50 in every band of 100 -> 70: 4/3 and -1/3 of the band's years.
    frame = compared(district(), healthier(factor=0.7))
    whole = decompose_life_expectancy_gap(frame, by=[])
    split = decompose_life_expectancy_gap(by_cause(frame, injury=(0.4, 5 / 7), cancer=(0.6, 2 / 7)), by=[])
    assert split["cause"].to_list() == ["cancer", "injury"] * 20
    assert split["age_start"].to_list() == [age for age in AGES for _ in range(2)]
    assert split.filter(cause="cancer")["years"].to_list() == pytest.approx((whole["years"] * 4 / 3).to_list())
    assert split.filter(cause="injury")["years"].to_list() == pytest.approx((whole["years"] / -3).to_list())
    assert split["gap"].unique().to_list() == whole["gap"].unique().to_list()


def test_causes_that_offset_each_other_are_both_shown():
    even = by_cause(compared(district(), district()), one=(0.5, 0.4), two=(0.5, 0.6))
    nearly = by_cause(compared(district(), healthier(factor=1 - 1e-7)), one=(0.5, 0.4), two=(0.5, 0.6))
    exact, near = (decompose_life_expectancy_gap(frame, by=[]) for frame in (even, nearly))
    assert exact["gap"][0] == 0
    assert exact["years"].sum() == pytest.approx(0, abs=1e-12)
    assert exact.filter(cause="one")["years"].min() > 0
    assert exact["years"].to_list() == pytest.approx(near["years"].to_list(), rel=1e-5, abs=1e-9)


def test_where_rates_are_equal_and_years_lived_are_not_causes_share_alike():
    frame = by_cause(compared(district(), district()), one=(0.9, 0.9), two=(0.1, 0.1)).with_columns(
        years_lived_base=pl.when(pl.col("age_start") == 0).then(0.1),
        years_lived_comparator=pl.when(pl.col("age_start") == 0).then(0.3),
    )
    answer = decompose_life_expectancy_gap(frame, by=[])
    assert answer["years"][0] == answer["years"][1] != 0
    assert answer["years"].sum() == pytest.approx(answer["gap"][0], rel=1e-9)


def test_a_cause_may_be_absent_from_a_band():
    frame = by_cause(compared(district(), healthier()), one=(0.5, 0.5), birth=(0.5, 0.5))
    absent = (pl.col("cause") == "birth") & (pl.col("age_start") > 0)
    zero = frame.with_columns(
        pl.when(absent).then(0.0).otherwise(pl.col(name)).alias(name) for name in ("deaths_base", "deaths_comparator")
    )
    full, short = (decompose_life_expectancy_gap(rows, by=[]) for rows in (zero, zero.filter(~absent)))
    assert short.height == 21
    assert short.equals(full.filter(~absent))


def test_certain_death_before_the_open_band_still_sums_to_the_gap():
    lethal = district(deaths=pl.when(pl.col("age_start") == 80).then(0.45 * pl.col("population")).otherwise("deaths"))
    for base, comparator in ((lethal, district()), (district(), lethal), (lethal, healthier())):
        for method in METHODS:
            answer = decompose_life_expectancy_gap(
                by_cause(compared(base, comparator), x=(0.3, 0.6), y=(0.7, 0.4)), by=[], method=method
            )
            assert answer["years"].sum() == pytest.approx(gap_of(base, comparator), rel=1e-9)


def spoilt(band: int = 3, **cells: object) -> pl.DataFrame:
    """Area "b" by cause with cells of one band's first cause changed."""
    frame = by_cause(compared(district(), healthier()), one=(0.5, 0.5), two=(0.5, 0.5)).with_columns(
        area=pl.lit("b"), years_lived_base=pl.lit(None, dtype=pl.Float64)
    )
    here = (pl.col("age_start") == AGES[band]) & (pl.col("cause") == "one")
    return frame.with_columns(
        pl.when(here).then(pl.lit(cell)).otherwise(pl.col(name)).alias(name) for name, cell in cells.items()
    )


def no_first_band(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.filter(pl.col("age_start") != 0)


BAD = {
    "a band too few": ("wrong_age_bands", no_first_band(spoilt())),
    "a band without age": ("wrong_age_bands", spoilt(age_start=None)),
    "a cause twice": ("duplicate_cause", spoilt(cause="two")),
    "people differ": ("causes_disagree", spoilt(population_comparator=1.0)),
    "people half missing": ("causes_disagree", spoilt(population_base=None)),
    "years lived differ": ("causes_disagree", spoilt(years_lived_base=1.0)),
    "a negative count": ("negative_deaths", spoilt(deaths_base=-0.25)),
    "no deaths known": ("missing_value", spoilt(deaths_comparator=None)),
    "deaths infinite": ("missing_value", spoilt(deaths_base=math.inf)),
    "no people": ("bad_population", spoilt().with_columns(population_base=0.0)),
    "more deaths than people": ("deaths_exceed_population", spoilt(deaths_base=1e6)),
    "nobody dies at 90": (
        "no_deaths_in_open_band",
        spoilt().with_columns(deaths_base=pl.when(OPEN).then(0.0).otherwise("deaths_base")),
    ),
    "years lived beyond the band": ("bad_years_lived", spoilt().with_columns(years_lived_base=4.5)),
    "years lived below 0": ("bad_years_lived", spoilt().with_columns(years_lived_base=-0.1)),
    "hardly anybody dies at 90": (
        "not_computable",
        spoilt().with_columns(deaths_base=pl.when(OPEN).then(1e-320).otherwise("deaths_base")),
    ),
}


@pytest.mark.parametrize(("note", "bad"), BAD.values(), ids=BAD)
def test_a_bad_table_gets_nulls_and_a_note_and_leaves_its_neighbours_alone(note: str, bad: pl.DataFrame):
    good = pl.concat([spoilt().with_columns(area=pl.lit(area)) for area in "ac"])
    together = pl.concat([bad, good]).sample(fraction=1, shuffle=True, seed=1)
    answer = decompose_life_expectancy_gap(together, by=["area"])
    assert answer.filter(pl.col("area") != "b").equals(decompose_life_expectancy_gap(good, by=["area"]))
    assert answer.filter(pl.col("area") != "b")["years"].null_count() == 0
    rows = answer.filter(area="b")
    assert rows["note_code"].to_list() == [note] * bad.height
    assert rows["years"].null_count() == rows["gap"].null_count() == bad.height


def test_nothing_but_a_wrong_table_is_answered_too():
    answer = decompose_life_expectancy_gap(no_first_band(spoilt()), by=["area"])
    assert answer["note_code"].to_list() == ["wrong_age_bands"] * 38
    assert answer.schema == decompose_life_expectancy_gap(spoilt(), by=["area"]).schema


def test_no_rows_in_is_no_rows_out_with_the_same_columns():
    for frame in (spoilt(), spoilt().drop("cause"), spoilt().with_columns(cause=pl.lit(7))):
        for by in (["area"], []):
            full, empty = (decompose_life_expectancy_gap(rows, by=by) for rows in (frame, frame.clear()))
            assert empty.height == 0
            assert empty.schema == full.schema


def test_causes_keep_their_type_and_null_is_one_of_them():
    numbers = {"one": 10, "two": None}
    answer = decompose_life_expectancy_gap(
        spoilt().with_columns(pl.col("cause").replace_strict(numbers, return_dtype=pl.Int16)), by=["area"]
    )
    assert answer["cause"].to_list() == [None, 10] * 20
    assert answer["cause"].dtype == pl.Int16
    labelled = decompose_life_expectancy_gap(spoilt().cast({"cause": pl.Enum(["two", "one"])}).lazy(), by=["area"])
    assert labelled["cause"].to_list() == ["two", "one"] * 20


BAD_CALLS = {
    "no base": (lambda f: f.drop("deaths_base"), {}, "no column"),
    "no people": (lambda f: f.drop("population_comparator"), {}, "no column"),
    "people as text": (lambda f: f.cast({"population_base": pl.String}), {}, "must hold numbers"),
    "years lived as text": (lambda f: f.cast({"years_lived_base": pl.String}), {}, "must hold numbers"),
    "method": (lambda f: f, {"method": "pollard"}, "method must be 'arriaga' or 'andreev'"),
    "by cause": (lambda f: f, {"by": ["cause"]}, "cannot group by"),
}


@pytest.mark.parametrize(("spoil", "arguments", "says"), BAD_CALLS.values(), ids=BAD_CALLS)
def test_a_bad_call_is_refused_in_a_sentence(spoil, arguments: dict[str, object], says: str):
    with pytest.raises(ValueError, match=says) as refusal:
        decompose_life_expectancy_gap(spoil(spoilt()), **{"by": ["area"], **arguments})
    assert str(refusal.value).endswith(".")
    assert "\n" not in str(refusal.value)


shares = st.lists(st.floats(0, 1), min_size=2, max_size=2)


@every_method
@law
@given(populations(), populations(), shares)
def test_the_years_sum_to_the_gap(method: str, base: pl.DataFrame, comparator: pl.DataFrame, share: list[float]):
    gap = gap_of(base, comparator)
    frame = compared(base, comparator)
    causes = by_cause(frame, one=(share[0], share[1]), two=(1 - share[0], 1 - share[1]))
    whole, split = (decompose_life_expectancy_gap(rows, by=[], method=method) for rows in (frame, causes))
    assert math.isclose(whole["years"].sum(), gap, rel_tol=1e-10, abs_tol=1e-10)
    assert math.isclose(split["years"].sum(), gap, rel_tol=1e-10, abs_tol=1e-10)
    assert math.isclose(split["gap"][0], gap, rel_tol=1e-10, abs_tol=1e-10)
    by_band = split.group_by("age_start", maintain_order=True).agg(pl.col("years").sum())["years"]
    assert by_band.to_list() == pytest.approx(whole["years"].to_list(), rel=1e-9, abs=1e-12)


@law
@given(populations(19), populations(19))
def test_exchanging_the_two_turns_the_signs_of_andreevs_split(base: pl.DataFrame, comparator: pl.DataFrame):
    there, back = (
        decompose_life_expectancy_gap(compared(*pair), by=[], method="andreev")
        for pair in ((base, comparator), (comparator, base))
    )
    assert back["years"].to_list() == pytest.approx((-there["years"]).to_list(), rel=1e-10, abs=1e-13)


@law
@given(populations(), populations())
def test_andreevs_split_is_the_mean_of_arriagas_two(base: pl.DataFrame, comparator: pl.DataFrame):
    mean = decompose_life_expectancy_gap(compared(base, comparator), by=[], method="andreev")["years"]
    there, back = (
        decompose_life_expectancy_gap(compared(*pair), by=[])["years"]
        for pair in ((base, comparator), (comparator, base))
    )
    assert mean.to_list() == pytest.approx(((there - back) / 2).to_list(), rel=1e-10, abs=1e-13)


@law
@given(populations(), populations(), st.randoms(use_true_random=False))
def test_row_order_does_not_move_a_digit(base: pl.DataFrame, comparator: pl.DataFrame, random):
    frame = by_cause(compared(base, comparator), a=(0.2, 0.3), b=(0.5, 0.5), c=(0.3, 0.2))
    order = list(range(frame.height))
    random.shuffle(order)
    assert decompose_life_expectancy_gap(frame[order], by=[]).equals(decompose_life_expectancy_gap(frame, by=[]))


@law
@given(populations())
def test_no_difference_is_no_years(frame: pl.DataFrame):
    answer = decompose_life_expectancy_gap(by_cause(compared(frame, frame), a=(0.2, 0.2), b=(0.8, 0.8)), by=[])
    assert answer["years"].to_list() == [0.0] * 40
    assert answer["gap"].to_list() == [0.0] * 40
