"""The commands about the catalogue: validate and list it, and propose blocks for what it does not know.

What belongs here: the words of these commands and what they print. What does not: what the catalogue is
(`pipelines/catalogue/`), or what a file says of an indicator (`sources/fingertips/proposal.py`).
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from pipelines.cli.console import out, print_fitting

catalogue = typer.Typer(invoke_without_command=True, help="Validate the catalogue and list its indicators.")

FORMS = ("table", "csv", "json")


@catalogue.callback()
def listed(
    context: typer.Context, form: Annotated[str, typer.Option("--format", help="table, csv or json.")] = "table"
) -> None:
    """Validate the catalogue and list its indicators."""
    from pipelines.catalogue import load

    if context.invoked_subcommand:
        return
    if form not in FORMS:
        raise typer.BadParameter(f"takes table, csv or json, found {form!r}.", param_hint="--format")
    known = load()
    rows = [
        (slug, one.title, one.fingertips_id, one.unit, one.polarity) for slug, one in sorted(known.indicators.items())
    ]
    if form == "table":
        print_fitting(("Indicator", "Title", "Fingertips", "Unit", "Polarity"), rows, wraps=("Title", "Unit"))
        out.print(f"{len(known.indicators)} indicators and {len(known.schemes)} breakdown schemes; no faults.")
        return
    from pipelines.release import query

    columns = ("indicator", "title", "fingertips_id", "unit", "polarity")
    sys.stdout.write(query.listed(columns, rows, form).decode().rstrip("\n") + "\n")


@catalogue.command()
def propose(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE", exists=True, dir_okay=False, help="Fingertips CSV files.")
    ],
    output: Annotated[Path | None, typer.Option(help="Write the blocks to this file instead.")] = None,
) -> None:
    """Write a block for each indicator of these files that the catalogue lacks, for a person to review."""
    from pipelines.catalogue import load
    from pipelines.sources.fingertips.proposal import propose_blocks

    blocks = propose_blocks([(file.name, file.read_bytes()) for file in files], load())
    text = "\n".join(blocks)
    if output and blocks:
        output.write_text(text, encoding="utf-8")
        many = "1 block" if len(blocks) == 1 else f"{len(blocks):,} blocks"
        out.print(
            f"{many} written to {escape(str(output))}. Review each, then put it into a file of "
            "pipelines/catalogue/indicators/."
        )
    elif blocks:
        sys.stdout.write(text)
    else:
        out.print("The catalogue knows every indicator of these files.")
