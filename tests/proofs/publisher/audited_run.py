"""One whole live run in a process of its own that writes down every socket it connects and every TLS handshake.

Printed as JSON in the last line. Settings come from the environment, as for any run.
"""

from __future__ import annotations

import json
import ssl
import sys
from typing import Any

import pytest

from pipelines import settings
from pipelines.defs import launch
from pipelines.sources.arrival import transport
from tests.proofs.publisher.outcome import Clock
from tests.proofs.publisher.whole_run import pass_as_published

OURS = str(transport.client.__file__)


def in_transport() -> bool:
    """Whether our transport is among the callers."""
    frame = sys._getframe()
    while frame is not None:
        if frame.f_code.co_filename == OURS:
            return True
        frame = frame.f_back
    return False


def main() -> None:
    """Run, and print what was opened."""
    connects: list[dict[str, Any]] = []
    handshakes: list[dict[str, Any]] = []
    looked_up: set[str] = set()

    def hook(event: str, args: tuple[Any, ...]) -> None:
        if event == "socket.connect":
            open_socket, address = args
            host, port = address[:2] if isinstance(address, tuple) else (str(address), 0)
            facts = {"host": host, "port": port, "timeout": open_socket.gettimeout(), "in_transport": in_transport()}
            connects.append(facts)
        elif event == "socket.getaddrinfo":
            looked_up.add(str(args[0]))

    shake = ssl.SSLContext.wrap_socket

    def wrap_socket(self: ssl.SSLContext, *args: Any, **options: Any) -> ssl.SSLSocket:
        handshakes.append({"verify_mode": self.verify_mode.name, "in_transport": in_transport()})
        return shake(self, *args, **options)

    sys.addaudithook(hook)
    clock, here = Clock(), settings.load()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ssl.SSLContext, "wrap_socket", wrap_socket)
        pass_as_published(patch)
        transport.use(transport.Transport(publisher_base=here.publisher_base, clock=clock, sleep=clock.sleep))
        outcome = launch.run(here, run_from="live", watcher=lambda *_: None)
    said = {
        "succeeded": outcome.succeeded,
        "published": outcome.published,
        "connects": connects,
        "handshakes": handshakes,
        "looked_up": sorted(looked_up),
    }
    sys.stdout.write(json.dumps(said) + "\n")


if __name__ == "__main__":
    main()
