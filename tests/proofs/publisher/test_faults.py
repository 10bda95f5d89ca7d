"""Every fault of the table, as `python -m tests.proofs.publisher` prints it: what must come of it comes of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.sources.arrival import live
from tests.proofs.publisher import faults
from tests.proofs.publisher.faults import FRESH, STALE, Line
from tests.proofs.publisher.outcome import KINDS, try_out
from tests.proofs.publisher.service_faults import OTHER_WAY, SERVICE_TABLE

EVERY = (*faults.TABLE, *SERVICE_TABLE)


@pytest.mark.parametrize("line", EVERY, ids=lambda line: line.name)
def test_what_comes_of_a_fault(line: Line, tmp_path: Path, loopback: None) -> None:
    came = try_out(line, tmp_path)
    assert (came.outcome, came.tries) == (line.outcome, line.tries), came.said
    assert line.cause in came.said
    assert came.rows > 0
    assert came.without in ("fresh", "named missing")
    assert not came.is_silent_empty
    if line.outcome == STALE:
        assert came.said.startswith("0 days old, of ")
        assert came.without == "named missing"
    assert not list((tmp_path / "snapshots" / live.INCOMING).iterdir()), "no half body is left"


def test_the_table_is_not_all_of_one_kind() -> None:
    assert len({line.name for line in EVERY}) == len(EVERY) > 80
    assert {line.outcome for line in EVERY} == {FRESH, STALE, faults.FRESH_LESS, OTHER_WAY}
    assert {line.kind for line in SERVICE_TABLE} == {*KINDS} - {"xlsx"}
