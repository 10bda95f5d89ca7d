"""The health of every source in a run: shapes kept beside the tables, and each file held against its earlier snapshots.

What belongs here: keeping shapes on disk, so that no file is parsed twice for them, and finding what came before. What
does not: what a shape is or how a state is judged (`source_health/shape.py`, pure). The snapshots are the memory: the
folder of shapes may be deleted and is made again from them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl

from pipelines.files import write_atomically
from pipelines.notes import Kind, Note
from pipelines.source_health import shape as sentinel
from pipelines.source_health.shape import HEALTH, Change, Known, Shape
from pipelines.sources.arrival import snapshot as snapshots
from pipelines.sources.contract import ContractBroken, Parsed, Resource, Snapshot


@dataclass(frozen=True)
class Fingerprint:
    """A file's shape, and how many figures changed since an earlier snapshot, by the hash of that one."""

    shape: Shape
    figures_changed: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Health:
    """One row per file with the columns of HEALTH, and what the run must note (at most one note)."""

    frame: pl.DataFrame
    notes: list[Note]


class Fingerprints:
    """Fingerprints as small JSON files, `<folder>/<resource>/<sha256>.json`, made from the bytes where there is none.

    `code_version` names the parsers and the catalogue: a fingerprint of other code is made anew, so that a change of
    ours is never taken for the publisher's.
    """

    def __init__(self, folder: Path, *, root: Path, code_version: str) -> None:
        self.folder, self.root, self.code_version = folder, root, code_version

    def shape(self, resource: Resource, kept: Snapshot) -> Shape | None:
        """The shape of a snapshot; None where its bytes are gone or the parser refuses them."""
        known = self._load(resource, kept)
        if known is None:
            content = self._bytes(kept)
            parsed = self._parse(resource, kept, content)
            if parsed is None:
                return None
            columns = sentinel.columns_received(content, kept.path)
            known = Fingerprint(sentinel.shape(parsed, columns=columns))
            self._save(resource, kept, known)
        return known.shape

    def figures_changed(self, resource: Resource, before: Snapshot, after: Snapshot) -> int:
        """How many figures that both snapshots hold differ. Both must have a shape."""
        known = self._load(resource, after)
        if known and before.sha256 in known.figures_changed:
            return known.figures_changed[before.sha256]
        sides = [self._parse(resource, kept, self._bytes(kept)) for kept in (before, after)]
        if sides[0] is None or sides[1] is None or known is None:
            return 0
        count = sentinel.figures_changed(sides[0].rows, sides[1].rows, resource)
        self._save(resource, after, Fingerprint(known.shape, known.figures_changed | {before.sha256: count}))
        return count

    def _bytes(self, kept: Snapshot) -> bytes:
        try:
            return snapshots.read(self.root, kept)
        except ContractBroken:
            return b""

    def _parse(self, resource: Resource, kept: Snapshot, content: bytes) -> Parsed | None:
        try:
            return resource.parser(content, kept) if content else None
        except ContractBroken:
            return None

    def _file(self, resource: Resource, kept: Snapshot) -> Path:
        return self.folder / resource.name / f"{kept.sha256}.json"

    def _load(self, resource: Resource, kept: Snapshot) -> Fingerprint | None:
        file = self._file(resource, kept)
        try:
            said = json.loads(file.read_text(encoding="utf-8"))
            if said["code_version"] != self.code_version:
                return None
            of_shape: dict[str, Any] = {
                name: tuple(value) if isinstance(value, list) else value for name, value in said["shape"].items()
            }
            return Fingerprint(Shape(**of_shape), said["figures_changed"])
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def _save(self, resource: Resource, kept: Snapshot, made: Fingerprint) -> None:
        said = {"code_version": self.code_version, **asdict(made)}
        write_atomically(self._file(resource, kept), json.dumps(said, ensure_ascii=False).encode())


def source_health(
    resources: Sequence[Resource],
    taken: pl.DataFrame,
    *,
    fingerprints: Fingerprints,
    origin: str,
    states: Mapping[str, str],
    cadences: Mapping[str, str],
    silent: Mapping[str, str],
    now: datetime,
) -> Health:
    """The state of every file of a run, and of every known file that it lacks.

    `taken` has the columns of the snapshot table; `states` and `cadences` are the catalogue's, by indicator; `silent`
    names the host that did not answer, by the path of each file that is stale for that; `now` is UTC without a zone. A
    file that several resources might serve under changing names is followed by its resource.
    """
    rows: list[dict[str, object]] = []
    lost: list[tuple[str, str]] = []
    files = taken.sort("path").rows(named=True)
    hashes = {fields["sha256"] for fields in files}
    for resource in sorted(resources, key=lambda resource: resource.name):
        mine = [_snapshot(fields) for fields in files if fields["resource"] == resource.name]
        for kept in mine:
            row, lost_something = _health_of(
                resource, kept, fingerprints=fingerprints, states=states, cadences=cadences, now=now
            )
            rows.append(row)
            lost += [(kept.path, str(row["reason"]))] if lost_something else []
        for row in _missing(resource, mine, hashes, root=fingerprints.root, origin=origin, now=now):
            rows.append(row)
            lost += [(str(row["path"]), str(row["reason"]))] if row.get("retrieved_at") else []
    for row in rows:
        row["silent_host"] = silent.get(str(row["path"])) if row["state"] == "stale" else None
    frame = pl.DataFrame([{name: row.get(name) for name in HEALTH} for row in rows], schema=HEALTH)
    notes = [Note(Kind.FILES_LOST_SOMETHING, pairs=tuple(lost))] if lost else []
    return Health(frame.sort("resource", "path"), notes)


def _health_of(
    resource: Resource,
    kept: Snapshot,
    *,
    fingerprints: Fingerprints,
    states: Mapping[str, str],
    cadences: Mapping[str, str],
    now: datetime,
) -> tuple[dict[str, object], bool]:
    """The row of one file, and whether it lost something."""
    earlier = list(_earlier(resource, kept, fingerprints.root))
    after = fingerprints.shape(resource, kept)
    older = (old for old in reversed(earlier) if old.sha256 != kept.sha256)
    before, old_shape = next(
        ((old, shape) for old in older if (shape := fingerprints.shape(resource, old))), (None, None)
    )
    change: Change | None = None
    figures = 0
    if after and before and old_shape:
        change = sentinel.compare(old_shape, after)
        figures = fingerprints.figures_changed(resource, before, kept)
    since = kept.retrieved_at
    for old in reversed(earlier):
        if old.sha256 != kept.sha256:
            break
        since = old.retrieved_at
    indicators = after.indicators if after else ()
    cadence = sentinel.cadence_of(resource, indicators, cadences)
    state, reason = sentinel.judge(
        Known(
            now=now,
            last_changed_at=_plain(since),
            cadence=cadence,
            indicator_states=frozenset(states[slug] for slug in indicators if slug in states),
            stale_note=kept.note if kept.is_stale else None,
            change=change,
            figures_changed=figures,
            figure="figure" if resource.is_observation else "row",
            is_modelled=kept.origin == snapshots.MODELLED,
            returned_from=_returned_from(fingerprints.root, kept),
        )
    )
    row: dict[str, object] = {
        "resource": resource.name,
        "path": kept.path,
        "state": state,
        "reason": reason,
        "publisher": kept.publisher,
        "cadence": cadence,
        "last_changed_at": _plain(since),
        "retrieved_at": _plain(kept.retrieved_at),
        "rows": after.rows if after else None,
        "rows_before": old_shape.rows if change and old_shape else None,
        **sentinel.counts(change),
        "is_modelled": kept.is_modelled,
    }
    return row, state == "changed_shape" and change is not None and change.lost


def _returned_from(root: Path, kept: Snapshot) -> datetime | None:
    """When the bytes of a file came before, where others came in between."""
    then = snapshots.returned_from(root, kept)
    return _plain(then.retrieved_at) if then else None


def _earlier(resource: Resource, kept: Snapshot, root: Path) -> Iterator[Snapshot]:
    """Snapshots of the same file up to this one, oldest first. A resource of one file is followed across names."""
    paths = [kept.path] if resource.many else sorted({kept.path, *snapshots.paths(root, kept.origin, resource.path)})
    found = [old for path in paths for old in snapshots.history(root, kept.origin, path)]
    yield from sorted((old for old in found if old.retrieved_at <= kept.retrieved_at), key=lambda old: old.retrieved_at)


def _missing(
    resource: Resource, mine: Sequence[Snapshot], hashes: set[str], *, root: Path, origin: str, now: datetime
) -> Iterator[dict[str, object]]:
    """Rows for what this input lacks: files that an earlier input had, or a whole resource."""
    if mine and not resource.many:
        return
    here = {kept.path for kept in mine}
    seen = [
        last
        for path in snapshots.paths(root, origin, resource.path)
        if path not in here
        and (old := [kept for kept in snapshots.history(root, origin, path) if _plain(kept.retrieved_at) <= now])
        # The same bytes under another name are read once, so they are not missing.
        and (last := old[-1]).sha256 not in hashes
    ]
    if not resource.many:
        seen = sorted(seen, key=lambda kept: kept.retrieved_at)[-1:]
    for last in seen:
        yield {
            "resource": resource.name,
            "path": last.path,
            "state": "missing",
            "reason": f"Not in this input; last seen new on {last.retrieved_at:%Y-%m-%d}.",
            "publisher": last.publisher,
            "cadence": resource.cadence,
            "last_changed_at": _plain(last.retrieved_at),
            "retrieved_at": _plain(last.retrieved_at),
            "is_modelled": last.is_modelled,
        }
    if not mine and not seen:
        yield {
            "resource": resource.name,
            "path": resource.path,
            "state": "missing",
            "reason": f"Not in this input, and in none before it. {resource.description} See {resource.url}",
            "publisher": resource.publisher,
            "cadence": resource.cadence,
        }


def _snapshot(fields: Mapping[str, object]) -> Snapshot:
    known = {name: value for name, value in fields.items() if name in Snapshot.__dataclass_fields__}
    retrieved_at = fields["retrieved_at"]
    assert isinstance(retrieved_at, datetime), "a snapshot's retrieved_at is a datetime"  # noqa: S101
    return Snapshot(**{**known, "retrieved_at": retrieved_at.replace(tzinfo=UTC)})  # type: ignore[arg-type]


def _plain(when: datetime) -> datetime:
    return when.astimezone(UTC).replace(tzinfo=None)
