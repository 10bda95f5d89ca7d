"""The law that every input must keep: rows that fit the contract with every row counted, or one named error.

What belongs here: judging one input. What does not: making it (`case.py`).
"""

from __future__ import annotations

import resource as system
import sys
import time
import traceback
import warnings
from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from pipelines import catalogue
from pipelines.sources.contract import (
    NOTE_CODES,
    OBSERVATION_KEY,
    REJECTED,
    ContractBroken,
    Parsed,
    Snapshot,
    SourceUnavailable,
)
from tests.proofs.fuzzing.case import Case
from tests.proofs.fuzzing.seeds import as_received

LONGEST_SECONDS = 5.0
MOST_MEMORY_MB = 500
LONGEST_MESSAGE = 20_000
OUTCOMES = ("read", "read in part", "refused", "failed")

_SEXES = ("male", "female", "persons", "not_applicable")
_ALWAYS = ("period_start", "period_end", "source", "snapshot_sha256", "source_line")
_GSS_CODE = r"^[A-Z][0-9]{8}$"


@dataclass(frozen=True)
class Verdict:
    """How one input ended: one of OUTCOMES, the faults found (empty unless failed), seconds, growth of peak memory."""

    outcome: str
    faults: tuple[str, ...]
    seconds: float
    grown_mb: float


def peak_memory_mb() -> float:
    """The most memory this process ever held, in MB."""
    peak = system.getrusage(system.RUSAGE_SELF).ru_maxrss
    return peak / (1024 * 1024 if sys.platform == "darwin" else 1024)


def _clocks() -> tuple[float, float]:
    return time.perf_counter(), time.process_time()


def _since(began: tuple[float, float]) -> float:
    """Seconds by the clock or of this process's own work, the fewer: on a busy machine others' work is not counted."""
    return min(now - then for now, then in zip(_clocks(), began, strict=True))


def judge(case: Case) -> Verdict:
    """Parse one case and hold it against the law. Raises only KeyboardInterrupt."""
    resource = case.seed.resource
    snapshot = as_received(resource, case.seed.path, case.content)
    outcome, faults = "failed", []
    before, began = peak_memory_mb(), _clocks()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            parsed = resource.parser(case.content, snapshot)
    except (ContractBroken, SourceUnavailable) as error:
        seconds = _since(began)
        outcome, faults = "refused", list(_faults_of_error(error))
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001 - a panic of a library is a BaseException
        seconds = _since(began)
        last = traceback.extract_tb(error.__traceback__)
        ours = next((step for step in reversed(last) if "pipelines" in step.filename), last[-1])
        place = f"{ours.filename.rpartition('pipelines/')[2]}:{ours.lineno}"
        faults = [f"{type(error).__name__} at {place}: {str(error)[:300]}"]
    else:
        seconds = _since(began)
        outcome = "read in part" if parsed.rejected.height else "read"
        faults = list(_faults_of_result(parsed, case, snapshot))
    grown = peak_memory_mb() - before
    if seconds > LONGEST_SECONDS:
        faults.append(f"slow: {seconds:.1f} seconds, at most {LONGEST_SECONDS:g} are allowed")
    if grown > MOST_MEMORY_MB:
        faults.append(f"memory: the peak grew by {grown:,.0f} MB, at most {MOST_MEMORY_MB} are allowed")
    return Verdict("failed" if faults else outcome, tuple(faults), seconds, grown)


def _faults_of_error(error: ContractBroken | SourceUnavailable) -> Iterator[str]:
    message = str(error)
    for part in ("where", "expected", "found", "do"):
        if not error.parts.get(part, "").strip():
            yield f"the message says nothing after '{part}:': {message[:500]}"
    if len(message) > LONGEST_MESSAGE:
        yield f"the message has {len(message):,} characters, at most {LONGEST_MESSAGE:,} are allowed"


def _faults_of_result(parsed: Parsed, case: Case, snapshot: Snapshot) -> Iterator[str]:
    rows, rejected = parsed.rows, parsed.rejected
    if not rows.height and not rejected.height:
        yield "silent empty: no row and no rejected row"
    if parsed.rows_in != rows.height + rejected.height:
        yield f"lost rows: {parsed.rows_in} in, {rows.height} out, {rejected.height} rejected"
    if case.rows_expected is not None and parsed.rows_in != case.rows_expected:
        yield f"lost rows: {parsed.rows_in} counted, the file holds {case.rows_expected}"
    resource = case.seed.resource
    if rows.schema != pl.Schema(resource.schema):
        yield f"rows do not fit the schema of {resource.name}: {rows.schema}"
        return
    if rejected.schema != pl.Schema(REJECTED):
        yield f"rejected rows do not fit REJECTED: {rejected.schema}"
        return
    yield from _faults_of_rejected(rejected, snapshot)
    yield from _faults_of_columns(rows, case, snapshot)
    if resource.is_observation:
        yield from _wrong(rows, _observation_rules())


def _faults_of_rejected(rejected: pl.DataFrame, snapshot: Snapshot) -> Iterator[str]:
    for name in REJECTED:
        if rejected[name].null_count():
            yield f"a rejected row has no {name}"
    if (rejected["reason"].str.strip_chars() == "").any():
        yield "a rejected row has a blank reason"
    if (rejected["snapshot_sha256"] != snapshot.sha256).any():
        yield "a rejected row names another snapshot"


def _faults_of_columns(rows: pl.DataFrame, case: Case, snapshot: Snapshot) -> Iterator[str]:
    resource, learned = case.seed.resource, case.seed.learned
    for name in resource.key:
        if rows[name].null_count():
            yield f"the key column {name} is null"
        if rows.schema[name] == pl.String and (rows[name].str.strip_chars() == "").any():
            yield f"the key column {name} is blank"
    for name, dtype in rows.schema.items():
        if dtype.is_float() and not rows[name].drop_nulls().is_finite().all():
            yield f"{name} is not finite"
        if name.endswith("decile") and dtype.is_integer() and not rows[name].drop_nulls().is_between(1, 10).all():
            yield f"{name} is not 1 to 10"
        if name.startswith("population") and dtype.is_numeric() and (rows[name] < 0).any():
            yield f"{name} is below 0"
    yield from (f"{name} has nulls, and the publisher's has none" for name in learned.filled if rows[name].null_count())
    for name in learned.codes:
        if not rows[name].drop_nulls().str.contains(_GSS_CODE).all():
            yield f"{name} is no code: {rows[name].unique().to_list()[:3]}"
    if "snapshot_sha256" in rows.columns and (rows["snapshot_sha256"] != snapshot.sha256).any():
        yield "a row names another snapshot"
    if "source_line" in rows.columns:
        lines = case.content.count(b"\n") + case.content.count(b"\r") + 1
        # Of a workbook it is a sheet's row; JSON has no lines that mean anything, and an entry of two bytes at least.
        lines = {"workbook": 1_048_576, "json": len(case.content)}.get(case.seed.kind, lines)
        if rows["source_line"].null_count() or not rows["source_line"].is_between(1, lines).all():
            yield f"source_line is not 1 to {lines:,}: {rows['source_line'].min()} to {rows['source_line'].max()}"


def _wrong(rows: pl.DataFrame, rules: dict[str, pl.Expr]) -> Iterator[str]:
    for words, wrong in rules.items():
        bad = rows.filter(wrong.fill_null(value=False))
        if bad.height:
            known = {name: value for name, value in bad.row(0, named=True).items() if value is not None}
            yield f"{words}: {known}"


def _observation_rules() -> dict[str, pl.Expr]:
    """What no observation may be, in words, and the rows that are."""
    withheld = pl.col("note_code").str.starts_with("suppressed")
    figures = pl.all_horizontal(pl.col("value", "value_lower", "value_upper").is_null())
    return {
        "unknown indicator": ~pl.col("indicator").is_in(list(catalogue.load().indicators)),
        "unknown sex": ~pl.col("sex").is_in(_SEXES),
        "unknown note code": ~pl.col("note_code").is_in(NOTE_CODES),
        "a null without a note code": pl.col("value").is_null() & pl.col("note_code").is_null(),
        "a suppressed figure": withheld & ~figures,
        "crossed limits": pl.col("value_lower") > pl.col("value_upper"),
        "crossed 99.8% limits": pl.col("value_lower_998") > pl.col("value_upper_998"),
        "a count below 0": (pl.col("numerator") < 0) | (pl.col("denominator") < 0),
        "a period that ends before it begins": pl.col("period_start") > pl.col("period_end"),
        "a rank below 1": pl.col("category_rank") < 1,
        "a row without its key, period or provenance": pl.any_horizontal(pl.col(*OBSERVATION_KEY, *_ALWAYS).is_null()),
    }
