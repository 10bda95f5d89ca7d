"""Groups of deprivation by the pattern of their name: any geography, any edition of an index, any vintage of areas.

What belongs here: reading a published category type such as `County & UA deprivation deciles in England (IMD2025, 4/24
geography)`, and the slug of the scheme that it names, in both directions. What does not: the schemes that are written
down (`breakdowns.toml`), which win, or any grouping of people.

A type that leaves something open is not read: neighbourhoods ranked "in England" and "within area" are two schemes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from pipelines.catalogue.label import normalise_category_type
from pipelines.catalogue.scheme import Scheme

PLACES: dict[str, str] = {
    r"lsoa ?(?P<census>\d\d)s?": "lsoa",
    r"msoa ?(?P<census_of_msoa>\d\d)s?": "msoa",
    r"(county|counties) (&|and) (uas?|unitary authorit(y|ies))": "county_ua",
    r"districts? (&|and) (uas?|unitary authorit(y|ies))": "district_ua",
    r"ccgs?|clinical commissioning groups?": "ccg",
    r"sub[- ]icbs?( locations?)?": "sub_icb",
    r"icbs?|integrated care boards?": "icb",
    r"pcns?|primary care networks?": "pcn",
    r"gps?|gp practices?|general practices?": "gp_practice",
    r"(electoral )?wards?": "ward",
}
"""What is ranked, as published (in the spelling of `normalise_category_type`), and our slug of it."""

INDICES: dict[str, str] = {
    r"imd|index of multiple deprivation": "imd",
    r"idaci|income deprivation affecting children index": "idaci",
    r"idaopi|income deprivation affecting older people index": "idaopi",
}

DIMENSIONS = {"decile": "deprivation_decile", "quintile": "deprivation_quintile"}

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DATE = r"(?:\d{1,2}/\d\d|(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]* \d{4}|\d{4})"
_VINTAGE = rf"(?:pre|before)? ?{_DATE}(?: and {_DATE})* (?:geography|ccgs|icbs)"
_TYPE = re.compile(
    rf"(?P<place>{'|'.join(PLACES)}) deprivation (?P<part>decile|quintile)s?"
    rf"(?P<scope> in england| within areas?)?:?(?: (?P<before>{_VINTAGE}))?"
    rf" \((?P<index>{'|'.join(INDICES)}) ?(?P<edition>\d{{4}}|trend)(?:, ?(?P<inside>{_VINTAGE}))?\)"
)
_SLUG = re.compile(
    rf"(?P<geography>lsoa\d\d|msoa\d\d|{'|'.join(slug for slug in PLACES.values() if slug[1:] != 'soa')})"
    r"_(?P<scope>in_england|within_area)"
    rf"_(?P<index>{'|'.join(INDICES.values())})_?(?P<edition>\d{{4}}|trend)(?:_(?P<vintage>[a-z0-9_]+))?"
)


@dataclass(frozen=True)
class Grouping:
    """What a category type says: what is ranked, where, by which index and edition, and into which parts."""

    dimension: str
    geography: str
    scope: str
    index: str
    edition: str
    area_vintage: str

    @property
    def slug(self) -> str:
        """The scheme's slug: `county_ua_in_england_imd2025_apr2024`."""
        edition = "_trend" if self.edition == "trend" else self.edition
        vintage = f"_{self.area_vintage}" if self.area_vintage else ""
        return f"{self.geography}_{self.scope}_{self.index}{edition}{vintage}"

    @property
    def basis(self) -> str:
        """What its groups are made of."""
        if self.scope == "within_area":
            return "neighbourhoods_within_area"
        return "neighbourhoods_national" if self.geography.startswith("lsoa") else "whole_areas_published"


def read_type(category_type: str) -> Grouping | None:
    """What a published category type says, or None where it is no grouping of deprivation or leaves something open."""
    found = _TYPE.fullmatch(normalise_category_type(category_type))
    if found is None or (found["before"] and found["inside"]):
        return None
    census = found["census"] or found["census_of_msoa"] or ""
    geography = _slug_of(PLACES, found["place"]) + census
    if not found["scope"] and census:
        return None
    scope = "within_area" if "within" in (found["scope"] or "") else "in_england"
    if scope == "within_area" and not census:
        return None
    vintage = _vintage(found["before"] or found["inside"] or "")
    dimension = DIMENSIONS[found["part"]]
    return Grouping(dimension, geography, scope, _slug_of(INDICES, found["index"]), found["edition"], vintage)


def read_slug(dimension: str, slug: str) -> Grouping | None:
    """The grouping that has this slug, or None where the slug is of another pattern."""
    found = _SLUG.fullmatch(slug)
    if found is None or dimension not in DIMENSIONS.values():
        return None
    grouping = Grouping(
        dimension, found["geography"], found["scope"], found["index"], found["edition"], found["vintage"] or ""
    )
    return grouping if grouping.slug == slug else None


def scheme_of(grouping: Grouping, known: Iterable[Scheme]) -> Scheme:
    """The scheme of a grouping that nobody wrote down: the categories and measures of those of its kind that are."""
    like = next(
        one
        for one in known
        if one.dimension == grouping.dimension and one.index == "imd" and "slope_index" in one.measures_allowed
    )
    return replace(
        like,
        slug=grouping.slug,
        geography=grouping.geography,
        scope=grouping.scope,
        index=grouping.index,
        index_vintage=grouping.edition,
        area_vintage=grouping.area_vintage,
        basis=grouping.basis,
        ruler="",
        labels=(),
        confidence="medium",
        notes="Read from the pattern of its published name.",
    )


def _slug_of(slugs: dict[str, str], published: str) -> str:
    return next(slug for pattern, slug in slugs.items() if re.fullmatch(pattern, published))


def _vintage(published: str) -> str:
    """`4/19 and 4/20 geography` is `apr2019_apr2020`, `before Apr 2019 geography` `pre_apr2019`, `2021 CCGs` `2021`."""
    dates = []
    for date in re.findall(_DATE, published):
        if "/" in date:
            month, year = date.split("/")
            if not 1 <= int(month) <= 12:
                continue
            dates.append(f"{_MONTHS[int(month) - 1]}20{year}")
        else:
            dates.append(re.sub(r"^([a-z]{3})[a-z]* ", r"\1", date))
    return ("pre_" if re.match(r"pre|before", published) else "") + "_".join(dates)
