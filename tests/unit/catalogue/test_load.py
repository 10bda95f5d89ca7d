"""The loader refuses every kind of wrong block, and says all that is wrong at once."""

from pathlib import Path

import pytest

from pipelines import catalogue
from pipelines.catalogue import CatalogueInvalid, Fault

INDICATOR = """
[smoking]
title = "Smoking"
definition = "Adults who smoke."
unit = "%"
scale = 100
value_kind = "proportion"
polarity = "lower_is_better"
polarity_reason = "Fewer smokers is better."
slope_allowed = true
default_link = "logit"
denominator_kind = "population"
age_standardised = "no"
role = "outcome"
area_types = [502]
period_lengths = ["1y"]
year_type = "calendar"
cadence = "annual"
state = "current"
disclosure_rule = "None."
disclosure_rule_source = "metadata"
published_breakdowns = "none"
evidence = "rows"
sources = ["fingertips"]
fingertips_id = 1
licence = "Open Government Licence v3.0"
confidence = "high"
"""

BREAKDOWN = """
[measure_sets.slope]
allowed = ["slope_index", "absolute_gap"]
[category_sets]
third = [
  { slug = "most", rank = 1, use_in_slope = true, labels = ["Most deprived third"] },
  { slug = "middle", rank = 2, use_in_slope = true, labels = ["Middle third"] },
  { slug = "least", rank = 3, use_in_slope = true, labels = ["Least deprived third"] },
]
[[breakdown]]
dimension = "deprivation_third"
scheme = "lsoa11_in_england_imd2019"
geography = "lsoa11"
scope = "in_england"
index = "imd"
index_vintage = "2019"
basis = "neighbourhoods_national"
ordered = true
groups_expected = 3
categories = "third"
measures = "slope"
labels = ["LSOA11 deprivation thirds (IMD2019)"]
confidence = "high"
"""


FILE = "indicators/behaviours.toml"


def write(folder: Path, indicators: str = INDICATOR, breakdowns: str = BREAKDOWN) -> Path:
    (folder / "indicators").mkdir(exist_ok=True)
    (folder / FILE).write_text(indicators, encoding="utf-8")
    (folder / "breakdowns.toml").write_text(breakdowns, encoding="utf-8")
    (folder / "core20plus5.toml").write_text("", encoding="utf-8")
    return folder


def faults(folder: Path, indicators: str = INDICATOR, breakdowns: str = BREAKDOWN) -> tuple[Fault, ...]:
    with pytest.raises(CatalogueInvalid) as raised:
        catalogue.load(write(folder, indicators, breakdowns))
    assert all(str(fault) in str(raised.value) for fault in raised.value.faults)
    return raised.value.faults


def changed(text: str, old: str, new: str) -> str:
    assert text.count(old) >= 1, f"the test's own text has no {old!r}"
    return text.replace(old, new, 1)


def test_correct_files_load_with_defaults(tmp_path):
    loaded = catalogue.load(write(tmp_path))
    smoking = loaded.indicators["smoking"]
    assert (smoking.scale, smoking.core20plus5, smoking.age) == (100, (), "")
    assert [smoking.can_exceed_100, smoking.circular, smoking.modelled_estimate] == [False, False, False]
    assert smoking.id_verified
    assert loaded.indicator_by_fingertips_id(1) is smoking
    assert loaded.indicator_by_fingertips_id(2) is None
    assert loaded.schemes["deprivation_third", "lsoa11_in_england_imd2019"].slope_groups_expected == 3


@pytest.mark.parametrize(
    ("old", "new", "key", "found"),
    [
        ('title = "Smoking"\n', "", "title", "no such key"),
        ('title = "Smoking"', 'title = ""', "title", "''"),
        ('title = "Smoking"', 'titel = "Smoking"', "titel", "'Smoking'"),
        ("scale = 100", 'scale = "100"', "scale", "'100'"),
        ("scale = 100", "scale = 1", "scale", "1"),
        ("scale = 100", "scale = 100\nsuppression_largest = 7", "suppression_smallest", "None and 7"),
        ("scale = 100", "scale = 100\nplausible_largest = 7", "plausible_smallest", "None and 7.0"),
        ("scale = 100", "scale = 100\nplausible_smallest = 8\nplausible_largest = 7", "plausible_smallest", "8.0"),
        ("scale = 100", 'scale = 100\nplausible_smallest = "8"', "plausible_smallest", "'8'"),
        ("scale = 100", "scale = 100\nsuppression_smallest = 8\nsuppression_largest = 7", "suppression_smallest", "8"),
        ("scale = 100", "scale = 100\nsuppression_smallest = -1", "suppression_smallest", "-1"),
        ("slope_allowed = true", 'slope_allowed = "yes"', "slope_allowed", "'yes'"),
        ('"lower_is_better"', '"low"', "polarity", "'low'"),
        ('"lower_is_better"', '"REVIEW"', "polarity", "'REVIEW'"),
        ('polarity_reason = "Fewer smokers is better."\n', "", "polarity_reason", "no such key"),
        ('polarity_reason = "Fewer smokers is better."', 'polarity_reason = " "', "polarity_reason", "' '"),
        ('value_kind = "proportion"', 'value_kind = "index"', "slope_allowed", "true"),
        ('confidence = "high"', 'confidence = "high"\nmodelled_estimate = true', "slope_allowed", "true"),
        ('confidence = "high"', 'confidence = "high"\nmethod = "a model"', "method", "some of them"),
        ('confidence = "high"', 'confidence = "high"\nmethod_since = "2023"', "method_since", "'2023'"),
        ('confidence = "high"', 'confidence = "high"\ncan_exceed_100 = true', "default_link", "'logit'"),
        ("slope_allowed = true", "slope_allowed = false", "default_link", "'logit'"),
        ('confidence = "high"', 'confidence = "high"\nid_verified = false', "confidence", "'high'"),
        ('confidence = "high"', 'confidence = "low"\nid_verified = "no"', "id_verified", "'no'"),
        ('"logit"', '"log"', "default_link", "'log'"),
        ('role = "outcome"', 'role = "register"', "polarity", "'lower_is_better'"),
        ("fingertips_id = 1\n", "", "fingertips_id", "no such key"),
        ("fingertips_id = 1\n", "fingertips_id = true\n", "fingertips_id", "True"),
        ('"population"', '"people"', "denominator_kind", "'people'"),
        ('"calendar"', '"november"', "year_type", "'november'"),
        ('["1y"]', '["one year"]', "period_lengths", "'one year'"),
        ("[502]", '["502"]', "area_types", "'502'"),
        ("[502]", "[502, 502]", "area_types", "[502, 502]"),
        ('["fingertips"]', "[]", "sources", "[]"),
        ("[smoking]", "[Smoking]", "-", "'Smoking'"),
    ],
)
def test_an_indicator_fault_names_file_block_key_expected_and_found(tmp_path, old, new, key, found):
    told = faults(tmp_path, indicators=changed(INDICATOR, old, new))
    block = "Smoking" if "Smoking]" in new else "smoking"
    assert [fault for fault in told if fault.key == key and fault.found == found and fault.block == block]
    assert all(fault.file == FILE and fault.expected for fault in told)


@pytest.mark.parametrize(
    ("old", "new", "key", "part"),
    [
        ('categories = "third"', 'categories = "fourth"', "categories", "'fourth'"),
        ('measures = "slope"', 'measures = "all"', "measures", "'all'"),
        ('"absolute_gap"]', '"absolute_gap", "sii"]', "allowed", "'sii'"),
        ('"absolute_gap"]', '"absolute_gap", "none"]', "allowed", "none"),
        ("rank = 2", "rank = 1", "third", "'1' 2 times"),
        ('slug = "middle"', 'slug = "most"', "third", "'most' 2 times"),
        ('"Middle third"', '"MOST deprived  third (IMD2019)"', "third", "'most deprived third' 2 times"),
        ("rank = 2, ", "", "rank", "no such key"),
        ("rank = 3, ", "rank = 3, is_unknown = true, ", "rank", "rank 3"),
        ("groups_expected = 3", "groups_expected = 10", "groups_expected", "10"),
        ("ordered = true", "ordered = false", "measures", "ordered = false"),
        ('["slope_index", "absolute_gap"]', '["absolute_gap"]', "measures", "none"),
        ('scope = "in_england"', 'scope = "within_area"', "basis", "'neighbourhoods_national'"),
        ('geography = "lsoa11"', 'geography = "county_ua"', "basis", "'neighbourhoods_national'"),
        ('basis = "neighbourhoods_national"\n', "", "basis", "no such key"),
        ('confidence = "high"', 'confidence = "high"\ngap_pair = ["most", "richest"]', "gap_pair", "richest"),
        ('confidence = "high"', 'confidence = "high"\nedition = 2019', "edition", "2019"),
        ("[[breakdown]]", "[[breakdowns]]", "breakdown", "no such key"),
    ],
)
def test_a_breakdown_fault_names_its_key_and_what_was_found(tmp_path, old, new, key, part):
    told = faults(tmp_path, breakdowns=changed(BREAKDOWN, old, new))
    assert [fault for fault in told if fault.key == key and part in fault.found], told
    assert {fault.file for fault in told} == {"breakdowns.toml"}


def test_two_indicators_may_not_share_a_fingertips_id(tmp_path):
    told = faults(tmp_path, indicators=INDICATOR + INDICATOR.replace("[smoking]", "[smoking_again]"))
    assert [(fault.block, fault.key, fault.found) for fault in told] == [
        ("smoking_again", "fingertips_id", f"1, as [smoking] of {FILE}")
    ]


def test_files_of_indicators_are_read_in_name_order_whatever_their_names(tmp_path):
    write(tmp_path)
    for name, slug, fingertips_id in (("zebra", "one", 7), ("air", "two", 8)):
        text = INDICATOR.replace("[smoking]", f"[{slug}]").replace(
            "fingertips_id = 1", f"fingertips_id = {fingertips_id}"
        )
        (tmp_path / "indicators" / f"{name}.toml").write_text(text, encoding="utf-8")
    assert list(catalogue.load(tmp_path).indicators) == ["two", "smoking", "one"]


def test_a_fault_names_the_file_and_duplicates_are_found_across_files(tmp_path):
    second = INDICATOR + changed(INDICATOR, "scale = 100", "scale = 1").replace("[smoking]", "[vaping]")
    write(tmp_path)
    (tmp_path / "indicators" / "children.toml").write_text(second, encoding="utf-8")
    with pytest.raises(CatalogueInvalid) as raised:
        catalogue.load(tmp_path)
    assert [(fault.file, fault.block, fault.key, fault.found) for fault in raised.value.faults] == [
        ("indicators/children.toml", "smoking", "-", f"[smoking] also in {FILE}"),
        ("indicators/children.toml", "vaping", "scale", "1"),
        ("indicators/children.toml", "vaping", "fingertips_id", f"1, as [smoking] of {FILE}"),
    ]


def test_a_catalogue_without_a_file_of_indicators_is_refused(tmp_path):
    (write(tmp_path) / FILE).unlink()
    with pytest.raises(CatalogueInvalid, match=r"indicators/<theme>\.toml .*at least one file"):
        catalogue.load(tmp_path)


def test_a_file_that_nothing_reads_is_refused_rather_than_passed_over(tmp_path):
    (write(tmp_path) / "indicators.toml").write_text(INDICATOR, encoding="utf-8")
    with pytest.raises(CatalogueInvalid, match=r"1 fault.*\n.*indicators\.toml .*nothing reads this file"):
        catalogue.load(tmp_path)


def test_two_schemes_with_one_label_and_the_same_categories_can_never_be_told_apart(tmp_path):
    block = BREAKDOWN[BREAKDOWN.index("[[breakdown]]") :]
    twin = block.replace("imd2019", "imd2015").replace("LSOA11 deprivation thirds", "lsoa11  deprivation THIRDS")
    told = faults(tmp_path, breakdowns=BREAKDOWN + twin)
    assert [(fault.block, fault.key) for fault in told] == [("deprivation_third.lsoa11_in_england_imd2015", "labels")]


def test_a_scheme_written_twice_in_one_dimension_is_a_fault(tmp_path):
    block = BREAKDOWN[BREAKDOWN.index("[[breakdown]]") :].replace("LSOA11 deprivation", "Other")
    told = faults(tmp_path, breakdowns=BREAKDOWN + block)
    assert [fault.key for fault in told] == ["scheme"]


def test_all_faults_of_all_files_come_at_once(tmp_path):
    wrong = INDICATOR
    for old, new in (("scale = 100", "scale = 1"), ('"lower_is_better"', '"low"'), ("slope_allowed = true\n", "")):
        wrong = changed(wrong, old, new)
    told = faults(tmp_path, indicators=wrong, breakdowns=changed(BREAKDOWN, "rank = 2", "rank = 1"))
    assert {(fault.file, fault.key) for fault in told} >= {
        (FILE, "scale"),
        (FILE, "polarity"),
        (FILE, "slope_allowed"),
        ("breakdowns.toml", "third"),
    }


def test_a_block_written_twice_is_one_fault_and_the_other_file_is_still_read(tmp_path):
    told = faults(tmp_path, indicators=INDICATOR + INDICATOR, breakdowns=changed(BREAKDOWN, "rank = 2", "rank = 1"))
    assert [(fault.file, fault.key) for fault in told] == [(FILE, "-"), ("breakdowns.toml", "third")]


def test_an_absent_file_is_a_fault_that_names_it(tmp_path):
    write(tmp_path)
    (tmp_path / "breakdowns.toml").unlink()
    with pytest.raises(CatalogueInvalid, match=r"1 fault.*\n.*breakdowns\.toml"):
        catalogue.load(tmp_path)


def test_the_content_hash_follows_every_file_and_its_name(tmp_path):
    first = catalogue.content_hash(write(tmp_path))
    assert catalogue.content_hash(write(tmp_path)) == first
    assert catalogue.content_hash(write(tmp_path, INDICATOR + "# note\n")) != first
    assert catalogue.content_hash(write(tmp_path, breakdowns=BREAKDOWN + "# note\n")) != first
    write(tmp_path)
    second = tmp_path / "indicators" / "children.toml"
    second.write_text("", encoding="utf-8")
    with_second = catalogue.content_hash(tmp_path)
    second.rename(second.with_name("youth.toml"))
    assert len({first, with_second, catalogue.content_hash(tmp_path)}) == 3
