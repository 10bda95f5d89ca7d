"""The services that publishers run, made of the sample's files: feature services, zips, data sets and pages as JSON.

What belongs here: each service's own shapes, as `pipelines/sources/access/` asks for them. What does not: HTTP
(`server.py`), or what is wrong with an answer (`faults.py`, `service_faults.py`).
"""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

import xlsxwriter

from pipelines.sources.access.arcgis import ITEMS, ORGANISATION
from tests.proofs.publisher.server import Answer

Row = Mapping[str, str | int]
JSON = "application/json; charset=utf-8"
NEXT_ISSUE = "0123456789abcdef01234567"
"""The media id under which GOV.UK issues a file again."""
EDITED = 1_780_000_000_000
PORTAL_NAMES = {"change_code": "CHGIND"}


def as_json(said: object) -> Answer:
    """An answer of a service."""
    return Answer(200, {"Content-Type": JSON}, json.dumps(said).encode())


def invalid_url() -> Answer:
    """What a server of feature services says of a service that it has not: an error, under status 200."""
    return as_json({"error": {"code": 400, "message": "Invalid URL", "details": ["Invalid URL"]}})


def portal_name(header: str) -> str:
    """The portal's header for one of the sample's: `ltla19_code` is `LAD19CD`."""
    if header in PORTAL_NAMES:
        return PORTAL_NAMES[header]
    area, _, kind = header.partition("_")
    area = re.sub(r"^ltla(?=\d)", "lad", re.sub(r"^region(?=\d)", "rgn", area))
    return (area + {"code": "cd", "name": "nm", "code_h": "cdh", "code_nhs": "cdh"}[kind]).upper()


@dataclass
class FeatureTable:
    """One service with one table, as ArcGIS serves it; `page` is how many rows it gives at once at most."""

    name: str
    item: str
    rows: list[Row]
    number: int = 0
    page: int = 100

    @property
    def columns(self) -> list[str]:
        return list(self.rows[0])

    def answer(self, path: str, asked: Mapping[str, str]) -> Answer | None:
        """What it says at an address (without `https://`); None where the address is another's."""
        base = f"{ORGANISATION.removeprefix('https://')}/{self.name}/FeatureServer"
        about = {
            f"{ITEMS.removeprefix('https://')}/{self.item}": {"id": self.item, "url": f"https://{base}"},
            base: {"layers": [], "tables": [{"id": self.number, "name": self.name}]},
            f"{base}/{self.number}": {
                "objectIdField": "ObjectId",
                "maxRecordCount": self.page,
                "editingInfo": {"lastEditDate": EDITED},
                "fields": [{"name": name} for name in (*self.columns, "ObjectId")],
            },
        }
        if path in about:
            return as_json(about[path])
        return self._rows(asked) if path == f"{base}/{self.number}/query" else None

    def _rows(self, asked: Mapping[str, str]) -> Answer:
        if asked.get("returnCountOnly") == "true":
            return as_json({"count": len(self.rows)})
        if asked.get("orderByFields") != "ObjectId":
            return invalid_url()
        first = int(asked["resultOffset"])
        last = min(first + int(asked["resultRecordCount"]), first + self.page, len(self.rows))
        features = [{"attributes": {**self.rows[at], "ObjectId": at + 1}} for at in range(first, last)]
        return as_json({"features": features} | ({"exceededTransferLimit": True} if last < len(self.rows) else {}))


@dataclass
class FeatureServer:
    """All tables of ONS Geography, and the list of their services."""

    tables: list[FeatureTable]

    def answer(self, address: str) -> Answer | None:
        """What is said at an address; None where it is none of ArcGIS's."""
        where = urlsplit(f"https://{address}")
        path, asked = f"{where.netloc}{where.path}", dict(parse_qsl(where.query))
        organisation = ORGANISATION.removeprefix("https://")
        if path == organisation:
            return as_json({"services": [{"name": table.name, "type": "FeatureServer"} for table in self.tables]})
        for table in self.tables:
            if said := table.answer(path, asked):
                return said
        if path.startswith((organisation, ITEMS.removeprefix("https://"))):
            return invalid_url()
        return None


def feature_table(content: bytes, name: str, item: str, *, number: int = 0) -> FeatureTable:
    """A lookup of the sample under the portal's headers."""
    lines = csv.DictReader(io.StringIO(content.decode("utf-8-sig")))
    rows = [{portal_name(header): value for header, value in line.items()} for line in lines]
    return FeatureTable(name, item, rows, number=number)


def zipped(member: str, content: bytes) -> bytes:
    """A zip of one file, the same bytes each time, with the shadow that a Mac packs beside it."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in ((member, content), (f"__MACOSX/._{member}", b"\0")):
            archive.writestr(zipfile.ZipInfo(name), body, zipfile.ZIP_DEFLATED)
    return packed.getvalue()


def bulk_census(content: bytes) -> bytes:
    """The sample's TS007A, in the layout of a query, in that of the bulk file."""
    lines = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
    (start,) = [number for number, line in enumerate(lines) if "mnemonic" in line]
    header = ["date", "geography", "geography code", *(f"Age: {name}" for name in lines[start][2:])]
    rows = [["2021", *line] for line in lines[start + 1 :] if len(line) == len(lines[start])]
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows([header, *rows])
    return text.getvalue().encode()


def data_set(name: str) -> bytes:
    """A data set as ONS's API gives it."""
    return json.dumps({"type": "dataset", "downloads": [{"file": f"{name}.csv"}, {"file": f"{name}.xlsx"}]}).encode()


def landing_page(link: str) -> bytes:
    """A data set as people see it."""
    return f'<!doctype html><html><a href="/">Home</a><a href="{link}">xlsx</a></html>'.encode()


def content_page(files: Mapping[int, str], *, updated: str = "2026-01-01T09:30:00Z") -> bytes:
    """A page of GOV.UK as its content API gives it, with files by their number."""
    attached = [
        {"title": f"File {number}: made for tests", "filename": url.rpartition("/")[2], "url": url}
        for number, url in files.items()
    ]
    return json.dumps({"public_updated_at": updated, "details": {"attachments": attached}}).encode()


def deaths_workbook(csv_of_the_sample: bytes) -> bytes:
    """The sample's deaths as a later release gives them: a sheet for each sex, a code for each cause, single ages."""
    codes = {
        "01": "C349",
        "02": "J449",
        "03": "E149",
        "04": "I219",
        "05": "I64",
        "06": "I710",
        "07": "X709",
        "08": "W199",
    }
    lines = csv.DictReader(io.StringIO(csv_of_the_sample.decode().replace("\r", "\n")))
    counts: dict[tuple[str, str, str, int], dict[str, int]] = {}
    for line in lines:
        for header, text in line.items():
            start = re.match(r"[0-9]+", header.strip().replace("<1", "0"))
            if start:
                key = (line["sex"], codes.get(line["cause"][:2], "K703"), line["imd"], int(start[0]))
                counts.setdefault(key, {})[line["year"]] = int(text)
    years = sorted({year for by_year in counts.values() for year in by_year})
    content = io.BytesIO()
    with xlsxwriter.Workbook(content) as workbook:
        for number, sex in (("2", "Male"), ("3", "Female")):
            sheet = workbook.add_worksheet(number)
            sheet.write_row(0, 0, [f"Deaths of {sex.lower()}s by single year of age, England"])
            sheet.write_row(5, 0, ["ICD-10 code", "IMD decile", "Age", *years])
            rows = [(key, by_year) for key, by_year in sorted(counts.items()) if key[0] == sex]
            for at, ((_, code, decile, age), by_year) in enumerate(rows, start=6):
                shown = "90+" if age == 90 else age
                sheet.write_row(at, 0, [code, int(decile), shown, *(by_year.get(year, 0) for year in years)])
    return content.getvalue()


def population_workbook() -> bytes:
    """People of one year by decile, sex and single age, the sex filled in once."""
    content = io.BytesIO()
    with xlsxwriter.Workbook(content) as workbook:
        sheet = workbook.add_worksheet("Table 1 - England")
        sheet.write_row(1, 0, ["Estimates in deprivation decile areas by sex and single year of age, England, 20201,2"])
        sheet.write_row(3, 1, ["Deprivation Decile (IMD 2020)", *range(90), "90+"])
        for block, sex in ((4, "Males"), (15, "Females")):
            for decile in range(1, 11):
                row = [sex if decile == 1 else None, decile, *(100 * decile + age for age in range(91))]
                sheet.write_row(block + decile - 1, 0, row)
    return content.getvalue()


def one_outline() -> bytes:
    """TopoJSON of one modelled region, a square."""
    topology = {
        "type": "Topology",
        "transform": {"scale": [0.1, 0.1], "translate": [0, 50]},
        "arcs": [[[0, 0], [1, 0], [0, 1], [-1, 0], [0, -1]]],
        "objects": {
            "rgn": {
                "type": "GeometryCollection",
                "geometries": [
                    {
                        "type": "Polygon",
                        "arcs": [[0]],
                        "properties": {"areacd": "X12000001", "areanm": "Modelled Region A"},
                    }
                ],
            }
        },
    }
    return json.dumps(topology).encode()
