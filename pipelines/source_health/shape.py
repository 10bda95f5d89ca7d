"""Whether each source is as it was: what a file looks like, what changed since its last issue, and what state it is in.

What belongs here: the shape of a file (columns, labels, codes, periods, row counts), comparing two shapes, and judging
a state from that, the cadence and the catalogue. What does not: keeping shapes on disk and finding earlier snapshots
(`source_health/health.py`), or refusing a file: that is the parsers' and the checks' work. A sentinel only reports.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from pipelines.notes import Kind, some
from pipelines.sources.contract import OBSERVATION_CONTENT, Parsed, Resource

HEALTH: dict[str, pl.DataType] = {
    "resource": pl.String(),
    "path": pl.String(),
    "state": pl.String(),
    "reason": pl.String(),
    "publisher": pl.String(),
    "cadence": pl.String(),
    "last_changed_at": pl.Datetime("us"),
    "retrieved_at": pl.Datetime("us"),
    "rows": pl.Int64(),
    "rows_before": pl.Int64(),
    "new_labels": pl.Int64(),
    "vanished_labels": pl.Int64(),
    "new_periods": pl.Int64(),
    "vanished_periods": pl.Int64(),
    "new_codes": pl.Int64(),
    "vanished_codes": pl.Int64(),
    "is_modelled": pl.Boolean(),
    "silent_host": pl.String(),
}
"""One row per file of the input, and per known file that it lacks. Counts are null where nothing came before."""

STATES = ("missing", "stale", "changed_shape", "paused", "discontinued", "late", "returned", "fresh")
"""The states, in the order in which they are judged: the first that holds is the file's."""

LATE_AFTER_DAYS = {"quarterly": 120, "annual": 400, "biennial": 765}
"""How long content may stay the same; a cadence that is not named here is never late."""
ENDED = ("no longer updated",)

FALLEN_TO = 0.8
"""Fewer rows than this part of the last issue's, for an area type and period, are a change of shape."""
NAMED, WHOLE_CODES, HEADER_BYTES = 5, 1000, 65_536
CODE_COLUMNS = ("area_code", "lsoa_code", "lsoa11_code", "lad_code")
LABEL_COLUMNS = {
    "area_type": "area type",
    "sex": "sex",
    "age_label": "age",
    "age_band": "age",
    "cause": "cause",
    "name": "name",
}
PROVENANCE = ("source", "snapshot_sha256", "source_line")


@dataclass(frozen=True)
class Shape:
    """What a file looks like, whatever its figures.

    `columns` as received, empty where they cannot be read cheaply (workbooks). `cells` counts rows by indicator, area
    type and period; `code_counts` counts codes by their first three characters. `codes` names the codes themselves,
    and is empty for a file with more than a thousand.
    """

    rows: int
    columns: tuple[str, ...]
    labels: tuple[str, ...]
    periods: tuple[str, ...]
    indicators: tuple[str, ...]
    codes: tuple[str, ...]
    code_counts: dict[str, int]
    cells: dict[str, int]


@dataclass(frozen=True)
class Change:
    """From one shape to the next: what is new and what vanished, by kind of thing, and row counts that fell."""

    new: dict[str, list[str]]
    vanished: dict[str, list[str]]
    fallen: list[str]

    @property
    def lost(self) -> bool:
        """Whether anything vanished or fell."""
        return bool(self.fallen or any(self.vanished.values()))

    @property
    def is_shape(self) -> bool:
        """Whether the shape changed. New periods are what a new issue is for, and no change of shape."""
        return self.lost or any(names for kind, names in self.new.items() if kind != "period")

    def sentences(self) -> list[str]:
        """What changed, up to five names of each kind."""
        said = [_named(kind, names, "vanished") for kind, names in self.vanished.items() if names]
        said += [_named(kind, names, "new") for kind, names in self.new.items() if names]
        if self.fallen:
            said.append(f"Rows fell by more than a fifth: {some(self.fallen, NAMED)}.")
        return said


@dataclass(frozen=True)
class Known:
    """All that a state is judged from; times are UTC without a zone. `change` is None where nothing came before.

    `figures_changed` counts the rows of both issues that differ, and `figure` says what such a row is.
    `indicator_states` are the catalogue's, of the indicators in the file. `returned_from` is when the same bytes came
    before, where others came in between.
    """

    now: datetime
    last_changed_at: datetime
    cadence: str
    indicator_states: frozenset[str] = frozenset()
    stale_note: str | None = None
    change: Change | None = None
    figures_changed: int = 0
    figure: str = "figure"
    is_modelled: bool = False
    returned_from: datetime | None = None


def columns_received(content: bytes, path: str) -> tuple[str, ...]:
    """The first row of a CSV, from its first bytes, spaces made single; nothing for other kinds of file."""
    if not path.lower().endswith(".csv"):
        return ()
    text = content[:HEADER_BYTES].decode("utf-8-sig", errors="replace")
    try:
        header = next((row for row in csv.reader(io.StringIO(text, newline="")) if any(row)), [])
    except csv.Error:
        return ()
    return tuple(" ".join(cell.split()) for cell in header if cell.strip())


def shape(parsed: Parsed, *, columns: tuple[str, ...] = ()) -> Shape:
    """The shape of a parsed file. Category types that the catalogue does not know count among the labels."""
    rows = parsed.rows
    period = _period(rows)
    cell = [pl.col(name).fill_null("") for name in ("indicator", "area_type") if name in rows.columns]
    cells = rows.group_by(pl.concat_str([*cell, period], separator=", ").alias("cell")).len()
    unknown = {note.label for note in parsed.notes if note.kind is Kind.UNKNOWN_CATEGORY_TYPE}
    codes = next((_distinct(rows, pl.col(name)) for name in CODE_COLUMNS if name in rows.columns), [])
    beginnings = [code[:3] for code in codes]
    return Shape(
        rows=parsed.rows_in,
        columns=columns,
        labels=tuple(sorted({*_labels(rows), *(f"{label} (not in the catalogue)" for label in unknown)})),
        periods=tuple(name for name in _distinct(rows, period) if name),
        indicators=tuple(_distinct(rows, pl.col("indicator"))) if "indicator" in rows.columns else (),
        codes=tuple(codes) if len(codes) <= WHOLE_CODES else (),
        code_counts={name: beginnings.count(name) for name in sorted(set(beginnings))},
        cells=dict(sorted(cells.iter_rows())),
    )


def _period(rows: pl.DataFrame) -> pl.Expr:
    if "period" in rows.columns:
        return pl.format("{} ({})", pl.col("period").fill_null("?"), pl.col("period_length").fill_null("?"))
    return pl.col("year").cast(pl.String).fill_null("?") if "year" in rows.columns else pl.lit("")


def _labels(rows: pl.DataFrame) -> Iterable[str]:
    for column, said in LABEL_COLUMNS.items():
        if column in rows.columns:
            yield from (f"{said} {label}" for label in _distinct(rows, pl.col(column)))
    if "category_label" in rows.columns:
        yield from _distinct(rows, pl.format("{} {}: {}", "dimension", "scheme", "category_label"))


def _distinct(rows: pl.DataFrame, column: pl.Expr) -> list[str]:
    found = rows.select(column.cast(pl.String).alias("name"))["name"]
    return found.drop_nulls().unique().sort().to_list()


def compare(before: Shape, after: Shape) -> Change:
    """What is new and what vanished between two shapes of one file."""
    whole = bool(before.codes and after.codes)
    kinds: dict[str, tuple[Iterable[str], Iterable[str]]] = {
        # A kind that either side could not read is not compared: nothing is invented.
        "column": (before.columns, after.columns) if before.columns and after.columns else ((), ()),
        "label": (before.labels, after.labels),
        "indicator": (before.indicators, after.indicators),
        "period": (before.periods, after.periods),
        "code": (before.codes, after.codes) if whole else (before.code_counts, after.code_counts),
    }
    gone = set(before.periods) - set(after.periods)
    fallen = [
        f"{cell or 'all rows'} from {count:,} to {after.cells.get(cell, 0):,}"
        for cell, count in before.cells.items()
        if after.cells.get(cell, 0) < FALLEN_TO * count and not any(cell.endswith(period) for period in gone)
    ]
    return Change(
        new={kind: sorted(set(now) - set(then)) for kind, (then, now) in kinds.items()},
        vanished={kind: sorted(set(then) - set(now)) for kind, (then, now) in kinds.items()},
        fallen=fallen,
    )


def figures_changed(before: pl.DataFrame, after: pl.DataFrame, resource: Resource) -> int:
    """How many rows that both issues hold (by the key of the resource) say something else now."""
    key, content = list(resource.key), list(OBSERVATION_CONTENT)
    if not resource.is_observation:
        content = [name for name in resource.schema if name not in (*key, *PROVENANCE)]
    sides = [rows.select(*key, *content).unique(key, keep="first", maintain_order=True) for rows in (before, after)]
    both = sides[0].join(sides[1], on=key, how="inner", suffix=" now", nulls_equal=True)
    differs = [pl.col(name).ne_missing(pl.col(f"{name} now")) for name in content]
    return both.filter(pl.any_horizontal(differs)).height if content else 0


def judge(known: Known) -> tuple[str, str]:
    """The state of a file that the input holds, and the reason in plain sentences."""
    change, said = known.change, []
    late = _late(known)
    if known.returned_from:
        said.append(f"The same bytes as on {known.returned_from:%Y-%m-%d}, after others: an older file came back.")
    if change is None:
        said.append("The first snapshot of this file: there is nothing to compare it with.")
    else:
        said += change.sentences()
        if known.figures_changed:
            many = f"{known.figures_changed:,} {known.figure}{'s' if known.figures_changed > 1 else ''} changed."
            said.append(f"Of the rows in both issues, {many}" if said else f"Re-issued: {many}")
        said = said or ["Re-issued: other bytes, the same figures."]
    if known.stale_note is not None:
        return "stale", known.stale_note or "The publisher could not be reached: the last good snapshot stands in."
    if change and change.is_shape:
        return "changed_shape", " ".join([*said, *late])
    states = known.indicator_states
    if known.cadence in ENDED or (states and states <= {"discontinued"}):
        return "discontinued", "The publisher no longer updates this."
    if states and states <= {"paused", "discontinued"}:
        return "paused", "The publisher has paused every series in this file: it is not late."
    if late:
        return "late", " ".join(late)
    return ("returned" if known.returned_from else "fresh"), " ".join(said)


def _late(known: Known) -> list[str]:
    limit = LATE_AFTER_DAYS.get(known.cadence)
    days = (known.now - known.last_changed_at).days
    if limit is None or known.is_modelled or days <= limit:
        return []
    return [f"No new content for {days:,} days, where the cadence is {known.cadence} (late after {limit})."]


def counts(change: Change | None) -> dict[str, int | None]:
    """The counts of a change, by the names of the HEALTH columns; nulls where nothing came before."""
    return {
        f"{side}_{kind}s": len(getattr(change, side)[kind]) if change else None
        for kind in ("label", "period", "code")
        for side in ("new", "vanished")
    }


def cadence_of(resource: Resource, indicators: Iterable[str], cadences: Mapping[str, str]) -> str:
    """How often a file changes: its resource's cadence or, in a family of files, the fastest of its indicators."""
    found = {cadences[slug] for slug in indicators if slug in cadences} if resource.many else set()
    return min(found, key=lambda cadence: (LATE_AFTER_DAYS.get(cadence, 10**6), cadence), default=resource.cadence)


def _named(kind: str, names: Sequence[str], what: str) -> str:
    kinds = kind if len(names) == 1 else f"{kind}s"
    return (
        f"{len(names):,} new {kinds}: {some(names, NAMED)}."
        if what == "new"
        else f"{len(names):,} {kinds} {what}: {some(names, NAMED)}."
    )
