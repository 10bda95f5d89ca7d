"""`inequality ui` and `inequality daemon`: Dagster's pages, and what starts the nightly schedule.

What belongs here: their options and words, and the processes they start. What does not: how pages are served
(`ui/server.py`).
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Sequence
from typing import Annotated

import typer
from rich.markup import escape

from pipelines import settings
from pipelines.cli.console import err, out
from pipelines.ui.guard import LOOPBACK
from pipelines.ui.serving import CODE, Serving

MODULE = (sys.executable, "-m")
DAEMON = (*MODULE, "dagster._daemon", "run", "--module-name", CODE, "--log-level", "warning")


def ui(
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port to listen on.")] = Serving.port,
    allow_runs: Annotated[
        bool, typer.Option("--allow-runs", help="Let whoever opens it start and stop runs and the schedule.")
    ] = False,
    separate_daemon: Annotated[
        bool, typer.Option("--separate-daemon", help="With --allow-runs: `inequality daemon` is a service of its own.")
    ] = False,
    host: Annotated[str, typer.Option(help="Address to listen on; another than 127.0.0.1 needs a proxy in front.")] = (
        Serving.host
    ),
    served_as: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="A host name under which a proxy serves it; repeatable.")
    ] = None,
) -> None:
    """Start Dagster's UI, to look only, on this machine only (127.0.0.1)."""
    if wrong := [name for name in served_as or () if not re.fullmatch(r"[A-Za-z0-9.-]+", name)]:
        raise typer.BadParameter(
            f"a host name without scheme, port or path, found {wrong[0]!r}.", param_hint="--served-as"
        )
    serving = Serving(host, port, tuple(served_as or ()), allow_runs)
    commands: list[tuple[str, ...]] = [(*MODULE, "pipelines.ui.server", serving.as_json())]
    if allow_runs and not separate_daemon:
        # Dagster's daemon takes a run that the UI asked for out of the queue.
        commands.append(DAEMON)
    out.print(f"Dagster on http://{_shown(host)}:{port} — stop it with Ctrl-C.")
    out.print(
        "Whoever opens it can start runs." if allow_runs else "It is for looking; --allow-runs lets it start runs."
    )
    if not serving.is_for_this_machine:
        err.print(
            "[yellow]Note:[/] it does not ask who anybody is, and this address may be reached from elsewhere. "
            "docs/deployment.md says how to put a proxy in front that does."
        )
    raise typer.Exit(_end_code(commands))


def daemon(
    nightly: Annotated[bool, typer.Option("--nightly", help="Switch the nightly schedule on first.")] = False,
) -> None:
    """Start Dagster's daemon, which starts the nightly schedule once that is switched on."""
    if nightly:
        from pipelines.defs.nightly import SCHEDULE

        code = _end_code([(*MODULE, "dagster", "schedule", "start", SCHEDULE, "--module-name", CODE)])
        if code:
            err.print("[bold red]Stopped.[/] The nightly schedule could not be switched on; Dagster says why above.")
            raise typer.Exit(code)
    out.print("Dagster's daemon is at work — stop it with Ctrl-C.")
    raise typer.Exit(_end_code([DAEMON]))


def _shown(host: str) -> str:
    return LOOPBACK[0] if host in LOOPBACK else f"[{host}]" if ":" in host else host


def _end_code(commands: Sequence[Sequence[str]]) -> int:
    from pipelines.cli.process_group import run_together
    from pipelines.defs.home import own_file_named, prepare_home
    from pipelines.notes import in_words
    from pipelines.ui.records import make_records, put_in_order

    here = settings.load()
    home = prepare_home(here)
    for said in in_words(own_file_named(here)):
        err.print(f"[yellow]Note:[/] {escape(said)}")
    if DAEMON in commands:
        put_in_order(here)
    else:
        make_records()
    return run_together(commands, environment=os.environ | {"DAGSTER_HOME": str(home)})
