"""The command that asks the current release: a query in, a table or a file out.

What belongs here: where the query comes from, where the answer goes, and how it is shown. What does not: asking
(`release/query.py`), or what a file of an answer looks like (`release/answer_file.py`).
"""

from __future__ import annotations

import sys
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from pipelines import settings
from pipelines.cli.console import out, print_answer

if TYPE_CHECKING:
    import polars as pl

FORMATS = ("table", "csv", "json", "parquet", "xlsx")


def sql(
    query: Annotated[
        str | None, typer.Argument(help="One SELECT over published.*, core.* and meta.*; `-` reads standard input.")
    ] = None,
    *,
    file: Annotated[Path | None, typer.Option("--file", help="Read the SELECT from this file.")] = None,
    tables: Annotated[
        bool, typer.Option("--tables", help="List the tables and the macros, and what they hold or answer.")
    ] = False,
    form: Annotated[
        str | None,
        typer.Option(
            "--format",
            help="table, csv, json, parquet or xlsx; with --output, what its ending says.",
            autocompletion=lambda: [*FORMATS],
        ),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", help="Write to this file: .csv, .json, .parquet or .xlsx.")
    ] = None,
    excel: Annotated[
        bool,
        typer.Option("--excel", help="Begin csv with the mark by which Excel knows UTF-8, for names with accents."),
    ] = False,
) -> None:
    """Run a read-only query against the current release."""
    from pipelines.release import query as release
    from pipelines.release.answer_file import written

    here = settings.load()
    if output and any(output.resolve().is_relative_to(kept.resolve()) for kept in (here.warehouse, here.snapshots)):
        raise _refused("--output must be outside the warehouse and the snapshots: what is kept there is not replaced.")
    chosen = _form(form, output, excel=excel)
    if (query is not None) + (file is not None) + tables != 1:
        raise _refused("`sql` takes one of: a query in quotes, `-`, --file FILE, --tables.")
    if tables:
        query = "show tables"
    elif file:
        query = file.read_text(encoding="utf-8-sig")
    elif query == "-":
        query = sys.stdin.read()
    frame = release.ask(here.warehouse, query or "", as_text=chosen != "parquet")
    if chosen == "table":
        _show(frame)
        return
    about = release.about(here.warehouse, query or "") if chosen == "xlsx" else None
    content = written(frame, chosen, excel=excel, about=about)
    if output:
        output.write_bytes(content)
        out.print(f"{'1 row' if frame.height == 1 else f'{frame.height:,} rows'} written to {escape(str(output))}.")
    else:
        sys.stdout.write(content.decode().rstrip("\n") + "\n")


def _form(form: str | None, output: Path | None, *, excel: bool) -> str:
    """The form that the answer takes. Raises FileRefused where the words do not agree."""
    from pipelines.release.answer_file import BINARY, FORMS, form_of

    if form is not None and form not in FORMATS:
        raise _refused(f"--format takes table, csv, json, parquet or xlsx, found {form!r}.")
    chosen = form or ("csv" if excel else "table")
    if output is None and chosen in BINARY:
        raise _refused(f"--format {chosen} needs --output FILE.")
    if output is not None:
        named = FORMS.get(output.suffix.lower())
        chosen = form or form_of(output)
        if chosen == "table":
            raise _refused("--format table is for the screen: with --output say csv, json, parquet or xlsx.")
        if named and named != chosen:
            raise _refused(f"{output.name} would hold {chosen}: leave --format out, or give the file another ending.")
    if excel and chosen != "csv":
        raise _refused("--excel is for csv; a workbook (--output FILE.xlsx) needs no mark.")
    return chosen


def _refused(why: str) -> Exception:
    from pipelines.release.answer_file import FileRefused

    return FileRefused(why)


def _show(frame: pl.DataFrame) -> None:
    """Print an answer; at a terminal, what tables and columns mean stands wrapped below their names."""
    if frame.columns[-1:] == ["about"] and out.is_terminal:
        for name, detail, about in frame.rows():
            beside = f"{detail:,} rows" if isinstance(detail, int) else detail or ""
            out.print(f"[bold]{escape(name)}[/]  {escape(beside)}".rstrip())
            for line in textwrap.wrap(about or "", max(out.width - 4, 20)):
                out.print(f"    {escape(line)}")
    else:
        print_answer(frame.columns, frame.rows())
