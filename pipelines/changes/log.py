"""The change log: every published cell that ever changed, and since which release. It outlives pruned releases.

What belongs here: the rows of the log, and the schema `history` of a release with its two macros. What does not: the
files in which it is kept (`changes/log_folder.py`), what may no longer be told (`changes/withheld.py`), or what changed
since the release before, and in which words (`changes/revisions.py`, `changes/wording.py`).

A row is a cell that differs from what the log said before, with the time of the move that made it current; a cell that
is gone is a row with `is_withdrawn`. A rollback is a move like any other. `sequence` is the move's number in the
journal (`release/journal.py`), and orders the rows whatever a clock said; of before the journal it is nought.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path

import duckdb
import polars as pl

from pipelines.changes import withheld
from pipelines.changes.previous import COMPARED, Compared, narrowed
from pipelines.changes.withheld import Withheld
from pipelines.notes import Kind, Note
from pipelines.release.folder import Release
from pipelines.release.publish import NOT_CONTENT
from pipelines.tables.store import SIGNIFICANT_DIGITS

LOGGED = ("observation", "inequality")
SINCE = {
    "valid_from": pl.Datetime("us"),
    "release_id": pl.String(),
    "is_withdrawn": pl.Boolean(),
    "sequence": pl.Int64(),
}
ORDER = ("sequence", "valid_from", "release_id")
"""What orders the rows of a log; within one move no cell has two."""
ABOUT = {
    "observation": "One row per change of a cell of published.observation, of all releases of this origin. Ask "
    "`from observation_as_of('2026-03-01')` for what was said on a day.",
    "inequality": "One row per change of a cell of published.inequality, of all releases of this origin. Ask "
    "`from inequality_as_of('2026-03-01')` for what was said on a day.",
}


@dataclass(frozen=True)
class Ledger:
    """The log that a release ships, by table, and what a person must know of it.

    `rewritten` names the tables of which earlier rows are not as the folder has them, `told` is what is withheld.
    """

    shipped: dict[str, pl.DataFrame]
    sequence: int
    told: Withheld
    rewritten: frozenset[str] = frozenset()
    notes: tuple[Note, ...] = ()


def schema_of(name: str) -> dict[str, pl.DataType]:
    """The columns of `history.<name>`."""
    return {**COMPARED[name].schema, **SINCE}


def state(rows: pl.DataFrame, compared: Compared) -> pl.DataFrame:
    """The last word of a log on every cell that is not withdrawn."""
    newest = rows.sort(ORDER).unique(compared.key, keep="last", maintain_order=True)
    return newest.filter(~pl.col("is_withdrawn")).select(list(compared.schema))


def differs(compared: Compared, suffix: str) -> pl.Expr:
    """Whether two joined rows say different things, whatever bytes and method they came from."""
    pairs = []
    for name, kind in compared.kept.items():
        if name in NOT_CONTENT:
            continue
        one, other = pl.col(name), pl.col(name + suffix)
        if kind.is_float():
            one, other = one.round_sig_figs(SIGNIFICANT_DIGITS) + 0.0, other.round_sig_figs(SIGNIFICANT_DIGITS) + 0.0
        pairs.append(one.ne_missing(other))
    return pl.any_horizontal(pairs)


def changes(
    before: pl.DataFrame, now: pl.DataFrame, compared: Compared, *, release_id: str, at: datetime, sequence: int
) -> pl.DataFrame:
    """The rows that a move adds to the log: cells that are new or differ, and a tombstone for each that is gone."""
    now = narrowed(now, compared)
    joined = now.join(before.with_columns(there=True), on=compared.key, how="left", suffix="_before")
    changed = joined.filter(pl.col("there").is_null() | differs(compared, "_before")).select(list(compared.schema))
    gone = before.join(now, on=compared.key, how="anti").with_columns(
        [pl.lit(None, kind).alias(name) for name, kind in compared.kept.items() if name != "is_modelled"]
    )
    both = [
        changed.with_columns(is_withdrawn=False),
        gone.select(list(compared.schema)).with_columns(is_withdrawn=True),
    ]
    stamps = {"valid_from": at, "release_id": release_id, "sequence": sequence}
    stamped = pl.concat(both).with_columns(pl.lit(value).alias(name) for name, value in stamps.items())
    return stamped.select(pl.col(name).cast(kind) for name, kind in schema_of(compared.name).items()).sort(compared.key)


def ledger(
    logs: Mapping[str, pl.DataFrame], release: Release, published: Mapping[str, pl.DataFrame], *, sequence: int
) -> Ledger:
    """The log that a release ships: all before it, and what it changes.

    `logs` holds what is kept, `sequence` the number of the move to come. A build of an earlier day changes nothing and
    ships what was logged by the end of that day. What must not be told any more is withheld from all rows.
    """
    nothing = Withheld(pl.DataFrame(schema=withheld.CELLS), ())
    if release.as_of:
        then = pl.col("valid_from").dt.date() <= date.fromisoformat(release.as_of)
        return Ledger({name: logs[name].filter(then) for name in LOGGED}, sequence, nothing)
    rows, notes, rewritten = {}, [], set()
    for name in LOGGED:
        rows[name] = logs[name].sort(ORDER)
        ahead = rows[name].filter(pl.col("valid_from") >= release.created_at)
        if ahead.height:
            rewritten.add(name)
            latest = ahead.sort("valid_from")[-1]
            notes.append((latest["valid_from"][0], latest["release_id"][0]))
            no_later = release.created_at - timedelta(microseconds=1)
            rows[name] = rows[name].with_columns(pl.min_horizontal("valid_from", pl.lit(no_later)))
    said = [
        Note(Kind.CLOCK_BEHIND, day=f"{when:%Y-%m-%d %H:%M} UTC", release=by)
        for when, by in sorted(notes)[-1:]
        if when > release.created_at
    ]
    told = withheld.withheld(rows["observation"], published, now=release.created_at)
    for name, where in (("observation", told.of_cells), ("inequality", told.of_measures)):
        marked = where(rows[name])
        if marked.any():
            rewritten.add(name)
            cells = rows[name].filter(marked).select(COMPARED[name].key).n_unique()
            said += [Note(Kind.WITHHELD_FROM_HISTORY, count=cells)] if name == "observation" else []
            rows[name] = withheld.blanked(rows[name], marked)
    stamped = partial(changes, release_id=release.release_id, at=release.created_at, sequence=sequence)
    shipped = {
        name: pl.concat([before, stamped(state(before, COMPARED[name]), published[name], COMPARED[name])])
        for name, before in rows.items()
    }
    return Ledger(shipped, sequence, told, frozenset(rewritten), tuple(said))


def write(file: Path, shipped: Mapping[str, pl.DataFrame], comments: Mapping[str, str]) -> None:
    """Write the schema `history` and the macros into a release file that nobody reads yet."""
    with duckdb.connect(str(file)) as connection:
        connection.execute("begin")
        connection.execute("create schema history")
        for name, rows in shipped.items():
            connection.register("incoming", rows)
            connection.execute(f"create table history.{name} as from incoming")
            connection.unregister("incoming")
            connection.execute(f"comment on table history.{name} is {_literal(ABOUT[name])}")
            for column in rows.columns:
                if meaning := comments.get(column):
                    connection.execute(f'comment on column history.{name}."{column}" is {_literal(meaning)}')
            connection.execute(_macro(name))
            about = f"What the newest release on or before a day said in published.{name}."
            connection.execute(f"comment on macro table {name}_as_of is {_literal(about)}")
        connection.execute("commit")
        connection.execute("checkpoint")


def _macro(name: str) -> str:
    """`<name>_as_of(day)`: the last word on every cell on or before the end of a day, UTC."""
    compared = COMPARED[name]
    columns = ", ".join(f'"{column}"' for column in (*compared.schema, "valid_from", "release_id"))
    key = ", ".join(f'"{column}"' for column in compared.key)
    order = ", ".join(f"{column} desc" for column in ORDER)
    chosen = f"row_number() over (partition by {key} order by {order}) = 1"
    shown = f"select {columns} from history.{name}"  # noqa: S608 - names of our own, no values
    return (
        f"create macro {name}_as_of(day) as table {shown} "
        f"where valid_from < cast(day as date) + interval 1 day qualify {chosen} and not is_withdrawn"
    )


def _literal(text: str) -> str:
    # COMMENT takes a literal only.
    return "'" + text.replace("'", "''") + "'"
