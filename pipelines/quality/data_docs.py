"""Great Expectations' own pages, `warehouse/data_docs`: one for each suite and one for what it found.

What belongs here: building the pages that changed and swapping the whole folder in at once. What does not: making
a page work offline (`offline_html`), or the page that people are sent to (`report/`).

Great Expectations' index is a script that fetches other scripts, so the index is ours.
"""

from __future__ import annotations

import json
import shutil
import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from time import perf_counter
from typing import Any

from jinja2 import Environment, FileSystemLoader

from pipelines.errors import ProductError
from pipelines.quality import offline_html
from pipelines.quality.finding import Finding, Kept, kept_checks
from pipelines.quality.gx_context import load_gx
from pipelines.quality.offline_html import STYLE, make_offline
from pipelines.quality.suite import readable
from pipelines.tables.store import Store, text_hash

PAGES = "pages.json"
"""Inside the folder: what each table's pages were made from."""
SITE, RUN, BATCH = "data_docs", "last", "table"
"""Parts of a page's address that Great Expectations asks for."""


class DocsFailed(ProductError):
    """Pages that could not be built; the old ones stay."""


@dataclass(frozen=True)
class Built:
    """Where the pages are, how many tables they cover, how many were rebuilt, and the seconds that took."""

    index: Path
    tables: int
    rebuilt: int
    seconds: float


def data_docs(warehouse: Path) -> Path:
    """The page to open."""
    return warehouse / "data_docs" / "index.html"


def build_data_docs(store: Store, expectations: Path, warehouse: Path) -> Built:
    """Build the pages of every suite whose findings changed, and swap the folder in; nothing when none did.

    Raises DocsFailed, naming the tables, when Great Expectations leaves a page out.
    """
    began = perf_counter()
    suites = {file.stem: file for file in sorted(expectations.glob("*.json"))}
    kept = kept_checks(store, suites=suites, sql_checks=[])
    checked = {table: found for table in suites if (found := kept[f"suite_{table}"]) and found.document is not None}
    code = _code()
    wanted = {table: text_hash(code, found.version, found.made_at) for table, found in checked.items()}
    link = warehouse / "data_docs"
    known = _known(link)
    changed = [table for table in wanted if wanted[table] != known.get(table)]
    if changed or wanted.keys() != known.keys():
        made = _fresh_copy(link, keep=wanted.keys() - set(changed))
        _pages(made, {table: checked[table] for table in changed}, suites)
        (made / "index.html").write_text(_index(checked), encoding="utf-8")
        (made / PAGES).write_text(json.dumps(wanted, indent=1), encoding="utf-8")
        _swap(link, made)
    return Built(data_docs(warehouse), len(wanted), len(changed), perf_counter() - began)


def _code() -> str:
    """The version of what makes the pages: Great Expectations and our own code."""
    ours = [Path(str(file)).read_text(encoding="utf-8") for file in (__file__, offline_html.__file__)]
    return text_hash(version("great-expectations"), *ours)


def _known(link: Path) -> dict[str, str]:
    try:
        return dict(json.loads((link / PAGES).read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return {}


def _result_page(table: str, found: Kept) -> str:
    return f"validations/{table.replace('.', '/')}/{RUN}/{_stamp(found)}/{BATCH}.html"


def _suite_page(table: str) -> str:
    return f"expectations/{table.replace('.', '/')}.html"


def _stamp(found: Kept) -> str:
    return datetime.fromisoformat(found.made_at).strftime("%Y%m%dT%H%M%S.%fZ")


def _fresh_copy(link: Path, *, keep: Iterable[str]) -> Path:
    """A folder beside the live one with the pages that stay; what an earlier crash left there goes."""
    folder = link.with_name(".data_docs")
    live = link.resolve() if link.is_symlink() else None
    for other in folder.glob("*"):
        if other != live:
            shutil.rmtree(other)
    made = folder / ("b" if live and live.name == "a" else "a")
    made.mkdir(parents=True)
    for table in keep:
        for part in (f"validations/{table.replace('.', '/')}", _suite_page(table)):
            here, there = link / part, made / part
            there.parent.mkdir(parents=True, exist_ok=True)
            (shutil.copytree if here.is_dir() else shutil.copyfile)(here, there)
    return made


def _swap(link: Path, made: Path) -> None:
    """Move the link in one step, as a release's is."""
    new = link.with_name(".data_docs.new")
    new.unlink(missing_ok=True)
    new.symlink_to(made.relative_to(link.parent))
    if link.is_dir() and not link.is_symlink():
        shutil.rmtree(link)
    new.replace(link)


def _pages(made: Path, changed: Mapping[str, Kept], suites: Mapping[str, Path]) -> None:
    """Have Great Expectations write the pages of these tables, then make them work offline."""
    if not changed:
        return
    gx, context, _ = load_gx()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        _written_by(gx, context, made, changed, suites)
    shutil.rmtree(made / "static", ignore_errors=True)  # Pictures and fonts that no page asks for now.
    written = [
        made / page for table, found in changed.items() for page in (_suite_page(table), _result_page(table, found))
    ]
    if absent := [page.relative_to(made).as_posix() for page in written if not page.is_file()]:
        raise DocsFailed(
            f"Great Expectations left out {len(absent)} pages of its Data Docs: {', '.join(absent[:5])}.",
            do="nothing for the data, which were checked; the pages of the last run stay.",
        )
    for page in written:
        page.write_text(make_offline(page.read_text(encoding="utf-8")), encoding="utf-8")


def _written_by(gx: Any, context: Any, made: Path, changed: Mapping[str, Kept], suites: Mapping[str, Path]) -> None:
    from great_expectations.core import RunIdentifier
    from great_expectations.core.expectation_validation_result import ExpectationSuiteValidationResultSchema
    from great_expectations.data_context.types.resource_identifiers import (
        ExpectationSuiteIdentifier,
        ValidationResultIdentifier,
    )

    keys = []
    for table, found in changed.items():
        rules, _ = readable(table, json.loads(suites[table].read_text(encoding="utf-8"))["expectations"])
        context.suites.add_or_update(gx.ExpectationSuite(name=table, expectations=list(rules.values())))
        suite = ExpectationSuiteIdentifier(table)
        result = ValidationResultIdentifier(suite, RunIdentifier(run_name=RUN, run_time=found.made_at), BATCH)
        context.validation_results_store.set(
            result, ExpectationSuiteValidationResultSchema().load(_titled(table, found))
        )
        keys += [suite, result]
    site = {
        "class_name": "SiteBuilder",
        "show_how_to_buttons": False,
        "site_section_builders": {"profiling": "none"},
        "store_backend": {"class_name": "TupleFilesystemStoreBackend", "base_directory": str(made)},
    }
    context.add_data_docs_site(SITE, site)
    try:
        context.build_data_docs(site_names=[SITE], resource_identifiers=keys, build_index=False)
    finally:
        context.delete_data_docs_site(SITE)


def _titled(table: str, found: Kept) -> dict[str, Any]:
    """The account with what a page's heading says of it: which table, and when."""
    document = found.document or {}
    run = {"run_id": {"run_name": RUN, "run_time": found.made_at}, "batch_kwargs": {"data_asset_name": table}}
    return document | {"meta": document.get("meta", {}) | run}


def _index(checked: Mapping[str, Kept]) -> str:
    entries = [
        {
            "table": table,
            "outcome": _outcome(found.findings),
            "rules": len(found.findings),
            "made_at": found.made_at[:16].replace("T", " "),
            "result": _result_page(table, found),
            "suite": _suite_page(table),
        }
        for table, found in checked.items()
    ]
    pages = Environment(loader=FileSystemLoader(Path(__file__).parent), autoescape=True)
    return pages.get_template("data_docs.html.j2").render(entries=entries, style=STYLE)


def _outcome(findings: list[Finding]) -> str:
    broken, stuck = sum(not f.passed and not f.errored for f in findings), sum(f.errored for f in findings)
    counts = [f"{broken} broken"] * bool(broken) + [f"{stuck} could not run"] * bool(stuck)
    return ", ".join(counts) or "all hold"
