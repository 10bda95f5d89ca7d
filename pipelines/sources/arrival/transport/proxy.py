"""The proxy that an address is asked through: it is an address itself, and its password is never said.

What belongs here: judging it before a library sees it, and taking passwords out of what libraries say. What does not:
asking (`client.py`). A `#`, `/` or `?` in a password that is not percent-encoded ends the host's name early: libraries
then take the password for a part of the address and name it in their errors, which stand in releases.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import unquote, urlsplit
from urllib.request import getproxies

from requests.utils import get_environ_proxies, select_proxy

from pipelines.sources.contract import SourceUnavailable

HIDDEN = "***"
CREDENTIALS = re.compile(r"(?<=://)[^\s'\"]*@")
SHORTEST = 4
"""A shorter password is taken out where it stands in an address, and nowhere else: it may be part of any word."""


def refuse_unfit_proxy(url: str) -> None:
    """Raise SourceUnavailable, without a word of it, where the proxy that the environment names for `url` is unfit."""
    proxy = select_proxy(url, get_environ_proxies(url))
    if proxy is None or _is_fit(str(proxy)):
        return
    raise SourceUnavailable(
        "the proxy that HTTPS_PROXY (or ALL_PROXY) names is no address such as http://user:password@host:8080, so "
        "nothing was asked. In a name or password, write # as %23, / as %2F, ? as %3F and @ as %40"
    )


def _is_fit(proxy: str) -> bool:
    try:
        parts = urlsplit(proxy if "://" in proxy else f"http://{proxy}")
        whole = parts.path in ("", "/") and not parts.query and not parts.fragment
        plain = proxy.isprintable() and not re.search(r"[\s\\]", proxy)
        return whole and plain and parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        return False


def without_secrets(text: object) -> str:
    """What a library says, without what stands before the `@` of an address, or any password of a proxy."""
    said = str(text)
    for secret in sorted({secret for proxy in getproxies().values() for secret in _secrets(proxy)}, key=len)[::-1]:
        said = said.replace(secret, HIDDEN)
    return CREDENTIALS.sub(f"{HIDDEN}@", said)


def _secrets(proxy: str) -> Iterator[str]:
    """What must not be said of a proxy's address, as it stands and decoded."""
    credentials, at, _ = proxy.rpartition("://")[2].rpartition("@")
    if not at:
        return
    _, _, password = credentials.partition(":")
    for secret in (credentials, password):
        for text in (secret, unquote(secret)):
            if len(text) >= SHORTEST:
                yield text
