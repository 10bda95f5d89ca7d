"""Value notes, typed."""

import pytest

from pipelines.sources.contract import NOTE_CODES
from pipelines.sources.formats.value_note import WITHHELD, note_code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Value suppressed for disclosure control due to small count", "suppressed_small_count"),
        ("Value suppressed for disclosure control due to small denominator", "suppressed_small_denominator"),
        ("Value suppressed for disclosure control reasons", "suppressed_small_count"),
        ("Value suppressed due to incompleteness of source data", "not_published_quality"),
        ("Value not published for data quality reasons", "not_published_quality"),
        ("Value cannot be calculated as number of cases is too small", "too_few_cases"),
        ("Value missing due to small sample size", "too_few_cases"),
        ("Value missing in source data", "missing_in_source"),
        ("There is a data quality issue with this value", "data_quality"),
        ("Interpret with caution", "data_quality"),
        ("Value for Cornwall and Isles of Scilly combined", "combined_with_other_area"),
        ("Value for North Yorkshire Cty applied to North Yorkshire UA", "estimated_from_larger_area"),
        ("Value for Bucks County  applied to\nBucks UA", "estimated_from_larger_area"),
        ("People aged 75 and over are excluded from NS-SeC economic activity questions", "population_restricted"),
        ("Aggregated from all known lower geography values", "aggregated_from_known_areas"),
        ("Something the publisher never said before", "other_note"),
    ],
)
def test_words_have_a_code(text, code):
    assert note_code(text) == code
    assert note_code(text.upper()) == code
    assert code in NOTE_CODES


def test_only_suppression_withholds():
    assert set(WITHHELD) == {code for code in NOTE_CODES if code.startswith("suppressed")}
