"""Slope and relative index by regression on counts, with age as covariate: Poisson, modified Poisson, log-binomial.

What belongs here: reading counts by rank and age, and what the fitted model says of the two ends. What does not: the
fit (`log_regression.py`), or the straight line through rates (`slope_index.py`).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from pipelines.measures.lines.log_regression import MODELS, Fit, fitted
from pipelines.measures.reading.call import check_choice, check_columns, check_name, check_positive, normal_quantile
from pipelines.measures.reading.groups import Block, Groups, Matrix, all_finite, choose, number, read_groups
from pipelines.measures.reading.ranked import read_rank

SMALLEST = 3
AT_ONCE = 64
"""Groups fitted at once: 64 groups x 200 cells x 21 parameters are 2 MB a matrix."""

RESULTS: dict[str, pl.DataType] = {
    "slope_index": pl.Float64(),
    "slope_index_lower": pl.Float64(),
    "slope_index_upper": pl.Float64(),
    "relative_index": pl.Float64(),
    "relative_index_lower": pl.Float64(),
    "relative_index_upper": pl.Float64(),
    "fitted_most": pl.Float64(),
    "fitted_least": pl.Float64(),
    "dispersion": pl.Float64(),
    "group_count": pl.Int64(),
    "interval_method": pl.String(),
    "note_code": pl.String(),
}


def slope_index_regression(
    frame: pl.DataFrame | pl.LazyFrame,
    *,
    by: Sequence[str],
    favourable: bool,
    model: str = "poisson",
    scale: float = 1.0,
    confidence: float = 0.95,
) -> pl.DataFrame:
    """Fit counts of events on relative rank and age in each group, and compare the two ends of the rank.

    Parameters
    ----------
    frame
        One row per ranked category and age. Columns: `rank` (1 = most disadvantaged; text is read as numbers),
        `numerator` (events, 0 allowed), `denominator` (people or person-years) and, where age is to be allowed for,
        `age` (any names of bands). `model`: `poisson` for events over time; `modified_poisson` or `log_binomial` for a
        proportion of people. `scale`: events per how many: 100 for percentages.
    by
        Names of the grouping columns; `[]` for one group.
    favourable
        Whether more is better.
    model
        `poisson`, `modified_poisson` or `log_binomial`.
    scale
        Events per how many: 100 for percentages.
    confidence
        Of the limits, between 0.5 and 1.

    Returns
    -------
    pl.DataFrame
        One row per group of `by` (`by=[]` is one group), ordered by `by`. Columns: `relative_index` and its limits,
        without unit; `slope_index` and its limits, `fitted_most` and `fitted_least`, events per `scale`, all at the
        ages of the whole group; `dispersion` (1: the counts scatter about the model as chance has it; well above: the
        limits of `poisson` and `log_binomial` are too narrow); `group_count`, the ranks.

    Raises
    ------
    ValueError
        For a bad call: a missing or non-numeric column, text ranks none of which is a number, another `model`, a
        `favourable` that is not True or False, a `scale` not above 0, a `confidence` outside 0.5 to 1.

    Notes
    -----
    Formula, x events of n people in each cell of rank and age; b = midpoint of the rank's cumulative population share::

        log(rate) = a(age) + beta b, fitted to x by the likelihood of a Poisson (modified: the same) or a binomial count
        relative_index = exp(beta) (exp(-beta) unless favourable), limits exp(+/- beta -/+ z se)
        se: from the inverse information J^-1; modified: from J^-1 M J^-1, M = sum over people of (x - p)^2 c c', which
        is
            right for a yes or no where the Poisson's variance is not
        ends = sum over ages of (age's share of all people) * exp(a(age)) and the same times exp(beta)
        slope_index = least - most (most - least unless favourable), limits by the delta method

    Reading: The same two questions as `slope_index`, where rates differ by age and the ages of the groups differ: how
    much more, and how many times as much, at one end of the population as at the other, at the same age.

    Differs: `slope_index` fits a straight line to rates: its ends differ from these where the gradient bends, and it
    weights categories by people, not by how much their counts tell.

    `interval_method`: the model, or `none`. `note_code`, with nothing computed: `too_few_groups` (under 3 ranks),
    `bad_rank`, `duplicate_rank` (twice at one age), `missing_age`, `missing_count`, `bad_count` (negative or infinite),
    `bad_population` (missing, or not above 0), `count_above_population` (of a proportion), `no_events`, `not_converged`
    (no maximum: all events at one end, or, `log_binomial` only, a fitted proportion of 1), `not_computable` (overflow).
    With values: `age_without_events` (an age whose events are all 0 counts as a rate of 0).

    Proof: Figures of statsmodels' GLM in the tests: Poisson, Poisson with HC0 on single people, binomial with log link

    References
    ----------
    Zou, Am J Epidemiol 2004;159:702 (modified Poisson); Wacholder, Am J Epidemiol 1986;123:174 (log-binomial);
    Moreno-Betancur et al., Epidemiology 2015;26:518 (both indices by regression).

    Examples
    --------
    >>> fifths = pl.DataFrame({"rank": range(1, 6), "numerator": [80, 66, 52, 45, 34], "denominator": 1000})
    >>> answer = slope_index_regression(fifths, by=[], favourable=False, scale=1000).row(0, named=True)
    >>> [round(answer[f"relative_index{end}"], 2) for end in ("", "_lower", "_upper")]
    [2.83, 1.84, 4.34]
    >>> round(answer["slope_index"], 1)
    57.7
    """
    check_choice("model", model, MODELS)
    check_choice("favourable", favourable, [True, False])
    check_positive("scale", scale)
    z = normal_quantile(confidence)
    given = _read(frame, by=by, parts=model != "poisson")
    found = [
        _indices(part, model=model, sign=1 if favourable else -1, scale=scale, z=z)
        for block in given.blocks()
        for part in block.parts(AT_ONCE)
    ]
    answer = given.attach(found, {**RESULTS, "ranks": pl.Int64()})
    return answer.with_columns(group_count=pl.col("ranks")).drop("ranks")


def _read(frame: pl.DataFrame | pl.LazyFrame, *, by: Sequence[str], parts: bool) -> Groups:
    """The cells of each group, ordered by age and rank."""
    source, schema = check_columns(
        frame, by=by, numbers=["numerator", "denominator"], others=["rank"], results=[*RESULTS, "age"]
    )
    if "age" in schema:
        check_name("age", schema["age"])
    rank, age, count, people = (pl.col(name) for name in ("rank", "age", "numerator", "denominator"))
    return read_groups(
        source,
        by=by,
        columns={
            "rank": read_rank(source, schema),
            "age": age.cast(pl.String) if "age" in schema else pl.lit("all"),
            **{name: number(name, schema) for name in ("numerator", "denominator")},
        },
        order=["age", "rank"],
        refusals=[
            ("too_few_groups", rank.n_unique() < SMALLEST),
            ("bad_rank", ~all_finite("rank") | (rank != rank.round()).any()),
            ("missing_age", age.null_count() > 0),
            ("duplicate_rank", pl.struct("age", "rank").n_unique() < pl.len()),
            ("missing_count", count.null_count() > 0),
            ("bad_count", ~all_finite("numerator") | (count < 0).any()),
            ("bad_population", ~all_finite("denominator") | (people <= 0).any()),
            ("count_above_population", (count > people).any() if parts else pl.lit(value=False)),
            ("no_events", count.sum() <= 0),
        ],
        judgements={"ranks": rank.n_unique().cast(pl.Int64)},
    )


def _indices(block: Block, *, model: str, sign: int, scale: float, z: float) -> pl.DataFrame:
    """The indices of each group from its fitted model."""
    rank, count, people = (block.matrix(name) for name in ("rank", "numerator", "denominator"))
    age = block.flat("age").to_numpy().reshape(rank.shape)
    code = np.zeros(rank.shape, dtype=np.int64)
    code[:, 1:] = (age[:, 1:] != age[:, :-1]).cumsum(axis=1)
    ages = np.arange(code.max() + 1)
    at_age = (code[:, :, None] == ages).astype(np.float64)
    with np.errstate(all="ignore"):  # what overflows or does not converge becomes a null with a note
        fit = fitted(count, people, at_age=at_age, place=_places(rank, people), model=model)
        share = (people[:, :, None] * at_age).sum(axis=1) / people.sum(axis=1)[:, None]
        most, least, error = _ends(fit, share)
        half = z * np.sqrt(fit.covariance[:, -1, -1])
        slope = sign * fit.beta
        ratio, lower, upper = np.exp(slope), np.exp(slope - half), np.exp(slope + half)
        rise = sign * (least - most)
        computable = fit.converged & np.isfinite(np.stack([ratio, rise, error, lower, upper]) * scale).all(axis=0)
    silent = ~((count[:, :, None] > 0) & (at_age > 0)).any(axis=1) & at_age.any(axis=1)
    figures = {
        "slope_index": scale * rise,
        "slope_index_lower": scale * (rise - z * error),
        "slope_index_upper": scale * (rise + z * error),
        "relative_index": ratio,
        "relative_index_lower": lower,
        "relative_index_upper": upper,
        "fitted_most": scale * most,
        "fitted_least": scale * least,
        "dispersion": fit.dispersion,
    }
    return block.result(
        **{name: np.where(computable, figure, np.nan) for name, figure in figures.items()},
        interval_method=choose(len(rank), ("none", ~computable), otherwise=model),
        note=choose(
            len(rank),
            ("not_converged", ~fit.converged),
            ("not_computable", ~computable),
            ("age_without_events", silent.any(axis=1)),
        ),
    )


def _ends(fit: Fit, share: Matrix) -> tuple[Matrix, Matrix, Matrix]:
    """The rates at both ends at the ages of the whole group, and the standard error of their difference."""
    by_age = share * np.exp(fit.of_age)
    most = by_age.sum(axis=1)
    least = most * np.exp(fit.beta)
    gradient = np.concatenate([by_age * np.expm1(fit.beta)[:, None], least[:, None]], axis=1)
    variance = np.einsum("gi,gij,gj->g", gradient, fit.covariance, gradient)
    return most, least, np.sqrt(np.maximum(variance, 0))


def _places(rank: Matrix, people: Matrix) -> Matrix:
    """The midpoint of each cell's rank in the cumulative population of its group."""
    everyone = people.sum(axis=1, keepdims=True)
    before, beside = (
        (people[:, None, :] * compared).sum(axis=2)
        for compared in (rank[:, None, :] < rank[:, :, None], rank[:, None, :] == rank[:, :, None])
    )
    return np.asarray((before + beside / 2) / everyone)
