"""Outlines for maps: arcs become closed rings, and what cannot be read is said."""

import json
from typing import Any

import pytest

from pipelines.sources.boundaries import parse_boundaries
from pipelines.sources.contract import ContractBroken
from tests.shared import MIRROR, needs_mirror
from tests.unit.sources.made_files import a_snapshot

# Two squares side by side that share one border: arc 0 is the border, arcs 1 and 2 the rest of each.
SQUARES: dict[str, Any] = {
    "type": "Topology",
    "transform": {"scale": [0.5, 0.5], "translate": [10, 50]},
    "arcs": [[[2, 0], [0, 2]], [[2, 2], [-2, 0], [0, -2], [2, 0]], [[2, 2], [2, 0], [0, -2], [-2, 0]]],
    "objects": {
        "ltla": {
            "geometries": [
                {"type": "Polygon", "arcs": [[0, 1]], "properties": {"areacd": "X06000001", "areanm": "West"}},
                {"type": "MultiPolygon", "arcs": [[[0, 2]]],
                 "properties": {"areacd": "X06000002", "areanm": "East", "end": 2019}},
            ]
        }
    },
}  # fmt: skip


def parsed(topology: object) -> Any:
    content = json.dumps(topology).encode()
    return parse_boundaries(content, a_snapshot("geography/boundaries_uk_multi_vintage.topojson"))


def test_arcs_become_closed_rings_in_degrees() -> None:
    rows = parsed(SQUARES).rows.to_dicts()
    assert [(row["area_code"], row["last_year"]) for row in rows] == [("X06000001", None), ("X06000002", 2019)]
    west = json.loads(rows[0]["geometry"])["coordinates"]
    assert west == [[[[11, 50], [11, 51], [10, 51], [10, 50], [11, 50]]]]


def test_a_backward_arc_is_walked_from_its_end() -> None:
    turned = json.loads(json.dumps(SQUARES))
    turned["objects"]["ltla"]["geometries"][0]["arcs"] = [[~1, ~0]]
    west = json.loads(parsed(turned).rows["geometry"][0])["coordinates"]
    assert west == [[[[11, 50], [10, 50], [10, 51], [11, 51], [11, 50]]]]


def test_an_outline_that_does_not_close_is_rejected_and_the_rest_is_read() -> None:
    torn = json.loads(json.dumps(SQUARES))
    torn["objects"]["ltla"]["geometries"][0]["arcs"] = [[0]]
    found = parsed(torn)
    assert (found.rows.height, found.rejected.height, found.rows_in) == (1, 1, 2)
    assert "not closed" in found.rejected["reason"][0]


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({"areacd": "West"}, "areacd is not a letter and eight digits"),
        ({"areacd": 6}, "areacd is no text"),
        ({"areanm": " "}, "areanm is blank"),
        ({"areanm": "\ud800"}, "areanm holds half a character"),
        ({"end": 10**30}, "end is no year"),
        ({"end": [2019]}, "TypeError"),
    ],
)
def test_an_outline_of_no_area_is_rejected(said: dict[str, object], reason: str) -> None:
    torn = json.loads(json.dumps(SQUARES))
    torn["objects"]["ltla"]["geometries"][0]["properties"] |= said
    found = parsed(torn)
    assert (found.rows.height, found.rejected.height) == (1, 1)
    assert reason in found.rejected["reason"][0]


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"objects": {"ltla": 5}}, "The layer ltla is no collection of geometries"),
        ({"objects": {"ltla": {"geometries": {"a": 1}}}}, "The layer ltla is no collection of geometries"),
        ({"objects": {"ltla": None}}, "no outline that can be read"),
        ({"arcs": [[[1e308, 0], [1e308, 0]]]}, "A point of this TopoJSON has no finite coordinates"),
        ({"arcs": [[["a", 0]]]}, "The arcs of this TopoJSON cannot be read"),
        ({"transform": {}}, "The arcs of this TopoJSON cannot be read: KeyError 'scale'"),
    ],
)
def test_what_breaks_every_outline_refuses_the_file(change: dict[str, object], what: str) -> None:
    with pytest.raises(ContractBroken, match=what):
        parsed(SQUARES | change)


@pytest.mark.parametrize("content", [b"<html></html>", b"{", b"[]", b'{"type": "Topology"}', b"\xff\xfe"])
def test_what_is_no_topology_is_refused(content: bytes) -> None:
    with pytest.raises(ContractBroken, match="expected:"):
        parse_boundaries(content, a_snapshot("geography/boundaries_uk_multi_vintage.topojson"))


@needs_mirror
def test_the_real_outlines_are_read() -> None:
    content = (MIRROR / "geography" / "boundaries_uk_multi_vintage.topojson").read_bytes()
    found = parse_boundaries(content, a_snapshot("geography/boundaries_uk_multi_vintage.topojson"))
    assert found.rejected.height == 0
    assert found.rows.group_by("layer").len().sort("layer").rows() == [
        ("cauth", 20), ("ctry", 4), ("ltla", 407), ("rgn", 12), ("utla", 230),
    ]  # fmt: skip
