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

from pipelines.notes import MOST_REASONS, Kind, Note
from pipelines.sources.arrival import snapshot as snapshots
from pipelines.sources.contract import (
    OBSERVATION_CONTENT,
    REJECTED,
    ContractBroken,
    DeliveryFault,
    Parsed,
    Resource,
    Snapshot,
    delivery_fault,
    empty_rejected,
)

INDEX = "index.csv"
"""What a folder of files says of each of them."""
PROVENANCE = ("source", "snapshot_sha256", "source_line")
FILE = "file read"
"""Names each row's file while rows are counted, since two files may hold the same bytes; never in a result."""
FRESHNESS = "freshness"
"""Names the day on which each row was last known to be what its publisher serves; never in a result."""
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
}
COUNTS: dict[str, pl.DataType] = {
    "table_name": pl.String(),
    "path": pl.String(),
    "snapshot_sha256": pl.String(),
    "rows_in": pl.Int64(),
    "rows_out": pl.Int64(),
    "rejected": pl.Int64(),
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
    refuses (`snapshot_sha256, source_line, reason`). A file that cannot be used as a whole is a fault, and gives no
    row. Raises ContractBroken when two rows of one key contradict each other. Where a publisher could not be asked,
    rows of its last good snapshot give way to those that fresher files have for the same keys, and are counted.
    """
    by_name = {resource.name: resource for resource in resources}
    schema, key = resources[0].schema, resources[0].key
    table = resources[0].table
    nothing = pl.DataFrame(schema={**schema, FILE: pl.String(), FRESHNESS: pl.Date()})
    rows, rejected = [nothing], [empty_rejected()]
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
        rows.append(typed.with_columns(pl.lit(kept.path).alias(FILE), pl.lit(_freshness(kept)).alias(FRESHNESS)))
        rejected.append(parsed.rejected.select([pl.col(name).cast(dtype) for name, dtype in REJECTED.items()]))
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
        if parsed.rejected.height:
            notes.append(_why_rejected(kept.path, parsed.rejected))
    everything = pl.concat(rows)
    freshest = pl.col(FRESHNESS) == pl.col(FRESHNESS).max().over(key)
    current = everything.filter(freshest) if everything[FRESHNESS].n_unique() > 1 else everything
    unique = deduplicate(current, key=key, content=_content(resources[0]), where=table)
    for count in counts:
        mine = pl.col(FILE) == count["path"]
        count["rows_out"] = unique.filter(mine).height
        count["deduplicated"] = everything.filter(mine).height - unique.filter(mine).height
        count["suppressed"] = (
            unique.filter(mine & pl.col("note_code").str.starts_with("suppressed")).height
            if "note_code" in unique.columns
            else 0
        )
    return Staged(unique.drop(FILE, FRESHNESS), pl.concat(rejected), counts, notes, faults)


def _without_refused(parsed: Parsed, refused: pl.DataFrame | None) -> Parsed:
    """What was parsed, with the rows that a check refuses among the rejected."""
    if refused is None or refused.is_empty():
        return parsed
    place = ["snapshot_sha256", "source_line"]
    out = parsed.rows.join(refused, on=place, how="inner")
    if out.is_empty():
        return parsed
    content = pl.struct(pl.all().exclude("reason", *PROVENANCE)).struct.json_encode()
    rejected = out.select("source", *place, "reason", content.alias("row_text"))
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


def _why_rejected(path: str, rejected: pl.DataFrame) -> Note:
    reasons = rejected.group_by("reason").len().sort(["len", "reason"], descending=[True, False])
    counted = tuple((count, reason) for reason, count in reasons.head(MOST_REASONS).iter_rows())
    return Note(Kind.ROWS_REJECTED, path=path, count=rejected.height, counted=counted)


def deduplicate(rows: pl.DataFrame, *, key: Sequence[str], content: Sequence[str], where: str) -> pl.DataFrame:
    """Keep the first row of each key; the others must say the same.

    First is by snapshot and line, then by place in `rows`, so the answer does not depend on the names of files. `rows`
    has the FILE column beside its own. Raises ContractBroken, with up to five examples, when rows of one key differ in
    a content column: a contradiction is never a pick.
    """
    ordered = rows.sort("snapshot_sha256", "source_line", maintain_order=True)
    doubled = ordered.filter(pl.struct(key).is_duplicated())
    if doubled.height and content:
        torn = (
            doubled.group_by(key, maintain_order=True)
            .agg(
                pl.struct(content).n_unique().alias("versions"),
                pl.format("{} line {}", FILE, pl.col("source_line").cast(pl.String).fill_null("?")).alias("places"),
                *_spread(content),
            )
            .filter(pl.col("versions") > 1)
        )
        if torn.height:
            examples = [
                f"{', '.join(str(row[name]) for name in key)} ({', '.join(row['places'])}): "
                + "; ".join(f"{name} {row[name]}" for name in content if len(row[name]) > 1)
                for row in torn.head(5).iter_rows(named=True)
            ]
            raise ContractBroken(
                f"{torn.height:,} keys appear with contradicting figures.",
                where=f"staging.{where}",
                expected="rows of one key that agree, so that one of them can be dropped",
                found="\n            ".join(examples),
                do="Ask the publisher which is right, and remove the other file or row from the input.",
            )
    return ordered.unique(subset=list(key), keep="first", maintain_order=True)


def _spread(content: Sequence[str]) -> list[pl.Expr]:
    return [pl.col(name).unique(maintain_order=True) for name in content]
