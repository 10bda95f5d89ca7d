"""What measures over age bands share: `age_start`, the matrices of bands, and why a group of them is refused.

What belongs here: reading the bands, laying them out as matrices (groups x bands), putting one row per band beside its
keys. What does not: a formula (`life_tables/life_table.py`).

`age_start` is the first age of a band: a number, or text whose first run of digits is it (`5-9`, `90+`); `<1`, `Under
5` and `Aged under 1 year` begin at 0. Any bands that ascend from 0 make a life table, the last of them open. Where the
text names a band's last age too (`5-9`, `5 to 9`) the next band must begin a year later.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from pipelines.measures.reading.call import check_columns, check_ordering
from pipelines.measures.reading.groups import Flags, Matrix, key, number

FEWEST_BANDS = 2
UNDER = r"(?i)^\s*(?:aged?\s+)?(?:<|under|less than|below)\s*\d"
"""Text of a band that begins at birth and names only where it ends."""
LAST_AGE = r"(?i)\d+\s*(?:-|\u2013|to)\s*(\d+)"
"""The second number of `5-9` and `5 to 9`."""

SMALLEST_POPULATION = 5000.0
"""A life table of this many person-years or fewer is not shown, as in the reference."""

OLDEST = 1000.0
"""A number above this is no age."""

CHUNK = 4096
"""Groups computed at once: their matrices stay in the processor's cache, and memory never holds all of them twice."""

Codes = NDArray[np.int8]
Found = list[tuple[str, Flags]]
"""Note codes and where they hold (groups x 1, or groups x bands), gravest first."""
Compute = Callable[..., tuple[dict[str, Matrix], Found, Found]]


@dataclass(frozen=True)
class Chunk:
    """Some groups that have equally many rows: where these lie in the flat columns, and how to make them matrices."""

    places: slice | NDArray[np.int64]
    size: int

    def matrix(self, flat: Matrix) -> Matrix:
        """A flat column as a matrix (groups x rows)."""
        return flat[self.places].reshape(-1, self.size)

    def put(self, flat: NDArray[np.generic], matrix: NDArray[np.generic]) -> None:
        """Write a matrix, or one column that holds for every row of a group, where `matrix` would read it."""
        shape = (-1,) if isinstance(self.places, slice) else (-1, self.size)
        flat[self.places] = np.broadcast_to(matrix, (len(matrix), self.size)).reshape(shape)


@dataclass(frozen=True)
class Banded:
    """The rows, group after group in the order of `by`; within a group in no order.

    `keys`: one row per group, under names of our own. `sizes`: its rows. `flat`: the numeric columns, NaN where they
    are missing. `others`: the other columns.
    """

    keys: pl.DataFrame
    sizes: NDArray[np.int64]
    flat: Mapping[str, Matrix]
    others: pl.DataFrame
    by: tuple[str, ...]

    @property
    def group(self) -> NDArray[np.int64]:
        """The number of each row's group."""
        return np.repeat(np.arange(len(self.sizes)), self.sizes)

    def chunks(self) -> Iterator[Chunk]:
        """All groups, each in one chunk of groups of its own number of rows."""
        ends = np.cumsum(self.sizes)
        for size in np.unique(self.sizes).tolist():
            chosen = np.flatnonzero(self.sizes == size)
            for at in range(0, len(chosen), CHUNK):
                some = chosen[at : at + CHUNK]
                first, last = int(ends[some[0]]) - size, int(ends[some[-1]])
                if last - first == size * len(some):
                    yield Chunk(slice(first, last), size)
                else:
                    yield Chunk(ends[some, None] - size + np.arange(size), size)

    def attach(
        self, results: Mapping[str, NDArray[np.generic] | pl.Series], types: Mapping[str, pl.DataType]
    ) -> pl.DataFrame:
        """The output: each row's keys, then the columns of `types`; NaN and columns that no chunk had become null."""
        group = pl.Series(self.group, dtype=pl.UInt32)
        keys = {name: self.keys[key(place)].gather(group) for place, name in enumerate(self.by)}
        nothing = pl.repeat(None, len(group), dtype=pl.Null, eager=True)
        columns = {
            name: pl.Series(results.get(name, nothing), nan_to_null=True).cast(dtype) for name, dtype in types.items()
        }
        return pl.DataFrame({**keys, **columns})


def read_bands(
    frame: pl.DataFrame | pl.LazyFrame,
    *,
    by: Sequence[str],
    numbers: Sequence[str],
    results: Sequence[str],
    optional_numbers: Sequence[str] = (),
    others: Sequence[str] = (),
) -> Banded:
    """Read `age_start`, `numbers` and what there is of `optional_numbers` and `others`, gathered by group.

    Gathering and then ordering the groups alone is several times faster than sorting all rows.
    Raises ValueError for a bad call: a missing or non-numeric column, or text ages none of which has a digit.
    """
    source, schema = check_columns(
        frame,
        by=by,
        numbers=numbers,
        optional_numbers=optional_numbers,
        others=["age_start"],
        results=[*results, *others],
    )
    check_ordering("age_start", schema["age_start"])
    keys = [key(place) for place in range(len(by))] or ["key_none"]
    present = [name for name in (*numbers, *optional_numbers) if name in schema]
    gathered = (
        source.select(
            *((pl.col(name).alias(ours) for name, ours in zip(by, keys, strict=True)) if by else [_no_key()]),
            first_age(schema["age_start"]),
            last_age(schema["age_start"]),
            *(number(name, schema) for name in present),
            *(name for name in others if name in schema),
        )
        .group_by(keys)
        .agg(pl.all())
        .sort(keys)
        .collect(engine="in-memory")
    )
    flat = {name: gathered[name].explode().fill_null(np.nan).to_numpy() for name in ("age_start", "age_end", *present)}
    if len(flat["age_start"]) and schema["age_start"] != pl.Null and not schema["age_start"].is_numeric():
        _check_ages(flat["age_start"], source)
    return Banded(
        keys=gathered.select(keys),
        sizes=gathered["age_start"].list.len().to_numpy().astype(np.int64),
        flat=flat,
        others=gathered.select(pl.col(name).explode() for name in others if name in schema),
        by=tuple(by),
    )


def per_band(
    given: Banded, names: Sequence[str], *, notes: Sequence[str], compute: Compute
) -> tuple[dict[str, Matrix], Codes]:
    """Flat columns of results and of note codes (`texts` reads them), chunk by chunk; `age_start` is among them.

    `compute` gets the first ages and the matrices of `names` in ascending order of age (one row of ages where all
    groups have the same) and answers with columns, reasons to refuse a whole group (beside wrong bands), and notes that
    come with results; gravest first. A refused group has no results.
    """
    count = len(given.flat["age_start"])
    out: dict[str, Matrix] = {"age_start": np.empty(count)}
    note = np.zeros(count, dtype=np.int8)
    for chunk in given.chunks():
        ages = chunk.matrix(given.flat["age_start"])
        order = np.argsort(ages, axis=1, kind="stable")
        ages = np.take_along_axis(ages, order, axis=1)
        chunk.put(out["age_start"], ages)
        if chunk.size < FEWEST_BANDS:
            chunk.put(note, codes(notes, ("wrong_age_bands", np.ones((len(ages), 1), dtype=bool))))
            continue
        matrices = [np.take_along_axis(chunk.matrix(given.flat[name]), order, axis=1) for name in names]
        last = np.take_along_axis(chunk.matrix(given.flat["age_end"]), order, axis=1)
        alike = bool((ages == ages[:1]).all())
        with np.errstate(all="ignore"):  # what overflows or is undefined becomes a null with a note
            columns, reasons, remarks = compute(ages[:1] if alike else ages, *matrices)
            refused = codes(notes, ("wrong_age_bands", _wrong(ages, last)), *reasons)
            remarks = [*remarks, ("age_band_may_be_missing", _uneven(ages))]
        for name, matrix in columns.items():
            if name not in out:
                out[name] = np.full(count, np.nan)
            shown = np.isfinite(matrix) & (refused == 0)
            chunk.put(out[name], np.where(shown, matrix + 0.0, np.nan))
        chunk.put(note, np.where(refused > 0, refused, codes(notes, *remarks)))
    return out, note


def _wrong(ages: Matrix, last: Matrix) -> Flags:
    """The groups (groups x 1) whose bands do not ascend from 0, each from where the one before ends."""
    step = np.diff(ages, axis=1)
    meets = np.isnan(last[:, :-1]) | (last[:, :-1] + 1 == ages[:, 1:])
    return any_band((ages[:, :1] != 0) | ~(step > 0) | ~meets)


def _uneven(ages: Matrix) -> Flags:
    """The groups (groups x 1) with a band that is wider than both its neighbours, as where one is missing."""
    width = np.diff(ages, axis=1)
    return any_band((width[:, 1:-1] > width[:, :-2]) & (width[:, 1:-1] > width[:, 2:]))


def refusals(deaths: Matrix, population: Matrix) -> Found:
    """Why a group has no life table: note codes and the groups they hold for (groups x 1), gravest first."""
    return [
        ("missing_value", ~(np.isfinite(deaths) & np.isfinite(population)).all(axis=1, keepdims=True)),
        ("negative_deaths", any_band(deaths < 0)),
        ("bad_population", any_band(population <= 0)),
        ("deaths_exceed_population", any_band(deaths > population)),
        ("no_deaths_in_open_band", deaths[:, -1:] == 0),
    ]


def too_small(population: Matrix) -> Flags:
    """The groups (groups x 1) whose population is too small for their life table to be shown."""
    return np.asarray(population.sum(axis=1, keepdims=True) <= SMALLEST_POPULATION)


def codes(notes: Sequence[str], *found: tuple[str, Flags]) -> Codes:
    """The place in `notes`, counted from 1, of the first note found that holds; 0 where none does."""
    shape = np.broadcast_shapes((1, 1), *(flags.shape for _, flags in found))
    picked = np.zeros(shape, dtype=np.int8)
    for note, flags in reversed(found):
        np.copyto(picked, notes.index(note) + 1, where=flags)
    return picked


def texts(notes: Sequence[str], picked: Codes) -> pl.Series:
    """The note of each code; null for 0."""
    return pl.Series([None, *notes], dtype=pl.String).gather(pl.Series(picked).cast(pl.UInt32))


def any_band(flags: Flags) -> Flags:
    """The groups (groups x 1) for which a flag holds in any band."""
    return np.asarray(flags.any(axis=1, keepdims=True))


def _no_key() -> pl.Expr:
    return pl.lit(0).alias("key_none")


def first_age(dtype: pl.DataType) -> pl.Expr:
    """The first age of the band, a whole number of years; null where there is none."""
    age = pl.col("age_start")
    if not dtype.is_numeric() and dtype != pl.Null:
        text = age.cast(pl.String)
        age = pl.when(text.str.contains(UNDER)).then(pl.lit("0")).otherwise(text.str.extract(r"(\d+)"))
    age = age.cast(pl.Float64, strict=False)
    return pl.when((age == age.round()) & age.is_between(0, OLDEST)).then(age).alias("age_start")


def last_age(dtype: pl.DataType) -> pl.Expr:
    """The last age of the band where its text names one, else null."""
    if dtype.is_numeric() or dtype == pl.Null:
        return pl.lit(None, dtype=pl.Float64).alias("age_end")
    return pl.col("age_start").cast(pl.String).str.extract(LAST_AGE).cast(pl.Float64, strict=False).alias("age_end")


def _check_ages(ages: Matrix, source: pl.LazyFrame) -> None:
    if np.isnan(ages).all() and source.select(pl.col("age_start").count()).collect().item():
        raise ValueError("age_start must hold the first age of each band, such as 5 or 5-9; no text in it has a digit.")
