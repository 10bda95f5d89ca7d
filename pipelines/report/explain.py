"""One published number, back to its bytes: the formula with its values, the rows used, and the lines of the files.

What belongs here: finding what a number is made of in the current release, and making it again from the bytes that
were kept. What does not: how an explanation is shown (`cli/explain.py`), or how a measure is computed (`inequality/`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import polars as pl

from pipelines.errors import ProductError
from pipelines.inequality.diagnosis import diagnosis_rows
from pipelines.inequality.rows import measure_rows
from pipelines.release.query import ask
from pipelines.sources import resources
from pipelines.sources.arrival import snapshot as snapshots
from pipelines.sources.contract import ContractBroken, Snapshot

SERIES = ("indicator", "area_code", "period", "period_length", "sex", "age", "dimension", "scheme")
"""What a set of groups, or with a category an observation, is found by."""
LIMITS = ("value", "value_lower", "value_upper")
READ = (*LIMITS, "standard_error")
"""The figures that a line of a file gives."""
PROVENANCE = ("source", "snapshot_sha256", "source_line")
SAME = 1e-9
"""Two figures that differ by less than this part of themselves are one: the last bits differ between machines."""
GROUPS = """
select
    member.category, member.category_rank, member.value, member.value_lower, member.value_upper,
    member.standard_error, member.population, member.weighting, member.population_reference, member.groups_from,
    member.note_code, line.source, line.snapshot_sha256, line.source_line
from (from core.gradient union all by name from core.comparison) as member
left join core.observation as line
    on
        member.groups_from = 'published' and member.indicator = line.indicator and member.area_code = line.area_code
        and member.period = line.period and member.period_length = line.period_length and member.sex = line.sex
        and member.age = line.age and member.dimension = line.dimension and member.scheme = line.scheme
        and member.category = line.category
where
    member.indicator = $indicator and member.area_code = $area_code and member.period = $period
    and member.period_length = $period_length and member.sex = $sex and member.age = $age
    and member.dimension = $dimension and member.scheme = $scheme
order by member.category_rank, member.category
"""
"""The groups of a measure, each with the line that it is from; groups that we make have none."""
CHECKED = ("core.observation", "core.gradient", "core.comparison", "measures.inequality", "published.inequality")


class NothingToExplain(ProductError):
    """No published number is so; the message says what is held."""


@dataclass(frozen=True)
class Address:
    """Which published numbers are meant. Without `measure`, observations; what is None is not asked for.

    Names are as lenient as those of the macros. Without `period` the newest; without `scheme`, of observations the
    total, of measures every scheme.
    """

    indicator: str
    area: str
    measure: str | None = None
    period: str | None = None
    sex: str | None = None
    age: str | None = None
    scheme: str | None = None
    category: str | None = None
    transform: str = "none"


@dataclass(frozen=True)
class Explanation:
    """What one number is made of. `rows` are the groups (of an observation, itself) with the line that each is from."""

    subject: dict[str, Any]
    formula: tuple[str, ...]
    rows: tuple[dict[str, Any], ...]
    files: tuple[dict[str, Any], ...]
    checks: dict[str, int]
    release: dict[str, Any]
    verified: Verified | None = None


@dataclass(frozen=True)
class Verified:
    """Whether a number comes out again from the bytes; else `cannot` says why, or `differences` what."""

    lines_read: int = 0
    differences: tuple[str, ...] = ()
    cannot: str = ""
    figures: dict[str, float | None] = field(default_factory=dict)

    @property
    def holds(self) -> bool:
        """Whether it was tried and came out the same."""
        return not self.cannot and not self.differences


def explain(warehouse: Path, address: Address) -> list[Explanation]:
    """Every published number at an address. Raises NothingToExplain where there is none, and NoRelease."""
    subjects = ask(warehouse, _subjects(address), parameters=asdict(address))
    if subjects.is_empty():
        raise _nothing(warehouse, address)
    (release,) = ask(
        warehouse, "select release_id, created_at, content_hash, code_version, input, origin from meta.release"
    ).to_dicts()
    checks = ask(
        warehouse,
        "select count(*) as checks, count(*) filter (where passed) as passed from meta.check_result "
        "where list_contains($tables::varchar[], table_name)",
        parameters={"tables": list(CHECKED)},
    ).to_dicts()[0]
    found = []
    for subject in subjects.to_dicts():
        rows = _rows(warehouse, subject)
        files = ask(
            warehouse,
            "select path, sha256, url, publisher, licence, retrieved_at, bytes, is_stale, is_modelled, origin, "
            "resource from meta.snapshot where list_contains($hashes::varchar[], sha256) order by path",
            parameters={"hashes": sorted({row["snapshot_sha256"] for row in rows if row["snapshot_sha256"]})},
        ).to_dicts()
        formula = _formula(subject, rows)
        found.append(Explanation(subject, formula, tuple(rows), tuple(files), checks, release))
    return found


def _subjects(address: Address) -> str:
    """The query for the published rows at an address."""
    of_measure = address.measure is not None
    table = "published.inequality" if of_measure else "published.observation"
    own = (
        "measure = $measure and transform = $transform and $category is null"
        if of_measure
        else "scheme = coalesce($scheme, 'total') and ($category is null or category = $category)"
        " and $measure is null and $transform is not null"
    )
    return (
        f"from {table} where indicator = indicator_of($indicator) and area_code = area_code_of($area) and {own} "
        "and ($period is null and is_latest or period = replace($period, ' ', '')) "
        "and ($sex is null or sex = $sex) and ($age is null or age = $age) and ($scheme is null or scheme = $scheme) "
        "order by period_length, scheme, sex, age"
    )


def _nothing(warehouse: Path, address: Address) -> NothingToExplain:
    held = ask(
        warehouse,
        "select string_agg(distinct period, ', ' order by period) as periods from published.observation "
        "where indicator = indicator_of($indicator) and area_code = area_code_of($area)",
        parameters={"indicator": address.indicator, "area": address.area},
    ).item()
    measures = ask(
        warehouse,
        "select string_agg(distinct measure, ', ' order by measure) from published.inequality "
        "where indicator = indicator_of($indicator) and area_code = area_code_of($area)",
        parameters={"indicator": address.indicator, "area": address.area},
    ).item()
    asked = ", ".join(f"{name} {said}" for name, said in asdict(address).items() if said not in (None, "none"))
    return NothingToExplain(
        "No published number is so.",
        found=asked,
        expected=f"periods {held or 'none'}; measures {measures or 'none'}",
        do="leave out what need not be told: without --period the newest is meant, without --sex every sex.",
    )


def _rows(warehouse: Path, subject: dict[str, Any]) -> list[dict[str, Any]]:
    """What a number is made of, each with the line that it is from, from the most to the least disadvantaged."""
    if "measure" not in subject:
        return [{name: subject[name] for name in ("category", *READ, "numerator", "denominator", *PROVENANCE)}]
    rows = ask(warehouse, GROUPS, parameters={name: subject[name] for name in SERIES})
    return rows.to_dicts()


def _formula(subject: dict[str, Any], rows: Sequence[dict[str, Any]]) -> tuple[str, ...]:
    """The formula and, where it has one line, its values filled in."""
    measure = subject.get("measure")
    if measure is None:
        return ("as published: read from the line, nothing computed",)
    favourable = subject["polarity"] == "higher_is_better"
    ends = "least - most" if favourable else "most - least"
    known = [row for row in rows if row["value"] is not None]
    if subject["value"] is None:
        return (f"not calculated: {(subject['note_code'] or 'no reason told').replace('_', ' ')}",)
    if measure in ("absolute_gap", "relative_gap"):
        by_name = {row["category"]: row["value"] for row in known}
        most, least = (by_name.get(subject[name]) for name in ("compared_category", "reference_category"))
        first, second = (least, most) if favourable else (most, least)
        sign = "-" if measure == "absolute_gap" else "/"
        told = ends.replace("-", sign)
        return (f"{measure} = {told}", f"{first} {sign} {second} = {_shown(subject['value'])} {subject['unit']}")
    if measure in ("slope_index", "relative_index") and subject["transform"] == "none" and _is_line(known):
        return _line(subject, known, favourable=favourable)
    return (
        f"{measure}, on the {subject['transform']} scale, of the groups below; its formula is in docs/methods.md"
        if subject["transform"] != "none"
        else f"{measure} of the groups below; its formula is in docs/methods.md",
        f"{len(known)} groups, weighting {subject['weighting']}: {_shown(subject['value'])} {subject['unit']}",
    )


def _is_line(known: Sequence[dict[str, Any]]) -> bool:
    return len(known) > 1 and all(row["category_rank"] is not None and row["population"] for row in known)


def _line(subject: dict[str, Any], known: Sequence[dict[str, Any]], *, favourable: bool) -> tuple[str, ...]:
    """The line through the groups, with each share, place and value."""
    people = math.fsum(row["population"] for row in known)
    shares = [row["population"] / people for row in known]
    places = [math.fsum(shares[:n]) + share / 2 for n, share in enumerate(shares)]
    filled = " + ".join(
        f"{share:.4f} x ({place:.4f} - 0.5) x {row['value']}"
        for share, place, row in zip(shares, places, known, strict=True)
    )
    spread = math.fsum(share * (place - 0.5) ** 2 for share, place in zip(shares, places, strict=True))
    most, least = _shown(subject["fitted_most"]), _shown(subject["fitted_least"])
    first, second = (least, most) if favourable else (most, least)
    sign = "-" if subject["measure"] == "slope_index" else "/"
    return (
        "slope = sum of a (b - 1/2) y / sum of a (b - 1/2)^2, with a the group's share of people, b the middle of its "
        "place from the most (0) to the least deprived (1), y its value",
        f"slope = ({filled}) / {spread:.6f}",
        f"the line stands at {most} at the most and at {least} at the least deprived end",
        f"{subject['measure']} = {first} {sign} {second} = {_shown(subject['value'])} {subject['unit']}",
    )


def _shown(value: float | None) -> str:
    return "nothing" if value is None else f"{value:.10g}"


def verify(warehouse: Path, root: Path, told: Explanation) -> Verified:
    """Make a number again from the bytes under `root`: parse the files, and run the same measure function.

    The weights of groups are taken from the release.
    """
    lines = [row for row in told.rows if row["snapshot_sha256"]]
    if len(lines) < len(told.rows) or not lines:
        made = {row.get("groups_from") for row in told.rows} - {None, "published"}
        return Verified(
            cannot=f"its groups are {' and '.join(sorted(map(str, made)))}, not lines of a file".replace("_", " ")
        )
    try:
        read = pl.concat([_parsed(root, file) for file in told.files], how="diagonal_relaxed")
    except ContractBroken as error:
        return Verified(differences=(str(error),))
    again, differences = [], []
    for row in lines:
        figures, differs = _reread(read, told.subject, row)
        again.append(figures)
        differences += differs
    if differences:
        return Verified(len(lines), tuple(differences))
    if "measure" not in told.subject:
        return Verified(len(lines), figures={name: again[0][name] for name in LIMITS})
    figures = _measured(warehouse, told.subject, dict(zip((row["category"] for row in lines), again, strict=True)))
    differs = [
        f"{name}: published {_shown(told.subject[name])}, recomputed {_shown(figures.get(name))}"
        for name in LIMITS
        if not _is_same(told.subject[name], figures.get(name))
    ]
    return Verified(len(lines), tuple(differs), figures=figures)


def _parsed(root: Path, file: dict[str, Any]) -> pl.DataFrame:
    """The rows of a file as its parser reads the kept bytes now. Raises ContractBroken where they are others."""
    kept = [one for one in snapshots.history(root, file["origin"], file["path"]) if one.sha256 == file["sha256"]]
    if not kept:
        raise ContractBroken(
            "The bytes of a file are not kept here.",
            where=str(root),
            expected=f"{file['path']} with sha256 {file['sha256']}",
            found="no such snapshot",
            do="look into the folder of snapshots that the release was made from (INEQUALITY_SNAPSHOTS).",
        )
    return _rows_of(snapshots.read(root, kept[-1]), kept[-1])


@lru_cache(maxsize=8)
def _rows_of(content: bytes, kept: Snapshot) -> pl.DataFrame:
    """The rows of some bytes; the numbers of one file are asked for one after another."""
    (parser,) = (one.parser for one in resources() if one.name == kept.resource)
    return parser(content, kept).rows


def _reread(
    read: pl.DataFrame, subject: dict[str, Any], row: dict[str, Any]
) -> tuple[dict[str, float | None], list[str]]:
    """A group's figures as its line gives them, and how they differ from the published."""
    key = {name: subject[name] for name in SERIES if name != "area_code"} | {"category": row["category"]}
    mine = read.filter(
        *(pl.col(name) == row[name] for name in ("snapshot_sha256", "source_line")),
        *(pl.col(name) == said for name, said in key.items()),
    )
    where = f"{row['category']}, line {row['source_line']}"
    if mine.height != 1:
        return {}, [f"{where}: {mine.height} rows are so, expected 1"]
    figures = {name: mine[name].cast(pl.Float64).item() for name in READ}
    return figures, [
        f"{where}, {name}: published {_shown(row[name])}, in the file {_shown(figures[name])}"
        for name in READ
        if not _is_same(row[name], figures[name])
    ]


def _measured(
    warehouse: Path, subject: dict[str, Any], again: dict[str, dict[str, float | None]]
) -> dict[str, float | None]:
    """The measure of the groups with figures that were read again, by the function that made the published one."""
    group = {name: subject[name] for name in SERIES}
    where = " and ".join(f"{name} = ${name}" for name in SERIES)
    groups = {}
    for table in ("gradient", "comparison"):
        frame = ask(warehouse, f"from core.{table} where {where}", as_text=False, parameters=group)
        for name in READ:
            figures = [again[category][name] for category in frame["category"]]
            frame = frame.with_columns(pl.Series(name, figures, dtype=pl.Float64))
        groups[table] = frame
    indicator = ask(
        warehouse, "from core.indicator where indicator = $indicator", parameters={"indicator": subject["indicator"]}
    )
    made = measure_rows(groups["gradient"], groups["comparison"], diagnosis_rows(groups["gradient"]), indicator)
    chosen = made.filter(pl.col("measure") == subject["measure"], pl.col("transform") == subject["transform"])
    return {name: chosen[name].item() if chosen.height == 1 else None for name in LIMITS}


def _is_same(one: float | None, other: float | None) -> bool:
    if one is None or other is None:
        return one is None and other is None
    return math.isclose(one, other, rel_tol=SAME, abs_tol=SAME)
