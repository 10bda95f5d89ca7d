"""What Fingertips says of its indicators in words, and for which area types it has each of them.

What belongs here: the JSON of `indicator_metadata/by_indicator_id` and of `available_data`. What does not: figures
(`parse` of this package), what JSON files share (`formats/json_file.py`), or our own reviewed description of an
indicator (`pipelines/catalogue/`).

Neither layout could be checked against the live service. The fields around `Descriptive`, its `Name`, `NameLong`,
`DataSource` and `Definition`, and `DataChange.LastUploadedAt` stand in the publisher's source of 2020; the other names
inside `Descriptive` are taken from the publisher's list of metadata and may differ. Hence a field that is absent is
null, and `expectations/` warns where no indicator has one.

All texts are the publisher's words, as published: HTML tags in them are text, to be escaped by whoever shows them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from typing import Any

import polars as pl

from pipelines import catalogue
from pipelines.notes import Kind, Note
from pipelines.sources.access.web_file import WebFile
from pipelines.sources.contract import Access, Parsed, Resource, Snapshot
from pipelines.sources.formats.json_file import (
    Unreadable,
    plain_text,
    read_json,
    read_list,
    refuse,
    settle_entries,
    whole_number,
)
from pipelines.sources.formats.table import LICENCE, file_label, shown
from pipelines.sources.formats.typed_rows import PROVENANCE

API = "https://fingertips.phe.org.uk/api/"
ONE_INDICATOR = f"{API}indicator_metadata/by_indicator_id"
METADATA, AVAILABLE = "fingertips_metadata", "fingertips_available"

FIELDS: dict[str, tuple[tuple[str, str], ...]] = {
    "name": (("Descriptive", "Name"), ("Descriptive", "NameLong")),
    "definition": (("Descriptive", "Definition"),),
    "rationale": (("Descriptive", "Rationale"), ("Descriptive", "SpecificRationale")),
    "caveats": (("Descriptive", "Caveats"),),
    "disclosure_control": (("Descriptive", "DisclosureControl"), ("Descriptive", "DiscControl")),
    "data_source": (("Descriptive", "DataSource"),),
    "unit": (("Unit", "Label"),),
    "value_type": (("ValueType", "Name"), ("ValueType", "Label")),
    "year_type": (("YearType", "Name"),),
    "confidence_interval_method": (("ConfidenceIntervalMethod", "Name"),),
}
"""Where each text stands in an indicator's entry: the first of these places that has one."""

INDICATOR_METADATA: dict[str, pl.DataType] = {
    "fingertips_id": pl.Int64(),
    **dict.fromkeys(FIELDS, pl.String()),
    "date_updated": pl.Date(),
    **PROVENANCE,
}
"""One row per indicator, in the publisher's words; null where it says nothing."""

AVAILABLE_DATA: dict[str, pl.DataType] = {"fingertips_id": pl.Int64(), "area_type_id": pl.Int64(), **PROVENANCE}
"""One row per indicator and area type that the publisher has data for."""

_NUMBER = re.compile(r"[0-9]{1,9}", re.ASCII)
_ASKED = re.compile(r"indicator_([0-9]{1,9})\.json$")
_NEVER = date(1, 1, 1)
"""What the publisher's software writes for a day that never was."""


def parse_metadata(content: bytes, snapshot: Snapshot) -> Parsed:
    """Read the metadata of indicators: a JSON object keyed by indicator id.

    An entry that is not in that layout, or says nothing at all, is rejected. A day of upload that cannot be read is
    null and named in a note. Raises ContractBroken for what is no such object, is empty, lacks the indicator that
    the file is named for, or holds no entry that can be read.
    """
    where, expected = file_label(snapshot), "a JSON object keyed by indicator id"
    found = read_json(content, where, expected)
    if not isinstance(found, dict) or not found:
        refuse("This is not the metadata of indicators.", where, expected, content)
    asked = _ASKED.search(snapshot.path)
    if asked and asked[1] not in found:
        refuse("The indicator that the file is named for is not in it.", where, f"the key {asked[1]!r}", content)
    unread_days: list[Note] = []

    def row(item: Any) -> dict[str, object]:
        key, entry = item
        return _indicator(key, entry, unread_days)

    parsed = settle_entries(found.items(), row, INDICATOR_METADATA, METADATA, snapshot)
    return Parsed(parsed.rows, parsed.rejected, parsed.rows_in, tuple(unread_days))


def parse_available(content: bytes, snapshot: Snapshot) -> Parsed:
    """Read which indicators have data for which area types: a JSON list of `{"IndicatorId": ..., "AreaTypeId": ...}`.

    An entry without both whole numbers is rejected. Raises ContractBroken for what is no such list, is empty, or holds
    no entry that can be read.
    """
    where, expected = file_label(snapshot), "a JSON list of objects with IndicatorId and AreaTypeId"
    found = read_list(content, where, expected, what="the list of available data")

    def row(entry: Any) -> dict[str, object]:
        if not isinstance(entry, dict):
            raise Unreadable("The entry is no object.")
        return {
            "fingertips_id": whole_number(entry, "IndicatorId"),
            "area_type_id": whole_number(entry, "AreaTypeId"),
        }

    return settle_entries(found, row, AVAILABLE_DATA, AVAILABLE, snapshot)


def _indicator(key: str, entry: Any, unread_days: list[Note]) -> dict[str, object]:
    if not _NUMBER.fullmatch(key):
        raise Unreadable(f"The key {shown(key)} is no indicator id.")
    if not isinstance(entry, dict):
        raise Unreadable(f"What is said of indicator {key} is no object.")
    if entry.get("IID", int(key)) != int(key):
        raise Unreadable(f"The entry of indicator {key} is about another: its IID is {shown(str(entry['IID']))}.")
    row: dict[str, object] = {name: _first_text(entry, places) for name, places in FIELDS.items()}
    if not any(row.values()):
        raise Unreadable(f"Nothing that we know a place for is said of indicator {key}.")
    uploaded = _text(entry, "DataChange", "LastUploadedAt")
    row["date_updated"] = _day(uploaded)
    if uploaded and not row["date_updated"] and not uploaded.startswith(_NEVER.isoformat()):
        unread_days.append(Note(Kind.DAY_NOT_READ, label=key, cause=shown(uploaded)))
    return {"fingertips_id": int(key), **row}


def _first_text(entry: dict[str, Any], places: Iterable[tuple[str, str]]) -> str | None:
    return next((text for place in places if (text := _text(entry, *place))), None)


def _text(entry: dict[str, Any], group: str, name: str) -> str | None:
    """The text of one field without the space around it; None where there is none."""
    inside = entry.get(group)
    if inside is None:
        return None
    if not isinstance(inside, dict):
        raise Unreadable(f"{group} is no object.")
    return plain_text(inside.get(name), f"{group}.{name}")


def _day(text: str | None) -> date | None:
    try:
        day = date.fromisoformat((text or "")[:10])
    except ValueError:
        return None
    return None if day == _NEVER else day


def _metadata_files() -> list[tuple[str, tuple[Access, ...]]]:
    """One file per indicator, so that one that Fingertips has dropped leaves the others be."""
    return [
        (
            f"fingertips_metadata/indicator_{one.fingertips_id}.json",
            (WebFile(f"{ONE_INDICATOR}?indicator_ids={one.fingertips_id}&include_definition=yes"),),
        )
        for one in catalogue.load().indicators.values()
        if one.fingertips_id and "fingertips" in one.sources
    ]


RESOURCES: tuple[Resource, ...] = (
    Resource(
        name=METADATA,
        path="fingertips_metadata/indicator_*.json",
        table=METADATA,
        description="What Fingertips says of its indicators: definition, rationale, caveats, disclosure control.",
        url=ONE_INDICATOR,
        publisher="OHID, Fingertips",
        licence=LICENCE,
        cadence="with each update of an indicator",
        parser=parse_metadata,
        schema=INDICATOR_METADATA,
        key=("fingertips_id",),
        many=True,
        live_files=_metadata_files,
    ),
    Resource(
        name=AVAILABLE,
        path="fingertips_metadata/available_data.json",
        table=AVAILABLE,
        description="Which indicators Fingertips has data for, and at which area types.",
        url=f"{API}available_data",
        publisher="OHID, Fingertips",
        licence=LICENCE,
        cadence="with each update of an indicator",
        parser=parse_available,
        schema=AVAILABLE_DATA,
        key=("fingertips_id", "area_type_id"),
        access=(WebFile(f"{API}available_data"),),
    ),
)
