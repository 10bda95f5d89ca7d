"""What there is to tell: each thing that is wrong, under a key that is the same for as long as it is the same thing.

What belongs here: which parts of an installation's health are worth a message. What does not: words (`message.py`), or
whether it was told before (`told.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from pipelines.notes import silence_in_words, words
from pipelines.status.health import Health

WORTH_A_MESSAGE = ("late", "stale")
"""States of a source that somebody must act on. A changed shape is for who reads the figures; `status` shows it."""


class Kind(StrEnum):
    """What a cause is about, the worst first."""

    RUN = "run"
    RELEASE = "release"
    CLOCK = "clock"
    TOO_OLD = "too_old"
    HELD_BACK = "held_back"
    SILENCE = "silence"
    SOURCE = "source"


@dataclass(frozen=True)
class Cause:
    """One thing that is wrong. `key` tells it from others; `text` is what is said of it, in the words of its finder,
    and `name` what is said once it is over.
    """

    kind: Kind
    key: str
    text: str
    name: str


def causes_of(found: Health) -> list[Cause]:
    """Everything that is wrong now, the worst first, each once."""
    causes = []
    if found.last and not found.last.outcome.is_good:
        outcome = found.last.outcome
        for fault in found.last.faults:
            text = f"{outcome}: {fault.text}"
            causes.append(Cause(Kind.RUN, f"{outcome} {fault.cause}", text, text.strip().partition("\n")[0]))
    if found.fault and not found.is_first:
        causes.append(Cause(Kind.RELEASE, found.fault.what, str(found.fault), found.fault.what))
    if found.dated_ahead:
        causes.append(Cause(Kind.CLOCK, "", words(found.dated_ahead), "a run was dated in the future"))
    elif found.is_too_old and not found.is_first:
        said = f"last confirmed {found.confirmed_at:%Y-%m-%d %H:%M} UTC" if found.confirmed_at else "never confirmed"
        hours = round(found.fresh_for.total_seconds() / 3600)
        text = f"{said}; no run ended well for more than {hours} hours."
        causes.append(Cause(Kind.TOO_OLD, "", text, "the release was too old"))
    causes += [
        Cause(Kind.HELD_BACK, f"{note.path} {note.label}", words(note), f"{note.path}: held back, {note.label}")
        for note in found.held_back
    ]
    causes += [
        Cause(Kind.SILENCE, one.host, silence_in_words(one.files), f"{one.host}: did not answer")
        for one in found.silences
    ]
    causes += [
        Cause(
            Kind.SOURCE, f"{one.path} {one.state}", f"{one.path}: {one.state}: {one.reason}", f"{one.path}: {one.state}"
        )
        for one in found.sources_in(WORTH_A_MESSAGE)
    ]
    return list({(cause.kind, cause.key): cause for cause in causes}.values())
