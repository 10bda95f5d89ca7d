"""Make another tool's page safe to open offline: nothing in it asks an outside host, and nothing in it runs.

What belongs here: taking scripts, outside addresses and event handlers out of HTML, and a style sheet in their place.
What does not: what the page says (`data_docs`).
"""

from __future__ import annotations

import html
import re
from html.parser import HTMLParser

DROPPED = {"script", "iframe", "object", "embed", "form", "base", "link", "noscript", "template", "svg"}
"""Elements that are dropped with everything in them; `link` and `base` are empty."""
EMPTY = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
ADDRESSES = {
    "href",
    "src",
    "srcset",
    "action",
    "formaction",
    "data",
    "poster",
    "background",
    "cite",
    "ping",
    "xlink:href",
}
ELSEWHERE = re.compile(r"\s*(?:[a-z][a-z0-9+.\-]*:|//|\\)", re.IGNORECASE)
"""An address that leaves the folder: one with a scheme (`javascript:` too) or with a host."""
FETCHED_BY_STYLE = re.compile(r"url\([^)]*\)|@import[^;]*;?|image-set\([^)]*\)", re.IGNORECASE)
POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
STYLE = """
body{font:16px/1.5 system-ui,sans-serif;color:#1d1d1b;background:#fff;margin:0 auto;max-width:70rem;padding:1rem}
a{color:#0b4a8f}h1,h2,h3,h4,h5,h6{line-height:1.25;margin:.6em 0 .3em}ul,ol{padding-left:1.4rem}
table{border-collapse:collapse;width:100%;margin:.4rem 0 1rem}td,th{border-bottom:1px solid #c9ced3;
padding:.35rem .5rem;text-align:left;vertical-align:top;overflow-wrap:anywhere}
nav ul,nav ol{list-style:none;padding:0;margin:0}
.navbar{height:auto!important;border-bottom:1px solid #c9ced3;margin-bottom:1rem}.card{max-height:none!important}
.ge-navigation-sidebar-content{max-height:none!important;columns:12rem}
.ge-navigation-sidebar-container{max-height:none!important}
.card-body{height:auto!important}.card.mb-3,footer,a[data-toggle=collapse]{display:none}.sticky{position:static}.container{padding-top:0}
.ge-breadcrumbs-item{display:inline}.ge-breadcrumbs-item+.ge-breadcrumbs-item::before{content:" / "}
.badge-secondary{background:#e8ecef;border-radius:.2rem;padding:0 .3rem;font-family:ui-monospace,monospace}
.alert{background:#f1f4f6;padding:.3rem .8rem}.popover,.cooltip .top{display:none}th[hidden],thead[hidden]{display:none}
.fa-check-circle::before{content:"\\2714 holds";color:#00542f}.fa-times::before{content:"\\2718 broken";color:#9b1c1c}
.fa-exclamation-triangle::before{content:"\\26A0 could not run";color:#7a4a00}.fas{font-style:normal;white-space:nowrap}
@media print{.card,.navbar{display:none}}
"""


class _Offline(HTMLParser):
    """Copies what it reads, except what must go."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.kept: list[str] = []
        self.dropping: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self.dropping or tag in DROPPED:
            if tag not in EMPTY and (not self.dropping or tag == self.dropping[-1]):
                self.dropping.append(tag)
            return
        given = {name: value or "" for name, value in attrs}
        if (tag == "img" and ELSEWHERE.match(given.get("src", ""))) or (tag == "meta" and "http-equiv" in given):
            return
        words = "".join(f' {name}="{html.escape(value)}"' for name, value in _harmless(given).items())
        self.kept.append(f"<{tag}{words}>")
        if tag == "head":
            self.kept.append(f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">')

    def handle_endtag(self, tag: str) -> None:
        if self.dropping:
            if tag == self.dropping[-1]:
                self.dropping.pop()
            return
        if tag == "head":
            self.kept.append(f"<style>{STYLE}</style>")
        if tag not in EMPTY:
            self.kept.append(f"</{tag}>")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        # `<div/>` is not an empty element in HTML, but Great Expectations writes none that holds anything.
        self.handle_starttag(tag, attrs)
        if tag not in EMPTY:
            self.handle_endtag(tag)

    def handle_data(self, data: str) -> None:
        if not self.dropping:
            self.kept.append(FETCHED_BY_STYLE.sub("none", data) if self.cdata_elem == "style" else data)

    def handle_entityref(self, name: str) -> None:
        self.handle_data(f"&{name};")

    def handle_charref(self, name: str) -> None:
        self.handle_data(f"&#{name};")

    def handle_decl(self, decl: str) -> None:
        self.kept.append(f"<!{decl}>")


def _harmless(given: dict[str, str]) -> dict[str, str]:
    """Attributes without event handlers and outside addresses."""
    kept = {}
    for name, value in given.items():
        if name.startswith("on") or (name in ADDRESSES and ELSEWHERE.match(value)):
            continue
        kept[name] = FETCHED_BY_STYLE.sub("none", value) if name == "style" else value
    return kept


def make_offline(page: str) -> str:
    """The page without anything that runs or asks an outside host; comments go too."""
    reader = _Offline()
    reader.feed(page)
    reader.close()
    return "".join(reader.kept)
