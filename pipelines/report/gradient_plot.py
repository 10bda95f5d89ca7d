"""The gradient of life expectancy as a small picture, for whoever looks at the table of gradients.

What belongs here: drawing England's newest lines. What does not: what a gradient is (`sql/core/gradient.sql`), or any
measure of it.
"""

from __future__ import annotations

import base64
from html import escape

import polars as pl

PLOTTED = "core.gradient"
INDICATOR, BASIS = "life_expectancy_at_birth", "neighbourhoods_national"
WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 640, 320, 56, 90, 40, 48
COLOURS = {"female": "#7a3e9d", "male": "#1d6fa5"}


def gradient_plot(gradient: pl.DataFrame) -> str:
    """A Markdown picture of life expectancy by tenth in the newest period, of the first country; empty without one."""
    lines = gradient.filter(
        (pl.col("indicator") == INDICATOR)
        & (pl.col("basis") == BASIS)
        & (pl.col("dimension") == "deprivation_decile")
        & pl.col("value").is_not_null()
        & pl.col("sex").is_in(list(COLOURS))
    )
    lines = lines.filter(pl.col("area_code") == pl.col("area_code").min())
    lines = lines.filter(pl.col("period_end") == pl.col("period_end").max()).sort("sex", "category_rank")
    if lines.is_empty():
        return ""
    title = f"Life expectancy at birth by tenth of neighbourhoods, {lines['area_code'][0]}, {lines['period'][0]}"
    drawn = base64.b64encode(_svg(lines, title).encode()).decode()
    return f"![{title}](data:image/svg+xml;base64,{drawn})"


def _svg(lines: pl.DataFrame, title: str) -> str:
    values, ranks = lines["value"].to_list(), lines["category_rank"].to_list()
    low, high, last = int(min(values)) - 1, int(max(values)) + 2, max(ranks)

    def place(rank: float, value: float) -> tuple[float, float]:
        across = LEFT + (rank - 1) / (last - 1) * (WIDTH - LEFT - RIGHT)
        return round(across, 1), round(HEIGHT - BOTTOM - (value - low) / (high - low) * (HEIGHT - TOP - BOTTOM), 1)

    parts = [f'<text x="{LEFT}" y="20" font-weight="bold">{escape(title)}</text>']
    for value in range(low, high + 1, 2):
        x, y = place(1, value)
        parts.append(f'<line x1="{LEFT}" y1="{y}" x2="{WIDTH - RIGHT}" y2="{y}" stroke="#ddd"/>')
        parts.append(f'<text x="{x - 10}" y="{y + 4}" text-anchor="end">{value}</text>')
    for rank in range(1, last + 1):
        x, y = place(rank, low)
        parts.append(f'<text x="{x}" y="{y + 18}" text-anchor="middle">{rank}</text>')
    parts.append(f'<text x="{LEFT}" y="{HEIGHT - 10}">most deprived</text>')
    parts.append(f'<text x="{WIDTH - RIGHT}" y="{HEIGHT - 10}" text-anchor="end">least deprived</text>')
    for (sex,), line in lines.group_by(["sex"], maintain_order=True):
        dots = [place(row["category_rank"], row["value"]) for row in line.iter_rows(named=True)]
        path, colour = " ".join(f"{x},{y}" for x, y in dots), COLOURS[str(sex)]
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [f'<circle cx="{x}" cy="{y}" r="3" fill="{colour}"/>' for x, y in dots]
        x, y = dots[-1]
        parts.append(f'<text x="{x + 10}" y="{y + 4}" fill="{colour}">{escape(str(sex))}</text>')
    drawn = "".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" '
        f'font-family="sans-serif" font-size="12"><rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>{drawn}</svg>'
    )
