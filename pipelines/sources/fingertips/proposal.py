"""What Fingertips files say of indicators that the catalogue lacks, as blocks for a person to review.

What belongs here: gathering what is seen of an indicator over several files. What does not: the text of a block
(`catalogue/suggestion.py`), or any judgement about an indicator.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime

import polars as pl

from pipelines import catalogue
from pipelines.catalogue import Catalogue
from pipelines.sources.contract import Snapshot
from pipelines.sources.fingertips.file import text_rows

_SEEN = {
    "name": pl.col("indicator_name").drop_nulls(),
    "category_types": pl.col("category_type").drop_nulls(),
    "period_lengths": pl.col("period_range").drop_nulls().str.to_lowercase(),
}


def propose_blocks(files: Iterable[tuple[str, bytes]], known: Catalogue) -> list[str]:
    """One block for each indicator of these files (name and bytes) that the catalogue lacks, by its id.

    Raises ContractBroken for a file that cannot be used.
    """
    seen = []
    for name, content in files:
        rows, _ = text_rows(content, _unkept(name, content))
        seen.append(rows.select("indicator_id", "indicator_name", "category_type", "period_range"))
    number = pl.col("indicator_id").str.extract(r"^([0-9]{1,9})$").cast(pl.Int64)
    rows = pl.concat(seen).with_columns(number.alias("id")).drop_nulls("id")
    gathered = rows.group_by("id").agg(how.unique(maintain_order=True).alias(name) for name, how in _SEEN.items())
    blocks: dict[str, str] = {}
    for row in gathered.sort("id").iter_rows(named=True):
        if known.indicator_by_fingertips_id(row["id"]) is None:
            name, said = next(iter(row["name"]), ""), {key: row[key] for key in ("category_types", "period_lengths")}
            block = catalogue.suggest_block(row["id"], name, **said, taken={*known.indicators, *blocks})
            blocks[block.split("]")[0].removeprefix("[")] = block
    return list(blocks.values())


def _unkept(name: str, content: bytes) -> Snapshot:
    """A file that nobody took in, as the reader names it."""
    sha256, now = hashlib.sha256(content).hexdigest(), datetime.now(UTC)
    return Snapshot("fingertips", name, "", sha256, len(content), now, "", "", is_modelled=False, origin="publisher")
