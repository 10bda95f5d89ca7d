"""The last asset: the release. It waits for every published, core and measure table and for all their checks.

What belongs here: gathering what a release ships. What does not: how it is written and swapped (`release/publish.py`).
"""

from __future__ import annotations

import io
from datetime import UTC, datetime, time
from functools import partial
from importlib.metadata import version
from pathlib import Path

import dagster as dg
import polars as pl

from pipelines import catalogue, settings, sources
from pipelines.changes.record import open_for
from pipelines.defs import disclosure, previous
from pipelines.defs.checks import ancestors
from pipelines.defs.measures import measure_version
from pipelines.defs.models import LAYERS
from pipelines.defs.run_options import RunOptions
from pipelines.defs.staging import parser_version
from pipelines.files import write_atomically
from pipelines.quality import kept_findings
from pipelines.release import folder, overrule, publish
from pipelines.release.query import REVISIONS, SOURCE_HEALTH
from pipelines.source_health import shape
from pipelines.source_health.health import Fingerprints, Health, source_health
from pipelines.tables.store import Store, TableRecord, text_hash


def shipped() -> list[str]:
    """The tables a release holds: staging, core, measures and published."""
    staging = {f"staging.{resource.table}" for resource in sources.resources()}
    extra = {f"staging.{name}" for name in ("indicator", "breakdown", "intake")}
    return sorted(staging | extra | set(ancestors(settings.load().sql)))


def sql_version() -> str:
    """The version of every text that says what a core or published table is."""
    files = [file for layer in LAYERS for file in sorted((settings.load().sql / layer).glob("*.sql"))]
    return text_hash(*(file.read_text(encoding="utf-8") for file in files))


def health_of_sources(run_options: RunOptions) -> Health:
    """The state of every source of this run; of a build of an earlier day, as it was at the end of that day.

    It is also kept beside the tables: a run with nothing new publishes no release, and is when sources get late.
    """
    here, run_input = run_options.settings, run_options.run_input
    known = catalogue.load().indicators
    now = datetime.combine(run_input.as_of, time.max) if run_input.as_of else datetime.now(UTC).replace(tzinfo=None)
    health = source_health(
        sources.resources(),
        run_options.store.read("staging.snapshot"),
        fingerprints=Fingerprints(
            here.warehouse / "history" / "fingerprints",
            root=here.snapshots,
            code_version=text_hash(parser_version(), Path(shape.__file__).read_text(encoding="utf-8"))[:12],
        ),
        origin=run_input.origin,
        states={slug: indicator.state for slug, indicator in known.items()},
        cadences={slug: indicator.cadence for slug, indicator in known.items()},
        now=now,
    )
    if run_input.as_of is None:
        buffer = io.BytesIO()
        health.frame.write_parquet(buffer)
        write_atomically(here.warehouse / SOURCE_HEALTH, buffer.getvalue())
    return health


def meta_frames(store: Store, tables: list[TableRecord], health: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """The `meta` schema but for `meta.release`: tables, inputs and their health, checks, and rows refused."""
    here = settings.load()
    suites = [file.stem for file in sorted(here.expectations.glob("*.json"))]
    sql_checks = [file.stem for file in sorted((here.sql / "checks").glob("*.sql"))]
    table = pl.DataFrame(
        [
            {
                "table_name": record.table,
                "rows": record.rows,
                "content_hash": record.content_hash,
                "code_version": record.code_version[:12],
                "reads": ";".join(sorted(record.inputs)),
                "description": record.description,
                "built_at": record.built_at,
            }
            for record in tables
        ]
    )
    counts = store.read("staging.intake").rename({"snapshot_sha256": "sha256"})
    snapshot = store.read("staging.snapshot").join(counts, on=["path", "sha256"], how="left").sort("path")
    return {
        "table": table,
        "snapshot": snapshot,
        "source_health": health,
        "check_result": overrule.marked(kept_findings(store, suites=suites, sql_checks=sql_checks)),
        "rejected_row": store.read("staging.rejected_row"),
    }


@dg.asset(
    key=["release", "current"],
    deps=[
        table.split(".")
        for table in (*shipped(), "staging.snapshot", "staging.rejected_row", *previous.TABLES, disclosure.TABLE)
    ],
    group_name="release",
    description="One immutable DuckDB file with the published, core, measures, staging and meta tables, verified and "
    "swapped in as warehouse/current.duckdb. Nothing is published when what it publishes, refused and counted is the "
    "same as before.",
    kinds={"duckdb"},
)
def current_release(run_options: RunOptions) -> dg.MaterializeResult:  # type: ignore[type-arg]
    """Write, verify and swap in the release."""
    here, store, run_input = run_options.settings, run_options.store, run_options.run_input
    tables = [record for name in shipped() if (record := store.record(name))]
    content = publish.published_hash(
        store, tables, refused=store.read("staging.rejected_row"), counts=store.read("staging.intake")
    )
    as_of = run_input.as_of.isoformat() if run_input.as_of else None
    health = health_of_sources(run_options)
    meta = meta_frames(store, tables, health.frame)
    forced = overrule.account_for(meta["check_result"], reason=run_options.force)
    code = text_hash(parser_version(), measure_version(), sql_version())
    made = folder.Release(
        release_id=folder.new_id(content, as_of=as_of),
        created_at=datetime.now(UTC).replace(tzinfo=None),
        content_hash=content,
        code_version=f"{version('inequality-pipelines')}+{code[:12]}",
        input=run_input.label,
        origin=run_input.origin,
        engine="local",
        as_of=as_of,
        forced_by=forced.by if forced else None,
        forced_reason=forced.reason if forced else None,
    )
    past = open_for(store, made, warehouse=here.warehouse)
    file = publish.publish(
        store,
        tables,
        {**meta, "revision": past.revisions},
        warehouse=here.warehouse,
        release=made,
        glossary=here.sql / "columns.toml",
        examples=here.sql / "examples",
        make_current=as_of is None,
        keep=here.keep_releases,
        also=partial(past.write, glossary=here.sql / "columns.toml"),
    )
    # No file means that the current release was read and says the same.
    now = None if file else publish.current(here.warehouse)
    release_id = now.release_id if now else made.release_id
    told = past.close(file, current_id=release_id) + past.warnings
    if as_of is None:
        folder.write_status(
            here.warehouse,
            last_checked_at=datetime.now(UTC).isoformat(timespec="seconds"),
            last_outcome="published" if file else "nothing new",
            last_errors=[],
            release_id=release_id,
            forced=forced.sentence if forced else None,
        )
    notes = told + health.warnings + overrule.notes(forced, reason=run_options.force)
    return dg.MaterializeResult(
        metadata={
            "release_id": release_id,
            "published": file is not None,
            "content_hash": content[:12],
            "tables": len(tables),
            "revisions": int(past.revisions["cells"].sum()),
            "what_changed": dg.MetadataValue.path(here.warehouse / REVISIONS),
            "warnings": dg.MetadataValue.md("\n".join(f"- {text}" for text in notes) or "none"),
            "dagster/row_count": sum(record.rows for record in tables if record.table.startswith("published.")),
        }
    )
