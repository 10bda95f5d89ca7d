"""The release of a run whose tables are built and checked: what it ships, what it says of itself, and publishing it.

What belongs here: gathering what a release holds. What does not: how it is written and swapped in
(`release/publish.py`), or when a run comes to it (`walk.py`, `defs/release.py`).
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from importlib.metadata import version
from pathlib import Path

import polars as pl

from pipelines import catalogue, sources
from pipelines.changes.record import open_for
from pipelines.files import write_atomically
from pipelines.notes import Kind, Note, words
from pipelines.quality.finding import finding_frame, kept_findings
from pipelines.release import folder, overrule, publish
from pipelines.release.macros import Macro, macros
from pipelines.release.query import SOURCE_HEALTH
from pipelines.report import revisions
from pipelines.run.kept_gate import held_note
from pipelines.source_health import shape
from pipelines.source_health.health import Fingerprints, Health, source_health
from pipelines.sources.arrival.held_back import HeldBack
from pipelines.status import runs
from pipelines.status.health import sources_of
from pipelines.status.runs import Ended, Outcome
from pipelines.tables.measured import measure_version
from pipelines.tables.registry import shipped, tables
from pipelines.tables.sql_models import LAYERS
from pipelines.tables.staging import parser_version
from pipelines.tables.store import TableRecord, text_hash
from pipelines.tables.table import Run


@dataclass(frozen=True)
class Publication:
    """What came of publishing. `is_new` is False when the current release, `release_id`, already says the same.

    `revised_cells` counts published cells that differ from the release before; `published_rows` the rows of
    `published`.
    """

    release_id: str
    is_new: bool
    content_hash: str
    tables: int
    published_rows: int
    revised_cells: int
    notes: list[Note]
    held_back: tuple[HeldBack, ...] = ()


def sql_version(asked: Sequence[Macro]) -> str:
    """The version of every text that says what a core or published table is, and of what asks them."""
    texts = (table.code for table in tables().values() if table.layer in LAYERS)
    return text_hash(*texts, *(macro.statement for macro in asked))


def health_of_sources(run: Run) -> Health:
    """The state of every source of this run; of a build of an earlier day, as it was at the end of that day.

    It is also kept beside the tables: a run with nothing new publishes no release, and is when sources get late.
    """
    here, run_input = run.settings, run.run_input
    known = catalogue.load().indicators
    now = datetime.combine(run_input.as_of, time.max) if run_input.as_of else datetime.now(UTC).replace(tzinfo=None)
    health = source_health(
        sources.resources(),
        run.store.read("staging.snapshot"),
        fingerprints=Fingerprints(
            here.warehouse / "history" / "fingerprints",
            root=here.snapshots,
            code_version=text_hash(parser_version(), Path(shape.__file__).read_text(encoding="utf-8"))[:12],
        ),
        origin=run_input.origin,
        states={slug: indicator.state for slug, indicator in known.items()},
        cadences={slug: indicator.cadence for slug, indicator in known.items()},
        silent=_silent_hosts(run),
        now=now,
    )
    if run_input.as_of is None:
        buffer = io.BytesIO()
        health.frame.write_parquet(buffer)
        write_atomically(here.warehouse / SOURCE_HEALTH, buffer.getvalue())
    return health


def _silent_hosts(run: Run) -> dict[str, str]:
    """The host that did not answer, by the path of each file that an earlier delivery stands in for.

    Of a file that this run did not ask for, that is as the last one found it.
    """
    before = sources_of(run.settings.warehouse) or ()
    kept = {one.path: one.silent_host for one in before if one.silent_host and not run.is_asked(one.path)}
    records = (run.store.record(f"raw.{resource.name}") for resource in sources.resources())
    notes = (note for record in records if record for note in record.notes)
    return kept | {note.path: note.host for note in notes if note.kind is Kind.STALE and note.host}


def shown_revisions(warehouse: Path, release_id: str) -> list[Note]:
    """Show the page of the current release. Returns a note where a disk that is full by now stood in the way."""
    try:
        revisions.show_page(warehouse, release_id)
    except OSError as error:
        return [Note(Kind.REVISIONS_NOT_SHOWN, cause=str(error))]
    return []


def _said_in_status(warehouse: Path, ended: Ended, *, held_back: Sequence[Note], forced: str | None) -> list[Note]:
    """Write what came of the run into `status.json`. Returns a note where it cannot be written."""
    try:
        runs.end(warehouse, ended, held_back=held_back, forced=forced)
    except OSError as error:
        return [folder.not_written("status.json", ended.release_id, error)]
    return []


def meta_frames(run: Run, records: list[TableRecord], health: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """The `meta` schema but for `meta.release`: tables, inputs and their health, checks, and rows refused."""
    here, store = run.settings, run.store
    suites = [file.stem for file in sorted(here.expectations.glob("*.json"))]
    sql_checks = [file.stem for file in sorted((here.sql / "checks").glob("*.sql"))]
    found = kept_findings(store, suites=suites, sql_checks=sql_checks)
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
            for record in records
        ]
    )
    counts = store.read("staging.intake").rename({"snapshot_sha256": "sha256"})
    snapshot = store.read("staging.snapshot").join(counts, on=["path", "sha256"], how="left").sort("path")
    return {
        "table": table,
        "snapshot": snapshot,
        "source_health": health,
        "check_result": overrule.marked(found, accepted=run.gate.settled),
        "rejected_row": store.read("staging.rejected_row"),
    }


def publish_release(run: Run) -> Publication:
    """Write, verify and swap in the release of this run; nothing when the current one already says the same.

    Raises ReleaseRefused when failed critical checks may not be overruled, or the written file does not read back.
    """
    here, store, run_input = run.settings, run.store, run.run_input
    records = [record for name in shipped() if (record := store.record(name))]
    content = publish.published_hash(
        store,
        records,
        refused=store.read("staging.rejected_row"),
        counts=store.read("staging.intake"),
        held=run.gate.frame,
    )
    as_of = run.as_of.isoformat() if run.as_of else None
    health = health_of_sources(run)
    meta = meta_frames(run, records, health.frame)
    forced = overrule.account_for(meta["check_result"], reason=run.force)
    asked = macros(here.sql)
    code = text_hash(parser_version(), measure_version(), sql_version(asked))
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
    # What history may tell is known only now; nobody overrules what it finds.
    of_history = overrule.marked(finding_frame(past.findings))
    overrule.account_for(of_history, reason=run.force)
    meta["check_result"] = pl.concat([meta["check_result"], of_history])

    def write_beside(unread: Path) -> None:
        """Write what goes with the tables, and the page, before anybody sees them."""
        past.write(unread, glossary=here.sql / "columns.toml")
        if as_of is None:
            revisions.write_page(here.warehouse, past.revisions, made, past.before)

    published = publish.publish(
        store,
        records,
        {**meta, "revision": past.revisions, "held_back": run.gate.frame, "accepted_delivery": run.gate.accepted_frame},
        warehouse=here.warehouse,
        release=made,
        glossary=here.sql / "columns.toml",
        examples=here.sql / "examples",
        macros=asked,
        make_current=as_of is None,
        keep=here.keep_releases,
        also=write_beside,
    )
    # Nothing published means that the current release was read and says the same.
    now = None if published else publish.current(here.warehouse)
    release_id = now.release_id if now else made.release_id
    notes = [*(published.notes if published else ()), *past.close(published), *past.notes]
    if as_of is None:
        notes += shown_revisions(here.warehouse, release_id)
        outcome = Outcome.PUBLISHED if published else Outcome.NOTHING_NEW
        notes += _said_in_status(
            here.warehouse,
            Ended(outcome, datetime.now(UTC), input=run_input.label, release_id=release_id),
            held_back=[held_note(one) for one in run.gate.held],
            forced=words(forced.note) if forced else None,
        )
    return Publication(
        release_id=release_id,
        is_new=published is not None,
        content_hash=content,
        tables=len(records),
        published_rows=sum(record.rows for record in records if record.table.startswith("published.")),
        revised_cells=int(past.revisions["cells"].sum()),
        held_back=run.gate.held,
        notes=notes + health.notes + overrule.notes(forced, reason=run.force),
    )
