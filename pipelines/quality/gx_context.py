"""The one Great Expectations context: silent, offline, imported late and once.

What belongs here: loading the library. What does not: using it (`suite`, `data_docs`).
"""

from __future__ import annotations

import os
import warnings
from functools import cache
from typing import Any


@cache
def load_gx() -> tuple[Any, Any, Any]:
    """The library, a context that lives in memory, and the definition of a batch (its import takes seconds)."""
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    with warnings.catch_warnings():
        # Great Expectations imports modules that warn of their own deprecation, which we cannot mend.
        warnings.simplefilter("ignore")
        import great_expectations as gx
        from great_expectations.data_context.types.base import ProgressBarsConfig

        context = gx.get_context(mode="ephemeral")
        context.variables.progress_bars = ProgressBarsConfig(globally=False, metric_calculations=False)
        source = context.data_sources.add_pandas("tables")
        batch = source.add_dataframe_asset("table").add_batch_definition_whole_dataframe("whole")
        return gx, context, batch
