"""The `inequality` command. It reads words, calls one function, and prints what came of it; no logic of its own.

Exit codes: 0 done (also when there was nothing new to publish), 1 the run failed and the last good release stays
current, 2 the words given make no sense.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from pipelines import settings

app = typer.Typer(
    help="Health-inequality measures for England, from publishers' files to one DuckDB release.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
out = Console(soft_wrap=True, highlight=False)
err = Console(stderr=True, soft_wrap=True, highlight=False)

From = Annotated[
    str | None, typer.Option("--from", help="`sample`, `live`, or a folder laid out as <source>/<name>.<ext>.")
]


def _stop(message: str, code: int = 1) -> None:
    err.print(f"[bold red]Stopped.[/] {escape(message)}")
    raise typer.Exit(code)


def _known_errors() -> tuple[type[Exception], ...]:
    from pipelines.catalogue import CatalogueInvalid
    from pipelines.defs.one_run import RunRefused
    from pipelines.release import ReleaseRefused
    from pipelines.sources.contract import ContractBroken, SourceUnavailable

    return (CatalogueInvalid, ContractBroken, ReleaseRefused, RunRefused, SourceUnavailable)


@app.command()
def run(
    run_from: From = None,
    as_of: Annotated[
        str | None, typer.Option(help="Build from what was known on this day (YYYY-MM-DD); never moves current.")
    ] = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Rebuild every table, changed or not.")] = False,
) -> None:
    """Pull, validate, measure and publish everything."""
    if as_of is not None:
        from datetime import date

        try:
            date.fromisoformat(as_of)
        except ValueError:
            _stop(f"--as-of takes a day such as 2026-03-01, found {as_of!r}.", 2)
    here = settings.load()
    with err.status("Loading the pipeline") if err.is_terminal else _Quiet():
        from pipelines.defs import launch
    try:
        with _Shown() as shown:
            outcome = launch.run(here, run_from=run_from, as_of=as_of, fresh=fresh, watcher=shown.watch)
    except _known_errors() as error:
        _stop(str(error))
    for warning in outcome.warnings:
        err.print(f"[yellow]Note:[/] {escape(warning)}")
    if not outcome.succeeded:
        for message in outcome.errors:
            err.print(f"[bold red]Error:[/] {escape(message)}")
        _stop(
            f"{outcome.skipped} steps did not run. Nothing was published: {here.warehouse / 'current.duckdb'} "
            + ("is as it was." if (here.warehouse / "current.duckdb").exists() else "does not exist yet.")
        )
    out.print(f"{outcome.built} tables built, {outcome.reused} unchanged and reused.")
    if outcome.published:
        out.print(f"Published release [bold]{escape(outcome.release_id)}[/].")
    else:
        out.print(f"Nothing new to publish: release [bold]{escape(outcome.release_id)}[/] already says the same.")
    if as_of is None:
        _headline(here.warehouse)


class _Quiet:
    def __enter__(self) -> None:
        return None

    def __exit__(self, *_: object) -> None:
        return None


class _Shown:
    """A progress bar where a person watches; a line a layer where nobody does."""

    def __init__(self) -> None:
        self.bar = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=err,
            transient=True,
        )
        self.layer = ""

    def __enter__(self) -> _Shown:
        if err.is_terminal:
            from pipelines.defs.launch import steps

            self.bar.start()
            self.task = self.bar.add_task("starting", total=steps())
        return self

    def __exit__(self, *_: object) -> None:
        if err.is_terminal:
            self.bar.stop()

    def watch(self, kind: str, step: str) -> None:
        """Show one step event."""
        name = step.replace("__", ".", 1)
        if err.is_terminal:
            if kind == "STEP_START":
                self.bar.update(self.task, description=name)
            elif kind in ("STEP_SUCCESS", "STEP_FAILURE", "STEP_SKIPPED"):
                self.bar.advance(self.task)
        elif kind == "STEP_START" and (layer := name.split(".")[0]) != self.layer and "." in name:
            self.layer = layer
            err.print(f"{layer} ...")


def _me() -> str:
    """How this command was called, so that what we print can be pasted."""
    called = Path(sys.argv[0])
    if called.name != "inequality":
        return "inequality"
    here = Path.cwd()
    return str(called.relative_to(here)) if called.is_relative_to(here) else str(called)


def _headline(warehouse: Path) -> None:
    """The slope index of life and healthy life expectancy in the newest period, and where to look next."""
    from pipelines.reading import headline

    found = headline(warehouse)
    if found.rows:
        table = Table(box=SIMPLE_HEAD, padding=(0, 1, 0, 0), title="Slope index of inequality", title_justify="left")
        for column in ("Area", "At birth", "Sex", "Period", "Years", "Grade"):
            table.add_column(column, justify="right" if column == "Years" else "left", no_wrap=column != "Area")
        for row in found.rows:
            table.add_row(*(escape(str(cell)) for cell in row))
        out.print(table)
        out.print("Years between the least and the most deprived end of the country's neighbourhoods; larger is worse.")
        if found.interval_note:
            out.print(found.interval_note)
    if found.modelled:
        out.print(f"[bold yellow]{escape(found.modelled)}[/]")
    example = "select sentence from published.inequality where grade <= 'B' limit 5"
    out.print(
        f'\nWhere to look next:\n  {_me()} sql "{example}"\n'
        f"  {_me()} status\n"
        "  make ui   (the lineage, in Dagster)\n"
        f"  {warehouse / 'current.duckdb'}   (open read-only with DuckDB 1.2 or later)"
    )


@app.command()
def status() -> None:
    """What is published, how old each source is, and what failed last."""
    from pipelines.reading import current_status

    here = settings.load()
    found = current_status(here.warehouse)
    for line in found.lines:
        out.print(escape(line))
    if found.sources:
        table = Table(box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
        table.add_column("File", overflow="fold")
        for column in ("Retrieved", "Rows in", "Out", "Refused", "Double", "Suppr."):
            table.add_column(column, justify="right", no_wrap=True)
        table.add_column("State", min_width=13)
        for row in found.sources:
            table.add_row(*(escape("" if cell is None else str(cell)) for cell in row))
        out.print(table)


@app.command()
def releases(
    keep: Annotated[str | None, typer.Option("--keep", help="Never delete this release.")] = None,
) -> None:
    """List the releases, oldest first."""
    from pipelines import release

    here = settings.load()
    try:
        if keep:
            release.tag(here.warehouse, keep, "kept by hand")
        now = release.current(here.warehouse)
        for release_id in release.listed(here.warehouse):
            out.print(f"{release_id}{'  (current)' if now and now.release_id == release_id else ''}")
    except _known_errors() as error:
        _stop(str(error))


@app.command()
def rollback(release_id: Annotated[str, typer.Argument(help="An id from `inequality releases`.")]) -> None:
    """Make an earlier release current."""
    from pipelines import release
    from pipelines.defs.one_run import only_run

    here = settings.load()
    try:
        with only_run(here.warehouse):
            release.rollback(here.warehouse, release_id)
    except _known_errors() as error:
        _stop(str(error))
    out.print(f"Release {escape(release_id)} is current.")


@app.command()
def sql(
    query: Annotated[str, typer.Argument(help="One SELECT over published.*, core.* and meta.*.")],
    form: Annotated[str, typer.Option("--format", help="table, csv, json or parquet.")] = "table",
    output: Annotated[Path | None, typer.Option("--output", help="Write to this file instead.")] = None,
) -> None:
    """Run a read-only query against the current release."""
    from pipelines.reading import NoRelease, QueryRefused, ask, written

    if form not in ("table", "csv", "json", "parquet"):
        _stop(f"--format takes table, csv, json or parquet, found {form!r}.", 2)
    if form == "parquet" and output is None:
        _stop("--format parquet needs --output FILE.", 2)
    try:
        frame = ask(settings.load().warehouse, query)
    except (NoRelease, QueryRefused) as error:
        _stop(str(error))
    if form != "table" or output:
        content = written(frame, "csv" if form == "table" else form)
        if output:
            output.write_bytes(content)
        else:
            sys.stdout.write(content.decode())
        return
    table = Table(*(escape(column) for column in frame.columns))
    for row in frame.iter_rows():
        table.add_row(*(escape("" if cell is None else str(cell)) for cell in row))
    out.print(table)


@app.command()
def catalogue() -> None:
    """Validate the catalogue and list its indicators."""
    from pipelines.catalogue import load

    try:
        known = load()
    except _known_errors() as error:
        _stop(str(error))
    table = Table("Indicator", "Title", "Fingertips", "Unit", "Polarity")
    for slug, indicator in sorted(known.indicators.items()):
        table.add_row(slug, indicator.title, str(indicator.fingertips_id or ""), indicator.unit, indicator.polarity)
    out.print(table)
    out.print(f"{len(known.indicators)} indicators and {len(known.schemes)} breakdown schemes; no faults.")


@app.command()
def ui(port: Annotated[int, typer.Option(help="Port on this machine.")] = 3000) -> None:
    """Start Dagster's UI on this machine only (127.0.0.1)."""
    from pipelines.defs.launch import prepare_home

    here = settings.load()
    home = prepare_home(here)
    environment: dict[str, Any] = os.environ | {"DAGSTER_HOME": str(home)}
    out.print(f"Dagster on http://127.0.0.1:{port} — stop it with Ctrl-C.")
    command = [str(Path(sys.executable).with_name("dagster")), "dev", "-m", "pipelines.definitions"]
    raise typer.Exit(
        subprocess.run(  # noqa: S603
            [*command, "--host", "127.0.0.1", "--port", str(port)], env=environment, cwd=settings.PROJECT, check=False
        ).returncode
    )


def main() -> None:
    """Run the command."""
    app()


if __name__ == "__main__":
    main()
