"""Where messages go: Apprise's addresses of e-mail, Teams, Slack, webhooks and more, and sending to them.

What belongs here: reading the addresses, refusing those that would be sent in the open, and sending. What does not:
what is sent (`message.py`). An address holds a password or a token: it is named by its place and its scheme alone, and
what Apprise says of a failure loses every part of it. Apprise's own log goes nowhere.
"""

from __future__ import annotations

import logging
import re
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from pipelines.alerts.message import Message
from pipelines.errors import ProductError
from pipelines.settings import Settings
from pipelines.sources.arrival.transport.proxy import HIDDEN, without_secrets

if TYPE_CHECKING:
    from apprise import AppriseAsset, NotifyBase

LOOPBACK = ("127.0.0.1", "localhost", "::1")
SECONDS = 30.0
SHORTEST = 3
"""Shorter parts of an address, such as the scheme's own letters, say nothing."""


class DestinationRefused(ProductError):
    """An address that nothing is sent to; the message names its place, never the address."""

    exit_code = 2


@dataclass(frozen=True)
class Destination:
    """One address. Its text is left out of whatever shows this."""

    name: str
    address: str = field(repr=False)


def destinations(here: Settings) -> list[Destination]:
    """All that are set, of the variable and of the file. Raises DestinationRefused where the file cannot be read."""
    addresses = here.alerts.split()
    if here.alerts_file:
        try:
            lines = here.alerts_file.read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise DestinationRefused(
                "The file of alert addresses cannot be read.",
                where=str(here.alerts_file),
                expected="one Apprise address per line",
                found=getattr(error, "strerror", None) or "bytes that are not UTF-8",
                do="mend INEQUALITY_ALERTS_FILE, or what this account may read.",
            ) from None
        addresses += [line.strip() for line in lines if line.strip() and not line.lstrip().startswith("#")]
    return [Destination(f"destination {n} ({_scheme(one)})", one) for n, one in enumerate(addresses, start=1)]


def send(where: Sequence[Destination], message: Message) -> list[str]:
    """Send a message to every destination. Returns what failed, in words without secrets, one for each that did."""
    return [failure for one in where if (failure := _failure(one, message))]


def _failure(one: Destination, message: Message) -> str:
    """Why a message did not go out; empty where it did."""
    from apprise import Apprise

    _say_nothing()
    try:
        asset = _asset()
        service = _service(one, asset)
        sender = Apprise(asset=asset)
        sender.add(service)
        result = sender.notify(
            message.text,
            title=message.title,
            notify_type="success" if message.is_good else "failure",
            body_format="text",
            timeout=SECONDS,
            log_level=logging.WARNING,
        )
    except DestinationRefused as error:
        return str(error)
    except Exception as error:  # noqa: BLE001 - whatever a service does, the run goes on, and its words may hold the address
        return f"{one.name}: {type(error).__name__}."
    if result:
        return ""
    said = [entry.message for each in result.results for attempt in each.attempts for entry in attempt.logs]
    return f"{one.name}: {_without(one.address, ' '.join(said)) or 'it did not take the message'}"


def _say_nothing() -> None:
    """Have no library log what it asks for: a webhook's address is its secret."""
    for name in ("apprise", "urllib3"):
        logging.getLogger(name).setLevel(logging.WARNING)
    # Its own handler, which takes everything and does nothing, keeps the rest from standard error.
    logging.getLogger("apprise").propagate = False


def _service(one: Destination, asset: AppriseAsset) -> NotifyBase:
    """The service of an address. Raises DestinationRefused for what is no address, or would be sent in the open."""
    from apprise import Apprise

    with warnings.catch_warnings():
        # The first address loads every service; that of e-mail imports a module that Python 3.13 has no more.
        warnings.filterwarnings("ignore", message="'imghdr' is deprecated", category=DeprecationWarning)
        service = Apprise.instantiate(one.address, asset=asset)
    if service is None:
        raise DestinationRefused(f"{one.name} is no address that Apprise knows or can use; see its list of services.")
    if not service.verify_certificate:
        raise DestinationRefused(f"{one.name} turns the check of certificates off (verify=no); nothing is sent there.")
    plain: Any = service.protocol or ()
    is_plain = _scheme(one.address) in ((plain,) if isinstance(plain, str) else plain) and not service.secure
    if is_plain and service.host and service.host not in LOOPBACK:
        raise DestinationRefused(
            f"{one.name} is not encrypted; nothing is sent there. Most schemes have one that is, such as jsons:// for "
            "json:// and mailtos:// for mailto://."
        )
    return service


def _asset() -> AppriseAsset:
    """How Apprise behaves: it follows no redirect, keeps no file, loads no code, and shows no picture of its own."""
    from apprise import AppriseAsset

    return AppriseAsset(
        app_id="inequality-pipelines",
        app_desc="Health-inequality measures",
        app_url="",
        image_url_mask="",
        image_url_logo="",
        http_redirects=False,
        async_mode=False,
        storage_mode="memory",
        allow_templates=False,
        secure_logging=True,
    )


def _scheme(address: str) -> str:
    """The scheme of an address, where it has one that looks like it."""
    found = re.match(r"([a-z][a-z0-9]{1,20})://", address.lower())
    return found[1] if found else "no scheme"


def _without(address: str, said: str) -> str:
    """What was said without any part of an address, as it stands or decoded."""
    parts = re.split(r"[/:@?&=+,#\s]+", address.partition("://")[2])
    secrets = {text for part in parts for text in (part, unquote(part)) if len(text) >= SHORTEST}
    for secret in sorted(secrets, key=len, reverse=True):
        said = said.replace(secret, HIDDEN)
    return without_secrets(said)
