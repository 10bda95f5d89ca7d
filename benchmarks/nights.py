"""What 400 nights leave on the disk, and how long each takes: `python -m benchmarks.nights [--nights 400]`.

What belongs here: many nights in a row through the product's own keeping of snapshots, releases, change log and
Dagster's records, with a small table in place of the real ones, so that 400 take minutes. What does not: the time of a
whole run (`rerun.py`). Each night a publisher revises a few figures and a release is published; every thirtieth it
issues the file anew and one body is refused. The last lines say by how much nights grew from the second quarter to the
last; only snapshots and the history of figures may, by what was really new.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter

import dagster as dg
import polars as pl

from pipelines import retention
from pipelines.changes import log, log_folder
from pipelines.changes.previous import COMPARED
from pipelines.defs.home import dagster_instance
from pipelines.defs.retention import clear_old_runs
from pipelines.release import journal, publish
from pipelines.release.folder import Release
from pipelines.settings import Settings
from pipelines.sources import resources
from pipelines.sources.arrival import snapshot
from pipelines.tables.store import Store

CELLS, REVISED, ASSETS = 2_000, 5, 3
PARTS = ("releases", "history", "tables", ".dagster")
BEGIN = datetime(2026, 1, 1, 2)  # noqa: DTZ001 - stored in UTC without a zone


@dataclass(frozen=True)
class Night:
    """One night: its seconds, and the bytes of every part of the warehouse and of the snapshots."""

    seconds: float
    sizes: dict[str, int]


def cells(night: int) -> pl.DataFrame:
    """The published figures of a night: a few differ from those of the night before."""
    numbers = pl.int_range(CELLS, eager=True)
    turn = (night - numbers // REVISED) // (CELLS // REVISED)
    frame = pl.DataFrame({"area_code": numbers.cast(pl.String), "value": (numbers + turn).cast(pl.Float64)})
    return frame.select(
        (frame[name] if name in frame.columns else pl.lit("x" if name in COMPARED["observation"].key else None))
        .cast(kind)
        .alias(name)
        for name, kind in COMPARED["observation"].schema.items()
    )


def assets() -> list[dg.AssetsDefinition]:
    """A chain of small assets, so that Dagster has events to keep."""

    def one(number: int) -> dg.AssetsDefinition:
        @dg.asset(name=f"table_{number}", deps=[f"table_{number - 1}"] if number else [])
        def made() -> dg.MaterializeResult:  # type: ignore[type-arg]
            return dg.MaterializeResult(metadata={"dagster/row_count": CELLS})

        return made

    return [one(number) for number in range(ASSETS)]


def publish_night(here: Settings, night: int) -> None:
    """Publish the figures of a night, and log them."""
    store, now = Store(here.tables), cells(night)
    published = {"observation": now, "inequality": pl.DataFrame(schema=COMPARED["inequality"].schema)}
    records = [
        store.build(f"published.{name}", frame.clone, code_version="1", description="Made.", fresh=True)[0]
        for name, frame in published.items()
    ]
    at = BEGIN + timedelta(days=night)
    content = publish.published_hash(store, records)
    made = Release(f"{at:%Y%m%dT%H%M%SZ}_{content[:8]}", at, content, "1", "made", "modelled", "local", None)
    publish.follow_link(here.warehouse)
    log_folder.repair(here.warehouse)
    log_folder.follow(here.warehouse)
    logs = {name: log_folder.read(here.warehouse, name, "modelled")[0] for name in log.LOGGED}
    ledger = log.ledger(logs, made, published, sequence=journal.next_sequence(here.warehouse))
    if publish.publish(
        store,
        records,
        {},
        warehouse=here.warehouse,
        release=made,
        glossary=here.sql / "columns.toml",
        examples=here.warehouse / "no examples",
        keep=here.keep_releases,
        also=lambda partial: log.write(partial, ledger.shipped, {}),
    ):
        log_folder.append(here.warehouse, ledger, made)


def arrive(here: Settings, night: int) -> None:
    """Take the file of a night as it came, and put a refused one aside every thirtieth."""
    resource = resources()[0]
    said = {"url": resource.url, "publisher": resource.publisher, "licence": resource.licence, "is_modelled": True}
    content = b"".join(hashlib.sha256(f"{night // 30} {line}".encode()).digest() for line in range(500))
    snapshot.capture(here.snapshots, content, resource=resource, origin="modelled", path="made/a.csv", **said)  # type: ignore[arg-type]
    if night % 30 == 0:
        refused = here.snapshots / "refused" / "made" / f"{night}.csv"
        refused.parent.mkdir(parents=True, exist_ok=True)
        refused.write_bytes(content)
        then = (datetime.now(UTC) - timedelta(days=400 - night)).timestamp()
        os.utime(refused, (then, then))


def size_of(folder: Path) -> int:
    """The bytes of all files of a folder."""
    return sum(file.lstat().st_size for file in folder.rglob("*") if file.is_file())


def simulate(root: Path, nights: int) -> list[Night]:
    """All nights, one after another."""
    here = Settings(warehouse=root / "warehouse", snapshots=root / "snapshots")
    made = assets()
    found = []
    for night in range(nights):
        began = perf_counter()
        arrive(here, night)
        with dagster_instance(here) as instance:
            dg.materialize(made, instance=instance)
            publish_night(here, night)
            retention.clear(here)
            clear_old_runs(instance, keep=here.keep_runs, home=here.dagster_home)
        seconds = perf_counter() - began
        sizes = {part: size_of(here.warehouse / part) for part in PARTS}
        found.append(Night(seconds, {**sizes, "snapshots": size_of(here.snapshots)}))
        if (night + 1) % 20 == 0:
            print(line(night, found[-20:]), flush=True)
    return found


def line(night: int, last: list[Night]) -> str:
    """The middle night of the last ones: seconds, megabytes of each part, and a bar of the whole."""
    seconds = sorted(one.seconds for one in last)[len(last) // 2]
    sizes = last[-1].sizes
    whole = sum(sizes.values()) / 1e6
    parts = "  ".join(f"{name} {size / 1e6:6.2f}" for name, size in sizes.items())
    return f"night {night + 1:4}  {seconds:5.2f} s  {whole:7.2f} MB  ({parts})  {'#' * round(whole)}"


def main() -> None:
    """Run and say how much grew."""
    words = argparse.ArgumentParser(description="What many nights leave on the disk.")
    words.add_argument("--nights", type=int, default=400)
    nights = words.parse_args().nights
    with tempfile.TemporaryDirectory() as place:
        found = simulate(Path(place), nights)
    early, late = found[nights // 4 : nights // 2], found[-nights // 4 :]
    for name in ("seconds", *early[0].sizes):
        one, other = (
            sum(night.seconds if name == "seconds" else night.sizes[name] for night in part) / len(part)
            for part in (early, late)
        )
        print(f"{name}: {other / one:.2f} times from the second quarter to the last")


if __name__ == "__main__":
    main()
