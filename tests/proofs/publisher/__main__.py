"""Print what comes of every fault, and fail where something else comes of it or a fault ends in silence."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.proofs.publisher.faults import TABLE
from tests.proofs.publisher.outcome import Came, try_out
from tests.proofs.publisher.service_faults import SERVICE_TABLE


def as_expected(came: Came) -> bool:
    """Whether a fault ended as its line says."""
    line = came.line
    return (came.outcome, came.tries) == (line.outcome, line.tries) and line.cause in came.said


def main() -> int:
    """Try every fault. Returns 0 when each came out as it must."""
    shown = Table(title="What comes of a misbehaving publisher", title_justify="left")
    for title in ("Fault", "Asked", "Waited s", "With a last good snapshot", "Rows", "With none", "As it must"):
        shown.add_column(title, justify="right" if title in ("Asked", "Waited s", "Rows") else "left")
    faults = silent = 0
    for line in (*TABLE, *SERVICE_TABLE):
        with tempfile.TemporaryDirectory() as work:
            came = try_out(line, Path(work))
        good = as_expected(came) and not came.is_silent_empty
        faults += not good
        silent += came.is_silent_empty
        cells = (line.name, came.tries, f"{came.slept:.1f}", came.outcome, came.rows, came.without)
        shown.add_row(*map(str, cells), "yes" if good else f"NO: {came.said}")
    console = Console(width=170)
    console.print(shown)
    console.print(f"{len(TABLE) + len(SERVICE_TABLE)} faults: {faults} not as they must be, {silent} silent empties.")
    return min(faults, 1)


if __name__ == "__main__":
    sys.exit(main())
