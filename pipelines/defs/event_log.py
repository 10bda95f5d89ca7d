"""Dagster's event log in SQLite, with one open connection to each of its files.

What belongs here: how the log is reached. What does not: what is written to it. Dagster's own storage opens, prepares
and closes a connection for every statement, several for each event, which took most of the time of a run.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from dagster import StringSource
from dagster._core.storage.event_log.sqlite.sqlite_event_log import SqliteEventLogStorage
from dagster._core.storage.sqlite import SQLITE_BUSY_TIMEOUT_SECONDS
from dagster._serdes import ConfigurableClassData
from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.pool import StaticPool

LOGS = Path("history") / "runs"
"""Where Dagster keeps its logs below DAGSTER_HOME; ours lie there too, so that either storage reads the other's."""
MOST_OPEN = 4


class EventLog(SqliteEventLogStorage):
    """The event log of one process; `home` is DAGSTER_HOME."""

    def __init__(self, home: str, inst_data: ConfigurableClassData | None = None) -> None:
        self._engines: dict[str, Engine] = {}
        super().__init__(str(Path(home) / LOGS), inst_data)

    @classmethod
    def config_type(cls) -> dict[str, Any]:
        """What `dagster.yaml` says of it."""
        return {"home": StringSource}

    @classmethod
    def from_config_value(cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]) -> EventLog:
        """As Dagster makes it from `dagster.yaml`."""
        return cls(inst_data=inst_data, **config_value)

    @contextmanager
    def _connect(self, shard: str) -> Iterator[Connection]:
        with self._db_lock, self._engine(shard).connect() as connection, connection.begin():
            yield connection

    def _engine(self, shard: str) -> Engine:
        """The engine of one file, which keeps its connection; the files of runs long past are closed again."""
        if shard in self._engines:
            return self._engines[shard]
        while len(self._engines) >= MOST_OPEN:
            self._engines.pop(next(iter(self._engines))).dispose()
        engine = create_engine(
            self.conn_string_for_shard(shard),
            poolclass=StaticPool,
            connect_args={"timeout": SQLITE_BUSY_TIMEOUT_SECONDS, "check_same_thread": False},
        )
        self._initdb(engine)
        with engine.connect() as connection:
            # With the write-ahead log that Dagster sets up, a power cut may cost the last events and no more.
            connection.execute(text("pragma synchronous = normal"))
        self._engines[shard] = engine
        return engine

    def dispose(self) -> None:
        """Close every file."""
        for engine in self._engines.values():
            engine.dispose()
        self._engines.clear()
        super().dispose()
