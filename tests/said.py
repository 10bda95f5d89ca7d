"""Sentences of a release that say more than its numbers do: what the tests of the sample and of real extracts ask.

What belongs here: reading a release against its own columns, without any rule of the SQL that wrote the sentences.
"""

from __future__ import annotations

import re
from pathlib import Path

import duckdb

DIRECTION = re.compile(
    r"\b(higher|lower|more|fewer)\b.* than\b|\b(higher|lower) (overall )?by\b|\b(more|fewer) events\b"
    r"|concentrated (among|towards)|\b(narrowed|widened) by\b"
)
SPREAD = ("between_", "coefficient_", "mean_", "theil_", "index_of_")
"""Measures whose differences have no direction."""


def all_with_areas_missing(release: Path) -> list[str]:
    """Sentences that say "all" beside areas that are missing; a title may say it of causes or ages."""
    rows = _asked(release, "select sentence, title from published.inequality where areas_missing > 0")
    return [sentence for sentence, title in rows if re.search(r"\ball\b", sentence.replace(title, ""))]


def direction_without_evidence(release: Path) -> list[str]:
    """Sentences that name a direction although the interval holds no difference, or the verdict names none."""
    measures = _asked(
        release,
        "select sentence, measure from published.inequality "
        "where value_lower <= if(unit = 'ratio', 1, 0) and coalesce(value_upper >= if(unit = 'ratio', 1, 0), true)",
    )
    changes = _asked(
        release,
        "select sentence, measure from published.inequality_change where difference_lower * difference_upper <= 0",
    )
    return [
        sentence
        for sentence, measure in measures + changes
        if not measure.startswith(SPREAD) and DIRECTION.search(sentence)
    ]


def _asked(release: Path, query: str) -> list[tuple[str, str]]:
    with duckdb.connect(str(release.resolve()), read_only=True) as connection:
        return connection.sql(query).fetchall()
