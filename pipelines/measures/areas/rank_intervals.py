"""Ranks of areas with intervals: how high or low in the table an area may truly stand.

What belongs here: the rank and its limits. What does not: whether a high rank is good beyond `favourable`.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl
from scipy.special import ndtri

from pipelines.measures.areas.estimates import ERRORS, read_estimates
from pipelines.measures.reading.call import check_choice, check_columns, check_new_columns, normal_quantile
from pipelines.measures.reading.groups import Matrix

RESULTS: dict[str, pl.DataType] = {
    "position": pl.Int64(),
    "position_lower": pl.Int64(),
    "position_upper": pl.Int64(),
    "areas": pl.Int64(),
    "note_code": pl.String(),
}
AT_ONCE = 512
"""Areas compared with all others at once: 512 x 5,000 are 20 MB a matrix."""


def rank_intervals(
    frame: pl.DataFrame | pl.LazyFrame, *, by: Sequence[str], favourable: bool, confidence: float = 0.95
) -> pl.DataFrame:
    """Put the areas of each group in order, best first, and say between which positions each may truly stand.

    Parameters
    ----------
    frame
        One row per area. Columns: `value`, and `standard_error` or `value_lower` with `value_upper` (95%).
        `favourable`: more is better, so that the highest value is position 1.
    by
        Names of the grouping columns; `[]` for one group.
    favourable
        Whether more is better.
    confidence
        How often an interval should hold the true position, between 0.5 and 1.

    Returns
    -------
    pl.DataFrame
        The same rows, in the same order and with all their columns, and five more. `by` names the tables (`by=[]`: all
        rows are one). Columns: `position` (1 = best; equal values share the better one), `position_lower` and
        `position_upper`, and `areas`, how many have one.

    Raises
    ------
    ValueError
        For a bad call: a missing or non-numeric column, columns that the output would overwrite, a `favourable` neither
        True nor False, a `confidence` outside 0.5 to 1.

    Notes
    -----
    Formula, k areas, c = confidence::

        an area is clearly better than another where the two values differ by more than z sqrt(se^2 + se'^2), z = the
        normal quantile of two-sided confidence c^(1 / (k - 1)), which allows for the area's k - 1 comparisons
        position_lower = 1 + areas that are clearly better; position_upper = k - areas that are clearly worse

    Reading: League tables mislead: the middle half of 150 areas can often not be told apart. An interval of 20 to 110
    says that the position means nothing; one of 1 to 8 that the area is among the best.

    Differs: Intervals from simulated ranks (Goldstein and Spiegelhalter) hold the true position less often than they
    say where areas are nearly equal. These hold it at least as often as asked, for each area, whatever the true values.

    `note_code`, with no position, and not counted: `missing_value` (or infinite), `missing_limits` (neither limits nor
    error, or an error of 0), `crossed_limits`, `negative_standard_error`. With the position: `one_area`.

    Proof: Coverage by simulation, by hand and by laws in the tests; no reference figures

    References
    ----------
    Mogstad, Romano, Shaikh & Wilhelm, Rev Econ Stud 2024;91:476 (ranks from comparisons); Sidak, J Am Stat Assoc
    1967;62:626 (the allowance); Goldstein & Spiegelhalter, J R Stat Soc A 1996;159:385 (why).

    Examples
    --------
    >>> areas = pl.DataFrame({"area": list("abc"), "value": [60.0, 70.0, 71.0], "standard_error": [1.0, 1.0, 1.0]})
    >>> answer = rank_intervals(areas, by=[], favourable=True)
    >>> answer.select("area", "position", "position_lower", "position_upper").rows()
    [('a', 3, 3, 3), ('b', 2, 1, 2), ('c', 1, 1, 2)]
    """
    check_choice("favourable", favourable, [True, False])
    normal_quantile(confidence)
    source, schema = check_columns(frame, by=by, numbers=["value"], optional_numbers=ERRORS, results=list(RESULTS))
    check_new_columns(schema, RESULTS)
    rows = source.collect(engine="in-memory")
    keys = [f"key_{place}" for place in range(len(by))]
    own_names = (rows[name].alias(ours) for name, ours in zip(by, keys, strict=True))
    judged = read_estimates(rows, schema).with_columns(*own_names).with_row_index("row")
    found = np.zeros((3, rows.height))
    areas = np.zeros(rows.height)
    sound = judged.filter(pl.col("note_code").is_null())
    tables = sound.partition_by(keys, maintain_order=True) if keys else [sound]
    for table in tables:
        place = table["row"].to_numpy()
        value, error = table["value"].to_numpy(), table["standard_error"].to_numpy()
        found[:, place] = _positions(value if favourable else -value, error, confidence=confidence)
        areas[place] = len(place)
    lost = judged["note_code"].is_not_null()
    columns = dict(zip(("position", "position_lower", "position_upper"), found, strict=True)) | {"areas": areas}
    answer = pl.DataFrame(columns).select(pl.when(~lost).then(pl.col(name).cast(pl.Int64)) for name in columns)
    note = pl.coalesce(judged["note_code"], pl.when(answer["areas"] == 1).then(pl.lit("one_area")))
    return rows.hstack(answer.with_columns(note_code=note).select(list(RESULTS)))


def _positions(value: Matrix, error: Matrix, *, confidence: float) -> Matrix:
    """Position, lower and upper (3 x areas), where more is better."""
    count = len(value)
    found = np.ones((3, count))
    z = ndtri((1 + confidence ** (1 / max(count - 1, 1))) / 2)
    for start in range(0, count, AT_ONCE):
        few = slice(start, start + AT_ONCE)
        with np.errstate(over="ignore"):  # an error too large to square tells nothing apart
            ahead = value - value[few, None]
            clear = z * np.hypot(error[few, None], error)
        found[0, few] = 1 + (ahead > 0).sum(axis=1)
        found[1, few] = 1 + (ahead > clear).sum(axis=1)
        found[2, few] = count - (ahead < -clear).sum(axis=1)
    return found
