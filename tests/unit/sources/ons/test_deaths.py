"""Deaths and people by deprivation decile, sex and age: CR line ends, padded headers, totals that vouch for a row."""

import polars as pl
import pytest

from pipelines.sources.contract import ContractBroken, Parsed
from pipelines.sources.ons import deaths as ons_deaths
from tests.shared import MIRROR, needs_mirror
from tests.unit.sources.made_files import SHA256, a_snapshot

BANDS = list(range(1, 21))  # sums to 210
HEADER = ",".join(
    ["year", "imd", "sex", "cause", "<1      ", *list(ons_deaths.AGE_BANDS)[1:-1], "90+     ", "All Ages"]
)


def row(group: str, total: object = 210, bands: list[object] | None = None) -> str:
    return ",".join([group, *map(str, bands or BANDS), str(total)])


def deaths(*rows: str) -> Parsed:
    return ons_deaths.parse_deaths_by_decile("\r".join([HEADER, *rows]).encode(), a_snapshot())


GOOD = row("1981,1,Male,01 Neoplasms")


def test_bands_run_without_a_gap_to_90_and_over() -> None:
    assert list(ons_deaths.AGE_BANDS.items())[:3] == [("<1", 0), ("1-4", 1), ("5-9", 5)]
    assert list(ons_deaths.AGE_BANDS.items())[-2:] == [("85-89", 85), ("90+", 90)]
    assert len(ons_deaths.AGE_BANDS) == 20


def test_a_row_becomes_a_row_an_age_band_and_the_total_none() -> None:
    parsed = deaths(GOOD, row("2012,10,Female,05 Stroke (cerebrovascular)"))
    assert dict(parsed.rows.schema) == ons_deaths.DEATHS_BY_DECILE
    assert (parsed.rows_in, parsed.rows.height, parsed.rejected.height) == (40, 40, 0)
    table = "deaths_by_deprivation_decile"
    assert parsed.rows.row(0) == ("unstated", 1981, 1, "male", "01", "Neoplasms", 0, "<1", 1, table, SHA256, 2)
    last = ("unstated", 2012, 10, "female", "05", "Stroke (cerebrovascular)", 90, "90+", 20, table, SHA256, 3)
    assert parsed.rows.row(-1) == last
    assert parsed.rows["deaths"].sum() == 420


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (row("1981,2,Male,01 Neoplasms", 211), "the age bands do not sum to All Ages"),
        (row("1981,2,Male,01 Neoplasms", 209, ["x", *BANDS[1:]]), "<1: not a number"),
        (row("1981,2,Male,01 Neoplasms", 208, [-1, *BANDS[1:]]), "<1: below 0"),
        (row("1981,2,Male,01 Neoplasms", 209, ["", *BANDS[1:]]), "<1: empty"),
        (row("1981,2,Male,01 Neoplasms", ""), "all ages: empty"),
        (row("1981,2,Male,01 Neoplasms", 200_000_209, [200_000_000, *BANDS[1:]]), "<1: above 1e+08"),
        (row("1981,11,Male,01 Neoplasms"), "decile: above 10"),
        (row("1981,2,Persons,01 Neoplasms"), "sex: not Male or Female"),
        (row("1981,2,Male,Neoplasms"), "cause: not two digits and words"),
        (row("81,2,Male,01 Neoplasms"), "year: below 1900"),
        (row("1981,2,Male,01 Neoplasms") + ",9", "more cells than the header"),
    ],
)
def test_a_row_falls_whole_and_is_counted_once_a_band(bad: str, reason: str) -> None:
    parsed = deaths(GOOD, bad)
    assert (parsed.rows_in, parsed.rows.height, parsed.rejected.height) == (40, 20, 20)
    assert parsed.rejected.select("reason", "source_line", "row_text").unique().rows() == [(reason, 3, bad)]


def test_people_have_no_cause() -> None:
    text = "\r".join([HEADER.replace(",cause", ""), row("2001,1,Male")]).encode()
    parsed = ons_deaths.parse_population_by_decile_and_age(text, a_snapshot())
    assert dict(parsed.rows.schema) == ons_deaths.POPULATION_BY_DECILE_AND_AGE
    table = "population_by_deprivation_decile_and_age"
    assert parsed.rows.row(1) == ("unstated", 2001, 1, "male", 1, "1-4", 2, table, SHA256, 2)
    assert (parsed.rows_in, parsed.rows["population"].sum()) == (20, 210)


def test_a_table_without_one_of_its_bands_is_refused() -> None:
    with pytest.raises(ContractBroken, match="The column '45-49' is missing"):
        ons_deaths.parse_deaths_by_decile((HEADER.replace(",45-49", "") + "\r" + GOOD).encode(), a_snapshot())


def test_people_are_not_read_as_deaths() -> None:
    text = HEADER.replace(",cause", "") + "\r" + row("2001,1,Male")
    with pytest.raises(ContractBroken, match="The column 'cause' is missing"):
        ons_deaths.parse_deaths_by_decile(text.encode(), a_snapshot())


@needs_mirror
def test_published_deaths() -> None:
    content = (MIRROR / "ons/deaths_by_deprivation_decile.csv").read_bytes()
    parsed = ons_deaths.parse_deaths_by_decile(content, a_snapshot())
    assert (parsed.rows_in, parsed.rejected.height) == (128_000, 0)
    assert parsed.rows.select("year", "decile", "sex", "cause_code", "age_start").is_unique().all()
    assert (parsed.rows["year"].min(), parsed.rows["year"].max()) == (1981, 2012)
    assert parsed.rows["cause"].n_unique() == parsed.rows["cause_code"].n_unique() == 10
    first = parsed.rows.filter(pl.col("source_line") == 2)
    assert (first["cause"][0], first["deaths"].sum()) == ("Neoplasms", 9751)


@needs_mirror
def test_published_populations_show_that_decile_1_is_the_most_deprived() -> None:
    people = ons_deaths.parse_population_by_decile_and_age(
        (MIRROR / "ons/population_by_deprivation_decile.csv").read_bytes(), a_snapshot()
    ).rows
    assert people.height == 4_800
    dead = ons_deaths.parse_deaths_by_decile(
        (MIRROR / "ons/deaths_by_deprivation_decile.csv").read_bytes(), a_snapshot()
    ).rows
    group = ["year", "decile", "sex", "age_start"]
    both = people.join(dead.group_by(group).agg(pl.col("deaths").sum()), on=group, how="left")
    assert both["deaths"].null_count() == 0
    middle = both.filter((pl.col("year") == 2012) & (pl.col("age_start") == 50)).sort("sex", "decile")
    for _, one in middle.group_by("sex"):
        rates = one.sort("decile").select(pl.col("deaths") / pl.col("population")).to_series()
        assert rates[0] > 2 * rates[9]
