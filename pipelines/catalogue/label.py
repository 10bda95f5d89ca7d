"""How published labels are made comparable: one function for category types, one for categories.

What belongs here: spelling (case, spaces, the ways publishers abbreviate). What does not: what a label means, which is
`breakdowns.toml`, and nothing that would make two different groupings look the same.
"""

from __future__ import annotations

import re

_INDEX_NOTE = re.compile(r"\s*\([^()]*\b(imd|idaci|idaopi|index of multiple deprivation)\s*(\d{4}|trend)\b[^()]*\)$")
_GEOGRAPHY = re.compile(r"\bgeog?(\.|\b)")


def normalise_category_type(category_type: str) -> str:
    """Return a category type in lower case, white space collapsed, `geog.` written out.

    The index edition and the geography stay: they tell schemes apart.
    """
    return _GEOGRAPHY.sub("geography", _plain(category_type))


def normalise_label(label: str) -> str:
    """Return a category label in lower case, white space collapsed, without a trailing index edition.

    `Most deprived decile (IMD2015,4/19 geo)` becomes `most deprived decile`; the category type states the edition.
    Other brackets stay: `UK (unknown country)` is not `UK`.
    """
    return _INDEX_NOTE.sub("", _plain(label))


def _plain(text: str) -> str:
    return " ".join(text.replace("&amp;", "&").split()).lower()
