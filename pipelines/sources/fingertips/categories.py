"""What a Fingertips row's category type and category mean: dimension, scheme, category and rank, from the catalogue.

What belongs here: asking the catalogue about all labels together, and what to do when it does not know. What does not:
the meanings themselves (`catalogue/breakdowns.toml`).
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from pipelines.catalogue import AmbiguousScheme, Catalogue, Resolution
from pipelines.notes import Kind, Note
from pipelines.sources.fingertips.steps import join_distinct, set_aside
from pipelines.sources.formats.table import shown


@dataclass(frozen=True)
class Unplaced:
    """A category type whose rows cannot be placed: what kind of fault that is, and why in words."""

    kind: Kind
    reason: str


def join_categories(rows: pl.DataFrame, known: Catalogue) -> tuple[pl.DataFrame, list[Note]]:
    """Add dimension, scheme, category and rank; reject the rows of breakdowns that the catalogue cannot place.

    The scheme follows from the type and ALL labels that an indicator has for it. One label that is new within a known
    type rejects all rows of that indicator and type: some would be missing from a breakdown that looks whole.
    """
    of_category = {
        "dimension": pl.String(),
        "scheme": pl.String(),
        "category": pl.String(),
        "category_rank": pl.Int64(),
        "scheme_age": pl.String(),
        "category_fault": pl.String(),
    }
    whole = pl.col("reason").is_null() & pl.col("category_type").is_not_null()
    breakdowns = (
        rows.filter(whole)
        .group_by("indicator", "category_type", maintain_order=True)
        .agg(pl.col("category_label").unique(maintain_order=True), pl.len())
    )
    resolved: dict[tuple[str, str], Resolution | Unplaced] = {}
    notes = []
    for indicator, category_type, labels, count in breakdowns.iter_rows():
        answer = _resolve(known, category_type, labels)
        resolved[indicator, category_type] = answer
        if isinstance(answer, Unplaced):
            said = {"indicator": indicator, "label": category_type, "cause": answer.reason}
            notes.append(Note(answer.kind, count=count, names=tuple(labels), **said))

    def read(indicator: str | None, category_type: str | None, label: str | None) -> tuple[object, ...]:
        if category_type is None:
            return "total", "total", "total", None, None, None
        answer = resolved.get((indicator or "", category_type))
        if not isinstance(answer, Resolution) or answer.scheme is None or label not in answer.categories:
            return None, None, None, None, None, answer.reason if isinstance(answer, Unplaced) else None
        scheme, category = answer.scheme, answer.categories[label]
        return scheme.dimension, scheme.slug, category.slug, category.rank, scheme.age_label or None, None

    rows = join_distinct(rows, ("indicator", "category_type", "category_label"), of_category, read)
    return set_aside(rows, pl.col("category_fault").is_not_null(), pl.col("category_fault")), notes


def _resolve(known: Catalogue, category_type: str, labels: list[str]) -> Resolution | Unplaced:
    """What a category type and its labels mean, or why its rows cannot be placed."""
    named = known.schemes_named(category_type)
    if not named:
        return Unplaced(
            Kind.UNKNOWN_CATEGORY_TYPE,
            f"The catalogue has no category type {category_type!r}; "
            "add its scheme to pipelines/catalogue/breakdowns.toml to take it in.",
        )
    try:
        resolution = known.resolve(category_type, labels)
    except AmbiguousScheme as error:
        return Unplaced(Kind.AMBIGUOUS_CATEGORY_TYPE, str(error))
    if resolution.unknown or resolution.scheme is None:
        meant = [resolution.scheme] if resolution.scheme else named
        new = shown("; ".join(repr(label) for label in resolution.unknown))
        return Unplaced(
            Kind.UNKNOWN_CATEGORY,
            f"The catalogue does not know {new} of the category type {shown(category_type)!r}; if it is a new "
            f"spelling, add it to the labels of its category (scheme {', '.join(scheme.slug for scheme in meant)}) in "
            "pipelines/catalogue/breakdowns.toml, if it is a new group, add a scheme that has it.",
        )
    return resolution
