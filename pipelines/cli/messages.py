"""What an exception says to a person: one sentence and an exit code, and where the whole traceback was kept.

What belongs here: turning whatever a command raises into words. What does not: catching it (`cli/app.py`, in one
place). Our own errors are known by their type; those of libraries by the name of their package, so that nothing heavy
is imported to say that a word was wrong.
"""

from __future__ import annotations

import csv
import traceback
from dataclasses import dataclass
from pathlib import Path

from pipelines.errors import ProductError
from pipelines.files import causes, disk_full, short_path

INTERRUPTED = 130
"""What a command ends with that was told to stop."""
LAST_ERROR = "last_error.txt"
"""The traceback of the newest error that nobody foresaw, inside the warehouse."""
LIBRARIES = {
    "_duckdb": "DuckDB stopped. If a release or table is damaged, roll back or run with --fresh",
    "duckdb": "DuckDB stopped. If a release or table is damaged, roll back or run with --fresh",
    "polars": "Polars could not read or compute a table. If a file of the warehouse is damaged, run with --fresh",
    "pyo3_runtime": "Polars could not read or compute a table. If a file of the warehouse is damaged, run with --fresh",
    "sqlalchemy": "Dagster's records in the warehouse (.dagster) cannot be used. Check that the folder may be written; "
    "moving .dagster away starts new records",
    "sqlite3": "Dagster's records in the warehouse (.dagster) cannot be used. Check that the folder may be written; "
    "moving .dagster away starts new records",
}


@dataclass(frozen=True)
class Failure:
    """What to print and how to exit. `keep` says that the traceback is worth keeping: our words do not tell all."""

    text: str
    code: int
    keep: bool = False


def failure_of(error: BaseException) -> Failure:
    """Say in words what went wrong."""
    chain = list(causes(error))
    if any(isinstance(link, KeyboardInterrupt) for link in chain):
        return Failure("Interrupted.", INTERRUPTED)
    return _ours(chain) or _of_the_machine(chain) or _of_a_library(chain) or _of_the_input(error) or _unforeseen(error)


def current_in_words(before: str | None, now: str | None) -> str:
    """Which release is current after a run that was to publish none, or failed; `before` is the one before it."""
    if now and now != before:
        return f"Before it stopped it published the release {now}, which is current."
    return (
        f"Nothing was published: the release {now} stays current." if now else "Nothing was published: none is current."
    )


def _ours(chain: list[BaseException]) -> Failure | None:
    """An error of this package: it is written for a person."""
    return next((Failure(str(link), link.exit_code) for link in chain if isinstance(link, ProductError)), None)


def _of_the_machine(chain: list[BaseException]) -> Failure | None:
    """No room, no memory, or a file that cannot be read or written."""
    error = chain[0]
    if full := disk_full(error):
        return Failure(str(full), full.exit_code)
    if isinstance(error, MemoryError):
        return Failure("There is not enough memory. INEQUALITY_THREADS=1 needs less.", 1)
    if isinstance(error, OSError):
        reason = error.strerror or _first_lines(str(error)) or type(error).__name__
        if error.filename:
            return Failure(f"{short_path(error.filename)}: {reason}.", 1)
        return Failure(f"The system refused: {reason}.", 1, keep=True)
    return None


def _of_a_library(chain: list[BaseException]) -> Failure | None:
    for link in chain:
        for base in type(link).__mro__:
            if sentence := LIBRARIES.get(base.__module__.partition(".")[0]):
                # SQLAlchemy adds the statement and its web page; the driver's own words are enough.
                return Failure(f"{sentence}. It says: {_first_lines(str(getattr(link, 'orig', link)))}.", 1, keep=True)
    return None


def _of_the_input(error: BaseException) -> Failure | None:
    """A file or a path that was given and makes no sense."""
    if isinstance(error, UnicodeDecodeError):
        found = f"byte 0x{error.object[error.start]:02x} at position {error.start:,}"
        return Failure(
            f"A text file of the input is not UTF-8 ({found}). Save it as UTF-8 and try again.", 1, keep=True
        )
    if isinstance(error, csv.Error):
        return Failure(f"A CSV file of the input cannot be read: {error}.", 1, keep=True)
    if isinstance(error, RuntimeError) and "home directory" in str(error):
        return Failure("A path begins with `~` and a name, and there is no such user. Write the path out.", 2)
    return None


def _unforeseen(error: BaseException) -> Failure:
    return Failure(f"{type(error).__name__}: {_first_lines(str(error))}. This is a bug.", 1, keep=True)


def _first_lines(text: str) -> str:
    lines = [line.strip() for line in text.strip().splitlines() if line.strip()]
    return " ".join(lines[:2]).rstrip(".") + (" ..." if len(lines) > 2 else "")


def keep_traceback(error: BaseException, warehouse: Path) -> Path | None:
    """Write the whole traceback into the warehouse. Returns the file, or None where it could not be written."""
    file = warehouse / LAST_ERROR
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("".join(traceback.format_exception(error)), encoding="utf-8")
    except OSError:
        return None
    return file
