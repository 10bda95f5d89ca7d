"""Whatever stands in the cells, no measure of many areas, of series or of regression raises, warns or says nothing."""

from __future__ import annotations

import math
from collections.abc import Callable

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.measures import (
    allow_for_comparisons,
    funnel_dispersion,
    funnel_limits,
    funnel_significance,
    process_limits,
    rank_intervals,
    shrink,
    slope_index_regression,
)
from tests.unit.measures import law

NAMES = ("one", "two", "three", "four")
cells = st.one_of(st.none(), st.sampled_from([math.nan, math.inf, -1.0, 0.0, 1e308, 1e-320]), st.floats(1, 50))
rows = st.lists(st.tuples(st.sampled_from(["a", "b", None]), *[cells] * len(NAMES)), max_size=14)
COUNTS = {"one": "count", "two": "population"}
ESTIMATES = {"one": "value", "two": "standard_error", "three": "value_lower", "four": "value_upper"}

CALLS: dict[str, tuple[dict[str, str], Callable[[pl.DataFrame], pl.DataFrame], str]] = {
    "comparisons": (ESTIMATES, lambda f: allow_for_comparisons(f, by=["area"], kind="ratio"), "p_adjusted"),
    "ranks": (ESTIMATES, lambda f: rank_intervals(f, by=["area"], favourable=True), "position"),
    "dispersion": (COUNTS, lambda f: funnel_dispersion(f, by=["area"], kind="rate"), "dispersion"),
    "limits": (
        COUNTS,
        lambda f: funnel_limits(f, by=["area"], kind="ratio", overdispersion="additive", at=[5]),
        "value_upper",
    ),
    "verdicts": (
        {"one": "count", "two": "value"},
        lambda f: funnel_significance(f, by=["area"], kind="standardised_rate", overdispersion="multiplicative"),
        "significance",
    ),
    "shrinkage": (COUNTS, lambda f: shrink(f.with_row_index("ward"), by=["area"], area="ward"), "value_shrunken"),
    "series": (
        {"one": "value"},
        lambda f: process_limits(f.with_row_index("period_start"), by=["area"]),
        "process_upper",
    ),
    **{
        model: (
            {"one": "numerator", "two": "denominator"},
            lambda f, model=model: slope_index_regression(
                f.with_row_index("rank").with_columns(age=pl.col("rank") // 5, rank=pl.col("rank") % 5),
                by=["area"],
                favourable=False,
                model=model,
            ),
            "relative_index",
        )
        for model in ("poisson", "modified_poisson", "log_binomial")
    },
}


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("name", CALLS)
@law
@given(rows)
def test_a_figure_or_a_reason(name: str, found: list[tuple[str | None, ...]]):
    columns, call, figure = CALLS[name]
    schema = {"area": pl.String(), **dict.fromkeys(NAMES, pl.Float64())}
    frame = pl.DataFrame(found, schema=schema, orient="row").select("area", *columns).rename(columns)
    answer = call(frame)
    for column in answer.select(pl.col(pl.Float64)):
        if column.name not in frame.columns:
            assert column.is_finite().all()
    assert answer.filter(pl.col(figure).is_null() & pl.col("note_code").is_null()).height == 0
