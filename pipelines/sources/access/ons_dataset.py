"""The current file of an ONS data set: ONS renames it with each release, the data set's page stays.

What belongs here: two ways to find it, the data set as JSON and the page that people see. What does not: what the file
holds (`ons/`).
"""

from __future__ import annotations

from dataclasses import dataclass
from html.parser import HTMLParser
from urllib.parse import parse_qs, quote, urljoin, urlsplit

from pipelines.sources.contract import ContractBroken, Fetched, Fetcher
from pipelines.sources.formats.json_file import read_json

_FILE = "/file"
_CURRENT = "current"
SITE = "https://www.ons.gov.uk"
API = "https://api.beta.ons.gov.uk/v1/data"
FILE_HOSTS = ("download.ons.gov.uk", "static.ons.gov.uk")
"""Hosts from which ONS serves files, and to which a file link may so redirect."""


@dataclass(frozen=True)
class DatasetApi:
    """The newest file of the data set at `path` (`/peoplepopulation.../datasets/<name>`), from ONS's API."""

    path: str
    suffix: str = ".xlsx"

    @property
    def url(self) -> str:
        """The data set's current edition as JSON."""
        return f"{API}?uri={self.path}/{_CURRENT}"

    def fetch(self, fetcher: Fetcher) -> Fetched:
        """The file that the data set names first among those of this kind."""
        address = fetcher.index(self.url, self._named, kind="json")
        return Fetched(address, fetcher.download(address, hosts=FILE_HOSTS))

    def _named(self, content: bytes) -> str:
        said = read_json(content, self.url, "a data set as JSON")
        listed = said.get("downloads") if isinstance(said, dict) else None
        names = [one.get("file") for one in listed or [] if isinstance(one, dict)]
        mine = [name for name in names if isinstance(name, str) and name.lower().endswith(self.suffix)]
        if not mine or "/" in mine[0]:
            raise ContractBroken(
                f"The data set names no {self.suffix} file.",
                where=self.url,
                expected=f"downloads with a file that ends with {self.suffix}",
                found=", ".join(map(str, names)) or "no download",
                do=f"Open {SITE}{self.path}: if the data set has moved, correct the resource's `access`.",
            )
        return f"{SITE}{_FILE}?uri={quote(f'{self.path}/{_CURRENT}/{mine[0]}')}"


@dataclass(frozen=True)
class LandingPage:
    """The newest file of the data set at `path`, from the page that people see."""

    path: str
    suffix: str = ".xlsx"

    @property
    def url(self) -> str:
        """The page."""
        return f"{SITE}{self.path}"

    def fetch(self, fetcher: Fetcher) -> Fetched:
        """The file that the page links to as current."""
        address = fetcher.index(
            self.url, lambda page: current_file(page, page_url=self.url, suffix=self.suffix), kind="html"
        )
        return Fetched(address, fetcher.download(address, hosts=FILE_HOSTS))


def current_dataset(path: str) -> tuple[DatasetApi, LandingPage]:
    """Both ways to the current workbook of a data set, the API first."""
    return DatasetApi(path), LandingPage(path)


class _Links(HTMLParser):
    """The address of every link of a page, in the page's order."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note the address of an `<a href>`."""
        if tag == "a":
            self.addresses += [value.strip() for name, value in attrs if name == "href" and value]


def current_file(page_html: bytes, *, page_url: str, suffix: str) -> str:
    """Find the data set's current file, whatever it is called, on its landing page.

    `page_url` is the page's address and `suffix` how the file's name ends (`.xlsx`). A file link has the form
    `/file?uri=<the page's path>/<edition>/<name>`; of several, one in the edition `current` wins, else the first, since
    ONS lists the newest edition first. Returns an absolute https address. Raises ContractBroken where the page has no
    such link, which is also what an error page, an empty page or another data set's page comes to.
    """
    links = _Links()
    links.feed(page_html.decode("utf-8", errors="replace"))
    links.close()
    page = urlsplit(page_url)
    folder = page.path.rstrip("/").lower() + "/"
    files = [path for address in links.addresses if (path := _file_path(address, page_url))]
    mine = [path for path in files if path.lower().startswith(folder) and path.lower().endswith(suffix.lower())]
    if not mine:
        raise ContractBroken(
            f"The landing page links to no {suffix} file of its data set.",
            where=page_url,
            expected=f"a link of the form /file?uri={folder}<edition>/<name>{suffix}",
            found=_found(files, links.addresses, page_html),
            do="Open the page: if the data set has moved, correct the resource's `access`; else try later.",
        )
    chosen = next((path for path in mine if _CURRENT in path.lower().split("/")[:-1]), mine[0])
    return f"https://{page.netloc}{_FILE}?uri={quote(chosen)}"


def _file_path(address: str, page_url: str) -> str | None:
    """The path of the file that a link names, where it is a file link on the page's own host."""
    try:
        link = urlsplit(urljoin(page_url, address))
    except ValueError:  # a link such as http://[ is no address
        return None
    if link.netloc != urlsplit(page_url).netloc or link.path.rstrip("/") != _FILE:
        return None
    path = parse_qs(link.query).get("uri", [""])[0]
    return path if path.startswith("/") and ".." not in path.split("/") else None


def _found(files: list[str], addresses: list[str], page_html: bytes) -> str:
    if files:
        return f"files elsewhere or of another kind: {', '.join(files[:5])}"
    if addresses:
        return f"{len(addresses)} links, none to a file"
    return f"{len(page_html):,} bytes without a link"
