"""The commands about the catalogue: validate and list it, and propose blocks for what it does not know.

What belongs here: the words of these commands and what they print. What does not: what the catalogue is
(`pipelines/catalogue/`), or what a file says of an indicator (`sources/fingertips/proposal.py`).
"""

from __future__ import annotations

import sys
import textwrap
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from pipelines.cli.console import cell, out, print_fitting

if TYPE_CHECKING:
    import polars as pl

catalogue = typer.Typer(invoke_without_command=True, help="Validate the catalogue and list its indicators.")

FORMS = ("table", "csv", "json")


@catalogue.callback()
def listed(
    context: typer.Context,
    form: Annotated[str, typer.Option("--format", help="table, csv or json; csv and json hold every field.")] = "table",
    matching: Annotated[
        str | None, typer.Option(metavar="TEXT", help="Only those with this text in slug, title or definition.")
    ] = None,
    source: Annotated[str | None, typer.Option(metavar="SOURCE", help="Only those from this source.")] = None,
    core20plus5: Annotated[bool, typer.Option("--core20plus5", help="Only those with a place in Core20PLUS5.")] = False,
) -> None:
    """Validate the catalogue and list its indicators."""
    from pipelines.catalogue import indicator_frame, load
    from pipelines.release.answer_file import written

    if context.invoked_subcommand:
        return
    if form not in FORMS:
        raise typer.BadParameter(f"takes table, csv or json, found {form!r}.", param_hint="--format")
    known = load()
    frame = _filtered(indicator_frame(known).sort("indicator"), matching or "", source, core20plus5=core20plus5)
    if form != "table":
        sys.stdout.write(written(frame, form).decode().rstrip("\n") + "\n")
        return
    if frame.is_empty():
        out.print("No indicator is so; without a filter all are listed.")
        return
    shown = frame.select("indicator", "title", "fingertips_id", "unit", "polarity")
    print_fitting(("Indicator", "Title", "Fingertips", "Unit", "Polarity"), shown.rows(), wraps=("Title", "Unit"))
    if frame.height < len(known.indicators):
        out.print(f"{frame.height} of {len(known.indicators)} indicators.")
    else:
        out.print(f"{len(known.indicators)} indicators and {len(known.schemes)} breakdown schemes; no faults.")
    out.print("`inequality catalogue show INDICATOR` shows every field of one.")


def _filtered(frame: pl.DataFrame, matching: str, source: str | None, *, core20plus5: bool) -> pl.DataFrame:
    """The indicators that all filters let through."""
    wanted = matching.casefold()
    kept = [
        row["indicator"]
        for row in frame.iter_rows(named=True)
        if wanted in f"{row['indicator']} {row['title']} {row['definition']}".casefold()
        and (source is None or source in (row["sources"] or "").split(";"))
        and (row["core20plus5"] or not core20plus5)
    ]
    return frame.filter(frame["indicator"].is_in(kept))


@catalogue.command()
def show(
    indicator: Annotated[str, typer.Argument(help="Its slug, its title, or a part of either that no other has.")],
    form: Annotated[str, typer.Option("--format", help="table, csv or json.")] = "table",
) -> None:
    """Show every field of one indicator."""
    from pipelines.catalogue import indicator_frame, load
    from pipelines.release.answer_file import written

    if form not in FORMS:
        raise typer.BadParameter(f"takes table, csv or json, found {form!r}.", param_hint="--format")
    frame = indicator_frame(load())
    said = indicator.strip().casefold()
    names = [(row["indicator"], row["title"].casefold()) for row in frame.iter_rows(named=True)]
    exact = [slug for slug, title in names if said in (slug, title)]
    meant = exact or [slug for slug, title in names if said in title or said in slug]
    if len(meant) != 1:
        nearest = meant or get_close_matches(said.replace(" ", "_"), [slug for slug, _ in names], n=3, cutoff=0)
        what = "Several indicators are" if meant else "No indicator is"
        raise typer.BadParameter(f"{what} called {indicator!r}. Nearest: {', '.join(nearest[:6])}.")
    one = frame.filter(frame["indicator"] == meant[0])
    if form != "table":
        sys.stdout.write(written(one, form).decode().rstrip("\n") + "\n")
        return
    width = max(map(len, one.columns)) + 2
    room = max(out.width - width, 30) if out.is_terminal else 10**6
    for name, found in one.row(0, named=True).items():
        first, *rest = textwrap.wrap(cell(found), room) or [""]
        out.print(f"[bold]{name:<{width}}[/]{escape(first)}")
        for line in rest:
            out.print(" " * width + escape(line))


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
