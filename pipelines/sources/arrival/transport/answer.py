"""Which answers are taken: status, content type, first bytes and length must all fit what was asked for.

What belongs here: judging one answer. What does not: its body as it streams (`body.py`), asking again (`client.py`).
"""

from __future__ import annotations

from pathlib import PurePosixPath

from pipelines.sources.contract import SourceUnavailable

HEAD = 4096
_ANYTHING = ("application/octet-stream", "binary/octet-stream", "application/x-download", "application/force-download")
CONTENT_TYPES: dict[str, tuple[str, ...]] = {
    "csv": ("text/csv", "application/csv", "text/plain", "text/x-csv", "application/vnd.ms-excel", *_ANYTHING),
    "xlsx": (
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "application/vnd.ms-excel",
        "application/zip",
        *_ANYTHING,
    ),
    "json": ("application/json", "text/json", "text/plain", "application/geo+json"),
    "html": ("text/html", "application/xhtml+xml"),
    "zip": ("application/zip", "application/x-zip-compressed", *_ANYTHING),
}
"""What publishers say of a kind of file, in truth; an answer that names no type is judged by its first bytes."""


class Passing(SourceUnavailable):
    """A failure that may pass by itself, so the same request may be made again.

    `retry_after` is what the host asked us to wait, in seconds; `whole_host` says that other addresses of the host
    would most likely fail alike, `unreachable` that no connection could be made at all.
    """

    def __init__(
        self, what: str, *, retry_after: float | None = None, whole_host: bool = False, unreachable: bool = False
    ) -> None:
        self.retry_after, self.whole_host, self.unreachable = retry_after, whole_host, unreachable
        super().__init__(what)


def kind_of(path: str) -> str:
    """The kind of file that a path's extension promises: `csv`, `xlsx`, `json`, `html`, `zip`, or `` for any."""
    suffix = PurePosixPath(path).suffix.lower().removeprefix(".")
    return suffix if suffix in CONTENT_TYPES else ""


def refuse_type(kind: str, content_type: str | None) -> None:
    """Raise SourceUnavailable when an answer calls itself something else than `kind`."""
    said = (content_type or "").partition(";")[0].strip().lower()
    if kind and said and said not in CONTENT_TYPES[kind]:
        raise SourceUnavailable(f"it answered 200 with the content type {said}; expected {CONTENT_TYPES[kind][0]}")


def refuse_start(kind: str, head: bytes) -> None:
    """Raise SourceUnavailable when the first bytes of a body (up to HEAD of them) are no start of `kind`."""
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    fits = {
        "xlsx": head.startswith(b"PK\x03\x04"),
        "zip": head.startswith(b"PK"),
        "csv": not start.startswith((b"<", b"PK\x03\x04")),
        "json": start.startswith((b"{", b"[")),
        "html": start.startswith(b"<"),
    }.get(kind, True)
    if not fits:
        page = "a web page" if start.startswith(b"<") else f"content that begins {start[:20]!r}"
        raise SourceUnavailable(f"it answered 200 with {page}; expected {kind}")
