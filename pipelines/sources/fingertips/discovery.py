"""Which area types Fingertips has, by id and name: one list, fetched once per live run.

What belongs here: reading that list with fingertips_py, and saying which of the catalogue's area types are not in it.
What does not: asking for it (the list is a resource like any other: its bytes come through `transport/` and are kept),
or noticing that a name changed while its id stayed, which is how data are recalculated without notice (`source_health/`
compares the names of two snapshots).

fingertips_py has no timeouts, asks again without certificate verification after any TLS error, and turns error texts
into data. So it never opens an address: while its reader runs, its `requests` returns the bytes that we keep.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import polars as pl
import requests

from pipelines import catalogue
from pipelines.catalogue import Catalogue
from pipelines.notes import Kind, Note
from pipelines.sources.access.web_file import WebFile
from pipelines.sources.contract import Parsed, Resource, Snapshot
from pipelines.sources.fingertips.metadata import API
from pipelines.sources.formats.json_file import Unreadable, plain_text, read_list, refuse, settle_entries, whole_number
from pipelines.sources.formats.table import LICENCE, file_label, shown
from pipelines.sources.formats.typed_rows import PROVENANCE

AREA_TYPES = "fingertips_area_types"
ADDRESS = f"{API}area_types"
EXPECTED = "a JSON list of objects with Id and Name"

AREA_TYPE: dict[str, pl.DataType] = {"area_type_id": pl.Int64(), "name": pl.String(), **PROVENANCE}
"""One row per area type that the publisher has."""

_ONE_AT_A_TIME = threading.Lock()
"""What is replaced in fingertips_py is shared by the whole process."""


def parse_area_types(content: bytes, snapshot: Snapshot) -> Parsed:
    """Read the list with the project's catalogue; see `parse_with`."""
    return parse_with(content, snapshot, catalogue.load())


def parse_with(content: bytes, snapshot: Snapshot, known: Catalogue) -> Parsed:
    """Read the list of area types into rows of id and name.

    An entry that lacks either is rejected, and so is one that fingertips_py loses because another has its id. Area
    types that the catalogue states and the list lacks are named in notes. Raises ContractBroken for what is no
    such list, is empty, cannot be read by fingertips_py, or holds no entry that can be read.
    """
    where = file_label(snapshot)
    entries = read_list(content, where, EXPECTED, what="the list of area types")
    by_id = _as_fingertips_py_reads(content, where)

    def row(entry: Any) -> dict[str, object]:
        number, name = whole_number(entry, "Id"), plain_text(entry.get("Name"), "Name")
        if name is None:
            raise Unreadable("Name is blank.")
        if by_id.get(number, {}).get("Name") != entry["Name"]:
            raise Unreadable(f"Another entry has the id {number} too, and fingertips_py keeps that one.")
        return {"area_type_id": number, "name": name}

    parsed = settle_entries(entries, row, AREA_TYPE, AREA_TYPES, snapshot)
    return Parsed(parsed.rows, parsed.rejected, parsed.rows_in, _not_listed(known, {*parsed.rows["area_type_id"]}))


def _not_listed(known: Catalogue, listed: set[int]) -> tuple[Note, ...]:
    """A note for each area type that the catalogue states for an indicator of Fingertips and the list lacks."""
    stated: dict[int, list[str]] = {}
    for one in known.indicators.values():
        for area_type in one.area_types if one.fingertips_id and "fingertips" in one.sources else ():
            stated.setdefault(area_type, []).append(one.slug)
    return tuple(
        Note(Kind.AREA_TYPE_NOT_LISTED, label=str(area_type), names=tuple(slugs))
        for area_type, slugs in sorted(stated.items())
        if area_type not in listed
    )


def _as_fingertips_py_reads(content: bytes, where: str) -> dict[Any, Any]:
    """What `get_all_areas` of fingertips_py, which means all area types, makes of the kept bytes, by id."""
    import fingertips_py.metadata  # late: it imports pandas

    try:
        with _answered_by(content):
            found = fingertips_py.metadata.get_all_areas()
    except (LookupError, TypeError, AttributeError, ValueError, RecursionError) as error:
        what = f"fingertips_py cannot read the list of area types ({type(error).__name__}: {shown(str(error))})."
        refuse(what, where, EXPECTED, content)
    return dict(found)


@dataclass(frozen=True)
class _Kept:
    """What fingertips_py sees as `requests`: one address, which answers with bytes in hand."""

    content: bytes
    exceptions = requests.exceptions

    def get(self, url: str) -> _Kept:
        """The one answer. Any other address, and any option such as `verify`, is an error."""
        if url != ADDRESS:
            raise LookupError(f"it asks {url}, and we keep {ADDRESS}")
        return self


@contextmanager
def _answered_by(content: bytes) -> Iterator[None]:
    """While open, fingertips_py gets these bytes for an answer and opens nothing; undone also after an error."""
    import fingertips_py.api_calls

    with _ONE_AT_A_TIME:
        theirs = fingertips_py.api_calls.requests
        fingertips_py.api_calls.requests = _Kept(content.removeprefix(b"\xef\xbb\xbf"))
        try:
            yield
        finally:
            fingertips_py.api_calls.requests = theirs


RESOURCES: tuple[Resource, ...] = (
    Resource(
        name=AREA_TYPES,
        path="fingertips_metadata/area_types.json",
        table=AREA_TYPES,
        description=(
            "The area types that Fingertips has, by id. A name that changes while its id stays means that data were "
            "recalculated."
        ),
        url=ADDRESS,
        publisher="OHID, Fingertips",
        licence=LICENCE,
        cadence="with each change of areas",
        parser=parse_area_types,
        schema=AREA_TYPE,
        key=("area_type_id",),
        access=(WebFile(ADDRESS),),
    ),
)
