"""The figures of Fingertips rows: text into numbers, what cannot be, what is withheld, and what the note says.

What belongs here: rules about one row's value, limits, count, denominator and note. What does not: which indicator,
period or group a row is about (`__init__.py`), or which words make which note code (`formats/value_note.py`).
"""

from __future__ import annotations

import polars as pl

from pipelines.sources.contract import WITHHELD
from pipelines.sources.fingertips.steps import first_fault
from pipelines.sources.formats import value_note
from pipelines.sources.formats.typed_rows import number, outside_limits

FIGURES: dict[str, str] = {
    "value": "Value",
    "value_lower": "Lower CI 95.0 limit",
    "value_upper": "Upper CI 95.0 limit",
    "value_lower_998": "Lower CI 99.8 limit",
    "value_upper_998": "Upper CI 99.8 limit",
    "numerator": "Count",
    "denominator": "Denominator",
}
"""Our columns of figures and the publisher's names for them."""

_ESTIMATES = tuple(FIGURES)[:5]
_COUNTS = tuple(FIGURES)[5:]

MARKER = r"^[^0-9A-Za-z]*$|^\[?[a-z]{1,2}\]?$|^n/a$"
"""What publishers write in place of a figure that they do not give: `*`, `-`, `..`, `[c]`, `x`, `n/a`."""

MISSING = -1.0
"""What the publisher's database stores for a missing value; it must never be read as a figure."""

LARGEST_COUNT = 1e12
"""Far above any count of people, cases or person-years; SQL holds larger ones in no DECIMAL."""

_EXACT = 1e-6
"""A value this close to its limit lies on it."""

ALLOWED_FACTOR, ALLOWED_CASES = 2.0, 5.0
"""A count contradicts its value when count / denominator is off by this factor AND by more than these cases, which
rounding for disclosure may make. Pooled rates get the factor times the years, for denominators of one year."""


def settle_figures(rows: pl.DataFrame) -> pl.DataFrame:
    """Turn the text of FIGURES and `note` into numbers and typed notes; set `reason` where a row cannot be used.

    `rows` also has `value_kind`, `scale`, `can_exceed_100`, `age_standardised`, `period_length`, `age_note` and
    `period_note` (our sentences about an age or a period read otherwise than expected, or null). Figures stay in the
    published unit; adds `note_code`.
    """
    rows = _typed_notes(rows)
    rows = _numbers(rows)
    rows = _impossible(rows)
    rows = _withhold(rows)
    return _check_counts(rows)


def _numbers(rows: pl.DataFrame) -> pl.DataFrame:
    published = rows.select(pl.col(name).alias(f"{name}_text") for name in FIGURES)
    rows = rows.with_columns(number(pl.col(name)).alias(name) for name in FIGURES).hstack(published)
    # A marker beside a note that says why there is no figure is no figure; without one nobody knows what it means.
    explained = pl.col("note_code").is_in(value_note.WITHOUT_VALUE).fill_null(value=False)
    for name, header in FIGURES.items():
        text = pl.col(f"{name}_text")
        marked = explained & text.str.to_lowercase().str.contains(MARKER)
        unreadable = text.is_not_null() & ~marked & ~pl.col(name).is_finite().fill_null(value=False)
        rows = first_fault(rows, unreadable, pl.format(f"{header} is not a number: {{}}.", text))
    # An index may be -1 in earnest, a share, rate or count cannot; and -1 in value and both limits is no estimate.
    never_negative = pl.col("value_kind").is_in(["proportion", "rate"])
    all_missing = pl.all_horizontal(pl.col("value", "value_lower", "value_upper") == MISSING).fill_null(value=False)
    absent = never_negative | all_missing
    return rows.with_columns(
        *(pl.when(absent & (pl.col(name) == MISSING)).then(None).otherwise(name).alias(name) for name in _ESTIMATES),
        *(pl.when(pl.col(name) == MISSING).then(None).otherwise(name).alias(name) for name in _COUNTS),
    )


def _impossible(rows: pl.DataFrame) -> pl.DataFrame:
    """Reject crossed limits and values outside them, impossible counts, and shares or rates their scale rules out."""
    for low, high in (("value_lower", "value_upper"), ("value_lower_998", "value_upper_998")):
        crossed = pl.format(f"The limits are crossed: {FIGURES[low]} {{}} is above {FIGURES[high]} {{}}.", low, high)
        rows = first_fault(rows, pl.col(low) > pl.col(high), crossed)
    for name in _COUNTS:
        too_large = pl.format(f"{FIGURES[name]} is too large to be a count: {{}}.", name)
        rows = first_fault(rows, pl.col(name) > LARGEST_COUNT, too_large)
        rows = first_fault(rows, pl.col(name) < 0, pl.format(f"{FIGURES[name]} is below 0: {{}}.", name))
    negative = pl.col("value_kind").is_in(["proportion", "rate"]) & (pl.col("value") < 0)
    rows = first_fault(rows, negative, pl.format("A {} cannot be below 0: Value {}.", "value_kind", "value"))
    share = (pl.col("value_kind") == "proportion") & ~pl.col("can_exceed_100")
    above = pl.format("A proportion cannot be above {}: Value {}.", "scale", "value")
    rows = first_fault(rows, share & (pl.col("value") > pl.col("scale")), above)
    value, lower, upper = (pl.col(name) for name in _ESTIMATES[:3])
    outside = pl.format("The value lies outside its 95% limits: Value {}, limits {} to {}.", value, lower, upper)
    return first_fault(rows, outside_limits(value, lower, upper), outside)


def _typed_notes(rows: pl.DataFrame) -> pl.DataFrame:
    texts = rows["note"].drop_nulls().unique(maintain_order=True).to_list()
    codes = {"note": texts, "note_code": [value_note.note_code(text) for text in texts]}
    typed = pl.DataFrame(codes, schema={"note": pl.String, "note_code": pl.String})
    return rows.join(typed, on="note", how="left", maintain_order="left")


def _withhold(rows: pl.DataFrame) -> pl.DataFrame:
    """Keep no figure that the publisher withholds: a suppressed cell is null, whatever stands in it."""
    withheld = pl.col("note_code").is_in(WITHHELD)
    small_denominator = pl.col("note_code") == "suppressed_small_denominator"
    return rows.with_columns(
        *(pl.when(withheld).then(None).otherwise(name).alias(name) for name in (*_ESTIMATES, "numerator")),
        pl.when(small_denominator).then(None).otherwise("denominator").alias("denominator"),
    )


def _check_counts(rows: pl.DataFrame) -> pl.DataFrame:
    """Drop a count that its own value and denominator contradict, and settle `note_code` and `note`.

    A value that was rounded past one of its own limits stays, and is said.
    """
    value, count, denominator, scale = (pl.col(name) for name in ("value", "numerator", "denominator", "scale"))
    years = pl.col("period_length").str.extract(r"^(\d+)y$").cast(pl.Float64).fill_null(1.0)
    factor = ALLOWED_FACTOR * pl.when(pl.col("value_kind") == "rate").then(years).otherwise(1.0)
    crude = (pl.col("value_kind") == "proportion") | (
        (pl.col("value_kind") == "rate") & (pl.col("age_standardised") == "no")
    )
    implied = count / denominator * scale
    contradicted = (
        crude
        & (denominator > 0)
        & ((value > implied * factor) | (implied > value * factor))
        & ((value / scale * denominator - count).abs() > ALLOWED_CASES)
    ).fill_null(value=False)
    sentence = pl.format(
        "The published count {} contradicts the value and the denominator, and is left out.", "numerator_text"
    )
    lower, upper = pl.col("value_lower"), pl.col("value_upper")
    rounded_out = ((value < lower - _EXACT) | (value > upper + _EXACT)).fill_null(value=False)
    past_limits = pl.format("The value {} was rounded past its limits, {} to {}.", value, lower, upper)
    ours = [
        pl.col("age_note"),
        pl.col("period_note"),
        pl.when(rounded_out).then(past_limits),
        pl.when(contradicted).then(sentence),
    ]
    code = pl.coalesce(
        "note_code",
        pl.when(value.is_null()).then(pl.lit("missing_in_source")),
        pl.when(contradicted).then(pl.lit("count_left_out")),
        pl.when(pl.coalesce(ours).is_not_null()).then(pl.lit(value_note.OTHER)),
    )
    words = pl.concat_str("note", *ours, separator=" ", ignore_nulls=True)
    return rows.with_columns(
        numerator=pl.when(contradicted).then(None).otherwise(count),
        note_code=code,
        note=pl.when(words.str.len_bytes() > 0).then(words),
    )
