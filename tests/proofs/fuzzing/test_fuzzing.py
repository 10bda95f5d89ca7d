"""500 broken files against every parser, and proof that the law they are held to can fail."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from warnings import warn

import polars as pl
import pytest

from pipelines.settings import PROJECT
from pipelines.sources import resources
from pipelines.sources.contract import REJECTED, ContractBroken, Parsed, Resource, Snapshot, empty_rejected
from tests.proofs.fuzzing import law, modelled
from tests.proofs.fuzzing.case import KINDS, Case, Stock, make
from tests.proofs.fuzzing.grid import Grid
from tests.proofs.fuzzing.seeds import Learned, Seed, gather

SAMPLE = PROJECT / "data_raw" / "sample"
SEED = 20260101
BATCH = 47


@cache
def seeds() -> list[Seed]:
    return gather(resources(), [SAMPLE], modelled.files())[0]


@cache
def stock() -> Stock:
    return Stock.of(seeds())


def judged(kind: str, numbers: range) -> Counter[str]:
    """Outcomes of some cases; fails with every fault and how to see the case again."""
    counts: Counter[str] = Counter()
    broke_the_law = []
    for number in numbers:
        case = make(stock(), kind, number, SEED)
        verdict = law.judge(case)
        counts[verdict.outcome] += 1
        if verdict.faults:
            again = f"python -m tests.proofs.fuzzing --seed {SEED} --case {case.name}"
            broke_the_law.append(f"{again}\n  {case.seed.resource.name}: {case.done}\n  {verdict.faults}")
    assert not broke_the_law, "\n".join(broke_the_law)
    return counts


@pytest.mark.parametrize("first", range(0, 470, BATCH))
def test_broken_csv_ends_in_rows_that_fit_or_one_named_error(first: int) -> None:
    counts = judged("csv", range(first, first + BATCH))
    assert sum(counts.values()) == BATCH
    assert counts["refused"] > 3
    assert counts["read"] + counts["read in part"] > 3


def test_broken_workbooks_end_in_rows_that_fit_or_one_named_error() -> None:
    counts = judged("workbook", range(30))
    assert counts["refused"] > 3
    assert counts["read"] + counts["read in part"] > 3


def test_broken_json_ends_in_rows_that_fit_or_one_named_error() -> None:
    counts = judged("json", range(150))
    assert counts["refused"] > 3
    assert counts["read"] + counts["read in part"] > 3


@pytest.mark.long
@pytest.mark.parametrize(("kind", "count"), [("csv", 10_000), ("workbook", 300), ("json", 3_000)])
def test_thousands_of_broken_files_end_in_rows_that_fit_or_one_named_error(kind: str, count: int) -> None:
    assert sum(judged(kind, range(1_000, 1_000 + count)).values()) == count


def test_every_resource_has_a_file_of_its_own_to_break() -> None:
    assert {resource.name for resource in resources()} == {seed.resource.name for seed in seeds()}
    assert [seed.path for seed in seeds() if seed.is_borrowed] == []


def test_every_file_made_in_code_is_read() -> None:
    read = {seed.path for seed in seeds()}
    assert {*modelled.files()} <= read
    by_path = {seed.path: seed for seed in seeds() if seed.kind == "json"}
    assert by_path["fingertips_metadata/area_types.json"].learned.rows_per_line == 1


def test_an_unbroken_seed_is_read_whole() -> None:
    for seed in seeds():
        if not seed.is_borrowed:
            verdict = law.judge(Case("as it is", seed, seed.content(), ()))
            assert (verdict.outcome in {"read", "read in part"}, verdict.faults) == (True, ()), seed.path


def test_a_number_makes_the_same_bytes_again() -> None:
    for kind in KINDS:
        assert make(stock(), kind, 7, SEED).content == make(Stock.of(seeds()), kind, 7, SEED).content
    assert make(stock(), "csv", 7, SEED).content != make(stock(), "csv", 7, SEED + 1).content


SCHEMA: dict[str, pl.DataType] = {"area": pl.String(), "score": pl.Float64(), "population": pl.Int64()}


def judge(parser: Callable[[bytes, Snapshot], Parsed], **of_case: object) -> tuple[str, ...]:
    """The faults found in what a made-up parser returns."""
    resource = Resource("made", "made/x.csv", "made", "", "", "", "", "", parser, schema=SCHEMA, key=("area",))
    seed = Seed(resource, "made/x.csv", {"": Grid([["area"]], 0)}, learned=Learned(filled=frozenset({"population"})))
    verdict = law.judge(replace(Case("made:1", seed, b"area\nE1\n", ()), **of_case))  # type: ignore[arg-type]
    assert (verdict.outcome == "failed") == bool(verdict.faults)
    return verdict.faults


def returns(*rows: tuple[object, ...], rows_in: int | None = None) -> Callable[[bytes, Snapshot], Parsed]:
    frame = pl.DataFrame(rows, schema=SCHEMA, orient="row")
    return lambda *_: Parsed(frame, empty_rejected(), frame.height if rows_in is None else rows_in)


def raises(error: BaseException) -> Callable[[bytes, Snapshot], Parsed]:
    def parser(content: bytes, kept: Snapshot) -> Parsed:
        raise error

    return parser


def warns(content: bytes, kept: Snapshot) -> Parsed:
    warn("a column has mixed types", UserWarning, stacklevel=1)
    return returns(("E1", 1.0, 1))(content, kept)


def without_a_reason(content: bytes, kept: Snapshot) -> Parsed:
    rejected = pl.DataFrame([("made", kept.sha256, 2, None, True, "E1")], schema=REJECTED, orient="row")
    return Parsed(pl.DataFrame(schema=SCHEMA), rejected, 1)


GOOD = ("E1", 1.0, 1)


def test_good_rows_and_a_full_message_keep_the_law() -> None:
    assert judge(returns(GOOD), rows_expected=1) == ()
    assert judge(raises(ContractBroken("Bad.", where="x", expected="y", found="z", do="Mend it."))) == ()


@pytest.mark.parametrize(
    ("parser", "fault"),
    [
        (returns(), "silent empty"),
        (returns(GOOD, rows_in=2), "lost rows: 2 in, 1 out, 0 rejected"),
        (returns(GOOD, GOOD), "lost rows: 2 counted, the file holds 1"),
        (returns((None, 1.0, 1)), "the key column area is null"),
        (returns((" ", 1.0, 1)), "the key column area is blank"),
        (returns(("E1", float("nan"), 1)), "score is not finite"),
        (returns(("E1", float("inf"), 1)), "score is not finite"),
        (returns(("E1", 1.0, -1)), "population is below 0"),
        (returns(("E1", 1.0, None)), "population has nulls"),
        (without_a_reason, "a rejected row has no reason"),
        (warns, "UserWarning at"),
        (raises(KeyError("area")), "KeyError at"),
        (raises(pl.exceptions.PanicException("index out of bounds")), "PanicException at"),
        (raises(ContractBroken("Bad.", where="x", expected="y", found="", do="Mend.")), "nothing after 'found:'"),
        (raises(ContractBroken("Bad.", where="x", expected="y", found="z" * 99_999, do="Mend.")), "characters"),
        (lambda *_: Parsed(pl.DataFrame({"area": ["E1"]}), empty_rejected(), 1), "rows do not fit"),
    ],
)
def test_the_law_catches(parser: Callable[[bytes, Snapshot], Parsed], fault: str) -> None:
    assert any(fault in found for found in judge(parser, rows_expected=1)), judge(parser, rows_expected=1)


def test_the_law_catches_what_is_slow_or_takes_too_much(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(law, "LONGEST_SECONDS", 0.0)
    monkeypatch.setattr(law, "MOST_MEMORY_MB", -1)
    assert [fault.partition(":")[0] for fault in judge(returns(GOOD))] == ["slow", "memory"]
