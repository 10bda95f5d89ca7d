"""The commands that back up and restore.

What belongs here: their words and what they print. What does not: what is copied, and how (`backup.py`).
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from pipelines import settings
from pipelines.cli.console import out


def backup(folder: Annotated[Path, typer.Argument(help="Where to; only what is new there is copied.")]) -> None:
    """Copy snapshots, releases and history into a folder, also while a run goes on."""
    from pipelines.backup import back_up

    made = back_up(settings.load(), folder)
    out.print(
        f"{made.files:,} files are in {escape(str(folder))}, {made.copied:,} of them new. Release "
        f"{escape(made.release_id)} was current."
    )


def restore(folder: Annotated[Path, typer.Argument(help="A folder that `inequality backup` made.")]) -> None:
    """Put a backup where there is nothing yet, and make current what was current."""
    from pipelines.backup import restore as put_back
    from pipelines.run.lock import only_run

    here = settings.load()
    with only_run(here.warehouse):
        made = put_back(folder, here)
    out.print(
        f"{made.files:,} files restored. Release {escape(made.release_id)} is current. Check them with `inequality "
        "verify`; the next run makes tables and pages again."
    )
