"""Tables that ONS Geography serves as ArcGIS feature services: found by item or name, read in pages, kept as CSV.

What belongs here: how such a service is found, paged and checked. What does not: which lookups there are and what their
columns mean (`geography.py`).

A service's name gets suffixes over time (`_v2`, `_<item id>`), so an item id is pinned where one is known, and the
service's address is looked up with each run. Errors come as HTTP 200 with an `error` object, an unknown service too.
Pages are asked for in the order of the id field, else they may overlap; a page may be shorter than asked for.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from pipelines.notes import Kind, Note
from pipelines.sources.contract import ContractBroken, Fetched, Fetcher, SourceUnavailable, silent_host
from pipelines.sources.formats.json_file import read_json
from pipelines.sources.formats.table import shown

ORGANISATION = "https://services1.arcgis.com/ESMARspQHYMw9BZ9/arcgis/rest/services"
"""ONS Geography's services."""
ITEMS = "https://www.arcgis.com/sharing/rest/content/items"
_SERVICE = "/FeatureServer"
MOST_PER_PAGE = 2000
"""Rows asked for at once; services allow 1,000 or 2,000, and some give fewer than they allow."""
MOST_ROWS = 1_000_000
_SUFFIX = re.compile(r"(?:_v(?P<version>\d+)|_[0-9a-f]{32})$", re.IGNORECASE)


@dataclass(frozen=True)
class FeatureService:
    """One table of a service, by the name of the service and, where it is known, the id of its item on the portal.

    `layer` is its number; where it is not given, the service must have one table or layer only.
    """

    name: str
    item: str = ""
    layer: int | None = None

    @property
    def url(self) -> str:
        """The item where one is pinned, else the service under its name."""
        return f"{ITEMS}/{self.item}?f=json" if self.item else f"{self._named}?f=json"

    @property
    def _named(self) -> str:
        return f"{ORGANISATION}/{self.name}{_SERVICE}"

    def fetch(self, fetcher: Fetcher) -> Fetched:
        """All rows as CSV under the portal's own headers, in the order of the id field, which is left out.

        Raises ContractBroken when pages overlap, or come to another number of rows than the service counts.
        """
        notes: list[Note] = []
        service, about = self._service(fetcher, notes)
        layer = f"{service}/{self._number(service, about)}"
        about = _answer(fetcher, f"{layer}?f=json")
        id_field, most = about.get("objectIdField"), about.get("maxRecordCount")
        fields = [str(one.get("name")) for one in about.get("fields") or [] if isinstance(one, dict)]
        if not isinstance(id_field, str) or id_field not in fields or not isinstance(most, int) or most < 1:
            found = f"objectIdField {id_field!r}, maxRecordCount {most!r}, {len(fields)} fields"
            raise _unfit("The layer does not say how to read it.", layer, "an id field, a limit and fields", found)
        query = f"{layer}/query"
        count = _answer(fetcher, _address(query, where="1=1", returnCountOnly="true", f="json")).get("count")
        if not isinstance(count, int) or not 0 < count <= MOST_ROWS:
            raise _unfit("The layer does not say how many rows it has.", layer, "a count", repr(count))
        held, edited = fetcher.last_good, _edited(about)
        etag = f"edited {edited}, {count} rows" if edited else ""
        if held and etag and (held.url, held.etag) == (query, etag):
            return Fetched(query, None, notes=tuple(notes))
        rows = _rows(fetcher, query, id_field, count, min(most, MOST_PER_PAGE))
        received = fetcher.keep(_as_csv([name for name in fields if name != id_field], rows), etag=etag)
        return Fetched(query, received, notes=tuple(notes))

    def _service(self, fetcher: Fetcher, notes: list[Note]) -> tuple[str, Mapping[str, Any]]:
        """The service's address, and what it says of itself: the item's, else that of its name, else that of its newest
        namesake in the list.
        """
        if self.item and (address := self._of_item(fetcher, notes)):
            return address, _answer(fetcher, f"{address}?f=json")
        try:
            return self._named, _answer(fetcher, f"{self._named}?f=json")
        except ContractBroken as error:
            namesake = self._namesake(fetcher)
            if namesake is None:
                wanted = f"{self.name}, with or without a suffix"
                raise _unfit("The portal has no such service.", self._named, wanted, error.found) from error
            address = f"{ORGANISATION}/{namesake}{_SERVICE}"
            return address, _answer(fetcher, f"{address}?f=json")

    def _of_item(self, fetcher: Fetcher, notes: list[Note]) -> str | None:
        """Where the item says that its service is; None, and a note, where it does not say so and the name must do."""
        try:
            url = _answer(fetcher, self.url).get("url")
            if isinstance(url, str) and url.startswith(f"{ORGANISATION}/") and _SERVICE in url:
                return url[: url.index(_SERVICE)] + _SERVICE
            raise _unfit("The item leads to no service of ONS Geography.", self.url, f"{ORGANISATION}/...", str(url))
        except (SourceUnavailable, ContractBroken) as error:
            told = Note(Kind.OTHER_WAY, path=fetcher.path, url=self.url, cause=str(error), host=silent_host(error))
            notes.append(told)
            return None

    def _namesake(self, fetcher: Fetcher) -> str | None:
        """The newest version in the list of all services; the list is sometimes empty."""
        stem = _SUFFIX.sub("", self.name).lower()
        listed = _answer(fetcher, f"{ORGANISATION}?f=json").get("services") or []
        names = [one["name"] for one in listed if isinstance(one, dict) and isinstance(one.get("name"), str)]
        namesakes = [name for name in names if _SUFFIX.sub("", name).lower() == stem]
        return max(namesakes, key=_version, default=None)

    def _number(self, service: str, about: Mapping[str, Any]) -> int:
        """Which of the service's layers and tables is meant; they are not always numbered from 0."""
        if self.layer is not None:
            return self.layer
        parts = [*(about.get("layers") or []), *(about.get("tables") or [])]
        numbers = [one.get("id") for one in parts if isinstance(one, dict)]
        if len(numbers) != 1 or not isinstance(numbers[0], int):
            raise _unfit("It is not clear which table of the service is meant.", service, "one table", f"{numbers}")
        return numbers[0]


def _answer(fetcher: Fetcher, url: str) -> Mapping[str, Any]:
    """An answer that is an object and no error. Raises ContractBroken otherwise."""
    content = fetcher.answer(url)
    said = read_json(content, url, "a JSON object")
    if not isinstance(said, dict):
        raise _unfit("The service gave no object.", url, "a JSON object", shown(content[:200].decode(errors="replace")))
    error = said.get("error")
    if error is not None:
        details = error if isinstance(error, dict) else {"message": str(error)}
        found = " ".join(str(part) for part in (details.get("code"), details.get("message")) if part)
        more = "; ".join(str(one) for one in details.get("details") or [] if one)
        raise _unfit("The service answered with an error.", url, "rows", shown(f"{found} {more}".strip()))
    return said


def _rows(fetcher: Fetcher, query: str, id_field: str, count: int, most: int) -> list[Mapping[str, Any]]:
    """All rows, as many as the service counts, each once."""
    rows: list[Mapping[str, Any]] = []
    last: int | None = None
    while True:
        url = _address(
            query,
            where="1=1",
            outFields="*",
            returnGeometry="false",
            orderByFields=id_field,
            resultOffset=len(rows),
            resultRecordCount=most,
            f="json",
        )
        page = _answer(fetcher, url)
        received = [one.get("attributes") for one in page.get("features") or [] if isinstance(one, dict)]
        for row in received:
            number = row.get(id_field) if isinstance(row, dict) else None
            if not isinstance(row, dict) or not isinstance(number, int) or (last is not None and number <= last):
                raise _unfit("Pages of the table overlap.", url, f"{id_field} above {last}", repr(number))
            last = number
            rows.append(row)
        if not received or not page.get("exceededTransferLimit") or len(rows) > count:
            break
    if len(rows) != count:
        raise _unfit("The pages do not hold all rows.", query, f"{count:,} rows, as it counts", f"{len(rows):,} rows")
    return rows


def _as_csv(columns: list[str], rows: list[Mapping[str, Any]]) -> bytes:
    text = io.StringIO(newline="")
    lines = csv.writer(text, lineterminator="\n")
    lines.writerow(columns)
    lines.writerows([_cell(row.get(name)) for name in columns] for row in rows)
    return text.getvalue().encode()


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value)


def _edited(about: Mapping[str, Any]) -> str:
    """When the rows were last edited, as the layer says; empty where it does not say."""
    said = about.get("editingInfo")
    moment = (said.get("dataLastEditDate") or said.get("lastEditDate")) if isinstance(said, dict) else None
    return str(moment) if isinstance(moment, int) else ""


def _version(name: str) -> tuple[int, str]:
    found = _SUFFIX.search(name)
    return int(found["version"]) if found and found["version"] else 0, name


def _address(query: str, **asked: str | int) -> str:
    return f"{query}?{urlencode(asked)}"


def _unfit(what: str, where: str, expected: str, found: str) -> ContractBroken:
    return ContractBroken(
        what,
        where=where,
        expected=expected,
        found=found,
        do="Look the table up on https://geoportal.statistics.gov.uk/; if it was renamed, correct the resource's "
        "`access`.",
    )
