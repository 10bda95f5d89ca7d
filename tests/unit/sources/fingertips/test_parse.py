"""The Fingertips CSV parser: three layouts, every fault, and the real files."""

import hashlib
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cache

import polars as pl
import pytest

from pipelines import catalogue
from pipelines.notes import Kind, Note, words
from pipelines.sources import fingertips
from pipelines.sources.contract import OBSERVATION, OBSERVATION_CONTENT, OBSERVATION_KEY, REJECTED, ContractBroken
from pipelines.sources.contract import Snapshot as Kept
from pipelines.sources.fingertips.labels import age_slug, area_type_slug
from tests.shared import MIRROR, needs_mirror

KNOWN = catalogue.load()
CURRENT_HEADER = (
    "Indicator ID,Indicator Name,Parent Code,Parent Name,Area Code,Area Name,Area Type,Sex,Age,Category Type,Category,"
    "Time period,Value,Lower CI 95.0 limit,Upper CI 95.0 limit,Lower CI 99.8 limit,Upper CI 99.8 limit,Count,"
    "Denominator,Value note,Recent Trend,Compared to England value or percentiles,Compared to percentiles,"
    "Time period Sortable,New data,Compared to goal,Time period range"
)
CURRENT = CURRENT_HEADER.split(",")
PLACE = dict(zip(CURRENT, range(len(CURRENT)), strict=True))
SMOKING = {
    "Indicator ID": "92443",
    "Indicator Name": "Smoking",
    "Area Code": "E06000001",
    "Area Name": "Hartlepool",
    "Area Type": "Counties & UAs (from Apr 2023)",
    "Sex": "Persons",
    "Age": "18+ yrs",
    "Time period": "2019",
    "Value": "13.5",
    "Lower CI 95.0 limit": "12.5",
    "Upper CI 95.0 limit": "14.5",
    "Time period range": "1y",
}
SOCIOECONOMIC = {"Category Type": "Socioeconomic group (18-64 yrs)", "Category": "Intermediate"}


def row(**changes):
    """One row of adult smoking; keyword `Area_Code` sets the column `Area Code`."""
    return SMOKING | {name.replace("_", " "): value for name, value in changes.items()}


def text(*rows, columns=CURRENT, quote=False):
    def cell(value):
        return f'"{value}"' if quote or "," in value or "\n" in value else value

    lines = [
        [cell(name) for name in columns],
        *([cell(one.get(name, "")) for name in CURRENT[: len(columns)]] for one in rows),
    ]
    return "".join(",".join(line) + "\r\n" for line in lines)


def kept(content, path="fingertips/92443_502.csv"):
    return Kept(
        resource="fingertips",
        path=path,
        url="",
        sha256=hashlib.sha256(content).hexdigest(),
        bytes=len(content),
        retrieved_at=datetime(2026, 1, 1, tzinfo=UTC),
        publisher="",
        licence="",
        is_modelled=False,
        origin="publisher",
    )


def parse(content, known=KNOWN, **where):
    content = content.encode() if isinstance(content, str) else content
    parsed = fingertips.parse_with(content, kept(content, **where), known)
    assert parsed.rows_in == parsed.rows.height + parsed.rejected.height
    assert parsed.rows.schema == pl.Schema(OBSERVATION)
    assert parsed.rejected.schema == pl.Schema(REJECTED)
    return parsed


def only(parsed):
    assert (parsed.rows.height, parsed.rejected.height) == (1, 0), parsed.rejected.to_dicts()
    return parsed.rows.row(0, named=True)


def reason(bad):
    """Why a row was rejected, beside a good one."""
    parsed = parse(text(row(), bad))
    assert parsed.rows.height == 1
    return parsed.rejected["reason"].item()


def like_smoking(**changes):
    """A catalogue in which 92443 is another kind of indicator."""
    smoking = replace(KNOWN.indicators["smoking_prevalence_adults"], **changes)
    return replace(KNOWN, indicators={**KNOWN.indicators, smoking.slug: smoking})


def test_a_row_of_the_current_layout():
    content = text(row())
    found = only(parse(content))
    assert found == dict.fromkeys(OBSERVATION) | {
        "indicator": "smoking_prevalence_adults",
        "area_code": "E06000001",
        "area_name": "Hartlepool",
        "area_type": "upper_tier",
        "period": "2019",
        "period_label": "2019",
        "period_length": "1y",
        "period_start": date(2019, 1, 1),
        "period_end": date(2019, 12, 31),
        "sex": "persons",
        "age": "18_plus",
        "age_label": "18+ yrs",
        "dimension": "total",
        "scheme": "total",
        "category": "total",
        "value": 13.5,
        "value_lower": 12.5,
        "value_upper": 14.5,
        "source": "fingertips",
        "snapshot_sha256": hashlib.sha256(content.encode()).hexdigest(),
        "source_line": 2,
    }


def test_the_2019_layout_has_no_period_range_and_takes_the_length_from_the_label():
    life = row(Indicator_ID="90366", Age="All ages", Time_period="2016 - 18", Value="80.1", Sex="Male")
    life |= {"Lower CI 95.0 limit": "80.0", "Upper CI 95.0 limit": "80.2"}
    columns = CURRENT[:-1]
    columns[PLACE["Compared to percentiles"]] = "Compared to South East region value or percentiles"
    columns[PLACE["Compared to goal"]] = "Target data"
    found = only(parse(text(life, columns=columns)))
    assert (found["period"], found["period_length"], found["age"]) == ("2016-18", "3y", "at_birth")


def test_the_quoted_layout_without_spaces_in_any_order_and_case():
    columns = [name.replace(" ", "") for name in CURRENT]
    columns[PLACE["Area Name"]] = "AREANAME"
    content = b"\xef\xbb\xbf" + text(row(), columns=columns, quote=True).encode()
    assert only(parse(content))["value"] == 13.5
    lines = [line.split(",") for line in text(row()).splitlines()]
    assert only(parse("\n".join(",".join(reversed(line)) for line in lines) + "\n")) | {"snapshot_sha256": ""} == only(
        parse(content)
    ) | {"snapshot_sha256": ""}


def test_line_numbers_are_physical_lines_and_blank_lines_are_no_rows():
    split = row(Area_Name="Bath and\nNorth East\nSomerset", Area_Code="E06000022")
    parsed = parse(text(row(), split, row(Area_Code="E06000003")) + "\r\n" + "x\r\n")
    assert parsed.rows["source_line"].to_list() == [2, 3, 6]
    assert parsed.rows_in == 3
    parsed = parse(text(split, row(Value="many", Area_Code="E06000003")))
    assert parsed.rejected["source_line"].to_list() == [5]
    assert "E06000003" in parsed.rejected["row_text"][0]


def test_only_the_empty_string_is_null():
    religions = ("None", "Christian", "Buddhist", "Hindu", "Jewish", "Muslim", "Sikh", "Other")
    rows = [row(Category_Type="Religion - 8 categories", Category=name) for name in religions]
    births = [row(Category_Type="Country of birth", Category=name) for name in ("England", "Poland", "India")]
    found = parse(text(*rows, *births)).rows
    assert found["category_label"].to_list() == [*religions, "England", "Poland", "India"]
    assert found["category"][0] == "none"
    assert found["category_rank"].null_count() == found.height


def test_deciles_take_rank_and_scheme_from_the_catalogue():
    type_ = "LSOA11 deprivation deciles within area (IMD  trend)"
    rows = [row(Category_Type=type_, Category=name) for name in ("Least deprived decile", "Most deprived decile ")]
    found = parse(text(*rows)).rows.select("dimension", "scheme", "category", "category_label", "category_rank").rows()
    scheme = ("deprivation_decile", "lsoa11_within_area_imd_trend")
    assert found == [
        (*scheme, "least_deprived", "Least deprived decile", 10),
        (*scheme, "most_deprived", "Most deprived decile", 1),
    ]


def test_the_set_of_labels_chooses_between_schemes_of_one_type():
    survey = ("White British", "White Other", "Asian", "Black", "Chinese", "Mixed", "Other")
    smokers = ("White", "Mixed", "Asian", "Black", "Chinese", "Other ethnicity", "Unknown")
    rows = [row(Category_Type="Ethnic groups", Category=name) for name in smokers]
    rows += [
        row(Indicator_ID="93881", Time_period="2019/20", Category_Type="Ethnic groups", Category=name)
        for name in survey
    ]
    schemes = parse(text(*rows)).rows.group_by("indicator").agg(pl.col("scheme").unique()).sort("indicator").rows()
    assert schemes == [
        ("obesity_prevalence_adults", ["ethnic_active_lives_7"]),
        ("smoking_prevalence_adults", ["ethnic_aps_6_unknown"]),
    ]


def test_a_label_without_letter_or_digit_names_nothing():
    assert reason(row(Age="\u200b")) == "The age \u200b has neither letter nor digit."
    assert reason(row(Area_Type="???")) == "The area type ??? has neither letter nor digit."


def test_the_age_in_the_category_type_wins_and_is_noted():
    applied = "Value for Somerset Cty applied to Somerset UA"
    rows = parse(text(row(**SOCIOECONOMIC), row(**SOCIOECONOMIC, Sex="Male", Value_note=applied))).rows
    assert rows["age"].to_list() == ["18_64"] * 2
    assert rows["age_label"].to_list() == ["18+ yrs"] * 2
    assert rows["note_code"].to_list() == ["other_note", "estimated_from_larger_area"]
    assert rows["note"][0] == "The age column says 18+ yrs; the category type says 18-64 yrs, which is used."
    assert rows["note"][1].startswith(applied)
    agreeing = only(parse(text(row(**SOCIOECONOMIC, Age="18-64 yrs"))))
    assert (agreeing["age"], agreeing["note_code"]) == ("18_64", None)


def test_nhs_codes_lose_their_prefix():
    found = only(parse(text(row(Area_Code="nE54000055", Area_Type="ICBs"))))
    assert (found["area_code"], found["area_type"]) == ("E54000055", "icb")


@pytest.mark.parametrize("code", ["A81001", "U12345", "RXX", "E47000001", "E38000123", "Cl_L2_1a", "Cl_Sg3_12b"])
def test_codes_of_every_register_are_read(code):
    assert only(parse(text(row(Area_Code=code))))["area_code"] == code


@pytest.mark.parametrize("code", ["nnE54000055", "E0600001", "Hartlepool", "e06000001", "13.5"])
def test_a_code_of_no_register_is_refused(code):
    assert reason(row(Area_Code=code)) == (
        f"The area code {code} is neither of a register, nor of the NHS, nor a cluster of ONS."
    )


def test_doubled_england_rows_stay():
    assert parse(text(row(Area_Code="E92000001"), row(Area_Code="E92000001"))).rows.height == 2


def without_figures(note, **figures):
    return row(
        Value_note=note, **(dict.fromkeys(("Value", "Lower CI 95.0 limit", "Upper CI 95.0 limit"), "") | figures)
    )


def test_a_suppressed_cell_is_null_and_never_zero():
    note = "Value suppressed for disclosure control due to small count"
    for figures in ({}, {"Value": "0", "Count": "3"}, {"Value": "-1", "Count": "-1"}):
        found = only(parse(text(without_figures(note, **figures, Denominator="40"))))
        assert (found["value"], found["numerator"], found["denominator"]) == (None, None, 40)
        assert (found["note_code"], found["note"]) == ("suppressed_small_count", note)
    note = "Value suppressed for disclosure control due to small denominator"
    assert only(parse(text(without_figures(note, Denominator="4"))))["denominator"] is None


def test_a_missing_value_without_a_note_is_missing_in_source():
    assert only(parse(text(without_figures(""))))["note_code"] == "missing_in_source"
    stored = only(parse(text(without_figures("", Value="-1"))))
    assert (stored["value"], stored["note_code"]) == (None, "missing_in_source")


def test_a_negative_index_is_a_value_unless_its_limits_are_the_sentinel_too():
    index = {"Indicator_ID": "92901", "Time_period": "2016 - 18", "Time_period_range": "3y", "Age": "All ages"}
    assert only(parse(text(without_figures("", **index, Value="-1"))))["value"] == -1
    limits = {"Lower CI 95.0 limit": "-1", "Upper CI 95.0 limit": "-1"}
    assert only(parse(text(without_figures("", **index, Value="-1", **limits))))["value"] is None


def with_count(count, denominator, value, note=""):
    limits = {"Lower CI 95.0 limit": "", "Upper CI 95.0 limit": ""}
    return row(Count=count, Denominator=denominator, Value=value, Value_note=note, **limits)


def test_a_count_that_contradicts_its_value_is_left_out_and_the_value_stays():
    # Fingertips 93015, England, most deprived decile 2020/21: a count of 125 beside 35.07% of 11,619 people.
    found = only(parse(text(with_count("125", "11619", "35.06778"))))
    assert (found["value"], found["numerator"], found["denominator"]) == (35.06778, None, 11619)
    assert found["note_code"] == "count_left_out"
    assert found["note"] == "The published count 125 contradicts the value and the denominator, and is left out."
    found = only(parse(text(with_count("19", "18891", "57.5", "Interpret with caution"))))
    assert found["note"].startswith("Interpret with caution The published count 19 ")


@pytest.mark.parametrize(
    ("count", "denominator", "value"), [("135", "1000", "13.5"), ("5", "20", "10"), ("0", "90", "0")]
)
def test_a_count_that_agrees_but_for_rounding_stays(count, denominator, value):
    found = only(parse(text(with_count(count, denominator, value))))
    assert (found["numerator"], found["note_code"]) == (float(count), None)


def test_counts_of_pooled_and_standardised_rates_are_judged_by_their_kind():
    pooled = with_count("300", "10000", "10") | {"Time period": "2017 - 19", "Time period range": "3y"}
    crude = like_smoking(value_kind="rate", scale=1000, age_standardised="no")
    assert only(parse(text(pooled), crude))["numerator"] == 300
    assert only(parse(text(pooled | {"Count": "900"}), crude))["numerator"] is None
    standardised = like_smoking(value_kind="rate", scale=1000, age_standardised="esp2013")
    assert only(parse(text(pooled | {"Count": "900"}), standardised))["numerator"] == 900


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"Value": "lots"}, "Value is not a number: lots"),
        ({"Value": "[x]"}, "Value is not a number: [x]"),
        ({"Value": "nan"}, "Value is not a number"),
        ({"Count": "18,91"}, "Count is not a number: 18,91"),
        ({"Lower CI 95.0 limit": "15"}, "limits are crossed"),
        ({"Value": "101"}, "A proportion cannot be above 100"),
        ({"Value": "-2"}, "cannot be below 0"),
        ({"Count": "-5"}, "Count is below 0"),
        ({"Value": "99.5"}, "The value lies outside its 95% limits: Value 99.5, limits 12.5 to 14.5."),
        ({"Denominator": "100000000000000000000"}, "Denominator is too large to be a count"),
        ({"Count": "2e12"}, "Count is too large to be a count"),
        ({"Time period": "2091"}, "The period ends in the future: 2091."),
        ({"Area Code": " "}, "The area code is blank"),
        ({"Area Type": ""}, "The area type is blank"),
        ({"Sex": "Both"}, "The sex Both is unknown"),
        ({"Age": ""}, "The age is blank"),
        ({"Time period": "now"}, "cannot be read"),
        ({"Time period": "2019/20"}, "does not fit the year type 'calendar'"),
        ({"Time period range": "3y"}, "published range says '3y'"),
        ({"Time period range": ""}, "The time period range is blank"),
        ({"Category": "Intermediate"}, "one is blank"),
        ({"Indicator ID": "A1"}, "indicator id A1 is not a number"),
    ],
)
def test_a_row_that_cannot_be_read_is_rejected_with_its_reason(changes, says):
    found = reason(row() | changes)
    assert says in found


def test_a_row_with_more_cells_than_the_header_is_rejected():
    parsed = parse(text(row(), row()).removesuffix("\r\n") + ",extra\r\n")
    assert parsed.rejected["reason"].to_list() == ["The row has more cells than the header."]
    assert parsed.rejected["row_text"][0].endswith("extra")


def test_a_row_with_fewer_cells_than_the_header_is_rejected():
    whole = text(row(), row(), row())
    first, short, *rest = whole.split("\r\n")
    parsed = parse("\r\n".join([first, ",".join(short.split(",")[:17]), *rest]))
    assert parsed.rejected["reason"].to_list() == ["The row has fewer cells than the header."]
    assert parsed.rows.height == 2


LAYOUT_OF_2019 = CURRENT[:-1]


def short(count, **changes):
    """A row of the 2019 layout without its last cells."""
    cells = row(**{"Time period Sortable": "20190000"}) | changes
    return ",".join([cells.get(name, "") for name in LAYOUT_OF_2019][: len(LAYOUT_OF_2019) - count])


def test_a_row_may_end_after_the_last_cell_that_is_read():
    header = ",".join(LAYOUT_OF_2019)
    for cells in (0, 1, 2):
        parsed = parse("\n".join([header, short(cells), short(cells, Value="14")]) + "\n")
        assert parsed.rows["value"].to_list() == [13.5, 14]
        assert parse("\n".join([header, short(cells), short(cells)])).rows.height == 2
    reasons = parse("\n".join([header, short(0), short(10)]) + "\n").rejected["reason"].to_list()
    assert reasons == ["The row has fewer cells than the header."]


def test_a_short_row_that_lacks_a_cell_in_its_middle_is_rejected():
    middle = short(0).replace("13.5,", "", 1)
    parsed = parse("\n".join([",".join(LAYOUT_OF_2019), short(0), middle]) + "\n")
    assert parsed.rejected["reason"].to_list() == [
        "The row has fewer cells than the header, one of them in its middle."
    ]
    assert parsed.rows["value"].to_list() == [13.5]


def test_thousands_are_separated_where_they_are():
    found = only(parse(text(row(Count="18,891", Denominator="139,933", Value="13.5"))))
    assert (found["numerator"], found["denominator"]) == (18891, 139933)


@pytest.mark.parametrize("header", ["{}", "{} "])
@pytest.mark.parametrize("space", ["_", ".", ""])
def test_headers_are_known_by_their_letters_and_digits(header, space):
    columns = [header.format(name.replace(" ", space)) for name in CURRENT]
    assert only(parse(text(row(), columns=columns)))["value_upper"] == 14.5
    assert only(parse(text(row(), columns=[name.upper() for name in columns])))["value"] == 13.5


def test_what_r_writes_for_nothing_is_nothing_in_figures_and_categories():
    cells = dict.fromkeys(("Category Type", "Category", "Lower CI 95.0 limit", "Upper CI 95.0 limit", "Count"), "NA")
    found = only(parse(text(row(**cells, Value_note="NA"))))
    assert (found["dimension"], found["value"], found["value_lower"], found["numerator"]) == ("total", 13.5, None, None)
    assert found["note"] is None


def test_a_marker_beside_a_note_that_says_why_is_no_figure():
    note = "Value suppressed for disclosure control due to small count"
    for marker in ("*", "-", "..", "[c]", "x", "n/a"):
        found = only(parse(text(without_figures(note, Value=marker, Count=marker))))
        assert (found["value"], found["numerator"], found["note_code"]) == (None, None, "suppressed_small_count")
    assert reason(without_figures("", Value="*")) == "Value is not a number: *."
    assert reason(without_figures(note, Value="many")) == "Value is not a number: many."


def test_a_value_that_was_rounded_past_its_limits_stays_and_is_said():
    limits = {"Lower CI 95.0 limit": "13.5143", "Upper CI 95.0 limit": "13.5794"}
    found = only(parse(text(row() | limits)))
    assert (found["value"], found["note_code"]) == (13.5, "other_note")
    assert found["note"] == "The value 13.5 was rounded past its limits, 13.5143 to 13.5794."


def test_a_label_that_names_its_year_is_believed_and_noted():
    financial = like_smoking(year_type="financial")
    found = only(parse(text(row(Time_period="2021")), financial))
    assert (found["period"], found["period_start"], found["note_code"]) == ("2021", date(2021, 1, 1), "other_note")
    assert found["note"] == (
        "The period 2021 is taken as it says, 1 January 2021 to 31 December 2021; the catalogue's year type is "
        "financial."
    )


def test_one_type_of_area_may_be_published_by_another_year():
    by_type = like_smoking(year_type_by_area_type=(("general_practice", "financial"),))
    practice = row(Area_Code="A81001", Area_Type="GPs", Time_period="2019/20")
    assert only(parse(text(practice), by_type))["period_start"] == date(2019, 4, 1)
    assert "does not fit the year type 'calendar'" in reason(practice)


@pytest.mark.parametrize("code", ["e06000001", "E0600000", "E060000011", "Hartlepool"])
def test_a_code_of_no_register_rejects_its_row(code):
    assert (
        reason(row(Area_Code=code))
        == f"The area code {code} is neither of a register, nor of the NHS, nor a cluster of ONS."
    )


def test_a_year_under_way_is_no_future():
    assert only(parse(text(row(Time_period="2026"))))["period"] == "2026"


def test_an_indicator_that_can_exceed_100_may():
    over = row(Value="101") | {"Upper CI 95.0 limit": "102", "Lower CI 95.0 limit": "100"}
    assert only(parse(text(over), like_smoking(can_exceed_100=True)))["value"] == 101


def test_an_unknown_indicator_rejects_its_rows_and_is_noted():
    parsed = parse(text(row(Indicator_ID="99999", Indicator_Name="B12 - Happy otters"), row()))
    assert parsed.rejected["reason"].to_list() == ["The catalogue has no indicator with Fingertips id 99999."]
    assert parsed.notes == (Note(Kind.UNKNOWN_INDICATOR, label="99999", title="B12 - Happy otters", count=1),)
    assert "catalogue propose" in words(parsed.notes[0])
    assert parse(text(row(Indicator_ID="99999"))).rows.is_empty()


def test_an_unknown_category_type_rejects_its_rows_and_names_it():
    parsed = parse(text(row(), row(Category_Type="Favourite colour", Category="Red")))
    assert parsed.rows.height == 1
    assert "'Favourite colour'" in parsed.rejected["reason"][0]
    assert "1 rows of smoking_prevalence_adults" in words(parsed.notes[0])
    assert "Red" in words(parsed.notes[0])


def test_an_unknown_label_of_a_known_type_rejects_that_breakdown_and_no_other_row():
    rows = [row(Category_Type="Housing tenure", Category=name) for name in ("Owns outright", "Lives in a shoe")]
    parsed = parse(text(row(), *rows))
    assert parsed.rows["dimension"].to_list() == ["total"]
    assert parsed.rejected["source_line"].to_list() == [3, 4]
    for reason in parsed.rejected["reason"]:
        assert "'Lives in a shoe'" in reason
        assert "'Housing tenure'" in reason
    (note,) = parsed.notes
    assert (note.kind, note.indicator, note.count) == (Kind.UNKNOWN_CATEGORY, "smoking_prevalence_adults", 2)
    assert "breakdowns.toml" in words(note)


def test_a_label_of_a_rejected_row_is_not_asked_about():
    parsed = parse(text(row(), row(Category_Type="Housing tenure", Category="Lives in a shoe", Area_Code="")))
    assert parsed.rejected["reason"].to_list() == ["The area code is blank."]


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"", "empty"),
        (b"  \r\n", "empty"),
        (b"<!DOCTYPE html><title>503</title>", "web page"),
        (b"Oops\n<html><body>503</body></html>", "web page"),
        (text().encode(), "no rows"),
        (text(row(Area_Name="Caf\u00e9")).encode("cp1252"), "not UTF-8"),
        (text(row()).encode("utf-16"), "not UTF-8"),
        (text(row(Area_Name="x" * 40_000)).encode(), "far too long"),
        (text(row(), row()).encode()[:-40], "cut short"),
        (text(row(Value="many")).encode(), "Not one row"),
        (text(row()).replace("13.5", '"13.5').encode(), "stops being CSV"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused(content, what):
    with pytest.raises(ContractBroken, match=what) as caught:
        parse(content)
    assert "fingertips/92443_502.csv" in caught.value.where


def test_a_page_below_blank_lines_is_shown():
    with pytest.raises(ContractBroken, match="web page") as caught:
        parse(b"\n" * 200 + b"<html><body>503</body></html>")
    assert caught.value.found == "<html><body>503</body></html>"


def test_no_rows_names_the_area_type():
    with pytest.raises(ContractBroken, match="child area type 502"):
        parse(text())


def test_a_renamed_column_is_named_with_the_closest():
    with pytest.raises(ContractBroken, match="'area code' is missing") as caught:
        parse(text(row()).replace("Area Code", "Area Codes"))
    assert "closest is 'area codes'" in caught.value.found


@pytest.mark.parametrize(
    ("label", "slug"),
    [
        ("18+ yrs", "18_plus"),
        ("25-29 yrs", "25_29"),
        ("All ages", "all_ages"),
        ("<1 yr", "under_1"),
        ("90+ yrs", "90_plus"),
        ("<75 yrs", "under_75"),
        (">=65 yrs", "65_plus"),
        (">=37 weeks gestational age at birth", "37_plus_weeks_gestational_age_at_birth"),
        ("<=5 yrs", "up_to_5"),
        ("5 yrs", "5"),
        ("6-8 weeks", "6_8_weeks"),
        ("Not applicable", "not_applicable"),
    ],
)
def test_ages_have_slugs(label, slug):
    assert age_slug(label) == slug


def test_an_indicators_own_age_stands_in_for_labels_that_say_none():
    assert [age_slug(label, "at_birth") for label in ("All ages", "<1 yr", "65+ yrs")] == [
        "at_birth",
        "at_birth",
        "65_plus",
    ]


@pytest.mark.parametrize(
    ("label", "slug"),
    [
        ("England", "country"),
        ("Regions (statistical)", "region"),
        ("Counties & UAs (from Apr 2023)", "upper_tier"),
        ("County & UA (pre 4/19)", "upper_tier"),
        ("Districts & UAs (from Apr 2023)", "district"),
        ("ICBs", "icb"),
        ("ICB sub-locations", "sub_icb"),
        ("NHS regions", "nhs_region"),
        ("PCNs (v. 26/06/25)", "primary_care_network"),
        ("CCGs (2021/22)", "ccg"),
        ("PHE centres (2015 onwards)", "phe_centre"),
        ("Electoral Best Fit Ward", "ward"),
        ("Combined authorities", "combined_authority"),
    ],
)
def test_area_types_have_slugs_without_their_vintage(label, slug):
    assert area_type_slug(label) == slug


def test_a_live_run_asks_for_one_indicator_and_area_type_at_a_time():
    addresses = {path: way.url for path, (way,) in fingertips.RESOURCES[0].files()}
    assert "indicator_ids=92443&child_area_type_id=502&" in addresses["fingertips/92443_502.csv"]
    assert not any(path.endswith("_15.csv") for path in addresses)


@cache
def real(name):
    content = (MIRROR / "fingertips" / name).read_bytes()
    return parse(content, path=f"fingertips/{name}")


@needs_mirror
@pytest.mark.parametrize(
    ("name", "rows_in", "keys", "area_type"),
    [
        ("92443_502.csv", 14_743, 14_108, "upper_tier"),
        ("93015_502.csv", 2_223, 1_800, "upper_tier"),
        ("93881_502.csv", 2_223, 1_800, "upper_tier"),
        ("90362_502.csv", 2_096, 2_096, "upper_tier"),
        ("90366_501.csv", 5_480, 5_480, "district"),
        ("92901_501.csv", 4_688, 4_688, "district"),
    ],
)
def test_a_real_file_is_read_whole(name, rows_in, keys, area_type):
    parsed = real(name)
    assert (parsed.rows_in, parsed.rejected.height, parsed.notes) == (rows_in, 0, ())
    assert set(parsed.rows["area_type"]) == {"country", area_type}
    assert parsed.rows["source_line"].to_list() == list(range(2, rows_in + 2))
    assert parsed.rows.select(OBSERVATION_KEY).unique().height == keys
    # England's doubled rows agree in every figure, so removing them is no pick.
    assert parsed.rows.select(*OBSERVATION_KEY, *OBSERVATION_CONTENT).unique().height == keys


@needs_mirror
def test_the_real_smoking_file_keeps_its_notes_and_groups():
    rows = real("92443_502.csv").rows
    counts = dict(rows.filter(pl.col("note_code").is_not_null()).group_by("note_code").len().iter_rows())
    assert counts == {
        "suppressed_small_count": 111,
        "suppressed_small_denominator": 5,
        "estimated_from_larger_area": 227,
        "combined_with_other_area": 8,
        "data_quality": 19,
        "not_published_quality": 1,
        "too_few_cases": 14,
        "missing_in_source": 42,  # 30 said so, 12 said nothing
        "other_note": 5_244,  # the age of socioeconomic groups, where no other note stands
    }
    assert rows["value"].null_count() == 181
    assert not rows.filter(pl.col("note_code").str.starts_with("suppressed"))["value"].is_not_null().any()
    assert set(rows.filter(pl.col("dimension") == "socioeconomic_group")["age"]) == {"18_64"}
    assert rows.filter(pl.col("category_label") == "None").height == 26


@needs_mirror
def test_the_real_inactivity_file_drops_only_the_counts_that_are_no_counts():
    rows = real("93015_502.csv").rows
    noted = rows.filter(pl.col("note_code") == "count_left_out")
    assert noted.height == 140
    assert set(noted["dimension"]) == {"deprivation_decile"}
    assert rows["value"].null_count() == 0
    assert set(rows["period_start"].dt.strftime("%d %b")) == {"16 Nov"}


@needs_mirror
def test_the_real_slope_indices_keep_their_negative_values():
    assert (real("92901_501.csv").rows["value"] < 0).sum() == 18
