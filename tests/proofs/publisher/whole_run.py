"""Whole runs in `live` mode against the server, which serves every file of the sample in its publisher's own shape."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from pipelines import catalogue
from pipelines.settings import Settings
from pipelines.sources import resources
from pipelines.sources.access.arcgis import FeatureService
from pipelines.sources.access.govuk import ASSETS, GovUkAttachment
from pipelines.sources.access.ons_dataset import DatasetApi, LandingPage
from pipelines.sources.access.web_file import WebFile, ZipMember
from pipelines.sources.arrival import intake
from pipelines.sources.contract import Access
from tests.proofs.publisher import services
from tests.proofs.publisher.server import FINGERTIPS, Publisher
from tests.proofs.publisher.services import FeatureServer

NOT_LISTED = 102
"""The one area type of the catalogue that the server's list lacks."""
BULK_CENSUS = "ons/census2021_population_by_lsoa21_age.csv"
"""The file of the sample that its publisher serves in another layout, inside a zip."""


def made_files(sample: Path) -> dict[str, bytes]:
    """Files in layouts that the sample has not, by path: later releases of deaths and people, and an outline."""
    deaths = (sample / "ons/deaths_by_deprivation_decile.csv").read_bytes()
    return {
        "ons/deaths_by_imd_decile_2001_2022.xlsx": services.deaths_workbook(deaths),
        "ons/population_by_imd_decile_2020.xlsx": services.population_workbook(),
        "geography/boundaries_uk_multi_vintage.topojson": services.one_outline(),
    }


def area_types() -> bytes:
    """The list of area types as Fingertips serves it."""
    stated = {area_type for one in catalogue.load().indicators.values() for area_type in one.area_types}
    listed = sorted(stated - {NOT_LISTED})
    return json.dumps([{"Id": one, "Name": f"Area type {one}", "Short": None} for one in listed]).encode()


@dataclass
class _Shelves:
    """What is being put on offer: files at addresses, tables of services, attachments of pages."""

    sample: Path
    work: Path
    made: dict[str, bytes]
    places: dict[str, str] = field(default_factory=dict)
    server: FeatureServer = field(default_factory=lambda: FeatureServer([]))
    pages: dict[str, dict[int, str]] = field(default_factory=dict)

    def put(self, url: str, name: str, content: bytes) -> None:
        """Serve bytes that are no file of the sample."""
        file = self.work / "made" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
        # An absolute place stays outside the folder that is served.
        self.places[url.removeprefix("https://")] = str(file)

    def offer(self, path: str, way: Access, ways: tuple[Access, ...]) -> None:
        """Serve one file of the sample by one way."""
        file = self.work / "made" / path if path in self.made else self.sample / path
        name = path.replace("/", "_")
        match way:
            case _ if not file.is_file():
                return
            case WebFile(url=url) if FINGERTIPS not in url:
                self.places[url.removeprefix("https://")] = str(file)
            case ZipMember(archive=url, member=member):
                inside = file.read_bytes()
                inside = services.bulk_census(inside) if path == BULK_CENSUS else inside
                self.put(url, f"{name}.zip", services.zipped(f"made{member}", inside))
            case FeatureService(name=service, item=item):
                number = len(self.server.tables) % 2
                self.server.tables.append(services.feature_table(file.read_bytes(), service, item, number=number))
            case DatasetApi(path=dataset) | LandingPage(path=dataset):
                link = f"/file?uri={dataset}/current/{file.stem}.xlsx"
                self.places[f"www.ons.gov.uk{link}"] = path
                if isinstance(way, DatasetApi):
                    self.put(way.url, f"{name}.json", services.data_set(file.stem))
                else:
                    self.put(way.url, f"{name}.html", services.landing_page(link))
            case GovUkAttachment(number=number):
                (pinned,) = [other.url for other in ways if isinstance(other, WebFile)]
                self.pages.setdefault(way.url, {})[number] = pinned
                self.places[f"{ASSETS}/media/{services.NEXT_ISSUE}/{pinned.rpartition('/')[2]}"] = path


def served(work: Path) -> Publisher:
    """A publisher of every file of the sample, by every way that leads to it, and of Fingertips' area types."""
    shelves = _Shelves(Settings().sample, work, made_files(Settings().sample))
    for path, content in shelves.made.items():
        (work / "made" / path).parent.mkdir(parents=True, exist_ok=True)
        (work / "made" / path).write_bytes(content)
    for resource in resources():
        for path, ways in resource.files():
            for way in ways:
                shelves.offer(path, way, ways)
    for number, (url, files) in enumerate(shelves.pages.items()):
        shelves.put(url, f"page_{number}.json", services.content_page(files))
    (listed,) = [resource for resource in resources() if resource.name == "fingertips_area_types"]
    shelves.put(listed.access[0].url, "area_types.json", area_types())
    return Publisher(shelves.sample, work, places=shelves.places, service=shelves.server.answer)


def folder_of_what_is_served(place: Path) -> Path:
    """The sample as a publisher's folder: what has an address, without the index that calls it modelled."""
    folder = Path(shutil.copytree(Settings().sample, place))
    for left_out in ("index.csv", "truth.csv", "truth_life_expectancy.csv"):
        (folder / left_out).unlink()
    for path, content in made_files(folder).items():
        (folder / path).write_bytes(content)
    for resource in resources():
        if not resource.files():
            (folder / resource.path).unlink(missing_ok=True)
    (folder / "fingertips_metadata").mkdir()
    (folder / "fingertips_metadata" / "area_types.json").write_bytes(area_types())
    return folder


def pass_as_published(patch: pytest.MonkeyPatch) -> None:
    """Let the sample's modelled areas pass as a publisher's, as nothing but a test of live runs may."""
    patch.setattr(intake, "MODELLED_CODE", "^no such code$")


def ask_publisher(publisher: Publisher, patch: pytest.MonkeyPatch) -> None:
    """Make live runs ask this publisher."""
    pass_as_published(patch)
    patch.setenv("INEQUALITY_PUBLISHER_BASE", publisher.base)
    patch.setenv("REQUESTS_CA_BUNDLE", str(publisher.bundle))
    patch.setenv("NO_PROXY", "*")
