"""What a release says about those before it: its revisions and the change log, in the order of publishing.

What belongs here: gathering both for one release, and what is written before and after the link moves. What does not:
either of them (`changes/revisions.py`, `changes/log.py`), comparing a rebuilt day (`changes/rebuilt.py`), or the page
(`report/revisions.py`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import polars as pl

from pipelines.changes import log, log_folder, withheld
from pipelines.changes.previous import COMPARED, comparable
from pipelines.changes.rebuilt import compared_with_then
from pipelines.changes.revisions import revisions
from pipelines.changes.wording import with_sentences
from pipelines.notes import Kind, Note
from pipelines.quality.finding import Finding
from pipelines.release import journal, publish
from pipelines.release.folder import Release
from pipelines.release.publish import column_comments
from pipelines.tables.store import Store


@dataclass(frozen=True)
class ChangeRecord:
    """`revisions` is `meta.revision`, `ledger` what becomes the schema `history`; `notes` are for people, `findings`
    say whether both withhold what they must.
    """

    warehouse: Path
    made: Release
    before: Release | None
    revisions: pl.DataFrame
    ledger: log.Ledger
    notes: list[Note]
    findings: list[Finding] = field(default_factory=list)

    def write(self, partial: Path, *, glossary: Path) -> None:
        """Write what goes into the release file beside its tables, before anybody sees it."""
        log.write(partial, self.ledger.shipped, column_comments(glossary))

    def close(self, published: publish.Published | None) -> list[Note]:
        """Keep what changed, once it is known whether there is a new release. Returns notes.

        A disk that is full by now does not undo a release that analysts read already: the next run makes up for it.
        """
        if published is None:
            return []
        if self.made.as_of:
            return [compared_with_then(self.warehouse, self.made)]
        try:
            log_folder.append(self.warehouse, self.ledger, self.made)
        except OSError as error:
            return [Note(Kind.LOG_NOT_WRITTEN, cause=str(error))]
        return []


def open_for(store: Store, made: Release, *, warehouse: Path) -> ChangeRecord:
    """What there is to say about a release that is about to be made, from the tables of its run.

    Brings journal and change log up to what is current first, since a run may have ended between its swap and its log,
    and a person may have gone back to an earlier release.
    """
    publish.follow_link(warehouse)
    mended = log_folder.repair(warehouse)
    log_folder.follow(warehouse)
    before = comparable(warehouse, made.origin, as_of=date.fromisoformat(made.as_of) if made.as_of else None)
    then = {name: store.read(f"previous.{name}") for name in COMPARED}
    now = {name: store.read(f"published.{name}") for name in COMPARED}
    logs, faults = {}, []
    for name in log.LOGGED:
        logs[name], found = log_folder.read(warehouse, name, made.origin)
        faults += found
    ledger = log.ledger(logs, made, now, sequence=journal.next_sequence(warehouse))
    told = withheld.newly(then["observation"], now)
    titles = dict(store.read("published.indicator").select("indicator", "title").iter_rows())
    areas = dict(store.read("published.area").select("area_code", "area_name").iter_rows())
    rows = revisions(withheld.from_before(then, told), now, same_areas(store)).with_columns(
        previous_release=pl.lit(before.release_id if before else None, pl.String())
    )
    notes = [Note(Kind.LOG_MENDED, names=tuple(mended))] if mended else []
    judged = withheld.judged(ledger.shipped, rows, log=ledger.told, before=told)
    said = with_sentences(rows, titles, areas)
    return ChangeRecord(warehouse, made, before, said, ledger, [*notes, *faults, *ledger.notes], [judged])


def same_areas(store: Store) -> pl.DataFrame:
    """`old_code, new_code` of areas that are the same: aliases either way, and districts with one successor."""
    alias = store.read("core.area_alias").select(old_code="alias_code", new_code="area_code")
    successor = store.read("core.lad_successor").select(old_code="lad_code", new_code="current_lad_code")
    both = [alias, alias.select(old_code="new_code", new_code="old_code"), successor]
    return pl.concat(both).filter(pl.col("old_code") != pl.col("new_code")).unique().sort("old_code", "new_code")
