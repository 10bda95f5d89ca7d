"""Outlines of areas for maps, from a light TopoJSON of several vintages.

What belongs here: turning shared arcs into one GeoJSON geometry per area. What does not: drawing, or which areas are
current (`geography.py`, `sql/core/area.sql`). The source is optional: nothing that is measured needs it.

TopoJSON keeps each border once, as an arc of whole-number steps; `transform` gives the scale and origin. A negative
arc number means the arc walked backwards: ~n. Layout: the TopoJSON specification, sections 2.1.2 to 2.1.4.
"""

from __future__ import annotations

import json
import re
from itertools import accumulate
from math import isfinite
from typing import Any

import polars as pl

from pipelines.sources.access.web_file import WebFile
from pipelines.sources.contract import REJECTED, Parsed, Resource, Snapshot
from pipelines.sources.formats.json_file import Unreadable, as_received, plain_text, read_json, refuse
from pipelines.sources.formats.table import LICENCE, file_label, shown
from pipelines.sources.formats.typed_rows import AREA_CODE, PROVENANCE

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

EXPECTED = f"TopoJSON with arcs and with outlines in the layers {', '.join(LAYERS)}"
FIRST_YEAR, LAST_YEAR = 1900, 2100
SHOWN = 300
"""Characters that a rejected row keeps of its outline, which is long."""

Point = tuple[float, float]


def parse_boundaries(content: bytes, snapshot: Snapshot) -> Parsed:
    """Read the layers we use into BOUNDARY rows; `source_line` is the area's place in its layer.

    An area whose outline cannot be put together is rejected with the reason. Raises ContractBroken when the file is
    no TopoJSON, holds none of the layers or none that can be read.
    """
    where = file_label(snapshot)
    topology = _topology(content, where)
    arcs = _arcs(topology, where, content)
    rows: list[dict[str, Any]] = []
    rejected: list[dict[str, Any]] = []
    for layer in LAYERS:
        for place, shape in enumerate(_shapes(topology, layer, where, content), start=1):
            origin = {"source": TABLE, "snapshot_sha256": snapshot.sha256, "source_line": place}
            try:
                rows.append(_row(layer, shape, arcs) | origin)
            except (Unreadable, KeyError, IndexError, TypeError, ValueError, OverflowError, RecursionError) as error:
                fault = shown(f"{type(error).__name__} {error}"[:SHOWN])
                reason = f"The outline in layer {layer} cannot be put together: {fault}."
                rejected.append(origin | {"reason": reason, "is_faulty": True, "row_text": as_received(shape)[:SHOWN]})
    if not rows:
        refuse("The file holds no outline that can be read.", where, EXPECTED, content)
    return Parsed(
        pl.DataFrame(rows, schema=BOUNDARY), pl.DataFrame(rejected, schema=REJECTED), len(rows) + len(rejected)
    )


def _topology(content: bytes, where: str) -> dict[str, Any]:
    topology = read_json(content, where, EXPECTED)
    if not isinstance(topology, dict) or topology.get("type") != "Topology":
        refuse("This is not TopoJSON.", where, EXPECTED, content)
    if not isinstance(topology.get("objects"), dict) or not isinstance(topology.get("arcs"), list):
        refuse("This TopoJSON has no outlines.", where, EXPECTED, content)
    return topology


def _shapes(topology: dict[str, Any], layer: str, where: str, content: bytes) -> list[Any]:
    """The outlines of a layer; none where the file has no such layer."""
    held = topology["objects"].get(layer)
    shapes = held.get("geometries") if isinstance(held, dict) else held
    if held is not None and not isinstance(shapes, list):
        refuse(f"The layer {layer} is no collection of geometries.", where, EXPECTED, content)
    return shapes or []


def _arcs(topology: dict[str, Any], where: str, content: bytes) -> list[list[Point]]:
    """All arcs as points in degrees."""
    try:
        (x_scale, y_scale), (x_origin, y_origin) = topology["transform"]["scale"], topology["transform"]["translate"]
        arcs = [
            [
                (round(x * x_scale + x_origin, 6), round(y * y_scale + y_origin, 6))
                for x, y in zip(accumulate(p[0] for p in arc), accumulate(p[1] for p in arc), strict=True)
            ]
            for arc in topology["arcs"]
        ]
    except (KeyError, IndexError, TypeError, ValueError, OverflowError) as error:
        fault = shown(f"{type(error).__name__} {error}"[:SHOWN])
        refuse(f"The arcs of this TopoJSON cannot be read: {fault}.", where, EXPECTED, content)
    if not all(isfinite(number) for arc in arcs for point in arc for number in point):
        refuse("A point of this TopoJSON has no finite coordinates.", where, EXPECTED, content)
    return arcs


def _row(layer: str, shape: dict[str, Any], arcs: list[list[Point]]) -> dict[str, Any]:
    about = shape["properties"]
    polygons = {"Polygon": [shape["arcs"]], "MultiPolygon": shape["arcs"]}[shape["type"]]
    outline = [[_ring(ring, arcs) for ring in polygon] for polygon in polygons]
    geometry = {"type": "MultiPolygon", "coordinates": outline}
    code, name, end = plain_text(about["areacd"], "areacd"), plain_text(about["areanm"], "areanm"), about.get("end")
    if not code or not re.fullmatch(AREA_CODE, code):
        raise ValueError("areacd is not a letter and eight digits")
    if not name:
        raise ValueError("areanm is blank")
    if end is not None and not FIRST_YEAR <= int(end) <= LAST_YEAR:
        raise ValueError("end is no year")
    return {
        "layer": layer,
        "area_code": code,
        "area_name": name,
        "last_year": None if end is None else int(end),
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
        # Captured June 2026; ONS's own app fetches it. A branch may move: the last good file then stands in.
        access=(WebFile("https://raw.githubusercontent.com/ONSdigital/uk-topojson/refs/heads/main/output/topo.json"),),
    ),
)
