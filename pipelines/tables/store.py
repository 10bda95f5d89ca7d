"""Tables as Parquet: write atomically, read, query with SQL, and reuse what has not changed.

What belongs here: one folder of Parquet files with a record beside each. What does not: what a table means (`sql/`),
when it is built (`defs/`), or the published file (`release/publish.py`). No step ever writes a file that somebody can
read.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import polars as pl

from pipelines.errors import ProductError
from pipelines.files import write_atomically
from pipelines.notes import Note, note_from
from pipelines.sources.contract import DeliveryFault

SIGNIFICANT_DIGITS = 10
HEAD_ROWS, HEAD_COLUMNS, HEAD_LETTERS = 5, 12, 60


class QueryFailed(ProductError):
    """A SQL text that DuckDB refused; the message holds the file, the text and DuckDB's reason."""


class TableMissing(ProductError):
    """A table that was asked for and has never been built; the message names it and what to run."""


@dataclass(frozen=True)
class TableRecord:
    """What is known of one built table: `inputs` maps each table it read to that table's content hash.

    `file_sha256` is of the Parquet's bytes: it says whether the file was touched, and never that the content is other.
    `head` are the first cells of the first rows as texts, for people: reading a large table for those takes longer.
    """

    table: str
    rows: int
    columns: list[str]
    content_hash: str
    code_version: str
    inputs: dict[str, str]
    description: str
    built_at: str
    counts: list[dict[str, str | int]] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    faults: list[DeliveryFault] = field(default_factory=list)
    file_sha256: str = ""
    head: list[list[str]] = field(default_factory=list)


@dataclass(frozen=True)
class Made:
    """What a builder returns: the rows; where they came from files, counts per file and the files that could not be
    read; and notes for people.
    """

    frame: pl.DataFrame
    counts: list[dict[str, str | int]] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    faults: list[DeliveryFault] = field(default_factory=list)


def content_hash(frame: pl.DataFrame) -> str:
    """A hash of what a table says: the same for any row or column order, machine, thread count or file version.

    Columns by name, floats to 10 significant digits with -0.0 as 0.0, rows sorted by all columns, as CSV with
    `\\N` for null, sha256.
    """
    columns = []
    for name in sorted(frame.columns):
        column, dtype = pl.col(name), frame.schema[name]
        if dtype.is_decimal():
            column = column.cast(pl.Float64)
        if dtype.is_float() or dtype.is_decimal():
            column = column.round_sig_figs(SIGNIFICANT_DIGITS) + 0.0
        elif dtype in (pl.Categorical, pl.Enum):
            column = column.cast(pl.String)
        columns.append(column)
    plain = frame.select(columns)
    ordered = plain.sort(plain.columns, nulls_last=False) if plain.width else plain
    return hashlib.sha256(ordered.write_csv(null_value="\\N").encode()).hexdigest()


def _head(frame: pl.DataFrame) -> list[list[str]]:
    rows = frame.head(HEAD_ROWS).select(frame.columns[:HEAD_COLUMNS]).rows()
    texts = [["" if value is None else str(value) for value in row] for row in rows]
    return [[text[:HEAD_LETTERS] + "…" if len(text) > HEAD_LETTERS else text for text in row] for row in texts]


def text_hash(*texts: str) -> str:
    """A hash of code or settings: the version of what makes a table."""
    return hashlib.sha256("\x00".join(texts).encode()).hexdigest()


class Store:
    """The tables of one warehouse. A table's name is `layer.name`; its file is `<root>/<layer>/<name>.parquet`."""

    def __init__(self, root: Path, *, threads: int = 0) -> None:
        self.root = root
        self.threads = threads

    def path(self, table: str) -> Path:
        """Where a table's Parquet lies. Raises ValueError when the name is not `layer.name`."""
        layer, _, name = table.partition(".")
        if not (layer.isidentifier() and name.isidentifier()):
            raise ValueError(f"A table is named layer.name, found {table!r}.")
        return self.root / layer / f"{name}.parquet"

    def record(self, table: str) -> TableRecord | None:
        """What is known of a table, or None when it was never built whole or its record is damaged."""
        try:
            return self.read_record(table)
        except (ValueError, TypeError):
            return None

    def read_record(self, table: str) -> TableRecord | None:
        """What is known of a table, None when it was never built whole. Raises ValueError or TypeError if damaged."""
        beside = self.path(table).with_suffix(".json")
        if not (beside.is_file() and self.path(table).is_file()):
            return None
        said = json.loads(beside.read_text(encoding="utf-8"))
        if said.pop("warnings", []):
            raise ValueError("An earlier version kept sentences where notes are kept now; the next build mends it.")
        facts = {
            "notes": [note_from(note) for note in said.get("notes", [])],
            "faults": [DeliveryFault(**fault) for fault in said.get("faults", [])],
        }
        return TableRecord(**{**said, **facts})

    def read(self, table: str) -> pl.DataFrame:
        """A whole table. Raises TableMissing when it was never built."""
        if self.record(table) is None:
            raise TableMissing(f"The table {table} has not been built. Run `inequality run` first.")
        return pl.read_parquet(self.path(table))

    def build(
        self,
        table: str,
        make: Callable[[], Made | pl.DataFrame],
        *,
        reads: Iterable[str] = (),
        code_version: str,
        description: str,
        fresh: bool = False,
        beside: Iterable[str] = (),
    ) -> tuple[TableRecord, bool]:
        """Build a table, or keep it when neither its inputs' content nor its code changed.

        `beside` names tables that `make` builds too, from the same inputs and code: the table is kept only while each
        of them stands from those, so a crash between the two is mended by the next build.

        Returns the record and whether the table was reused. `inputs` of the record names each table read with its
        content hash. A table that cannot be made or written leaves the old one as it was; the record is written last,
        so a build interrupted after that is a table that was never built.
        """
        inputs = {}
        for upstream in sorted(reads):
            record = self.record(upstream)
            if record is None:
                raise TableMissing(f"{table} reads {upstream}, which has not been built.")
            inputs[upstream] = record.content_hash
        known = self.record(table)
        whole = all(
            found is not None and found.inputs == inputs and found.code_version == code_version
            for found in (known, *(self.record(name) for name in beside))
        )
        if known and whole and not fresh:
            return known, True
        made = make()
        if isinstance(made, pl.DataFrame):
            made = Made(made)
        path = self.path(table)
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_name(f".{path.name}.partial")
        made.frame.write_parquet(partial, compression="zstd")
        record = TableRecord(
            table=table,
            rows=made.frame.height,
            columns=made.frame.columns,
            content_hash=content_hash(made.frame),
            code_version=code_version,
            inputs=inputs,
            description=description,
            built_at=datetime.now(UTC).isoformat(timespec="seconds"),
            counts=made.counts,
            notes=made.notes,
            faults=made.faults,
            file_sha256=hashlib.sha256(partial.read_bytes()).hexdigest(),
            head=_head(made.frame),
        )
        said = asdict(record) | {"notes": [note.as_json() for note in record.notes]}
        sidecar = json.dumps(said, indent=2).encode()
        # In this order no record ever stands beside rows that are not its own.
        path.with_suffix(".json").unlink(missing_ok=True)
        partial.replace(path)
        write_atomically(path.with_suffix(".json"), sidecar)
        return record, False

    def query(self, sql: str, reads: Iterable[str], *, where: str = "SQL text") -> pl.DataFrame:
        """Run one SELECT over the named tables.

        Raises QueryFailed, with the file and the text, when DuckDB refuses it or it returns no table; TableMissing when
        a table it reads was never built.
        """
        tables = sorted(set(reads))
        for table in tables:
            if self.record(table) is None:
                raise TableMissing(f"{where} reads {table}, which has not been built.")
        with duckdb.connect() as connection:
            connection.execute("set autoinstall_known_extensions = false")
            connection.execute("set timezone = 'UTC'")
            if self.threads:
                connection.execute("set threads = ?", [self.threads])
            try:
                for table in tables:
                    layer, name = table.split(".")
                    file = str(self.path(table)).replace("'", "''")
                    connection.execute(f'create schema if not exists "{layer}"')
                    connection.execute(f'create view "{layer}"."{name}" as from read_parquet(\'{file}\')')
                relation = connection.sql(sql)
                if relation is None:
                    raise QueryFailed(f"Error in {where}: it returns no table; write one SELECT.\nThe text:\n{sql}")
                answer: pl.DataFrame = relation.pl()
            except duckdb.Error as error:
                raise QueryFailed(f"Error in {where}: {error}\nThe text:\n{sql}") from error
        return answer
