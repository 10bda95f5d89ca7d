"""The embedded sample: rebuilt byte for byte, honest about what is modelled, true to layouts and known answers."""

from __future__ import annotations

import csv
import hashlib
import io
import re
import sys
import zipfile
from collections import Counter, defaultdict
from collections.abc import Iterable
from pathlib import Path

import fastexcel
import polars as pl
import pytest

from pipelines import measures
from pipelines.settings import PROJECT
from tests.shared import MIRROR, needs_mirror

DATA_RAW = PROJECT / "data_raw"
SAMPLE = DATA_RAW / "sample"
FACTS = {"ons/life_expectancy_by_deprivation_decile.xlsx", "population/england_by_imd_decile.csv"}
MORTALITY = ("ons/deaths_by_deprivation_decile.csv", "ons/population_by_deprivation_decile.csv")
TRUTHS = ("truth.csv", "truth_life_expectancy.csv")
FINGERTIPS = sorted(path.name for path in (SAMPLE / "fingertips").glob("*.csv"))
COUNTRY = "X92000001"

RANKS = {
    word: rank
    for rank, word in enumerate(
        (
            "most deprived",
            "second most",
            "third more",
            "fourth more",
            "fifth more",
            "fifth less",
            "fourth less",
            "third less",
            "second least",
            "least deprived",
        ),
        start=1,
    )
}
INDICATORS = {
    "92443": ("smoking_prevalence_adults", False),
    "93881": ("obesity_prevalence_adults", False),
    "93015": ("physical_inactivity_adults", False),
    "90366": ("life_expectancy_at_birth", True),
}
SCHEMES = {
    "LSOA11 deprivation deciles within area (IMD  trend)": "lsoa11_within_area_imd_trend",
    "LSOA21 deprivation deciles within area (IMD trend)": "lsoa21_within_area_imd_trend",
    "County & UA deprivation deciles in England (IMD2019, 4/19 and 4/20 geog.)": (
        "county_ua_in_england_imd2019_apr2019_apr2020"
    ),
    "District & UA deprivation deciles in England (IMD2019, 4/19 geog.)": "district_ua_in_england_imd2019_apr2019",
}


def contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def committed() -> dict[str, bytes]:
    return contents(SAMPLE)


def rows_of(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def text_of(path: str, content: bytes) -> str:
    if not path.endswith(".xlsx"):
        return content.decode("utf-8-sig")
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        return "\n".join(book.read(part).decode() for part in book.namelist() if part.startswith("xl/"))


def test_rebuilding_gives_the_committed_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, committed: dict[str, bytes]
) -> None:
    monkeypatch.syspath_prepend(str(DATA_RAW))
    # Importing may not leave compiled files beside the data.
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    import make_sample

    make_sample.build(tmp_path / "sample")
    rebuilt = contents(tmp_path / "sample")
    assert sorted(rebuilt) == sorted(committed)
    assert [path for path in committed if rebuilt[path] != committed[path]] == []


def test_it_is_small(committed: dict[str, bytes]) -> None:
    assert sum(map(len, committed.values())) < 1_500_000


def test_the_index_lists_every_file_and_says_what_is_modelled(committed: dict[str, bytes]) -> None:
    index = {row["path"]: row for row in rows_of(committed["index.csv"])}
    assert sorted([*index, "index.csv"]) == sorted(committed)
    for path, row in index.items():
        assert (int(row["bytes"]), row["sha256"]) == (len(committed[path]), hashlib.sha256(committed[path]).hexdigest())
        if path in FACTS:
            assert row["is_modelled"] == "false"
            assert row["url"].startswith("https://")
            assert row["licence"] == "Open Government Licence v3.0"
        else:
            assert (row["is_modelled"], row["url"], row["licence"]) == ("true", "", "MIT")
            assert row["note"] == "modelled by data_raw/make_sample.py, not real"


def test_modelled_files_hold_no_code_of_a_register(committed: dict[str, bytes]) -> None:
    codes: Counter[str] = Counter()
    for path, content in committed.items():
        if path not in FACTS and path != "index.csv":
            codes.update(re.findall(r"\b[A-Za-z]{1,2}\d{8}\b", text_of(path, content)))
    assert len(codes) > 450
    assert [code for code in codes if not code.removeprefix("n").startswith("X")] == []
    assert {code[:3] for code in codes} == {"X01", "X06", "X07", "X10", "X12", "X38", "X54", "X92", "nX5"}


def areas_named(committed: dict[str, bytes]) -> Iterable[tuple[str, str]]:
    for path, content in committed.items():
        if path in FACTS or path in {*TRUTHS, "index.csv", *MORTALITY}:
            continue
        if path.endswith(".xlsx"):
            sheet = fastexcel.read_excel(content).load_sheet(1).to_polars()
            for column in (c for c in sheet.columns if "name (" in c):
                yield from ((path, name) for name in sheet[column])
            continue
        text = content.decode("utf-8-sig")
        if path.startswith("ons/"):
            text = text[text.index('"2021 super') :]
        for row in csv.DictReader(io.StringIO(text, newline="")):
            for column, cell in row.items():
                is_name = column.endswith("_name") or "name (" in column or column.startswith("2021 super")
                if is_name or column in ("Area Name", "Parent Name"):
                    yield path, cell


def test_every_modelled_name_says_so(committed: dict[str, bytes]) -> None:
    named = [pair for pair in areas_named(committed) if pair[1]]
    assert len(named) > 5_000
    assert [pair for pair in named if "Modelled" not in pair[1]] == []


def test_the_facts_are_the_published_ones(committed: dict[str, bytes]) -> None:
    """The ends of the newest period as the ONS bulletin prints them, and people in England's end deciles."""
    book = fastexcel.read_excel(committed["ons/life_expectancy_by_deprivation_decile.xlsx"])
    assert book.sheet_names == ["Cover sheet", "Notes", "1", "4"]
    found = {}
    for sheet, column in (("1", "LE"), ("4", "HLE")):
        table = book.load_sheet(sheet, header_row=6).to_polars()
        assert table.height == 10 * 2 * 10
        assert set(table["LCI"]) == set(table["UCI"]) == {"[x]"}
        newest = table.filter(pl.col("Period") == "2022 to 2024")
        for sex in ("Male", "Female"):
            ends = newest.filter((pl.col("Sex") == sex) & pl.col("IMD decile").is_in([1.0, 10.0]))
            found[column, sex] = ends.sort("IMD decile")[column].to_list()
    assert found == {
        ("LE", "Male"): [73.2, 83.6],
        ("LE", "Female"): [78.3, 86.4],
        ("HLE", "Male"): [49.8, 69.2],
        ("HLE", "Female"): [48.2, 68.5],
    }
    people = rows_of(committed["population/england_by_imd_decile.csv"])
    assert [row["decile"] for row in people] == [str(decile) for decile in range(1, 11)]
    assert (people[0]["area_code"], people[0]["population"], people[9]["population"]) == (
        "E92000001",
        "5394816",
        "5321650",
    )


@pytest.mark.parametrize(("edition", "size"), [("2019", 400), ("2025", 410)])
def test_ranks_and_deciles_follow_the_scores(committed: dict[str, bytes], edition: str, size: int) -> None:
    table = pl.read_csv(committed[f"iod/iod{edition}_file_7.csv"])
    assert table.height == size
    assert table.width == {"2019": 57, "2025": 56}[edition]
    score, rank, decile, people = (table[table.columns[i]] for i in (4, 5, 6, 52))
    assert sorted(rank) == list(range(1, size + 1))
    by_rank = table.select(score.alias("score"), rank.alias("rank")).sort("rank")["score"]
    assert by_rank.is_sorted(descending=True)
    assert decile.to_list() == [-(-place * 10 // size) for place in rank]
    assert people.min() >= 1000
    assert people.max() <= 2500
    totals = pl.DataFrame({"decile": decile, "people": people}).group_by("decile").sum()["people"]
    assert totals.n_unique() == 1, "every decile holds the same number of people"


def test_area_summaries_follow_from_the_scores(committed: dict[str, bytes]) -> None:
    table = pl.read_csv(committed["iod/iod2019_file_7.csv"])
    lad, score, decile, people = (table.columns[i] for i in (2, 4, 6, 52))
    ours = table.group_by(lad).agg(
        (pl.col(score) * pl.col(people)).sum() / pl.col(people).sum(), (pl.col(decile) == 1).mean()
    )
    expected = {code: (average, share) for code, average, share in ours.iter_rows()}
    published = fastexcel.read_excel(committed["iod/iod2019_file_10_lad_summaries.xlsx"]).load_sheet("IMD").to_polars()
    assert published.height == 30
    for row in published.iter_rows():
        average, share = expected[row[0]]
        assert row[4] == pytest.approx(average, abs=0.00051)
        assert row[6] == pytest.approx(share, abs=0.000051)


def test_neighbourhoods_change_in_every_way(committed: dict[str, bytes]) -> None:
    changes = rows_of(committed["geography/lsoa11_to_lsoa21_to_lad22.csv"])
    assert len({row["lsoa11_code"] for row in changes}) == 400
    assert len({row["lsoa21_code"] for row in changes}) == 410
    assert Counter(row["change_code"] for row in changes) == {"U": 376, "S": 28, "M": 8, "X": 3}
    history = rows_of(committed["geography/lad_history_2016_2024.csv"])
    moved = {row["ltla16_code"]: row["ltla24_code"] for row in history if row["ltla16_code"] != row["ltla24_code"]}
    assert moved == {"X06000005": "X06000105", "X07000013": "X06000017", "X07000014": "X06000017"}


@pytest.mark.parametrize("name", FINGERTIPS)
def test_country_rows_come_twice_and_differ_only_in_parent_and_comparison(
    committed: dict[str, bytes], name: str
) -> None:
    rows = [row for row in rows_of(committed[f"fingertips/{name}"]) if row["Area Code"] == COUNTRY]
    free = {"Parent Code", "Parent Name", "Compared to England value or percentiles"}
    seen = Counter(tuple(cell for column, cell in row.items() if column not in free) for row in rows)
    assert rows
    assert set(seen.values()) == {2}
    assert Counter(row["Parent Code"] for row in rows) == {"": len(rows) // 2, COUNTRY: len(rows) // 2}


def test_the_traps_are_there(committed: dict[str, bytes]) -> None:
    assert [name for name in FINGERTIPS if committed[f"fingertips/{name}"].startswith(b"\xef\xbb\xbf")] == [
        "93881_502.csv"
    ]
    named = {row["Area Name"] for row in rows_of(committed["fingertips/90362_502.csv"])}
    assert [name for name in named if "\n" in name] == ["Modelled\nUnitary 07"]
    smoking = rows_of(committed["fingertips/92443_502.csv"])
    assert {"X06000005"} == {row["Area Code"] for row in smoking} & {"X06000005", "X06000105"}
    assert "None" in {row["Category"] for row in smoking}
    boards = {row["Area Code"] for row in rows_of(committed["fingertips/92443_221.csv"])} - {COUNTRY}
    assert boards == {"nX54000001", "nX54000002", "nX54000003"}
    noted = {row["Value note"] for row in smoking if not row["Value"]}
    assert len(noted) == 6
    assert "" not in noted
    contradicted = [
        row
        for row in rows_of(committed["fingertips/93015_502.csv"])
        if row["Count"] and abs(float(row["Count"]) / float(row["Denominator"]) - float(row["Value"]) / 100) > 0.1
    ]
    assert {row["Count"] for row in contradicted} == {"19"}
    years = {(row["Time period"], row["Time period range"]) for row in rows_of(committed["fingertips/90366_501.csv"])}
    assert {("2022 - 24", "3y"), ("2022", "1y")} <= years


def truth(committed: dict[str, bytes]) -> dict[tuple[str, ...], dict[str, str]]:
    key = ("indicator", "area_code", "period", "sex", "scheme", "weighting", "measure")
    return {tuple(row[column] for column in key): row for row in rows_of(committed["truth.csv"])}


def gradients(committed: dict[str, bytes]) -> dict[tuple[str, ...], dict[int, dict[str, str]]]:
    """(indicator, area, period, sex, scheme) -> rank -> row, read from the files as the pipeline would."""
    found: dict[tuple[str, ...], dict[int, dict[str, str]]] = defaultdict(dict)
    for name in FINGERTIPS:
        for row in rows_of(committed[f"fingertips/{name}"]):
            if row["Category Type"] in SCHEMES:
                label = row["Category"].lower()
                rank = next(RANKS[start] for start in sorted(RANKS) if label.startswith(start))
                period = row["Time period"].replace(" ", "")
                key = (INDICATORS[row["Indicator ID"]][0], row["Area Code"], period, row["Sex"].lower())
                found[(*key, SCHEMES[row["Category Type"]])][rank] = row
    return found


def fit(deciles: dict[int, dict[str, str]], weights: list[float], *, higher_is_better: bool) -> dict[str, float]:
    frame = pl.DataFrame(
        {
            "rank": sorted(deciles),
            "population": weights,
            "value": [float(deciles[rank]["Value"]) for rank in sorted(deciles)],
            "value_lower": [float(deciles[rank]["Lower CI 95.0 limit"]) for rank in sorted(deciles)],
            "value_upper": [float(deciles[rank]["Upper CI 95.0 limit"]) for rank in sorted(deciles)],
        }
    )
    return measures.slope_index(frame, by=[], favourable=higher_is_better).row(0, named=True)


def test_the_known_slopes_and_their_limits_are_in_the_files(committed: dict[str, bytes]) -> None:
    known = truth(committed)
    found = gradients(committed)
    assert len(found) == 12 + 4 + 6 + 6
    for key, deciles in found.items():
        assert sorted(deciles) == list(range(1, 11)), key
        higher = key[0] == "life_expectancy_at_birth"
        answer = fit(deciles, [1.0] * 10, higher_is_better=higher)
        expected = known[(*key, "equal_shares", "slope_index")]
        assert answer["slope_index"] == pytest.approx(float(expected["value"]), abs=1e-9), key
        for side in ("lower", "upper"):
            limit = answer[f"slope_index_{side}"]
            assert limit == pytest.approx(float(expected[f"value_{side}"]), abs=float(expected["limits_tolerance"])), (
                key
            )


def test_the_obesity_gap_widens_by_two_points_a_year_from_2022(committed: dict[str, bytes]) -> None:
    slopes = [
        float(row["value"])
        for row in rows_of(committed["truth.csv"])
        if (row["indicator"], row["measure"]) == ("obesity_prevalence_adults", "slope_index")
    ]
    assert slopes == [14, 14, 14, 14, 16, 18]


def test_weighting_with_respondents_misses_the_known_slope(committed: dict[str, bytes]) -> None:
    key = ("obesity_prevalence_adults", COUNTRY, "2023/24", "persons", "lsoa11_within_area_imd_trend")
    deciles = gradients(committed)[key]
    respondents = [float(deciles[rank]["Denominator"]) for rank in sorted(deciles)]
    assert abs(fit(deciles, respondents, higher_is_better=False)["slope_index"] - 18) > 0.2


def test_published_slopes_of_life_expectancy_are_the_known_ones(committed: dict[str, bytes]) -> None:
    published = {
        (row["Area Code"], row["Time period"].replace(" ", ""), row["Sex"].lower()): row["Value"]
        for row in rows_of(committed["fingertips/92901_501.csv"])
    }
    known = {
        key[1:4]: row["value"]
        for key, row in truth(committed).items()
        if (key[0], key[4], key[-1]) == ("life_expectancy_at_birth", "lsoa21_within_area_imd_trend", "slope_index")
    }
    assert len(known) == 12
    assert {key: published[key] for key in known} == known
    assert published["X07000012", "2016-18", "female"] == "-0.4"


def long_table(content: bytes, group: list[str], counted: str) -> pl.DataFrame:
    """A row of the file's bands as rows: `group`, `age_start` and the count, without the total."""
    assert content.count(b"\n") == 0
    wide = pl.read_csv(io.BytesIO(content.replace(b"\r", b"\n")))
    wide = wide.rename({name: name.strip() for name in wide.columns})
    bands = [name for name in wide.columns if name not in (*group, "All Ages")]
    assert (wide.select(pl.sum_horizontal(bands) - pl.col("All Ages")) == 0).to_series().all()
    start = pl.col("age").str.replace("<1", "0").str.extract(r"^(\d+)").cast(pl.Int64)
    return wide.unpivot(on=bands, index=group, variable_name="age", value_name=counted).with_columns(age_start=start)


@pytest.fixture(scope="module")
def mortality(committed: dict[str, bytes]) -> pl.DataFrame:
    """Deaths and people of the two three-year periods, by sex, decile, age band and cause."""
    group = ["year", "imd", "sex"]
    deaths = long_table(committed[MORTALITY[0]], [*group, "cause"], "deaths")
    people = long_table(committed[MORTALITY[1]], group, "population")
    period = pl.when(pl.col("year") < 2010).then(pl.lit("2007-09")).otherwise(pl.lit("2010-12"))
    return (
        deaths.join(people, on=[*group, "age", "age_start"], validate="m:1")
        .with_columns(period=period, sex=pl.col("sex").str.to_lowercase(), cause=pl.col("cause").str.slice(3))
        .group_by("period", "sex", "imd", "age_start", "cause")
        .agg(pl.col("deaths", "population").sum(), pl.len().alias("years"))
    )


def test_deaths_and_people_fill_two_periods_of_three_years(mortality: pl.DataFrame) -> None:
    assert mortality["years"].unique().to_list() == [3]
    assert mortality.height == 2 * 2 * 10 * 20 * 5


def test_the_known_life_expectancies_follow_from_the_counts(
    committed: dict[str, bytes], mortality: pl.DataFrame
) -> None:
    known = pl.read_csv(committed["truth_life_expectancy.csv"]).filter(pl.col("measure") == "life_expectancy")
    by = ["period", "sex", "imd"]
    bands = mortality.group_by(*by, "age_start").agg(pl.col("deaths").sum(), pl.col("population").first())
    found = measures.life_expectancy(bands, by=by)
    both = known.join(found, left_on=["period", "sex", "decile", "age_start"], right_on=[*by, "age_start"])
    assert both.height == known.height == 2 * 2 * 10 * 2
    assert (both["value"] - both["life_expectancy"]).abs().max() < 1e-9


@pytest.mark.parametrize(("comparison", "most"), [("decile_1_v_10", [1]), ("quintile_1_v_5", [1, 2])])
def test_the_known_years_of_each_cause_follow_from_the_counts(
    committed: dict[str, bytes], mortality: pl.DataFrame, comparison: str, most: list[int]
) -> None:
    known = pl.read_csv(committed["truth_life_expectancy.csv"]).filter(pl.col("measure") == comparison)
    keys = ["period", "sex", "age_start", "cause"]
    base, comparator = (
        mortality.filter(pl.col("imd").is_in(tenths)).group_by(keys).agg(pl.col("deaths", "population").sum())
        for tenths in (most, [11 - decile for decile in most])
    )
    both = base.join(comparator, on=keys, suffix="_comparator")
    both = both.rename({"deaths": "deaths_base", "population": "population_base"})
    split = measures.decompose_life_expectancy_gap(both, by=["period", "sex"])
    years = split.group_by("period", "sex", "cause").agg(pl.col("years").sum())
    gaps = split.group_by("period", "sex").agg(
        pl.lit("all causes").alias("cause"), pl.col("gap").first().alias("years")
    )
    found = known.join(pl.concat([years, gaps.select(years.columns)]), on=["period", "sex", "cause"])
    assert found.height == known.height == 2 * 2 * 6
    assert (found["value"] - found["years"]).abs().max() < 1e-9


def test_the_gap_in_life_expectancy_narrows_for_males_and_widens_for_females(committed: dict[str, bytes]) -> None:
    known = truth(committed)
    scheme = ("lsoa_in_england_imd_unstated", "population_of_groups", "slope_index")
    for sex, sign in (("male", -1), ("female", 1)):
        first, last = (known["life_expectancy_at_birth", COUNTRY, p, sex, *scheme] for p in ("2007-09", "2010-12"))
        assert sign * (float(last["value"]) - float(first["value"])) > 0.7


@needs_mirror
def test_layouts_are_the_publishers(committed: dict[str, bytes]) -> None:
    """Same names and headers as real files, and not one of their rows."""
    real = {path: content for path, content in contents(MIRROR).items() if path.endswith((".csv", ".xlsx"))}
    same = {path: path for path in committed if path in real and path != "index.csv"}
    same |= {
        "iod/iod2025_file_7.csv": "iod/iod2025_file_7_excerpt.csv",
        "fingertips/92443_221.csv": "fingertips/92443_502.csv",
    }
    assert set(committed) - set(same) == {"index.csv", *TRUTHS, "population/england_by_imd_decile.csv"}
    for ours, theirs in same.items():
        if ours.endswith(".csv"):
            first, second = (
                [line for line in content.removeprefix(b"\xef\xbb\xbf").splitlines() if b"," in line]
                for content in (committed[ours], real[theirs])
            )
            header = next(i for i, line in enumerate(first) if line.count(b",") > 2)  # after any preamble
            assert first[header] in second[:2], ours
            assert not set(first[header + 1 :]) & set(second[2:]), ours
        else:
            books = [fastexcel.read_excel(content) for content in (committed[ours], real[theirs])]
            for sheet in books[0].sheet_names:
                if sheet not in ("Notes", "Cover sheet"):
                    row = 6 if ours.startswith("ons/") else 0
                    first, second = (book.load_sheet(sheet, header_row=row, n_rows=1) for book in books)
                    assert first.to_polars().columns == second.to_polars().columns, ours


@needs_mirror
def test_every_typed_figure_is_the_published_one(committed: dict[str, bytes]) -> None:
    path = "ons/life_expectancy_by_deprivation_decile.xlsx"
    ours, real = (fastexcel.read_excel(content) for content in (committed[path], (MIRROR / path).read_bytes()))
    for sheet in ("1", "4"):
        first, second = (book.load_sheet(sheet, header_row=6).to_polars() for book in (ours, real))
        assert first.equals(second)
