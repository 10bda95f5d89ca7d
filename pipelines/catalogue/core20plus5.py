"""Core20PLUS5: what NHS England asks for in each clinical area, and which open indicators come nearest to it.

What belongs here: the typed form of one block of `core20plus5.toml`, and reading the file. What does not: any figure
(`sql/published/core20plus5.sql`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pipelines.catalogue.faults import Block, Fault, parse
from pipelines.catalogue.indicator import CORE20PLUS5_PLACES, Indicator

FILE = "core20plus5.toml"
GROUPS = ("adults", "children")
FITS = ("the_ask", "proxy", "weak_proxy")


@dataclass(frozen=True)
class Element:
    """One clinical area. `code` is A1 to A5 for adults, C1 to C5 for children and young people, S for smoking.

    `indicators` are the nearest ones, the best first; `fit` says how near they are to the ask. `better_source` is where
    the ask itself is counted, empty where that is not known.
    """

    code: str
    group: str
    title: str
    ask: str
    indicators: tuple[str, ...]
    fit: str
    shown: str
    better_source: str


def read_elements(text: str, indicators: Mapping[str, Indicator], faults: list[Fault]) -> dict[str, Element]:
    """Read the text of FILE: one `[code]` block an element. Its indicators are of the catalogue and name its code.

    Returns elements by code, in the order of the file; adds every fault to `faults` and goes on.
    """
    elements = {}
    for code, table in (parse(FILE, text, faults) or {}).items():
        block = Block(FILE, code, table, faults)
        if code not in CORE20PLUS5_PLACES:
            block.fault("-", f"one of {', '.join(CORE20PLUS5_PLACES)} as the block's name", repr(code))
        named = block.texts("indicators", slug=True)
        for slug in named:
            if slug not in indicators:
                block.fault("indicators", "indicators of the catalogue", repr(slug))
            elif code not in indicators[slug].core20plus5:
                block.fault("indicators", f"indicators whose own core20plus5 names {code}", repr(slug))
        elements[code] = Element(
            code=code,
            group=block.text("group", one_of=GROUPS),
            title=block.text("title"),
            ask=block.text("ask"),
            indicators=named,
            fit=block.text("fit", one_of=FITS),
            shown=block.text("shown"),
            better_source=block.text("better_source", optional=True),
        )
        block.finish()
    return elements
