"""What a release knows of a row: published, refused, suppressed, a double of another, held back, or nothing at all.

What belongs here: asking the release, by a row's file and line, and by what it is about. What does not: reading files
(`rows.py`).
"""

from __future__ import annotations

import math
import re
from collections import Counter
from pathlib import Path

import duckdb

from tests.accounted.rows import Row, number

FATES = ("equal", "refused", "double", "suppressed", "held back", "lost")
"""`equal`: the published row is this one, with its value (or without, as it has none). `double`: the same cell is
published from another row. `suppressed`: this row is published without its figure, which its publisher withholds."""

Key = tuple[str, str, str, str, str]


class Release:
    """The rows of one release, by place and by cell."""

    def __init__(self, warehouse: Path) -> None:
        file = str((warehouse / "current.duckdb").resolve())
        with duckdb.connect(file, read_only=True) as connection:
            ask = lambda query: connection.sql(query).fetchall()  # noqa: E731
            published = ask(
                "select snapshot_sha256, source_line, value, note_code, area_code, period_start, period_end, sex, "
                "indicator, dimension, scheme, category, age, period_length from published.observation"
            )
            candidates = ask(
                "select snapshot_sha256, source_line, indicator, area_code, period_start, period_end, sex, dimension, "
                "scheme, category, age, period_length from core.observation_candidate"
            )
            self.refused = set(ask("select snapshot_sha256, source_line from meta.rejected_row"))
            self.held = {path for (path,) in ask("select path from meta.held_back")}
            ids = ask("select indicator, fingertips_id from published.indicator where fingertips_id is not null")
            labels = ask(
                "select indicator, area_code, published_area_code, period_label, sex, age_label, category_label "
                "from core.observation_candidate"
            )
        self.slug_of_id = {str(number): slug for slug, number in ids}
        self.at = {(sha256, line): (value, code) for sha256, line, value, code, *_ in published}
        cells = {(p[8], p[4], p[5], p[6], p[7], *p[9:]) for p in published}
        self.outranked = {(c[0], c[1]) for c in candidates if (c[2], c[3], c[4], c[5], c[6], *c[7:]) in cells}
        self.about = {
            _key(indicator, code, period, sex, category)
            for indicator, ours, theirs, period, sex, _, category in labels
            for code in (ours, theirs)
        }

    def fate(self, row: Row, path: str) -> str:
        """What became of a row of the file at `path`."""
        place = row.sha256, row.line
        if place in self.at:
            value, code = self.at[place]
            given = number(row.value)
            if value is None:
                return "suppressed" if (code or "").startswith("suppressed") else "equal" if given is None else "lost"
            return "equal" if given is not None and math.isclose(value, given, rel_tol=1e-9) else "lost"
        if place in self.refused:
            return "refused"
        if path in self.held:
            return "held back"
        slug = self.slug_of_id.get(row.indicator, row.indicator)
        area = re.sub(r"^n(?=[A-Z])", "", row.area)
        if place in self.outranked or _key(slug, area, row.period, row.sex, row.category) in self.about:
            return "double"
        return "lost"

    def fates(self, rows: list[Row], path: str) -> Counter[str]:
        """How many rows of a file met each fate."""
        return Counter(self.fate(row, path) for row in rows)


def _key(indicator: str, area: str, period: str, sex: str, category: str | None) -> Key:
    """What a row is about, in the letters and digits of its labels."""
    digits = re.sub(r"[^0-9]", "", period)
    sex_slug = "_".join(sex.lower().split())
    plain = re.sub(r"[^a-z0-9]", "", re.sub(r"\(imd.*", "", (category or "").lower()))
    return indicator, area, digits, sex_slug, plain
