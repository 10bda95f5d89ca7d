"""Limits of the concentration indices: the line's, times a factor that the shares alone decide."""

from __future__ import annotations

import polars as pl
import pytest

from pipelines.measures import concentration_limits, slope_index, summary_measures

THIRDS = pl.DataFrame(
    {"rank": [1, 2, 3], "population": [100, 100, 100], "value": [30.0, 20.0, 10.0], "standard_error": [0.5, 0.5, 0.5]}
)
"""Relative ranks lie a third apart, so k = 2 * (1/9 + 0 + 1/9) / 3 = 4 / 27."""

K = 4 / 27


def limits(frame: pl.DataFrame, *, by: list[str] | None = None, multiplier: float = -1.0) -> list[dict[str, object]]:
    lines = slope_index(frame, by=by or [], multiplier=multiplier)
    return concentration_limits(frame, by=by or [], lines=lines).to_dicts()


def test_the_limits_are_those_of_the_line_times_the_factor() -> None:
    line = slope_index(THIRDS, by=[], multiplier=-1.0).row(0, named=True)
    (found,) = limits(THIRDS)
    for end in ("lower", "upper"):
        ratio = line[f"relative_index_{end}"]
        assert found[f"absolute_concentration_index_{end}"] == pytest.approx(K * line[f"slope_index_{end}"])
        assert found[f"relative_concentration_index_{end}"] == pytest.approx(K * 2 * (ratio - 1) / (ratio + 1))


def test_the_factor_also_turns_the_line_into_the_index() -> None:
    """The slope of 30, 20, 10 over thirds is 30, and the index 30 * 4 / 27."""
    chosen = ["absolute_concentration_index", "relative_concentration_index"]
    answer = summary_measures(THIRDS, by=[], favourable=False, ordered=True, measures=chosen)
    assert dict(answer.select("measure", "value").rows()) == pytest.approx({chosen[0]: 30 * K, chosen[1]: 1.5 * K})


def test_each_group_has_its_own_shares_and_rows_may_come_in_any_order() -> None:
    uneven = THIRDS.with_columns(population=pl.Series([100, 300, 600]))
    both = pl.concat([THIRDS.with_columns(area=pl.lit("a")), uneven.with_columns(area=pl.lit("b"))])
    alone = [*limits(THIRDS), *limits(uneven)]
    assert [{**row, "area": None} for row in limits(both.reverse(), by=["area"])] == [
        {**row, "area": None} for row in alone
    ]


@pytest.mark.parametrize(
    ("note", "bad"),
    [
        ("missing_value", THIRDS.with_columns(value=pl.Series([30.0, None, 10.0]))),
        ("duplicate_rank", THIRDS.with_columns(rank=pl.Series([1, 1, 3]))),
        ("bad_population", THIRDS.with_columns(population=pl.Series([100, 0, 100]))),
    ],
)
def test_a_bad_group_gets_nulls_and_the_note(note: str, bad: pl.DataFrame) -> None:
    (row,) = limits(bad)
    assert (row.pop("note_code"), row.pop("interval_method")) == (note, "none")
    assert set(row.values()) == {None}


def test_without_errors_there_are_no_limits() -> None:
    (row,) = limits(THIRDS.drop("standard_error"))
    assert {cell for name, cell in row.items() if name.endswith("er")} == {None}


def test_lines_must_be_those_of_the_same_groups() -> None:
    with pytest.raises(ValueError, match="lines must be what slope_index answers"):
        concentration_limits(THIRDS, by=[], lines=THIRDS)
