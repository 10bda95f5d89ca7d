"""Small tables in several editions, ready to be published: every row of an edition says its number.

So that a file which holds rows of two editions, or of none, is told from a whole one by one query.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb
import polars as pl

from pipelines.release import publish as release
from pipelines.release.folder import Release
from pipelines.run.lock import only_run
from pipelines.sources.arrival import snapshot
from pipelines.sources.contract import Parsed, Resource, Snapshot
from pipelines.tables.store import Store

TABLES = ("published.one", "published.two", "core.three")
EDITION_OF = """
    select
        (select list(distinct edition) from published.one) as one,
        (select list(distinct edition) from published.two) as two,
        (select list(distinct edition) from core.three) as three,
        (select input from meta.release) as said,
        (select count(*) from published.one) as rows_of_one
"""


def _never(content: bytes, kept: Snapshot) -> Parsed:
    raise AssertionError("A made snapshot is not parsed.")


class Mixed(Exception):
    """A file that holds no whole edition."""


def release_id(number: int, edition: int) -> str:
    """The id of the release of that number, in the form of all ids."""
    return f"20260301T{number:06d}Z_{edition:08x}"


@dataclass(frozen=True)
class Place:
    """A warehouse, snapshots and prepared editions under one folder."""

    root: Path
    rows: int = 2_000
    keep: int = 14

    @property
    def warehouse(self) -> Path:
        """Where releases go."""
        return self.root / "warehouse"

    @property
    def link(self) -> Path:
        """What analysts open."""
        return self.warehouse / "current.duckdb"

    @property
    def snapshots(self) -> Path:
        """Where bytes as received lie."""
        return self.root / "snapshots"

    def store(self, edition: int) -> Store:
        """The built tables of an edition."""
        return Store(self.root / "prepared" / f"{edition:02d}")

    def prepare(self, editions: int) -> None:
        """Build the tables of all editions, and keep a few snapshots."""
        for edition in range(editions):
            rows = {"row": range(self.rows), "value": [row / 7 + edition for row in range(self.rows)]}
            frame = pl.DataFrame(rows).with_columns(edition=pl.lit(edition))
            for table in TABLES:
                self.store(edition).build(table, frame.clone, code_version="1", description="Rows of one edition.")
        (self.root / "columns.toml").write_text('edition = "Which edition the row is of."\n', encoding="utf-8")
        (self.root / "examples").mkdir(exist_ok=True)
        (self.root / "examples" / "all.sql").write_text("-- How many?\nselect count(*) from published.one;\n")
        for number in range(3):
            resource = Resource(
                f"made_{number}", f"made/{number}.csv", "made", "", "", "Nobody", "none", "never", _never
            )
            snapshot.capture(
                self.snapshots,
                f"a,b\n{number},{number}\n".encode() * 50,
                resource=resource,
                origin=snapshot.MODELLED,
                path=resource.path,
                url=resource.url,
                publisher=resource.publisher,
                licence=resource.licence,
                is_modelled=True,
            )

    def publish(self, number: int, edition: int) -> Path | None:
        """Publish an edition as the release of that number, under the lock that every run holds."""
        store = self.store(edition)
        records = [record for table in TABLES if (record := store.record(table))]
        listed = pl.DataFrame({"table_name": TABLES, "rows": [record.rows for record in records]})
        kept = [json.loads(sidecar.read_text()) for sidecar in snapshot.sidecars(self.snapshots)]
        inputs = pl.DataFrame([{"path": said["path"], "sha256": said["sha256"]} for said in kept])
        with only_run(self.warehouse):
            made = release.publish(
                store,
                records,
                {"table": listed, "snapshot": inputs},
                warehouse=self.warehouse,
                release=Release(
                    release_id=release_id(number, edition),
                    created_at=datetime(2026, 3, 1),  # noqa: DTZ001 - stored in UTC without a zone
                    content_hash=release.published_hash(store, records),
                    code_version="1",
                    input=f"edition {edition}",
                    origin="modelled",
                    engine="local",
                    as_of=None,
                ),
                glossary=self.root / "columns.toml",
                examples=self.root / "examples",
                keep=self.keep,
            )
            return made.file if made else None

    def edition(self) -> int:
        """The one edition that `current.duckdb` holds. Raises Mixed for a mixture or a part."""
        with duckdb.connect(str(self.link), read_only=True) as connection:
            return one_edition(connection.sql(EDITION_OF).fetchall()[0], self.rows)


def one_edition(row: tuple[list[int], list[int], list[int], str, int], rows: int) -> int:
    """The edition that an answer to EDITION_OF is of. Raises Mixed."""
    one, two, three, said, counted = row
    if not (one == two == three and len(one) == 1 and said == f"edition {one[0]}" and counted == rows):
        raise Mixed(f"found {row}")
    return one[0]
