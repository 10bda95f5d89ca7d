"""The command that tells: by a timer of its own when no run comes, after a service failed, or as a trial.

What belongs here: its words and its exit codes. What does not: what is told, and when a run tells (`alerts/`,
`run/announce.py`).

Exit codes: 0 told, or nothing to tell; 1 a destination did not take the message; 2 there is none, or it makes no sense.
"""

from __future__ import annotations

from typing import Annotated

import typer
from rich.markup import escape

from pipelines import settings
from pipelines.cli.console import err, out


def alert(
    test: Annotated[bool, typer.Option("--test", help="Send a trial to every destination.")] = False,
) -> None:
    """Tell what is new since the last message to the destinations of INEQUALITY_ALERTS; runs do it by themselves."""
    from pipelines.alerts.tell import tell, try_out
    from pipelines.run.lock import is_held
    from pipelines.status.health import health

    here = settings.load()
    sent = try_out(here) if test else tell(here, health(here, is_at_work=is_held(here.warehouse)))
    for failure in sent.failures:
        err.print(f"[bold red]Not sent[/] {escape(failure)}")
    if not sent.destinations:
        if not sent.failures:
            err.print(
                "[bold red]Stopped.[/] There is no destination. Set INEQUALITY_ALERTS to Apprise addresses with spaces "
                "between them, or INEQUALITY_ALERTS_FILE to a file with one per line; docs/monitoring.md has examples."
            )
        raise typer.Exit(2)
    if not sent.title:
        out.print("Nothing new to tell.")
    elif taken := sent.destinations - len(sent.failures):
        out.print(f"Sent to {taken} of {sent.destinations}: {escape(sent.title)}.")
    if sent.failures:
        raise typer.Exit(1)
