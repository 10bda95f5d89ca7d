"""Dagster's records in a real Postgres, as `deploy/dagster.yaml` says: the daemon works there, and so does the command.

Skipped where `make setup-postgres` was not run or no Postgres server is installed.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipelines.settings import PROJECT

pytest.importorskip("dagster_postgres", reason="`make setup-postgres` was not run")
import psycopg2

from tests.proofs.deploy.postgres import NoServer, postgres_database


@pytest.fixture(scope="module")
def database() -> Iterator[str]:
    """The address of an empty database."""
    try:
        with postgres_database() as address:
            yield address
    except NoServer as error:
        pytest.skip(str(error))


def rows(address: str, query: str) -> list[tuple[object, ...]]:
    """The answer of the database, and none while the server or the table is not there yet."""
    try:
        connection = psycopg2.connect(address)
    except psycopg2.OperationalError:
        return []
    try:
        with connection.cursor() as cursor:
            cursor.execute(query)
            return list(cursor.fetchall())
    except psycopg2.errors.UndefinedTable:
        return []
    finally:
        connection.close()


def waited_for(address: str, query: str, child: subprocess.Popen[str] | None = None) -> list[tuple[object, ...]]:
    """The first answer that is not empty. Fails when the child ends or nothing came in a minute."""
    until = time.monotonic() + 90
    while not (found := rows(address, query)):
        assert child is None or child.poll() is None, child.communicate()[0]
        assert time.monotonic() < until, query
        time.sleep(0.2)
    return found


def test_the_daemon_keeps_the_nightly_schedule_in_postgres(database: str, tmp_path: Path) -> None:
    waited_for(database, "select 1")
    home = tmp_path / "warehouse" / ".dagster"
    home.mkdir(parents=True)
    shutil.copy(PROJECT / "deploy" / "dagster.yaml", home)
    environment = os.environ | {
        "INEQUALITY_WAREHOUSE": str(tmp_path / "warehouse"),
        "INEQUALITY_SNAPSHOTS": str(tmp_path / "snapshots"),
        "DAGSTER_POSTGRES_URL": database.replace("postgresql:", "postgresql+psycopg2:"),
    }
    child = subprocess.Popen(
        [sys.executable, "-m", "pipelines.cli", "daemon", "--nightly"],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        kinds = {row[0] for row in waited_for(database, "select daemon_type from daemon_heartbeats", child)}
        assert waited_for(database, "select status from instigators", child) == [("RUNNING",)]
    finally:
        child.send_signal(signal.SIGTERM)
        said, _ = child.communicate(timeout=60)
    assert child.returncode == 0, said
    assert kinds
    assert not list(home.rglob("*.db")), "Nothing is kept in SQLite beside it."
