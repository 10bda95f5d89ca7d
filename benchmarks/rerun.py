"""What an unchanged run costs beside the first: `python benchmarks/rerun.py [FOLDER]` (by default the embedded sample).

Runs twice on a scratch warehouse and prints the sum of the step bodies of both, as Dagster timed them, and their ratio,
which must be under a tenth; beside it what Dagster itself took. Libraries are loaded before the clock starts, so that
the first run does not look dearer than its own work. Then the dearest steps of the second run, where to look next.
"""

from __future__ import annotations

import os
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter, process_time

import dagster as dg

from pipelines import settings
from pipelines.defs import launch
from pipelines.defs.nightly import JOB
from pipelines.quality.great import great

ALLOWED = 0.1
SHOWN = 8


@dataclass(frozen=True)
class Run:
    """Seconds of one run: each step's body, the whole on the clock, and the processor's."""

    bodies: dict[str, float]
    wall: float
    cpu: float
    built: int
    reused: int

    @property
    def work(self) -> float:
        """The sum of the step bodies."""
        return sum(self.bodies.values())


def measured(run_from: str) -> Run:
    """Run once and read Dagster's own timings of its steps."""
    here, began, busy = settings.load(), perf_counter(), process_time()
    outcome = launch.run(here, run_from=run_from, watcher=lambda *_: None)
    wall, cpu = perf_counter() - began, process_time() - busy
    if not outcome.succeeded:
        raise SystemExit("The run failed:\n" + "\n".join(outcome.errors))
    with launch.dagster_instance(here) as instance:
        newest = instance.get_run_records(dg.RunsFilter(job_name=JOB), limit=1)[0].dagster_run.run_id
        ended = instance.all_logs(newest, of_type=dg.DagsterEventType.STEP_SUCCESS)
    bodies = {
        entry.dagster_event.step_key: entry.dagster_event.step_success_data.duration_ms / 1000
        for entry in ended
        if entry.dagster_event is not None and entry.dagster_event.step_key is not None
    }
    return Run(bodies, wall, cpu, outcome.built, outcome.reused)


def main() -> int:
    """Print the table. Returns 1 when the second run costs a tenth of the first or more."""
    run_from = sys.argv[1] if sys.argv[1:] else "sample"
    with tempfile.TemporaryDirectory() as place:
        os.environ["INEQUALITY_WAREHOUSE"] = str(Path(place) / "warehouse")
        os.environ["INEQUALITY_SNAPSHOTS"] = str(Path(place) / "snapshots")
        great()
        launch.steps()
        first, second = measured(run_from), measured(run_from)
    print(
        f"{'':<8}{'steps':>7}{'built':>7}{'reused':>8}{'step bodies, s':>16}{'Dagster and start, s':>22}"
        f"{'clock, s':>10}{'cpu, s':>8}"
    )
    for name, run in (("first", first), ("again", second)):
        rest = run.wall - run.work
        print(
            f"{name:<8}{len(run.bodies):>7}{run.built:>7}{run.reused:>8}"
            f"{run.work:>16.2f}{rest:>22.2f}{run.wall:>10.2f}{run.cpu:>8.2f}"
        )
    ratio = second.work / first.work
    print(f"\nAgain / first, step bodies: {ratio:.3f} ({'under' if ratio < ALLOWED else 'NOT under'} {ALLOWED})")
    print("\nDearest steps of the second run, seconds (in the first):")
    for step in sorted(second.bodies, key=second.bodies.__getitem__, reverse=True)[:SHOWN]:
        print(f"  {second.bodies[step]:6.2f} ({first.bodies.get(step, 0):6.2f})  {step}")
    return int(ratio >= ALLOWED)


if __name__ == "__main__":
    sys.exit(main())
