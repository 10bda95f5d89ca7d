"""Reading `breakdowns.toml` into schemes, and the rules that a block must keep.

What belongs here: the closed lists (bases, measures), the keys of a block, and what contradicts what.
What does not: the schemes themselves (`breakdowns.toml`) or what a scheme is (`scheme.py`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from pipelines.catalogue.faults import SLUG, Block, Fault, parse
from pipelines.catalogue.indicator import CONFIDENCES
from pipelines.catalogue.label import normalise_category_type, normalise_label
from pipelines.catalogue.scheme import Category, Scheme
from pipelines.measures import registry

FILE = "breakdowns.toml"

BASES = ("neighbourhoods_national", "neighbourhoods_within_area", "whole_areas_published", "whole_areas_derived")
"""What a deprivation group is made of. `neighbourhoods_within_area` is written for schemes that rank within an area;
on a row whose area is a country it is the national ranking, and core SQL reads it as `neighbourhoods_national`."""

RULERS = ("average_score", "average_rank")
"""The summary of an area's deprivation by which areas are ranked: two rulers, which give two orders."""

SCOPES = ("in_england", "within_area")

MEASURES = tuple(one.measure for one in registry.MEASURES if not one.needs_counts)
"""What a breakdown may allow. What needs counts of people is added for those rows that have them (`core.grouping`)."""

NO_MEASURE = "none"
"""What a breakdown allows that is described and never measured."""


@dataclass(frozen=True)
class _MeasureSet:
    allowed: tuple[str, ...] = ()
    with_population: tuple[str, ...] = ()
    note: str = ""


@dataclass
class _Sets:
    """The named sets that schemes refer to."""

    categories: dict[str, tuple[Category, ...]] = field(default_factory=dict)
    measures: dict[str, _MeasureSet] = field(default_factory=dict)


def read_schemes(text: str, faults: list[Fault], *, file: str = FILE) -> dict[tuple[str, str], Scheme]:
    """Read the text of `breakdowns.toml`: `[category_sets]`, `[measure_sets.NAME]` and `[[breakdown]]` blocks.

    Returns schemes by dimension and slug, in the order of the file; adds every fault to `faults` and goes on.
    """
    tables = parse(file, text, faults)
    if tables is None:
        return {}
    top = Block(file, "top", tables, faults)
    sets = _Sets()
    names = Block(file, "category_sets", top.table.get("category_sets", {}), faults)
    for name in names.table:
        if not SLUG.fullmatch(name):
            names.fault(name, "a slug (a-z, 0-9, _)", repr(name))
        sets.categories[name] = _read_categories(names, name)
    for name, table in Block(file, "measure_sets", top.table.get("measure_sets", {}), faults).table.items():
        block = Block(file, f"measure_sets.{name}", table, faults)
        allowed = block.texts("allowed", one_of=(*MEASURES, NO_MEASURE))
        conditional = block.texts("with_population", one_of=MEASURES, optional=True)
        sets.measures[name] = _MeasureSet(allowed, conditional, block.text("note", optional=True))
        if NO_MEASURE in allowed and (len(allowed) > 1 or conditional):
            block.fault("allowed", "`none` alone, or measures", repr(allowed + conditional))
        block.finish()
    top.asked |= {"category_sets", "measure_sets"}
    schemes: dict[tuple[str, str], Scheme] = {}
    for block in top.blocks("breakdown"):
        block.name = f"{block.table.get('dimension')}.{block.table.get('scheme')}"
        scheme = _read_scheme(block, sets)
        if scheme.key in schemes:
            block.fault("scheme", "a scheme once per dimension", repr(scheme.slug))
        _contradictions(scheme, block)
        _twins(scheme, schemes.values(), block)
        schemes[scheme.key] = scheme
    top.finish()
    return schemes


def _read_categories(parent: Block, key: str) -> tuple[Category, ...]:
    categories = []
    for block in parent.blocks(key):
        category = Category(
            slug=block.text("slug", slug=True),
            rank=block.whole_number("rank", optional=True) or None,
            labels=block.texts("labels"),
            use_in_slope=block.flag("use_in_slope", optional=True),
            is_unknown=block.flag("is_unknown", optional=True),
            is_residual=block.flag("is_residual", optional=True),
        )
        block.finish()
        if category.rank is None and category.use_in_slope:
            block.fault("rank", "a rank, because use_in_slope is true", "no such key")
        if category.is_unknown and (category.rank is not None or category.use_in_slope):
            block.fault("rank", "no rank and no slope for an unknown group", f"rank {category.rank}")
        categories.append(category)
    _once(parent, key, "slug", [category.slug for category in categories])
    _once(parent, key, "rank", [str(category.rank) for category in categories if category.rank is not None])
    _once(parent, key, "label", [normalise_label(label) for category in categories for label in category.labels])
    return tuple(categories)


def _once(block: Block, key: str, what: str, values: list[str]) -> None:
    for value, count in Counter(values).items():
        if count > 1 and value:
            block.fault(key, f"each {what} once", f"{value!r} {count} times")


def _read_scheme(block: Block, sets: _Sets) -> Scheme:
    inline = isinstance(block.table.get("categories"), list)
    set_name = "" if inline else block.text("categories", one_of=tuple(sets.categories))
    categories = _read_categories(block, "categories") if inline else sets.categories.get(set_name, ())
    measures = sets.measures.get(block.text("measures", one_of=tuple(sets.measures)), _MeasureSet())
    is_deprivation = "index" in block.table
    scheme = Scheme(
        dimension=block.text("dimension", slug=True),
        slug=block.text("scheme", slug=True),
        ordered=block.flag("ordered"),
        geography=block.text("geography", slug=True, optional=not is_deprivation),
        scope=block.text("scope", one_of=SCOPES, optional=not is_deprivation),
        index=block.text("index", slug=True, optional=True),
        index_vintage=block.text("index_vintage", optional=not is_deprivation),
        area_vintage=block.text("area_vintage", optional=True),
        basis=block.text("basis", one_of=BASES, optional=not is_deprivation) or None,
        ruler=block.text("ruler", one_of=RULERS, optional=True),
        groups_expected=block.whole_number("groups_expected"),
        measures_allowed=measures.allowed,
        measures_with_population=measures.with_population,
        measures_note=measures.note,
        gap_pair=block.texts("gap_pair", slug=True, optional=True),
        age_label=block.text("age_label", optional=True),
        labels=block.texts("labels", optional=True),
        categories=categories,
        confidence=block.text("confidence", one_of=CONFIDENCES),
        notes=block.text("notes", optional=True),
    )
    block.finish()
    return scheme


def _contradictions(scheme: Scheme, block: Block) -> None:
    """Note values that are each well formed but cannot hold together."""
    known = sum(not category.is_unknown for category in scheme.categories)
    groups = max([known] + [category.rank for category in scheme.categories if category.rank is not None])
    if scheme.categories and scheme.groups_expected and scheme.groups_expected != groups:
        expected = f"{groups}, the categories that are not unknown (or the highest rank)"
        block.fault("groups_expected", expected, str(scheme.groups_expected))
    sloped = "slope_index" in scheme.measures_allowed + scheme.measures_with_population
    if scheme.measures_allowed and scheme.categories:
        if sloped and not (scheme.ordered and scheme.slope_groups_expected >= 3):
            found = f"ordered = {str(scheme.ordered).lower()}, {scheme.slope_groups_expected} categories in the slope"
            block.fault("measures", "ordered = true and 3 categories with use_in_slope, for a slope", found)
        if not sloped and scheme.slope_groups_expected:
            block.fault("measures", "a slope, because categories have use_in_slope", "none")
    slugs = {category.slug for category in scheme.categories if not category.is_unknown}
    if scheme.gap_pair and (len(scheme.gap_pair) != 2 or not slugs.issuperset(scheme.gap_pair)):
        block.fault("gap_pair", "two known categories of this scheme, the disadvantaged first", repr(scheme.gap_pair))
    if scheme.basis and scheme.scope and scheme.basis not in _bases_for(scheme):
        block.fault("basis", " or ".join(_bases_for(scheme)) + " for this scope and geography", repr(scheme.basis))

    if (scheme.basis == "whole_areas_derived") != bool(scheme.ruler):
        block.fault("ruler", "a ruler for whole_areas_derived, and none for any other basis", repr(scheme.ruler))


def _bases_for(scheme: Scheme) -> tuple[str, ...]:
    if scheme.scope == "within_area":
        return ("neighbourhoods_within_area",)
    return ("neighbourhoods_national",) if scheme.geography.startswith("lsoa") else BASES[2:]


def _twins(scheme: Scheme, earlier: Iterable[Scheme], block: Block) -> None:
    """Note a label that already means a scheme with the very same categories: the two could never be told apart."""
    labels = [normalise_category_type(label) for label in scheme.labels]
    _once(block, "labels", "label, however it is spelled,", labels)
    for other in earlier:
        shared = set(labels) & {normalise_category_type(label) for label in other.labels}
        if shared and scheme.category_by_label.keys() == other.category_by_label.keys():
            found = f"{sorted(shared)} also in [{other.dimension}.{other.slug}]"
            block.fault("labels", "labels that no other scheme with the same categories has", found)
