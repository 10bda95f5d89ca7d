"""The daemon's schedule publishes; a run killed with it is closed, said and made good, in SQLite and in Postgres."""

from __future__ import annotations

import pytest
from pytest_socket import enable_socket

pytest.importorskip("dagster_postgres", reason="`make setup-postgres` was not run")

from tests.proofs.deploy import daemon
from tests.proofs.deploy.postgres import NoServer


@pytest.mark.long
def test_the_daemon_publishes_and_makes_a_killed_run_good() -> None:
    enable_socket()
    try:
        assert daemon.main() == 0
    except NoServer as error:
        pytest.skip(str(error))
