"""The command that clears what is kept for a time only.

What belongs here: its words and what it prints. What does not: what goes (`retention.py`, `defs/retention.py`).
"""

from __future__ import annotations

from rich.markup import escape

from pipelines import settings
from pipelines.cli.console import out


def clean() -> None:
    """Clear old releases without a tag, old runs of Dagster, and refused files; every run does it, too."""
    from pipelines import retention
    from pipelines.defs.home import dagster_instance
    from pipelines.defs.retention import clear_old_runs
    from pipelines.run.lock import only_run

    here = settings.load()
    with only_run(here.warehouse):
        cleared = retention.clear(here)
        with dagster_instance(here) as instance:
            runs = clear_old_runs(instance, keep=here.keep_runs, home=here.dagster_home)
    out.print(
        f"Cleared: {len(cleared.releases)} releases, {runs} runs of Dagster, {cleared.refused} refused files, "
        f"{cleared.shapes} shapes of files."
    )
    out.print(
        f"Kept: the newest {here.keep_releases} releases and every tagged one, the newest {here.keep_runs} runs; every "
        "snapshot and the history of all figures, for good."
    )
    for file in cleared.left:
        out.print(f"Not ours, so left alone: {escape(str(file))}")
