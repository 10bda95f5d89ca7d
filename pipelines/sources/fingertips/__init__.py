"""OHID Fingertips: one CSV of one indicator (or several) at one area type, every period, inequality rows included.

What belongs here: what a row is about, and which rows can be used. What does not: opening the file (`file.py`),
words for ages and area types (`labels.py`), a row's figures (`figures.py`), periods (`formats/period.py`), categories
(`categories.py`), or duplicates (England comes twice; `arrival/intake.py` removes them once for all files).
"""

from __future__ import annotations

from datetime import date

import polars as pl

from pipelines import catalogue
from pipelines.catalogue import Catalogue
from pipelines.notes import Kind, Note
from pipelines.sources.access.web_file import WebFile
from pipelines.sources.contract import REJECTED, Access, ContractBroken, Parsed, Resource, Snapshot, as_observation
from pipelines.sources.fingertips.categories import join_categories
from pipelines.sources.fingertips.figures import settle_figures
from pipelines.sources.fingertips.file import text_rows
from pipelines.sources.fingertips.labels import SEXES, age_slug, area_type_slug
from pipelines.sources.fingertips.steps import first_fault, join_distinct, set_aside
from pipelines.sources.formats.period import conform_period, in_the_future, latest_end
from pipelines.sources.formats.table import LICENCE, SHORT, SPILL, Table

SOURCE = "fingertips"
API = "https://fingertips.phe.org.uk/api/all_data/csv/by_indicator_id"
ENGLAND = 15
"""The area type id of England: the parent of every request, whose own rows come with each."""

ASKED_AREA_TYPES = (502, 501, 6, 221)
"""The area types that a live run asks for: upper tier, districts, regions and ICBs, which our lookups can join."""

AREA_CODE = r"^([A-Z][0-9]{8}|[A-Z0-9]{3,6}|Cl_[A-Z][A-Za-z0-9]*_[A-Za-z0-9]+)$"
"""A letter and eight digits (GSS), three to six letters and digits (ODS), or a cluster of ONS (`Cl_L2_1a`); anything
else is a column that shifted."""

_TEXT = pl.String()


def parse(content: bytes, snapshot: Snapshot) -> Parsed:
    """Read one Fingertips CSV with the project's catalogue; see `parse_with`."""
    return parse_with(content, snapshot, catalogue.load())


def parse_with(content: bytes, snapshot: Snapshot, known: Catalogue) -> Parsed:
    """Read one Fingertips CSV into OBSERVATION rows, in the order of the file, duplicates included.

    Figures stay in the published unit. A row that cannot be read is rejected with its line and reason; an indicator
    or category type that the catalogue lacks rejects its rows and is named in a note. Raises ContractBroken for a
    file that cannot be used (see `text_rows`), and where not one row can be read although the catalogue knows all of
    it.
    """
    rows, table = text_rows(content, snapshot)
    rows = rows.with_columns(pl.lit(None, pl.String).alias("reason"), pl.lit(None, pl.Boolean).alias("is_faulty"))
    rows = first_fault(rows, pl.col(SPILL).is_not_null(), "The row has more cells than the header.")
    rows = first_fault(rows, pl.col(SHORT), "The row has fewer cells than the header.")
    rows = first_fault(
        rows, _shifted(rows, table), "The row has fewer cells than the header, one of them in its middle."
    )
    rows = _require(rows, has_range="period_range" in table.placed)
    rows, unknown_indicators = _join_indicators(rows, known)
    rows, unknown_types = join_categories(rows, known)
    rows = _join_periods(_join_labels(rows), known, latest_end(snapshot))
    rows = settle_figures(rows)
    rows = rows.with_columns(pl.lit(SOURCE).alias("source"), pl.lit(snapshot.sha256).alias("snapshot_sha256"))
    good, bad = rows.filter(pl.col("reason").is_null()), rows.filter(pl.col("reason").is_not_null())
    notes = (*unknown_indicators, *unknown_types)
    if good.is_empty() and not notes:
        raise ContractBroken(
            "Not one row can be read.",
            where=table.where,
            expected="at least one row",
            found=f"{bad.height:,} rows, all rejected: {' '.join(bad['reason'].unique(maintain_order=True).head(5))}",
            do="If the reason is ours, mend the catalogue or the parser; else ask the publisher, or fetch it again.",
        )
    rejected = bad.select(pl.col(name).cast(dtype) for name, dtype in REJECTED.items())
    return Parsed(as_observation(good), rejected, rows.height, notes)


def _shifted(rows: pl.DataFrame, table: Table) -> pl.Expr:
    """Whether a row that ends early lacks a cell before its end, so that its figures stand in the wrong columns.

    The sortable period, which every row of Fingertips has after its figures, is then not where it should be.
    """
    ends_early = table.cells[str(len(table.headers) - 1)].is_null()
    if "period_range" in table.placed or rows["period_sortable"].is_null().all():
        return pl.lit(value=False)
    in_place = pl.col("period_sortable").str.contains(r"^\d{8}$|0000$").fill_null(value=False)
    return pl.Series(ends_early) & ~in_place


def _require(rows: pl.DataFrame, *, has_range: bool) -> pl.DataFrame:
    """Reject rows that lack what every row must have."""
    needed = {
        "indicator_id": "indicator id",
        "area_code": "area code",
        "area_type_label": "area type",
        "sex_label": "sex",
        "age_label": "age",
        "period_label": "time period",
        **({"period_range": "time period range"} if has_range else {}),
    }
    for name, words in needed.items():
        rows = first_fault(rows, pl.col(name).is_null(), f"The {words} is blank.")
    half_named = pl.col("category_type").is_null() != pl.col("category_label").is_null()
    rows = first_fault(rows, half_named, "Of category type and category, one is blank.")
    # NHS area codes come as nE54000055.
    rows = rows.with_columns(pl.col("area_code").str.replace(r"^n([A-Z]\d{8})$", "$1"))
    foreign = pl.format("The area code {} is neither of a register, nor of the NHS, nor a cluster of ONS.", "area_code")
    return set_aside(rows, ~pl.col("area_code").str.contains(AREA_CODE), foreign)


def _join_indicators(rows: pl.DataFrame, known: Catalogue) -> tuple[pl.DataFrame, list[Note]]:
    """Add what the catalogue says of each indicator; reject the rows of those it lacks, and note each of them."""
    number = r"^[0-9]{1,9}$"
    of_indicator = {
        "indicator": _TEXT,
        "value_kind": _TEXT,
        "scale": pl.Float64(),
        "can_exceed_100": pl.Boolean(),
        "age_standardised": _TEXT,
        "age_override": _TEXT,
    }
    ids = rows["indicator_id"].drop_nulls().unique()
    by_id = {text: known.indicator_by_fingertips_id(int(text)) for text in ids.filter(ids.str.contains(number))}

    def read(text: str | None) -> tuple[object, ...]:
        one = by_id.get(text or "")
        if one is None:
            return (None,) * len(of_indicator)
        return one.slug, one.value_kind, float(one.scale), one.can_exceed_100, one.age_standardised, one.age or None

    rows = join_distinct(rows, ("indicator_id",), of_indicator, read)
    published = pl.col("indicator_id")
    no_number = pl.format("The indicator id {} is not a number.", published)
    rows = first_fault(rows, ~published.str.contains(number), no_number)
    lacking = pl.col("indicator").is_null() & published.str.contains(number)
    rows = set_aside(rows, lacking, pl.format("The catalogue has no indicator with Fingertips id {}.", published))
    new = rows.filter(lacking).group_by("indicator_id", maintain_order=True)
    return rows, [
        Note(
            Kind.UNKNOWN_INDICATOR,
            label=text,
            title=name or "",
            count=count,
        )
        for text, count, name in new.agg(pl.len(), pl.first("indicator_name")).iter_rows()
    ]


def _join_labels(rows: pl.DataFrame) -> pl.DataFrame:
    """Add sex, age and area type. An age that the category type states wins over the age column, and is noted."""
    rows = join_distinct(rows, ("sex_label",), {"sex": _TEXT}, lambda text: (SEXES.get((text or "").lower()),))
    odd = pl.format(f"The sex {{}} is unknown; expected one of {', '.join(SEXES)}.", "sex_label")
    rows = set_aside(rows, pl.col("sex").is_null(), odd)
    area_types = {"area_type": _TEXT}
    rows = join_distinct(rows, ("area_type_label",), area_types, lambda text: (area_type_slug(text or ""),))
    wordless = pl.format("The area type {} has neither letter nor digit.", "area_type_label")
    rows = first_fault(rows, pl.col("area_type") == "", wordless)

    def age(label: str | None, override: str | None, stated: str | None) -> tuple[object, ...]:
        published, wins = age_slug(label or "", override), age_slug(stated or "")
        if not wins or wins == published:
            return published, None
        return wins, f"The age column says {label}; the category type says {stated}, which is used."

    rows = join_distinct(rows, ("age_label", "age_override", "scheme_age"), {"age": _TEXT, "age_note": _TEXT}, age)
    return first_fault(rows, pl.col("age") == "", pl.format("The age {} has neither letter nor digit.", "age_label"))


def _join_periods(rows: pl.DataFrame, known: Catalogue, latest: date) -> pl.DataFrame:
    """Add the dated period; reject labels that cannot be read or that contradict the published range or year type.

    A period that ends after `latest` is rejected too. A label that names another kind of year than the catalogue does
    is believed, and noted.
    """
    of_period = {
        "period": _TEXT,
        "period_length": _TEXT,
        "period_start": pl.Date(),
        "period_end": pl.Date(),
        "period_note": _TEXT,
        "period_fault": _TEXT,
    }

    def read(label: str | None, published_range: str | None, slug: str | None, area_type: str) -> tuple[object, ...]:
        if label is None or slug is None:
            return (None,) * len(of_period)
        year_type = known.indicators[slug].year_type_of(area_type)
        try:
            found = conform_period(label, period_range=published_range, year_type=year_type)
        except ValueError as error:
            return None, None, None, None, None, str(error)
        days = " to ".join(f"{day.day} {day:%B %Y}" for day in (found.start, found.end))
        note = f"The period {label} is taken as it says, {days}; the catalogue's year type is {year_type}."
        return found.period, found.length, found.start, found.end, note if found.by_label else None, None

    rows = join_distinct(rows, ("period_label", "period_range", "indicator", "area_type"), of_period, read)
    rows = set_aside(rows, pl.col("period_fault").is_not_null(), pl.col("period_fault"))
    return first_fault(rows, pl.col("period_end") > latest, in_the_future("period_label"))


def _live_files() -> list[tuple[str, tuple[Access, ...]]]:
    """One request per indicator and area type: larger ones have run the publisher's server out of memory.

    Left out, though the catalogue states them: area types that nothing here joins (practices 7 and their networks 204,
    parts of ICBs 66, neighbourhoods 3, wards 8, and the upper tier of before 2019, 102), and discontinued series.
    """
    return [
        (
            f"fingertips/{one.fingertips_id}_{area_type}.csv",
            (
                WebFile(
                    f"{API}?indicator_ids={one.fingertips_id}&child_area_type_id={area_type}"
                    f"&parent_area_type_id={ENGLAND}&include_sortable_time_periods=yes"
                ),
            ),
        )
        for one in catalogue.load().indicators.values()
        if one.fingertips_id and "fingertips" in one.sources and one.state != "discontinued"
        for area_type in one.area_types
        if area_type in ASKED_AREA_TYPES
    ]


RESOURCES = (
    Resource(
        name=SOURCE,
        path="fingertips/*.csv",
        table=SOURCE,
        description="Public health indicators with their inequality breakdowns, one file per indicator and area type.",
        url=API,
        publisher="OHID, Fingertips",
        licence=LICENCE,
        cadence="annual",
        parser=parse,
        many=True,
        live_files=_live_files,
    ),
)
