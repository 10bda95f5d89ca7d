"""How many groups there should be, so that a missing one is never silent.

What belongs here: reading that number, and judging the groups that are there against it. What does not: what a scheme
must have (the caller knows), or the ranks themselves (`ranked.py`).
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from pipelines.measures.reading.call import check_count
from pipelines.measures.reading.groups import number

LARGEST_WHOLE = 2.0**53
"""Above this a number of rows or a rank is no whole number that can be told from the next."""

COLUMN = "groups_expected"


@dataclass(frozen=True)
class Expected:
    """Expressions over a group that say whether all its groups are there; `columns` is what they read.

    `refusal`: not one whole number, or fewer than are there (`bad_groups_expected`). `note`: `groups_missing`.
    """

    columns: dict[str, pl.Expr]
    refusals: list[tuple[str, pl.Expr]]
    judgements: dict[str, pl.Expr]


def expected_groups(groups_expected: int | None, schema: pl.Schema, *, smallest: int, found: pl.Expr) -> Expected:
    """Judge `found`, the number of groups that are there, by the argument or, without it, the column of that name.

    Raises ValueError unless the argument is None or a whole number of at least `smallest`.
    """
    if groups_expected is not None:
        check_count(COLUMN, groups_expected, smallest=smallest)
        known = pl.lit(float(groups_expected))
        return Expected({}, [("bad_groups_expected", found > known)], _note(found < known))
    if COLUMN not in schema:
        return Expected({}, [], {})
    known = pl.col(COLUMN).drop_nulls()
    not_a_number_of_groups = (known > LARGEST_WHOLE) | (known != known.round()) | (known < found)
    return Expected(
        {COLUMN: number(COLUMN, schema)},
        [("bad_groups_expected", (known.n_unique() > 1) | not_a_number_of_groups.any())],
        _note((known > found).any()),
    )


def _note(missing: pl.Expr) -> dict[str, pl.Expr]:
    return {"expected_note": pl.when(missing).then(pl.lit("groups_missing"))}
