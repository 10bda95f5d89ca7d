"""One run at a time on a warehouse, and never modelled data over published data by accident.

What belongs here: what must hold for every run, whether the command, the UI or the daemon starts it. What does not:
starting a run (`walk.py`, `defs/launch.py`).
"""

from __future__ import annotations

import errno
import fcntl
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TextIO

from pipelines.errors import ProductError
from pipelines.notes import Kind, Note
from pipelines.release import folder, publish
from pipelines.settings import Settings
from pipelines.sources.arrival import origin, snapshot
from pipelines.sources.contract import Resource

_held: set[Path] = set()
PATIENCE_SECONDS, LOOK_AGAIN_SECONDS = 0.5, 0.05
"""A look at whether a run is at work (`is_held`) takes the lock for a moment, which must not cost a run its night."""


class RunRefused(ProductError):
    """A run that must not start; the message says why and what to do."""


@contextmanager
def only_run(warehouse: Path) -> Iterator[None]:
    """Hold the warehouse's lock; within the process that holds it, do nothing.

    Raises RunRefused when another process holds it.
    """
    if warehouse in _held:
        yield
        return
    warehouse.mkdir(parents=True, exist_ok=True)
    with _lock_file(warehouse) as lock:
        if not _taken(lock):
            raise RunRefused(
                f"Another run holds {warehouse / '.lock'}. Wait for it, or stop it; the lock goes with its process."
            )
        _held.add(warehouse)
        try:
            yield
        finally:
            _held.discard(warehouse)


def is_held(warehouse: Path) -> bool:
    """Whether a run is at work on the warehouse, in this process or another."""
    if warehouse in _held:
        return True
    try:
        with (warehouse / ".lock").open() as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False  # No run ever was here, or nothing that this account could know of.
    return False


def _taken(lock: TextIO) -> bool:
    until = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > until:
                return False
            time.sleep(LOOK_AGAIN_SECONDS)
        else:
            return True


def _lock_file(warehouse: Path) -> TextIO:
    try:
        return (warehouse / ".lock").open("w")
    except OSError as error:
        if error.errno not in (errno.EROFS, errno.EACCES, errno.EPERM):
            raise
        raise RunRefused(
            "This account may only read the warehouse.",
            where=str(warehouse),
            expected="a folder it may write to",
            found=error.strerror or type(error).__name__,
            do="let it write there, or name another folder in INEQUALITY_WAREHOUSE; what is current stays so.",
        ) from error


def choose_input(settings: Settings, run_from: str | None, *, as_of: date | None = None) -> origin.RunInput:
    """The input of a run: the one named, else the installation's, else the sample.

    A build of an earlier day that names none keeps to the origin of the current release: it reads snapshots, and those
    of modelled data say nothing of publishers' figures. Raises SourceUnavailable when a name is no input.
    """
    named = run_from or settings.run_from
    if not named and as_of:
        with suppress(folder.ReleaseRefused):
            now = publish.current(settings.warehouse)
            named = "live" if now and now.origin == origin.PUBLISHER else None
    return origin.choose(named or "sample", sample=settings.sample, as_of=as_of)


def guard_origin(settings: Settings, run_from: str | None, run_input: origin.RunInput) -> list[Note]:
    """Refuse to replace a release of publishers' data by a modelled one unless the input was named.

    Where the current release cannot be read, what it holds is not known, and only a run whose input was named may
    replace it. Returns what a person must know of a run that goes on. A build of an earlier day replaces nothing.
    """
    if run_input.as_of:
        return []
    named = run_from or settings.run_from
    try:
        now = publish.current(settings.warehouse)
    except publish.ReleaseInUse:
        # It is whole: a run that cannot be compared with it would publish unchecked.
        raise
    except folder.ReleaseRefused as error:
        if named:
            return [Note(Kind.REPLACES_UNREADABLE, cause=str(error))]
        raise RunRefused(
            "The current release cannot be read, so nobody can tell whether it holds publishers' data, and this run "
            "names no input.",
            where=error.where,
            expected=error.expected,
            found=error.found or error.what,
            do="say --from live, --from FOLDER or --from sample to replace it, or go back with `inequality rollback`.",
        ) from error
    if now and not named and now.origin == origin.PUBLISHER and run_input.origin == origin.MODELLED:
        raise RunRefused(
            f"The current release {now.release_id} holds publishers' data (from {now.input}), and this run would "
            "replace it by modelled data.",
            do="say --from live or --from FOLDER; or --from sample if modelled is meant.",
        )
    return []


def guard_as_of(settings: Settings, run_input: origin.RunInput, resources: Iterable[Resource]) -> None:
    """Refuse a build of a day that has not been yet, or on which a file that no run can do without was not known."""
    day = run_input.as_of
    if day is None:
        return
    today = datetime.now(UTC).date()
    if day > today:
        raise RunRefused(f"Nothing can be known of {day} yet: today is {today} (UTC). Name a day up to today.")
    unknown, first_days = [], []
    for resource in resources:
        if not resource.required:
            continue
        root, kept_from = settings.snapshots, run_input.origin
        paths = snapshot.paths(root, kept_from, resource.path)
        days = [kept.retrieved_at.date() for path in paths for kept in snapshot.history(root, kept_from, path)]
        if not days or min(days) > day:
            unknown.append(resource.name)
        if days:
            first_days.append(min(days))
    if not unknown:
        return
    where = f"{run_input.origin} snapshots in {settings.snapshots}"
    if not first_days:
        raise RunRefused(
            f"Nothing was known on {day}: there are no {where}.",
            do="run without --as-of first; an --as-of build reads only what earlier runs kept.",
        )
    later = f"say --as-of {max(first_days)} or a later day."
    if min(first_days) > day:
        raise RunRefused(
            f"Nothing was known on {day}: the oldest snapshot is of {min(first_days)}.", where=where, do=later
        )
    raise RunRefused(
        f"Not enough was known on {day}: no snapshot of {', '.join(unknown)} is as old.", where=where, do=later
    )
