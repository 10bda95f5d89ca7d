"""Several rows of one key: which say the same, which is fresher, and which contradict each other.

What belongs here: the rules by which one row stands for all rows of a key, or none does. What does not: reading files
and counting their rows (`intake.py`), or what becomes of a file that contradicts itself.

Rows say the same where their figures are equal to a relative 1e-9 (one file prints 15 digits, another 17) or one has a
figure that the other lacks; the row that stays has them all, and every note. A withheld figure is no gap to be filled:
beside a row that shows it, it is a contradiction. Of two files that contradict each other, the one in which the
indicator's newest period is later is the fresher delivery, and wins; so the same files give the same answer whether
they came today or one of them stands in from an earlier day. Of other doubles, a file that was asked for today goes
before one that was not. Where neither is fresher, or within one file, none is picked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from pipelines.notes import Kind, Note
from pipelines.sources.contract import REJECTED, WITHHELD, ContractBroken, is_few

FILE = "file read"
"""Names each row's file while rows are counted, since two files may hold the same bytes; never in a result."""

FRESHNESS = "freshness"
"""Names the day on which each row was last known to be what its publisher serves; never in a result."""

SAME_FIGURE = 1e-9
"""Relative difference up to which two figures are one."""

IN_ONE_FILE = "Rows of this file for the same cell contradict each other."
BETWEEN_FILES = "Two files contradict each other in this cell, and neither is fresher."

_ROW, _NEWEST = "row", "newest period"
_NONE_REFUSED = pl.DataFrame(schema={**REJECTED, FILE: pl.String()})
_EXAMPLES = 5
_COUNTRY = r"^[A-Z]92"
"""How the codes of whole countries begin."""


@dataclass(frozen=True)
class Deduplicated:
    """One row per key, and what became of the others.

    `refused` has the columns of REJECTED, and FILE: the few rows of a file that contradict each other. `contradictions`
    has the files with more of them, or with one in a country's figures; none of their rows is in `rows` or `refused`.
    `notes` say which file gave way to which.
    """

    rows: pl.DataFrame
    refused: pl.DataFrame
    contradictions: dict[str, ContractBroken]
    notes: tuple[Note, ...]

    def refuse_contradictions(self) -> None:
        """Raise the first contradiction, where there is one."""
        for error in self.contradictions.values():
            raise error


def deduplicate(rows: pl.DataFrame, *, key: Sequence[str], content: Sequence[str], where: str) -> Deduplicated:
    """Keep one row of each key.

    `rows` has the FILE column beside its own, and may have FRESHNESS; `content` names the columns in which rows must
    say the same (for observations `note_code` is among them, which need not). The row that stays is the first by
    snapshot and line, then by place in `rows`, so that the answer does not depend on the names of files. A reference
    table gets no row refused: a file that contradicts itself there is not believed at all.
    """
    ordered = rows.sort("snapshot_sha256", "source_line", maintain_order=True).with_row_index(_ROW)
    is_doubled = pl.struct(key).is_duplicated()
    is_observation = "note_code" in content
    whole = ordered.group_by(FILE).len()

    def settle(left: pl.DataFrame, torn: pl.DataFrame, reason: str) -> pl.DataFrame:
        """The rows without those that contradict each other; notes what is refused, and which file is not believed."""
        if torn.is_empty():
            return left
        counts = torn.group_by(FILE).agg(pl.len().alias("torn"), _of_a_country(torn)).join(whole, on=FILE)
        for file, torn_rows, rows_in, of_a_country in counts.sort(FILE).select(FILE, "torn", "len", "country").rows():
            if not (is_observation and is_few(torn_rows, rows_in)) or of_a_country:
                contradictions[file] = _broken(torn, file, key, content, where)
        believed = ~pl.col(FILE).is_in(list(contradictions))
        refused.append(torn.filter(believed).with_columns(pl.lit(reason).alias("reason")))
        return left.filter(believed).join(torn, on=_ROW, how="anti")

    contradictions: dict[str, ContractBroken] = {}
    refused: list[pl.DataFrame] = []
    doubled = ordered.filter(is_doubled)
    left = settle(doubled, _torn(doubled, [*key, FILE], content), IN_ONE_FILE)
    older = _older(_torn(left, key, content), ordered, key)
    left = left.join(older, on=_ROW, how="anti")
    if FRESHNESS in rows.columns:
        left = left.filter(pl.col(FRESHNESS) == pl.col(FRESHNESS).max().over(key))
    left = settle(left, _torn(left, key, content), BETWEEN_FILES)
    believed = ~pl.col(FILE).is_in(list(contradictions))
    unique = pl.concat([ordered.filter(~is_doubled & believed), _united(left, key, content)]).sort(_ROW)
    refused_rows = _as_refused(pl.concat(refused).filter(believed), key, content) if refused else _NONE_REFUSED
    return Deduplicated(unique.select(rows.columns), refused_rows, contradictions, _notes(older))


def _torn(rows: pl.DataFrame, key: Sequence[str], content: Sequence[str]) -> pl.DataFrame:
    """The rows of keys whose rows do not say the same."""
    doubled = rows.filter(pl.struct(key).is_duplicated())
    differs = [_differs(name, doubled.schema[name]) for name in content if name != "note_code"]
    if "note_code" in content:
        hidden, value = pl.col("note_code").is_in(WITHHELD).fill_null(value=False), pl.col("value").is_not_null()
        differs.append(hidden.any() & (value & ~hidden).any())
    if not differs:
        return doubled.clear()
    torn = doubled.group_by(key).agg(pl.any_horizontal(differs).alias("torn")).filter("torn")
    return doubled.join(torn, on=list(key), how="semi", nulls_equal=True)


def _differs(name: str, dtype: pl.DataType) -> pl.Expr:
    column = pl.col(name)
    if dtype.is_float():
        apart = column.max() - column.min() > SAME_FIGURE * column.abs().max()
        return apart.fill_null(value=False).alias(name)
    return (column.drop_nulls().n_unique() > 1).alias(name)


def _of_a_country(rows: pl.DataFrame) -> pl.Expr:
    codes = pl.col("area_code").str.contains(_COUNTRY) if "area_code" in rows.columns else pl.lit(value=False)
    return codes.fill_null(value=False).any().alias("country")


def _older(torn: pl.DataFrame, all_rows: pl.DataFrame, key: Sequence[str]) -> pl.DataFrame:
    """Of rows that contradict each other, those of files in which the indicator's newest period is earlier."""
    if not {"indicator", "period_end"} <= set(all_rows.columns):
        return torn.clear().with_columns(pl.lit("").alias("indicator"), pl.lit("").alias("by"))
    newest = all_rows.group_by("indicator", FILE).agg(pl.col("period_end").max().alias(_NEWEST))
    dated = torn.join(newest, on=["indicator", FILE], how="left", maintain_order="left")
    latest = pl.col(_NEWEST) == pl.col(_NEWEST).max().over(key)
    by = pl.col(FILE).filter(latest).first().over(key)
    return dated.with_columns(by.alias("by")).filter(~latest)


def _notes(older: pl.DataFrame) -> tuple[Note, ...]:
    counts = older.group_by(FILE, "by", "indicator").len().sort(FILE, "by", "indicator")
    return tuple(
        Note(Kind.FILE_SUPERSEDED, path=file, by=by, indicator=indicator, count=count)
        for file, by, indicator, count in counts.iter_rows()
    )


def _united(rows: pl.DataFrame, key: Sequence[str], content: Sequence[str]) -> pl.DataFrame:
    """One row per key; the first of several takes over the figures it lacks, and the notes of all."""
    filled = {name: pl.col(name).drop_nulls().first() for name in content if name != "note_code"}
    if "note_code" in content:
        # A note that says why there is no value says nothing of a value that another row has.
        holds = pl.col("value").is_not_null()
        about = pl.col("note_code").is_not_null() & (holds | ~holds.any())
        typed_first = pl.col("note_code") == "other_note"
        filled["note_code"] = pl.col("note_code").filter(about).sort_by(typed_first.filter(about)).first()
        said = pl.col("note").filter(about).drop_nulls().unique(maintain_order=True)
        filled["note"] = pl.when(said.len() > 0).then(said.str.join(" "))
    others = [pl.col(name).first() for name in rows.columns if name not in (*key, *filled)]
    united = rows.group_by(key, maintain_order=True).agg(*others, *(how.alias(name) for name, how in filled.items()))
    return united.select(rows.columns)


def _as_refused(rows: pl.DataFrame, key: Sequence[str], content: Sequence[str]) -> pl.DataFrame:
    said = pl.struct(*key, *(name for name in content if name not in key)).struct.json_encode()
    return rows.with_columns(said.alias("row_text"), pl.lit(value=True).alias("is_faulty")).select(
        *(pl.col(name).cast(dtype) for name, dtype in REJECTED.items()), FILE
    )


def _broken(torn: pl.DataFrame, file: str, key: Sequence[str], content: Sequence[str], where: str) -> ContractBroken:
    """The error of a file that contradicts itself or an equal, with up to five examples."""
    places = pl.format("{} line {}", FILE, pl.col("source_line").cast(pl.String).fill_null("?")).alias("places")
    spread = [pl.col(name).unique(maintain_order=True) for name in content]
    keys = torn.group_by(key, maintain_order=True).agg(places, *spread, (pl.col(FILE) == file).any().alias("mine"))
    mine = keys.filter("mine")
    examples = [
        f"{', '.join(str(row[name]) for name in key)} ({', '.join(row['places'])}): "
        + "; ".join(f"{name} {row[name]}" for name in content if len(row[name]) > 1)
        for row in mine.head(_EXAMPLES).iter_rows(named=True)
    ]
    return ContractBroken(
        f"{mine.height:,} keys appear with contradicting figures.",
        where=f"{file}, staging.{where}",
        expected="rows of one key that agree, so that one of them can be dropped",
        found="\n            ".join(examples),
        do="Ask the publisher which is right, and remove the other file or row from the input.",
    )
