"""What every source must deliver: the OBSERVATION table, reference tables, rejected rows, and one kind of error.

What belongs here: column names and types that sources and the rest of the pipeline agree on, and the small
value objects that carry them. What does not: how bytes arrive (`transport/`, `arrival/snapshot.py`) or how one
publisher's layout is read (one module per publisher).
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, Protocol, TypeVar

import polars as pl

from pipelines.errors import ProductError
from pipelines.notes import Note

OBSERVATION: dict[str, pl.DataType] = {
    "indicator": pl.String(),
    "area_code": pl.String(),
    "area_name": pl.String(),
    "area_type": pl.String(),
    "period": pl.String(),
    "period_label": pl.String(),
    "period_length": pl.String(),
    "period_start": pl.Date(),
    "period_end": pl.Date(),
    "sex": pl.String(),
    "age": pl.String(),
    "age_label": pl.String(),
    "dimension": pl.String(),
    "scheme": pl.String(),
    "category": pl.String(),
    "category_label": pl.String(),
    "category_rank": pl.Int64(),
    "value": pl.Float64(),
    "value_lower": pl.Float64(),
    "value_upper": pl.Float64(),
    "value_lower_998": pl.Float64(),
    "value_upper_998": pl.Float64(),
    "standard_error": pl.Float64(),
    "numerator": pl.Float64(),
    "denominator": pl.Float64(),
    "note_code": pl.String(),
    "note": pl.String(),
    "source": pl.String(),
    "snapshot_sha256": pl.String(),
    "source_line": pl.Int64(),
}
"""One row per `OBSERVATION_KEY`; values in the indicator's published unit; limits are 95% unless named 998.

`area_name` is the file's own, null where it has none: an area that no lookup holds is published under it."""

OBSERVATION_KEY: tuple[str, ...] = (
    "indicator",
    "area_code",
    "period",
    "period_length",
    "sex",
    "age",
    "dimension",
    "scheme",
    "category",
)

OBSERVATION_CONTENT: tuple[str, ...] = (
    "value",
    "value_lower",
    "value_upper",
    "value_lower_998",
    "value_upper_998",
    "standard_error",
    "numerator",
    "denominator",
    "note_code",
)
"""What an observation says; rows of one key must say the same in it (`arrival/doubles.py`), but for the note."""

REJECTED: dict[str, pl.DataType] = {
    "source": pl.String(),
    "snapshot_sha256": pl.String(),
    "source_line": pl.Int64(),
    "reason": pl.String(),
    "is_faulty": pl.Boolean(),
    "row_text": pl.String(),
}
"""One row per input row that was not taken: its line, the reason in words, and the row as received.

`is_faulty` is true where the row cannot be right: a cell that cannot be read, an impossible figure, a contradiction. It
is false where the row is about something that is not read here: an indicator, a group or a period that we do not know.
"""

MOST_FAULTY = 0.01
"""The share of a file's rows that may be faulty, each refused alone; more is a fault of the file."""


def is_few(faulty: int, rows_in: int) -> bool:
    """Whether so few rows are faulty that the file is good without them; one row always is."""
    return faulty <= max(1.0, MOST_FAULTY * rows_in)


WITHHELD = ("suppressed_small_count", "suppressed_small_denominator")
"""Codes by which a publisher withholds a figure: whatever stands in the cell, it is no value and never 0."""

NOTE_CODES: tuple[str, ...] = (
    "combined_with_other_area",
    "estimated_from_larger_area",
    "suppressed_small_count",
    "suppressed_small_denominator",
    "too_few_cases",
    "missing_in_source",
    "data_quality",
    "not_published_quality",
    "population_restricted",
    "aggregated_from_known_areas",
    "count_left_out",
    "other_note",
)


class ContractBroken(ProductError):
    """Input that cannot be used, said in all five parts."""

    def __init__(self, what: str, *, where: str, expected: str, found: str, do: str) -> None:
        super().__init__(what, where=where, expected=expected, found=found, do=do)


class SourceUnavailable(ProductError):
    """A resource that could not be had; the message names it."""


class HostSilent(SourceUnavailable):
    """An address that could not be had because its host did not answer; `host` names it, `cause` says how it failed."""

    def __init__(self, what: str, *, host: str, cause: str) -> None:
        super().__init__(what)
        self.host, self.cause = host, cause


def silent_host(error: ProductError) -> str:
    """Which host did not answer, where that is why; else empty."""
    return error.host if isinstance(error, HostSilent) else ""


@dataclass(frozen=True)
class Snapshot:
    """One file as received: where it came from, when, and the hash that names it for ever.

    `path` is the file's place in the input folder (`fingertips/92443_502.csv`), `retrieved_at` is UTC. `is_stale` says
    that the publisher was asked in vain and this is the last good file; `is_carried_over` that it has no address to ask
    at, and an earlier folder run left it. `etag` and `last_modified` are what the publisher gave to ask with next time;
    both empty where it gave none. `note` is for people. `number` counts the snapshots of a path in the order in
    which they were taken, whatever a clock said; it is nought where an earlier version took them.
    """

    resource: str
    path: str
    url: str
    sha256: str
    bytes: int
    retrieved_at: datetime
    publisher: str
    licence: str
    is_modelled: bool
    origin: str
    note: str = ""
    is_stale: bool = False
    is_carried_over: bool = False
    etag: str = ""
    last_modified: str = ""
    number: int = 0


@dataclass(frozen=True)
class Parsed:
    """What a parser returns for one file.

    `rows` has the columns of the staging table; `rejected` has the columns of `REJECTED` (may be empty);
    `rows_in` is how many data rows the file held, so that `rows_in == rows + rejected` (duplicates are removed
    later, once, for all files of a table). `notes` say what could not be placed or read
    (labels, indicators that the catalogue does not know), without the file's path.
    """

    rows: pl.DataFrame
    rejected: pl.DataFrame
    rows_in: int
    notes: tuple[Note, ...] = ()


LONGEST_FOUND = 160
"""Letters of what was found that a line of a page has room for."""


@dataclass(frozen=True)
class DeliveryFault:
    """Why one delivery (a file as received) cannot be read as a whole. `sha256` is empty where no bytes were taken."""

    path: str
    sha256: str
    resource: str
    what: str
    expected: str = ""
    found: str = ""
    do: str = ""
    rows_faulty: int | None = None

    @property
    def reason(self) -> str:
        """All of it on one line; a long list of what was found is cut."""
        found = self.found if len(self.found) <= LONGEST_FOUND else f"{self.found[:LONGEST_FOUND].rstrip(' .')} ..."
        said = [self.what, *([f"Expected: {_ended(self.expected)}"] if self.expected else [])]
        said += [f"Found: {_ended(found)}"] if found else []
        said += [f"{self.do[0].upper()}{self.do[1:]}"] if self.do else []
        return " ".join(" ".join(said).split())


def _ended(text: str) -> str:
    """A text with one full stop, or the three dots that it ends with."""
    return text if text.endswith("...") else f"{text.rstrip('.')}."


def delivery_fault(
    path: str, resource: str, error: ProductError, *, sha256: str = "", rows_faulty: int | None = None
) -> DeliveryFault:
    """The fault of a delivery that an error of ours tells of; `rows_faulty` where it is one of too many of its rows."""
    return DeliveryFault(path, sha256, resource, error.what, error.expected, error.found, error.do, rows_faulty)


@dataclass(frozen=True)
class Received:
    """One accepted body: the file it lies in, its hash, and what the publisher says to ask with next time."""

    file: Path
    sha256: str
    bytes: int
    etag: str
    last_modified: str
    tries: int = 1


@dataclass(frozen=True)
class Fetched:
    """What a way of access gave: the address of the file, and its body, or None where the bytes in hand still hold.

    `remark` is kept with the snapshot for people; `notes` are for this run.
    """

    url: str
    received: Received | None
    remark: str = ""
    notes: tuple[Note, ...] = ()


T = TypeVar("T")


class Fetcher(Protocol):
    """What a way of access may do over the network for the file of one path (`arrival/fetcher.py` does it).

    `last_good` is the newest good snapshot of the path whose bytes are in hand. All raise SourceUnavailable when an
    address cannot be had.
    """

    @property
    def path(self) -> str:
        """Where the file is kept, `<source>/<name>.<ext>`."""

    @property
    def last_good(self) -> Snapshot | None:
        """The newest good snapshot of the path; None where there is none, or its bytes are gone."""

    def answer(self, url: str) -> bytes:
        """A small JSON answer that is not kept."""

    def index(self, url: str, read: Callable[[bytes], T], *, kind: str) -> T:
        """What `read` makes of a page (`html`) or list (`json`) that names the file. One that `read` takes is kept, and
        asked for with conditions; one that it refuses with ContractBroken is put aside.
        """

    def download(self, url: str, *, kind: str = "", hosts: Collection[str] = ()) -> Received | None:
        """The body of an address, or None where `last_good` came from it and is still what it serves.

        A part of `url` after `#` names a member of the zip at the address; it is not sent.
        """

    def keep(self, content: bytes, *, etag: str = "", last_modified: str = "") -> Received:
        """Bytes put together from several answers, or taken out of one, as if they had come in one body."""


class Access(Protocol):
    """One way in which a publisher gives access to a file; `sources/access/` has a module for each."""

    @property
    def url(self) -> str:
        """The first address that is asked."""

    def fetch(self, fetcher: Fetcher) -> Fetched:
        """Ask. Raises SourceUnavailable where nothing can be had, ContractBroken for an answer that is unfit."""


Parser = Callable[[bytes, Snapshot], Parsed]
"""Reads one file's bytes. Raises ContractBroken when the file as a whole cannot be used; zero rows is such a case."""


@dataclass(frozen=True)
class Resource:
    """One file (or one family of files) that a publisher serves.

    `path` is where a folder input keeps it, and may be a glob (`fingertips/*.csv`). `table` names the staging
    table the file ends in; several resources may share one. `key` names the columns that identify a row of the
    table and `schema` its columns, so that an absent file still gives an empty table. A run without a `required`
    resource stops and names it; `many` means the glob may match several files. `url` is where a person finds it.

    `access` says how a live run fetches it: ways in order of preference, of which the first that gives a fit file is
    taken; none where only a folder can bring it. `live_files` says so of a family: each path, and the ways to it.
    """

    name: str
    path: str
    table: str
    description: str
    url: str
    publisher: str
    licence: str
    cadence: str
    parser: Parser
    schema: dict[str, pl.DataType] = field(default_factory=lambda: OBSERVATION)
    key: tuple[str, ...] = OBSERVATION_KEY
    required: bool = False
    many: bool = False
    access: tuple[Access, ...] = ()
    live_files: Callable[[], list[tuple[str, tuple[Access, ...]]]] | None = None

    @property
    def read_in(self) -> Path:
        """The file of the code that reads it."""
        parser: Any = self.parser
        while isinstance(parser, partial):
            parser = parser.func
        return Path(inspect.getfile(parser))

    def files(self) -> list[tuple[str, tuple[Access, ...]]]:
        """What a live run fetches: each path that bytes are kept under, and the ways to have them; none at all where
        only a folder can bring the file.
        """
        if self.live_files is not None:
            return self.live_files()
        return [(self.path, self.access)] if self.access else []

    @property
    def is_observation(self) -> bool:
        """Whether the rows join the OBSERVATION table."""
        return self.schema is OBSERVATION


def empty_rejected() -> pl.DataFrame:
    """No rejected rows, with the right columns."""
    return pl.DataFrame(schema=REJECTED)


def as_observation(frame: pl.DataFrame) -> pl.DataFrame:
    """Give a frame the OBSERVATION columns in order, absent ones as nulls.

    Raises ContractBroken when a column has a type that cannot become the contract's.
    """
    columns = [
        (pl.col(name) if name in frame.columns else pl.lit(None)).cast(dtype).alias(name)
        for name, dtype in OBSERVATION.items()
    ]
    try:
        return frame.select(columns)
    except pl.exceptions.PolarsError as error:
        raise ContractBroken(
            "A parser's rows do not fit the OBSERVATION contract.",
            where="pipelines/sources/contract.py",
            expected=", ".join(f"{name} {dtype}" for name, dtype in OBSERVATION.items()),
            found=str(error),
            do="Mend the parser that made these rows.",
        ) from error
