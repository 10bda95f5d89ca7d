"""What every ONS table of life and healthy life expectancy shares: markers, sexes, periods, years and their limits.

What belongs here: the words and numbers of a row that mean the same in each of those tables. What does not: which
areas, groups or ages a table has and what its columns are called (`ons/life_expectancy.py`, `ons/slope_index.py`,
`ons/local_areas.py`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import polars as pl

from pipelines.sources.contract import REJECTED, Parsed, Snapshot, as_observation
from pipelines.sources.formats.period import Period, conform_period, in_the_future, latest_end
from pipelines.sources.formats.table import LINE, SHORT, SPILL, Table, tidy_header
from pipelines.sources.formats.typed_rows import outside_limits

NO_INDICATOR = "no indicator in the catalogue for this age"

MARKERS: dict[str, tuple[str, str]] = {
    "[x]": ("missing_in_source", "ONS marker [x]: not available"),
    "[c]": ("suppressed_small_count", "ONS marker [c]: confidential, suppressed"),
    "[u]": ("not_published_quality", "ONS marker [u]: low reliability, not published"),
    "[z]": ("other_note", "ONS marker [z]: not applicable"),
}
"""What ONS writes in place of a number: our note code and its words. A marked value is null, never zero."""

SEXES: dict[str, str] = {
    "male": "male",
    "males": "male",
    "female": "female",
    "females": "female",
    "persons": "persons",
}
"""Our slug of each sex that ONS prints, in lower case."""

MAX_YEARS = 120

_LOWER = re.compile(r"\blci\b|\blower\b")
_UPPER = re.compile(r"\buci\b|\bupper\b")
_ANY_MEASURE = re.compile(r"expectancy|^d?h?le$|proportion|\bsii\b|\bslope index\b")


def limits(table: Table) -> tuple[pl.Expr, pl.Expr]:
    """The lower and upper limit that belong to the column `value`, as text; nulls where it has none.

    They are the first such columns to its right, before another measure begins.
    """
    found: dict[str, pl.Expr] = {}
    for position in range(table.placed["value"] + 1, len(table.headers)):
        header = tidy_header(table.headers[position])
        side = "lower" if _LOWER.search(header) else "upper" if _UPPER.search(header) else None
        if side:
            found.setdefault(side, pl.col(str(position)))
        elif _ANY_MEASURE.search(header):
            break
    nothing = pl.lit(None, pl.String)
    return found.get("lower", nothing).alias("value_lower"), found.get("upper", nothing).alias("value_upper")


def settle_expectancy(
    rows: pl.DataFrame,
    snapshot: Snapshot,
    *,
    source: str,
    faults: Sequence[tuple[pl.Expr, pl.Expr]],
    least: int = 0,
) -> Parsed:
    """Turn text rows of one table into OBSERVATION rows in years, and the rest into rejected rows.

    `rows` has text columns `period`, `sex`, `value`, `value_lower`, `value_upper`, the columns `row_text`, LINE, SPILL
    and SHORT, and every column of the result that the table itself knows (indicator, area, age, group). `faults` are
    the table's own pairs of (true where a row is not read here, the reason); a row is rejected for its first. `least`
    is the fewest years that a figure may be: a difference of expectancies may be below 0.
    """
    rows = _with_periods(rows)
    marker = pl.col("value").str.to_lowercase()
    marked = marker.is_in(list(MARKERS)).fill_null(value=False)
    codes = {text: code for text, (code, _) in MARKERS.items()}
    words = {text: note for text, (_, note) in MARKERS.items()}
    suppressed = (marker == "[c]").fill_null(value=False)
    sex = pl.col("sex").str.to_lowercase().replace_strict(SEXES, default=None, return_dtype=pl.String)
    spilled = pl.col(SPILL).is_not_null()
    torn = (
        (spilled, pl.lit("more cells than the header")),
        (pl.col(SHORT), pl.lit("fewer cells than the header")),
    )
    not_read = (
        *faults,
        (sex.is_null(), pl.format("sex: '{}' is not Male, Female or Persons", pl.col("sex").fill_null(""))),
        (pl.col("period_fault").is_not_null(), pl.format("period: {}", "period_fault")),
    )
    impossible = (
        (pl.col("period_end") > latest_end(snapshot), in_the_future("period")),
        (pl.col("value").is_null(), pl.lit("value: empty, without a marker that says why")),
        *(fault for name in ("value", "value_lower", "value_upper") for fault in _not_years(name, least)),
        (
            _number("value_lower") > _number("value_upper"),
            pl.format("limits: crossed, the lower {} is above the upper {}", "value_lower", "value_upper"),
        ),
        (
            outside_limits(*(_number(name) for name in ("value", "value_lower", "value_upper"))),
            pl.format("limits: the value {} is outside {} to {}", "value", "value_lower", "value_upper"),
        ),
    )
    every_fault = [
        (wrong, words_of_it, part is not not_read)
        for part in (torn, not_read, impossible)
        for wrong, words_of_it in part
    ]
    reason = pl.coalesce(pl.when(wrong).then(words_of_it) for wrong, words_of_it, _ in every_fault)
    is_faulty = pl.coalesce(pl.when(wrong).then(pl.lit(faulty)) for wrong, _, faulty in every_fault)
    settled = rows.with_columns(
        reason.alias("reason"),
        is_faulty.alias("is_faulty"),
        sex.alias("sex"),
        pl.when(marked).then(marker.replace_strict(codes, default=None, return_dtype=pl.String)).alias("note_code"),
        pl.when(marked).then(marker.replace_strict(words, default=None, return_dtype=pl.String)).alias("note"),
        # Limits left beside a suppressed value would give it away.
        *(pl.when(~suppressed).then(_number(name)).alias(name) for name in ("value", "value_lower", "value_upper")),
        pl.col("period").alias("period_label"),
        pl.col("conformed").alias("period"),
        pl.lit(source).alias("source"),
        pl.lit(snapshot.sha256).alias("snapshot_sha256"),
    )
    good = settled.filter(pl.col("reason").is_null())
    bad = settled.filter(pl.col("reason").is_not_null())
    return Parsed(
        rows=as_observation(good),
        rejected=bad.select(pl.col(name).cast(dtype) for name, dtype in REJECTED.items()),
        rows_in=rows.height,
    )


def _with_periods(rows: pl.DataFrame) -> pl.DataFrame:
    """Date every distinct label once: adds `conformed`, its length, first and last day, or `period_fault`."""
    dated: list[dict[str, object]] = []
    for label in rows["period"].fill_null("").unique(maintain_order=True):
        read = _dated(label)
        if isinstance(read, str):
            dated.append({"period": label, "period_fault": read})
        else:
            dated.append(
                {
                    "period": label,
                    "conformed": read.period,
                    "period_length": read.length,
                    "period_start": read.start,
                    "period_end": read.end,
                }
            )
    schema = {
        "period": pl.String(),
        "conformed": pl.String(),
        "period_length": pl.String(),
        "period_start": pl.Date(),
        "period_end": pl.Date(),
        "period_fault": pl.String(),
    }
    return rows.with_columns(pl.col("period").fill_null("")).join(
        pl.DataFrame(dated, schema=schema), on="period", how="left", maintain_order="left"
    )


def _dated(label: str) -> Period | str:
    """The period, or why the label is none."""
    try:
        return conform_period(label, period_range=None, year_type="calendar")
    except ValueError as error:
        return str(error)


def _number(name: str) -> pl.Expr:
    return pl.col(name).cast(pl.Float64, strict=False)


def _not_years(name: str, least: int) -> tuple[tuple[pl.Expr, pl.Expr], ...]:
    """Faults of a cell that is neither a marker nor a number of years within `least` to MAX_YEARS."""
    cell = pl.col(name)
    number = _number(name)
    given = cell.is_not_null() & ~cell.str.to_lowercase().is_in(list(MARKERS))
    outside = given & (number.is_nan() | ~number.is_between(least, MAX_YEARS))
    return (
        (given & number.is_null(), pl.format(f"{name}: '{{}}' is not a number or a known marker", cell)),
        (outside, pl.format(f"{name}: {{}} is outside {least} to {MAX_YEARS} years", cell)),
    )


def without_notes(header: str) -> str:
    """A header without the pointers to notes that ONS adds, as in `Area code [note 3]`."""
    return tidy_header(re.sub(r"\[notes?\b[^\]]*\]", " ", header, flags=re.IGNORECASE))


def row_columns(table: Table) -> list[pl.Expr]:
    """The columns of a table's rows that no parser names: limits, the row as received, its line, SPILL, SHORT."""
    return [*limits(table), table.row_text().alias("row_text"), pl.col(LINE), pl.col(SPILL), pl.col(SHORT)]
