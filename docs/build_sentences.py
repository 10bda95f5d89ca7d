"""Build docs/sentences.md: one sentence of each kind of measure and finding, as the release's own SQL says it.

What belongs here: the made rows, and the order of the page. What does not: any word of a sentence
(`sql/core/subject.sql`, `sql/published/inequality.sql`, `sql/core/inequality_change.sql`).

Run: .venv/bin/python docs/build_sentences.py
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import polars as pl

from pipelines import catalogue
from pipelines.inequality.change import CHANGE
from pipelines.inequality.contract import CONFIDENCE, MEASURE
from pipelines.measures.registry import measure_frame
from pipelines.settings import Settings
from pipelines.tables.lineage import tables_read
from pipelines.tables.store import Store

HERE = Path(__file__).resolve().parent
PAGE = HERE / "sentences.md"

Row = Mapping[str, Any]

HIGHER: Row = {"polarity": "higher_is_better", "title": "Life expectancy at birth", "unit": "years"}
LOWER: Row = {"polarity": "lower_is_better", "title": "Smoking in adults 18+", "unit": "%"}
NEUTRAL: Row = {"polarity": "neutral", "title": "Hypertension: recorded prevalence (QOF)", "unit": "%"}

TENTHS: Row = {
    "dimension": "deprivation_decile",
    "scheme": "lsoa11_in_england_imd2019",
    "basis": "neighbourhoods_national",
    "groups_from": "published",
    "compared_category": "most_deprived",
    "reference_category": "least_deprived",
}
AUTHORITIES: Row = {
    **TENTHS,
    "scheme": "upper_tier_derived_imd2019_average_score",
    "basis": "whole_areas_derived",
    "groups_from": "derived_from_areas",
    "areas_expected": 153,
    "areas_missing": 0,
    "people_covered": 1.0,
}
MOST_AUTHORITIES: Row = {**AUTHORITIES, "areas_missing": 23, "people_covered": 0.663}
TENURE: Row = {
    "dimension": "housing_tenure",
    "scheme": "tenure_4",
    "groups_from": "published",
    "groups_with_value": 4,
    "groups_expected": 4,
}
DISABILITY: Row = {
    "dimension": "disability",
    "scheme": "disability_2",
    "groups_from": "published",
    "compared_category": "disabled",
    "reference_category": "not_disabled",
}
BIRTH: Row = {
    "dimension": "country_of_birth",
    "scheme": "country_of_birth_10",
    "groups_from": "published",
    "groups_with_value": 9,
    "groups_expected": 9,
    "compared_category": "poland",
    "reference_category": "india",
    "is_largest_pair": True,
}


@dataclass(frozen=True)
class Example:
    """A row of measures.inequality, as far as a sentence needs it: what it finds, its number and its limits."""

    finding: str
    of: Row
    groups: Row
    measure: str
    value: float | None
    limits: tuple[float, float | None] | None = None
    unit: str = "percentage points"
    more: Row = field(default_factory=dict)
    area: str = "England"


KINDS: dict[str, tuple[Example, ...]] = {
    "Lines": (
        Example("clear", LOWER, TENTHS, "slope_index", 12.81, (12.12, 13.51)),
        Example("clear, higher is better", HIGHER, TENTHS, "slope_index", 10.43, (10.21, 10.66), "years",
                {"sex": "male", "age": "at_birth"}),
        Example("clear, as a ratio", LOWER, TENTHS, "relative_index", 1.77, (1.72, 1.83), "ratio"),
        Example("the other way round", LOWER, TENTHS, "slope_index", -2.04, (-3.11, -0.97)),
        Example("unclear", LOWER, TENTHS, "slope_index", 0.1, (-11.2, 11.4)),
        Example("unclear, as a ratio", LOWER, TENTHS, "relative_index", 1.05, (0.62, 1.78), "ratio"),
        Example("no interval", HIGHER, TENTHS, "slope_index", 19.55, None, "years",
                {"sex": "female", "age": "at_birth"}),
        Example("areas, none missing", LOWER, AUTHORITIES, "slope_index", 6.93, (6.05, 7.81)),
        Example("areas missing", HIGHER, MOST_AUTHORITIES, "slope_index", 9.42, None, "years",
                {"sex": "female", "age": "at_birth"}),
        Example("check on another scale", LOWER, TENTHS, "slope_index", 12.96, (12.27, 13.66),
                more={"transform": "logit", "headline": 12.81}),
        Example("no number", LOWER, TENTHS, "slope_index", None, more={"note_code": "group_suppressed"}),
    ),
    "Gaps": (
        Example("clear", LOWER, TENTHS, "absolute_gap", 13.0, (11.9, 14.1)),
        Example("clear, as a ratio", HIGHER, TENTHS, "relative_gap", 1.131, (1.127, 1.135), "ratio",
                {"sex": "male", "age": "at_birth"}),
        Example("two groups of people", LOWER, DISABILITY, "absolute_gap", 16.2, (15.1, 17.3)),
        Example("unclear", LOWER, DISABILITY, "absolute_gap", 3.1, (-1.4, 7.6), area="Rutland"),
        Example("the largest of many", LOWER, BIRTH, "absolute_gap", 14.8, (11.0, 18.6)),
        Example("areas missing", LOWER, MOST_AUTHORITIES, "absolute_gap", 5.2, (3.7, 6.7)),
    ),
    "If all matched the least deprived": (
        Example("clear", LOWER, TENTHS, "population_attributable_risk", 4.0, (3.5, 4.5),
                more={"mean_of_groups": 17.0}),
        Example("clear, higher is better", HIGHER, TENTHS, "population_attributable_risk", 4.53, None, "years",
                {"sex": "female", "age": "at_birth", "mean_of_groups": 78.72}),
        Example("clear, as a share", LOWER, TENTHS, "population_attributable_fraction", 0.235, (0.206, 0.264),
                "fraction of the total"),
        Example("clear, in events", LOWER, TENTHS, "excess_events", 12345.0, (12000.0, 12690.0), "events"),
        Example("unclear", LOWER, TENTHS, "population_attributable_risk", 0.5, (-0.3, 1.3)),
        Example("no better", LOWER, TENTHS, "population_attributable_risk", 0.0,
                more={"note_code": "reference_not_better"}),
        Example("areas missing", LOWER, MOST_AUTHORITIES, "population_attributable_risk", 2.7, (1.9, 3.5),
                more={"mean_of_groups": 8.6}),
    ),
    "Concentration": (
        Example("clear", LOWER, TENTHS, "relative_concentration_index", 0.058, (0.048, 0.068), "between -1 and 1"),
        Example("clear, higher is better", HIGHER, TENTHS, "absolute_concentration_index", 3.31, None, "years",
                {"sex": "female", "age": "at_birth"}),
        Example("unclear", NEUTRAL, TENTHS, "relative_concentration_index", 0.002, (-0.008, 0.012),
                "between -1 and 1"),
    ),
    "Spread": (
        Example("clear", LOWER, TENURE, "index_of_disparity", 60.7, (57.2, 64.1), "% of the mean",
                {"p_of_equality": 0.0}),
        Example("clear, in the indicator's unit", LOWER, TENURE, "mean_difference_from_mean", 6.3, (6.0, 6.7),
                more={"p_of_equality": 0.0}),
        Example("clear, in a unit of its own", LOWER, TENTHS, "between_group_variance", 24.3, (21.8, 27.0),
                "unit squared", {"p_of_equality": 0.0}),
        Example("clear, entropy", LOWER, TENTHS, "theil_index", 15.9, (14.3, 17.5), "thousandths",
                {"p_of_equality": 0.0}),
        Example("no more than chance", LOWER, TENURE, "index_of_disparity", 11.9, (0.0, 40.2), "% of the mean",
                {"p_of_equality": 0.68, "note_code": "no_more_than_chance"}, "Hackney"),
        Example("more than chance, of unknown size", LOWER, TENURE, "index_of_disparity", 44.9, (0.0, 73.2),
                "% of the mean", {"p_of_equality": 0.006}, "Haringey"),
        Example("rough limits", LOWER, BIRTH, "mean_difference_from_mean", 2.3, (1.4, 3.2),
                more={"p_of_equality": 0.0, "limits_are_rough": True}),
        Example("groups missing", LOWER, {**TENURE, "groups_with_value": 3}, "mean_difference_from_mean", 6.5,
                (3.0, 9.7), more={"p_of_equality": 0.002, "note_code": "groups_missing"}, area="Southwark"),
    ),
}  # fmt: skip
"""Every kind of measure with an example of each of its findings."""


@dataclass(frozen=True)
class Change:
    """A row of measures.inequality_change, as far as a sentence needs it."""

    finding: str
    of: Row
    groups: Row
    row: Row


_JUDGED: Row = {
    "period_from": "2011",
    "period_to": "2024",
    "measure": "slope_index",
    "unit": "percentage points",
    "value_from": 8.21,
    "value_to": 5.68,
    "difference": -2.53,
    "difference_lower": -3.91,
    "difference_upper": -1.15,
    "verdict_absolute": "narrowing",
    "relative_from": 1.50,
    "relative_to": 1.75,
    "verdict_relative": "widening",
    "probability_narrowing_relative": 0.02,
    "series_break": False,
}
_MISSED: Row = {
    "series_break": True,
    "break_reason": "2024: the mean of the groups (14.1) misses the published total (13.5)",
}
_UNJUDGED: Row = {"verdict_absolute": "cannot_be_tested", "verdict_relative": "cannot_be_tested"}

CHANGES: tuple[Change, ...] = (
    Change("clear, two verdicts", LOWER, TENTHS, _JUDGED),
    Change(
        "unclear",
        LOWER,
        DISABILITY,
        {
            **_JUDGED,
            "measure": "absolute_gap",
            "value_to": 8.43,
            "difference": 0.22,
            "difference_lower": -1.16,
            "difference_upper": 1.6,
            "verdict_absolute": "no clear change",
            "relative_to": 1.52,
            "verdict_relative": "no clear change",
            "probability_narrowing_relative": 0.41,
        },
    ),
    Change("with caution", LOWER, TENTHS, {**_JUDGED, **_MISSED, "break_shift": 0.24, "caution": "series_break"}),
    Change(
        "refused",
        LOWER,
        TENTHS,
        {**_JUDGED, **_MISSED, **_UNJUDGED, "break_shift": 1.4, "note_code": "series_break"},
    ),
    Change("no limits", LOWER, AUTHORITIES, {**_JUDGED, **_UNJUDGED, "note_code": "no_published_limits"}),
    Change(
        "a slope as published",
        {**HIGHER, "title": "Inequality in life expectancy at birth (slope index)", "polarity": "lower_is_better"},
        {"dimension": "total", "scheme": "total", "groups_from": "published_slope"},
        {
            **_JUDGED,
            **_UNJUDGED,
            "sex": "female",
            "age": "at_birth",
            "unit": "years",
            "period_from": "2016-18",
            "period_to": "2019-21",
            "relative_from": None,
            "relative_to": None,
            "note_code": "no_published_limits",
        },
    ),
    Change(
        "the ends change places",
        LOWER,
        DISABILITY,
        {
            **_JUDGED,
            "measure": "absolute_gap",
            "value_from": 3.94,
            "value_to": -0.42,
            "difference": -4.36,
            "difference_lower": -7.3,
            "difference_upper": -1.42,
            "relative_to": 0.97,
            "verdict_relative": "narrowing",
            "probability_narrowing_relative": 0.98,
        },
    ),
)
"""One of each finding of a change."""

OPENING = """\
# Sentences

Every row of `published.inequality` and `published.inequality_change` says its number in a sentence. There is one
sentence for each kind of measure and finding. The rules that they keep:

- Direction first. Where the interval leaves both directions open, none is named: "no clear difference", and how far it
  may go either way.
- "All" is only said where nothing is missing: else how many areas there are, and what share of people live in them.
- Whom a figure is about is said once, with the age in the words of the row.
- One decimal, and more only where one would hide the number.

The examples are made up: smoking, life expectancy and hypertension of nobody in particular. The sentences are what the
release's own SQL says of them.
"""


def page() -> str:
    """The whole page."""
    parts = [
        "<!-- Built by docs/build_sentences.py of made rows, the SQL and sentences_closing.md. Edit those. -->",
        OPENING.strip(),
    ]
    for kind, examples in KINDS.items():
        lines = ["| finding | sentence |", "|---|---|"]
        lines += [
            f"| {example.finding} | {said} |" for example, said in zip(examples, sentences(examples), strict=True)
        ]
        parts += [f"## {kind}", "\n".join(lines)]
    lines = ["| finding | sentence |", "|---|---|"]
    lines += [f"| {change.finding} | {said} |" for change, said in zip(CHANGES, changes_said(), strict=True)]
    parts += ["## Change between two periods", "\n".join(lines)]
    parts.append((HERE / "sentences_closing.md").read_text(encoding="utf-8").strip())
    return "\n\n".join(parts) + "\n"


def sentences(examples: Sequence[Example]) -> list[str]:
    """What `published.inequality` says of each row. Each is an indicator and an area of its own, so that none mix."""
    rows: list[dict[str, Any]] = []
    for number, example in enumerate(examples):
        lower, upper = example.limits or (None, None)
        row = {**_SHARED, **_key(number), **example.groups, "measure": example.measure, "unit": example.unit}
        row |= {**example.more, "value": example.value, "value_lower": lower, "value_upper": upper}
        rows.append(row)
        if "headline" in row:
            rows.append({**row, "value": row["headline"], "transform": "none"})
    measured = pl.DataFrame([{name: row.get(name) for name in MEASURE} for row in rows], schema=MEASURE)
    said = _said("published/inequality.sql", examples, measured=measured)
    of = {(row["area_code"], row["transform"]): row["sentence"] for row in said.iter_rows(named=True)}
    keys = [
        (_key(number)["area_code"], example.more.get("transform", "none")) for number, example in enumerate(examples)
    ]
    return [of[key] for key in keys]


def changes_said() -> list[str]:
    """What `published.inequality_change` says of each change."""
    rows = [{**_SHARED, **_key(number), **change.groups, **change.row} for number, change in enumerate(CHANGES)]
    changed = pl.DataFrame([{name: row.get(name) for name in CHANGE} for row in rows], schema=CHANGE)
    said = _said("core/inequality_change.sql", CHANGES, changed=changed)
    of = {row["area_code"]: row["sentence"] for row in said.iter_rows(named=True)}
    return [of[_key(number)["area_code"]] for number in range(len(CHANGES))]


def _key(number: int) -> dict[str, str]:
    return {"indicator": f"indicator {number}", "area_code": f"area {number}"}


def _said(
    file: str,
    examples: Sequence[Example] | Sequence[Change],
    *,
    measured: pl.DataFrame | None = None,
    changed: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """What a SQL file of the release answers where these rows, their indicators and areas are all there is."""
    areas = [getattr(example, "area", "England") for example in examples]
    with TemporaryDirectory() as folder:
        store = Store(Path(folder))
        _keep(
            store,
            {
                "measures.inequality": pl.DataFrame(schema=MEASURE) if measured is None else measured,
                "measures.inequality_change": pl.DataFrame(schema=CHANGE) if changed is None else changed,
                "core.indicator": pl.DataFrame(
                    [{"indicator": _key(number)["indicator"], **one.of} for number, one in enumerate(examples)]
                ),
                "core.area": pl.DataFrame(
                    [
                        {"area_code": _key(number)["area_code"], "area_name": name, "area_type": "made"}
                        for number, name in enumerate(areas)
                    ]
                ),
                "staging.measure": measure_frame(),
                "staging.breakdown": catalogue.breakdown_frame(catalogue.load()),
            },
        )
        _keep(store, {"core.scheme": _asked(store, "core/scheme.sql")})
        _keep(store, {"core.subject": _asked(store, "core/subject.sql")})
        return _asked(store, file)


_SHARED: Row = {
    "period": "2019",
    "period_length": "1y",
    "period_start": date(2019, 1, 1),
    "period_end": date(2019, 12, 31),
    "sex": "persons",
    "age": "18_plus",
    "transform": "none",
    "confidence": CONFIDENCE,
    "is_modelled": False,
}


def _keep(store: Store, frames: Mapping[str, pl.DataFrame]) -> None:
    for name, frame in frames.items():
        store.build(name, lambda frame=frame: frame, code_version="1", description="made for the page")


def _asked(store: Store, file: str) -> pl.DataFrame:
    text = (Settings().sql / file).read_text(encoding="utf-8")
    return store.query(text, tables_read(text, where=file), where=file)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
