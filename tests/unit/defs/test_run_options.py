"""What a run may choose: overruling failed checks is not part of its configuration, and yet reaches its steps."""

from __future__ import annotations

from pathlib import Path

import dagster as dg
import pytest

from pipelines.defs.run_options import RunOptions, overruling
from tests.conftest import use_place


def test_a_reason_to_overrule_comes_from_this_process_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use_place(tmp_path, monkeypatch)
    heard = []

    @dg.asset
    def listener(run_options: RunOptions) -> None:  # type: ignore[type-arg]
        heard.append(run_options.run.force)

    with dg.DagsterInstance.ephemeral() as instance:
        for reason in ("The publisher knows.", ""):
            with overruling(reason):
                dg.materialize([listener], instance=instance, resources={"run_options": RunOptions(run_from="sample")})
    assert heard == ["The publisher knows.", ""]
    assert "force" not in RunOptions.model_fields
