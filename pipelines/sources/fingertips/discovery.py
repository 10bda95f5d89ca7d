"""What Fingertips has: area types, ages, sexes and single indicators' metadata, asked through fingertips_py.

What belongs here: running the few functions of fingertips_py that ask through `requests` on our own transport, and
refusing what they make of a bad answer. What does not: data (`live.py` keeps the publisher's bytes), or the metadata
that a run stores (`metadata.py`).

fingertips_py has no timeouts, asks again without certificate verification after any TLS error, and turns error texts
into data. So its `requests` is replaced while one of its functions runs. Functions that open addresses with pandas
pass that by, and are never called: only those in `ALLOWED` are.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

import fingertips_py.api_calls
import fingertips_py.metadata
import polars as pl
import requests

from pipelines.sources.contract import SourceUnavailable

ALLOWED = (
    "get_all_ages",
    "get_all_sexes",
    "get_all_value_notes",
    "get_area_types_as_dict",
    "get_areas_for_area_type",
    "get_metadata_for_indicator",
)
"""The functions of `fingertips_py.metadata` that we call: each asks once, through `requests`, and returns a dict."""

AREA_TYPE: dict[str, pl.DataType] = {"area_type_id": pl.Int64(), "name": pl.String(), "short_name": pl.String()}

_ONE_AT_A_TIME = threading.RLock()
"""The replaced name is shared by the whole process."""


class Reader(Protocol):
    """What is needed of a transport: a small answer whole, or SourceUnavailable. `Transport` is one."""

    def read(self, url: str, *, kind: str = "") -> bytes:
        """The body that an address serves, which must be of a kind such as `json`."""


@dataclass(frozen=True)
class _Answer:
    """The part of a response of `requests` that fingertips_py looks at."""

    content: bytes
    status_code: int = 200

    @property
    def text(self) -> str:
        """The body as text."""
        return self.content.decode("utf-8")

    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.content)


class _Requests:
    """What fingertips_py sees as `requests`: verified addresses of Fingertips, asked through our transport."""

    exceptions = requests.exceptions

    def __init__(self, transport: Reader) -> None:
        self._transport = transport

    def get(self, url: str, *, verify: object = True, timeout: object = None) -> _Answer:
        """One answer, which is JSON. Any other option of `requests` would be lost in silence, so none is taken."""
        del timeout  # the transport has its own
        if not verify:
            raise SourceUnavailable(f"{url} was not asked: fingertips_py wanted to skip certificate verification.")
        if not url.startswith(base_address()):
            raise SourceUnavailable(f"{url} was not asked: it is no address of Fingertips.")
        content = self._transport.read(url, kind="json").removeprefix(b"\xef\xbb\xbf")
        try:
            json.loads(content)
        except (ValueError, RecursionError) as error:
            found = content[:80].decode("utf-8", errors="replace")
            raise SourceUnavailable(f"{url} answered with what is no JSON: {found!r} ({error}). Try later.") from error
        return _Answer(content)


def base_address() -> str:
    """The address below which fingertips_py asks. Raises SourceUnavailable where it is not https."""
    bases = {fingertips_py.api_calls.base_url, fingertips_py.metadata.base_url}
    if len(bases) != 1 or not min(bases).startswith("https://"):
        raise SourceUnavailable(
            f"fingertips_py asks {' and '.join(sorted(map(str, bases)))}; expected one https address. "
            "Pin a version of fingertips_py whose base_url is https."
        )
    return str(min(bases))


@contextmanager
def on_our_transport(transport: Reader) -> Iterator[None]:
    """While open, what fingertips_py asks through `requests` goes through `transport`; undone also after an error.

    Raises SourceUnavailable where fingertips_py's own address is not https.
    """
    base_address()
    with _ONE_AT_A_TIME:
        theirs = fingertips_py.api_calls.requests
        fingertips_py.api_calls.requests = _Requests(transport)
        try:
            yield
        finally:
            fingertips_py.api_calls.requests = theirs


def ask(transport: Reader, function: str, *arguments: object) -> dict[Any, Any]:
    """Call one of the ALLOWED functions of fingertips_py on our transport; returns what it found, never empty.

    Raises ValueError for any other function, and SourceUnavailable where the answer is none: not had, not JSON, an
    error in JSON, empty, or a table (which is how fingertips_py shows an error's text).
    """
    if function not in ALLOWED:
        raise ValueError(f"{function} of fingertips_py is not called here; expected one of {', '.join(ALLOWED)}.")
    said = f"fingertips_py.{function}({', '.join(map(str, arguments))})"
    try:
        with on_our_transport(transport):
            found = getattr(fingertips_py.metadata, function)(*arguments)
    except (LookupError, TypeError, AttributeError, ValueError) as error:
        raise SourceUnavailable(
            f"{said} could not read the answer ({type(error).__name__}: {error}). Fingertips is in trouble or has "
            "changed its layout; open the address in a browser."
        ) from error
    if not isinstance(found, dict) or not found:
        shown = "nothing" if found is None else f"{type(found).__name__} {str(found)[:120]!r}"
        raise SourceUnavailable(f"{said} found {shown}; expected entries. Check the id, and try later.")
    return found


def area_types(transport: Reader) -> pl.DataFrame:
    """Every area type that Fingertips has: its id, name and short name, by id. Raises SourceUnavailable."""
    rows = []
    for key, one in ask(transport, "get_area_types_as_dict").items():
        # fingertips_py takes the first field for the id, whatever it is, and what shares it is lost.
        whole = isinstance(one, dict) and type(one.get("Id")) is int and one["Id"] == key
        short = one.get("Short") if whole else None
        if not whole or not isinstance(one.get("Name"), str) or not isinstance(short, str | None):
            raise SourceUnavailable(
                f"An area type of Fingertips reads {str(one)[:120]!r}; expected Id, Name and Short, Id first. "
                "Open the address area_types in a browser: its layout has changed."
            )
        rows.append({"area_type_id": key, "name": one["Name"], "short_name": short})
    return pl.DataFrame(rows, schema=AREA_TYPE).sort("area_type_id")


def indicator_metadata(transport: Reader, fingertips_id: int) -> dict[str, Any]:
    """What Fingertips says of one indicator, as published but without its definition, for which nothing here asks.

    Raises SourceUnavailable, also for an id that Fingertips does not know.
    """
    found = ask(transport, "get_metadata_for_indicator", fingertips_id)
    if found.get("IID", fingertips_id) != fingertips_id or not isinstance(found.get("Descriptive"), dict):
        raise SourceUnavailable(
            f"Fingertips says of indicator {fingertips_id}: {str(found)[:120]!r}; expected its own metadata with a "
            "field Descriptive. Its layout may have changed."
        )
    return found
