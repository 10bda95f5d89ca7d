"""How a page is made from its template: one way for all pages.

What belongs here: rendering, so that everything from data is escaped and a value that is missing is an error. What does
not: what a page says (its own module), or how it looks (`templates/page.html.j2`).
"""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

TEMPLATES = Path(__file__).parent / "templates"


def render(template: str, **facts: object) -> bytes:
    """A whole page as UTF-8."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(template).render(**facts).encode()
