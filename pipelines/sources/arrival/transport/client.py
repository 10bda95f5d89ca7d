"""Asking an address: timeouts, a total time and size limit, retries with jittered back-off, conditional requests.

What belongs here: the one session and the one loop around it. What does not: which addresses (`address.py`) and answers
(`answer.py`) are fit, or keeping bytes (`arrival/snapshot.py`). Bodies go to a file (`body.py`), never whole into
memory.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import requests
import urllib3
from requests.adapters import HTTPAdapter
from tenacity import RetryCallState, Retrying, retry_if_exception_type, wait_exponential_jitter

from pipelines.sources.arrival.transport.address import after_redirect, https_parts, mirror_address
from pipelines.sources.arrival.transport.answer import Passing, refuse_type
from pipelines.sources.arrival.transport.body import Limits, keep
from pipelines.sources.arrival.transport.breaker import Breaker
from pipelines.sources.arrival.transport.pace import Pace, seconds_to_wait
from pipelines.sources.arrival.transport.proxy import refuse_unfit_proxy, without_secrets
from pipelines.sources.contract import HostSilent, Received, SourceUnavailable

READ_SECONDS, TOTAL_SECONDS = 60.0, 900.0
LONGEST_RETRY_AFTER = 300.0
MOST_REDIRECTS = 5
MAX_BYTES = 500_000_000
PASSING_STATUSES = (429, 500, 502, 503, 504)
_back_off = wait_exponential_jitter(initial=1, max=60, jitter=1)


@dataclass(frozen=True)
class _Wanted:
    """One address as asked for. `conditions` are request headers, `hosts` where a redirect may lead."""

    url: str
    kind: str
    hosts: Collection[str]
    conditions: dict[str, str]
    limits: Limits


class _VerifiedOnly(HTTPAdapter):
    """The only way to a socket: it refuses to send without certificate verification or without timeouts."""

    def send(  # type: ignore[override]
        self, request: requests.PreparedRequest, *, timeout: Any = None, verify: Any = True, **options: Any
    ) -> requests.Response:
        if not verify or not timeout or None in timeout:
            raise ValueError(f"A request to {request.url} without TLS verification or without timeouts is never sent.")
        return super().send(request, timeout=timeout, verify=verify, **options)


def _session(contact: str) -> requests.Session:
    session = requests.Session()
    session.adapters.clear()  # plain http has no adapter at all
    session.mount("https://", _VerifiedOnly(max_retries=0))
    session.headers.clear()
    said = contact or "organisation not named; set INEQUALITY_CONTACT"
    session.headers["User-Agent"] = f"inequality-pipelines/{version('inequality-pipelines')} ({said})"
    session.headers["Accept-Encoding"] = "gzip"
    # With an answer of its own to who we are, requests does not go and look for passwords in ~/.netrc.
    session.auth = lambda request: request
    return session


class Transport:
    """One process's way to the network. Proxies and a corporate CA bundle come from the usual variables.

    `publisher_base` is an internal mirror that every address is fetched through; `contact` is `organisation +url` for
    the User-Agent; `clock`, `sleep` (seconds) and `now` (UTC) are given by tests.
    """

    def __init__(
        self,
        *,
        publisher_base: str = "",
        contact: str = "",
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        read_seconds: float = READ_SECONDS,
    ) -> None:
        self.publisher_base, self.contact = publisher_base, contact
        self._clock, self._sleep, self._now, self._read_seconds = clock, sleep, now, read_seconds
        self._pace = Pace(clock, sleep)
        self._session = _session(contact)
        self.breaker = Breaker(clock)

    def fetch(
        self,
        url: str,
        *,
        into: Path,
        kind: str = "",
        hosts: Collection[str] = (),
        etag: str = "",
        last_modified: str = "",
        most_bytes: int | None = None,
    ) -> Received | None:
        """Fetch one address into a new file of the folder `into`; its caller moves or deletes the file.

        `kind` is what the body must be (`csv`, `xlsx`, `json`, `html`, `zip` or anything), `hosts` where a redirect may
        lead beside the address's own host; `most_bytes` is how big it may be, MAX_BYTES where nothing is said. With
        `etag` or `last_modified` of bytes in hand the request is conditional, and
        None means that they are still what the publisher serves. Raises SourceUnavailable, with the cause, when no
        fit body was had; HostSilent where the host is why.
        """
        host = https_parts(url).netloc
        self.breaker.refuse(host)
        if closed := self._pace.still_closed(host):
            raise SourceUnavailable(f"{url} was not asked: {host} asked to be left alone for {closed:,.0f} more s.")
        conditions = {"If-None-Match": etag, "If-Modified-Since": last_modified}
        conditions = {name: value for name, value in conditions.items() if value}
        deadline = self._clock() + TOTAL_SECONDS
        limits = Limits(MAX_BYTES if most_bytes is None else most_bytes, lambda: self._clock() > deadline)
        wanted = _Wanted(url, kind, hosts, conditions, limits)

        def stop(state: RetryCallState) -> bool:
            failure = state.outcome.exception() if state.outcome else None
            tries = self.breaker.tries(host, connected=not (isinstance(failure, Passing) and failure.unreachable))
            return state.attempt_number >= tries or self._clock() + state.upcoming_sleep > deadline

        retrying = Retrying(
            retry=retry_if_exception_type(Passing), wait=_wait, stop=stop, sleep=self._sleep, reraise=True
        )
        into.mkdir(parents=True, exist_ok=True)
        made = 0
        try:
            for attempt in retrying:
                with attempt:
                    made = attempt.retry_state.attempt_number
                    received = self._once(wanted, into)
        except Passing as error:
            self.breaker.failed(host, cause=str(error), silent=error.whole_host)
            times = f"{made} tries" if made > 1 else "1 try"
            said = f"{url} could not be had after {times}: {error}. Try later."
            if error.whole_host:
                raise HostSilent(said, host=host, cause=str(error)) from error
            raise SourceUnavailable(said) from error
        except SourceUnavailable as error:
            self.breaker.answered(host)
            raise SourceUnavailable(f"{url} could not be had: {str(error).rstrip('.')}.") from error
        self.breaker.answered(host)
        return replace(received, tries=made) if received else None

    def _once(self, wanted: _Wanted, into: Path) -> Received | None:
        url = wanted.url
        for _ in range(MOST_REDIRECTS + 1):
            self._pace.wait(https_parts(url).netloc)
            with self._asked(url, wanted.conditions) as answer:
                if answer.is_redirect:
                    location = answer.headers["Location"]
                    url = after_redirect(url, location, base=self.publisher_base, hosts=wanted.hosts)
                    continue
                if answer.status_code == requests.codes.not_modified and wanted.conditions:
                    return None
                self._refuse_status(url, answer)
                refuse_type(wanted.kind, answer.headers.get("Content-Type"))
                return keep(answer, into, wanted.kind, wanted.limits)
        raise SourceUnavailable(f"it redirected more than {MOST_REDIRECTS} times")

    @contextmanager
    def _asked(self, url: str, headers: dict[str, str]) -> Iterator[requests.Response]:
        """One request, its body not yet read. Every network failure becomes SourceUnavailable or Passing."""
        asked = mirror_address(self.publisher_base, url)
        refuse_unfit_proxy(asked)
        try:
            with self._session.get(
                asked,
                headers=headers,
                timeout=(self.breaker.connect_seconds, self._read_seconds),
                stream=True,
                allow_redirects=False,
            ) as answer:
                self.breaker.reached()
                yield answer
        except (requests.exceptions.SSLError, urllib3.exceptions.SSLError) as error:
            raise SourceUnavailable(
                f"its certificate was not accepted ({_reason(error)}). Behind an inspecting proxy, set "
                "REQUESTS_CA_BUNDLE"
            ) from error
        except requests.ConnectTimeout as error:
            raise Passing("no connection in time", whole_host=True, unreachable=True) from error
        except (requests.Timeout, urllib3.exceptions.TimeoutError) as error:
            raise Passing("it did not answer in time", whole_host=True) from error
        except requests.ConnectionError as error:
            # A connection that was made and then broke is the host's doing.
            made = any(isinstance(part, urllib3.exceptions.ProtocolError) for part in error.args)
            raise Passing(f"no connection ({_reason(error)})", whole_host=True, unreachable=not made) from error
        except (requests.exceptions.ChunkedEncodingError, urllib3.exceptions.HTTPError) as error:
            raise Passing("the body ended early") from error
        except requests.RequestException as error:
            raise SourceUnavailable(f"the request could not be made ({_reason(error)})") from error

    def _refuse_status(self, url: str, answer: requests.Response) -> None:
        status = answer.status_code
        if status == requests.codes.ok:
            return
        said = f"it answered {status} {answer.reason}; expected 200"
        if status not in PASSING_STATUSES:
            raise SourceUnavailable(said)
        wait = seconds_to_wait(answer.headers.get("Retry-After"), self._now())
        if wait is not None and wait > LONGEST_RETRY_AFTER:
            self._pace.close(https_parts(url).netloc, wait)
            raise SourceUnavailable(
                f"{said}; it asks to wait {wait:,.0f} s, and we wait {LONGEST_RETRY_AFTER:,.0f} s at most"
            )
        raise Passing(said, retry_after=wait, whole_host=status == requests.codes.too_many_requests)


def _wait(state: RetryCallState) -> float:
    """Exponential back-off with jitter, and never less than the host asked for."""
    failure = state.outcome.exception() if state.outcome else None
    asked = failure.retry_after if isinstance(failure, Passing) and failure.retry_after else 0.0
    return max(asked, _back_off(state))


def _reason(error: BaseException) -> str:
    """Why a request failed: in the words of the system, which lie innermost; in the library's where it has none."""
    said = ""
    link: BaseException | None = error
    while link is not None:
        if isinstance(link, OSError) and not isinstance(link, requests.RequestException):
            said = getattr(link, "verify_message", "") or link.strerror or str(link)
        held = (getattr(link, "reason", None), *link.args, link.__cause__)
        link = next((one for one in held if isinstance(one, BaseException)), None)
    return without_secrets(said or error)


_current = Transport()


def use(transport: Transport) -> Transport:
    """Make a transport the one that this process fetches with."""
    global _current  # noqa: PLW0603  one session and one pace per process is the point
    _current = transport
    return transport


def current() -> Transport:
    """The transport of this process."""
    return _current


def configured(*, publisher_base: str, contact: str) -> Transport:
    """The transport of this process, replaced where the installation's settings differ from its own."""
    now = current()
    if (now.publisher_base, now.contact) == (publisher_base, contact):
        return now
    return use(Transport(publisher_base=publisher_base, contact=contact))
