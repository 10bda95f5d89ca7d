"""Which addresses may be asked: https only, the publisher's own hosts only, through an internal mirror if one is set.

What belongs here: reading and judging addresses. What does not: asking them (`client.py`).
"""

from __future__ import annotations

from collections.abc import Collection
from urllib.parse import SplitResult, urljoin, urlsplit

from pipelines.sources.contract import SourceUnavailable


def https_parts(url: str) -> SplitResult:
    """The parts of an https address. Raises SourceUnavailable for any other kind, or one that carries a password."""
    try:
        parts = urlsplit(url)
        fits = url.startswith("https://") and bool(parts.hostname) and "@" not in parts.netloc
        fits = fits and (parts.port or 443) > 0
    except ValueError:
        fits = False
    if not fits:
        raise SourceUnavailable(f"{url!r} is not an https address; only verified TLS is used. Mend the resource's url.")
    return parts


def mirror_address(base: str, url: str) -> str:
    """What is asked for a publisher's address: itself, or `{base}/host/path?query` where a mirror is set."""
    return f"{base}/{url.removeprefix('https://')}" if base else url


def after_redirect(url: str, location: str, *, base: str, hosts: Collection[str]) -> str:
    """The publisher's address that a redirect leads to.

    `url` is the publisher's address that was asked, `location` what the answer names, `hosts` the hosts that may
    serve this resource beside its own. Raises SourceUnavailable when it leads to plain http or to another host.
    """
    target = urljoin(url, location)
    if base and location.startswith(f"{base}/"):
        # A mirror may name its own address; what is meant is the publisher's behind it.
        target = "https://" + location.removeprefix(f"{base}/")
    if not target.startswith("https://"):
        raise SourceUnavailable(f"{url} redirected to {target}, which is not https. Check the address in a browser.")
    there, here = https_parts(target), https_parts(url)
    if there.netloc != here.netloc and not (there.hostname in hosts and there.port in (None, 443)):
        known = ", ".join((here.netloc, *hosts))
        raise SourceUnavailable(
            f"{url} redirected to another host, {there.netloc}; expected {known}. Where the publisher has moved, add "
            "the host to the resource's `hosts`."
        )
    return target
