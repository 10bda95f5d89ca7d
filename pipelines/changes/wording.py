"""The sentence of every row of `meta.revision`: what changed, where, and by how much, in plain words.

What belongs here: words about one revision. What does not: which difference is which kind (`changes/revisions.py`), or
the page that shows the sentences (`report/revisions.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from pipelines.changes.revisions import KINDS
from pipelines.changes.withheld import WITHHELD

MODELLED_ROW = " Modelled data, not real."
EARLIER_WITHHELD = {
    True: "what was published before is withheld too",
    False: "what was published before would tell a figure that is suppressed now, and is withheld",
}
NOT_SAID = ("not_applicable", "persons", "total", "all_ages", "at_birth", "none", None)
"""Values that go without saying."""


def with_sentences(rows: pl.DataFrame, titles: Mapping[str, str], areas: Mapping[str, str]) -> pl.DataFrame:
    """The rows of `meta.revision`, each with what it says in plain words."""
    sentences = [_sentence(row, titles, areas) for row in rows.iter_rows(named=True)]
    return rows.with_columns(sentence=pl.Series(sentences, dtype=pl.String))


def _sentence(row: dict[str, Any], titles: Mapping[str, str], areas: Mapping[str, str]) -> str:
    kind = row["kind"]
    about = titles.get(row["indicator"], row["indicator"])
    if row["measure"]:
        about += f", {_words(row['measure'])}"
    cells = f"{row['cells']:,} figure{'' if row['cells'] == 1 else 's'}"
    end = MODELLED_ROW if row["is_modelled"] else ""
    if kind == "renamed_code":
        return f"{about}: {row['area_code']} now has the code {row['new_area_code']}, with the same {cells}.{end}"
    if kind == "rebased_series":
        group = _group(row)
        return (
            f"{about}, {_words(row['area_type'] or 'all areas')}{f', {group}' if group else ''}: {cells} were revised "
            f"in one go, half of them by {_amount(row['difference'], signed=True)} or more{_size(row)}.{end}"
        )
    if row["area_code"] is None:
        return f"{about}, {row['period']}: {cells}, each {KINDS[kind]}; too many to name one by one.{end}"
    place = areas.get(row["area_code"], row["area_code"])
    span = f"{row['period_from']} to {row['period']}" if row["period_from"] else row["period"]
    people = [_words(row[name]) for name in ("sex", "age") if row[name] not in NOT_SAID]
    where = ", ".join([f"{about} in {place}", span, *people, *([_group(row)] if _group(row) else [])])
    return f"{where}: {_what(row)}.{end}"


def _what(row: dict[str, Any]) -> str:
    old, new = _amount(row["old_value"]), _amount(row["new_value"])
    if row["old_note_code"] == WITHHELD:
        now = {"newly_suppressed": "now suppressed by its publisher", "withdrawn": "no longer published"}
        return f"{now.get(row['kind'], new)}; {EARLIER_WITHHELD[row['kind'] == 'newly_suppressed']}"
    moved = f"{new}, was {old}"
    by_kind = {
        "new": f"{new}, which was not there before",
        "withdrawn": f"was {old}, and is no longer published",
        "newly_suppressed": f"was {old}, and is now suppressed",
        "no_longer_suppressed": f"{new}, which was suppressed before",
        "sign_changed": f"{moved}: it changed direction",
        "grade_changed": f"grade {row['new_verdict'] or 'none'}, was {row['old_verdict'] or 'none'}",
        "verdict_changed": f"judged {row['new_verdict']}, was {row['old_verdict']}",
    }
    if row["kind"] in by_kind:
        return by_kind[row["kind"]]
    if not row["difference"]:
        return f"still {new}; its limits, note or source changed"
    way = "higher" if row["difference"] > 0 else "lower"
    return f"{moved} ({_amount(abs(row['difference']))} {way}{_size(row)})"


def _size(row: dict[str, Any]) -> str:
    size = row["half_widths_moved"]
    return "" if size is None else f", {size:.2f} times the wider half of its 95% interval"


def _group(row: dict[str, Any]) -> str:
    parts = [_words(row[name]) for name in ("dimension", "category") if row[name] not in NOT_SAID]
    return " ".join([*parts, *([f"({row['scheme']})"] if row["scheme"] not in NOT_SAID else [])])


def _amount(value: float | None, *, signed: bool = False) -> str:
    if value is None:
        return "no figure"
    return f"{value:{'+' if signed else ''},.4g}" if abs(value) < 1000 else f"{value:{'+' if signed else ''},.0f}"


def _words(slug: str) -> str:
    return slug.replace("_", " ")
