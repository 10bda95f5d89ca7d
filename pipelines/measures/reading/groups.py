"""Rows into groups: read the columns, judge each group, compute on matrices, put results beside the keys.

What belongs here: what every measure does before and after its formula. What does not: the meaning of a column or the
formula. A measure reads with `read_groups`, computes on each of `Groups.blocks()` (NumPy matrices, one row per group
and one column per row of it), and returns `Groups.attach(...)`. A sum over a group never sees another group, and rows
are sorted within the group first, so neither neighbours, row order nor threads can move a digit.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl
from numpy.typing import NDArray

Matrix = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Block:
    """The sound groups that have the same number of rows, so that their columns are matrices (groups x rows).

    `group` numbers them among all groups; `places` are their rows' places in `Groups.rows`, as a matrix.
    """

    rows: pl.DataFrame
    group: NDArray[np.int64]
    places: NDArray[np.int64] | None
    size: int

    def matrix(self, column: str) -> Matrix:
        """A numeric column as a matrix (groups x rows); NaN where it is null."""
        flat = self.rows[column].cast(pl.Float64).to_numpy()
        return flat.reshape(-1, self.size) if self.places is None else flat[self.places]

    def flat(self, column: str) -> pl.Series:
        """A column of any type, row after row and group after group, as a matrix reads when it is flattened."""
        series = self.rows[column]
        return series if self.places is None else series.gather(pl.Series(self.places.ravel()).cast(pl.UInt32))

    def first(self, column: str) -> Matrix:
        """The first row's number of each group: for what is the same in all rows of a group."""
        return self.matrix(column)[:, 0]

    def parts(self, most: int) -> Iterator[Block]:
        """The block in pieces of at most `most` groups, for formulas whose matrices would not fit in memory."""
        for start in range(0, len(self.group), most):
            group = self.group[start : start + most]
            if self.places is None:
                rows = self.rows.slice(start * self.size, len(group) * self.size)
                yield Block(rows, group, None, self.size)
            else:
                places = self.places[start : start + most]
                first, last = places[0, 0], places[-1, -1]
                yield Block(self.rows.slice(first, last + 1 - first), group, places - first, self.size)

    def result(self, **columns: Matrix | Flags | pl.Series | pl.Expr) -> pl.DataFrame:
        """One row per group of this block: `group` and the columns; what is not finite becomes null, -0.0 becomes 0."""
        frame = pl.DataFrame({"group": self.group}).with_columns(
            **{
                name: pl.Series(values) if isinstance(values, np.ndarray) else values
                for name, values in columns.items()
            }
        )
        floats = [name for name, dtype in frame.schema.items() if dtype.is_float()]
        return frame.with_columns(finite_or_null(pl.col(name)) for name in floats)


@dataclass(frozen=True)
class Groups:
    """The input, read and judged.

    `rows`: the rows of the sound groups, ordered by group and then as asked, with `group` first.
    `groups`: one row per group, ordered by `by`: `group` (0, 1, ..), the keys under names of our own, `group_count`
    (its rows, sound or not), `refusal` (why nothing is computed, or null) and what else the measure had judged.
    """

    rows: pl.DataFrame
    groups: pl.DataFrame
    by: tuple[str, ...]

    @cached_property
    def sound(self) -> pl.DataFrame:
        """The rows of `groups` without a refusal."""
        return self.groups.filter(pl.col("refusal").is_null())

    def blocks(self) -> Iterator[Block]:
        """The sound groups by number of rows, fewest first; every sound group is in exactly one block."""
        group = self.sound["group"].to_numpy().astype(np.int64)
        sizes = self.sound["group_count"].to_numpy()
        starts = np.concatenate([[0], np.cumsum(sizes)[:-1]]).astype(np.int64)
        lengths = np.unique(sizes)
        for size in lengths:
            if len(lengths) == 1:
                yield Block(self.rows, group, None, int(size))
            else:
                chosen = sizes == size
                yield Block(self.rows, group[chosen], starts[chosen, None] + np.arange(size), int(size))

    def attach(self, results: Sequence[pl.DataFrame], columns: Mapping[str, pl.DataType]) -> pl.DataFrame:
        """The output: every group's keys, then `columns`, from the blocks' results (null for a refused group).

        `note_code` is the first that a group has of `refusal`, `expected_note`, `interval_note`, the result's `note`,
        and the other judgements whose names end in `_note`.
        """
        computed = pl.concat(results, how="vertical_relaxed") if results else pl.DataFrame({"group": []})
        if len(results) > 1:
            computed = computed.sort("group")
        if computed.height == self.groups.height:
            wide = self.groups.hstack(computed.drop("group"))
        else:
            places = pl.Series(np.arange(computed.height)).cast(pl.UInt32)
            at = self.groups.select(pl.col("group").cast(pl.Int64)).join(
                computed.select(pl.col("group").cast(pl.Int64), at=places),
                on="group",
                how="left",
                maintain_order="left",
            )["at"]
            wide = self.groups.hstack(computed.drop("group").select(pl.all().gather(at)))
        return self._named(wide, columns)

    def attach_rows(self, results: Sequence[pl.DataFrame], columns: Mapping[str, pl.DataType]) -> pl.DataFrame:
        """As `attach`, for measures that give several rows per group: a group without any keeps one row of nulls.

        Rows are put beside their group's number and keys are fetched by it, without a join: a join would hold all of
        them twice.
        """
        computed = pl.concat(results, how="vertical_relaxed") if results else pl.DataFrame({"group": []})
        computed = computed.with_columns(pl.col("group").cast(pl.UInt32))
        absent = np.ones(self.groups.height, dtype=np.bool_)
        absent[computed["group"].to_numpy()] = False
        if absent.any():
            alone = pl.DataFrame({"group": pl.Series(np.flatnonzero(absent)).cast(pl.UInt32)})
            computed = pl.concat([computed, alone], how="diagonal_relaxed")
        if not computed["group"].is_sorted():
            computed = computed.sort("group", maintain_order=True)
        wide = computed.with_columns(
            column.gather(computed["group"])
            for name, column in zip(self.groups.columns, self.groups.iter_columns(), strict=True)
            if name.startswith("key_") or name in columns or self._is_note(name)
        )
        return self._named(wide, columns)

    def _is_note(self, name: str) -> bool:
        """Whether a column of `groups` may reach `note_code`: an empty one never does, and is not carried along."""
        note = name == "refusal" or name.endswith("_note")
        return note and self.groups[name].null_count() < self.groups.height

    def _named(self, wide: pl.DataFrame, columns: Mapping[str, pl.DataType]) -> pl.DataFrame:
        first = ("expected_note", "interval_note")
        judged = [name for name in self.groups.columns if name.endswith("_note") and name not in first]
        notes = ["refusal", *first, "note", *judged]
        wide = wide.with_columns(
            note_code=pl.coalesce(
                *(pl.col(name).cast(pl.String) for name in notes if name in wide.columns), pl.lit(None, dtype=pl.String)
            )
        )
        if "interval_method" in columns:
            # The column is absent where every group was refused.
            method = [pl.col(name) for name in wide.columns if name == "interval_method"]
            wide = wide.with_columns(interval_method=pl.coalesce(*method, pl.lit("none")))
        return wide.select(
            *(pl.col(key(place)).alias(name) for place, name in enumerate(self.by)),
            *(
                (pl.col(name) if name in wide.columns else pl.lit(None)).cast(dtype).alias(name)
                for name, dtype in columns.items()
            ),
        )


def read_groups(
    source: pl.LazyFrame,
    *,
    by: Sequence[str],
    columns: Mapping[str, pl.Expr],
    order: Sequence[str],
    refusals: Sequence[tuple[str, pl.Expr]],
    judgements: Mapping[str, pl.Expr] | None = None,
    counted: pl.Expr | None = None,
) -> Groups:
    """Read `columns` of a frame that `call.py` has passed, sort rows by `by` and `order`, and judge each group.

    `refusals` are (note code, expression over a group that is true where nothing may be computed), gravest first;
    `judgements` further expressions over a group, kept in `Groups.groups`; those named `*_note` reach `note_code`.
    Rows for which `counted` is false are seen by all of these, but are neither in `group_count` nor in `Groups.rows`.
    """
    keys = [key(place) for place in range(len(by))]
    read = source.select(*(pl.col(name).alias(ours) for name, ours in zip(by, keys, strict=True)), **columns).collect(
        engine="in-memory"
    )
    found, rows = _gathered(read, keys=keys, columns=list(columns), order=order)
    groups = (
        rows.lazy()
        .group_by("group", maintain_order=True)
        .agg(
            (pl.len() if counted is None else counted.sum()).cast(pl.Int64).alias("group_count"),
            pl.coalesce(pl.when(holds).then(pl.lit(code)) for code, holds in refusals).alias("refusal"),
            *(expression.alias(name) for name, expression in (judgements or {}).items()),
        )
        .collect(engine="in-memory")
    )
    groups = groups.select("group", *found.get_columns(), pl.all().exclude("group"))
    if groups["refusal"].null_count() < groups.height:
        refused = groups["refusal"].is_not_null()
        rows = rows.filter(~refused.gather(rows["group"]))
    if counted is not None:
        rows = rows.filter(counted)
    return Groups(rows=rows, groups=groups, by=tuple(by))


def _gathered(
    read: pl.DataFrame, *, keys: Sequence[str], columns: Sequence[str], order: Sequence[str]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The keys of each group in their order, and its rows: `group`, then `columns`, ordered within the group.

    Finding each group's rows and ordering the groups, then the rows within each, is faster than sorting all rows.
    """
    found, sizes = pl.DataFrame(), np.array([read.height] if read.height else [], dtype=np.int64)
    places = np.arange(read.height)
    if keys:
        rows = read.lazy().select(keys).with_row_index("place").group_by(keys).agg("place")
        listed = rows.sort(keys).collect(engine="in-memory")
        found, sizes = listed.select(keys), listed["place"].list.len().to_numpy()
        places = listed["place"].explode().to_numpy()
    group = np.repeat(np.arange(len(sizes), dtype=np.uint32), sizes)
    alike = len(set(sizes.tolist())) == 1 and all(read.schema[name] == pl.Float64 for name in order)
    for name in reversed(order) if alike else ():
        matrix = places.reshape(len(sizes), -1)
        sought = read[name].fill_null(-np.inf).to_numpy()[matrix]
        places = np.take_along_axis(matrix, np.argsort(sought, axis=1, kind="stable"), axis=1).ravel()
    taken = read.select(pl.col(columns).gather(pl.Series(places).cast(pl.UInt32)))
    gathered = taken.select(pl.Series("group", group).set_sorted(), pl.all())
    return found, gathered if alike or not order else gathered.sort(["group", *order], maintain_order=True)


def total(matrix: Matrix) -> Matrix:
    """Each group's sum, the same to the last digit whatever the order of its rows: they are sorted first."""
    return np.asarray(np.sort(matrix, axis=1).sum(axis=1))


def number(name: str, schema: pl.Schema) -> pl.Expr:
    """A numeric column as Float64 with NaN as null; nulls throughout where the frame has no such column."""
    column = pl.col(name) if name in schema else pl.lit(None)
    return column.cast(pl.Float64).fill_nan(None).alias(name)


def all_finite(column: str | pl.Expr) -> pl.Expr:
    """Over a group: every row has a finite number."""
    numbers = pl.col(column) if isinstance(column, str) else column
    return numbers.is_finite().fill_null(value=False).all()


def finite_or_null(expression: pl.Expr) -> pl.Expr:
    """The number, or null where arithmetic overflowed or divided by nothing. Minus zero becomes zero."""
    return pl.when(expression.is_finite()).then(expression + 0.0)


def choose(count: int, *choices: tuple[str, Flags | np.bool_ | bool], otherwise: str | None = None) -> pl.Series:
    """A text for each of `count` groups: that of the first choice whose flag is set, or `otherwise`."""
    texts = [text for text, _ in choices]
    picked = np.full(count, len(texts))
    for place in range(len(choices) - 1, -1, -1):
        picked[np.broadcast_to(choices[place][1], count)] = place
    return pl.Series([*texts, otherwise], dtype=pl.String).gather(pl.Series(picked).cast(pl.UInt32))


def key(place: int) -> str:
    """Grouping columns go under names of our own, so that any name a caller chose is safe from the working columns."""
    return f"key_{place}"
