"""Any published number is led back to its lines, and comes out again from the bytes; from other bytes it does not."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipelines.cli.app import app
from pipelines.release.query import QueryRefused, ask
from pipelines.report.explain import Address, Explanation, NothingToExplain, explain, verify
from pipelines.settings import Settings

Place = tuple[Path, Settings, object]
SLOPE = Address("life expectancy at birth", "england", "slope_index", sex="male", scheme="lsoa11_in_england_imd2019")


def only(warehouse: Path, address: Address) -> Explanation:
    (one,) = explain(warehouse, address)
    return one


def drawn(warehouse: Path) -> list[Address]:
    """Fifty published numbers, the same each time: half observations, half measures of published groups."""
    order = "order by hash(indicator || area_code || period || sex || scheme || {}) limit 25"
    observations = ask(
        warehouse,
        "select indicator, area_code as area, null as measure, period, sex, age, scheme, category, 'none' as transform "
        "from published.observation " + order.format("category"),
    )
    measures = ask(
        warehouse,
        "select indicator, area_code as area, measure, period, sex, age, scheme, null as category, transform "
        "from published.inequality where groups_from = 'published' " + order.format("measure || transform"),
    )
    return [Address(**row) for row in [*observations.to_dicts(), *measures.to_dicts()]]


def test_fifty_published_numbers_come_out_again_from_the_bytes(sample_place: Place) -> None:
    here = sample_place[1]
    addresses = drawn(here.warehouse)
    assert len({(one.indicator, one.measure) for one in addresses}) > 10
    for address in addresses:
        one = only(here.warehouse, address)
        verified = verify(here.warehouse, here.snapshots, one)
        assert verified.holds, (address, verified)
        assert verified.lines_read == len(one.rows)


def test_one_byte_of_a_snapshot_changed_fails(after_sample: Settings) -> None:
    one = only(after_sample.warehouse, SLOPE)
    (bytes_of,) = after_sample.snapshots.rglob(f"*_{one.files[0]['sha256'][:12]}.xlsx")
    content = bytearray(bytes_of.read_bytes())
    content[len(content) // 2] ^= 1
    bytes_of.unlink()  # The copy shares its files with the run that all tests read.
    bytes_of.write_bytes(content)
    verified = verify(after_sample.warehouse, after_sample.snapshots, one)
    assert not verified.holds
    assert "A snapshot changed on disk" in verified.differences[0]
    words = ["explain", "life expectancy at birth", "--area", "England", "--measure", "slope_index", "--verify"]
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 1
    assert "could not be verified" in result.output


def test_another_number_than_the_bytes_give_fails(sample_place: Place) -> None:
    here = sample_place[1]
    one = only(here.warehouse, SLOPE)
    other = replace(one, subject={**one.subject, "value": one.subject["value"] + 1e-6})
    (difference,) = verify(here.warehouse, here.snapshots, other).differences
    assert difference.startswith("value: published 10.33")
    rows = ({**one.rows[0], "value": 73.3}, *one.rows[1:])
    (difference,) = verify(here.warehouse, here.snapshots, replace(one, rows=rows)).differences
    assert difference.endswith("value: published 73.3, in the file 73.2")
    rows = ({**one.rows[0], "source_line": 1}, *one.rows[1:])
    (difference,) = verify(here.warehouse, here.snapshots, replace(one, rows=rows)).differences
    assert difference.endswith("line 1: 0 rows are so, expected 1")


def test_bytes_that_are_not_kept_fail(sample_place: Place, tmp_path: Path) -> None:
    one = only(sample_place[1].warehouse, SLOPE)
    assert "not kept here" in verify(sample_place[1].warehouse, tmp_path, one).differences[0]


def test_groups_that_we_make_say_that_they_were_not_tried(sample_place: Place) -> None:
    here = sample_place[1]
    scheme = "lsoa_in_england_imd_unstated"
    address = Address("life_expectancy_at_birth", "X92000001", "slope_index", "2010-12", "male", scheme=scheme)
    verified = verify(here.warehouse, here.snapshots, only(here.warehouse, address))
    assert (verified.holds, verified.differences) == (False, ())
    assert verified.cannot == "its groups are computed from deaths, not lines of a file"


def test_the_formula_has_its_values_filled_in(sample_place: Place) -> None:
    warehouse = sample_place[1].warehouse
    gap = only(
        warehouse,
        replace(SLOPE, indicator="healthy_life_expectancy_at_birth", measure="absolute_gap"),
    )
    assert gap.formula[0] == "absolute_gap = least - most"
    assert gap.formula[1].startswith("69.2 - 49.8 = 19.4")
    slope = only(warehouse, SLOPE)
    assert "x 73.2 + " in slope.formula[1]
    shown = slope.formula[3].removeprefix("slope_index = ").removesuffix(" years").replace(" = ", " - ").split(" - ")
    least, most, value = map(float, shown)
    assert least - most == pytest.approx(value, abs=1e-7)
    assert only(warehouse, Address("smoking", "X06000009")).formula[0].startswith("as published")


def test_what_is_told_is_enough_to_go_and_look(sample_place: Place) -> None:
    one = only(sample_place[1].warehouse, SLOPE)
    assert [row["source_line"] for row in one.rows] == sorted({row["source_line"] for row in one.rows})
    assert {row["snapshot_sha256"] for row in one.rows} == {file["sha256"] for file in one.files}
    assert one.files[0]["url"].startswith("https://www.ons.gov.uk/")
    assert 0 < one.checks["passed"] <= one.checks["checks"]
    assert one.release["code_version"]


def test_nothing_there_says_what_is_held(sample_place: Place) -> None:
    with pytest.raises(NothingToExplain, match=r"periods .*2022-24.*measures .*slope_index"):
        explain(sample_place[1].warehouse, replace(SLOPE, period="1999"))
    with pytest.raises(QueryRefused, match="No area is called Blakpool"):
        explain(sample_place[1].warehouse, replace(SLOPE, area="Blakpool"))


def test_the_command_tells_it_in_text_and_json_and_gives_an_address_that_leads_back(after_sample: Settings) -> None:
    words = ["healthy life", "--area", "England", "--measure", "slope_index", "--sex", "male", "--verify"]
    text = CliRunner().invoke(app, ["explain", *words]).output
    for told in (
        "slope = (",
        "most deprived: 49.8, no limits",
        "sha256 ",
        "checks ",
        "verified   yes: lines read again 10",
    ):
        assert told in text
    (again,) = [line.split("inequality ", 1)[1] for line in text.splitlines() if line.startswith("  again")]
    told_again = json.loads(CliRunner().invoke(app, [*again.split(), "--format", "json"]).output)
    assert [one["subject"]["value"] for one in told_again] == [pytest.approx(19.22741922)]
    assert CliRunner().invoke(app, ["explain", *words, "--format", "xml"]).exit_code == 2


def test_one_query_tells_the_lines_of_a_measure(sample_place: Place) -> None:
    rows = ask(
        sample_place[1].warehouse,
        "from explain_measure('healthy_life_expectancy_at_birth', 'England') where sex = 'male'",
    )
    assert rows["category_rank"].to_list() == list(range(1, 11))
    assert rows["source_line"].null_count() == 0
    assert rows["path"].unique().to_list() == ["ons/life_expectancy_by_deprivation_decile.xlsx"]
