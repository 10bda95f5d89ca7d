"""Whole runs in `live` mode against the server: addresses for what has none, and where each is found."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from pipelines.settings import Settings
from pipelines.sources import resources
from pipelines.sources.contract import Resource
from tests.publisher.server import FINGERTIPS, Publisher

_own_addresses = Resource.addresses


def addresses(resource: Resource) -> list[tuple[str, str]]:
    """A resource's addresses, or a made one where it has none of its own."""
    own = _own_addresses(resource)
    return own or ([] if "*" in resource.path else [(resource.path, f"https://lookups.example/{resource.path}")])


def served(folder: Path, work: Path) -> Publisher:
    """A publisher of every file in a folder that is laid out like the sample."""
    shutil.copytree(Settings().sample, folder, ignore=shutil.ignore_patterns("index.csv"))
    places = {
        url.removeprefix("https://"): path
        for resource in resources()
        for path, url in addresses(resource)
        if FINGERTIPS not in url
    }
    return Publisher(folder, work, places=places)


def ask_publisher(publisher: Publisher, patch: pytest.MonkeyPatch) -> None:
    """Make live runs ask this publisher, for every resource."""
    patch.setattr(Resource, "addresses", addresses)
    patch.setenv("INEQUALITY_PUBLISHER_BASE", publisher.base)
    patch.setenv("REQUESTS_CA_BUNDLE", str(publisher.bundle))
    patch.setenv("NO_PROXY", "*")
