"""How bytes arrive and how each publisher's layout is read.

One module per publisher or kind of file; each declares its `RESOURCES`. Add a source by adding a file: `resources()`
finds it. Nothing here imports Dagster, DuckDB or the measures.
"""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from pipelines.sources.contract import Resource


@cache
def resources() -> tuple[Resource, ...]:
    """Every resource that any module of this package declares, by name. Raises ValueError on a name used twice."""
    found: dict[str, Resource] = {}
    for module in sorted(info.name for info in pkgutil.walk_packages(__path__, f"{__name__}.")):
        for resource in getattr(importlib.import_module(module), "RESOURCES", ()):
            if resource.name in found:
                raise ValueError(f"Two source modules declare a resource named {resource.name!r}.")
            found[resource.name] = resource
    return tuple(found[name] for name in sorted(found))
