"""Letting one held-back delivery in, because a person says that the publisher is right.

What belongs here: finding what is held back of a path, and recording who lets it in and why. What does not: holding it
back (`gate.py`), or publishing over failed checks of a whole release (`release/overrule.py`).
"""

from __future__ import annotations

from datetime import UTC, datetime

import polars as pl

from pipelines.errors import ProductError
from pipelines.release.overrule import whoever_runs_this
from pipelines.run.kept_gate import HELD_TABLE
from pipelines.settings import Settings
from pipelines.sources.arrival import held_back
from pipelines.sources.arrival.held_back import UNREADABLE, Acceptance, Accepted, absence_of
from pipelines.tables.store import Store, TableMissing


class NotHeldBack(ProductError):
    """There is nothing to let in under this path; the message names what is held back."""


def accept(settings: Settings, path: str, *, because: str) -> Accepted:
    """Let the delivery of `path` that the last run held back in at the next run, and nothing else. Returns the record.

    Another delivery of the same path is judged anew. Raises NotHeldBack when the last run held none of this path back,
    or one that cannot be read at all.
    """
    store = Store(settings.tables)
    try:
        held = store.read(HELD_TABLE)
    except (TableMissing, pl.exceptions.PolarsError, OSError):
        held = pl.DataFrame(schema=held_back.HELD_BACK)
    found = held.filter(pl.col("path") == path).rows(named=True)
    if not found:
        raise NotHeldBack(
            f"No delivery of {path!r} is held back.",
            expected=", ".join(held["path"]) or "none: the last run held nothing back",
            do="name a path as `inequality status` prints it.",
        )
    row = found[0]
    sha256, origin = row["held_back_sha256"] or "", None
    key = sha256 or absence_of(row["stand_in_sha256"] or "")
    if row["rule"] != UNREADABLE:
        origin = held_back.origin_of(settings.snapshots, path, key)
    if origin is None:
        raise NotHeldBack(
            f"What came as {path!r} cannot be read, so there is nothing that could be let in.",
            found=row["reason"],
            do="ask the publisher for a whole file.",
        )
    said = Acceptance(whoever_runs_this(), because.strip(), datetime.now(UTC))
    held_back.accept(settings.snapshots, origin, path, key, said)
    return Accepted(path, sha256, row["rule"], said)
