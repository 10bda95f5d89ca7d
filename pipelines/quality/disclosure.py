"""What the figures we show reveal about counts that a publisher suppressed.

What belongs here: the sums that tie suppressed counts to shown ones, and solving them. What does not: suppressing
anything, or judging a publisher: a value that it shows itself is its own disclosure. A cell counts as suppressed when
its note says so and its value is null.

The method is peeling: every sum that has one unknown left gives it away; what it gives makes further sums solvable;
until none gives anything. Sums are the sexes, whole sets of groups, and areas of one larger area. Counts are those
published or, for shares and rates, value x denominator: whoever has the release can do as much.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import polars as pl

KEY = ("indicator", "area_code", "period", "period_length", "sex", "age", "dimension", "scheme", "category")
RECOVERABLE: dict[str, pl.DataType] = {
    **dict.fromkeys(KEY, pl.String()),
    "way": pl.String(),
    "recovered": pl.Float64(),
    "equation": pl.String(),
}
"""One row per suppressed cell that can be worked out: how, the count, and the sum that gives it."""

PINNED = 1e-6
"""Bounds of a slope closer together than this share of it reveal the suppressed cell."""

Cell = tuple[str, ...]


@dataclass(frozen=True)
class Equation:
    """A whole that is the sum of its parts, named in words."""

    way: str
    whole: Cell
    parts: tuple[Cell, ...]


def recoverable(
    observation: pl.DataFrame,
    *,
    indicator: pl.DataFrame,
    breakdown: pl.DataFrame,
    area: pl.DataFrame,
    inequality: pl.DataFrame,
) -> pl.DataFrame:
    """The suppressed cells that can be worked out from the figures beside them; no rows when all is well.

    In: the tables of those names in `core`, `staging` and `measures`. Out: RECOVERABLE, by key.
    """
    secrets = observation.filter(hidden())
    if secrets.is_empty():
        return pl.DataFrame(schema=RECOVERABLE)
    # Only rows with the indicator and period of a suppressed cell can give it away.
    near = observation.join(secrets, on=("indicator", "period", "period_length"), how="semi")
    counts = _counts(near, indicator)
    secret = {tuple(row) for row in secrets.select(KEY).iter_rows()}
    equations = [*_sexes(counts), *_groups(counts, breakdown), *_areas(counts, area)]
    rows = [_shown(cell, counts[cell]) for cell in sorted(secret) if counts[cell] is not None]
    rows += peel(counts, equations, secret)
    rows += _pinned(secrets, inequality)
    return pl.DataFrame(rows, schema=RECOVERABLE, orient="row").unique(KEY, keep="first").sort(KEY)


def hidden() -> pl.Expr:
    """Whether a publisher suppresses a cell: its note says so, and it shows no value."""
    return pl.col("value").is_null() & pl.col("note_code").str.starts_with("suppressed").fill_null(value=False)


def _counts(observation: pl.DataFrame, indicator: pl.DataFrame) -> dict[Cell, float | None]:
    """The count of every cell: as published, or value x denominator."""
    kinds = indicator.select("indicator", "value_kind", "scale")
    derived = pl.when(pl.col("value_kind").is_in(["proportion", "rate"])).then(
        pl.col("value") * pl.col("denominator") / pl.col("scale")
    )
    frame = observation.join(kinds, on="indicator", how="left").with_columns(
        pl.coalesce(pl.col("numerator"), derived).alias("count")
    )
    return {tuple(row[:-1]): row[-1] for row in frame.select(*KEY, "count").iter_rows()}


def peel(
    counts: Mapping[Cell, float | None], equations: Iterable[Equation], secret: set[Cell]
) -> list[tuple[str | float | None, ...]]:
    """Solve sums with one unknown until none is left, and name the secret cells that came out, with their sum."""
    known = dict(counts)
    by_cell: dict[Cell, list[Equation]] = defaultdict(list)
    waiting = []
    for equation in equations:
        cells = (equation.whole, *equation.parts)
        unknown = [cell for cell in cells if known.get(cell) is None]
        if unknown:
            waiting.append(equation)
            for cell in unknown:
                by_cell[cell].append(equation)
    found: list[tuple[str | float | None, ...]] = []
    while waiting:
        equation = waiting.pop()
        unknown = [cell for cell in (equation.whole, *equation.parts) if known.get(cell) is None]
        if len(unknown) != 1:
            continue
        (cell,) = unknown
        known[cell] = _solve(equation, cell, known)
        if cell in secret:
            found.append((*cell, equation.way, known[cell], _said(equation, cell, known)))
        waiting += by_cell[cell]
    return found


def _solve(equation: Equation, cell: Cell, known: Mapping[Cell, float | None]) -> float:
    parts = sum(known[part] or 0.0 for part in equation.parts if part != cell)
    return parts if cell == equation.whole else (known[equation.whole] or 0.0) - parts


def _said(equation: Equation, cell: Cell, known: Mapping[Cell, float | None]) -> str:
    """The sum in words, without its result: people read this who may not know it."""
    differs = [name for name in range(len(KEY)) if len({part[name] for part in (equation.whole, *equation.parts)}) > 1]

    def of(one: Cell) -> str:
        return " ".join(one[name] for name in differs)

    def named(one: Cell) -> str:
        return f"{of(one)} {known[one]:g}"

    others = [named(part) for part in equation.parts if part != cell]
    if cell == equation.whole:
        return f"{of(cell)} = {' + '.join(others)}"
    return f"{of(cell)} = {named(equation.whole)} - {' - '.join(others)}"


def _shown(cell: Cell, count: float | None) -> tuple[str | float | None, ...]:
    return (*cell, "shown_count", count, "a count stands beside the suppressed value")


def _sexes(counts: Mapping[Cell, float | None]) -> list[Equation]:
    """Persons are male and female."""
    place = KEY.index("sex")

    def of(cell: Cell, sex: str) -> Cell:
        return (*cell[:place], sex, *cell[place + 1 :])

    persons = (cell for cell in counts if cell[place] == "persons")
    return [
        Equation("sexes", cell, (of(cell, "male"), of(cell, "female")))
        for cell in persons
        if of(cell, "male") in counts and of(cell, "female") in counts
    ]


def _groups(counts: Mapping[Cell, float | None], breakdown: pl.DataFrame) -> list[Equation]:
    """Everybody is in one group of a scheme, where each of the scheme's groups has a row."""
    whole_sets: dict[tuple[str, str], set[str]] = defaultdict(set)
    for dimension, scheme, category in breakdown.select("dimension", "scheme", "category").iter_rows():
        whole_sets[dimension, scheme].add(category)
    groups: dict[Cell, list[Cell]] = defaultdict(list)
    for cell in counts:
        if cell[-3] != "total":
            groups[cell[:-1]].append(cell)
    found = []
    for key, parts in groups.items():
        whole = (*key[:-2], "total", "total", "total")
        if whole in counts and {part[-1] for part in parts} == whole_sets[key[-2], key[-1]]:
            found.append(Equation("groups", whole, tuple(sorted(parts))))
    return found


def _areas(counts: Mapping[Cell, float | None], area: pl.DataFrame) -> list[Equation]:
    """A country, region or county is its current districts, or its upper tiers, where each has a row."""
    now = area.filter(pl.col("is_current"))
    tiers = [
        members.select(pl.col(whole).alias("whole"), pl.col("area_code").alias("part")).drop_nulls()
        for members, wholes in (
            (now.filter(pl.col("is_district")), ("upper_tier_code", "region_code", "country_code")),
            (now.filter(pl.col("is_upper_tier")), ("region_code", "country_code")),
        )
        for whole in wholes
    ]
    rest: dict[Cell, set[str]] = defaultdict(set)
    for cell in counts:
        rest[(cell[0], *cell[2:])].add(cell[1])
    found = []
    for tier in tiers:
        for (whole,), members in tier.filter(pl.col("whole") != pl.col("part")).group_by("whole", maintain_order=True):
            parts = sorted(members["part"])
            for key, there in rest.items():
                if whole in there and there.issuperset(parts):
                    cells = tuple((key[0], part, *key[1:]) for part in parts)
                    found.append(Equation("areas", (key[0], str(whole), *key[1:]), cells))
    return found


def _pinned(hidden: pl.DataFrame, inequality: pl.DataFrame) -> list[tuple[str | float | None, ...]]:
    """Suppressed groups of a slope whose two bounds are one number."""
    low, high = pl.col("slope_index_smallest"), pl.col("slope_index_largest")
    group = KEY[:-1]
    narrow = inequality.filter(
        (pl.col("measure") == "slope_index") & ((high - low) <= PINNED * pl.max_horizontal(high.abs(), pl.lit(1.0)))
    )
    pinned = hidden.join(narrow.select(*group, low).unique(group), on=group, how="inner", nulls_equal=True)
    single = pinned.filter(pl.len().over(group) == 1)
    return [
        (*row[:-1], "slope_bounds", None, f"both bounds of the slope index are {row[-1]:g}")
        for row in single.select(*KEY, "slope_index_smallest").iter_rows()
    ]
