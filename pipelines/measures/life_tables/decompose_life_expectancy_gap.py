"""A gap in life expectancy split by age and cause of death: how many of its years each would close.

What belongs here: the split, by Arriaga's formula in one direction or, after Andreev, in both. What does not: which two
populations are compared, or which causes; the caller decides those.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from pipelines.measures.life_tables.arriaga import Side, split
from pipelines.measures.reading.banded import Banded, Found, any_band, per_band, read_bands, refusals, texts, too_small
from pipelines.measures.reading.call import check_choice
from pipelines.measures.reading.groups import Matrix

RESULTS: dict[str, pl.DataType] = {
    "age_start": pl.Int64(),
    "cause": pl.String(),
    "years": pl.Float64(),
    "gap": pl.Float64(),
    "note_code": pl.String(),
}

NOTES = (
    "wrong_age_bands",
    "duplicate_cause",
    "causes_disagree",
    "missing_value",
    "negative_deaths",
    "bad_population",
    "deaths_exceed_population",
    "bad_years_lived",
    "no_deaths_in_open_band",
    "not_computable",
    "population_too_small",
    "age_band_may_be_missing",
)

ALL_CAUSES = "all causes"
DEATHS = ("deaths_base", "deaths_comparator")
SAME_IN_A_BAND = ("population_base", "population_comparator", "years_lived_base", "years_lived_comparator")


def decompose_life_expectancy_gap(
    frame: pl.DataFrame | pl.LazyFrame,
    *,
    by: Sequence[str],
    method: str = "arriaga",
) -> pl.DataFrame:
    """Split the gap in life expectancy at birth between two populations into years by age band and cause of death.

    Parameters
    ----------
    frame
        One row per age band and cause. Columns: `age_start` as for `life_expectancy`; `cause` (without this column all
        causes are one); `deaths_base` and `deaths_comparator` of that cause; `population_base` and
        `population_comparator` of the band, the same in all its rows. A band's deaths are the sum over its causes, so
        these must be complete: put what is left in a cause of its own. A cause may be absent from a band. Base is
        usually the most deprived group, comparator the least deprived. May also hold `years_lived_base` and
        `years_lived_comparator`: the years that those who die in the band live in it; where there are none, 0.1 in the
        first year of life and half of the band after that; in the open band never used.
    by
        Names of the grouping columns; `[]` for one group.
    method
        `arriaga`, or `andreev` for the mean of both directions.

    Returns
    -------
    pl.DataFrame
        The same rows, ordered by `by`, age and cause (`by=[]` is one group). In years: `years` that this cause at this
        age adds to the gap (below 0: takes from it), which sum to `gap`, the life expectancy of the comparator less
        that of the base, and the same in every row of a group.

    Raises
    ------
    ValueError
        For a bad call: a missing or non-numeric column, text ages none of which has a digit, a `method` other than
        `arriaga` and `andreev`.

    Notes
    -----
    Formula, 1 = base, 2 = comparator, with n, M, q, l and e as in `life_expectancy`, b = the years of the band less
    those lived in it by one who dies there, e' = life expectancy at the next band::

        band's years    l1 * [(b1 q1 - b2 q2) + e2' (q1 - q2)], and l1 * (1 / M2 - 1 / M1) in the open band.
                        This is Arriaga's direct and indirect effect, l1 (L2/l2 - L1/l1) + T2' (l1/l2 - l1'/l2'),
                        written without dividing by survivors.
        cause's years   band's years * (M2 of the cause - M1 of the cause) / (M2 - M1)
        andreev         the mean of this and of minus the split of the same gap with base and comparator exchanged

    Reading: With the base's death rates of this cause at this age replaced by the comparator's, the gap would shrink by
    about these years. It is arithmetic on death rates, not what a programme against that cause would achieve.

    Differs: Where two rates are equal, the usual split of a band by shares of the difference divides by 0, and just
    beside that it loses all its digits. Where b1 = b2 the difference cancels from the formula, and the rest, - l1 n (b
    + e2') / ((1 + b M1) (1 + b M2)), multiplies each cause's difference: causes that offset each other are both shown.
    Where b1 and b2 differ and the rates do not, the causes of the band share its years equally.

    `note_code`, with nothing computed: `wrong_age_bands`, `duplicate_cause` (twice in a band), `causes_disagree` (the
    rows of a band have different populations or years lived), `missing_value`, `negative_deaths`, `bad_population`,
    `deaths_exceed_population`, `bad_years_lived` (below 0 or beyond the band), `no_deaths_in_open_band`,
    `not_computable` (overflow). With years: `population_too_small` (5,000 or fewer in a population: its life expectancy
    would not be shown).

    Proof: Golden arriaga/a01, a02, a20.

    References
    ----------
    Arriaga, Demography 1984;21:83; Andreev, Shkolnikov & Begun, Demographic Research 2002;7:499; used as in OHID's
    Segment Tool. Checked against the R package LEdecomp.

    Examples
    --------
    Nobody dies before 90; of those older, 25 in 100 die each year of one population and 20 in 100 of the other.

    >>> import polars as pl
    >>> from pipelines.measures import decompose_life_expectancy_gap
    >>> nobody = [0] * 19
    >>> bands = pl.DataFrame({"age_start": [0, 1, *range(5, 95, 5)], "deaths_base": [*nobody, 250]})
    >>> bands = bands.with_columns(deaths_comparator=pl.Series([*nobody, 200]))
    >>> bands = bands.with_columns(population_base=1000, population_comparator=1000)
    >>> last = decompose_life_expectancy_gap(bands, by=[]).row(-1, named=True)
    >>> last["age_start"], round(last["years"], 9), last["gap"]
    (90, 1.0, 1.0)
    """
    check_choice("method", method, ["arriaga", "andreev"])
    given = read_bands(
        frame,
        by=by,
        numbers=[*DEATHS, *SAME_IN_A_BAND[:2]],
        optional_numbers=SAME_IN_A_BAND[2:],
        others=["cause"],
        results=list(RESULTS),
    )
    cause, code = _causes(given)
    order = np.lexsort((code, given.flat["age_start"], given.group))
    rows = {name: flat[order] for name, flat in given.flat.items()}
    bands, band = _bands(given, rows, code[order])
    names = [name for name in bands.flat if name not in ("age_start", "age_end")]
    columns, note = per_band(
        bands,
        names,
        notes=NOTES,
        compute=lambda ages, *matrices: _split(
            ages, dict(zip(names, matrices, strict=True)), both_ways=method == "andreev"
        ),
    )
    with np.errstate(all="ignore"):  # a refused group's cells may be anything; it has no `per_rate`
        base, comparator = (rows[f"deaths_{side}"] / rows[f"population_{side}"] for side in ("base", "comparator"))
        per_rate, each, gap = (
            columns[name][band] if name in columns else np.full(len(band), np.nan)
            for name in ("per_rate", "each", "gap")
        )
        years = per_rate * (comparator - base) + each + 0.0
    return given.attach(
        {
            "age_start": rows["age_start"],
            "cause": cause.gather(pl.Series(order).cast(pl.UInt32)),
            "years": years,
            "gap": gap,
            "note_code": texts(NOTES, note[band]),
        },
        {**RESULTS, "cause": cause.dtype},
    )


def _causes(given: Banded) -> tuple[pl.Series, NDArray[np.int64]]:
    """Each row's cause, and its place among all causes in ascending order."""
    if "cause" not in given.others.columns:
        count = len(given.flat["age_start"])
        return pl.repeat(ALL_CAUSES, count, eager=True), np.zeros(count, dtype=np.int64)
    known = given.others.select(pl.col("cause").unique().sort()).with_row_index("code")
    coded = given.others.join(known, on="cause", how="left", nulls_equal=True, maintain_order="left")
    return given.others["cause"], coded["code"].to_numpy().astype(np.int64)


def _bands(given: Banded, rows: dict[str, Matrix], code: NDArray[np.int64]) -> tuple[Banded, NDArray[np.int64]]:
    """The bands of rows that are ordered by group, age and cause, and the number of each row's band.

    A band's columns: `age_start`, the sums of `DEATHS`, those of `SAME_IN_A_BAND` that there are, `causes` (how many),
    and 1 or 0 for `negative` (deaths of any cause), `repeated` (a cause) and `disagree`.
    """
    group, age = given.group, rows["age_start"]
    opens = np.ones(len(age), dtype=bool)
    opens[1:] = (group[1:] != group[:-1]) | (age[1:] != age[:-1])
    starts, band = np.flatnonzero(opens), np.cumsum(opens) - 1
    repeated = np.zeros(len(age), dtype=bool)
    repeated[1:] = ~opens[1:] & (code[1:] == code[:-1])
    same = {name: rows[name][starts] for name in SAME_IN_A_BAND if name in rows}
    disagree = np.zeros(len(age), dtype=bool)
    for name, first in same.items():
        disagree |= ~((rows[name] == first[band]) | (np.isnan(rows[name]) & np.isnan(first[band])))
    negative = (rows["deaths_base"] < 0) | (rows["deaths_comparator"] < 0)
    flags = {"repeated": repeated, "disagree": disagree, "negative": negative}
    with np.errstate(over="ignore"):  # infinite deaths refuse their group
        deaths = {name: np.add.reduceat(rows[name], starts) if len(starts) else rows[name] for name in DEATHS}
    flat = {
        "age_start": age[starts],
        "age_end": rows["age_end"][starts],
        **deaths,
        **same,
        "causes": np.diff(starts, append=len(age)).astype(np.float64),
        **{
            name: (np.logical_or.reduceat(flag, starts) if len(starts) else flag).astype(np.float64)
            for name, flag in flags.items()
        },
    }
    sizes = np.bincount(group[starts], minlength=len(given.sizes)).astype(np.int64)
    return Banded(given.keys, sizes, flat, given.others.clear(), given.by), band


def _split(ages: Matrix, columns: dict[str, Matrix], *, both_ways: bool) -> tuple[dict[str, Matrix], Found, Found]:
    """What `arriaga.split` gives for each band, why a group is refused, and what is said of it."""
    names = ("base", "comparator")
    counts = [(columns[f"deaths_{side}"], columns[f"population_{side}"]) for side in names]
    base, comparator = (
        Side(ages, deaths / population, columns.get(f"years_lived_{side}"))
        for side, (deaths, population) in zip(names, counts, strict=True)
    )
    result = split(base, comparator, columns["causes"], both_ways=both_ways)
    finite = np.logical_and.reduce([np.isfinite(matrix) for matrix in result.values()])
    found: Found = [
        ("duplicate_cause", any_band(columns["repeated"] > 0)),
        ("causes_disagree", any_band(columns["disagree"] > 0)),
        ("negative_deaths", any_band(columns["negative"] > 0)),
        *(reason for count in counts for reason in refusals(*count)),
        ("bad_years_lived", any_band(base.misplaced | comparator.misplaced)),
        ("not_computable", any_band(~finite)),
    ]
    small = too_small(counts[0][1]) | too_small(counts[1][1])
    return result, found, [("population_too_small", small)]
