"""The staging tables: one that each family of files is read into, those that our own lists make, those that unite them.

What belongs here: which raw tables a staging table reads. What does not: parsing (`sources/`).
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from functools import cache, partial
from pathlib import Path

import polars as pl

from pipelines import catalogue, sources
from pipelines.measures import registry
from pipelines.sources.arrival import intake
from pipelines.sources.contract import OBSERVATION, REJECTED, Resource
from pipelines.tables.arrival import ARRIVAL
from pipelines.tables.store import Made, Store, text_hash
from pipelines.tables.table import Plan, Run, Table


@cache
def parser_version() -> str:
    """The version of everything that decides how bytes become rows: the source modules and the catalogue."""
    folders = [Path(sources.__file__).parent, Path(catalogue.__file__).parent]
    files = sorted(file for folder in folders for file in folder.rglob("*.*") if file.suffix in (".py", ".toml"))
    return text_hash(*(file.read_text(encoding="utf-8") for file in files))


def staging_tables() -> tuple[Table, ...]:
    """A table for every family of files that shares one, and those that unite them."""
    families: dict[str, list[Resource]] = defaultdict(list)
    for resource in sources.resources():
        families[resource.table].append(resource)
    names = sorted(families)
    staged = tuple(f"staging.{name}" for name in names)
    refused = tuple(f"rejected.{name}" for name in names)
    observed = tuple(f"staging.{name}" for name in names if families[name][0].is_observation)
    raw = tuple(f"raw.{resource.name}" for resource in sources.resources())
    return (
        *(_of_files(name, families[name]) for name in names),
        _table("indicator", "One row per indicator of the catalogue.", (), _indicators),
        _table(
            "breakdown",
            "One row per scheme and category: all of the catalogue, and those that only published rows name.",
            ("staging.observation",),
            _breakdowns,
        ),
        _table(
            "core20plus5",
            "One row per element of Core20PLUS5 and indicator that comes near what it asks for, the nearest first.",
            (),
            _core20plus5,
        ),
        _table(
            "measure",
            "One row per measure: its unit, what it needs, what kind of number it is, and how it is called.",
            (),
            _measures,
            version=lambda _: text_hash(Path(registry.__file__).read_text(encoding="utf-8")),
        ),
        _table(
            "observation",
            "One row per observation of every source, before one source is chosen for each cell.",
            observed,
            partial(_unite, observed, OBSERVATION),
            is_shipped=False,
        ),
        _table(
            "snapshot",
            "One row per file this run reads: where it came from, when, and its hash.",
            raw,
            partial(_let_in, raw),
            version=partial(_version, raw),
            waits_for=(ARRIVAL, *raw),
            is_shipped=False,
        ),
        _table(
            "intake",
            "One row per file: rows in, out, rejected, deduplicated, suppressed.",
            staged,
            partial(_count, staged),
            # A file of nothing but duplicates or refused rows changes the counts and leaves every table as it was.
            version=lambda run: text_hash(parser_version(), json.dumps(_counts(run.store, staged), sort_keys=True)),
        ),
        _table(
            "rejected_row",
            "One row per input row that was not taken, with the reason.",
            refused,
            partial(_unite, refused, REJECTED),
            waits_for=staged,
            is_shipped=False,
        ),
    )


def _table(
    name: str,
    grain: str,
    reads: Iterable[str],
    make: Callable[[Run], Made | pl.DataFrame],
    *,
    waits_for: Iterable[str] = (),
    beside: Iterable[str] = (),
    version: Callable[[Run], str] = lambda _: parser_version(),
    is_shipped: bool = True,
    made_in: Path = Path(__file__),
) -> Table:
    return Table(
        name=f"staging.{name}",
        grain=grain,
        reads=tuple(reads),
        plan=lambda run: Plan(version(run), lambda: make(run)),
        code=parser_version(),
        kinds=frozenset({"polars"}),
        made_in=made_in,
        waits_for=tuple(waits_for),
        beside=tuple(beside),
        is_shipped=is_shipped,
    )


def _of_files(name: str, family: list[Resource]) -> Table:
    """The table of a family of files, and the rows of them that were refused."""
    reads = tuple(f"raw.{resource.name}" for resource in family)
    grain = f"One row per {', '.join(family[0].key)}. " + " ".join(resource.description for resource in family)
    return _table(
        name,
        grain,
        reads,
        partial(_read, name, family, reads),
        waits_for=(ARRIVAL, *reads),
        beside=[f"rejected.{name}"],
        version=partial(_version, reads),
        made_in=family[0].read_in,
    )


def _let_in(reads: Sequence[str], run: Run) -> pl.DataFrame:
    """The snapshots that these raw tables list, as far as this run lets them in."""
    return run.gate.let_in(pl.concat([run.store.read(table) for table in reads]), _resources(reads))


def _resources(reads: Sequence[str]) -> list[str]:
    return [table.removeprefix("raw.") for table in reads]


def _version(reads: Sequence[str], run: Run) -> str:
    """The parsers, and which deliveries and rows of these files are not let in."""
    gate = run.gate.version(pl.concat([run.store.read(table) for table in reads]), _resources(reads))
    return text_hash(parser_version(), gate) if gate else parser_version()


def _read(name: str, family: Sequence[Resource], reads: tuple[str, ...], run: Run) -> Made:
    staged = intake.stage(family, _let_in(reads, run), root=run.settings.snapshots, refused=run.gate.refused_lines())
    run.store.build(
        f"rejected.{name}",
        lambda: staged.rejected,
        reads=reads,
        code_version=_version(reads, run),
        description=f"One row per input row that staging.{name} did not take.",
        fresh=True,
    )
    return Made(staged.rows, staged.counts, staged.notes, staged.faults)


def _indicators(_: Run) -> Made:
    return Made(catalogue.indicator_frame(catalogue.load()))


def _breakdowns(run: Run) -> Made:
    seen = run.store.read("staging.observation").select("dimension", "scheme").unique().drop_nulls()
    return Made(catalogue.breakdown_frame(catalogue.load(), seen.iter_rows()))


def _core20plus5(_: Run) -> Made:
    return Made(catalogue.core20plus5_frame(catalogue.load()))


def _measures(_: Run) -> Made:
    return Made(registry.measure_frame())


def _unite(names: Sequence[str], schema: dict[str, pl.DataType], run: Run) -> Made:
    return Made(pl.concat([pl.DataFrame(schema=schema), *(run.store.read(name) for name in names)]))


def _counts(store: Store, staged: Sequence[str]) -> list[dict[str, str | int]]:
    return [count for name in staged if (known := store.record(name)) for count in known.counts]


def _count(staged: Sequence[str], run: Run) -> Made:
    return Made(pl.DataFrame(_counts(run.store, staged), schema=intake.COUNTS))
