"""Whole runs in `live` mode against the server: addresses for what has none, and where each is found."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pipelines import catalogue
from pipelines.settings import Settings
from pipelines.sources import resources
from pipelines.sources.arrival import intake
from pipelines.sources.contract import Resource
from tests.proofs.publisher.server import FINGERTIPS, Publisher

_own_addresses = Resource.addresses
NOT_LISTED = 102
"""The one area type of the catalogue that the server's list lacks."""


def addresses(resource: Resource) -> list[tuple[str, str]]:
    """A resource's addresses, or a made one where it has none of its own."""
    own = _own_addresses(resource)
    return own or ([] if "*" in resource.path else [(resource.path, f"https://lookups.example/{resource.path}")])


def area_types() -> bytes:
    """The list of area types as Fingertips serves it."""
    stated = {area_type for one in catalogue.load().indicators.values() for area_type in one.area_types}
    listed = sorted(stated - {NOT_LISTED})
    return json.dumps([{"Id": one, "Name": f"Area type {one}", "Short": None} for one in listed]).encode()


def served(work: Path) -> Publisher:
    """A publisher of every file of the sample, of the page that links to it where a page does, and of area types."""
    places: dict[str, str] = {}
    listed = work / "area_types.json"
    listed.write_bytes(area_types())
    for resource in resources():
        for path, url in addresses(resource):
            place = url.removeprefix("https://")
            if resource.find_file:
                host, _, rest = place.partition("/")
                file = f"/file?uri=/{rest}/current/{resource.name}.xlsx"
                page = work / f"{resource.name}.html"
                page.write_text(f'<html><a href="{file}">xlsx</a></html>', encoding="utf-8")
                # An absolute place stays outside the folder that is served.
                places |= {place: str(page), f"{host}{file}": path}
            elif FINGERTIPS not in url:
                places[place] = path
            if resource.name == "fingertips_area_types":
                places[place] = str(listed)
    return Publisher(Settings().sample, work, places=places)


def pass_as_published(patch: pytest.MonkeyPatch) -> None:
    """Let the sample's modelled areas pass as a publisher's, as nothing but a test of live runs may."""
    patch.setattr(intake, "MODELLED_CODE", "^no such code$")


def ask_publisher(publisher: Publisher, patch: pytest.MonkeyPatch) -> None:
    """Make live runs ask this publisher, for every resource."""
    pass_as_published(patch)
    patch.setattr(Resource, "addresses", addresses)
    patch.setenv("INEQUALITY_PUBLISHER_BASE", publisher.base)
    patch.setenv("REQUESTS_CA_BUNDLE", str(publisher.bundle))
    patch.setenv("NO_PROXY", "*")
