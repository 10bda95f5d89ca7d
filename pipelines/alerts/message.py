"""The words of a message: what is new, what is over, what stands, and where to look.

What belongs here: title and text. What does not: what is told (`told.py`), or sending it (`destinations.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pipelines.alerts.causes import Cause, Kind
from pipelines.alerts.told import News

MOST_CAUSES, MOST_LETTERS = 10, 600
TITLES = {
    Kind.RUN: "the nightly run did not end well",
    Kind.RELEASE: "the current release cannot be read",
    Kind.TOO_OLD: "the release is too old",
    Kind.HELD_BACK: "deliveries are held back",
    Kind.SOURCE: "sources are late or stale",
}
HEADINGS = {
    Kind.RUN: "The run",
    Kind.RELEASE: "The release",
    Kind.TOO_OLD: "The release is too old",
    Kind.HELD_BACK: "Held back",
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
    parts = [_listed(HEADINGS[kind], [one for one in news.new if one.kind is kind]) for kind in Kind]
    parts.append(_listed("Over", [replace(one, text=one.text.partition("\n")[0]) for one in news.over]))
    old = len(news.still) - len(news.new)
    if old:
        parts.append(f"Told before and not over: {old}.")
    parts.append(f"On {machine}, {warehouse}. More: inequality status")
    return Message(f"inequality-pipelines: {title}", "\n\n".join(part for part in parts if part), not news.new)


def trial(*, warehouse: Path, machine: str) -> Message:
    """A message that only tries whether messages arrive."""
    text = f"This only tries whether messages arrive. Nothing has happened.\n\nOn {machine}, {warehouse}."
    return Message("inequality-pipelines: a trial", text, is_good=True)


def _listed(heading: str, causes: Sequence[Cause]) -> str:
    if not causes:
        return ""
    lines = [f"- {_short(cause.text)}" for cause in causes[:MOST_CAUSES]]
    more = [f"- and {len(causes) - MOST_CAUSES} more"] if causes[MOST_CAUSES:] else []
    return "\n".join([f"{heading}:", *lines, *more])


def _short(text: str) -> str:
    return text if len(text) <= MOST_LETTERS else f"{text[:MOST_LETTERS]}..."
