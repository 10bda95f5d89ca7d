"""Outlines of areas for maps, from a light TopoJSON of several vintages.

What belongs here: turning shared arcs into one GeoJSON geometry an area. What does not: drawing, or which areas are
current (`geography.py`, `sql/core/area.sql`). The source is optional: nothing that is measured needs it.

TopoJSON keeps each border once, as an arc of whole-number steps; `transform` gives the scale and origin. A negative
arc number means the arc walked backwards: ~n. Layout: the TopoJSON specification, sections 2.1.2 to 2.1.4.
"""

from __future__ import annotations

import json
from itertools import accumulate
from typing import Any, Never

import polars as pl

from pipelines.sources.contract import REJECTED, ContractBroken, Parsed, Resource, Snapshot
from pipelines.sources.layout import LICENCE, file_label, no_direct_address
from pipelines.sources.typed_rows import PROVENANCE

TABLE = "boundary"
LAYERS = ("ltla", "utla", "cauth", "rgn", "ctry")
BOUNDARY: dict[str, pl.DataType] = {
    "layer": pl.String(),
    "area_code": pl.String(),
    "area_name": pl.String(),
    "last_year": pl.Int64(),
    "geometry": pl.String(),
    **PROVENANCE,
}
"""One row per layer and area; `geometry` is GeoJSON text in degrees, `last_year` null while the area exists."""

Point = tuple[float, float]


def parse_boundaries(content: bytes, snapshot: Snapshot) -> Parsed:
    """Read the layers we use into BOUNDARY rows; `source_line` is the area's place in its layer.

    An area whose outline cannot be put together is rejected with the reason. Raises ContractBroken when the file is
    no TopoJSON or holds none of the layers.
    """
    where = file_label(snapshot)
    topology = _topology(content, where)
    arcs = _arcs(topology, where)
    rows: list[dict[str, Any]] = []
    rejected: list[dict[str, Any]] = []
    for layer in LAYERS:
        shapes = topology["objects"].get(layer, {}).get("geometries", [])
        for place, shape in enumerate(shapes, start=1):
            origin = {"source": TABLE, "snapshot_sha256": snapshot.sha256, "source_line": place}
            try:
                rows.append(_row(layer, shape, arcs) | origin)
            except (KeyError, IndexError, TypeError, ValueError) as error:
                reason = f"The outline in layer {layer} cannot be put together: {type(error).__name__} {error}."
                rejected.append(origin | {"reason": reason[:300], "row_text": str(shape)[:300]})
    if not rows:
        _refuse("The file holds no outline that can be read.", where, f"layers {', '.join(LAYERS)}", "none")
    return Parsed(
        pl.DataFrame(rows, schema=BOUNDARY), pl.DataFrame(rejected, schema=REJECTED), len(rows) + len(rejected)
    )


def _refuse(what: str, where: str, expected: str, found: str) -> Never:
    raise ContractBroken(what, where=where, expected=expected, found=found, action="Fetch the file again.")


def _topology(content: bytes, where: str) -> dict[str, Any]:
    try:
        topology = json.loads(content.decode("utf-8-sig"))
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        _refuse("This is not TopoJSON.", where, "JSON text of type Topology", str(error)[:200])
    if not isinstance(topology, dict) or topology.get("type") != "Topology":
        _refuse("This is not TopoJSON.", where, 'an object with "type": "Topology"', str(topology)[:100])
    if not isinstance(topology.get("objects"), dict) or not isinstance(topology.get("arcs"), list):
        _refuse("This TopoJSON has no outlines.", where, "objects and arcs", ", ".join(sorted(topology)))
    return topology


def _arcs(topology: dict[str, Any], where: str) -> list[list[Point]]:
    """All arcs as points in degrees."""
    try:
        (x_scale, y_scale), (x_origin, y_origin) = topology["transform"]["scale"], topology["transform"]["translate"]
        return [
            [
                (round(x * x_scale + x_origin, 6), round(y * y_scale + y_origin, 6))
                for x, y in zip(accumulate(p[0] for p in arc), accumulate(p[1] for p in arc), strict=True)
            ]
            for arc in topology["arcs"]
        ]
    except (KeyError, IndexError, TypeError, ValueError) as error:
        _refuse("The arcs of this TopoJSON cannot be read.", where, "a transform and lists of steps", str(error)[:200])


def _row(layer: str, shape: dict[str, Any], arcs: list[list[Point]]) -> dict[str, Any]:
    about = shape["properties"]
    polygons = {"Polygon": [shape["arcs"]], "MultiPolygon": shape["arcs"]}[shape["type"]]
    outline = [[_ring(ring, arcs) for ring in polygon] for polygon in polygons]
    geometry = {"type": "MultiPolygon", "coordinates": outline}
    if not (isinstance(about["areacd"], str) and about["areacd"]):
        raise ValueError("areacd is blank")
    return {
        "layer": layer,
        "area_code": about["areacd"],
        "area_name": str(about["areanm"]),
        "last_year": int(about["end"]) if about.get("end") is not None else None,
        "geometry": json.dumps(geometry, separators=(",", ":")),
    }


def _ring(numbers: list[int], arcs: list[list[Point]]) -> list[Point]:
    """One closed ring: arcs end to end, each but the first without the point it shares with the one before."""
    points: list[Point] = []
    for number in numbers:
        arc = arcs[number] if number >= 0 else arcs[~number][::-1]
        points += arc[1:] if points else arc
    if len(points) < 4 or points[0] != points[-1]:
        raise ValueError("a ring is not closed")
    return points


RESOURCES = (
    Resource(
        name="boundaries_uk_multi_vintage",
        path="geography/boundaries_uk_multi_vintage.topojson",
        table=TABLE,
        description="Light outlines of districts, upper tiers, combined authorities, regions and countries, for maps.",
        url="https://geoportal.statistics.gov.uk/",
        publisher="ONS Geography",
        licence=LICENCE,
        cadence="annual",
        parser=parse_boundaries,
        schema=BOUNDARY,
        key=("layer", "area_code"),
        live_addresses=no_direct_address,
    ),
)
