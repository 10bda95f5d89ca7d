"""The committed breakdowns against the reference list, the publisher's list and the labels of real files."""

import csv
import itertools
import re

import pytest

from pipelines import catalogue
from pipelines.catalogue import normalise_category_type
from tests.shared import CATALOGUE, MIRROR, needs_catalogue, needs_mirror

KNOWN = catalogue.load()


def reference_rows(name: str) -> list[dict[str, str]]:
    with (CATALOGUE / name).open(encoding="utf-8-sig", newline="") as lines:
        return list(csv.DictReader(lines))


@needs_catalogue
def test_every_row_of_the_reference_breakdowns_resolves_to_its_scheme_slug_and_rank():
    rows = reference_rows("breakdowns.csv")
    assert len(rows) == 570
    key = lambda row: (row["source"], row["category_type"], row["dimension"], row["scheme"])  # noqa: E731
    for (_, category_type, dimension, slug), group in itertools.groupby(sorted(rows, key=key), key=key):
        members = list(group)
        found = KNOWN.resolve(category_type, [row["category"] for row in members])
        assert found.scheme is not None, category_type
        assert found.unknown == ()
        assert (found.scheme.dimension, found.scheme.slug) == (dimension, slug), category_type
        for row in members:
            category = found.categories[row["category"]]
            rank = int(row["category_rank"]) if row["category_rank"] else None
            assert (category.slug, category.rank) == (row["category_slug"], rank), row
            flags = tuple("yes" if flag else "no" for flag in (category.use_in_slope, category.is_unknown))
            assert flags == (row["use_in_slope"], row["is_unknown"]), row
            assert category.is_residual == (row["is_residual"] == "yes"), row
            assert normalise_category_type(category_type) == row["category_type_key"]
            for name in ("geography", "scope", "index", "index_vintage", "area_vintage"):
                assert getattr(found.scheme, name) == row[name], (slug, name)
            assert found.scheme.groups_expected == int(row["groups_expected"]), slug
            assert found.scheme.ordered == (row["ordered"] == "yes"), slug


@needs_catalogue
def test_what_the_reference_allows_is_what_the_catalogue_allows():
    for row in reference_rows("breakdowns.csv"):
        allowed = KNOWN.schemes[row["dimension"], row["scheme"]].measures_allowed
        stated = row["measures_allowed"]
        if row["is_unknown"] == "yes" or row["dimension"] == "self_reported_health":
            continue
        assert ("slope_index" in allowed) == stated.startswith("slope_index;"), row
        assert ("absolute_gap" in allowed) == ("absolute_gap" in stated), row
        assert ("index_of_disparity" in allowed) == ("index_of_disparity" in stated), row
        assert ("theil_index" in allowed) == (";theil;" in stated), row


def test_outcomes_used_as_breakdowns_are_described_only_and_unordered_groups_have_no_slope():
    assert KNOWN.schemes["self_reported_health", "health_status_5"].measures_allowed == ("none",)
    ethnic = [scheme for scheme in KNOWN.schemes.values() if scheme.dimension == "ethnic_group"]
    assert len(ethnic) == 4
    for scheme in ethnic:
        measures = scheme.measures_allowed + scheme.measures_with_population
        assert not [one for one in measures if one.startswith(("slope", "relative_index", "population_attributable"))]
        assert "mean_difference_from_best" not in measures


MIRROR_SCHEMES = {
    ("92443", "Country of birth"): "country_of_birth_10",
    ("92443", "County & UA deprivation deciles in England (IMD2019, 4/19 and 4/20 geog.)"): (
        "county_ua_in_england_imd2019_apr2019_apr2020"
    ),
    ("92443", "District & UA deprivation deciles in England (IMD2019, 4/19 geog.)"): (
        "district_ua_in_england_imd2019_apr2019"
    ),
    ("92443", "Ethnic groups"): "ethnic_aps_6_unknown",
    ("92443", "Health status"): "health_status_5",
    ("92443", "Housing tenure"): "tenure_4",
    ("92443", "Religion - 8 categories"): "religion_8",
    ("92443", "Sexuality"): "sexuality_5",
    ("92443", "Socioeconomic group (18-64 yrs)"): "nssec_3_plus_never_worked_18_64",
} | {
    (indicator, category_type): scheme
    for indicator in ("93881", "93015")
    for category_type, scheme in {
        "Disability": "disability_2",
        "Ethnic groups": "ethnic_active_lives_7",
        "LSOA11 deprivation deciles within area (IMD  trend)": "lsoa11_within_area_imd_trend",
        "Level of education": "highest_qualification_6",
        "Socioeconomic class": "nssec_8_16_74",
        "Working status": "working_status_3",
    }.items()
}


def real_labels() -> dict[tuple[str, str], set[str]]:
    """The categories of each indicator id and category type in the real Fingertips files."""
    seen: dict[tuple[str, str], set[str]] = {}
    for file in sorted((MIRROR / "fingertips").glob("*.csv")):
        with file.open(encoding="utf-8-sig", newline="") as lines:
            for row in csv.DictReader(lines):
                assert KNOWN.indicator_by_fingertips_id(int(row["Indicator ID"])) is not None
                if row["Category Type"]:
                    seen.setdefault((row["Indicator ID"], row["Category Type"]), set()).add(row["Category"])
    return seen


def meaning(row: dict[str, str]) -> tuple[object, ...]:
    """Dimension, scheme, category and rank of a row of the reference list."""
    return row["dimension"], row["scheme"], row["category_slug"], int(row["category_rank"] or 0) or None


def resolved(category_type: str, labels: set[str]) -> dict[tuple[str, str], tuple[object, ...]]:
    """What the catalogue says of a type's labels, by type and label; all of them must be known."""
    found = KNOWN.resolve(category_type, labels)
    assert found.scheme is not None, category_type
    assert found.unknown == (), category_type
    return {
        (category_type, label): (*found.scheme.key, category.slug, category.rank)
        for label, category in found.categories.items()
    }


@needs_mirror
def test_every_category_of_the_real_files_resolves():
    seen = real_labels()
    found = {key: KNOWN.resolve(key[1], labels) for key, labels in seen.items()}
    assert {key: one.scheme and one.scheme.slug for key, one in found.items()} == MIRROR_SCHEMES
    assert [one.unknown for one in found.values() if one.unknown] == []


@needs_mirror
@needs_catalogue
def test_every_category_of_the_real_files_means_what_the_reference_says():
    listed = {
        (indicator, row["category_type"], row["category"]): meaning(row)
        for row in reference_rows("breakdowns.csv")
        for indicator in re.findall(r"[0-9]{5}", row["source"] if row["source"].startswith("real file") else "")
    }
    published = {
        (row["category_type"], row["category"]): meaning(row)
        for row in reference_rows("breakdowns.csv")
        if row["source"] == "category_types.csv"
    }
    checked = 0
    for (indicator, category_type), labels in real_labels().items():
        for (_, label), found in resolved(category_type, labels).items():
            key = (indicator, category_type, label)
            assert found == (listed[key] if key in listed else published[category_type, label]), key
            checked += 1
    assert checked == 135


@needs_mirror
@needs_catalogue
def test_every_row_of_the_publishers_list_means_what_the_reference_says():
    with (MIRROR / "fingertips_reference" / "category_types.csv").open(encoding="utf-8-sig", newline="") as lines:
        rows = list(csv.DictReader(lines))
    labels: dict[str, set[str]] = {}
    for row in rows:
        labels.setdefault(row["CategoryTypeName"], set()).add(row["CategoryName"])
    found = {key: value for name, known in labels.items() for key, value in resolved(name, known).items()}
    expected = {
        (row["category_type"], row["category"]): meaning(row)
        for row in reference_rows("breakdowns.csv")
        if row["source"] == "category_types.csv"
    }
    assert len(rows) == len(expected) == 307
    assert found == expected


@needs_mirror
def test_every_deprivation_label_of_the_publishers_list_resolves_with_its_rank():
    with (MIRROR / "fingertips_reference" / "category_types.csv").open(encoding="utf-8-sig", newline="") as lines:
        rows = list(csv.DictReader(lines))
    assert len(rows) > 300
    for row in rows:
        found = KNOWN.resolve(row["CategoryTypeName"], [row["CategoryName"]])
        assert found.unknown == (), row
        words = row["CategoryName"].lower()
        if words.startswith(("most deprived", "least deprived")):
            ranks = [category.rank for category in found.scheme.categories]
            end = min(ranks) if words.startswith("most") else max(ranks)
            assert found.categories[row["CategoryName"]].rank == end, row


@pytest.mark.parametrize("slug", ["lsoa11_within_area_imd_trend", "lsoa21_within_area_imd_trend"])
def test_a_trend_scheme_says_that_its_edition_moves(slug):
    scheme = KNOWN.schemes["deprivation_decile", slug]
    assert (scheme.index_vintage, scheme.basis) == ("trend", "neighbourhoods_within_area")
