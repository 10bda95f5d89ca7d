"""What an unchanged run costs beside the first: `python benchmarks/rerun.py [FOLDER]` (by default the embedded sample).

Runs three times on a scratch warehouse and prints the sum of the step bodies of each and what the second and the third
cost beside the first, which must be under a tenth. The second still builds what looks back at a release that the first
did not have; the third builds nothing. Beside it stands what Dagster itself took. A body is the time inside a step's
own function: what Dagster calls a step's duration also holds its writing of events. Libraries are loaded before the
clock starts, so that the first run does not look dearer than its own work. Then the dearest steps of the second run,
where to look next.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

from dagster._core.execution.plan import execute_step

from pipelines import settings
from pipelines.defs import launch
from pipelines.quality.gx_context import load_gx

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


def timed_bodies() -> defaultdict[str, float]:
    """From now on, seconds inside each step's function; Dagster has no public place to ask."""
    spent: defaultdict[str, float] = defaultdict(float)
    compute = execute_step.execute_core_compute

    def timed(step_context: Any, *others: Any) -> Iterator[Any]:
        body = compute(step_context, *others)
        while True:
            began = perf_counter()
            try:
                event = next(body)
            except StopIteration:
                return
            finally:
                spent[step_context.step.key] += perf_counter() - began
            yield event

    execute_step.execute_core_compute = timed
    return spent


def measured(run_from: str, bodies: defaultdict[str, float]) -> Run:
    """Run once."""
    bodies.clear()
    here, began, busy = settings.load(), perf_counter(), process_time()
    outcome = launch.run(here, run_from=run_from, watcher=lambda *_: None)
    wall, cpu = perf_counter() - began, process_time() - busy
    if not outcome.succeeded:
        raise SystemExit("The run failed:\n" + "\n".join(outcome.errors))
    return Run(dict(bodies), wall, cpu, outcome.built, outcome.reused)


def main() -> int:
    """Print the table. Returns 1 when the second or the third run costs a tenth of the first or more."""
    run_from = sys.argv[1] if sys.argv[1:] else "sample"
    with tempfile.TemporaryDirectory() as place:
        os.environ["INEQUALITY_WAREHOUSE"] = str(Path(place) / "warehouse")
        os.environ["INEQUALITY_SNAPSHOTS"] = str(Path(place) / "snapshots")
        load_gx()
        launch.steps()
        bodies = timed_bodies()
        first, second, third = (measured(run_from, bodies) for _ in range(3))
    print(
        f"{'':<8}{'steps':>7}{'built':>7}{'reused':>8}{'step bodies, s':>16}{'Dagster, s':>12}"
        f"{'clock, s':>10}{'cpu, s':>8}"
    )
    for name, run in (("first", first), ("second", second), ("third", third)):
        rest = run.wall - run.work
        print(
            f"{name:<8}{len(run.bodies):>7}{run.built:>7}{run.reused:>8}"
            f"{run.work:>16.2f}{rest:>12.2f}{run.wall:>10.2f}{run.cpu:>8.2f}"
        )
    ratios = [run.work / first.work for run in (second, third)]
    for name, ratio in zip(("Second", "Third"), ratios, strict=True):
        print(f"{name} / first, step bodies: {ratio:.3f} ({'under' if ratio < ALLOWED else 'NOT under'} {ALLOWED})")
    print("\nDearest steps of the second run, seconds (in the first):")
    for step in sorted(second.bodies, key=second.bodies.__getitem__, reverse=True)[:SHOWN]:
        print(f"  {second.bodies[step]:6.2f} ({first.bodies.get(step, 0):6.2f})  {step}")
    return int(max(ratios) >= ALLOWED)


if __name__ == "__main__":
    sys.exit(main())
