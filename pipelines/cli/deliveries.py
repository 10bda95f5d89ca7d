"""The command about what publishers delivered: let one held-back delivery in.

What belongs here: its words and what it prints. What does not: what it does (`run/accept.py`), or the other commands
(`app.py`).
"""

from __future__ import annotations

from typing import Annotated

import typer
from rich.markup import escape

from pipelines import settings
from pipelines.cli.console import out


def accept(
    path: Annotated[str, typer.Argument(help="The file's path as `inequality status` prints it.")],
    because: Annotated[str, typer.Option("--because", help="Why it is right, for whoever reads the release.")],
) -> None:
    """Let one held-back delivery in at the next run; your account and reason are recorded."""
    from pipelines.release.overrule import LONGEST_REASON, is_reason
    from pipelines.run.accept import accept as let_in
    from pipelines.run.lock import only_run

    if not is_reason(because):
        raise typer.BadParameter(
            f"one line of two words or more and at most {LONGEST_REASON} characters", param_hint="--because"
        )
    here = settings.load()
    with only_run(here.warehouse):
        made = let_in(here, path, because=because)
    what = f"The delivery {made.sha256[:12]} of {path}" if made.sha256 else f"That {path} did not come"
    out.print(
        f"{escape(what)} is accepted by {escape(made.acceptance.by)} although it breaks the rule {escape(made.rule)}: "
        f"{escape(made.acceptance.because)}\nThe next run lets it in, and says so in meta.accepted_delivery."
    )
