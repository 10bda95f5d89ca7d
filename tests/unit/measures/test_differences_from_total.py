"""Each category of a breakdown beside the total and the largest category."""

import math

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.measures import differences_from_total
from tests.unit.measures import law

Z = 1.959963984540054
TENURE = pl.DataFrame(
    {
        "category": ["own", "rent", "mortgage"],
        "population": [500, 200, 300],
        "value": [10.0, 30.0, 20.0],
        "standard_error": [1.0, 2.0, 1.5],
    }
)


def rows(frame: pl.DataFrame, **arguments: object) -> dict[str, dict[str, object]]:
    answer = differences_from_total(frame, **{"by": [], **arguments})
    return {row["category"]: row for row in answer.iter_rows(named=True)}


def test_the_mean_stands_for_the_total_and_contains_each_category():
    answer = rows(TENURE)
    assert list(answer) == ["mortgage", "own", "rent"]
    # The mean is 5 + 6 + 6 = 17.
    assert [answer[name]["difference_from_total"] for name in ("own", "rent", "mortgage")] == pytest.approx([-7, 13, 3])
    assert answer["rent"]["ratio_to_total"] == pytest.approx(30 / 17)
    # 0.8 of the renters' error, against half of the owners' and 0.3 of the mortgagees'.
    half = Z * math.sqrt((0.8 * 2) ** 2 + 0.5**2 + (0.3 * 1.5) ** 2)
    assert answer["rent"]["difference_from_total_lower"] == pytest.approx(13 - half)
    assert answer["rent"]["difference_from_total_upper"] == pytest.approx(13 + half)
    assert [answer[name]["clear_difference"] for name in ("own", "rent", "mortgage")] == [True, True, True]


def test_the_largest_category_is_the_one_of_most_people():
    answer = rows(TENURE)
    assert {row["largest_category"] for row in answer.values()} == {"own"}
    assert [answer[name]["difference_from_largest"] for name in ("own", "rent", "mortgage")] == [0, 20, 10]
    half = Z * math.sqrt(5)
    assert answer["rent"]["difference_from_largest_lower"] == pytest.approx(20 - half)
    assert answer["own"]["difference_from_largest_lower"] == answer["own"]["difference_from_largest_upper"] == 0


def test_a_published_total_without_limits_is_known():
    answer = rows(TENURE.with_columns(total=28.0))
    assert answer["rent"]["difference_from_total"] == 2
    assert answer["rent"]["difference_from_total_upper"] == pytest.approx(2 + 2 * Z)
    assert answer["rent"]["clear_difference"] is False


def test_a_total_with_limits_too_narrow_for_its_own_part_leaves_no_false_certainty():
    """Half the people with an error of 1: the total cannot have 0.1; 0.5 of 1 is the least for their difference."""
    narrow = TENURE.with_columns(total=17.0, total_lower=17 - 0.1 * 1.959964, total_upper=17 + 0.1 * 1.959964)
    own = rows(narrow)["own"]
    assert own["difference_from_total_upper"] - own["difference_from_total"] == pytest.approx(Z * 0.5)


def test_a_published_total_with_limits_brings_its_error_and_the_overlap():
    limits = {"total_lower": 17 - 1.959964 * 3, "total_upper": 17 + 1.959964 * 3}
    answer = rows(TENURE.with_columns(total=17.0, **{name: pl.lit(limit) for name, limit in limits.items()}))
    half = Z * math.sqrt(2**2 * (1 - 2 * 0.2) + 3**2)
    assert answer["rent"]["difference_from_total_upper"] == pytest.approx(13 + half)


def test_without_populations_there_is_no_largest_and_a_total_is_needed():
    frame = TENURE.drop("population")
    published = rows(frame.with_columns(total=17.0))
    assert published["rent"]["difference_from_total"] == 13
    assert (published["rent"]["difference_from_largest"], published["rent"]["largest_category"]) == (None, None)
    assert published["rent"]["note_code"] is None
    nothing = rows(frame)
    assert (nothing["rent"]["value"], nothing["rent"]["difference_from_total"]) == (30, None)
    assert nothing["rent"]["note_code"] == "no_total"


def test_no_interval_is_no_verdict():
    for frame in (TENURE.drop("standard_error"), TENURE.with_columns(standard_error=pl.Series([1.0, None, 1.0]))):
        for row in rows(frame).values():
            assert row["clear_difference"] is None
            assert row["difference_from_total"] is not None
            assert (row["difference_from_total_lower"], row["difference_from_largest_upper"]) == (None, None)


def test_a_total_of_nothing_has_no_ratio():
    answer = rows(TENURE.with_columns(total=0.0))
    assert (answer["own"]["ratio_to_total"], answer["own"]["note_code"]) == (None, "ratio_undefined")


def test_confidence_moves_the_limits():
    wide, narrow = (rows(TENURE, confidence=level)["own"]["difference_from_total_upper"] for level in (0.998, 0.95))
    assert wide > narrow


def test_limits_cover_what_they_should():
    random = np.random.default_rng(3)
    areas, truth, people = 20_000, np.array([10.0, 30.0, 20.0]), np.array([500, 200, 300])
    error = np.array([1.0, 2.0, 1.5])
    frame = pl.DataFrame(
        {
            "area": np.repeat(np.arange(areas), 3),
            "category": ["own", "rent", "mortgage"] * areas,
            "population": np.tile(people, areas),
            "value": (truth + error * random.standard_normal((areas, 3))).ravel(),
            "standard_error": np.tile(error, areas),
        }
    )
    answer = differences_from_total(frame, by=["area"]).filter(pl.col("category") == "rent")
    covered = (answer["difference_from_total_lower"] < 13) & (answer["difference_from_total_upper"] > 13)
    assert 0.945 < covered.mean() < 0.955


some_values = st.lists(st.floats(1, 90), min_size=2, max_size=9)
some_people = st.lists(st.floats(10, 1000), min_size=9, max_size=9)


@law
@given(some_values, some_people, st.randoms(use_true_random=False))
def test_differences_weighted_by_people_sum_to_nothing_whatever_the_row_order(
    value: list[float], people: list[float], random
):
    names = [f"category {place}" for place in range(len(value))]
    frame = pl.DataFrame({"category": names, "population": people[: len(value)], "value": value, "standard_error": 1.0})
    order = list(range(len(value)))
    random.shuffle(order)
    answer = differences_from_total(frame, by=[])
    assert differences_from_total(frame[order], by=[]).equals(answer)
    assert answer["category"].to_list() == sorted(names)
    assert (answer["difference_from_total"] * frame["population"]).sum() == pytest.approx(0, abs=1e-8 * 9 * 90 * 1000)
    assert (answer["difference_from_total_lower"] <= answer["difference_from_total"]).all()


cells = st.one_of(st.none(), st.floats(), st.floats(-2, 120))


@law
@given(st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from(["x", "y", "z", None]), *[cells] * 7), max_size=10))
def test_nothing_in_the_cells_ever_raises_or_lets_a_non_number_out(table: list):
    numbers = ["population", "value", "value_lower", "value_upper", "total", "total_lower", "total_upper"]
    schema = {"area": pl.String, "category": pl.String, **dict.fromkeys(numbers, pl.Float64)}
    answer = differences_from_total(pl.DataFrame(table, schema=schema, orient="row", strict=False), by=["area"])
    assert answer["area"].unique().sort().to_list() == sorted({row[0] for row in table})
    for column in answer.select(pl.col(pl.Float64)):
        assert column.is_finite().all()
    assert (answer["difference_from_total_lower"].is_null() == answer["clear_difference"].is_null()).all()
    assert answer.filter(pl.col("difference_from_total").is_null())["note_code"].null_count() == 0


@pytest.mark.parametrize(
    ("note", "spoil"),
    {
        "too_few_groups": lambda f: f.head(1),
        "missing_category": lambda f: f.with_columns(category=pl.Series(["own", None, "rent"])),
        "duplicate_category": lambda f: f.with_columns(category=pl.Series(["own", "rent", " rent"])),
        "bad_population": lambda f: f.with_columns(population=0),
        "missing_value": lambda f: f.with_columns(value=math.nan),
        "negative_standard_error": lambda f: f.with_columns(standard_error=-1.0),
        "contradictory_total": lambda f: f.with_columns(total=pl.Series([1.0, 2.0, None])),
        "crossed_limits": lambda f: f.with_columns(total_lower=pl.lit(2.0), total_upper=pl.lit(1.0)),
    }.items(),
)
def test_a_bad_group_is_one_row_with_a_note_and_leaves_its_neighbours_alone(note: str, spoil):
    columns = {"total": pl.lit(17.0), "total_lower": pl.lit(16.0), "total_upper": pl.lit(18.0)}
    good = pl.concat(TENURE.with_columns(area=pl.lit(name), **columns) for name in "ac")
    bad = spoil(good.filter(pl.col("area") == "a").with_columns(area=pl.lit("b")))
    answer = differences_from_total(pl.concat([bad, good], how="vertical_relaxed"), by=["area"])
    assert answer.filter(pl.col("area") != "b").equals(differences_from_total(good, by=["area"]))
    refused = answer.filter(pl.col("area") == "b")
    assert refused["note_code"].to_list() == [note]
    assert refused.drop("area", "note_code").null_count().sum_horizontal().item() == 11


def test_categories_may_go_by_their_rank():
    ranked = TENURE.with_columns(rank=pl.Series([1, 2, 10])).drop("category")
    assert list(rows(ranked)) == ["1", "10", "2"]


def test_groups_of_different_sizes_keep_their_own_categories():
    frames = [TENURE.head(2).with_columns(area=pl.lit("a")), TENURE.with_columns(area=pl.lit("b"))]
    frames += [TENURE.tail(2).with_columns(area=pl.lit("c"))]
    together = differences_from_total(pl.concat(frames), by=["area"])
    assert together.equals(pl.concat(differences_from_total(frame, by=["area"]) for frame in frames))
    assert together["category"].to_list() == ["own", "rent", "mortgage", "own", "rent", "mortgage", "rent"]
    assert together["value"].to_list() == [10, 30, 20, 10, 30, 20, 30]


def test_no_rows_in_is_no_rows_out():
    empty = differences_from_total(TENURE.clear(), by=[])
    assert empty.height == 0
    assert empty.schema == differences_from_total(TENURE, by=[]).schema


@pytest.mark.parametrize(
    ("spoil", "arguments", "says"),
    [
        (lambda f: f.drop("category"), {}, "no column"),
        (lambda f: f.with_columns(total_lower=1.0), {}, "only one of"),
        (lambda f: f.with_columns(total=pl.lit("x")), {}, "must hold numbers"),
        (lambda f: f, {"confidence": 95}, "between 0.5 and 1"),
        (lambda f: f, {"by": ["category"]}, "cannot group by"),
        (lambda f: f.to_dict(), {}, "Polars"),
    ],
)
def test_a_bad_call_is_refused_in_a_sentence(spoil, arguments: dict[str, object], says: str):
    with pytest.raises(ValueError, match=says):
        differences_from_total(spoil(TENURE), **{"by": [], **arguments})
