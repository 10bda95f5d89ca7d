"""Which periods of a series may be compared: those that share no day."""

import datetime as dt
import doctest
import itertools

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.measures import non_overlapping
from pipelines.measures.change import periods
from tests.unit.measures import law

PAIR = ("from_start", "from_end", "to_start", "to_end", "consecutive", "first_to_last")


def pairs(spans: list[tuple[int, int]], **columns: object) -> list[tuple]:
    frame = pl.DataFrame({"period_start": [a for a, _ in spans], "period_end": [b for _, b in spans], **columns})
    return non_overlapping(frame, by=[]).select(PAIR).rows()


def test_the_example_holds():
    assert doctest.testmod(periods).failed == 0
    assert doctest.testmod(periods).attempted > 0


def test_rolling_three_year_periods_give_every_third_from_the_latest():
    # As published: 2001-03, 2002-04, .. 2020-22; the latest is always in.
    rolling = [(year, year + 2) for year in range(2001, 2021)]
    found = pairs(rolling)
    assert [pair[2] for pair in found if pair[4]] == [2005, 2008, 2011, 2014, 2017, 2020]
    assert [pair[0] for pair in found if pair[4]] == [2002, 2005, 2008, 2011, 2014, 2017]
    assert [pair for pair in found if pair[5]] == [(2002, 2004, 2020, 2022, False, True)]


def test_years_give_every_year_and_two_give_one_pair():
    assert pairs([(2019, 2019), (2021, 2021)]) == [(2019, 2019, 2021, 2021, True, True)]
    assert len(pairs([(year, year) for year in (2015, 2016, 2018)])) == 3


def test_a_day_in_common_is_an_overlap():
    day = dt.date
    touching = pl.DataFrame(
        {
            "period_start": [day(2015, 1, 1), day(2018, 1, 1), day(2018, 1, 2)],
            "period_end": [day(2018, 1, 1), day(2020, 12, 31), day(2021, 12, 31)],
        }
    )
    answer = non_overlapping(touching, by=[])
    assert answer["from_start"].to_list() == [day(2015, 1, 1)]
    assert answer["to_start"].to_list() == [day(2018, 1, 2)]
    assert answer.schema["to_end"] == pl.Date


def test_of_two_periods_that_end_together_the_shorter_is_taken():
    assert pairs([(2015, 2017), (2018, 2020), (2020, 2020), (2017, 2017)])[0][:4] == (2017, 2017, 2020, 2020)


def test_series_that_have_no_pair_say_why():
    frame = pl.DataFrame(
        {
            "area": list("abbccdde"),
            "period_start": [2020, 2019, 2020, 2019, 2019, 2018, None, 2020],
            "period_end": [2020, 2021, 2022, 2020, 2020, 2018, 2019, 2019],
        }
    )
    answer = non_overlapping(frame, by=["area"])
    notes = ["one_period", "one_period", "duplicate_period", "bad_period", "bad_period"]
    assert answer.select("area", "note_code").rows() == list(zip("abcde", notes, strict=True))
    assert answer.select(pl.exclude("area", "note_code").is_null().all()).row(0) == (True,) * 6


def test_neighbours_do_not_matter_and_nothing_gives_nothing():
    bad = pl.DataFrame({"area": "b", "period_start": [5.0, float("nan")], "period_end": [4.0, 1.0]})
    good = pl.DataFrame({"area": "a", "period_start": [1.0, 3.0], "period_end": [2.0, 4.0]})
    both = non_overlapping(pl.concat([bad, good]), by=["area"])
    assert both.head(1).equals(non_overlapping(good, by=["area"]))
    assert both["note_code"].to_list() == [None, "bad_period"]
    empty = non_overlapping(good.clear(), by=["area"])
    assert (empty.height, empty.schema) == (0, both.schema)


@pytest.mark.parametrize(
    ("columns", "says"),
    [
        ({"period_start": ["9", "10"], "period_end": ["9", "10"]}, "begin with the year"),
        ({"period_start": ["01/04/2019"], "period_end": ["31/03/2020"]}, "begin with the year"),
        ({"period_start": ["2019", "2018-20"], "period_end": ["2020", "2021-22"]}, "one length"),
        ({"period_start": [2019], "period_end": ["2019"]}, "the same type"),
        ({"period_start": [True], "period_end": [True]}, "dates, numbers or text"),
        ({"period_start": [2019]}, "no column"),
    ],
)
def test_periods_without_an_order_are_refused_in_a_sentence(columns: dict[str, list], says: str):
    with pytest.raises(ValueError, match=says) as refusal:
        non_overlapping(pl.DataFrame(columns), by=[])
    assert str(refusal.value).endswith(".")


def test_text_that_begins_with_the_year_is_read_in_its_order():
    answer = non_overlapping(
        pl.DataFrame({"period_start": ["2020-04-01", "2019-04-01"], "period_end": ["2021-03-31", "2020-03-31"]}), by=[]
    )
    assert answer.select(PAIR[:4]).rows() == [("2019-04-01", "2020-03-31", "2020-04-01", "2021-03-31")]


spans = st.lists(
    st.tuples(st.integers(0, 40), st.integers(0, 5)).map(lambda span: (span[0], sum(span))),
    min_size=1,
    max_size=15,
    unique=True,
)


def by_hand(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The chosen periods, newest first, one at a time."""
    chosen = [max(spans, key=lambda span: (span[1], span[0]))]
    while earlier := [span for span in spans if span[1] < chosen[-1][0]]:
        chosen.append(max(earlier, key=lambda span: (span[1], span[0])))
    return chosen


@law
@given(st.lists(spans, min_size=1, max_size=4), st.randoms(use_true_random=False))
def test_the_walk_back_is_the_one_by_hand_in_every_series_and_row_order(series: list[list[tuple[int, int]]], random):
    rows = [(area, *span) for area, spans in enumerate(series) for span in spans]
    random.shuffle(rows)
    frame = pl.DataFrame(rows, schema=["area", "period_start", "period_end"], orient="row")
    answer = non_overlapping(frame, by=["area"])
    for area, spans in enumerate(series):
        chosen = by_hand(spans)[::-1]
        found = answer.filter(area=area)
        if len(chosen) == 1:
            assert found["note_code"].to_list() == ["one_period"]
            continue
        consecutive = found.filter("consecutive").select("from_start", "from_end", "to_start", "to_end").rows()
        assert consecutive == [(*one, *next_) for one, next_ in itertools.pairwise(chosen)]
        ends = found.filter("first_to_last").select("from_start", "from_end", "to_start", "to_end").rows()
        assert ends == [(*chosen[0], *chosen[-1])]
        assert (found["from_end"] < found["to_start"]).all()
        assert found.height == len(chosen) - 1 + (len(chosen) > 2)
