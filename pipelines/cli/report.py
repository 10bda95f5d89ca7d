"""The command that builds the report: pages that people open, from the current release.

What belongs here: its words and what it prints. What does not: the pages (`report/site.py`).
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.progress import Progress

from pipelines import settings
from pipelines.cli.console import out


def report(
    warehouse: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Build it from the release in this warehouse.")
    ] = None,
) -> None:
    """Build the report of the current release: an overview, a page per indicator, a page per area."""
    from pipelines.report import dictionary, site

    where = warehouse or settings.load().warehouse
    dictionary.write_page(where)
    with Progress(console=out, transient=True) as bar:
        task = bar.add_task("Pages")
        built = site.build(where, lambda done, expected: bar.update(task, completed=done, total=expected))
    out.print(
        f"{built.files:,} files of the report, {built.written:,} written and {built.removed:,} removed now. "
        f"Open {escape(str(where / site.FOLDER / site.OVERVIEW))}."
    )
