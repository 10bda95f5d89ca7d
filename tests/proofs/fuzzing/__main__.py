"""Break small valid files in every way we can think of, and hold every parser to the law of `fuzzing/law.py`.

Every input ends in rows that fit the contract, with every row counted, or in one named error; nothing takes more than
5 seconds or 500 MB. Prints what came of each parser's inputs, the slowest input and the peak of memory, and ends with 1
when any input broke the law. A run that is stopped early (Ctrl-C) shows what it has. `--case csv:123` runs that one
case again and shows all of it.

Run: .venv/bin/python -m tests.proofs.fuzzing --csv 100000 --workbooks 3000 --json 20000 --seed 1 [--processes 2]
"""

from __future__ import annotations

import argparse
import logging
import multiprocessing
import resource as system
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from pathlib import Path

from pipelines.settings import PROJECT
from pipelines.sources import resources
from tests.proofs.fuzzing import law, modelled
from tests.proofs.fuzzing.case import Stock, make
from tests.proofs.fuzzing.seeds import as_received, gather

SAMPLE = PROJECT / "data_raw" / "sample"
LARGEST_PROCESS = 8 * 1024**3
"""Address space of a worker in bytes: an input that wants more ends its worker, not the machine."""

SHOWN = 20
HANG = 120.0
"""Seconds without a word from a worker after which its case is called a hang."""


@dataclass
class Tally:
    """What came of all inputs so far."""

    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    failures: list[tuple[str, str, tuple[str, ...], tuple[str, ...]]] = field(default_factory=list)
    slowest: tuple[float, str] = (0.0, "")
    peak_mb: float = 0.0

    def add(self, name: str, parser: str, done: tuple[str, ...], verdict: law.Verdict, peak_mb: float) -> None:
        """Count one input."""
        self.counts[parser, verdict.outcome] += 1
        self.slowest = max(self.slowest, (verdict.seconds, f"{name} ({parser}: {', '.join(done)})"))
        self.peak_mb = max(self.peak_mb, peak_mb)
        if verdict.faults:
            self.failures.append((name, parser, done, verdict.faults))
            print(f"failed: {name} ({parser}): {verdict.faults[0][:200]}", file=sys.stderr, flush=True)


def stock_of(folders: list[Path]) -> tuple[Stock, list[str]]:
    """The seed files in some folders and those made in code, and the names of resources that have none."""
    seeds, without = gather(resources(), folders, modelled.files())
    return Stock.of(seeds), [resource.name for resource in without]


def work(folders: list[Path], seed: int, cases: list[tuple[str, int]], answer: Connection) -> None:
    """Judge cases in turn; say each one's name before and its verdict after."""
    system.setrlimit(system.RLIMIT_AS, (LARGEST_PROCESS, LARGEST_PROCESS))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent ends its workers
    logging.disable(logging.WARNING)  # the reader of workbooks logs what it then raises
    stock, _ = stock_of(folders)
    for kind, number in cases:
        answer.send(f"{kind}:{number}")
        case = make(stock, kind, number, seed)
        verdict = law.judge(case)
        answer.send((case.name, case.seed.resource.name, case.done, verdict, law.peak_memory_mb()))
    answer.send(None)


class Worker:
    """One process that judges its share; it is started anew after the case that killed it."""

    def __init__(self, folders: list[Path], seed: int, cases: list[tuple[str, int]]) -> None:
        self.folders, self.seed, self.cases = folders, seed, cases
        self.start()

    def start(self) -> None:
        """Start on the cases that are left."""
        self.ours, theirs = multiprocessing.Pipe(duplex=False)
        self.current, self.heard = "", time.monotonic()
        context = multiprocessing.get_context("spawn")
        self.process = context.Process(
            target=work, args=(self.folders, self.seed, self.cases, theirs), name="fuzz", daemon=True
        )
        self.process.start()
        theirs.close()

    def died(self) -> str:
        """End what is left of the process, go on after its case, and say how it ended."""
        self.process.kill()
        self.process.join()
        how = f"the process ended with {self.process.exitcode}, or hung for {HANG:g} seconds"
        names = [f"{kind}:{number}" for kind, number in self.cases]
        self.cases = self.cases[names.index(self.current) + 1 :] if self.current in names else []
        self.start()
        return how


def judged(workers: list[Worker]) -> Iterator[tuple[str, str, tuple[str, ...], law.Verdict, float]]:
    """Verdicts as they come from all workers, one for a case that killed its worker too."""
    left = list(workers)
    while left:
        ready = wait([worker.ours for worker in left], timeout=1)
        for worker in list(left):
            lost = worker.ours not in ready and time.monotonic() - worker.heard > HANG
            if worker.ours in ready:
                try:
                    said = worker.ours.recv()
                except EOFError:
                    lost = True
                else:
                    worker.heard = time.monotonic()
                    if said is None:
                        left.remove(worker)
                    elif isinstance(said, str):
                        worker.current = said
                    else:
                        yield said
            if lost:
                name = worker.current or "no case"
                yield name, "(killed)", (), law.Verdict("failed", (worker.died(),), 0.0, 0.0), 0.0


def show(tally: Tally, seed: int, without: list[str], seconds: float) -> None:
    """Print the table of outcomes, the slowest input, the peak of memory, and the failures."""
    parsers = sorted({parser for parser, _ in tally.counts})
    print(f"{'parser':50}" + "".join(f"{outcome:>14}" for outcome in law.OUTCOMES))
    for parser in parsers:
        print(f"{parser:50}" + "".join(f"{tally.counts[parser, outcome]:>14,}" for outcome in law.OUTCOMES))
    totals = (sum(tally.counts[parser, outcome] for parser in parsers) for outcome in law.OUTCOMES)
    print(f"{'all':50}" + "".join(f"{total:>14,}" for total in totals))
    print(f"\ninputs: {sum(tally.counts.values()):,} in {seconds:,.0f} seconds, seed {seed}")
    print(f"slowest: {tally.slowest[0]:.2f} seconds, {tally.slowest[1]}")
    print(f"peak memory of a process: {tally.peak_mb:,.0f} MB")
    if without:
        print(f"no valid file to start from, so only others' files were tried: {', '.join(without)}")
    for name, parser, done, faults in tally.failures[:SHOWN]:
        print(f"\nFAILED {name} --seed {seed}  {parser}: {', '.join(done)}")
        for fault in faults:
            print(f"  {fault}")
    if len(tally.failures) > SHOWN:
        print(f"\n... and {len(tally.failures) - SHOWN:,} more failures")


def watch(number: int, count: int, rate: float, failed: int) -> None:
    """Say how far it is: in place where a person watches, a line now and then where nobody does."""
    text = f"{number:,} of {count:,} inputs, {rate:,.0f} a second, {failed:,} failed"
    if sys.stderr.isatty():
        if number % 100 == 0 or number == count:
            print(f"\r{text:70}", end="" if number < count else "\n", file=sys.stderr, flush=True)
    elif number % 5_000 == 0:
        print(text, file=sys.stderr, flush=True)


def again(folders: list[Path], seed: int, name: str, keep: Path | None) -> int:
    """Run one case in this process and show it; its bytes go to `keep` when given."""
    kind, _, number = name.partition(":")
    case = make(stock_of(folders)[0], kind, int(number), seed)
    if keep:
        keep.write_bytes(case.content)
    print(f"{case.name}: {case.seed.resource.name}, {len(case.content):,} bytes, {', '.join(case.done) or 'as it is'}")
    print(law.judge(case))
    case.seed.resource.parser(case.content, as_received(case.seed.resource, case.seed.path, case.content))
    return 0


def main() -> int:
    """Read the arguments, fuzz, and return 0 when no input broke the law."""
    options = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    options.add_argument("--csv", type=int, default=100_000, help="how many CSV files to break")
    options.add_argument("--workbooks", type=int, default=3_000, help="how many workbooks to break")
    options.add_argument("--json", type=int, default=20_000, help="how many JSON files to break")
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--processes", type=int, default=1)
    options.add_argument("--from", dest="folders", type=Path, action="append", help="folders with valid files")
    options.add_argument("--case", help="run one case again, such as csv:123")
    options.add_argument("--keep", type=Path, help="with --case: write its bytes here")
    given = options.parse_args()
    folders = given.folders or [SAMPLE]
    if given.case:
        return again(folders, given.seed, given.case, given.keep)
    many = {"csv": given.csv, "workbook": given.workbooks, "json": given.json}
    cases = [(kind, number) for kind, count in many.items() for number in range(count)]
    # Kinds take turns, so that a run that is stopped early has seen all.
    cases.sort(key=lambda case: case[1] / many[case[0]])
    without = stock_of(folders)[1]
    workers = [Worker(folders, given.seed, cases[first :: given.processes]) for first in range(given.processes)]
    tally, began = Tally(), time.monotonic()
    for told_to_end in (signal.SIGINT, signal.SIGTERM):  # also in the background, where the first is ignored
        signal.signal(told_to_end, signal.default_int_handler)
    try:
        for number, verdict in enumerate(judged(workers), start=1):
            tally.add(*verdict)
            watch(number, len(cases), number / (time.monotonic() - began), len(tally.failures))
    except KeyboardInterrupt:
        for worker in workers:
            worker.process.kill()
        print(f"Stopped before all {len(cases):,} inputs were tried.")
    show(tally, given.seed, without, time.monotonic() - began)
    return 1 if tally.failures else 0


if __name__ == "__main__":
    sys.exit(main())
