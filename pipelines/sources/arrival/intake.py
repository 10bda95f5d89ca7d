"""From snapshots to one staging table: parse every file, remove duplicates once, and count every row.

What belongs here: what is the same for all sources. What does not: any publisher's layout. Nothing is silently
dropped: for every file, rows in = rows out + rejected + deduplicated.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl

from pipelines.notes import Kind, Note
from pipelines.sources.arrival import snapshot as snapshots
from pipelines.sources.arrival.doubles import FILE, FRESHNESS, deduplicate
from pipelines.sources.contract import (
    MOST_FAULTY,
    OBSERVATION_CONTENT,
    REJECTED,
    ContractBroken,
    DeliveryFault,
    Parsed,
    Resource,
    Snapshot,
    delivery_fault,
    empty_rejected,
    is_few,
)

INDEX = "index.csv"
"""What a folder of files says of each of them."""
PROVENANCE = ("source", "snapshot_sha256", "source_line")
MODELLED_CODE = r"^X[0-9]{8}$"
"""Area codes of modelled files: no register has a code that begins with X."""
SNAPSHOT: dict[str, pl.DataType] = {
    "resource": pl.String(),
    "path": pl.String(),
    "url": pl.String(),
    "sha256": pl.String(),
    "bytes": pl.Int64(),
    "retrieved_at": pl.Datetime("us"),
    "publisher": pl.String(),
    "licence": pl.String(),
    "is_modelled": pl.Boolean(),
    "origin": pl.String(),
    "note": pl.String(),
    "is_stale": pl.Boolean(),
    "is_carried_over": pl.Boolean(),
    "number": pl.Int64(),
}
COUNTS: dict[str, pl.DataType] = {
    "table_name": pl.String(),
    "path": pl.String(),
    "snapshot_sha256": pl.String(),
    "rows_in": pl.Int64(),
    "rows_out": pl.Int64(),
    "rejected": pl.Int64(),
    "faulty": pl.Int64(),
    "deduplicated": pl.Int64(),
    "suppressed": pl.Int64(),
}


@dataclass(frozen=True)
class Staged:
    """A staging table: its rows, what was refused, one count per file, and notes for people."""

    rows: pl.DataFrame
    rejected: pl.DataFrame
    counts: list[dict[str, str | int]] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    faults: list[DeliveryFault] = field(default_factory=list)


def snapshot_frame(taken: Iterable[Snapshot]) -> pl.DataFrame:
    """Snapshots as a table, one row each, times in UTC without a zone (DuckDB 1.2 needs pytz for zones)."""
    rows = [{name: getattr(s, name) for name in SNAPSHOT} for s in taken]
    for row in rows:
        row["retrieved_at"] = row["retrieved_at"].replace(tzinfo=None)
    return pl.DataFrame(rows, schema=SNAPSHOT)


def stage(
    resources: Sequence[Resource], taken: pl.DataFrame, *, root: Path, refused: pl.DataFrame | None = None
) -> Staged:
    """Read all snapshots of one staging table.

    `resources` share a table, a schema and a key; `taken` has the SNAPSHOT columns; `refused` names rows that a check
    refuses (`snapshot_sha256, source_line, reason`). A file that cannot be used as a whole, has too many faulty rows,
    or contradicts itself or an equal, is a fault, and gives no row. Where a publisher could not be asked, rows of its
    last good snapshot give way to those that fresher files have for the same keys, and are counted (`doubles.py`).
    """
    by_name = {resource.name: resource for resource in resources}
    schema, key = resources[0].schema, resources[0].key
    table = resources[0].table
    nothing = pl.DataFrame(schema={**schema, FILE: pl.String(), FRESHNESS: pl.Date()})
    rows, rejected = [nothing], {"": empty_rejected()}
    counts: list[dict[str, str | int]] = []
    notes: list[Note] = []
    faults: list[DeliveryFault] = []
    for fields in taken.sort("path").iter_rows(named=True):
        kept = _as_snapshot(fields)
        try:
            parsed = _without_refused(by_name[kept.resource].parser(snapshots.read(root, kept), kept), refused)
            typed = parsed.rows.select([pl.col(name).cast(dtype) for name, dtype in schema.items()])
            refuse_undeclared(typed, kept)
        except ContractBroken as error:
            faults.append(delivery_fault(kept.path, kept.resource, error, sha256=kept.sha256))
            continue
        faulty = parsed.rejected.filter("is_faulty").height
        if not is_few(faulty, parsed.rows_in):
            many = _many_are_faulty(parsed, kept)
            faults.append(delivery_fault(kept.path, kept.resource, many, sha256=kept.sha256, rows_faulty=faulty))
            continue
        rows.append(typed.with_columns(pl.lit(kept.path).alias(FILE), pl.lit(_freshness(kept)).alias(FRESHNESS)))
        rejected[kept.path] = parsed.rejected.select([pl.col(name).cast(dtype) for name, dtype in REJECTED.items()])
        notes += [replace(note, path=kept.path) for note in parsed.notes]
        counts.append(
            {
                "table_name": table,
                "path": kept.path,
                "snapshot_sha256": kept.sha256,
                "rows_in": parsed.rows_in,
                "rejected": parsed.rejected.height,
            }
        )
        # A note of its own names the indicators that the catalogue lacks, over all files.
        if parsed.rejected.height > sum(n.count for n in parsed.notes if n.kind is Kind.UNKNOWN_INDICATOR):
            notes.append(_why_rejected(kept.path, parsed.rejected))
    everything = pl.concat(rows)
    found = deduplicate(everything, key=key, content=_content(resources[0]), where=table)
    for path, contradiction in found.contradictions.items():
        (taken_from,) = taken.filter(pl.col("path") == path).select("resource", "sha256").rows()
        faults.append(delivery_fault(path, taken_from[0], contradiction, sha256=taken_from[1]))
        del rejected[path]
    counts = [count for count in counts if count["path"] not in found.contradictions]
    for count in counts:
        path, mine = str(count["path"]), pl.col(FILE) == count["path"]
        out, contradicting = found.rows.filter(mine), found.refused.filter(mine).drop(FILE)
        if contradicting.height:
            rejected[path] = pl.concat([rejected[path], contradicting])
            notes.append(_why_rejected(path, contradicting))
        count["rows_out"] = out.height
        count["rejected"] = rejected[path].height
        count["faulty"] = rejected[path].filter("is_faulty").height
        count["deduplicated"] = everything.filter(mine).height - out.height - contradicting.height
        withheld = pl.col("note_code").str.starts_with("suppressed")
        count["suppressed"] = out.filter(withheld).height if "note_code" in out.columns else 0
    notes += found.notes
    all_rejected = pl.concat(rejected.values())
    return Staged(found.rows.drop(FILE, FRESHNESS), all_rejected, counts, notes, faults)


def _without_refused(parsed: Parsed, refused: pl.DataFrame | None) -> Parsed:
    """What was parsed, with the rows that a check refuses among the rejected."""
    if refused is None or refused.is_empty():
        return parsed
    place = ["snapshot_sha256", "source_line"]
    out = parsed.rows.join(refused, on=place, how="inner")
    if out.is_empty():
        return parsed
    content = pl.struct(pl.all().exclude("reason", *PROVENANCE)).struct.json_encode()
    rejected = out.select("source", *place, "reason", pl.lit(value=True).alias("is_faulty"), content.alias("row_text"))
    both = pl.concat(
        [parsed.rejected.select(list(REJECTED)), rejected.select(pl.col(n).cast(k) for n, k in REJECTED.items())]
    )
    return replace(parsed, rows=parsed.rows.join(refused, on=place, how="anti"), rejected=both)


def refuse_undeclared(rows: pl.DataFrame, kept: Snapshot) -> None:
    """Raise ContractBroken for modelled areas in a file that is said to be the publisher's."""
    codes = [name for name, dtype in rows.schema.items() if name.endswith("_code") and dtype == pl.String]
    if kept.is_modelled or not codes:
        return
    modelled = rows.filter(pl.any_horizontal(pl.col(codes).str.contains(MODELLED_CODE).fill_null(value=False)))
    if modelled.height:
        raise ContractBroken(
            f"The file holds modelled areas (codes that begin with X) but its folder's {INDEX} does not say so.",
            where=kept.path,
            expected="areas of a register, or is_modelled true",
            found=", ".join(code for code in modelled.select(codes).row(0) if code and code.startswith("X")),
            do=f"Use --from sample, or keep {INDEX} beside the files.",
        )


def _freshness(kept: Snapshot) -> date:
    """Today, so to say, for what was asked for now; else the day the snapshot was taken."""
    return kept.retrieved_at.date() if kept.is_stale or kept.is_carried_over else date.max


def _as_snapshot(fields: dict[str, object]) -> Snapshot:
    retrieved_at = fields["retrieved_at"]
    if not isinstance(retrieved_at, datetime):
        raise TypeError("A snapshot's retrieved_at is a datetime.")
    return Snapshot(**{**fields, "retrieved_at": retrieved_at.replace(tzinfo=UTC)})  # type: ignore[arg-type]


def _content(resource: Resource) -> tuple[str, ...]:
    """What duplicates must agree on: an observation's figures; all of a reference row but where it came from."""
    if resource.is_observation:
        return OBSERVATION_CONTENT
    return tuple(name for name in resource.schema if name not in (*resource.key, *PROVENANCE))


def _many_are_faulty(parsed: Parsed, kept: Snapshot) -> ContractBroken:
    faulty = parsed.rejected.filter("is_faulty")
    return ContractBroken(
        "Too many of the file's rows cannot be right.",
        where=kept.path,
        expected=f"at most {MOST_FAULTY:.0%} of its rows",
        found=f"{faulty.height:,} of {parsed.rows_in:,}: "
        + "; ".join(f"{count:,} x {reason}" for count, reason in _counted(faulty)),
        do="see its first faulty rows; ask the publisher for a right file, or fetch it again.",
    )


def _why_rejected(path: str, rejected: pl.DataFrame) -> Note:
    return Note(Kind.ROWS_REJECTED, path=path, count=rejected.height, counted=tuple(_counted(rejected)))


def _counted(rejected: pl.DataFrame) -> list[tuple[int, str]]:
    """How many rows each reason rejects, most first."""
    reasons = rejected.group_by("reason").len().sort(["len", "reason"], descending=[True, False])
    return [(count, reason) for reason, count in reasons.iter_rows()]
