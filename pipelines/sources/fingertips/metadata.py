"""What Fingertips says of its indicators in words, and for which area types it has each of them.

What belongs here: the JSON of `indicator_metadata/by_indicator_id` and of `available_data`. What does not: figures
(`parse` of this package), or our own reviewed description of an indicator (`pipelines/catalogue/`).

Neither layout could be checked against the live service. The fields around `Descriptive`, its `Name`, `NameLong`,
`DataSource` and `Definition`, and `DataChange.LastUploadedAt` stand in the publisher's source of 2020; the other names
inside `Descriptive` are taken from the publisher's list of metadata and may differ. Hence a field that is absent is
null, and `expectations/` warns where no indicator has one.

All texts are the publisher's words, as published: HTML tags in them are text, to be escaped by whoever shows them.
JSON has no lines that mean anything: `source_line` is an entry's 1-based place in the file.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from datetime import date
from typing import Any, Never

import polars as pl

from pipelines import catalogue
from pipelines.sources.contract import REJECTED, ContractBroken, Parsed, Resource, Snapshot
from pipelines.sources.layout import LICENCE, file_label, shown
from pipelines.sources.typed_rows import PROVENANCE, finish

API = "https://fingertips.phe.org.uk/api/"
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


class _Unreadable(ValueError):
    """An entry that cannot be read; the message is the reason in the rejected row."""


def parse_metadata(content: bytes, snapshot: Snapshot) -> Parsed:
    """Read the metadata of indicators: a JSON object keyed by indicator id.

    An entry that is not in that layout, or says nothing at all, is rejected. A day of upload that cannot be read is
    null and named in `unknown`. Raises ContractBroken for what is no such object, is empty, lacks the indicator that
    the file is named for, or holds no entry that can be read.
    """
    where, expected = file_label(snapshot), "a JSON object keyed by indicator id"
    found = _json(content, where, expected)
    if not isinstance(found, dict) or not found:
        _refuse("This is not the metadata of indicators.", where, expected, content)
    asked = _ASKED.search(snapshot.path)
    if asked and asked[1] not in found:
        _refuse("The indicator that the file is named for is not in it.", where, f"the key {asked[1]!r}", content)
    unread_days: list[str] = []

    def row(item: Any) -> dict[str, object]:
        key, entry = item
        return _indicator(key, entry, unread_days)

    parsed = _settle(found.items(), row, INDICATOR_METADATA, METADATA, snapshot)
    return Parsed(parsed.rows, parsed.rejected, parsed.rows_in, tuple(unread_days))


def parse_available(content: bytes, snapshot: Snapshot) -> Parsed:
    """Read which indicators have data for which area types: a JSON list of `{"IndicatorId": ..., "AreaTypeId": ...}`.

    An entry without both whole numbers is rejected. Raises ContractBroken for what is no such list, is empty, or holds
    no entry that can be read.
    """
    where, expected = file_label(snapshot), "a JSON list of objects with IndicatorId and AreaTypeId"
    found = _json(content, where, expected)
    if not isinstance(found, list) or not found:
        _refuse("This is not the list of available data.", where, expected, content)

    def row(entry: Any) -> dict[str, object]:
        if not isinstance(entry, dict):
            raise _Unreadable("The entry is no object.")
        return {
            "fingertips_id": _whole_number(entry, "IndicatorId"),
            "area_type_id": _whole_number(entry, "AreaTypeId"),
        }

    return _settle(found, row, AVAILABLE_DATA, AVAILABLE, snapshot)


def _indicator(key: str, entry: Any, unread_days: list[str]) -> dict[str, object]:
    if not _NUMBER.fullmatch(key):
        raise _Unreadable(f"The key {shown(key)} is no indicator id.")
    if not isinstance(entry, dict):
        raise _Unreadable(f"What is said of indicator {key} is no object.")
    if entry.get("IID", int(key)) != int(key):
        raise _Unreadable(f"The entry of indicator {key} is about another: its IID is {shown(str(entry['IID']))}.")
    row: dict[str, object] = {name: _first_text(entry, places) for name, places in FIELDS.items()}
    if not any(row.values()):
        raise _Unreadable(f"Nothing that we know a place for is said of indicator {key}.")
    uploaded = _text(entry, "DataChange", "LastUploadedAt")
    row["date_updated"] = _day(uploaded)
    if uploaded and not row["date_updated"] and not uploaded.startswith(_NEVER.isoformat()):
        unread_days.append(f"The day of the last upload of indicator {key} cannot be read: {shown(uploaded)}.")
    return {"fingertips_id": int(key), **row}


def _first_text(entry: dict[str, Any], places: Iterable[tuple[str, str]]) -> str | None:
    return next((text for place in places if (text := _text(entry, *place))), None)


def _text(entry: dict[str, Any], group: str, name: str) -> str | None:
    """The text of one field without the space around it; None where there is none."""
    inside = entry.get(group)
    if inside is None:
        return None
    if not isinstance(inside, dict):
        raise _Unreadable(f"{group} is no object.")
    text = inside.get(name)
    if text is None:
        return None
    if not isinstance(text, str):
        raise _Unreadable(f"{group}.{name} is no text.")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise _Unreadable(f"{group}.{name} holds half a character.") from error
    return text.strip() or None


def _day(text: str | None) -> date | None:
    try:
        day = date.fromisoformat((text or "")[:10])
    except ValueError:
        return None
    return None if day == _NEVER else day


def _whole_number(entry: dict[str, Any], name: str) -> int:
    number = entry.get(name)
    if type(number) is not int or not 0 < number < 1_000_000_000:
        raise _Unreadable(f"{name} is no id.")
    return number


def _settle(
    entries: Iterable[Any],
    read: Callable[[Any], dict[str, object]],
    schema: dict[str, pl.DataType],
    source: str,
    snapshot: Snapshot,
) -> Parsed:
    """Every entry as a typed row or a rejected one. Raises ContractBroken when not one can be read."""
    rows, rejected, place = [], [], 0
    for place, entry in enumerate(entries, start=1):
        known = {"source": source, "snapshot_sha256": snapshot.sha256, "source_line": place}
        try:
            rows.append({**read(entry), **known})
        except _Unreadable as error:
            rejected.append({**known, "reason": str(error), "row_text": _as_received(entry)})
    frames = pl.DataFrame(rows, schema=schema), pl.DataFrame(rejected, schema=REJECTED)
    return finish([Parsed(*frames, rows_in=place)], snapshot)


def _as_received(entry: Any) -> str:
    try:
        return json.dumps(entry)
    except RecursionError:
        return "(nested too deep to be shown)"


def _json(content: bytes, where: str, expected: str) -> Any:
    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) != len(pairs):
            raise ValueError("a key comes twice in one object")
        return found

    def no_number(text: str) -> Never:
        raise ValueError(f"{text} is no number")

    try:
        return json.loads(content.decode("utf-8-sig"), object_pairs_hook=once, parse_constant=no_number)
    except (ValueError, RecursionError) as error:
        kind = "web page" if content.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<") else "text"
        what = f"This is no JSON but a {kind}." if content.strip() else "The file is empty."
        _refuse(f"{what} ({shown(str(error))})", where, expected, content)


def _refuse(what: str, where: str, expected: str, content: bytes) -> Never:
    start = shown(content[:120].decode("utf-8", errors="replace"))
    found = f"{len(content):,} bytes that begin {start}" if content else "0 bytes"
    action = "Fetch it again; if the publisher has changed the layout, mend pipelines/sources/fingertips/metadata.py."
    raise ContractBroken(what, where=where, expected=expected, found=found, action=action)


def _metadata_addresses() -> list[tuple[str, str]]:
    """One address an indicator, so that one that Fingertips has dropped leaves the others be."""
    return [
        (
            f"fingertips_metadata/indicator_{one.fingertips_id}.json",
            f"{API}indicator_metadata/by_indicator_id?indicator_ids={one.fingertips_id}&include_definition=yes",
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
        url=f"{API}indicator_metadata/by_indicator_id",
        publisher="OHID, Fingertips",
        licence=LICENCE,
        cadence="with each update of an indicator",
        parser=parse_metadata,
        schema=INDICATOR_METADATA,
        key=("fingertips_id",),
        many=True,
        live_addresses=_metadata_addresses,
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
    ),
)
