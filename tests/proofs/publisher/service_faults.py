"""What can go wrong with a service that more than one answer is asked of, and what must come of it: a line each.

What belongs here: faults of feature services, zips, data sets and attachments. What does not: faults of one answer
(`faults.py`), which any of these may have too. `OTHER_WAY` says that the next way led to the file, and that this is
told.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from typing import Any

from pipelines.sources.access.govuk import ASSETS
from pipelines.sources.iod import WITHDRAWN
from tests.proofs.publisher.faults import FRESH, PAGE, STALE, Line, body, half, status
from tests.proofs.publisher.server import Answer, Fault
from tests.proofs.publisher.services import EDITED, NEXT_ISSUE, zipped

OTHER_WAY = "fresh, in another way"
EDITED_SERVICE = "edited service"
"""A feature service whose rows were edited since they were last read, so that it is read again."""
PARTS, NAMED, ITEM = "/FeatureServer/", "/FeatureServer?f=json", "/items/"
COUNT, ROWS, SECOND_PAGE = "returnCountOnly", "resultOffset=", "resultOffset=100&"
DATA_SET, LANDING = "api.beta.ons.gov.uk", "www.ons.gov.uk/people"
CONTENT = "www.gov.uk/api/content"
MEMBER = "census2021-ts007a-lsoa.csv"


def said(change: Callable[[Any], Any]) -> Fault:
    """An answer in JSON that says something else."""
    return body(lambda content: json.dumps(change(json.loads(content))).encode())


def error(code: int, message: str) -> Fault:
    """An error as ArcGIS sends it, under status 200."""
    return said(lambda _: {"error": {"code": code, "message": message, "details": []}})


def edited(answer: Answer) -> None:
    """A layer that was edited since."""
    said(lambda layer: layer | {"editingInfo": {"lastEditDate": EDITED + 1}} if "objectIdField" in layer else layer)(
        answer
    )


def renamed(answer: Answer) -> None:
    """A layer with another header, edited since."""
    edited(answer)
    said(lambda layer: json.loads(json.dumps(layer).replace("LSOA21CD", "F_LSOA21CD")))(answer)


def no_service(answer: Any) -> Any:
    """A portal that has lost everything, its list of services too."""
    return {"services": []} if "services" in answer else {"error": {"code": 400, "message": "Invalid URL"}}


def again(page: dict[str, Any]) -> dict[str, Any]:
    """The first page in place of another."""
    return page | {"features": [{"attributes": {"ObjectId": 1}}]}


def features(change: Callable[[list[Any]], list[Any]]) -> Fault:
    return said(lambda answer: answer | {"features": change(answer.get("features", []))})


def attachments(change: Callable[[dict[str, Any]], dict[str, Any] | None]) -> Fault:
    """Each file that a page of GOV.UK names, changed or left out."""

    def do(page: dict[str, Any]) -> dict[str, Any]:
        files = [changed for one in page["details"]["attachments"] if (changed := change(one))]
        return page | {"details": {"attachments": files}}

    return said(do)


def without_file_7(file: dict[str, Any]) -> dict[str, Any] | None:
    return None if file["title"].startswith("File 7:") else file


def issued_as(media: str) -> Fault:
    def do(file: dict[str, Any]) -> dict[str, Any]:
        return file | {"url": f"https://{ASSETS}/media/{media}/{file['filename']}"}

    return attachments(do)


def without_members(_: bytes) -> bytes:
    return zipped("census2021-ts007a-msoa.csv", b"a,b\n1,2\n")


def zip_bomb(_: bytes) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(MEMBER, b"0" * 60_000_000)
    return content.getvalue()


def no_csv(_: bytes) -> bytes:
    return zipped(MEMBER, b'{"error": "busy"}')


def shifted(content: bytes) -> bytes:
    """The zip's file with another column's figures under each age."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        inside = archive.read(f"made{MEMBER}")
    return zipped(
        MEMBER, inside.replace(b"Age: Total,Age: Aged 4 years and under", b"Age: Aged 4 years and under,Age: Total")
    )


SERVICE_TABLE = (
    Line("a feature service, nothing wrong", None, FRESH, 4, kind="feature service"),
    Line("service: the item is unknown", error(400, "Item does not exist"), OTHER_WAY, 4,
         "does not exist", kind="feature service", at=ITEM),
    Line("service: the item's host is down", status(503), OTHER_WAY, 8, "503", kind="feature service", at=ITEM),
    Line("service: the item leads elsewhere", said(lambda item: item | {"url": "https://elsewhere.example/FeatureServer"}),
         OTHER_WAY, 4, "leads to no service", kind="feature service", at=ITEM),
    Line("service: unknown, as HTTP 200", error(400, "Invalid URL"), STALE, 3, "Invalid URL",
         kind="service by name", at=NAMED),
    Line("service: everything unknown, list of services empty", said(no_service), STALE, 2, "Invalid URL",
         kind="service by name"),
    Line("service: an error as HTTP 200 in place of a count", error(500, "Unable to count"), STALE, 4,
         "Unable to count", kind="feature service", at=COUNT),
    Line("service: an error as HTTP 200 in place of rows", error(504, "Timed out"), STALE, 5, "Timed out",
         kind=EDITED_SERVICE, at=ROWS),
    Line("service: pages overlap by a row", features(lambda rows: [{"attributes": {"ObjectId": 100}}, *rows]), STALE, 6,
         "overlap", kind=EDITED_SERVICE, at=SECOND_PAGE),
    Line("service: the first page again", said(again), STALE, 6, "overlap", kind=EDITED_SERVICE, at=SECOND_PAGE),
    Line("service: a page without its last row", features(lambda rows: rows[:-1]), STALE, 9,
         "do not hold all rows", kind=EDITED_SERVICE, at=ROWS),
    Line("service: counts more rows than it gives", said(lambda answer: {"count": answer["count"] + 1}), STALE, 9,
         "do not hold all rows", kind="feature service", at=COUNT),
    Line("service: counts fewer rows than it gives", said(lambda answer: {"count": answer["count"] - 1}), STALE, 9,
         "do not hold all rows", kind="feature service", at=COUNT),
    Line("service: ends after the first page", said(lambda page: {"features": page["features"]}), STALE, 5,
         "do not hold all rows", kind=EDITED_SERVICE, at=ROWS),
    Line("service: no rows at all", said(lambda _: {"features": []}), STALE, 5, "do not hold all rows",
         kind=EDITED_SERVICE, at=ROWS),
    Line("service: a page cut in the middle, whole by its length", body(half), STALE, 5, "no JSON", kind=EDITED_SERVICE,
         at=ROWS),
    Line("service: a web page called JSON", body(lambda _: PAGE), STALE, 5, "web page", kind=EDITED_SERVICE, at=ROWS),
    Line("service: a renamed column", renamed, STALE, 9, "'lsoa21_code' is missing", kind=EDITED_SERVICE, at=PARTS),
    Line("a zip, nothing wrong", None, FRESH, kind="zip"),
    Line("zip: without the file", body(without_members), STALE, 1, "no file named", kind="zip"),
    Line("zip: a bomb", body(zip_bomb), STALE, 1, "too big", kind="zip"),
    Line("zip: cut short, whole by its length", body(half), STALE, 1, "no whole zip", kind="zip"),
    Line("zip: JSON inside, called CSV", body(no_csv), STALE, 1, "header", kind="zip"),
    Line("zip: a web page called a zip", body(lambda _: PAGE), STALE, 1, "web page", kind="zip"),
    Line("zip: columns shifted by one", body(shifted), STALE, 1, "all rejected", kind="zip"),
    Line("a data set, nothing wrong", None, FRESH, 2, kind="data set"),
    Line("data set: names no workbook", said(lambda _: {"downloads": [{"file": "a.csv"}]}), STALE, 1, "names no .xlsx",
         kind="data set", at=DATA_SET),
    Line("data set: says nothing of files", said(lambda _: {"message": "busy"}), STALE, 1, "names no .xlsx",
         kind="data set", at=DATA_SET),
    Line("data set: refuses, the landing page does not", status(403), OTHER_WAY, 3, "403", kind="data set or page",
         at=DATA_SET),
    Line("data set: names a file that is gone", said(lambda _: {"downloads": [{"file": "gone.xlsx"}]}), OTHER_WAY, 4,
         "404", kind="data set or page", at=DATA_SET),
    Line("data set: refuses, and so does the landing page", status(403), STALE, 2, "Then: ", kind="data set or page"),
    Line("an attachment, nothing wrong", None, FRESH, 2, kind="attachment"),
    Line("attachment: the page has no File 7", attachments(without_file_7), STALE, 1, "no one File 7",
         kind="attachment", at=CONTENT),
    Line("attachment: the page has no File 7, the pinned issue is there", attachments(without_file_7), OTHER_WAY, 2,
         "no one File 7", kind="attachment or pinned", at=CONTENT),
    Line("attachment: the page is gone, the pinned issue is there", status(410), OTHER_WAY, 2, "410",
         kind="attachment or pinned", at=CONTENT),
    Line("attachment: issued again", issued_as(NEXT_ISSUE), FRESH, 2, "issued this file again",
         kind="attachment", at=CONTENT),
    Line("attachment: the issue known to be wrong", issued_as(next(iter(WITHDRAWN))), OTHER_WAY, 2, "known to be wrong",
         kind="attachment or pinned", at=CONTENT),
    Line("attachment: on another host", attachments(lambda file: file | {"url": "https://elsewhere.example/File_7.csv"}),
         STALE, 1, "no one File 7", kind="attachment", at=CONTENT),
)  # fmt: skip
