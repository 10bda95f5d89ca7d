"""A category type and its whole set of labels find one scheme."""

import pytest

from pipelines import catalogue
from pipelines.catalogue import AmbiguousScheme, normalise_category_type, normalise_label

KNOWN = catalogue.load()
SMOKING = ["White", "Mixed", "Asian", "Black", "Chinese", "Other ethnicity", "Unknown"]
ACTIVE_LIVES = ["White British", "White Other", "Asian", "Black", "Chinese", "Mixed", "Other"]


def test_ethnic_groups_means_the_scheme_whose_categories_are_present():
    assert KNOWN.resolve("Ethnic groups", SMOKING).scheme.slug == "ethnic_aps_6_unknown"
    assert KNOWN.resolve("Ethnic groups", ACTIVE_LIVES).scheme.slug == "ethnic_active_lives_7"
    assert KNOWN.resolve("Ethnic groups", ["White Irish", "Chinese"]).scheme.slug == "ethnic_ncmp_17"


def test_of_several_schemes_that_have_every_label_the_smallest_is_chosen():
    found = KNOWN.resolve("Ethnic groups", ["White British", "Chinese"])
    assert found.scheme.slug == "ethnic_active_lives_7"
    assert found.unknown == ()


def test_where_no_scheme_has_every_label_the_largest_overlap_wins_and_the_rest_are_unknown():
    found = KNOWN.resolve("Ethnic groups", [*SMOKING, "Martian"])
    assert found.scheme.slug == "ethnic_aps_6_unknown"
    assert found.unknown == ("Martian",)
    assert found.categories.keys() == set(SMOKING)


def test_labels_that_fit_two_schemes_equally_are_an_error_naming_both():
    with pytest.raises(AmbiguousScheme, match=r"ethnic_aps_6_unknown, ethnic_active_lives_7"):
        KNOWN.resolve("Ethnic groups", ["Asian", "Black"])


def test_labels_that_fit_no_scheme_are_all_unknown_and_choose_none():
    found = KNOWN.resolve("Ethnic groups", ["Martian", "Venusian"])
    assert (found.scheme, found.categories, found.unknown) == (None, {}, ("Martian", "Venusian"))


def test_an_unknown_category_type_has_no_scheme():
    found = KNOWN.resolve("Shoe size", ["42", "43"])
    assert (found.scheme, found.categories, found.unknown) == (None, {}, ("42", "43"))


def test_none_is_a_religion_and_england_a_country_of_birth():
    assert KNOWN.resolve("Religion - 8 categories", ["None", "Other"]).categories["None"].slug == "none"
    assert KNOWN.resolve("Country of birth", ["England", "Wales"]).categories["England"].slug == "england"


def test_tenths_and_fifths_of_one_ranking_share_a_slug_and_are_kept_apart_by_dimension():
    tenths = KNOWN.resolve("LSOA11 deprivation deciles within area (IMD2019)", ["Most deprived decile"]).scheme
    fifths = KNOWN.resolve("LSOA11 deprivation quintile within area (IMD2019)", ["Most deprived quintile"]).scheme
    assert tenths.slug == fifths.slug == "lsoa11_within_area_imd2019"
    assert (tenths.dimension, fifths.dimension) == ("deprivation_decile", "deprivation_quintile")


def test_spelling_of_types_does_not_matter_but_edition_and_geography_do():
    april_2019 = normalise_category_type("District & UA deprivation deciles in England (IMD2019, 4/19 geog.)")
    assert april_2019 == "district & ua deprivation deciles in england (imd2019, 4/19 geography)"
    assert (
        normalise_category_type("district &amp; UA deprivation deciles in England\n (IMD2019,  4/19 Geog)")
        == april_2019
    )
    assert (
        normalise_category_type("District & UA deprivation deciles in England (IMD2019, 4/21 geography)") != april_2019
    )


@pytest.mark.parametrize(
    ("label", "expected"),
    [
        ("Most deprived decile (IMD2019)", "most deprived decile"),
        ("Fifth less deprived decile (IMD2015,4/19 geo)", "fifth less deprived decile"),
        ("Least deprived  decile ", "least deprived decile"),
        ("UK (unknown country)", "uk (unknown country)"),
        ("Heterosexual women (including bisexual women)", "heterosexual women (including bisexual women)"),
    ],
)
def test_a_label_loses_its_index_edition_and_no_other_bracket(label, expected):
    assert normalise_label(label) == expected
