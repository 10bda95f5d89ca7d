"""One whole run on the embedded sample, made once for each state of the code and kept in the system's temporary folder.

What belongs here: when a run kept from before may stand in for a new one, and how a test comes by a copy of it. What
does not: what a run holds. All sessions and all their processes read the same files, so `check_untouched` tells when
one was written to.
"""

from __future__ import annotations

import fcntl
import getpass
import hashlib
import json
import os
import pickle
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pipelines.settings import PROJECT

MAKES_IT = ("pipelines", "sql", "expectations", "data_raw/sample", "requirements.lock", "tests/built.py")
DONE = "done.json"
"""Lists the files of a whole run; a folder without it is of a run that did not end."""
OF_ONE_PROCESS = (".dagster", ".lock")
"""What runs write in place: a copy must not share it."""


def state_of_the_code() -> str:
    """A short hash of whatever decides what a run makes; the day is part of it, for a run knows what day it is."""
    state = hashlib.sha256(f"{sys.version_info[:2]} {datetime.now(UTC).date()}".encode())
    for name in MAKES_IT:
        path = PROJECT / name
        for file in [path] if path.is_file() else sorted(path.rglob("*")):
            if file.is_file() and "__pycache__" not in file.parts:
                state.update(f"{file.relative_to(PROJECT)} {hashlib.sha256(file.read_bytes()).hexdigest()}\n".encode())
    return state.hexdigest()[:16]


def whole_run(make: Callable[[Path], Any]) -> tuple[Path, Any]:
    """The folder of a whole run and what `make` returned of it, made now unless some process made it before."""
    kept = Path(tempfile.gettempdir()) / f"inequality-tests-of-{getpass.getuser()}"
    kept.mkdir(mode=0o700, exist_ok=True)
    folder = kept / state_of_the_code()
    with _alone(kept / f"{folder.name}.lock"):
        if not (folder / DONE).is_file():
            _remove_old(kept)
            shutil.rmtree(folder, ignore_errors=True)
            came = make(folder / "place")
            (folder / "came.pickle").write_bytes(pickle.dumps(came))
            (folder / DONE).write_text(json.dumps(_stamps(folder / "place")), encoding="utf-8")
    check_untouched(folder / "place")
    return folder / "place", pickle.loads((folder / "came.pickle").read_bytes())


def check_untouched(place: Path) -> None:
    """Fail when a file of the kept run is not as the run left it; the next session then makes it anew."""
    done = place.parent / DONE
    if not done.is_file():  # another process of this session has said it
        return
    was, now = json.loads(done.read_text(encoding="utf-8")), _stamps(place)
    touched = sorted(name for name in was.keys() | now.keys() if was.get(name) != now.get(name))
    if touched:
        done.unlink(missing_ok=True)
        raise AssertionError(f"A test wrote into the run that all tests share: {', '.join(touched[:5])}")


def copy_of(place: Path, target: Path) -> Path:
    """A copy to go on from. Tables and bytes are linked where the disk allows: a run replaces them, never writes into
    them. Its records are copied, for a run that reads one again dates it.
    """
    shutil.copytree(
        place, target, symlinks=True, copy_function=_link, ignore=shutil.ignore_patterns(*OF_ONE_PROCESS, "input")
    )
    return target


def _link(source: str, target: str) -> None:
    try:
        if not source.endswith(".json"):
            os.link(source, target)
            return
    except OSError:  # another disk
        pass
    shutil.copy2(source, target)


def _stamps(place: Path) -> dict[str, list[int]]:
    """Size and time of last change of every file, but for those of one process."""
    files = (file for file in place.rglob("*") if file.is_file() and not {*file.parts} & {*OF_ONE_PROCESS})
    return {str(file.relative_to(place)): [file.stat().st_size, file.stat().st_mtime_ns] for file in files}


def _remove_old(kept: Path) -> None:
    """Runs of other days and the many of a busy day go, the newest stay: another session may be reading them."""
    folders = sorted((path for path in kept.iterdir() if path.is_dir()), key=lambda path: path.stat().st_mtime)
    for old in folders[:-5]:
        shutil.rmtree(old, ignore_errors=True)
        (kept / f"{old.name}.lock").unlink(missing_ok=True)


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    """Hold a lock against other processes."""
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield
