"""How bytes come over the network: one way in, TLS always verified, always with timeouts and a size limit.

What belongs here: HTTP. What does not: what an address serves (`fingertips.py`, `ons_life_expectancy.py` ...) or where
bytes are kept (`snapshot.py`). Retries, conditional requests and rate limits are added here and nowhere else.
"""

from __future__ import annotations

from importlib.metadata import version

import requests

from pipelines.sources.contract import SourceUnavailable

CONNECT_SECONDS, READ_SECONDS = 10, 60
MAX_BYTES = 500_000_000
USER_AGENT = f"inequality-pipelines/{version('inequality-pipelines')} (health-inequality pipeline; open source)"


def get(url: str, *, max_bytes: int = MAX_BYTES) -> bytes:
    """Fetch one https address whole.

    Returns the body. Raises SourceUnavailable when the address, or one it redirects to, is not https, does not answer
    in time, answers with another status than 200, sends nothing, or sends more than `max_bytes`.
    """
    if not url.startswith("https://"):
        raise SourceUnavailable(f"{url!r} is not an https address; only verified TLS is used. Mend the resource's url.")
    try:
        with requests.get(
            url, timeout=(CONNECT_SECONDS, READ_SECONDS), stream=True, headers={"User-Agent": USER_AGENT}
        ) as answer:
            if answer.status_code != requests.codes.ok:
                raise SourceUnavailable(
                    f"{url} answered {answer.status_code} {answer.reason}; expected 200. Try later."
                )
            for hop in (*answer.history, answer):
                if not hop.url.startswith("https://"):
                    raise SourceUnavailable(f"{url} redirected to {hop.url}, which is not https.")
            body = bytearray()
            for piece in answer.iter_content(1 << 20):
                body += piece
                if len(body) > max_bytes:
                    raise SourceUnavailable(f"{url} sent more than {max_bytes:,} bytes; refused.")
    except requests.RequestException as error:
        raise SourceUnavailable(f"{url} could not be had: {error}. Check the network, or use --from FOLDER.") from error
    if not body:
        raise SourceUnavailable(f"{url} answered 200 with an empty body. Try later.")
    return bytes(body)
