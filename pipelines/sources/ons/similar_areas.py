"""The local authorities that ONS finds most similar to each: one row per authority, the nearest first.

What belongs here: that file's layout. What does not: how similar they are (the file does not say), or any comparison.
"""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from pipelines.sources.contract import ContractBroken, Parsed, Resource, Snapshot
from pipelines.sources.formats.table import LICENCE, Column, csv_table, file_label, shown
from pipelines.sources.formats.typed_rows import PROVENANCE, finish, settle

SOURCE = "ons_similar_areas"
MOST = 50

SIMILAR_AREA: dict[str, pl.DataType] = {
    "area_code": pl.String(),
    "place": pl.Int64(),
    "similar_area_code": pl.String(),
    **PROVENANCE,
}
"""One row per area and place, 1 the most similar; an area of another country may be among them."""

_AREA = Column("area_code", ("areacd", "area code"), "code")
_SIMILAR = Column("similar_area_code", (), "code")
_PLACES = tuple(Column(f"place {place}", (str(place),), may_be_absent=True) for place in range(1, MOST + 1))


def parse(content: bytes, snapshot: Snapshot) -> Parsed:
    """Read the file into long form. `rows_in` counts area-places: a row counts once for each area that it names, and
    some name fewer than others.

    Raises ContractBroken where the columns 1, 2, 3 ... are not there, or one between them is missing.
    """
    table = csv_table(content, snapshot, (_AREA, *_PLACES))
    held = [column for column in _PLACES if column.name in table.placed]
    if not held or held != list(_PLACES[: len(held)]):
        raise ContractBroken(
            "This is no list of similar areas.",
            where=file_label(snapshot),
            expected="a column of area codes, and the columns 1, 2, 3 ... in full",
            found=shown(", ".join(table.headers)),
            do="Fetch the file again; if the layout has changed, change its parser.",
        )
    checks = [(pl.col("area_code") == pl.col("similar_area_code"), "an area is not similar to itself")]
    parts = []
    for place, column in enumerate(held, start=1):
        placed = {_AREA.name: table.placed[_AREA.name], _SIMILAR.name: table.placed[column.name]}
        named = table.cells.filter(pl.col(str(placed[_SIMILAR.name])).is_not_null())
        one = replace(table, placed=placed, cells=named)
        constants: dict[str, str | int] = {"place": place}
        part = settle(
            one, (_AREA, _SIMILAR), snapshot, source=SOURCE, schema=SIMILAR_AREA, constants=constants, checks=checks
        )
        parts.append(part)
    return finish(parts, snapshot)


RESOURCES = (
    Resource(
        name=SOURCE,
        path="geography/similar_areas_global.csv",
        table=SOURCE,
        description="The local authorities of the United Kingdom that are most similar to each, the nearest first.",
        url="https://www.ons.gov.uk/explore-local-statistics/",
        publisher="ONS",
        licence=LICENCE,
        cadence="irregular",
        parser=parse,
        schema=SIMILAR_AREA,
        key=("area_code", "place"),
    ),
)
