"""How bytes come over the network: one way in, TLS always verified, always with timeouts and limits.

What belongs here: HTTP. What does not: what an address serves (one module per publisher), where bytes are kept
(`arrival/snapshot.py`), or what happens when an address cannot be had (`arrival/live.py`).

`client.py` asks, retries and gives up; `address.py` says which addresses may be asked; `answer.py` says which answers
are taken; `proxy.py` says which proxies, and never their passwords; `pace.py` keeps us polite; `breaker.py` gives a
host up that does not answer.
"""

from __future__ import annotations

from pipelines.sources.arrival.transport.address import mirror_address
from pipelines.sources.arrival.transport.answer import kind_of
from pipelines.sources.arrival.transport.client import MAX_BYTES, Transport, configured, current, use

__all__ = ["MAX_BYTES", "Transport", "configured", "current", "kind_of", "mirror_address", "use"]
