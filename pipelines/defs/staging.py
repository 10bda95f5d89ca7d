"""Staging assets, by factory: one a table that files are read into, the catalogue's two, and what unites them.

What belongs here: which raw tables a staging table reads. What does not: parsing (`sources/`).
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path

import dagster as dg
import polars as pl

from pipelines import catalogue, sources
from pipelines.defs.run_options import RunOptions, reported
from pipelines.sources.arrival import intake
from pipelines.sources.contract import OBSERVATION, REJECTED, Resource
from pipelines.tables.store import Made, Store, text_hash


@cache
def parser_version() -> str:
    """The version of everything that decides how bytes become rows: the source modules and the catalogue."""
    folders = [Path(sources.__file__).parent, Path(catalogue.__file__).parent]
    files = sorted(file for folder in folders for file in folder.rglob("*.*") if file.suffix in (".py", ".toml"))
    return text_hash(*(file.read_text(encoding="utf-8") for file in files))


def _staging_asset(
    table: str,
    reads: Iterable[str],
    description: str,
    make: Callable[[RunOptions, Store], Made],
    *,
    after: Iterable[str] = (),
    beside: Iterable[str] = (),
    version: Callable[[Store], str] = lambda _: parser_version(),
) -> dg.AssetsDefinition:
    """An asset of one staging table.

    `reads` are the tables whose content decides whether it is rebuilt, `after` the assets it waits for where those
    are others, `beside` the tables that `make` builds too, `version` what else decides.
    """
    reads, beside = tuple(reads), tuple(beside)

    @dg.asset(
        key=["staging", table],
        deps=[name.split(".") for name in tuple(after) or reads],
        group_name="staging",
        description=description,
        code_version=parser_version()[:12],
        kinds={"polars"},
    )
    def staging(run_options: RunOptions) -> dg.MaterializeResult:  # type: ignore[type-arg]
        store = run_options.store
        return reported(
            store.build(
                f"staging.{table}",
                lambda: make(run_options, store),
                reads=reads,
                code_version=version(store),
                description=description,
                fresh=run_options.fresh,
                beside=beside,
            ),
        )

    return staging


def _from_files(table: str, family: list[Resource]) -> dg.AssetsDefinition:
    reads = [f"raw.{resource.name}" for resource in family]

    def make(run_options: RunOptions, store: Store) -> Made:
        taken = pl.concat([store.read(name) for name in reads])
        staged = intake.stage(family, taken, root=run_options.settings.snapshots)
        store.build(
            f"rejected.{table}",
            lambda: staged.rejected,
            reads=reads,
            code_version=parser_version(),
            description=f"One row per input row that staging.{table} could not read.",
            fresh=True,
        )
        return Made(staged.rows, staged.counts, staged.warnings)

    description = f"One row per {', '.join(family[0].key)}. " + " ".join(r.description for r in family)
    return _staging_asset(table, reads, description, make, beside=[f"rejected.{table}"])


def _united(names: list[str], schema: dict[str, pl.DataType]) -> Callable[[RunOptions, Store], Made]:
    return lambda _, store: Made(pl.concat([pl.DataFrame(schema=schema), *(store.read(name) for name in names)]))


@dg.definitions
def defs() -> dg.Definitions:
    """A staging asset for every table that a resource names, and the tables that unite them."""
    families: dict[str, list[Resource]] = defaultdict(list)
    for resource in sources.resources():
        families[resource.table].append(resource)
    tables = sorted(families)
    observed = [f"staging.{table}" for table in tables if families[table][0].is_observation]

    def counts(store: Store) -> list[dict[str, str | int]]:
        return [count for table in tables if (known := store.record(f"staging.{table}")) for count in known.counts]

    def counted(_: RunOptions, store: Store) -> Made:
        return Made(pl.DataFrame(counts(store), schema=intake.COUNTS))

    def counted_version(store: Store) -> str:
        # A file of nothing but duplicates or refused rows changes the counts and leaves every staging table as it was.
        return text_hash(parser_version(), json.dumps(counts(store), sort_keys=True))

    def refused(_: RunOptions, store: Store) -> Made:
        frames = [store.read(f"rejected.{table}") for table in tables]
        return Made(pl.concat([pl.DataFrame(schema=REJECTED), *frames]))

    staged = [f"staging.{table}" for table in tables]
    assets = [_from_files(table, families[table]) for table in tables]
    assets += [
        _staging_asset(
            "indicator",
            (),
            "One row per indicator of the catalogue.",
            lambda *_: Made(catalogue.indicator_frame(catalogue.load())),
        ),
        _staging_asset(
            "breakdown",
            (),
            "One row per scheme and category of the catalogue.",
            lambda *_: Made(catalogue.breakdown_frame(catalogue.load())),
        ),
        _staging_asset(
            "observation",
            observed,
            "One row per observation of every source, before one source is chosen for each cell.",
            _united(observed, OBSERVATION),
        ),
        _staging_asset(
            "snapshot",
            [f"raw.{resource.name}" for resource in sources.resources()],
            "One row per file this run reads: where it came from, when, and its hash.",
            _united([f"raw.{resource.name}" for resource in sources.resources()], intake.SNAPSHOT),
        ),
        _staging_asset(
            "intake",
            staged,
            "One row per file: rows in, out, rejected, deduplicated, suppressed.",
            counted,
            version=counted_version,
        ),
        _staging_asset(
            "rejected_row",
            [f"rejected.{table}" for table in tables],
            "One row per input row that could not be read, with the reason.",
            refused,
            after=staged,
        ),
    ]
    return dg.Definitions(assets=assets)
