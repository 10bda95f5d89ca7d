"""How far a measure can be trusted: a grade A to D with every reason for it in words, and how precise it is.

What belongs here: the grade of a row, from how its groups were made and from the diagnosis of their line. What does
not: the diagnosis itself (`measures/lines/diagnose.py`).

A: a slope with true weights and limits, whose groups lie close to a line. B: equal shares, a break, a gap (which sees
two groups only), groups without an order, or a line that describes the groups less well. C: no limits, groups of whole
areas, or a poor line. D: no number, or groups made of areas in which too few of the people live.
"""

from __future__ import annotations

import polars as pl

from pipelines.measures.lines.line_grade import precision
from pipelines.measures.registry import MEASURES, slugs

LEAST_COVERAGE = 0.9
"""Groups of whole areas that hold less than this share of the people are graded D, with the missing areas named."""

WEIGHTED = tuple(one.measure for one in MEASURES if one.weighted)

GOOD = "population weights, limits, and groups that lie close to a line"


def grade_rows(rows: pl.DataFrame) -> pl.DataFrame:
    """Add `grade` and `grade_reason`, which gives every reason that holds, not only the one that decided.

    `precision` stands beside them: the grade is of the method, the precision of what the interval leaves open.

    `line_grade` and `line_reason` are the diagnosis of the groups' line, used for measures of that line.
    """
    has_number = pl.col("value").is_not_null()
    whole_areas = pl.col("basis").str.starts_with("whole_areas").fill_null(value=False)
    no_limits = pl.col("value_lower").is_null()
    of_line = pl.col("measure").is_in(slugs("line"))
    equal = pl.col("measure").is_in(WEIGHTED) & (pl.col("weighting") == "equal_shares")
    gap = pl.col("measure").is_in(slugs("gap")) & pl.col("is_ranked")
    covered = pl.col("people_covered")
    uncovered = (covered < LEAST_COVERAGE).fill_null(value=False)
    poor_line = of_line & (pl.col("line_grade") > "A").fill_null(value=False)
    reasons: list[tuple[pl.Expr, str, pl.Expr]] = [
        (~has_number, "D", pl.lit("no number: ") + pl.col("note_code").str.replace_all("_", " ")),
        (
            has_number & uncovered,
            "D",
            pl.format(
                "{} of {} areas, where {}% of people live, have no value: {}",
                "areas_missing",
                "areas_expected",
                # Up, so that what is below the bound never reads as the bound.
                (100 * (1 - covered)).round(6).ceil().cast(pl.Int64),
                pl.col("missing_areas").str.replace_all("; ", ", "),
            ),
        ),
        (
            has_number & whole_areas,
            "C",
            pl.lit("groups are whole areas, which show about half the gradient of neighbourhoods"),
        ),
        (
            has_number & no_limits & pl.col("limits_published"),
            "C",
            pl.lit("no interval: ") + pl.col("note_code").fill_null("not computable").str.replace_all("_", " "),
        ),
        (
            has_number & no_limits & ~pl.col("limits_published"),
            "C",
            pl.lit(
                "no published limits, so no interval and no verdict; values rounded to 0.1 alone move a slope over "
                "tenths by about 0.06"
            ),
        ),
        (has_number & equal, "B", pl.lit("equal shares, the populations of the groups are not published")),
        (has_number & gap, "B", pl.lit("a gap looks at the two end groups only")),
        (
            has_number & ~pl.col("is_ranked"),
            "B",
            pl.lit("the groups have no order: differences between them grow with their number and with chance"),
        ),
        (
            has_number & pl.col("is_model_estimate") & of_line,
            "B",
            pl.lit("the figures are estimates of a model, which get no slope by rule; this one does because ")
            + pl.col("slope_of_model_because"),
        ),
        (
            has_number & pl.col("series_break"),
            "B",
            pl.lit("the series breaks here: ") + pl.col("break_reason"),
        ),
    ]
    worst = pl.max_horizontal(
        *(pl.when(holds).then(pl.lit(grade)) for holds, grade, _ in reasons),
        pl.when(has_number & of_line).then("line_grade"),
        pl.lit("A"),
    )
    words = pl.concat_str(
        *(pl.when(holds).then(reason) for holds, _, reason in reasons),
        pl.when(has_number & poor_line).then("line_reason"),
        separator="; ",
        ignore_nulls=True,
    )
    value, lower, upper = (pl.col(name) for name in ("value", "value_lower", "value_upper"))
    no_difference = pl.when(pl.col("unit") == "ratio").then(1.0).otherwise(0.0)
    return rows.with_columns(
        grade=worst,
        grade_reason=pl.when(words == "").then(pl.lit(GOOD)).otherwise(words),
        precision=precision(value, lower, upper, no_difference=no_difference),
    )
