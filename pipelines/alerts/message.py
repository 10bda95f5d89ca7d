"""The words of a message: what is new, what is over, what stands, and where to look.

What belongs here: title and text. What does not: what is told (`told.py`), or sending it (`destinations.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pipelines.alerts.causes import Kind
from pipelines.alerts.told import News

MOST_CAUSES, MOST_LETTERS, MOST_LETTERS_OVER = 10, 600, 100
TITLES = {
    Kind.RUN: "the nightly run did not end well",
    Kind.RELEASE: "the current release cannot be read",
    Kind.CLOCK: "a run is dated in the future",
    Kind.TOO_OLD: "the release is too old",
    Kind.HELD_BACK: "deliveries are held back",
    Kind.SILENCE: "a publisher did not answer",
    Kind.SOURCE: "sources are late or stale",
}
HEADINGS = {
    Kind.RUN: "The run",
    Kind.RELEASE: "The release",
    Kind.CLOCK: "The clock",
    Kind.TOO_OLD: "The release is too old",
    Kind.HELD_BACK: "Held back",
    Kind.SILENCE: "No answer",
    Kind.SOURCE: "Late or stale",
}


@dataclass(frozen=True)
class Message:
    """What goes out. `is_good` says that something is over and nothing is new."""

    title: str
    text: str
    is_good: bool


def message_of(news: News, *, warehouse: Path, machine: str) -> Message:
    """The message about news."""
    if news.new:
        title = TITLES[min(news.new, key=lambda cause: list(Kind).index(cause.kind)).kind]
    else:
        title = "recovered: all is well again" if not news.still else "recovered in part"
    parts = [
        _listed(HEADINGS[kind], [_short(one.text, MOST_LETTERS) for one in news.new if one.kind is kind])
        for kind in Kind
    ]
    parts.append(_listed("Over", [_short(one.name, MOST_LETTERS_OVER) for one in news.over]))
    old = len(news.still) - len(news.new)
    if old:
        parts.append(f"Told before and not over: {old}.")
    parts.append(f"On {machine}, {warehouse}. More: inequality status")
    return Message(f"inequality-pipelines: {title}", "\n\n".join(part for part in parts if part), not news.new)


def trial(*, warehouse: Path, machine: str) -> Message:
    """A message that only tries whether messages arrive."""
    text = f"This only tries whether messages arrive. Nothing has happened.\n\nOn {machine}, {warehouse}."
    return Message("inequality-pipelines: a trial", text, is_good=True)


def _listed(heading: str, said: Sequence[str]) -> str:
    if not said:
        return ""
    more = [f"and {len(said) - MOST_CAUSES} more"] if said[MOST_CAUSES:] else []
    return "\n".join([f"{heading}:", *(f"- {one}" for one in [*said[:MOST_CAUSES], *more])])


def _short(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[:most]}..."
