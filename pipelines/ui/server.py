"""Dagster's webserver behind our guard: `python -m pipelines.ui.server` in a process of its own.

What belongs here: how the pages are served, to whom, and whether they may change anything. What does not: which
requests are let through (`guard.py`), or starting and stopping this process (`cli/ui.py`). Dagster's own command takes
no middleware, so its parts are put together here as that command does it.
"""

from __future__ import annotations

import sys
from collections.abc import Collection
from contextlib import suppress
from typing import Any

import dagster as dg
import uvicorn
from dagster._core.workspace.context import WorkspaceProcessContext
from dagster._core.workspace.load_target import ModuleTarget
from dagster_webserver.version import __version__
from dagster_webserver.webserver import DagsterWebserver
from graphql import ASTValidationRule, GraphQLError, OperationDefinitionNode, OperationType
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import Route

from pipelines import settings
from pipelines.report.dictionary import PAGE
from pipelines.ui.guard import Guard
from pipelines.ui.serving import CODE, Serving

STATEMENT_TIMEOUT_MS, POOL_RECYCLE_SECONDS, POOL_OVERFLOW = 15_000, 3_600, 20
"""What Dagster's own command sets for a database that serves many short questions."""
LOOK_AGAIN_MS = 2_000
"""How often an open page asks for what is new."""
PATIENCE_SECONDS = 3
"""How long open pages may hold up the end; they look again by themselves."""


class NoMutation(ASTValidationRule):
    """Refuses every GraphQL operation that changes something, whether or not Dagster asks for a permission."""

    def enter_operation_definition(self, node: OperationDefinitionNode, *_: object) -> None:
        """Look at one operation."""
        if node.operation is OperationType.MUTATION:
            self.report_error(GraphQLError("This UI is for looking: start it with --allow-runs to run anything.", node))


class GuardedWebserver(DagsterWebserver[Any, Any]):
    """Dagster's webserver with the guard outermost."""

    def __init__(self, context: WorkspaceProcessContext, serving: Serving) -> None:
        self.serving = serving
        super().__init__(context, live_data_poll_rate=LOOK_AGAIN_MS)

    def build_middleware(self) -> list[Middleware]:
        """The guard, then Dagster's own."""
        guard = Middleware(Guard, names=self.serving.names, read_only=not self.serving.allow_runs)
        return [guard, *super().build_middleware()]

    def build_graphql_validation_rules(self) -> Collection[type[ASTValidationRule]]:
        """GraphQL's own rules, and ours where runs are not allowed."""
        rules = super().build_graphql_validation_rules()
        return rules if self.serving.allow_runs else [*rules, NoMutation]

    def build_routes(self) -> list[Any]:
        """The data dictionary, which assets link to, then Dagster's own."""
        return [Route(f"/{PAGE}", dictionary_page), *super().build_routes()]  # type: ignore[no-untyped-call]


def dictionary_page(_: Request) -> Response:
    """The page as the last run left it; a page of its own, which can run nothing."""
    file = settings.load().warehouse / PAGE
    if not file.is_file():
        return PlainTextResponse("There is no data dictionary yet: the next run writes it.", status_code=404)
    return FileResponse(
        file, headers={"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox"}
    )


def serve(serving: Serving) -> None:
    """Serve the instance of DAGSTER_HOME until SIGINT or SIGTERM."""
    with dg.DagsterInstance.get() as instance:
        instance.optimize_for_webserver(STATEMENT_TIMEOUT_MS, POOL_RECYCLE_SECONDS, POOL_OVERFLOW)
        target = ModuleTarget(CODE, attribute=None, working_directory=None, location_name=CODE)
        with WorkspaceProcessContext(
            instance,
            workspace_load_target=target,
            version=__version__,
            read_only=not serving.allow_runs,
            code_server_log_level="WARNING",
        ) as context:
            uvicorn.run(
                GuardedWebserver(context, serving).create_asgi_app(),
                host=serving.host,
                port=serving.port,
                log_level="warning",
                server_header=False,
                timeout_graceful_shutdown=PATIENCE_SECONDS,
            )


if __name__ == "__main__":
    # Whoever stops it while it is still starting needs no traceback.
    with suppress(KeyboardInterrupt):
        serve(Serving.from_json(sys.argv[1]))
