"""The `inequality` command. It reads arguments, calls one function and prints the result; no logic of its own.

Exit codes: 0 done (also when there was nothing new to publish), 1 the run failed and the last good release stays
current, 2 the arguments or `INEQUALITY_*` variables make no sense, 3 published (or nothing new to publish) with
deliveries held back, 5 no publisher gave anything to a live run, so that nothing is built or published, 130
interrupted.
"""

from __future__ import annotations

import sys
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from rich.markup import escape
from typer.core import TyperGroup

from pipelines import settings
from pipelines.cli.alert import alert
from pipelines.cli.backup import backup, restore
from pipelines.cli.catalogue import catalogue
from pipelines.cli.clean import clean
from pipelines.cli.console import Quiet, RunProgress, err, out, plain_table, print_whole
from pipelines.cli.deliveries import accept
from pipelines.cli.explain import explain
from pipelines.cli.messages import INTERRUPTED, current_in_words, failure_of, keep_traceback
from pipelines.cli.releases import releases, rollback, verify
from pipelines.cli.report import report
from pipelines.cli.sql import sql
from pipelines.cli.status import status
from pipelines.cli.ui import daemon, ui

PASSED_ON = (typer.Exit, typer.Abort, SystemExit, BrokenPipeError)
"""How the command line itself ends, and what a reader such as `head` causes when it has seen enough."""


class Guarded(TyperGroup):
    """Every command, with one message instead of a traceback for whatever it raises."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command that was named."""
        try:
            return super().invoke(ctx)
        except BaseException as error:
            if isinstance(error, PASSED_ON) or type(error).__module__.startswith("typer."):
                raise
            failure = failure_of(error)
            kept = keep_traceback(error, settings.load().warehouse) if failure.keep else None
            _stop(failure.text + (f"\nThe whole traceback is in {kept}." if kept else ""), failure.code)


app = typer.Typer(
    cls=Guarded,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)

From = Annotated[
    str | None,
    typer.Option(
        "--from",
        help="`sample`, `live`, or a folder laid out as <source>/<name>.<ext>.",
        # Where none begins so, the shell goes on with its own files.
        autocompletion=lambda: ["sample", "live"],
    ),
]


def _show_version(asked: bool) -> None:
    if asked:
        out.print(f"inequality {version('inequality-pipelines')}")
        raise typer.Exit


@app.callback()
def entry(
    _: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Health-inequality measures for England, from publishers' files to one DuckDB release."""


def _stop(message: str, code: int = 1) -> NoReturn:
    err.print(f"[bold red]Stopped.[/] {escape(message)}")
    raise typer.Exit(code)


@app.command()
def run(
    words: Annotated[list[str] | None, typer.Argument(hidden=True)] = None,
    *,
    run_from: From = None,
    as_of: Annotated[
        str | None, typer.Option(help="Build from what was known on this day (YYYY-MM-DD); never moves current.")
    ] = None,
    indicator: Annotated[
        list[str] | None,
        typer.Option(
            metavar="SLUG",
            help="Ask only for the files of this indicator again, and publish the whole catalogue; may be repeated.",
        ),
    ] = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Rebuild every table, changed or not.")] = False,
    force: Annotated[
        str | None,
        typer.Option(
            metavar="REASON", help="Publish over failed critical checks; your account and reason are recorded."
        ),
    ] = None,
) -> None:
    """Pull, validate, measure and publish everything."""
    if words:
        _stop(f"`run` takes no arguments of its own. Use --from {' '.join(words)}", 2)
    if as_of is not None:
        _refuse_no_day(as_of, indicator or [])
    if force is not None:
        _refuse_no_reason(force)
    here = settings.load()
    with err.status("Loading the pipeline") if err.is_terminal else Quiet():
        from pipelines.defs import launch
        from pipelines.release.folder import file_of, linked
    was = linked(here.warehouse)
    with RunProgress(launch.steps()) as progress:
        try:
            outcome = launch.run(
                here,
                run_from=run_from,
                as_of=as_of,
                indicators=indicator or (),
                fresh=fresh,
                force=force or "",
                watcher=progress.watch,
            )
        except KeyboardInterrupt:
            outcome = launch.Outcome(succeeded=False, published=False, release_id="", interrupted=True)
    if outcome.interrupted:
        # Dagster turns Ctrl-C into the failure of the step that was at work.
        _stop(f"Interrupted. {current_in_words(was, linked(here.warehouse))}", INTERRUPTED)
    for warning in outcome.warnings:
        err.print(f"[yellow]Note:[/] {escape(warning)}")
    if not outcome.succeeded:
        for message in outcome.errors:
            err.print(f"[bold red]Error:[/] {escape(message)}")
        stands = current_in_words(was, linked(here.warehouse))
        _stop(f"{outcome.skipped} steps did not run. {stands}", outcome.exit_code)
    out.print(f"{outcome.built} tables built, {outcome.reused} unchanged and reused.")
    if outcome.published:
        out.print(f"{'Published' if as_of is None else 'Built'} release [bold]{escape(outcome.release_id)}[/].")
    else:
        out.print(f"Nothing new to publish: release [bold]{escape(outcome.release_id)}[/] already says the same.")
    if as_of is None:
        _headline(here.warehouse)
    else:
        out.print(f"It is in {escape(str(file_of(here.warehouse, outcome.release_id)))}.")
        out.print(escape(current_in_words(was, linked(here.warehouse))))
    _end_where_held_back(outcome.held_back)


def _end_where_held_back(count: int) -> None:
    """End with a code of its own where not all that came is in the release."""
    if count:
        many = "1 delivery is" if count == 1 else f"{count} deliveries are"
        err.print(
            f"[bold yellow]{many} held back[/], see the notes above and `{_me()} status`. "
            f'Where the publisher is right: `{_me()} accept PATH --because "..."`.'
        )
        raise typer.Exit(3)


def _me() -> str:
    """How this command was called, so that the commands we print can be pasted."""
    called = Path(sys.argv[0])
    if called.name != "inequality":
        return "inequality"
    here = Path.cwd()
    return str(called.relative_to(here)) if called.is_relative_to(here) else str(called)


def _headline(warehouse: Path) -> None:
    """The slope index of life and healthy life expectancy in the newest period, and where to look next."""
    from pipelines.release.query import headline

    found = headline(warehouse)
    if found.rows:
        columns = ("Area", "At birth", "Sex", "Period", "Years", "Grade")
        table = plain_table(columns, found.rows, title="Slope index of inequality", right=("Years",), wraps=("Area",))
        print_whole(table)
        out.print("Years between the least and the most deprived end of the country's neighbourhoods; larger is worse.")
        if found.interval_note:
            out.print(found.interval_note)
    if found.modelled:
        out.print(f"[bold yellow]{escape(found.modelled)}[/]")
    example = "select sentence from published.inequality where grade <= 'B' limit 5"
    out.print(
        f'\nWhere to look next:\n  {_me()} sql "{example}"\n'
        f"  {_me()} status\n"
        f"  {_me()} ui   (the lineage, in Dagster)\n"
        f"  {warehouse / 'current.duckdb'}   (open read-only with DuckDB 1.2 or later)"
    )


def _refuse_no_day(as_of: str, indicators: list[str]) -> None:
    from datetime import date

    try:
        date.fromisoformat(as_of)
    except ValueError:
        _stop(f"--as-of takes a day such as 2026-03-01, found {as_of!r}.", 2)
    if indicators:
        _stop("--as-of reads what was kept and asks for nothing: leave --indicator out.", 2)


def _refuse_no_reason(force: str) -> None:
    from pipelines.release.overrule import LONGEST_REASON, is_reason

    if not is_reason(force):
        _stop(
            "--force takes the reason in words, for whoever reads the release: one line of two words or more and at "
            f"most {LONGEST_REASON} characters; found {force[:60]!r}{' ...' if len(force) > 60 else ''}.",
            2,
        )


app.add_typer(catalogue, name="catalogue")
for command in (
    sql,
    explain,
    status,
    report,
    alert,
    releases,
    rollback,
    verify,
    accept,
    ui,
    daemon,
    clean,
    backup,
    restore,
):
    app.command()(command)


def main() -> None:
    """Run the command."""
    app()
