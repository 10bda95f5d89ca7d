"""A publisher's note on a value, typed: suppressed is not zero, missing is not suppressed.

What belongs here: which words mean which of NOTE_CODES, and which codes withhold the value. What does not: what a
measure does with a code (`measures/`).
"""

from __future__ import annotations

import re

from pipelines.sources.contract import WITHHELD

OTHER = "other_note"

WITHOUT_VALUE = (
    *WITHHELD,
    "too_few_cases",
    "missing_in_source",
    "not_published_quality",
    "combined_with_other_area",
)
"""Codes of notes that say why there is no figure, so that a marker may stand in its cell."""

_WORDS: tuple[tuple[str, str], ...] = (
    (r"\bapplied to\b", "estimated_from_larger_area"),
    (r"^values? (for|of) .*\bcombined\b|\bcombined with\b", "combined_with_other_area"),
    (r"\bsuppress.*\bdenominator\b", "suppressed_small_denominator"),
    (r"\bsuppress.*\b(incomplete|quality)", "not_published_quality"),
    (r"\bsuppress", "suppressed_small_count"),
    (r"\bnot published\b.*\bquality\b", "not_published_quality"),
    (r"\bsmall (sample|number)|\b(cases|sample size|count|numbers) (is|are) too small\b", "too_few_cases"),
    (r"\bmissing\b", "missing_in_source"),
    (r"\bdata quality\b|\bcaution\b", "data_quality"),
    (r"\bexclude[sd]?\b", "population_restricted"),
    (r"\baggregated from all known\b", "aggregated_from_known_areas"),
)


def note_code(text: str) -> str:
    """The code of a note, one of NOTE_CODES; `other_note` for words that are not known. `text` must not be empty."""
    plain = " ".join(text.lower().split())
    for words, code in _WORDS:
        if re.search(words, plain):
            return code
    return OTHER
