"""What changed with a release, in words: a sentence for every row of `meta.revision`, and one HTML page.

What belongs here: words, and `warehouse/report/`. What does not: which difference is which kind
(`changes/revisions.py`). The page asks no other host for anything, and all that comes from data is escaped.

`report/revisions/<release id>.html` is written before the release is current, `report/revisions.html` shows the page of
the current one and is set right at each publication.
"""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any

import polars as pl

from pipelines.changes.revisions import KINDS
from pipelines.files import write_atomically
from pipelines.release.folder import Release, listed
from pipelines.release.query import REVISIONS
from pipelines.sources.arrival.snapshot import MODELLED

SHOWN = 100
MODELLED_ROW = " Modelled data, not real."
NOT_SAID = ("not_applicable", "persons", "total", "all_ages", "at_birth", "none", None)
STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #1b1b1b; }
table { border-collapse: collapse; } th, td { text-align: left; padding: .2rem 1rem .2rem 0; }
td.n { text-align: right; } .modelled { border-left: .4rem solid #b25e00; padding-left: 1rem; } li { margin: .3rem 0; }
"""
SUBJECTS = {
    "observation": "Published figures",
    "inequality": "Measures of inequality",
    "inequality_change": "Verdicts on change over time",
}


def with_sentences(rows: pl.DataFrame, titles: Mapping[str, str], areas: Mapping[str, str]) -> pl.DataFrame:
    """The rows of `meta.revision`, each with what it says in plain words."""
    said = [_sentence(row, titles, areas) for row in rows.iter_rows(named=True)]
    return rows.with_columns(sentence=pl.Series(said, dtype=pl.String))


def _sentence(row: dict[str, Any], titles: Mapping[str, str], areas: Mapping[str, str]) -> str:
    kind = row["kind"]
    about = titles.get(row["indicator"], row["indicator"])
    if row["measure"]:
        about += f", {_words(row['measure'])}"
    cells = f"{row['cells']:,} figure{'' if row['cells'] == 1 else 's'}"
    end = MODELLED_ROW if row["is_modelled"] else ""
    if kind == "renamed_code":
        return f"{about}: {row['area_code']} has the code {row['new_area_code']} now, with the same {cells}.{end}"
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
    moved = f"{new}, was {old}"
    said = {
        "new": f"{new}, which was not there before",
        "withdrawn": f"was {old}, and is there no more",
        "newly_suppressed": f"was {old}, and is suppressed now",
        "no_longer_suppressed": f"{new}, which was suppressed before",
        "sign_changed": f"{moved}: it lies on the other side of no inequality",
        "grade_changed": f"grade {row['new_verdict'] or 'none'}, was {row['old_verdict'] or 'none'}",
        "verdict_changed": f"judged {row['new_verdict']}, was {row['old_verdict']}",
    }
    if row["kind"] in said:
        return said[row["kind"]]
    if not row["difference"]:
        return f"still {new}; its limits, note or source are others"
    way = "higher" if row["difference"] > 0 else "lower"
    return f"{moved} ({_amount(abs(row['difference']))} {way}{_size(row)})"


def _size(row: dict[str, Any]) -> str:
    size = row["half_widths_moved"]
    return "" if size is None else f", {size:.2f} times half the width of its 95% interval"


def _group(row: dict[str, Any]) -> str:
    parts = [_words(row[name]) for name in ("dimension", "category") if row[name] not in NOT_SAID]
    return " ".join([*parts, *([f"({row['scheme']})"] if row["scheme"] not in NOT_SAID else [])])


def _amount(value: float | None, *, signed: bool = False) -> str:
    if value is None:
        return "no figure"
    return f"{value:{'+' if signed else ''},.4g}" if abs(value) < 1000 else f"{value:{'+' if signed else ''},.0f}"


def _words(slug: str) -> str:
    return slug.replace("_", " ")


def page(rows: pl.DataFrame, made: Release, before: Release | None) -> str:
    """The page of one release, whole."""
    parts = [
        "<!doctype html>",
        '<html lang="en-GB"><head><meta charset="utf-8">',
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">",
        f"<title>What changed with release {escape(made.release_id)}</title><style>{STYLE}</style></head><body>",
        f"<h1>What changed with release {escape(made.release_id)}</h1>",
        f"<p>Created {made.created_at:%Y-%m-%d %H:%M} UTC from {escape(made.input)}.</p>",
    ]
    if made.origin == MODELLED:
        parts.append('<p class="modelled"><strong>Modelled data, not real:</strong> for trying the pipeline only.</p>')
    if before is None:
        parts.append("<p>It is the first release of its origin: there is none that it could be compared with.</p>")
    else:
        code = "the same code" if before.code_version == made.code_version else "other code"
        parts.append(
            f"<p>Compared with release {escape(before.release_id)} of {before.created_at:%Y-%m-%d %H:%M} UTC, which "
            f"was made by {code}. A change here is a change of what was published, whether a publisher revised a "
            "figure or we compute it otherwise.</p>"
        )
        parts += _found(rows)
    return "\n".join([*parts, "</body></html>"]) + "\n"


def _found(rows: pl.DataFrame) -> list[str]:
    if rows.is_empty():
        return ["<p>No figure, measure or verdict changed.</p>"]
    counted = rows.group_by("subject", "kind").agg(pl.len().alias("rows"), pl.col("cells").sum())
    groups = [
        (subject, kind, found["rows"][0], found["cells"][0])
        for subject in SUBJECTS
        for kind in KINDS
        if (found := counted.filter((pl.col("subject") == subject) & (pl.col("kind") == kind))).height
    ]
    parts = ["<table><tr><th>What</th><th>Kind</th><th>Figures</th></tr>"]
    parts += [
        f'<tr><td>{SUBJECTS[subject]}</td><td>{KINDS[kind]}</td><td class="n">{cells:,}</td></tr>'
        for subject, kind, _, cells in groups
    ]
    parts.append("</table>")
    for subject, kind, count, _ in groups:
        told = (
            rows.filter((pl.col("subject") == subject) & (pl.col("kind") == kind))
            .sort("most_half_widths_moved", descending=True, nulls_last=True, maintain_order=True)
            .head(SHOWN)
        )
        parts += [f"<h2>{SUBJECTS[subject]}: {KINDS[kind]}</h2>", "<ul>"]
        parts += [f"<li>{escape(sentence)}</li>" for sentence in told["sentence"]]
        parts.append("</ul>")
        if count > SHOWN:
            query = f"from meta.revision where subject = '{subject}' and kind = '{kind}'"
            parts.append(f"<p>The {SHOWN} largest of {count:,}; all of them: <code>{query}</code></p>")
    return parts


def keep(warehouse: Path, rows: pl.DataFrame, made: Release, before: Release | None) -> None:
    """Write the page of a release that may become current."""
    write_atomically(_page_of(warehouse, made.release_id), page(rows, made, before).encode())


def show(warehouse: Path, release_id: str) -> Path | None:
    """Make `report/revisions.html` the page of this release, and drop pages of ids that are no release (any more).

    Returns it, or None where the release has no page: it is of an older make.
    """
    kept = set(listed(warehouse))
    for file in _page_of(warehouse, release_id).parent.glob("*.html"):
        if file.stem not in kept:
            file.unlink()
    one, shown = _page_of(warehouse, release_id), warehouse / REVISIONS
    if not one.is_file():
        shown.unlink(missing_ok=True)
        return None
    content = one.read_bytes()
    if not shown.is_file() or shown.read_bytes() != content:
        write_atomically(shown, content)
    return shown


def _page_of(warehouse: Path, release_id: str) -> Path:
    return warehouse / REVISIONS.with_suffix("") / f"{release_id}.html"
