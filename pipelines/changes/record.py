"""What a release says about those before it: its revisions, its page and the change log, in the order of publishing.

What belongs here: gathering them for one release, and what is written before and after the link moves. What does not:
any of the three (`changes/revisions.py`, `report/revisions.py`, `changes/log.py`), or comparing a rebuilt day
(`changes/rebuilt.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl

from pipelines.changes import log
from pipelines.changes import revisions as revision
from pipelines.changes.previous import COMPARED, comparable
from pipelines.changes.rebuilt import compared_with_then
from pipelines.release.folder import Release
from pipelines.release.publish import column_comments
from pipelines.report import revisions as page
from pipelines.tables.store import Store


@dataclass(frozen=True)
class Chronicle:
    """`revisions` is `meta.revision`; `shipped` the schema `history`; `warnings` are sentences for people."""

    warehouse: Path
    made: Release
    before: Release | None
    revisions: pl.DataFrame
    shipped: dict[str, pl.DataFrame]
    warnings: list[str]

    def write(self, partial: Path, *, glossary: Path) -> None:
        """Write what goes into the release file beside its tables, and the page, before anybody sees them."""
        log.write(partial, self.shipped, column_comments(glossary))
        if self.made.as_of is None:
            page.keep(self.warehouse, self.revisions, self.made, self.before)

    def close(self, file: Path | None, *, current_id: str) -> list[str]:
        """Keep what changed and show the page, once it is known whether there is a new release. Returns notes.

        A disk that is full by now does not undo a release that analysts read already: the next run makes up for it.
        """
        if self.made.as_of:
            return [compared_with_then(self.warehouse, self.made)] if file else []
        try:
            if file:
                log.append(self.warehouse, self.shipped, self.made)
            page.show(self.warehouse, current_id)
        except OSError as error:
            return [f"The change log or the page of revisions could not be written ({error}); the next run does it."]
        return []


def open_for(store: Store, made: Release, *, warehouse: Path) -> Chronicle:
    """What there is to say about a release that is about to be made, from the tables of its run.

    Mends the change log first, since a run may have ended between its swap and its log.
    """
    before = comparable(warehouse, made.origin, as_of=date.fromisoformat(made.as_of) if made.as_of else None)
    mended = log.repair(warehouse)
    then = {name: store.read(f"previous.{name}") for name in COMPARED}
    now = {name: store.read(f"published.{name}") for name in COMPARED}
    shipped, faults = log.ledger(warehouse, made, now)
    titles = dict(store.read("published.indicator").select("indicator", "title").iter_rows())
    areas = dict(store.read("published.area").select("area_code", "area_name").iter_rows())
    revisions = revision.revisions(then, now, same_areas(store)).with_columns(
        previous_release=pl.lit(before.release_id if before else None, pl.String())
    )
    told = [f"The change log was mended from the current release: {', '.join(mended)}."] if mended else []
    return Chronicle(warehouse, made, before, page.with_sentences(revisions, titles, areas), shipped, told + faults)


def same_areas(store: Store) -> pl.DataFrame:
    """`old_code, new_code` of areas that are the same: aliases either way, and districts with one successor."""
    alias = store.read("core.area_alias").select(old_code="alias_code", new_code="area_code")
    successor = store.read("core.lad_successor").select(old_code="lad_code", new_code="current_lad_code")
    both = [alias, alias.select(old_code="new_code", new_code="old_code"), successor]
    return pl.concat(both).filter(pl.col("old_code") != pl.col("new_code")).unique().sort("old_code", "new_code")
