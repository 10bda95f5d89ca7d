"""Deaths and populations by deprivation decile as later ONS ad hoc releases give them: workbooks, single ages, ICD-10.

What belongs here: what those workbooks call their columns, and putting single ages and codes of causes together. What
does not: the tables that they end in, and the older release as CSV (`ons/deaths.py`).

Decile 1 is the most deprived. Headers are found by meaning, wherever they stand and in whatever order: a decile, ages
(`0` to `90+`, or bands) or years as columns, and where they are not columns, a column of ages. The sex is a column,
which may be filled in for the first of its rows only and have no header, or is said above the table. Tables of Wales,
and of both sexes together, are no part of what we count. Deciles are those of the Index of Multiple Deprivation 2019:
the release of populations says so below its table (its header says 2020), the release of deaths is later.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from pipelines.sources.access.ons_dataset import FILE_HOSTS, SITE
from pipelines.sources.access.web_file import WebFile, ZipMember
from pipelines.sources.contract import Parsed, Resource, Snapshot
from pipelines.sources.formats.table import LICENCE, LINE, Column, Table, broken, file_label, tidy_header
from pipelines.sources.formats.typed_rows import PROVENANCE, finish, settle
from pipelines.sources.formats.workbook import sheets_that_have
from pipelines.sources.formats.workbook_size import Limits
from pipelines.sources.ons.deaths import (
    AGE_BANDS,
    DEATHS_BY_DECILE,
    DEATHS_KEY,
    POPULATION_BY_DECILE_AND_AGE,
    POPULATION_KEY,
)

EDITION = "2019"
CAUSES: tuple[tuple[str, str, str], ...] = (
    ("01", "Neoplasms", r"^(C|D[0-4])"),
    ("02", "Diseases of the respiratory system", r"^J"),
    ("03", "Diabetes", r"^E1[0-4]"),
    ("04", "Ischaemic heart disease", r"^I2[0-5]"),
    ("05", "Stroke (cerebrovascular)", r"^I6"),
    ("06", "Other circulatory", r"^I"),
    ("07", "Intentional injuries", r"^(X[6-9]|Y[0-2]|Y3[0-6]|Y87[012]?$|Y89[01]?$)"),
    ("08", "Unintentional injuries", r"^[VWXY]"),
    ("09", "All other causes", r"^[A-Z]"),
)
"""Groups of causes in the words of release 006925, and the codes of ICD-10 in each; the first that fits holds.

That release does not print its codes, so the groups are ours. Suicides, assaults and undetermined intent are
intentional. It counts neonatal deaths apart, since they have no underlying cause; so they are in no file by code.
"""
TOTAL_ROW = "a total of rows that are counted"
LARGE = Limits(unpacked_bytes=2_000_000_000, cells=20_000_000)
"""The workbook of deaths has 567,000 rows of 25 cells."""

_DECILE = re.compile(r"^(imd |deprivation )?(decile|deprivation decile|imd decile)( \(.*\))?$")
_SEX = re.compile(r"^(sex|gender)$")
_AGE = re.compile(r"^(age|single (year of )?age|age group|age at death)( \(.*\))?$")
_CAUSE = re.compile(r"^(icd[- ]?10.*|underlying cause.*|cause of death.*)$")
_YEAR = re.compile(r"^(19|20)[0-9]{2}$")
_YEARS_ABOVE = re.compile(r"(?<![0-9])(?:19|20)[0-9]{2}")
_OLDEST = re.compile(r"^90( ?\+| and over| years and over)$")
_BAND = re.compile(r"^([0-9]{1,2}) ?(?:-|to) ?([0-9]{1,2})$")
_TOTAL = re.compile(r"^(all\b.*|.*\ball (ages|causes|deciles|persons)|totals?\b.*|both\b.*|persons?|people|england)$")
_MOST = 100_000_000
_SEXES = {"male": "male", "males": "male", "female": "female", "females": "female"}


@dataclass(frozen=True)
class Place:
    """Where the columns of a header stand; `counts` are the columns of figures, by age or by year."""

    decile: int
    sex: int | None
    age: int | None
    cause: int | None
    counts: Mapping[str, int]


def first_age(text: str) -> int | None:
    """The first age of the five-year band that an age or a band lies in; None where it is none."""
    said = tidy_header(text).removesuffix(" years").removesuffix(" year")
    if said in ("<1", "under 1", "0"):
        return 0
    if _OLDEST.match(said):
        return 90
    band = _BAND.match(said)
    low, high = (
        (int(band[1]), int(band[2]))
        if band
        else (int(said), int(said))
        if said.isascii() and said.isdecimal()
        else (-1, -1)
    )
    starts = [start for start in AGE_BANDS.values() if start <= low]
    if not starts or low < 1 or low > 90:
        return None
    start = starts[-1]
    return start if (4 if start < 5 else start + 4) >= high or start == 90 else None


def place_columns(cells: Sequence[str], *, by_year: bool) -> Place | None:
    """Where a header row has its columns; None where the row is no header of such a table."""
    names = [tidy_header(cell) for cell in cells]
    deciles = [at for at, name in enumerate(names) if _DECILE.match(name)]
    counts = {
        name: at for at, name in enumerate(names) if (_YEAR.match(name) if by_year else first_age(name) is not None)
    }
    if len(deciles) != 1 or len(counts) < (1 if by_year else len(AGE_BANDS)):
        return None
    (decile,) = deciles

    def one(pattern: re.Pattern[str]) -> int | None:
        return next((at for at, name in enumerate(names) if pattern.match(name)), None)

    sex = one(_SEX)
    if sex is None and not by_year and decile > 0 and not names[decile - 1]:
        sex = decile - 1
    return Place(decile, sex, one(_AGE), one(_CAUSE), counts)


def parse_population_workbook(content: bytes, snapshot: Snapshot) -> Parsed:
    """Read people by decile, sex and age, ages as columns, of the one year that is said above each table.

    A row counts once for each age band, as in the CSV. Raises ContractBroken where no sheet of England is such a table.
    """
    tables = _tables(content, snapshot, by_year=False)
    return finish([_people(table, place, snapshot) for table, place in tables], snapshot)


def parse_deaths_workbook(content: bytes, snapshot: Snapshot) -> Parsed:
    """Read deaths by code of ICD-10, decile and age, years as columns, a sheet for each sex, summed to groups of causes
    and age bands. Every group has a row, with 0 where the file has no death.

    Counts are of summed rows: each of them counts as one row in; a row of totals is rejected. Raises ContractBroken
    where no sheet of one sex is such a table, and where any other row cannot be read: sums without it would be short.
    """
    tables = _tables(content, snapshot, by_year=True)
    return finish([_deaths(table, place, snapshot) for table, place in tables], snapshot)


def _tables(content: bytes, snapshot: Snapshot, *, by_year: bool) -> list[tuple[Table, Place]]:
    found: list[Place] = []

    def find(cells: Sequence[str]) -> Mapping[str, int] | None:
        place = place_columns(cells, by_year=by_year)
        if place is None or (by_year and (place.age is None or place.cause is None)):
            return None
        found.append(place)
        return {}

    tables = sheets_that_have(content, snapshot, find, limits=LARGE)
    of_england = [(table, place) for table, place in zip(tables, found, strict=True) if "wales" not in _said(table)]
    wanted = [(table, place) for table, place in of_england if not by_year or place.sex is not None or _sex_of(table)]
    if not wanted:
        what = "ICD-10 code, decile, age and years" if by_year else "decile and single ages or bands"
        raise broken(
            "No sheet of the workbook holds the table.",
            file_label(snapshot),
            f"a header with {what}, of England, of one sex or with a column for it",
            "; ".join(table.where for table in tables) or "no such header",
            "Check that this is the right file; if a column was renamed, add the new spelling to its reader.",
        )
    return wanted


def _said(table: Table) -> str:
    """What stands above a table but for notes, in lower case: England and Wales together are not said to be Wales."""
    return " ".join(table.above).lower().replace("england and wales", "england")


def _sex_of(table: Table) -> str | None:
    """The sex that a table is of, from what stands above it, else from the number of its sheet (2 male, 3 female)."""
    named = {_SEXES[word] for word in re.findall(r"\b(?:fe)?males?\b", _said(table))}
    if "persons" in _said(table) or len(named) > 1:
        return None
    return named.pop() if named else {"2": "male", "3": "female"}.get(table.above[0].strip())


def _totals(table: Table, *positions: int | None) -> list[tuple[pl.Expr, str]]:
    """Which rows of a table are totals, of rows that it has too: a cell that names a group says so, or is decile 0."""
    found = []
    for at in positions:
        if at is not None:
            cells = table.cells[str(at)].unique().drop_nulls()
            totals = [cell for cell in cells if _TOTAL.match(tidy_header(cell)) or (at == positions[0] and cell == "0")]
            found.append((pl.col(str(at)).is_in(totals), TOTAL_ROW))
    return found


def _refuse_short_sums(part: Parsed, table: Table) -> None:
    """Raise ContractBroken where a row that should be in a sum cannot be read: nobody would see that it is missing."""
    faulty = part.rejected.filter("is_faulty")
    if faulty.is_empty():
        return
    reasons = "; ".join(faulty["reason"].unique(maintain_order=True).head(3))
    raise broken(
        "Rows of deaths cannot be read, and the sums without them would be short.",
        f"{table.where}, line {faulty[LINE].sort().item(0)}",
        "rows of a decile, an age, a code of ICD-10 and whole numbers of deaths; or totals that say so",
        f"{faulty.height:,} others ({reasons})",
        "Look at these rows; if they are read otherwise now, mend their reader; else ask the publisher.",
    )


def _people(table: Table, place: Place, snapshot: Snapshot) -> Parsed:
    years = {*_YEARS_ABOVE.findall(" ".join(table.above))}
    if len(years) != 1:
        raise broken(
            "It is not clear which year the table is of.",
            table.where,
            "one year above the table",
            ", ".join(sorted(years)) or "none",
            "Look at the workbook, and read it by its years.",
        )
    columns = [
        Column("decile", (), "whole", low=1, high=10),
        Column("sex", ()),
        *(Column(name, (), "whole", low=0, high=_MOST) for name in place.counts),
    ]
    sex = pl.col(str(place.sex)).forward_fill() if place.sex is not None else pl.lit(_sex_of(table))
    sex_at = str(len(table.headers))
    held = [pl.col(str(at)).is_not_null() for at in (place.decile, *place.counts.values())]
    # Notes below the table fill no more than their first cell.
    cells = table.cells.with_columns(sex.alias(sex_at)).filter(pl.any_horizontal(held))
    placed = {"decile": place.decile, "sex": int(sex_at), **place.counts}
    read = Table(table.where, (*table.headers, ""), placed, cells, table.above)
    schema = {column.name: pl.Int64() if column.kind == "whole" else pl.String() for column in columns}
    part = settle(
        read,
        columns,
        snapshot,
        source="population_by_deprivation_decile_and_age",
        schema={**schema, **PROVENANCE},
        checks=[(~pl.col("sex").str.to_lowercase().is_in([*_SEXES]), "sex: not males or females")],
        not_read=_totals(read, place.decile, int(sex_at)),
    )
    bands = {start: [name for name in place.counts if first_age(name) == start] for start in AGE_BANDS.values()}
    wide = part.rows.select(
        pl.lit(EDITION).alias("imd_release"),
        pl.lit(int(years.pop()), pl.Int64).alias("year"),
        "decile",
        pl.col("sex").str.to_lowercase().replace(_SEXES),
        *(pl.sum_horizontal(names).alias(str(start)) for start, names in bands.items()),
        *PROVENANCE,
    )
    rows = _in_bands(
        wide.unpivot(
            on=[str(start) for start in bands],
            index=["imd_release", "year", "decile", "sex", *PROVENANCE],
            variable_name="age_start",
            value_name="population",
        ).with_columns(pl.col("age_start").cast(pl.Int64)),
        POPULATION_BY_DECILE_AND_AGE,
    )
    rejected = part.rejected.join(pl.DataFrame({"band": list(bands)}), how="cross").drop("band")
    return Parsed(rows, rejected, rows.height + rejected.height)


def _deaths(table: Table, place: Place, snapshot: Snapshot) -> Parsed:
    columns = [
        Column("decile", (), "whole", low=1, high=10),
        Column("age", ()),
        Column("icd", ()),
        *([Column("sex", ())] if place.sex is not None else []),
        *(Column(year, (), "whole", low=0, high=_MOST, may_be_empty=True) for year in place.counts),
    ]
    held = {"decile": place.decile, "age": place.age, "icd": place.cause, "sex": place.sex, **place.counts}
    placed = {name: at for name, at in held.items() if at is not None}
    schema = {column.name: pl.Int64() if column.kind == "whole" else pl.String() for column in columns}
    ages = {
        text: start
        for text in table.cells[str(place.age)].unique().drop_nulls()
        if (start := first_age(text)) is not None
    }
    checks = [
        (~pl.col("age").is_in([*ages]), "age: neither an age nor a five-year band"),
        (~pl.col("icd").str.contains(r"^[A-Z][0-9]{2}"), "cause: no code of ICD-10"),
    ]
    if place.sex is not None:
        checks.append((~pl.col("sex").str.to_lowercase().is_in([*_SEXES]), "sex: not male or female"))
    part = settle(
        Table(table.where, table.headers, placed, table.cells, table.above),
        columns,
        snapshot,
        source="deaths_by_deprivation_decile",
        schema={**schema, **PROVENANCE},
        checks=checks,
        not_read=_totals(table, place.decile, place.age, place.cause, place.sex),
    )
    _refuse_short_sums(part, table)
    if part.rows.is_empty():
        return Parsed(pl.DataFrame(schema=DEATHS_BY_DECILE), part.rejected, part.rejected.height)
    group = pl.coalesce(pl.when(pl.col("icd").str.contains(codes)).then(pl.lit(code)) for code, _, codes in CAUSES)
    sex = pl.col("sex").str.to_lowercase().replace(_SEXES) if place.sex is not None else pl.lit(_sex_of(table))
    counted = (
        part.rows.with_columns(
            sex.alias("sex"),
            group.alias("cause_code"),
            pl.col("age").replace_strict(ages, return_dtype=pl.Int64).alias("age_start"),
        )
        .unpivot(
            on=list(place.counts),
            index=["decile", "sex", "cause_code", "age_start", LINE],
            variable_name="year",
            value_name="deaths",
        )
        .group_by("year", "decile", "sex", "cause_code", "age_start")
        .agg(pl.col("deaths").sum(), pl.col(LINE).min())
    )
    every = pl.DataFrame({"year": list(place.counts)}).join(counted.select("sex").unique(), how="cross")
    for name, values in (
        ("decile", list(range(1, 11))),
        ("cause_code", [code for code, _, _ in CAUSES]),
        ("age_start", list(AGE_BANDS.values())),
    ):
        every = every.join(pl.DataFrame({name: values}), how="cross")
    whole = every.join(counted, on=["year", "decile", "sex", "cause_code", "age_start"], how="left").with_columns(
        pl.col("deaths").fill_null(0),
        # No line lists a group without a death: the table's first stands for it.
        pl.col(LINE).fill_null(pl.col(LINE).min()),
        pl.col("year").cast(pl.Int64),
        pl.lit(EDITION).alias("imd_release"),
        pl.col("cause_code").replace({code: label for code, label, _ in CAUSES}).alias("cause"),
        pl.lit("deaths_by_deprivation_decile").alias("source"),
        pl.lit(snapshot.sha256).alias("snapshot_sha256"),
    )
    rows = _in_bands(whole, DEATHS_BY_DECILE)
    return Parsed(rows, part.rejected, rows.height + part.rejected.height)


def _in_bands(rows: pl.DataFrame, schema: dict[str, pl.DataType]) -> pl.DataFrame:
    """Rows with the words of their age band, the columns of `schema` in order."""
    words = {start: band for band, start in AGE_BANDS.items()}
    named = rows.with_columns(pl.col("age_start").replace_strict(words, return_dtype=pl.String).alias("age_band"))
    order = [name for name in ("year", "sex", "decile", "cause_code", "age_start") if name in schema]
    return named.select(pl.col(name).cast(dtype) for name, dtype in schema.items()).sort(order)


_ADHOCS = f"{SITE}/file?uri=/peoplepopulationandcommunity"
_POPULATIONS = f"{_ADHOCS}/populationandmigration/populationestimates/adhocs"

RESOURCES: tuple[Resource, ...] = (
    Resource(
        name="ons_deaths_by_deprivation_decile_to_2022",
        path="ons/deaths_by_imd_decile_2001_2022.xlsx",
        table="deaths_by_deprivation_decile",
        description="Deaths in England by ICD-10 code, deprivation decile, single age and sex, 2001 to 2022.",
        url=f"{SITE}/peoplepopulationandcommunity/birthsdeathsandmarriages/deaths/adhocs/",
        publisher="ONS",
        licence=LICENCE,
        cadence="once (ad hoc release 1355)",
        parser=parse_deaths_workbook,
        schema=DEATHS_BY_DECILE,
        key=DEATHS_KEY,
        # One author, three scripts; the order of the columns is not sure, so none is relied on.
        access=(
            ZipMember(
                f"{_ADHOCS}/birthsdeathsandmarriages/deaths/adhocs/1355deathsbysexsingleyearofageunderlyingcauseicd10code"
                "anddeprivationdecileengland2001to2022/deathsbyimd20012022final.zip",
                ".xlsx",
                hosts=FILE_HOSTS,
            ),
        ),
    ),
    Resource(
        name="ons_population_by_deprivation_decile_2020",
        path="ons/population_by_imd_decile_2020.xlsx",
        table="population_by_deprivation_decile_and_age",
        description="People in England by deprivation decile, single age and sex, 2020.",
        url=f"{SITE}/peoplepopulationandcommunity/populationandmigration/populationestimates/adhocs/",
        publisher="ONS",
        licence=LICENCE,
        cadence="once (ad hoc release 13773)",
        parser=parse_population_workbook,
        schema=POPULATION_BY_DECILE_AND_AGE,
        key=POPULATION_KEY,
        # Seen in eight repositories or more; the file itself was read.
        access=(
            WebFile(
                f"{_POPULATIONS}/13773populationsbyindexofmultipledeprivationimddecileenglandandwales2020/"
                "populationbyimdenglandandwales2020.xlsx",
                hosts=FILE_HOSTS,
            ),
        ),
    ),
)
