"""A ready-made block for an indicator that the catalogue does not know, to paste into `indicators/` and review.

What belongs here: the text of one block. What does not: any judgement; whatever a person must decide says REVIEW, and
the loader refuses it until somebody has.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection

from pipelines.catalogue import indicator as known
from pipelines.catalogue.faults import REVIEW

_PLACE = re.compile(r"^[A-E][0-9]{2}[a-z]?\s*-\s*")
"""The Public Health Outcomes Framework place that a published name may begin with."""


def suggest_block(
    fingertips_id: int,
    name: str,
    *,
    unit: str | None = None,
    category_types: Collection[str] = (),
    period_lengths: Collection[str] = (),
    taken: Collection[str] = (),
) -> str:
    """Return TOML for one indicator: id and name as published, `REVIEW` wherever a person must decide.

    `category_types` are the published breakdowns seen with it, `period_lengths` the lengths of its periods (`1y`). The
    slug is proposed from the name, with the id where it is `taken`.
    """
    place = _PLACE.match(name)
    title = " ".join(_PLACE.sub("", name).split())
    slug = re.sub(r"[^a-z0-9]+", "_", title.lower()).strip("_")
    slug = slug if slug[:1].isalpha() else f"indicator_{fingertips_id}"
    slug = f"{slug}_{fingertips_id}" if slug in taken else slug
    seen = sorted({" ".join(label.split()) for label in category_types if label.strip()})
    fields: list[tuple[str, object, str]] = [
        ("title", title, ""),
        ("definition", REVIEW, "one plain sentence of our own"),
        ("unit", unit or REVIEW, "%, years, per 100,000 ..."),
        ("scale", REVIEW, "whole number: 1, 100 for %, 100000 for per 100,000"),
        ("value_kind", REVIEW, _one_of(known.VALUE_KINDS)),
        ("polarity", REVIEW, _one_of(known.POLARITIES)),
        ("polarity_reason", REVIEW, "why, in a sentence"),
        ("slope_allowed", REVIEW, "true or false"),
        ("default_link", REVIEW, _one_of(known.LINKS)),
        ("denominator_kind", REVIEW, _one_of(known.DENOMINATOR_MAY_WEIGHT)),
        ("age_standardised", REVIEW, _one_of(known.AGE_STANDARDISATIONS)),
        ("core20plus5", [REVIEW], f"[] or any of {', '.join(known.CORE20PLUS5_PLACES)}"),
        ("phof", place.group().split("-")[0].strip() if place else "", ""),
        ("role", REVIEW, _one_of(known.ROLES)),
        ("equality_act", [REVIEW], f"[] or any of {', '.join(known.PROTECTED_CHARACTERISTICS)}"),
        ("area_types", [REVIEW], "Fingertips area type ids, whole numbers"),
        ("period_lengths", sorted(period_lengths) or [REVIEW], "1y, 3y, 1q ..."),
        ("year_type", REVIEW, _one_of(known.YEAR_TYPES)),
        ("cadence", REVIEW, _one_of(known.CADENCES)),
        ("state", REVIEW, _one_of(known.STATES)),
        ("disclosure_rule", REVIEW, "from the publisher's metadata"),
        ("disclosure_rule_source", REVIEW, ""),
        ("published_breakdowns", "; ".join(seen) or "none seen", ""),
        ("evidence", "published rows in hand", ""),
        ("sources", ["fingertips"], ""),
        ("fingertips_id", fingertips_id, ""),
        ("licence", REVIEW, "Open Government Licence v3.0 unless the publisher says otherwise"),
        ("confidence", REVIEW, _one_of(known.CONFIDENCES)),
    ]
    lines = [f"[{slug}]"]
    for key, value, hint in fields:
        is_open = REVIEW in (value if isinstance(value, list) else [value])
        comment = f"  # {hint}" if hint and is_open else ""
        lines.append(f"{key} = {json.dumps(value, ensure_ascii=False)}{comment}")
    return "\n".join(lines) + "\n"


def _one_of(values: Collection[str]) -> str:
    return ", ".join(values)
