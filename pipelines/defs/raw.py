"""Raw assets, by factory: one a resource; each keeps the bytes it got as snapshots and lists them.

What belongs here: asking a resource for its files. What does not: reading them (`staging.py`).
"""

from __future__ import annotations

from collections.abc import Iterator

import dagster as dg

from pipelines.defs.run_options import RunOptions, reported
from pipelines.sources import resources
from pipelines.sources.arrival import origin, transport
from pipelines.sources.arrival.intake import snapshot_frame
from pipelines.sources.contract import Resource
from pipelines.tables.store import Made, text_hash


def raw_asset(resource: Resource) -> dg.AssetsDefinition:
    """The asset that snapshots one resource."""

    @dg.asset(
        key=["raw", resource.name],
        group_name="raw",
        description=f"{resource.description}\n\nPublisher: {resource.publisher}. Cadence: {resource.cadence}. "
        f"Licence: {resource.licence}.\n\n{resource.url}",
        kinds={"xlsx" if resource.path.endswith("xlsx") else "csv"},
    )
    def raw(run_options: RunOptions) -> dg.MaterializeResult:  # type: ignore[type-arg]
        settings = run_options.settings
        transport.configured(publisher_base=settings.publisher_base, contact=settings.contact)
        taken = origin.fetch(resource, run_options.run_input, root=settings.snapshots)
        everything = snapshot_frame(taken.snapshots)
        frame = everything.unique("sha256", keep="first", maintain_order=True)
        copies = everything.join(frame, on="path", how="anti")["path"].to_list()
        warnings = taken.missing + [f"{kept.path}: {kept.note}" for kept in taken.snapshots if kept.is_stale]
        warnings += [f"{path}: the same bytes as another file of this input; read once." for path in copies]
        store = run_options.store
        return reported(
            store.build(
                f"raw.{resource.name}",
                lambda: Made(frame, warnings=warnings),
                code_version=text_hash(str(frame.rows()), *warnings),
                description=f"One row per snapshot of {resource.name}.",
                fresh=run_options.fresh,
            ),
        )

    return raw


@dg.definitions
def defs() -> dg.Definitions:
    """One raw asset for every resource that a source module declares."""

    def assets() -> Iterator[dg.AssetsDefinition]:
        for resource in resources():
            yield raw_asset(resource)

    return dg.Definitions(assets=list(assets()))
