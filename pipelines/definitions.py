"""Dagster's entry point: everything under `defs/` is found by itself. This file never grows."""

import dagster as dg

from pipelines.settings import PROJECT


@dg.definitions
def defs() -> dg.Definitions:
    """All assets, checks, resources and the nightly job."""
    return dg.load_from_defs_folder(path_within_project=PROJECT)
