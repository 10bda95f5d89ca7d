"""Whether everything we keep is still what it was: snapshots, tables, releases and the change log, all checked again.

What belongs here: finding damage, naming it with what mends it, and putting what is damaged where nothing uses it.
What does not: rebuilding (the next run does), or any judgement of figures (`quality`). Nothing is ever deleted but
records of tables and of findings, which the next run makes again: a damaged snapshot or release is moved aside.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from pipelines.changes import log_folder
from pipelines.files import sha256_of
from pipelines.release import checksums, folder, publish
from pipelines.release.folder import file_of, linked, listed, text_of
from pipelines.sources.arrival import snapshot
from pipelines.tables.store import Store, content_hash

ASIDE = "damaged"
"""The folder, among what is whole, that damaged snapshots and releases are moved to."""
SNAPSHOT, TABLE, RELEASE, LOG = "snapshot", "table", "release", "log file"


@dataclass(frozen=True)
class Damage:
    """One thing that is not what it was. `files` are those to move out of the way, `do` what repairs it."""

    kind: str
    name: str
    found: str
    do: str
    files: tuple[Path, ...] = ()


@dataclass(frozen=True)
class Verified:
    """How many things of each kind were checked, and what is damaged."""

    looked_at: dict[str, int]
    damages: list[Damage]


Looked = Iterator[tuple[str, Damage | None]]
"""The name of a thing, and its damage; a thing may have several."""


def verify(*, snapshots: Path, tables: Path, warehouse: Path) -> Verified:
    """Hash everything again. Writes nothing."""
    store = Store(tables)
    looked = {
        SNAPSHOT: list(_snapshots(snapshots)),
        TABLE: [*_tables(store), *_findings(store)],
        RELEASE: list(_releases(warehouse, snapshots)),
        LOG: list(_change_log(warehouse)),
    }
    return Verified(
        {kind: len({name for name, _ in found}) for kind, found in looked.items()},
        [damage for found in looked.values() for _, damage in found if damage] + list(_links(warehouse)),
    )


def repair(found: Verified, *, snapshots: Path, warehouse: Path) -> int:
    """Move damaged files out of the way of the next run. Returns how many things had any."""
    places = {SNAPSHOT: snapshots, RELEASE: folder.releases_folder(warehouse)}
    for damage in found.damages:
        for file in damage.files:
            if damage.kind == TABLE:
                file.unlink(missing_ok=True)
            elif file.exists():
                aside = places[damage.kind] / ASIDE / file.relative_to(places[damage.kind])
                aside.parent.mkdir(parents=True, exist_ok=True)
                file.replace(aside)
    return len({(damage.kind, damage.name) for damage in found.damages if damage.files})


def _snapshots(root: Path) -> Looked:
    do = "`inequality verify --repair` moves it aside; the next run that reaches its source fetches it again."
    for sidecar in snapshot.sidecars(root):
        file = sidecar.with_suffix("")
        name, fault = file.relative_to(root).as_posix(), snapshot.fault_of(sidecar)
        yield name, Damage(SNAPSHOT, name, fault, do, (file, sidecar)) if fault else None


def _tables(store: Store) -> Looked:
    """Every recorded table: one without a record was never built whole, and the next run builds it."""
    do = "`inequality verify --repair` drops its record; the next run rebuilds it."
    for beside in sorted(store.root.glob("*/[!.]*.json")):
        if beside.parent.name != "checks":
            name = f"{beside.parent.name}.{beside.stem}"
            fault = _of_table(store, name)
            yield name, Damage(TABLE, name, fault, do, (beside,)) if fault else None


def _of_table(store: Store, name: str) -> str | None:
    try:
        record = store.read_record(name)
    except (ValueError, TypeError, OSError):
        return "its record (.json) cannot be read"
    if record is None:
        return "its rows are gone; only the record is left"
    if record.file_sha256 and (now := sha256_of(store.path(name))) != record.file_sha256:
        return f"sha256 is {now[:12]}, was {record.file_sha256[:12]} when it was built"
    try:
        frame = pl.read_parquet(store.path(name))
    except BaseException as error:
        # Polars panics over some files, and a panic is not an Exception.
        if isinstance(error, KeyboardInterrupt | SystemExit):
            raise
        return "its Parquet cannot be read"
    same = frame.height == record.rows and content_hash(frame) == record.content_hash
    return None if same else f"{frame.height:,} rows that are not the {record.rows:,} recorded"


def _findings(store: Store) -> Looked:
    """Kept results of checks, as far as they can be read."""
    do = "`inequality verify --repair` drops them; the next run checks again."
    for file in sorted((store.root / "checks").glob("[!.]*.json")):
        name = f"checks/{file.stem}"
        try:
            kept = json.loads(file.read_text(encoding="utf-8"))
            whole = isinstance(kept, dict) and {"version", "findings"} <= kept.keys()
        except (ValueError, OSError):
            whole = False
        yield name, None if whole else Damage(TABLE, name, "the kept findings cannot be read", do, (file,))


def _releases(warehouse: Path, snapshots: Path) -> Looked:
    """Every release: its checksums, whether it opens, its row counts, and the bytes that it was made from."""
    kept = {_path_and_hash(sidecar, snapshots) for sidecar in snapshot.sidecars(snapshots)}
    for release_id in listed(warehouse):
        file = file_of(warehouse, release_id)
        faults = [f"{where.name}: {fault}" for where, fault in checksums.faults(file)]
        lost: list[str] = []
        try:
            rows, inputs = publish.read_back(file)
            faults += [f"{table}: {n:,} rows, {was:,} recorded" for table, (was, n) in rows.items() if n != was]
            lost = sorted(path for path, digest in inputs if (path, digest[:12]) not in kept)
        except folder.ReleaseRefused as error:
            faults.append(f"it cannot be read: {error}")
        is_current = release_id == linked(warehouse)
        yield release_id, _of_release(file, release_id, faults, is_current=is_current) if faults else None
        if lost:
            names = ", ".join(lost)
            do = "put the snapshots back from a backup; a run that receives the same bytes again repairs it too."
            yield release_id, Damage(RELEASE, release_id, f"snapshots it was made from are gone: {names}", do)


def _of_release(file: Path, release_id: str, faults: list[str], *, is_current: bool) -> Damage:
    if is_current:
        # Analysts are never left without a release: this one moves aside once another is current.
        do = "run again on its input, which publishes an intact one in its place; or `inequality rollback` to another."
        return Damage(RELEASE, release_id, "; ".join(faults), do)
    do = "`inequality verify --repair` moves it aside; `inequality run --as-of DAY` builds what was known then."
    tag = file.with_name(f"{release_id}.tag")
    return Damage(
        RELEASE, release_id, "; ".join(faults), do, (file, checksums.sums_of(file), file.with_suffix(""), tag)
    )


def _path_and_hash(sidecar: Path, root: Path) -> tuple[str, str]:
    """The input's path and the first of its hash, as the names of a snapshot's folder and file say."""
    path = Path(*sidecar.relative_to(root).parts[1:-1]).as_posix()
    return path, sidecar.name.partition("_")[2].partition(".")[0]


def _change_log(warehouse: Path) -> Looked:
    """Every log of a table and origin: whether its files can be read, and hold what the newest release ships."""
    mendable = {log_folder.folder_of(warehouse, one.name, one.origin): one for one in log_folder.lacking(warehouse)}
    unreadable = log_folder.unreadable(warehouse)
    for file in sorted((warehouse / "history").glob("*/*/[!.]*.parquet")):
        if file.parent in mendable:
            continue
        name = file.relative_to(warehouse).as_posix()
        do = "put it back from a backup."
        yield name, Damage(LOG, name, "it cannot be read", do) if file in unreadable else None
    for where, one in sorted(mendable.items()):
        name, ids = where.relative_to(warehouse).as_posix(), ", ".join(one.release_ids)
        do = "run again: the next run that publishes or finds nothing new mends it."
        yield name, Damage(LOG, name, f"what it holds of {ids} is not what the newest release ships", do)


def _links(warehouse: Path) -> Iterator[Damage]:
    link, latest = warehouse / "current.duckdb", warehouse / "LATEST"
    now = linked(warehouse)
    if now is None and (link.is_symlink() or link.exists()):
        do = "`inequality rollback` to a release of `inequality releases`, or run again with --from."
        yield Damage(RELEASE, link.name, "it points to no release", do)
    elif now and text_of(latest) != now:
        yield Damage(RELEASE, latest.name, f"it does not name {now}, which is current", "run again.")
