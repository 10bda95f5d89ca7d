"""How a page is made from its template: one way for all pages.

What belongs here: rendering, so that everything from data is escaped and a value that is missing is an error. What does
not: what a page says (its own module), or how it looks (`templates/page.html.j2`).
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

TEMPLATES = Path(__file__).parent / "templates"


def render(template: str, **facts: object) -> bytes:
    """A whole page as UTF-8."""
    return _environment().get_template(template).render(**facts).encode()


@cache
def _environment() -> Environment:
    """One for all pages: a template is compiled once, not for each of hundreds of pages."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["aged"] = aged
    return environment


def aged(age: str) -> str:
    """An age group as people write it: 18+, 18-64, at birth."""
    plain = age.replace("_plus", "+")
    return plain.replace("_", "-") if plain[:1].isdigit() else plain.replace("_", " ")
