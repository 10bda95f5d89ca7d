"""Periods of a series: how their columns are read, and which of them may be compared.

What belongs here: order in time and overlap. What does not: the change of a value between two periods
(`change_between.py`), or from which day to which a publisher's label runs (the caller gives first and last days).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from pipelines.measures.reading.call import check_columns
from pipelines.measures.reading.groups import Groups, finite_or_null, read_groups

PERIOD = ("period_start", "period_end")

RESULTS: dict[str, pl.DataType | None] = {
    "from_start": None,
    "from_end": None,
    "to_start": None,
    "to_end": None,
    "consecutive": pl.Boolean(),
    "first_to_last": pl.Boolean(),
    "note_code": pl.String(),
}
"""None stands for the type of the caller's periods."""

Rows = NDArray[np.int64]


def non_overlapping(frame: pl.DataFrame | pl.LazyFrame, *, by: Sequence[str]) -> pl.DataFrame:
    """Say which periods of each series may be compared: pairs that share no day, so that each is its own evidence.

    Parameters
    ----------
    frame
        One row per period. Columns: `period_start`, `period_end`, the first and last day (or year) covered: dates,
        numbers, or text of one length that begins with the year.
    by
        Names of the grouping columns; `[]` for one group.

    Returns
    -------
    pl.DataFrame
        One row per pair of periods; groups ordered by `by`, pairs by time. Columns: `from_start`, `from_end`,
        `to_start`, `to_end`; `consecutive`: neighbours among the chosen periods; `first_to_last`: the oldest chosen
        period and the latest. A single pair is both. A group without a pair keeps one row of nulls with its note.

    Raises
    ------
    ValueError
        For a bad call: a missing column, or periods that cannot be put in order (see `In`).

    Notes
    -----
    Formula::

        chosen = the period that ends last, then repeatedly the period that ends last among those that end before
        the one just chosen begins (of two that end together, the shorter)

    Reading: Rolling three-year figures give every third period, counted back from the latest; gaps in a series do no
    harm.

    `note_code`, with nulls: `bad_period` (a first or last day is missing, or the last lies before the first),
    `duplicate_period` (the same period twice), `one_period` (no two periods without a day in common).

    Proof: No reference implementation; by hand and by laws in the tests.

    References
    ----------
    OHID's guidance on recent trends asks for non-overlapping periods; so do tests of change between two pooled figures,
    which would otherwise share deaths.

    Examples
    --------
    >>> rolling = pl.DataFrame({"period_start": range(2010, 2017), "period_end": range(2012, 2019)})
    >>> pairs = non_overlapping(rolling, by=[])
    >>> pairs.select("from_start", "from_end", "to_start", "to_end").rows()
    [(2010, 2012, 2013, 2015), (2010, 2012, 2016, 2018), (2013, 2015, 2016, 2018)]
    >>> pairs["first_to_last"].to_list()
    [False, True, False]
    """
    source, schema = check_columns(frame, by=by, numbers=[], others=PERIOD, results=list(RESULTS))
    columns = period_columns(source, schema, PERIOD)
    given = read_groups(
        source,
        by=by,
        columns=columns,
        order=["period_end", "period_start"],
        refusals=[
            ("bad_period", bad_period(with_end=True)),
            ("duplicate_period", pl.struct(PERIOD).n_unique() < pl.len()),
        ],
    )
    dtype = given.rows.schema["period_start"]
    types = {name: dtype if column is None else column for name, column in RESULTS.items()}
    return given.attach_rows([_pairs(given)], types)


def _pairs(given: Groups) -> pl.DataFrame:
    """The pairs of every sound group, and a note for those without one."""
    rows = given.rows
    group = rows["group"].to_numpy().astype(np.int64)
    latest = np.flatnonzero(np.diff(group, append=-1)) if rows.height else np.empty(0, np.int64)
    later, earlier = _walk_back(latest, _newest_before(rows, group))
    # The oldest that was chosen comes last in the walk, and so wins the place of its group.
    oldest = np.full(given.groups.height, -1)
    oldest[group[earlier]] = earlier
    newest = np.full(given.groups.height, -1)
    newest[group[latest]] = latest
    ends = (earlier == oldest[group[earlier]]) & (later == newest[group[later]])
    apart = np.setdiff1d(group[earlier], group[earlier[ends]])  # more than two periods: first to last is a pair more
    alone = np.setdiff1d(group[latest], group[earlier])
    first, last = np.concatenate([earlier, oldest[apart]]), np.concatenate([later, newest[apart]])
    pairs = pl.DataFrame(
        {
            "group": group[first],
            "from_start": rows["period_start"].gather(first),
            "from_end": rows["period_end"].gather(first),
            "to_start": rows["period_start"].gather(last),
            "to_end": rows["period_end"].gather(last),
            "consecutive": np.arange(len(first)) < len(earlier),
            "first_to_last": np.concatenate([ends, np.ones(len(apart), dtype=bool)]),
            "note": pl.Series([None] * len(first), dtype=pl.String),
        }
    ).sort("group", "to_end", "from_end")
    return pl.concat([pairs, pl.DataFrame({"group": alone, "note": ["one_period"] * len(alone)})], how="diagonal")


def _newest_before(rows: pl.DataFrame, group: Rows) -> Rows:
    """For each row the row of its group that ends last among those that end before it begins, or -1.

    `rows` are ordered by group and `period_end`, so a single search in (group, end) finds all of them.
    """
    count = rows.height
    codes = pl.concat([rows["period_start"], rows["period_end"]]).rank("dense").to_numpy().astype(np.int64)
    span = codes.max(initial=0) + 1
    found = np.searchsorted(group * span + codes[count:], group * span + codes[:count]) - 1
    return np.where((found >= 0) & (group[found] == group), found, -1) if count else found


def _walk_back(latest: Rows, before: Rows) -> tuple[Rows, Rows]:
    """Step all groups back together, from their latest periods; the pairs of each step, newest step first."""
    later: list[Rows] = []
    earlier: list[Rows] = []
    at = latest
    while len(at):
        previous = before[at]
        at, previous = at[previous >= 0], previous[previous >= 0]
        later.append(at)
        earlier.append(previous)
        at = previous
    return (np.concatenate(later), np.concatenate(earlier)) if later else (latest, latest)


def bad_period(*, with_end: bool) -> pl.Expr:
    """Over a group: a period is not given, or (where ends are known) it ends before it starts."""
    start, end = (pl.col(name) for name in PERIOD)
    return (start.is_null() | end.is_null() | (end < start) if with_end else start.is_null()).any()


def period_columns(source: pl.LazyFrame, schema: pl.Schema, names: Sequence[str]) -> dict[str, pl.Expr]:
    """Expressions that read the columns of periods so that their order is the order of time.

    Raises ValueError unless all hold dates, all hold numbers, or all hold text that begins with a year and has one
    length: of any other text (`9` and `10`, `01/04/2019`) the order may be wrong.
    """
    kinds = {_kind(name, schema[name]) for name in names} - {"nothing"}
    if len(kinds) > 1:
        raise ValueError(f"The columns {' and '.join(names)} must hold the same type; they hold {sorted(kinds)}.")
    kind = kinds.pop() if kinds else "numbers"
    if kind == "text":
        texts = {name: pl.col(name).cast(pl.String).str.strip_chars() for name in names}
        _check_texts(source, texts)
        return texts
    if kind == "numbers":
        whole = all(schema[name].is_integer() or schema[name] == pl.Null for name in names)
        columns = {name: pl.col(name).cast(pl.Int64 if whole else pl.Float64) for name in names}
        return columns if whole else {name: finite_or_null(column) for name, column in columns.items()}
    dtype = next(schema[name] for name in names if schema[name] != pl.Null)
    return {name: pl.col(name).cast(dtype) for name in names}


def _check_texts(source: pl.LazyFrame, texts: Mapping[str, pl.Expr]) -> None:
    every = pl.concat([source.select(text.drop_nulls().alias("text")) for text in texts.values()])
    text = pl.col("text")
    lengths, dated = every.select(
        text.str.len_chars().n_unique(), text.str.contains(r"^\d{4}").all().alias("dated")
    ).collect().row(0)  # fmt: skip
    if lengths > 1 or not dated:
        raise ValueError(
            f"Text in {' and '.join(texts)} must begin with the year and have one length, such as 2020-01-01, "
            "so that its order is the order of time."
        )


def _kind(name: str, dtype: pl.DataType) -> str:
    if dtype == pl.Null:
        return "nothing"
    if dtype.is_numeric():
        return "numbers"
    if dtype in (pl.String, pl.Categorical, pl.Enum):
        return "text"
    if dtype == pl.Date or isinstance(dtype, pl.Datetime):
        return str(dtype)
    raise ValueError(f"The column {name} must hold dates, numbers or text; it holds {dtype}.")
