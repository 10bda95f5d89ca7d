"""Our code location and our command, as they are but for two things: the schedule starts a run every minute, and the
sample's modelled areas pass as a publisher's.

`python -m tests.proofs.deploy.every_minute daemon --nightly` is `inequality daemon --nightly` so; Dagster loads this
module in the processes that the daemon starts.
"""

from __future__ import annotations

import pytest

from pipelines.cli import ui
from pipelines.cli.app import app
from pipelines.defs import nightly
from tests.proofs.deploy.daemon import CODE
from tests.proofs.publisher.whole_run import pass_as_published

nightly.CRON = "* * * * *"
pass_as_published(pytest.MonkeyPatch())

from pipelines.definitions import defs as defs  # noqa: E402, PLC0414 - Dagster looks for it here, the schedule being set

if __name__ == "__main__":
    ui.DAEMON = tuple(CODE if word == ui.CODE else word for word in ui.DAEMON)
    ui.CODE = CODE
    app()
