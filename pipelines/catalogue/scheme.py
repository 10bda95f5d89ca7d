"""What a scheme of groups is, and how published labels find theirs.

What belongs here: the typed form of a scheme and its categories, and `resolve_labels`. What does not: the schemes
themselves (`breakdowns.toml`), how the file is read (`breakdown.py`), how a label is normalised (`label.py`).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from pipelines.catalogue.label import normalise_label
from pipelines.errors import ProductError


class AmbiguousScheme(ProductError):
    """Labels that fit several schemes of one category type equally well."""


@dataclass(frozen=True)
class Category:
    """One group of a scheme. `rank` 1 = most deprived or most disadvantaged; None where there is no order.

    `is_unknown` (not stated, unclassified) is shown and never measured; `is_residual` is an "other" group.
    """

    slug: str
    rank: int | None
    labels: tuple[str, ...]
    use_in_slope: bool = False
    is_unknown: bool = False
    is_residual: bool = False


@dataclass(frozen=True)
class Scheme:
    """One way of grouping. `dimension` and `slug` together name it: deciles and quintiles share slugs.

    `measures_allowed` holds whatever the groups' sizes; `measures_with_population` only where the population of every
    group is known. `gap_pair` names the two groups of a gap, the disadvantaged first; empty means the two ends of the
    ranks, or the largest difference of k groups where there is no order. `age_label`, where set, is the age the
    published category type states and wins over the age column. `ruler` is what the areas that we rank are ranked by.
    Fields about deprivation are empty for other schemes, and `basis` is None.
    """

    dimension: str
    slug: str
    ordered: bool
    geography: str
    scope: str
    index: str
    index_vintage: str
    area_vintage: str
    basis: str | None
    ruler: str
    groups_expected: int
    measures_allowed: tuple[str, ...]
    measures_with_population: tuple[str, ...]
    measures_note: str
    gap_pair: tuple[str, ...]
    age_label: str
    labels: tuple[str, ...]
    categories: tuple[Category, ...]
    confidence: str
    notes: str

    @property
    def key(self) -> tuple[str, str]:
        """Dimension and slug."""
        return self.dimension, self.slug

    @property
    def category_by_label(self) -> dict[str, Category]:
        """Categories by normalised label."""
        return {normalise_label(label): category for category in self.categories for label in category.labels}

    @property
    def slope_groups_expected(self) -> int:
        """How many groups a slope over this scheme has."""
        return sum(category.use_in_slope for category in self.categories)


@dataclass(frozen=True)
class Resolution:
    """What published labels mean: the scheme (None when the category type is not known or no label fits), the
    category of each published label, and the labels that the scheme does not know, as published."""

    scheme: Scheme | None
    categories: dict[str, Category]
    unknown: tuple[str, ...]


def resolve_labels(named: Collection[Scheme], category_type: str, labels: Collection[str]) -> Resolution:
    """Find which of the schemes that a category type names its WHOLE set of labels means; see `Catalogue.resolve`."""
    normal = {label: normalise_label(label) for label in labels}
    distinct = set(normal.values())
    fit = {scheme.key: len(distinct & scheme.category_by_label.keys()) for scheme in named}
    best = max(fit.values(), default=0)
    likely = [scheme for scheme in named if fit[scheme.key] == best]
    if best == len(distinct):
        smallest = min((len(scheme.categories) for scheme in likely), default=0)
        likely = [scheme for scheme in likely if len(scheme.categories) == smallest]
    if len(likely) > 1 and best > 0:
        raise AmbiguousScheme(
            f"Category type {category_type!r} with the labels {sorted(labels)} fits several schemes equally well: "
            f"{', '.join(scheme.slug for scheme in likely)}. Pass all labels that the file holds for this type, or "
            f"tell the schemes apart in breakdowns.toml."
        )
    if len(likely) != 1:
        return Resolution(None, {}, tuple(sorted(labels)))
    known = likely[0].category_by_label
    categories = {label: known[key] for label, key in normal.items() if key in known}
    return Resolution(likely[0], categories, tuple(sorted(set(labels) - categories.keys())))
