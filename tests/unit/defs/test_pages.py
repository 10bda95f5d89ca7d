"""The check page is written at the end of a run that fails, by Dagster's own closing of the run's options."""

from __future__ import annotations

from pathlib import Path

import dagster as dg
import pytest

from pipelines.defs.run_options import RunOptions
from pipelines.report.checks import page
from pipelines.sources.contract import SourceUnavailable


@dg.asset
def unavailable(run_options: RunOptions) -> None:
    """A source that cannot be had."""
    raise SourceUnavailable("No file of that name.")


def test_a_run_that_stops_leaves_a_page_that_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INEQUALITY_WAREHOUSE", str(tmp_path))
    with dg.DagsterInstance.ephemeral() as instance:
        result = dg.materialize(
            [unavailable], resources={"run_options": RunOptions()}, instance=instance, raise_on_error=False
        )
    assert not result.success
    text = page(tmp_path).read_text()
    assert "<h1>Stopped</h1>" in text
    assert "No file of that name." in text
    assert "There is no release yet." in text
