"""Groups of deprivation are known by the pattern of their name, whatever their geography, edition and vintage."""

import pytest

from pipelines import catalogue
from pipelines.catalogue.deprivation import read_slug, read_type

KNOWN = catalogue.load()
DECILES = [label for one in KNOWN.schemes["deprivation_decile", "lsoa11_in_england_imd2019"].categories
           for label in one.labels]  # fmt: skip

OPEN = (
    "LSOA11 deprivation deciles: (Index of Multiple Deprivation trend)",  # in England or within an area
    "IMD2010 - Employment domain",
    "LSOA11 deprivation quintiles within area - bottom- middle 3 - top (IMD2010)",
)


@pytest.mark.parametrize(
    ("category_type", "slug"),
    [
        ("District & UA deprivation deciles in England (IMD2025, 4/24 geography)",
         "district_ua_in_england_imd2025_apr2024"),
        ("County & UA deprivation deciles in England (IMD 2025, 4/24 geog.)", "county_ua_in_england_imd2025_apr2024"),
        ("Counties &amp; UAs deprivation deciles in England (IMD2030, 10/28 geography)",
         "county_ua_in_england_imd2030_oct2028"),
        ("Districts and Unitary Authorities deprivation deciles: before Apr 2023 geography "
         "(Index of Multiple Deprivation 2025)", "district_ua_in_england_imd2025_pre_apr2023"),
        ("LSOA21 deprivation deciles in England (IMD2025)", "lsoa21_in_england_imd2025"),
        ("LSOA21 deprivation deciles within areas (IMD  trend)\n", "lsoa21_within_area_imd_trend"),
        ("LSOA21 deprivation deciles in England (IDACI 2025)", "lsoa21_in_england_idaci2025"),
        ("ICB deprivation deciles in England (IMD2019, 2022 ICBs)", "icb_in_england_imd2019_2022"),
        ("Ward deprivation deciles in England (IMD2025)", "ward_in_england_imd2025"),
    ],
)  # fmt: skip
def test_a_type_that_nobody_wrote_down_is_read_by_its_pattern(category_type, slug):
    grouping = read_type(category_type)
    assert grouping.slug == slug
    assert read_slug(grouping.dimension, slug) == grouping
    found = KNOWN.resolve(category_type, [f"{label} (IMD2025, LSOA21)" for label in DECILES])
    assert (found.scheme.slug, found.unknown) == (slug, ())
    assert sorted(category.rank for category in found.categories.values()) == list(range(1, 11))
    assert KNOWN.scheme("deprivation_decile", slug) == found.scheme


@pytest.mark.parametrize("category_type", ["Housing tenure", "LSOA21 deprivation deciles (IMD2025)",
                                           "Ward deprivation deciles within area (IMD2025)", *OPEN])  # fmt: skip
def test_what_leaves_something_open_is_not_read(category_type):
    assert read_type(category_type) is None


WRITTEN_DOWN = [
    (scheme, label)
    for scheme in KNOWN.schemes.values()
    if scheme.basis and scheme.dimension in ("deprivation_decile", "deprivation_quintile")
    for label in scheme.labels
    if label not in OPEN
]


@pytest.mark.parametrize(("scheme", "label"), WRITTEN_DOWN, ids=[label for _, label in WRITTEN_DOWN])
def test_the_pattern_and_what_is_written_down_say_the_same(scheme, label):
    read = read_type(label)
    assert (read.dimension, read.slug) == scheme.key
    assert (read.geography, read.scope, read.index, read.edition, read.basis) == (
        scheme.geography, scheme.scope, scheme.index, scheme.index_vintage, scheme.basis
    )  # fmt: skip
    assert read.area_vintage == scheme.area_vintage.removeprefix("unstated")


def test_schemes_of_published_rows_join_the_breakdowns():
    key = ("deprivation_decile", "lsoa21_in_england_imd2025")
    assert key not in KNOWN.schemes
    plain, seen = catalogue.breakdown_frame(KNOWN), catalogue.breakdown_frame(KNOWN, [key, ("total", "total")])
    assert seen.height == plain.height + 10
    added = seen.tail(10)
    assert added["index_vintage"].unique().to_list() == ["2025"]
    assert added["basis"].unique().to_list() == ["neighbourhoods_national"]
