"""A file at an address of its own, or a named member of a zip at one.

What belongs here: the plain case, and taking one file out of an archive. What does not: finding out which address it is
(the other modules of this folder).
"""

from __future__ import annotations

import io
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import PurePosixPath

from pipelines.sources.contract import ContractBroken, Fetched, Fetcher

MOST_BYTES = 500_000_000
"""How big a member may be once unpacked; the largest that we know of has a fifth of it."""
MOST_RATIO, RATIO_MATTERS_FROM = 200, 10_000_000
"""How many times its packed size a member of more than so many bytes may have; plain CSV has up to 30 times."""
_PIECE = 1 << 20
_UNREADABLE = (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, RuntimeError, NotImplementedError)


@dataclass(frozen=True)
class WebFile:
    """The file at `url`; `hosts` are those that it may redirect to beside its own."""

    url: str
    hosts: tuple[str, ...] = ()

    def fetch(self, fetcher: Fetcher) -> Fetched:
        """The file as it is served."""
        return Fetched(self.url, fetcher.download(self.url, hosts=self.hosts))


@dataclass(frozen=True)
class ZipMember:
    """The file in the zip at `archive` whose name ends with `member`; `hosts` as for WebFile."""

    archive: str
    member: str
    hosts: tuple[str, ...] = ()

    @property
    def url(self) -> str:
        """The zip's address with the member after `#`, which names the bytes that are kept."""
        return f"{self.archive}#{self.member}"

    def fetch(self, fetcher: Fetcher) -> Fetched:
        """The member's bytes. Raises ContractBroken when the zip lacks it or is no zip, or it is too big."""
        received = fetcher.download(self.url, kind="zip", hosts=self.hosts)
        if received is None:
            return Fetched(self.url, None)
        try:
            content = unpacked(received.file.read_bytes(), self.member, where=self.url)
        finally:
            received.file.unlink(missing_ok=True)
        kept = fetcher.keep(content, etag=received.etag, last_modified=received.last_modified)
        return Fetched(self.url, kept)


def unpacked(archive: bytes, member: str, *, where: str) -> bytes:
    """The one member of a zip whose name ends with `member`.

    Raises ContractBroken when there is none or there are several, when it would be too big or is packed too tightly to
    be honest, and for what is no whole zip.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(archive)) as opened:
            named = [info for info in opened.infolist() if _is_named(info.filename, member)]
            if len(named) != 1:
                raise _refused(
                    f"The zip holds {'no' if not named else 'more than one'} file named {member}.",
                    where,
                    f"one file whose name ends with {member}",
                    ", ".join(info.filename for info in opened.infolist()[:10]) or "no file",
                )
            return _whole(opened, named[0], where)
    except _UNREADABLE as error:
        raise _refused("This is no whole zip.", where, f"a zip with {member} in it", str(error)) from error


def _is_named(name: str, member: str) -> bool:
    # A Mac packs a shadow of every file, `__MACOSX/._name`.
    place = PurePosixPath(name)
    return place.name.endswith(member) and not place.name.startswith("._")


def _whole(opened: zipfile.ZipFile, info: zipfile.ZipInfo, where: str) -> bytes:
    """A member's bytes, counted as they unpack, since what a zip says of its sizes need not be true."""
    most = min(MOST_BYTES, max(RATIO_MATTERS_FROM, MOST_RATIO * info.compress_size))
    content = io.BytesIO()
    with opened.open(info) as packed:
        while piece := packed.read(_PIECE):
            content.write(piece)
            if content.tell() > most:
                raise _refused(
                    "A file of the zip is too big.",
                    where,
                    f"at most {most:,} bytes out of {info.compress_size:,} packed",
                    f"more than {most:,} bytes in {info.filename}",
                )
    return content.getvalue()


def _refused(what: str, where: str, expected: str, found: str) -> ContractBroken:
    return ContractBroken(
        what, where=where, expected=expected, found=found, do="Open the address; if the file has moved, mend `access`."
    )
