"""Where the current file of an ONS data set is: ONS renames the file with each release, the page that lists it stays.

What belongs here: reading a data set's landing page. What does not: fetching the page or the file
(`arrival/transport/`), or what the file holds.
"""

from __future__ import annotations

from html.parser import HTMLParser
from urllib.parse import parse_qs, quote, urljoin, urlsplit

from pipelines.sources.contract import ContractBroken

_FILE = "/file"
_CURRENT = "current"
FILE_HOSTS = ("download.ons.gov.uk", "static.ons.gov.uk")
"""Hosts from which ONS serves files, and to which a file link may so redirect."""


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
            do="Open the page: if the data set has moved, correct the resource's url; else try later.",
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
