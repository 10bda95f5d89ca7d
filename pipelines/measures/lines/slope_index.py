"""Slope index and relative index of inequality: how much a measure changes from the most to the least disadvantaged.

What belongs here: the fit and its limits. What does not: orientation by polarity, weights, or whether a slope is
allowed for an indicator; the caller decides those.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from pipelines.measures.lines.count_score import count_error, score_limits
from pipelines.measures.lines.line_limits import Line, carried_limits, normal_limits, odds_ratio, scored_limits
from pipelines.measures.lines.sums import summed_limits
from pipelines.measures.reading.call import check_choice, check_positive, normal_quantile
from pipelines.measures.reading.counted import COUNTS, rate_refusals, with_rates
from pipelines.measures.reading.groups import Block, Matrix, choose
from pipelines.measures.reading.links import LOG, LOGIT, Link
from pipelines.measures.reading.ranked import read_ranked_groups

SMALLEST, LARGEST = 3, 100
LINKS: dict[str, Link | None] = {"mean": None, "rate": LOG, "proportion": LOGIT}
AT_ONCE = 4096
"""Groups at once where limits take more than a few matrices: 4,096 groups of 10 rows are 0.3 MB a matrix."""

RESULTS: dict[str, pl.DataType] = {
    "slope_index": pl.Float64(),
    "slope_index_lower": pl.Float64(),
    "slope_index_upper": pl.Float64(),
    "relative_index": pl.Float64(),
    "relative_index_lower": pl.Float64(),
    "relative_index_upper": pl.Float64(),
    "odds_ratio": pl.Float64(),
    "odds_ratio_lower": pl.Float64(),
    "odds_ratio_upper": pl.Float64(),
    "fitted_most": pl.Float64(),
    "fitted_least": pl.Float64(),
    "mean_of_groups": pl.Float64(),
    "group_count": pl.Int64(),
    "interval_method": pl.String(),
    "note_code": pl.String(),
}


def slope_index(
    frame: pl.DataFrame | pl.LazyFrame,
    *,
    by: Sequence[str],
    kind: str = "mean",
    transform: bool = False,
    favourable: bool = True,
    scale: float = 1.0,
    groups_expected: int | None = None,
    confidence: float = 0.95,
) -> pl.DataFrame:
    """Fit a population-weighted line of `value` on relative rank in each group, and measure its rise.

    Parameters
    ----------
    frame
        One row per ranked category. Columns: `rank` (1 = most disadvantaged; text is read as numbers), `population`,
        `value`, and `standard_error` (on the scale of `value`) or `value_lower` with `value_upper`, which are always
        95% limits. Without any of these: no limits. Rates and proportions may come as counts, `numerator` (events, 0
        allowed) and `denominator`, in place of `value`; `population` is then the denominator where it is absent. Limits
        from counts cover best, and nothing is refused for a 0.
    by
        Names of the grouping columns; `[]` for one group.
    kind
        What `value` is and so where its error is normal: `mean` (as it is), `rate` (above 0; its logarithm) or
        `proportion` (between 0 and 1, both excluded; its log-odds). A standard error is carried there by the delta
        method, limits by the logarithm or log-odds itself.
    transform
        Fit the line itself on that scale.
    favourable
        Whether more is better.
    scale
        What 1 is in the unit of `value`: 100 for percentages, 100000 for rates per 100,000. Counts give events per
        `scale`.
    groups_expected
        How many categories there should be; else a column of this name says it, or nothing does.
    confidence
        Of the limits, between 0.5 and 1. Limits put in are always read as 95% limits.

    Returns
    -------
    pl.DataFrame
        One row per group of `by` (`by=[]` is one group), ordered by `by`. In the unit of `value`: `slope_index` and its
        limits; `fitted_most` and `fitted_least` (the line at rank 0 and 1) and `mean_of_groups`. Without unit:
        `relative_index` and its limits; of proportions also the `odds_ratio` of the two ends and its limits, oriented
        alike, which near 100% says what a ratio of proportions cannot.

    Raises
    ------
    ValueError
        For a bad call: a missing or non-numeric column, text ranks none of which is a number, an unknown `kind`,
        `transform` for means, a `favourable` that is not True or False, a `scale` not above 0, a `confidence` outside
        0.5 to 1.

    Notes
    -----
    Formula::

        categories j in order of rank, a = population share, b = midpoint of cumulative share, y = value
        w = a (b - 1/2) / sum a (b - 1/2)^2,  slope = sum w y,  mean = sum a y,  ends = mean -/+ slope / 2
        slope_index = slope (-slope unless favourable);  relative_index = least / most (most / least unless favourable)
        transformed: the same for log y or logit y, the ends carried back; slope_index = +/- (least - most)
        limits of a mean's slope: -/+ z * sqrt(sum w^2 se^2); of its ratio: Fieller's
        limits when transformed: those of the slope s on that scale, carried back as ends at mean -/+ s / 2
        limits of a rate's or proportion's slope: quantiles of sum w Y, Y independent, log or logit Y normal; of its
        ratio: the r at which sum (c_least - r c_most) Y has that quantile at 0, c_least, c_most = a +/- w / 2
        limits of a slope of counts x out of n: all beta with (slope - beta)^2 <= z^2 sum w^2 p / n (of proportions
        p (1 - p)), p the likeliest true values whose slope is beta; of their ratio: Fieller's with the variances
        x / n^2
        odds_ratio = odds of least / odds of most (turned over unless favourable), limits by the delta method on its
        logarithm; transformed on the logit scale: exp(s)
        limits of a ratio exist where its denominator is above 0 at the confidence asked; none is below 0

    Reading: The difference between the most and the least disadvantaged ends of the whole population, in the unit of
    the value, and their ratio. Above 0 (ratio: above 1) is worse for the disadvantaged. The limits carry sampling error
    only: categories are taken as independent, and lack of fit is not in them.

    Differs: PHEindicatormethods' phe_sii simulates all of these limits, unseeded, so that they change with every run by
    up to several percent of their width; these are what it would give with draws without end. That is the law of the
    errors it is given: limits that Byar or Wilson made of few events are read as wider than they are, so that 95%
    limits cover 99.1, 98.0, 95.9 and 95.7% at 3, 6, 12 and 60 events a tenth, and a tenth without events is refused.
    Give counts instead: 94 to 96%, and no refusal. It takes a standard error of a rate or proportion on the log or
    logit scale without saying so; here it is always on the scale of the value. It exchanges the limits of
    log-transformed rates for multipliers between 0 and 1, sorts text ranks 1, 10, 2, and stops altogether at one bad
    group. Its way of carrying transformed limits back is kept, though it leaves out the error of the middle: 95% limits
    of a transformed slope cover about 96%, of the ratio of proportions 94%. ScotPHO's relative index is slope over
    mean, another number.

    `interval_method`, where a pair is named the first is the slope's and the second the ratio's: `normal+fieller`,
    `normal` (no limits for the ratio), `log_scale` and `logit_scale` (transformed), `score+fieller` and `score` (of
    counts), `cumulants` (the sum's law, as the errors given have it, from the values' first fourteen cumulants: good
    for about 50 events a category and more), `characteristic_function` (that law where errors are larger), `simulation`
    (32,768 seeded draws, where errors are too large for either: limits good to about 1% of their width at 95% and 2% at
    99.8%, and too narrow beyond 99.9%) or `none`.

    `note_code`, with nothing computed: `too_few_groups` (under 3), `too_many_groups` (over 100), `bad_rank`,
    `duplicate_rank`, `no_population_weights` (none is known), `bad_population`, `missing_value`, `crossed_limits`,
    `negative_standard_error`, `bad_groups_expected` (more than expected), `value_outside_range` (a rate not above 0, a
    proportion not between 0 and 1), `bad_count` (a count below 0), `count_above_population`, `not_computable`
    (overflow). With values: `groups_missing` (fewer than expected: the line is of those that are there),
    `limits_exclude_value` (a category's limits do not hold its value), `incomplete_limits` (some categories lack
    theirs: no limits), `fitted_end_outside_scale` (an end of the line is below 0 or, of proportions, above 1: a line is
    the wrong shape), `relative_index_undefined` (a fitted end is not above 0: no ratio), `relative_index_unstable` (no
    limits for the ratio: its denominator is not above 0 by more than chance at this confidence, so that no ratio is too
    large), `limit_truncated` (a limit has no log or log-odds; the other half of the interval stands for both),
    `missing_ranks` (ranks are not 1, 2, .. k).

    Proof: Golden sii/s01 to s12, s14, s20, h04, h05, h10, h11, and h12 where text ranks mislead the reference

    References
    ----------
    Low & Low, J Public Health 2004;26:387 (the index); Fieller, J R Stat Soc B 1954;16:175 (the ratio); Gil-Pelaez,
    Biometrika 1951;38:481 (a law from its characteristic function); Miettinen & Nurminen, Stat Med 1985;4:213 (score
    limits); OHID's PHEindicatormethods `phe_sii`.

    Examples
    --------
    >>> fifths = {"rank": [1, 2, 3, 4, 5], "population": [200] * 5, "value": [70.0, 72, 74, 75, 79]}
    >>> years = pl.DataFrame({**fifths, "standard_error": [0.5] * 5})
    >>> answer = slope_index(years, by=[]).row(0, named=True)
    >>> [round(answer[f"slope_index{end}"], 2) for end in ("", "_lower", "_upper")]
    [10.5, 8.95, 12.05]
    >>> round(answer["relative_index"], 4)
    1.1527
    """
    check_choice("kind", kind, LINKS)
    check_choice("transform", transform, [False, True])
    check_choice("favourable", favourable, [True, False])
    check_positive("scale", scale)
    z = normal_quantile(confidence)
    link = LINKS[kind]
    if transform and link is None:
        raise ValueError("transform must be False for kind='mean', which has no log or logit scale; found True.")
    counts = _has_counts(frame, kind)
    if counts and transform:
        raise ValueError("transform must be False where counts are given, which may be 0; found True.")
    given = read_ranked_groups(
        with_rates(frame) if counts else frame,
        by=by,
        results=list(RESULTS),
        smallest=SMALLEST,
        largest=LARGEST,
        link=None if counts else link,
        scale=1.0 if counts else scale,
        groups_expected=groups_expected,
        extra=COUNTS if counts else None,
        refusals=rate_refusals(parts=kind == "proportion") if counts else (),
    )
    parts = [part for block in given.blocks() for part in ([block] if link is None else block.parts(AT_ONCE))]
    return given.attach(
        [_indices(part, link=link, transform=transform, scale=scale, inverted=not favourable, z=z) for part in parts],
        RESULTS,
    )


def _has_counts(frame: pl.DataFrame | pl.LazyFrame, kind: str) -> bool:
    """Whether rates or proportions come as counts: a value, where there is one, wins."""
    if kind == "mean" or not isinstance(frame, pl.DataFrame | pl.LazyFrame):
        return False
    names = frame.collect_schema().names()
    return "value" not in names and {"numerator", "denominator"} <= set(names)


def _indices(
    block: Block, *, link: Link | None, transform: bool, scale: float, inverted: bool, z: float
) -> pl.DataFrame:
    """The indices, their limits and notes, from each group's line."""
    value, error = block.matrix("value"), block.matrix("standard_error")
    carried, sign = link if transform else None, -1.0 if inverted else 1.0
    counted = "numerator" in block.rows.columns
    if counted:
        counts = (block.matrix("numerator"), block.matrix("denominator"))
        error = count_error(*counts, binomial=link is LOGIT)
    with np.errstate(all="ignore"):  # what overflows or is undefined becomes a null with a note
        share, weight = line_weights(block.matrix("population"))
        line = _line(value if carried is None else carried.forward(value), error, share, weight)
        most, least = line.mean - line.slope / 2, line.mean + line.slope / 2
        mean = line.mean
        if carried is not None:
            most, least, mean = carried.inverse(most), carried.inverse(least), (share * value).sum(axis=1)
        rise = line.slope if carried is None else least - most
        computable = np.isfinite(scale * np.stack([rise, mean, most, least])).all(axis=0)
        rise, mean, most, least = (np.where(computable, number, np.nan) for number in (rise, mean, most, least))
        if link is None:
            limits = normal_limits(line, inverted=inverted, z=z)
        elif counted:
            slopes = score_limits(*counts, weight, binomial=link is LOGIT, z=z)
            limits = scored_limits(line, slopes, inverted=inverted, z=z)
        elif carried is not None:
            limits = carried_limits(line, carried, inverted=inverted, z=z)
        else:
            ends = (share + weight / 2, share - weight / 2)
            over, under = ends[::-1] if inverted else ends
            limits = summed_limits(link, link.forward(value), error, weight=weight, over=over, under=under, z=z)
        defined = (most > 0) & (least > 0)
        ratio = np.where(defined, most / least if inverted else least / most, np.nan)
        lower, upper = np.sort([sign * scale * limits.lower, sign * scale * limits.upper], axis=0)
        bounded = computable & np.isfinite(lower) & np.isfinite(upper)
        odds = (np.full(len(rise), np.nan),) * 3
        if link is LOGIT:
            natural = error if counted or carried is not None else error * value * (1 - value)
            on_scale = line if carried is not None else _line(value, natural, share, weight)
            odds = odds_ratio(on_scale, on_logits=carried is not None, inverted=inverted, z=z)
        ends_of_line = np.stack([most, least])
        beyond = link is not None and ((ends_of_line < 0) | (ends_of_line > link.limits[1])).any(axis=0)
        both = bounded & defined & np.isfinite(limits.ratio_lower) & np.isfinite(limits.ratio_upper)
    return block.result(
        slope_index=sign * scale * rise,
        slope_index_lower=np.where(bounded, lower, np.nan),
        slope_index_upper=np.where(bounded, upper, np.nan),
        relative_index=ratio,
        relative_index_lower=np.where(both, limits.ratio_lower, np.nan),
        relative_index_upper=np.where(both, limits.ratio_upper, np.nan),
        odds_ratio=odds[0],
        odds_ratio_lower=np.where(bounded, odds[1], np.nan),
        odds_ratio_upper=np.where(bounded, odds[2], np.nan),
        fitted_most=scale * most,
        fitted_least=scale * least,
        mean_of_groups=scale * mean,
        interval_method=choose(len(rise), ("none", ~bounded), *limits.methods, otherwise="none"),
        note=choose(
            len(rise),
            ("not_computable", ~computable),
            ("fitted_end_outside_scale", beyond),
            ("relative_index_undefined", ~defined),
            ("relative_index_unstable", bounded & ~both),
        ),
    )


def _line(value: Matrix, error: Matrix, share: Matrix, weight: Matrix) -> Line:
    error_squared = error**2
    mean = (share * value).sum(axis=1)
    return Line(
        mean=mean,
        # The weights sum to 0, so taking the mean off first changes nothing but the rounding.
        slope=(weight * (value - mean[:, None])).sum(axis=1),
        variance_of_mean=(share**2 * error_squared).sum(axis=1),
        variance_of_slope=(weight**2 * error_squared).sum(axis=1),
        covariance=(share * weight * error_squared).sum(axis=1),
    )


def line_weights(population: Matrix) -> tuple[Matrix, Matrix]:
    """Each group's population shares, and the weights with which its values sum to the slope of the fitted line."""
    share = population / population.sum(axis=1)[:, None]
    centred = share.cumsum(axis=1) - share / 2 - 0.5
    return share, share * centred / (share * centred**2).sum(axis=1)[:, None]
