"""Slugs for the labels of a Fingertips row: sex, age, area type.

What belongs here: words that Fingertips uses and ours for them. What does not: categories (the catalogue), periods
(`formats/period.py`), value notes (`formats/value_note.py`).
"""

from __future__ import annotations

import re

SEXES: dict[str, str] = {
    "male": "male",
    "female": "female",
    "persons": "persons",
    "not applicable": "not_applicable",
}

_AREA_TYPES: tuple[tuple[str, str], ...] = (
    (r"england|country|countries", "country"),
    (r"(gov(ernmen)?t )?(office )?regions?( \(.*\))?", "region"),
    (r"(county|counties) & uas?\b.*|upper tier.*", "upper_tier"),
    (r"districts? & uas?\b.*|lower tier.*", "district"),
    (r"icb sub[- ]?locations?\b.*|sub[- ]icbs?\b.*|sicbls?\b.*", "sub_icb"),
    (r"icbs?\b.*", "icb"),
    (r"nhs regions?\b.*", "nhs_region"),
    (r"combined authorit(y|ies)\b.*", "combined_authority"),
    (r"(gps?|general practices?)\b.*", "general_practice"),
    (r"pcns?\b.*", "primary_care_network"),
    (r"msoas?\b.*", "msoa"),
    (r"lsoas?\b.*", "lsoa"),
    (r"(electoral )?(best fit )?wards?\b.*", "ward"),
    (r"(ccgs?|clinical commissioning groups?)\b.*", "ccg"),
    (r"phe (centres?|regions?)\b.*", "phe_centre"),
)


def slug(label: str) -> str:
    """Lower case, words joined by underscores."""
    return re.sub(r"[^a-z0-9]+", "_", label.lower()).strip("_")


def area_type_slug(label: str) -> str:
    """Our slug of a published area type; its vintage in brackets is not part of the type."""
    plain = " ".join(label.lower().replace(" and ", " & ").split())
    for words, known in _AREA_TYPES:
        if re.fullmatch(words, plain):
            return known
    return slug(re.sub(r"\(.*?\)", "", plain)) or slug(plain)


def age_slug(label: str, override: str | None = None) -> str:
    """Our slug of a published age: `18+ yrs` and `>=18 yrs` are `18_plus`, `<1 yr` is `under_1`, `25-29 yrs` `25_29`.

    `override` is the indicator's own slug (`at_birth`); it stands in for labels that say no age (`All ages`, `<1 yr`).
    """
    plain = re.sub(r"\s*(yrs?|years?)\b\.?(\s+old)?\s*$", "", " ".join(label.lower().split()))
    plain = re.sub(r"^(?:>=|≥)\s*(\d+(?:\.\d+)?)", r"\1+", plain)
    plain = re.sub(r"^(?:<=|≤)\s*", "up to ", plain)
    plain = re.sub(r"^<\s*", "under ", plain)
    plain = re.sub(r"^>\s*", "over ", plain)
    plain = re.sub(r"\+", " plus ", plain)
    found = slug(plain)
    return override if override and found in {"all_ages", "under_1"} else found
