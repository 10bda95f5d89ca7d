"""What an indicator is: the typed form of one block of `indicators/<theme>.toml`, and the rules a block must keep.

What belongs here: the closed lists (value kinds, denominator kinds, year types ...) and what contradicts what.
What does not: the indicators themselves (`indicators/`) or how categories are grouped (`breakdown.py`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from pipelines.catalogue.faults import SLUG, Block, Fault, parse

FOLDER = "indicators"

VALUE_KINDS = ("mean", "rate", "proportion", "index")
POLARITIES = ("higher_is_better", "lower_is_better", "neutral")
LINKS = ("identity", "log", "logit", "none")
"""Scale of the sensitivity row of a slope; what is published is always fitted on the identity scale."""

DENOMINATOR_MAY_WEIGHT: dict[str, bool] = {
    "population": True,
    "person_years": True,
    "births": True,
    "eligible_population": True,
    "registered_patients": True,
    "bookings": True,
    "pupils": True,
    "households": True,
    "employees": True,
    "people_with_known_status": False,
    "measured_children": False,
    "examined_children": False,
    "survey_respondents": False,
    "survey_weighted": False,
    "person_years_and_survey_respondents": False,
    "expected_events": False,
    "modelled": False,
    "none": False,
}
"""What a published denominator counts, and whether it is a full count of people or events, which alone may weight
groups. Survey respondents never may: sample sizes follow who answered, not who lives there."""

AGE_STANDARDISATIONS = ("no", "life_table", "esp2013", "standard_not_stated", "indirect")
CORE20PLUS5_PLACES = (
    "overarching", "A1", "A2", "A3", "A4", "A5", "C1", "C2", "C3", "C4", "C5", "S", "PLUS", "PLUS_CYP",
)  # fmt: skip
ROLES = ("overarching", "outcome", "process", "register", "risk_factor", "wider_determinant", "inclusion_group")
PROTECTED_CHARACTERISTICS = (
    "age", "sex", "race", "religion", "sexual_orientation", "disability", "pregnancy_maternity",
    "gender_reassignment", "marriage_civil_partnership",
)  # fmt: skip
YEAR_TYPES = (
    "calendar", "financial", "academic", "november_to_november", "august_to_july", "july_to_june", "march_to_february",
    "survey", "snapshot", "fixed",
)  # fmt: skip
"""Which months a year label covers, whatever the label looks like: `2015/16` of Active Lives runs from mid-November
2015 to mid-November 2016. `survey`, `snapshot` and `fixed` have no regular year."""

CADENCES = ("monthly", "quarterly", "annual", "biennial", "per_edition", "irregular", "none")
STATES = ("current", "paused", "discontinued", "unverified")
CONFIDENCES = ("high", "medium", "low")
LINK_OF_KIND = {"mean": "identity", "rate": "log", "proportion": "logit"}
PERIOD_LENGTH = re.compile(r"[1-9][0-9]*[yqm]")
DAY = re.compile(r"20[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])")


@dataclass(frozen=True)
class Indicator:
    """One indicator as the catalogue describes it.

    Values are in `unit`; dividing by `scale` gives the natural form (a proportion of 1, events per person).
    `sources` is the order of preference; `age` is our age slug when it overrides what publishers print (`<1` and
    `All ages` of life expectancy at birth are both `at_birth`), else empty; `fingertips_id` is None where
    Fingertips does not publish it. `id_verified` is False where nothing at hand shows that the id means this indicator.
    `circular`: overlaps with a domain of the deprivation index itself. `suppression_smallest` and `suppression_largest`
    are the counts between which the disclosure rule hides every value, None where it does not state them.
    `year_type_by_area_type` holds the areas (our slugs) that are published by another year than the rest.
    """

    slug: str
    title: str
    definition: str
    unit: str
    scale: int
    value_kind: str
    polarity: str
    polarity_reason: str
    slope_allowed: bool
    default_link: str
    denominator_kind: str
    age_standardised: str
    core20plus5: tuple[str, ...]
    phof: str
    role: str
    equality_act: tuple[str, ...]
    area_types: tuple[int, ...]
    period_lengths: tuple[str, ...]
    year_type: str
    year_type_by_area_type: tuple[tuple[str, str], ...]
    cadence: str
    state: str
    disclosure_rule: str
    suppression_smallest: int | None
    suppression_largest: int | None
    plausible_smallest: float | None
    plausible_largest: float | None
    disclosure_rule_source: str
    published_breakdowns: str
    evidence: str
    sources: tuple[str, ...]
    fingertips_id: int | None
    id_verified: bool
    age: str
    can_exceed_100: bool
    circular: bool
    modelled_estimate: bool
    slope_of_model_because: str
    method: str
    method_before: str
    method_since: str
    licence: str
    confidence: str
    notes: str

    @property
    def denominator_may_weight(self) -> bool:
        """Whether the published denominator is a full count, which may weight groups."""
        return DENOMINATOR_MAY_WEIGHT[self.denominator_kind]

    def year_type_of(self, area_type: str) -> str:
        """The year type of the rows of one type of area (our slug): its own where it has one."""
        return dict(self.year_type_by_area_type).get(area_type, self.year_type)


def read_indicators(texts: Mapping[str, str], faults: list[Fault]) -> dict[str, Indicator]:
    """Read the texts of `indicators/<theme>.toml`, by file name: one `[slug]` block an indicator, in one file only.

    Returns indicators by slug, in the order of the files; adds every fault to `faults` and goes on.
    """
    indicators: dict[str, Indicator] = {}
    file_of_slug: dict[str, str] = {}
    owner_of_id: dict[int, str] = {}
    for file, text in texts.items():
        for slug, table in (parse(file, text, faults) or {}).items():
            block = Block(file, slug, table, faults)
            if not SLUG.fullmatch(slug):
                block.fault("-", "a slug (a-z, 0-9, _) as the block's name", repr(slug))
            indicator = _read(slug, block)
            block.finish()
            _contradictions(indicator, block)
            _hidden_counts(indicator, block)
            _plausible_range(indicator, block)
            _methods(indicator, block)
            if slug in indicators:
                block.fault("-", "a block that no other file has", f"[{slug}] also in {file_of_slug[slug]}")
                continue
            indicators[slug], file_of_slug[slug] = indicator, file
            published = indicator.fingertips_id
            if published is not None and (owner := owner_of_id.setdefault(published, slug)) != slug:
                found = f"{published}, as [{owner}] of {file_of_slug[owner]}"
                block.fault("fingertips_id", "an id that no other block has", found)
    return indicators


def _read(slug: str, block: Block) -> Indicator:
    return Indicator(
        slug=slug,
        title=block.text("title"),
        definition=block.text("definition"),
        unit=block.text("unit"),
        scale=block.whole_number("scale"),
        value_kind=block.text("value_kind", one_of=VALUE_KINDS),
        polarity=block.text("polarity", one_of=POLARITIES),
        polarity_reason=block.text("polarity_reason"),
        slope_allowed=block.flag("slope_allowed"),
        default_link=block.text("default_link", one_of=LINKS),
        denominator_kind=block.text("denominator_kind", one_of=tuple(DENOMINATOR_MAY_WEIGHT)) or "none",
        age_standardised=block.text("age_standardised", one_of=AGE_STANDARDISATIONS),
        core20plus5=block.texts("core20plus5", one_of=CORE20PLUS5_PLACES, optional=True),
        phof=block.text("phof", optional=True),
        role=block.text("role", one_of=ROLES),
        equality_act=block.texts("equality_act", one_of=PROTECTED_CHARACTERISTICS, optional=True),
        area_types=block.whole_numbers("area_types"),
        period_lengths=block.texts("period_lengths"),
        year_type=block.text("year_type", one_of=YEAR_TYPES),
        year_type_by_area_type=block.pairs("year_type_by_area_type", one_of=YEAR_TYPES),
        cadence=block.text("cadence", one_of=CADENCES),
        state=block.text("state", one_of=STATES),
        disclosure_rule=block.text("disclosure_rule"),
        suppression_smallest=block.count("suppression_smallest"),
        suppression_largest=block.count("suppression_largest"),
        plausible_smallest=block.number("plausible_smallest"),
        plausible_largest=block.number("plausible_largest"),
        disclosure_rule_source=block.text("disclosure_rule_source"),
        published_breakdowns=block.text("published_breakdowns"),
        evidence=block.text("evidence"),
        sources=block.texts("sources", slug=True),
        fingertips_id=block.whole_number("fingertips_id", optional=True) or None,
        id_verified=block.flag("id_verified", optional=True, default=True),
        age=block.text("age", optional=True, slug=True),
        can_exceed_100=block.flag("can_exceed_100", optional=True),
        circular=block.flag("circular", optional=True),
        modelled_estimate=block.flag("modelled_estimate", optional=True),
        slope_of_model_because=block.text("slope_of_model_because", optional=True),
        method=block.text("method", optional=True),
        method_before=block.text("method_before", optional=True),
        method_since=block.text("method_since", optional=True),
        licence=block.text("licence"),
        confidence=block.text("confidence", one_of=CONFIDENCES),
        notes=block.text("notes", optional=True),
    )


def _contradictions(indicator: Indicator, block: Block) -> None:
    """Note values that are each well formed but cannot hold together."""
    kind, link = indicator.value_kind, indicator.default_link
    if indicator.slope_allowed and kind == "index":
        block.fault("slope_allowed", "false: an index or a published gap is never put in a slope", "true")
    if indicator.slope_allowed and indicator.modelled_estimate and not indicator.slope_of_model_because:
        block.fault("slope_allowed", "false: a modelled estimate gets no slope, but for a stated reason", "true")
    if link and not indicator.slope_allowed and link != "none":
        block.fault("default_link", "none, because slope_allowed is false", repr(link))
    natural = LINK_OF_KIND.get(kind)
    if link and indicator.slope_allowed and natural and link not in ("identity", natural):
        block.fault("default_link", " or ".join(sorted({"identity", natural})) + f" for a {kind}", repr(link))
    if link == "logit" and indicator.can_exceed_100:
        block.fault("default_link", "identity: what can exceed 100 takes no logit", repr(link))
    if indicator.role == "register" and indicator.polarity in ("higher_is_better", "lower_is_better"):
        block.fault("polarity", "neutral: a register may grow because care improves", repr(indicator.polarity))
    if "fingertips" in indicator.sources and indicator.fingertips_id is None:
        block.fault("fingertips_id", "the indicator's id, because `sources` names fingertips", "no such key")
    if not indicator.id_verified and indicator.confidence == "high":
        block.fault("confidence", "medium or low, because id_verified is false", repr(indicator.confidence))
    scale = _scale_of_unit(indicator.unit)
    if scale and indicator.scale and scale != indicator.scale:
        block.fault("scale", f"{scale} for the unit {indicator.unit!r}", str(indicator.scale))
    for length in indicator.period_lengths:
        if not PERIOD_LENGTH.fullmatch(length):
            block.fault("period_lengths", "lengths such as 1y, 3y, 1q or 1m", repr(length))


def _hidden_counts(indicator: Indicator, block: Block) -> None:
    """Note a range of suppressed counts that lacks an end or is upside down."""
    smallest, largest = indicator.suppression_smallest, indicator.suppression_largest
    if (smallest is None) != (largest is None):
        block.fault("suppression_smallest", "a count with suppression_largest, or neither", f"{smallest} and {largest}")
    elif smallest is not None and largest is not None and smallest > largest:
        block.fault("suppression_smallest", f"no more than suppression_largest ({largest})", str(smallest))


def _methods(indicator: Indicator, block: Block) -> None:
    """Note a method that is not told apart from the one before it."""
    stated = [bool(text) for text in (indicator.method, indicator.method_before, indicator.method_since)]
    if any(stated) and not all(stated):
        block.fault("method", "method, method_before and method_since, or none of them", "some of them")
    if indicator.method_since and not DAY.fullmatch(indicator.method_since):
        block.fault("method_since", "a day such as 2023-12-31", repr(indicator.method_since))


def _plausible_range(indicator: Indicator, block: Block) -> None:
    """Note a plausible range that lacks an end, is upside down, or lets a figure pass that is twice another."""
    smallest, largest = indicator.plausible_smallest, indicator.plausible_largest
    if (smallest is None) != (largest is None):
        block.fault("plausible_smallest", "a figure with plausible_largest, or neither", f"{smallest} and {largest}")
    elif smallest is not None and largest is not None and smallest >= largest:
        block.fault("plausible_smallest", f"less than plausible_largest ({largest})", str(smallest))


def _scale_of_unit(unit: str) -> int | None:
    """Return the multiplier that a unit states (`%` 100, `per 100,000` 100000), else None."""
    if unit == "%":
        return 100
    stated = re.match(r"per ([0-9][0-9,]*)\b", unit)
    return int(stated.group(1).replace(",", "")) if stated else None
