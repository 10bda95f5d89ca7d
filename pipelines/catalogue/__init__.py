"""Which indicators and breakdowns we know: TOML files that analysts edit, and the typed loader that reads them.

`indicators/<theme>.toml` are THE list of indicators; `breakdowns.toml` says what every published category label means;
`core20plus5.toml` says what each clinical area of Core20PLUS5 asks for and which indicators come nearest.
What belongs here: reading them, refusing what is wrong with all reasons at once, and looking things up. What does not:
publishers' layouts (`sources/`) or how anything is computed (`measures/`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import polars as pl

from pipelines.catalogue import breakdown as _breakdown
from pipelines.catalogue import core20plus5 as _core20plus5
from pipelines.catalogue import deprivation
from pipelines.catalogue import indicator as _indicator
from pipelines.catalogue.core20plus5 import Element
from pipelines.catalogue.faults import CatalogueInvalid, Fault
from pipelines.catalogue.frames import (
    BREAKDOWN_COLUMNS,
    CORE20PLUS5_COLUMNS,
    INDICATOR_COLUMNS,
    elements_as_frame,
    indicators_as_frame,
    schemes_as_frame,
)
from pipelines.catalogue.indicator import Indicator
from pipelines.catalogue.label import normalise_category_type, normalise_label
from pipelines.catalogue.scheme import AmbiguousScheme, Category, Resolution, Scheme, resolve_labels
from pipelines.catalogue.suggestion import suggest_block

__all__ = [
    "BREAKDOWN_COLUMNS",
    "CORE20PLUS5_COLUMNS",
    "INDICATOR_COLUMNS",
    "AmbiguousScheme",
    "Catalogue",
    "CatalogueInvalid",
    "Category",
    "Element",
    "Fault",
    "Indicator",
    "Resolution",
    "Scheme",
    "breakdown_frame",
    "content_hash",
    "core20plus5_frame",
    "indicator_frame",
    "load",
    "normalise_category_type",
    "normalise_label",
    "suggest_block",
]

FOLDER = Path(__file__).resolve().parent
FILES = (_breakdown.FILE, _core20plus5.FILE)


@dataclass(frozen=True)
class Catalogue:
    """Indicators by slug, schemes by (dimension, scheme slug), elements of Core20PLUS5 by code: in the files' order."""

    indicators: dict[str, Indicator]
    schemes: dict[tuple[str, str], Scheme]
    elements: dict[str, Element]

    def indicator_by_fingertips_id(self, fingertips_id: int) -> Indicator | None:
        """Return the indicator that Fingertips publishes under this id, or None."""
        found = (one for one in self.indicators.values() if one.fingertips_id == fingertips_id)
        return next(found, None)

    def schemes_named(self, category_type: str) -> tuple[Scheme, ...]:
        """The schemes that a published category type may mean: those that list it, else the one its pattern names."""
        wanted = normalise_category_type(category_type)
        named = tuple(one for one in self.schemes.values() if wanted in map(normalise_category_type, one.labels))
        grouping = None if named else deprivation.read_type(category_type)
        return (self._of_pattern(grouping),) if grouping else named

    def scheme(self, dimension: str, slug: str) -> Scheme | None:
        """The scheme with this slug, written down or of a known pattern; None where it is neither."""
        grouping = deprivation.read_slug(dimension, slug)
        return self.schemes.get((dimension, slug)) or (self._of_pattern(grouping) if grouping else None)

    def _of_pattern(self, grouping: deprivation.Grouping) -> Scheme:
        known = self.schemes.get((grouping.dimension, grouping.slug))
        return known or deprivation.scheme_of(grouping, self.schemes.values())

    def resolve(self, category_type: str, labels: Collection[str]) -> Resolution:
        """Say what a published category type and the whole set of its labels mean.

        Pass ALL labels that a file holds for the type: several schemes share a type, and the smallest scheme that
        has every label is the one. Where none has them all it is the one that has most, and the rest are `unknown`.
        `scheme` is None, and every label unknown, where the type is not known or no label fits any of several
        schemes. Raises AmbiguousScheme when several schemes fit equally well.
        """
        return resolve_labels(self.schemes_named(category_type), category_type, labels)


def load(folder: Path | None = None) -> Catalogue:
    """Read `indicators/*.toml` in name order, `breakdowns.toml` and `core20plus5.toml` of a folder (default: this one,
    read once).

    Returns the catalogue. Raises CatalogueInvalid with every fault of all files at once.
    """
    return _load_default() if folder is None else _read(folder)


@cache
def _load_default() -> Catalogue:
    return _read(FOLDER)


def _read(folder: Path) -> Catalogue:
    faults: list[Fault] = []
    texts: dict[str, str] = {}
    themes = f"{_indicator.FOLDER}/<theme>.toml"
    names = _names(folder)
    for name in names:
        try:
            texts[name] = (folder / name).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            faults.append(Fault(name, "-", "-", "a UTF-8 file in the catalogue's folder", str(error)))
    if names == [*FILES]:
        faults.append(Fault(themes, "-", "-", "at least one file of indicators", "none"))
    for stray in sorted(folder.glob("*.toml")):
        if stray.name not in FILES:
            faults.append(
                Fault(stray.name, "-", "-", f"indicators in {themes}, since nothing reads this file", "a file")
            )
    breakdowns, core20plus5 = (texts.pop(name, None) for name in FILES)
    indicators = _indicator.read_indicators(texts, faults)
    schemes = {} if breakdowns is None else _breakdown.read_schemes(breakdowns, faults)
    elements = {} if core20plus5 is None else _core20plus5.read_elements(core20plus5, indicators, faults)
    if faults:
        raise CatalogueInvalid(faults)
    return Catalogue(indicators, schemes, elements)


def _names(folder: Path) -> list[str]:
    """The files of a catalogue, relative to its folder: indicators in name order, then FILES."""
    themes = sorted((folder / _indicator.FOLDER).glob("*.toml"))
    return [*(file.relative_to(folder).as_posix() for file in themes), *FILES]


def indicator_frame(catalogue: Catalogue) -> pl.DataFrame:
    """One row per indicator (column `indicator` is the slug), lists joined with `;`: see INDICATOR_COLUMNS."""
    return indicators_as_frame(catalogue.indicators.values())


def breakdown_frame(catalogue: Catalogue, seen: Iterable[tuple[str, str]] = ()) -> pl.DataFrame:
    """One row per dimension, scheme and category: see BREAKDOWN_COLUMNS. Join on all three.

    `seen` are the dimensions and schemes of published rows: those that only their pattern makes known are in it too.
    """
    by_pattern = (catalogue.scheme(*key) for key in sorted(set(seen) - catalogue.schemes.keys()))
    return schemes_as_frame([*catalogue.schemes.values(), *(scheme for scheme in by_pattern if scheme)])


def core20plus5_frame(catalogue: Catalogue) -> pl.DataFrame:
    """One row per element of Core20PLUS5 and indicator that comes near it, the best first: see CORE20PLUS5_COLUMNS."""
    return elements_as_frame(catalogue.elements.values())


def content_hash(folder: Path | None = None) -> str:
    """Return the sha256 of all TOML texts and names: what is read from the catalogue is rebuilt when it changes."""
    folder = folder or FOLDER
    digest = hashlib.sha256()
    for name in _names(folder):
        digest.update(name.encode() + b"\0" + (folder / name).read_bytes() + b"\0")
    return digest.hexdigest()
