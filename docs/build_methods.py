"""Build docs/methods.md from the docstrings of `pipelines.measures` and the reference figures beside this file.

What belongs here: the page's layout and order. What does not: any statement about a measure (its docstring), any
reference figure (golden_figures.toml), the introduction (methods_opening.md).

Run: .venv/bin/python docs/build_methods.py
"""

from __future__ import annotations

import inspect
import re
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from textwrap import dedent
from typing import Any

import polars as pl

from pipelines import measures

HERE = Path(__file__).resolve().parent
PAGE = HERE / "methods.md"
REPOSITORY = HERE.parent

GROUPS: dict[str, list[str]] = {
    "Lines, gaps and summaries": [
        "slope_index",
        "slope_index_regression",
        "gap",
        "summary_measures",
        "differences_from_total",
        "excess_events",
    ],
    "Life tables": [
        "life_expectancy",
        "healthy_life_expectancy",
        "decompose_life_expectancy_gap",
        "decompose_area_gap",
    ],
    "Rates and standardisation": [
        "crude_rate",
        "proportion",
        "mean",
        "directly_standardised_rate",
        "indirectly_standardised_rate",
        "indirectly_standardised_ratio",
    ],
    "Trend and change": ["recent_trend", "change_between", "non_overlapping", "process_limits"],
    "How far to trust a slope": ["diagnose", "bounds"],
    "Funnels and quantiles": ["funnel_limits", "funnel_significance", "funnel_dispersion", "quantile"],
    "Tables of many areas": ["allow_for_comparisons", "rank_intervals", "shrink"],
}
"""The measures in the order in which a reader meets them."""

HEADINGS = ("Parameters", "Returns", "Raises", "Notes", "References", "Examples")
IN_NOTES = ("Formula", "Reading", "Differs", "Proof")
MANDATORY = ("Formula", "Reading", "Example", "Reference", "Proof")
FOLDED = ("`interval_method`", "`note_code`")
AGREED = 1e-9
"""Figures of a reference that does not simulate agree to this part of themselves."""

Figure = dict[str, Any]


@dataclass
class Description:
    """A docstring taken apart: `sections` by name, `columns` (in and out), `beside` the formula, `folded` notes."""

    summary: str
    sections: dict[str, list[str]] = field(default_factory=dict)
    given: str = ""
    columns: list[str] = field(default_factory=list)
    beside: list[list[str]] = field(default_factory=list)
    folded: list[str] = field(default_factory=list)


def describe(measure: Callable[..., Any]) -> Description:
    """Take a measure's docstring apart: sections as numpydoc has them, and within Notes those of `IN_NOTES`."""
    summary, parts = _numpydoc(inspect.getdoc(measure) or "")
    found = Description(summary=summary)
    found.columns = [f"**`{name}`:** {text}" for name, text in _terms(parts.get("Parameters", []))]
    found.columns += [f"**Out:** {text}" for _, text in _terms(parts.get("Returns", []))]
    for part in _parts(parts.get("Notes", [])):
        name = next((name for name in IN_NOTES if re.match(rf"{name}\b[^.]*:|{name}, ", part[0])), None)
        if name:
            found.sections[name] = part
        elif part[0].startswith(FOLDED):
            found.folded.append(_joined(part))
        else:
            found.beside.append(part)
    for heading, name in (("References", "Reference"), ("Examples", "Example")):
        if heading in parts:
            found.sections[name] = [f"{name}:", *parts[heading]]
    found.folded += [f"Raises {name}: {text}" for name, text in _terms(parts.get("Raises", []))]
    if "Formula" in found.sections:
        found.given, found.sections["Formula"], remarks = _formula(found.sections["Formula"])
        found.beside[:0] = [remarks] if remarks else []
    return found


def _numpydoc(doc: str) -> tuple[str, dict[str, list[str]]]:
    """The first line, and the lines of each section under its heading."""
    first, *rest = doc.splitlines() or [""]
    parts: dict[str, list[str]] = {}
    lines: list[str] = []
    for line, following in zip(rest, [*rest[1:], ""], strict=True):
        if line in HEADINGS and following == "-" * len(line):
            lines = parts.setdefault(line, [])
        elif not re.fullmatch("-{4,}", line):
            lines.append(line)
    return first, {name: _trimmed(part) for name, part in parts.items()}


def _terms(lines: list[str]) -> list[tuple[str, str]]:
    """Names at the margin, each with the indented text below it."""
    terms: list[tuple[str, list[str]]] = []
    for line in lines:
        if line[:1].strip():
            terms.append((line.strip(), []))
        elif line.strip():
            terms[-1][1].append(line)
    return [(name, _joined(text)) for name, text in terms]


def page() -> str:
    """The whole page."""
    parts = [
        "<!-- Built by docs/build_methods.py from docstrings, golden_figures.toml, methods_opening.md. Edit those. -->",
        (HERE / "methods_opening.md").read_text(encoding="utf-8").strip(),
        "## Contents",
        *_contents(),
    ]
    for title, names in GROUPS.items():
        parts.append(f"## {title}")
        for name in names:
            parts += _entry(name)
    parts += [
        "## Where the references are wrong",
        "The same input given to both; ours is computed as this page is built.",
        "\n".join(_comparison(golden()["wrong"])),
        "## Same name, different number",
        "Not errors, but other measures under the same name.",
        "\n".join(_comparison(golden()["namesake"])),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


@cache
def golden() -> dict[str, Any]:
    """The reference figures and the inputs that they belong to."""
    return tomllib.loads((HERE / "golden_figures.toml").read_text(encoding="utf-8"))


def answers(case: dict[str, Any]) -> Iterator[tuple[Figure, Any]]:
    """Each reference figure of a case with what we answer, in the reference's unit."""
    arguments = {"by": [], **case.get("arguments", {})}
    answer = getattr(measures, case["function"])(pl.DataFrame(golden()["data"][case["data"]]), **arguments)
    for figure in case["figures"]:
        row = answer.filter(**figure["where"]) if "where" in figure else answer
        ours = row[figure["column"]].item()
        yield figure, ours * figure["unit"] if "unit" in figure else ours


def apart(reference: Any, ours: Any) -> float:
    """How far ours lies from a reference figure; infinitely far from a text or number that is not there."""
    if isinstance(reference, str) or ours is None:
        return 0.0 if reference == ours else float("inf")
    return abs(ours - reference)


def allowed(figure: Figure, reference: Any) -> float:
    """How far ours may lie from it: the noise of a simulation where `tolerance` gives one, else rounding."""
    return float(figure.get("tolerance", 0.0 if isinstance(reference, str) else AGREED * abs(reference)))


def _contents() -> Iterator[str]:
    for title, names in GROUPS.items():
        yield f"**{title}**"
        yield "\n".join(f"- [`{name}`](#{name}): {_prose(describe(getattr(measures, name)).summary)}" for name in names)
    yield (
        "**Against other software**\n\n- [Where the references are wrong](#where-the-references-are-wrong)\n"
        "- [Same name, different number](#same-name-different-number)"
    )


def _entry(name: str) -> Iterator[str]:
    """One measure."""
    measure = getattr(measures, name)
    found = describe(measure)
    source = Path(inspect.getsourcefile(measure) or "").resolve().relative_to(REPOSITORY).as_posix()
    yield f"### {name}"
    yield _prose(found.summary)
    yield f"`{name}{_signature(measure)}` in [{source}](../{source})"
    if reading := found.sections.get("Reading"):
        yield f"**Reading.** {_prose(_capital(_after_name(reading)))}"
    if formula := found.sections.get("Formula"):
        yield f"**Formula**{', ' + _prose(found.given) if found.given else ''}"
        yield "```text\n" + "\n".join(formula) + "\n```"
    for remark in found.beside:
        yield _list_or_prose(remark)
    if example := found.sections.get("Example"):
        yield "**Example**"
        yield from _example(example)
    for section in ("Differs", "Reference", "Proof"):
        if text := found.sections.get(section):
            yield f"**{section}.** {_prose(_capital(_after_name(text)))}"
    yield from _checked(name)
    yield "<details><summary>Columns, notes and errors</summary>"
    yield "\n".join(f"- {_prose(entry)}" for entry in [*found.columns, *found.folded])
    yield "</details>"


def _checked(name: str) -> Iterator[str]:
    """What reference software answered, beside ours."""
    cases = [case for case in golden()["case"] if case["function"] == name]
    if not cases:
        return
    count = sum(len(case["figures"]) for case in cases)
    sources = ", ".join(dict.fromkeys(case["source"] for case in cases))
    yield f"<details><summary>{count} figures of {sources}, beside ours</summary>"
    for case in cases:
        yield f"{case['what']} (`{case['golden']}`){'. ' + case['note'] if 'note' in case else ''}"
        lines = ["| figure | reference | ours | difference |", "|---|---:|---:|---|"]
        for figure, ours in answers(case):
            reference = figure["reference"]
            lines.append(f"| {_label(figure)} | {_shown(reference)} | {_shown(ours)} | {_difference(figure, ours)} |")
        yield "\n".join(lines)
    yield "</details>"


def _comparison(cases: list[dict[str, Any]]) -> Iterator[str]:
    yield "| case | figure | theirs | ours | why |"
    yield "|---|---|---:|---:|---|"
    for case in cases:
        about = f"**{case['what']}**, {case['source']}"
        why = case["why"]
        for figure, ours in answers(case):
            yield f"| {about} | {_label(figure)} | {_shown(figure['reference'])} | {_shown(ours)} | {why} |"
            about = why = ""


def _difference(figure: Figure, ours: Any) -> str:
    reference = figure["reference"]
    off = apart(reference, ours)
    if isinstance(reference, str):
        return "none" if off == 0 else "another answer"
    if off <= AGREED * abs(reference):
        return "none to 9 digits"
    noise = f"; its simulation's noise is up to {figure['tolerance']:.2g}" if "tolerance" in figure else ""
    return f"{off:.1g}{noise}"


def _label(figure: Figure) -> str:
    where = "".join(f", {name} = {value}" for name, value in figure.get("where", {}).items())
    unit = {100: ", in %", -1: ", sign turned", 0.5: ", times 0.5"}.get(figure.get("unit", 1), "")
    return f"`{figure['column']}{where}`{unit}"


def _shown(number: Any) -> str:
    """A figure in seven digits: enough to compare, too few for rounding errors to show."""
    return "null" if number is None else number if isinstance(number, str) else f"{number:.7g}"


def _signature(measure: Callable[..., Any]) -> str:
    """The parameters with their defaults, without types."""
    parameters = inspect.signature(measure).parameters.values()
    plain = [parameter.replace(annotation=inspect.Parameter.empty) for parameter in parameters]
    return str(inspect.Signature(plain))


def _parts(lines: list[str]) -> Iterator[list[str]]:
    """Sections and paragraphs: each begins at the left margin, after a blank line or with a section's name."""
    part: list[str] = []
    for line in lines:
        starts = line[:1].strip() and (
            not part or not part[-1].strip() or re.match(rf"({'|'.join(IN_NOTES)})(:|, )", line) or _folds(line)
        )
        if starts and part:
            yield _trimmed(part)
            part = []
        if part or line.strip():
            part.append(line)
    if part:
        yield _trimmed(part)


def _folds(line: str) -> bool:
    return line.startswith("`note_code`")


def _trimmed(lines: list[str]) -> list[str]:
    return "\n".join(lines).rstrip().splitlines()


def _formula(part: list[str]) -> tuple[str, list[str], list[str]]:
    """What the header says of the symbols, the indented lines, and the sentences that follow them."""
    indented = [number for number, line in enumerate(part) if line.startswith(" ")]
    first, last = indented[0], indented[-1]
    header = _joined(part[:first]).removeprefix("Formula").lstrip(",").strip().rstrip(":")
    return header, dedent("\n".join(part[first : last + 1])).splitlines(), part[last + 1 :]


def _example(part: list[str]) -> Iterator[str]:
    """Sentences as they are, and what is typed with what it answers as code."""
    for block in dedent("\n".join(part[1:])).strip().split("\n\n"):
        yield f"```python\n{block}\n```" if block.startswith(">>>") else _prose(block.replace("\n", " "))


def _list_or_prose(part: list[str]) -> str:
    """A paragraph; where indented lines follow it, these as a list."""
    lines: list[str] = []
    for line in part:
        depth = len(line) - len(line.lstrip())
        if depth == 4:
            lines.append("- " + line.strip())
        elif lines and (depth > 4 or not lines[-1].startswith("- ")):
            lines[-1] += " " + line.strip()
        else:
            lines += ["", line.strip()] if lines else [line.strip()]
    text = "\n".join(_prose(line) for line in lines)
    return re.sub(r"^(?!- )(.+)\n- ", r"\1\n\n- ", text, count=1)


def _after_name(part: list[str]) -> str:
    return _joined(part).partition(":")[2].strip()


def _joined(lines: list[str]) -> str:
    return " ".join(line.strip() for line in lines)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _prose(text: str) -> str:
    """Text as Markdown: outside `code`, nothing is taken for markup but the bold of this page's own labels."""
    pieces = re.split(r"(`[^`]*`|\*\*.*?\*\*)", text)
    return "".join(
        piece if place % 2 else re.sub(r"([*_|~])", r"\\\1", piece).replace("<", "&lt;")
        for place, piece in enumerate(pieces)
    )


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
