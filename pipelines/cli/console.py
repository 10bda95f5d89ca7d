"""What a person sees: the two consoles, tables, records, and the progress of a run.

What belongs here: fitting text to a terminal; where nobody watches, nothing is ever cut. What does not: deciding
what to say (`release/query.py`), or the commands (`cli/app.py`).
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, TextIO

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.measure import Measurement
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

out = Console(soft_wrap=True, highlight=False)
err = Console(stderr=True, soft_wrap=True, highlight=False)

MANY_COLUMNS = 12
READABLE = 24
"""Characters that a column of running text needs to be readable; narrower columns take what they hold."""


def cell(found: object) -> str:
    """One value as a person reads it: floats with at most 6 significant digits and all digits before the point."""
    if found is None:
        return ""
    if isinstance(found, Decimal) and found != found.to_integral_value():
        found = float(found)
    if isinstance(found, float):
        shown = found + 0.0  # No sign before 0.
        return f"{shown:.0f}" if 1e6 <= abs(shown) < 1e15 else f"{shown:.6g}"
    return str(found)


def print_answer(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print the answer to a query: a table, or one record after another at a terminal where a table would not fit."""
    texts = [[cell(value) for value in row] for row in rows]
    if out.is_terminal and too_wide(columns, texts, out.width):
        for line in records(columns, texts):
            out.print(escape(line))
        return
    table = Table(*(escape(column) for column in columns))
    for row in texts:
        table.add_row(*(escape(text) for text in row))
    print_whole(table)


def too_wide(columns: Sequence[str], rows: Sequence[Sequence[str]], width: int) -> bool:
    """Whether a table could not be read at this width: too many columns, or one row of very many."""
    if not rows:
        return False
    needs = [
        max(len(name), *(min(max(map(len, row[n].splitlines()), default=0), READABLE) for row in rows))
        for n, name in enumerate(columns)
    ]
    return sum(needs) + 3 * len(columns) + 1 > width or (len(columns) > MANY_COLUMNS and len(rows) == 1)


def records(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """`column: value` lines, with an empty line between two records."""
    lines: list[str] = []
    for row in rows:
        lines += [*([""] if lines else []), *(f"{name}: {text}" for name, text in zip(columns, row, strict=True))]
    return lines


def plain_table(
    columns: Sequence[str],
    rows: Sequence[Sequence[object]],
    *,
    title: str | None = None,
    right: Sequence[str] = (),
    wraps: Sequence[str] = (),
) -> Table:
    """A table with a line under its header only. Columns in `wraps` may break over lines, the others never."""
    table = Table(box=SIMPLE_HEAD, padding=(0, 1, 0, 0), title=title, title_justify="left")
    texts = [[cell(value) for value in row] for row in rows]
    for n, column in enumerate(columns):
        whole = column not in wraps
        table.add_column(
            column,
            justify="right" if column in right else "left",
            no_wrap=whole,
            min_width=max(len(column), *(len(row[n]) for row in texts)) if whole and texts else None,
        )
    for row in texts:
        table.add_row(*map(escape, row))
    return table


def print_fitting(columns: Sequence[str], rows: Sequence[Sequence[object]], **options: Any) -> None:
    """Print a table, without the last columns that the terminal has no room for; the first is always whole."""
    for kept in range(len(columns), 1, -1):
        table = plain_table(columns[:kept], [row[:kept] for row in rows], **options)
        if not out.is_terminal or Measurement.get(out, out.options, table).minimum < out.width:
            print_whole(table)
            return
    for row in rows:
        out.print(escape(cell(row[0])))


def print_whole(table: Table) -> None:
    """Print a table, in a pipe or a file as wide as it needs to be."""
    if out.is_terminal:
        out.print(table)
        return
    endless = Console(width=100_000)
    natural = Measurement.get(endless, endless.options, table).maximum
    Console(width=max(natural, 1), soft_wrap=True, highlight=False).print(table)


class Quiet:
    """Takes the place of a spinner when nobody watches."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, *_: object) -> None:
        return None


class RunProgress:
    """A progress bar where a person watches; one line per layer where nobody does.

    It writes to a file descriptor of its own: Dagster points that of standard error elsewhere while a step is at work.
    """

    def __init__(self, steps: int) -> None:
        self.steps = steps
        self.begun: set[str] = set()

    def __enter__(self) -> RunProgress:
        self.stream = _second_descriptor(sys.stderr)
        self.console = Console(file=self.stream, soft_wrap=True, highlight=False)
        if self.console.is_terminal:
            self.bar = Progress(
                SpinnerColumn(),
                TextColumn("{task.description}"),
                BarColumn(),
                MofNCompleteColumn(),
                TimeElapsedColumn(),
                console=self.console,
                transient=True,
                # What steps print is Dagster's to keep.
                redirect_stdout=False,
                redirect_stderr=False,
            )
            self.bar.start()
            self.task = self.bar.add_task("starting", total=self.steps)
        return self

    def __exit__(self, *_: object) -> None:
        if self.console.is_terminal:
            self.bar.stop()
        if self.stream is not sys.stderr:
            self.stream.close()

    def watch(self, kind: str, step: str) -> None:
        """Show one step event."""
        name = step.replace("__", ".", 1)
        if self.console.is_terminal:
            if kind == "STEP_START":
                self.bar.update(self.task, description=name)
            elif kind in ("STEP_SUCCESS", "STEP_FAILURE", "STEP_SKIPPED"):
                self.bar.advance(self.task)
        elif kind == "STEP_START" and "." in name and (layer := name.split(".")[0]) not in self.begun:
            # Once per layer: layers take turns, since a table waits only for what it reads.
            self.begun.add(layer)
            self.console.print(f"{layer} ...")


def _second_descriptor(stream: TextIO) -> TextIO:
    """The same file under a descriptor that nobody else knows; the stream itself where it is no file."""
    try:
        return open(os.dup(stream.fileno()), "w", encoding=stream.encoding, errors="replace", buffering=1)  # noqa: PTH123
    except OSError:
        return stream
