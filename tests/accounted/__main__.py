"""Print what became of every row of a folder's CSV files. Exit code 1 when one is lost.

`python -m tests.accounted FOLDER [--warehouse W]`: the warehouse whose current release was made from FOLDER.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from pathlib import Path

from tests.accounted.release import FATES, Release
from tests.accounted.rows import files_of, rows_of


def main() -> int:
    """Read the folder, ask the release, print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--warehouse", type=Path, default=Path("warehouse"))
    asked = parser.parse_args()
    release, total = Release(asked.warehouse), Counter[str]()
    print(_line("file", "rows", *FATES))
    for file in files_of(asked.folder):
        path, rows = file.relative_to(asked.folder).as_posix(), list(rows_of(file))
        fates = release.fates(rows, path)
        total += fates
        print(_line(path, len(rows), *(fates[fate] for fate in FATES)))
    print(_line("all", total.total(), *(total[fate] for fate in FATES)))
    return 1 if total["lost"] else 0


def _line(name: str, *cells: object) -> str:
    return f"{name:62}" + "".join(f"{cell:>11,}" if isinstance(cell, int) else f"{cell:>11}" for cell in cells)


if __name__ == "__main__":
    sys.exit(main())
