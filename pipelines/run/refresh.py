"""Refreshing some indicators alone: which files are asked for again, while the whole catalogue is published.

What belongs here: from an indicator to the paths that bring it. What does not: taking the files (`tables/raw.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches

import polars as pl

from pipelines import catalogue
from pipelines.run.lock import RunRefused
from pipelines.settings import Settings
from pipelines.sources.arrival.origin import RunInput
from pipelines.tables.arrival import ARRIVAL
from pipelines.tables.store import Store, TableMissing


class UnknownIndicator(RunRefused):
    """A slug that the catalogue does not know; the message names those that are near."""

    exit_code = 2


def paths_of(settings: Settings, slugs: Sequence[str]) -> tuple[str, ...] | None:
    """The paths, as globs, of all files that bring these indicators; None for none named, when all are asked for.

    These are an indicator's own files, by the catalogue, and whatever files the last run found it in. Raises
    UnknownIndicator for a slug that the catalogue does not know.
    """
    if not slugs:
        return None
    known = catalogue.load().indicators
    for slug in slugs:
        if slug not in known:
            near = ", ".join(get_close_matches(slug, known, n=3)) or "see `inequality catalogue`"
            raise UnknownIndicator(f"The catalogue has no indicator {slug!r}.", expected=near, found=slug)
    own = {f"fingertips/{number}_*" for slug in slugs if (number := known[slug].fingertips_id)}
    return tuple(sorted(own | _found_in(Store(settings.tables), slugs)))


def asked_again(settings: Settings, slugs: Sequence[str], run_input: RunInput) -> tuple[str, ...] | None:
    """The paths that a run asks for anew; None for all, also where the last run read another input or an earlier day.

    All other files stay those that the last run took: there are none where it took them from elsewhere.
    """
    asked = paths_of(settings, slugs)
    try:
        took = Store(settings.tables).read(ARRIVAL).select("input", "as_of").unique().rows()
    except (TableMissing, pl.exceptions.PolarsError, OSError):
        return None
    return asked if took == [(run_input.label, None)] else None


def _found_in(store: Store, slugs: Sequence[str]) -> set[str]:
    try:
        rows = store.read("staging.observation").filter(pl.col("indicator").is_in(list(slugs)))
        files = store.read("staging.snapshot").filter(
            pl.col("sha256").is_in(rows["snapshot_sha256"].unique().to_list())
        )
    except (TableMissing, pl.exceptions.PolarsError, OSError):
        return set()
    return set(files["path"])
