"""Deliveries that a run does not let in, rows of others that it refuses, and what stands in for them.

What belongs here: a delivery (one file as received) that is held back, the rows refused by a check, and applying both
to the files of a run. What does not: deciding either (`run/gate.py`), or the files' rows (`intake.py`).
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl

from pipelines.files import write_atomically
from pipelines.sources.arrival import snapshot as snapshots
from pipelines.sources.contract import Snapshot

ABSENT = "absent_since_"
UNREADABLE = "file_can_be_read"
"""The rule that a file breaks which its parser refuses whole."""
FEW_FAULTY = "few_rows_are_faulty"
"""The rule that a file breaks of which too many rows are refused one by one, by its parser and by checks together."""

HELD_BACK: dict[str, pl.DataType] = {
    "path": pl.String(),
    "resource": pl.String(),
    "indicators": pl.String(),
    "rule": pl.String(),
    "reason": pl.String(),
    "rows_broken": pl.Int64(),
    "rows_in_file": pl.Int64(),
    "examples": pl.String(),
    "held_back_since": pl.Datetime("us"),
    "held_back_sha256": pl.String(),
    "stand_in_sha256": pl.String(),
    "stand_in_retrieved_at": pl.Datetime("us"),
}
"""One row per delivery held back: `stand_in_*` null where nothing stands in, `held_back_sha256` where no file came."""


@dataclass(frozen=True)
class HeldBack:
    """One delivery that is held back: which rule it breaks, in how many of its rows, and since when.

    `sha256` is empty where a file that the last release was made from did not come. `stand_in` is the last good
    delivery of the path, None where there is none.
    """

    path: str
    resource: str
    sha256: str
    rule: str
    reason: str
    since: datetime
    rows_broken: int | None = None
    rows_in_file: int | None = None
    examples: str = "[]"
    indicators: tuple[str, ...] = ()
    stand_in: Snapshot | None = None

    @property
    def key(self) -> str:
        """What names it among the deliveries of its path: its hash, else the delivery that came no more."""
        return self.sha256 or absence_of(self.stand_in.sha256 if self.stand_in else "")

    @property
    def row(self) -> dict[str, object]:
        """The columns of HELD_BACK."""
        return {
            "path": self.path,
            "resource": self.resource,
            "indicators": ";".join(self.indicators) or None,
            "rule": self.rule,
            "reason": self.reason,
            "rows_broken": self.rows_broken,
            "rows_in_file": self.rows_in_file,
            "examples": self.examples,
            "held_back_since": _plain(self.since),
            "held_back_sha256": self.sha256 or None,
            "stand_in_sha256": self.stand_in.sha256 if self.stand_in else None,
            "stand_in_retrieved_at": self.stand_in.retrieved_at.replace(tzinfo=None) if self.stand_in else None,
        }


@dataclass(frozen=True)
class Acceptance:
    """Who let a held-back delivery in, why, and when."""

    by: str
    because: str
    at: datetime


@dataclass(frozen=True)
class Accepted:
    """One delivery that would be held back, had nobody let it in: which rule it breaks, and who let it in.

    `sha256` is empty where a file that no longer comes was let go.
    """

    path: str
    sha256: str
    rule: str
    acceptance: Acceptance


ACCEPTED: dict[str, pl.DataType] = {
    "path": pl.String(),
    "accepted_sha256": pl.String(),
    "rule": pl.String(),
    "accepted_by": pl.String(),
    "accepted_reason": pl.String(),
    "accepted_at": pl.Datetime("us"),
}
"""One row per delivery that breaks a rule and was let in by a person."""


@dataclass(frozen=True)
class RefusedRow:
    """One row of a delivery that a check refuses: the file's hash, its line, and the rule it breaks, in words."""

    sha256: str
    line: int
    reason: str


@dataclass(frozen=True)
class Gate:
    """What a run lets in: everything but the deliveries held back and the rows refused."""

    held: tuple[HeldBack, ...] = ()
    refused: tuple[RefusedRow, ...] = ()
    accepted: tuple[Accepted, ...] = ()
    settled: frozenset[str] = frozenset()
    """Deliveries about which findings stop nothing any more: let in by a person, or held back with nothing to stand in.
    """

    def let_in(self, taken: pl.DataFrame, resources: Iterable[str]) -> pl.DataFrame:
        """The snapshots of these resources that are read: held ones left out, their stand-ins in their place.

        `taken` has the columns of the snapshot table.
        """
        names = set(resources)
        held = {(one.path, one.sha256) for one in self.held}
        kept = taken.filter(
            ~pl.struct("path", "sha256").map_elements(
                lambda row: (row["path"], row["sha256"]) in held, return_dtype=pl.Boolean
            )
        )
        stand_ins = {one.path: one for one in self.held if one.resource in names and one.stand_in is not None}
        rows = [_as_row(one, taken.columns) for one in stand_ins.values()]
        return pl.concat([kept, pl.DataFrame(rows, schema=taken.schema)]) if rows else kept

    def refused_lines(self) -> pl.DataFrame:
        """`snapshot_sha256, source_line, reason` of every refused row."""
        rows = [(one.sha256, one.line, one.reason) for one in self.refused]
        schema = {"snapshot_sha256": pl.String(), "source_line": pl.Int64(), "reason": pl.String()}
        return pl.DataFrame(rows, schema=schema, orient="row").unique(("snapshot_sha256", "source_line"), keep="first")

    def version(self, taken: pl.DataFrame, resources: Iterable[str]) -> str:
        """What of this gate decides a table of these resources; empty where it touches none of them."""
        names, hashes = set(resources), set(taken["sha256"])
        touched = [
            *(
                (one.path, one.sha256, one.stand_in.sha256 if one.stand_in else "")
                for one in self.held
                if one.resource in names
            ),
            *((one.sha256, str(one.line), one.reason) for one in self.refused if one.sha256 in hashes),
        ]
        return json.dumps(sorted(touched)) if touched else ""

    @property
    def accepted_frame(self) -> pl.DataFrame:
        """`meta.accepted_delivery`."""
        rows = [
            (one.path, one.sha256, one.rule, one.acceptance.by, one.acceptance.because, _plain(one.acceptance.at))
            for one in self.accepted
        ]
        return pl.DataFrame(rows, schema=ACCEPTED, orient="row").sort("path")

    @property
    def frame(self) -> pl.DataFrame:
        """`meta.held_back`."""
        return pl.DataFrame([one.row for one in self.held], schema=HELD_BACK).sort("path")


def _plain(when: datetime) -> datetime:
    return when.astimezone(UTC).replace(tzinfo=None)


def _as_row(one: HeldBack, columns: Iterable[str]) -> dict[str, object]:
    assert one.stand_in is not None  # noqa: S101 - asked for by the caller
    kept = replace(
        one.stand_in, resource=one.resource, is_stale=True, note=f"Held back: {one.rule}. This one stands in."
    )
    fields = {**asdict(kept), "retrieved_at": kept.retrieved_at.replace(tzinfo=None)}
    return {name: fields[name] for name in columns}


def delivery(root: Path, origin: str, path: str, sha256: str) -> Snapshot | None:
    """The snapshot of a path with this hash, None where its bytes are not kept."""
    found = (kept for kept in snapshots.history(root, origin, path) if kept.sha256 == sha256)
    return next((kept for kept in found if snapshots.has_bytes(root, kept)), None)


def origin_of(root: Path, path: str, key: str) -> str | None:
    """The origin of a delivery that is marked as held back, None where none is."""
    origins = (snapshots.PUBLISHER, snapshots.MODELLED)
    return next((one for one in origins if _mark(root, one, path, key, snapshots.HELD).is_file()), None)


def absence_of(sha256: str) -> str:
    """The key of a file that did not come, by the delivery of it that came last."""
    return f"{ABSENT}{sha256[:12]}"


def held_since(root: Path, origin: str, one: HeldBack) -> datetime:
    """The day on which this delivery was first held back; `one.since` where that is now."""
    said = _read(_mark(root, origin, one.path, one.key, snapshots.HELD))
    return datetime.fromisoformat(said["since"]) if "since" in said else one.since


def mark(root: Path, origin: str, one: HeldBack) -> None:
    """Note beside its bytes that a delivery is held back, so that it never becomes the last good one of its path."""
    said = {"since": one.since.isoformat(), "rule": one.rule, "reason": one.reason}
    write_atomically(_mark(root, origin, one.path, one.key, snapshots.HELD), json.dumps(said, indent=2).encode())


def accept(root: Path, origin: str, path: str, key: str, said: Acceptance) -> None:
    """Let a delivery in from the next run on, whatever rule it breaks; who said so stands beside its bytes."""
    file = _mark(root, origin, path, key, snapshots.ACCEPTED)
    write_atomically(file, json.dumps(asdict(said) | {"at": said.at.isoformat()}, indent=2).encode())


def acceptance(root: Path, origin: str, path: str, key: str) -> Acceptance | None:
    """Who let a delivery in, None where nobody did."""
    said = _read(_mark(root, origin, path, key, snapshots.ACCEPTED))
    try:
        return Acceptance(said["by"], said["because"], datetime.fromisoformat(said["at"]))
    except (KeyError, TypeError, ValueError):
        return None


def _mark(root: Path, origin: str, path: str, key: str, kind: str) -> Path:
    """Beside the newest snapshot of these bytes; in the folder of the path where there are none."""
    kept = next((one for one in reversed(snapshots.history(root, origin, path)) if one.sha256 == key), None)
    if kept is None:
        return root / origin / path / f"{key or ABSENT}{kind}"
    file = snapshots.file_of(root, kept)
    return file.with_name(f"{file.name}{kind}")


def _read(file: Path) -> dict[str, Any]:
    try:
        said = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return said if isinstance(said, dict) else {}
