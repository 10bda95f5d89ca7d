"""The chart of one gradient: the figure of each group with its limits, and the fitted line, as SVG inside a page.

What belongs here: drawing. What does not: which figures a page shows (`indicator_page.py`), or any
measure of them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 720, 360, 64, 24, 20, 64
INK, ACCENT, QUIET, GRID = "#1b1b1b", "#12436d", "#55595d", "#d9dde1"
MOST_LINES = 6
"""How many lines a scale may have at most."""


@dataclass(frozen=True)
class Group:
    """One group of a gradient, from the most disadvantaged on: its figure, limits where known, and its people."""

    label: str
    value: float
    lower: float | None
    upper: float | None
    population: float | None


@dataclass(frozen=True)
class Fit:
    """The ends of the line through the groups: at the most and at the least disadvantaged person."""

    most: float
    least: float


def gradient_chart(groups: list[Group], fit: Fit | None, title: str, description: str) -> str:
    """The chart, or nothing where fewer than two groups have a figure. Each text in it is escaped."""
    if len(groups) < 2:
        return ""
    known = [value for one in groups for value in (one.value, one.lower, one.upper) if value is not None]
    known += [fit.most, fit.least] if fit else []
    low, high = min(known), max(known)
    spare = (high - low or abs(high) or 1.0) * 0.1
    low, high = low - spare, high + spare

    def across(share: float) -> float:
        return round(LEFT + share * (WIDTH - LEFT - RIGHT), 1)

    def up(value: float) -> float:
        return round(HEIGHT - BOTTOM - (value - low) / (high - low) * (HEIGHT - TOP - BOTTOM), 1)

    parts = []
    for value, shown in scale(low, high):
        parts.append(f'<line x1="{LEFT}" y1="{up(value)}" x2="{WIDTH - RIGHT}" y2="{up(value)}" stroke="{GRID}"/>')
        parts.append(f'<text x="{LEFT - 8}" y="{up(value) + 4}" text-anchor="end" fill="{QUIET}">{shown}</text>')
    if fit:
        parts.append(
            f'<line x1="{across(0)}" y1="{up(fit.most)}" x2="{across(1)}" y2="{up(fit.least)}" stroke="{QUIET}" '
            'stroke-width="2" stroke-dasharray="6 4"/>'
        )
    for one, share in zip(groups, middles(groups), strict=True):
        x = across(share)
        if one.lower is not None and one.upper is not None:
            ends = f'x1="{x}" y1="{up(one.lower)}" x2="{x}" y2="{up(one.upper)}"'
            parts.append(f'<line {ends} stroke="{ACCENT}" stroke-width="2"/>')
        parts.append(
            f'<circle cx="{x}" cy="{up(one.value)}" r="5" fill="{ACCENT}" data-value="{one.value!r}">'
            f"<title>{escape(one.label)}: {one.value:.1f}</title></circle>"
        )
    foot = HEIGHT - BOTTOM + 24
    parts.append(f'<text x="{LEFT}" y="{foot}" fill="{INK}">{escape(groups[0].label)}</text>')
    parts.append(
        f'<text x="{WIDTH - RIGHT}" y="{foot}" text-anchor="end" fill="{INK}">{escape(groups[-1].label)}</text>'
    )
    key = "dots: figures; bars: their 95% limits" if any(one.lower is not None for one in groups) else "dots: figures"
    key += "; dashes: the fitted line" if fit else ""
    parts.append(f'<text x="{LEFT}" y="{foot + 26}" fill="{QUIET}">{key}</text>')
    return (
        f'<svg class="chart" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'aria-label="{escape(f"{title}. {description}")}" font-family="system-ui, sans-serif" font-size="14">'
        f"{''.join(parts)}</svg>"
    )


def scale(low: float, high: float) -> list[tuple[float, str]]:
    """Round values from `low` to `high` for the lines of a scale, each with its text: steps of 1, 2 or 5 tens."""
    power = math.floor(math.log10((high - low) / MOST_LINES))
    steps = (one * 10.0**ten for ten in (power, power + 1) for one in (1, 2, 5))
    step = next(step for step in steps if (high - low) / step < MOST_LINES)
    digits = max(0, -math.floor(math.log10(step)))
    places = range(math.ceil(low / step), math.floor(high / step) + 1)
    return [(place * step, f"{place * step:,.{digits}f}") for place in places]


def middles(groups: list[Group]) -> list[float]:
    """Where the middle person of each group stands among all, from 0 to 1; equal groups where people are unknown."""
    sizes = [one.population or 0.0 for one in groups]
    if not all(sizes):
        sizes = [1.0] * len(groups)
    total, before, found = sum(sizes), 0.0, []
    for size in sizes:
        found.append((before + size / 2) / total)
        before += size
    return found
