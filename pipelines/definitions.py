"""Dagster's entry point: everything under `defs/` is found by itself. This file never grows."""

from pathlib import Path

import dagster as dg


@dg.definitions
def defs() -> dg.Definitions:
    """All assets, checks, resources and the nightly job."""
    return dg.load_from_defs_folder(path_within_project=Path(__file__).parent)
