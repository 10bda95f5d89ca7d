"""A Postgres server of our own, for proofs: its database is empty, and only this machine has its socket."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

ACCOUNT = "postgres"


class NoServer(Exception):
    """There is no Postgres server here; the message says what is missing."""


def _program(name: str) -> str:
    """A program of the server, which Debian keeps out of the way."""
    kept = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    found = str(kept[-1]) if kept else shutil.which(name)
    if not found:
        raise NoServer(f"There is no Postgres server here: {name} was not found.")
    return found


@contextmanager
def postgres_database() -> Iterator[str]:
    """The address of an empty database, until the block ends; the server may not answer yet.

    Raises NoServer where none is installed.
    """
    initdb, postgres = _program("initdb"), _program("postgres")
    # The path of a socket may have 107 characters at most.
    place = Path(tempfile.mkdtemp(prefix="pg"))
    as_account: Sequence[str] = ()
    if os.geteuid() == 0:
        # The server refuses to be run by root.
        try:
            account = pwd.getpwnam(ACCOUNT)
        except KeyError:
            raise NoServer(f"Root needs the account {ACCOUNT} to start a server.") from None
        os.chown(place, account.pw_uid, account.pw_gid)
        as_account = ("setpriv", f"--reuid={account.pw_uid}", f"--regid={account.pw_gid}", "--clear-groups")
    data = place / "data"
    subprocess.run(
        [*as_account, initdb, "--auth=trust", "--username=inequality", "--no-sync", "-D", str(data)],
        check=True,
        capture_output=True,
        cwd=place,
    )
    server = subprocess.Popen(
        [*as_account, postgres, "-D", str(data), "-k", str(place), "-c", "listen_addresses=", "-c", "fsync=off"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=place,
    )
    try:
        yield f"postgresql://inequality@/postgres?host={place}"
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(timeout=30)
        shutil.rmtree(place)
