"""docs/methods.md and docs/sentences.md are what the code says: none missing, no figure stale, every example runs."""

from __future__ import annotations

import doctest
import importlib.util
import inspect
import itertools
import pkgutil
import re
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest

from pipelines import measures
from pipelines.measures.registry import MEASURE_OF, MEASURES
from pipelines.settings import PROJECT


def _builder(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, PROJECT / "docs" / f"{name}.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


builder, of_sentences = _builder("build_methods"), _builder("build_sentences")
PAGE = builder.PAGE.read_text(encoding="utf-8")
FUNCTIONS: dict[str, Callable[..., Any]] = {
    name: getattr(measures, name) for name in measures.__all__ if inspect.isfunction(getattr(measures, name))
}
MODULES = [module.name for module in pkgutil.walk_packages(measures.__path__, "pipelines.measures.")]
CASES = {f"{case['function']}, {case['what']}": case for case in builder.golden()["case"]}
ODD = {f"{case['function']}, {case['what']}": case for name in ("wrong", "namesake") for case in builder.golden()[name]}
CLEARLY = 1e-4
"""Two figures that differ by less than this part of themselves are not another answer."""


def entry(name: str) -> str:
    """What the page says under a measure's heading."""
    found = re.search(rf"^### {name}\n(.*?)(?=^##)", PAGE, re.DOTALL | re.MULTILINE)
    assert found, f"docs/methods.md has no entry for {name}"
    return found[1]


def test_the_page_is_what_the_code_says():
    assert builder.page() == PAGE, "docs/methods.md is stale: make docs"


def test_the_page_of_sentences_is_what_the_sql_says():
    page = of_sentences.PAGE.read_text(encoding="utf-8")
    assert of_sentences.page() == page, "docs/sentences.md is stale: make docs"


def test_every_family_of_measures_has_a_sentence_on_the_page():
    shown = {example.measure for examples in of_sentences.KINDS.values() for example in examples}
    of_family = {MEASURE_OF[measure].family for measure in shown}
    # Distances from the best or a reference are measures of the library that no breakdown asks for.
    assert of_family >= {one.family for one in MEASURES} - {"from_best", "from_reference"}


def test_every_measure_has_its_place_and_nothing_else_has():
    assert len(FUNCTIONS) > 20
    assert sorted(name for names in builder.GROUPS.values() for name in names) == sorted(FUNCTIONS)
    assert re.findall(r"^### (\w+)$", PAGE, re.MULTILINE) == [
        name for names in builder.GROUPS.values() for name in names
    ]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_measure_explains_itself(name: str):
    found = builder.describe(FUNCTIONS[name])
    missing = [section for section in builder.MANDATORY if not "".join(found.sections.get(section, [])).strip()]
    assert missing == []
    assert ">>>" in "".join(found.sections["Example"])
    text = entry(name)
    assert found.columns
    assert "**Out" in text or name == "indirectly_standardised_rate"  # which refers to the ratio's columns
    for section in builder.MANDATORY:
        assert f"**{section}" in text
    assert "note\\_code" not in text
    assert any("`note_code`" in line for line in [*found.columns, *found.folded])


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_section_holds_only_what_is_its_own(name: str):
    found = builder.describe(FUNCTIONS[name])
    for section, lines in found.sections.items():
        inner = [line for line in lines[1:] if re.match(r"\s*(Formula|Reading|Example|Differs|Reference|Proof):", line)]
        assert inner == [], section


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_run(name: str):
    found = doctest.testmod(importlib.import_module(name))
    assert found.failed == 0


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_measure_has_an_example_that_runs(name: str):
    tests = doctest.DocTestFinder(recurse=False).find(FUNCTIONS[name], name)
    assert sum(len(test.examples) for test in tests) >= 2


@pytest.mark.parametrize("what", CASES)
def test_ours_is_the_figure_of_the_reference(what: str):
    for figure, ours in builder.answers(CASES[what]):
        assert builder.apart(figure["reference"], ours) <= builder.allowed(figure, figure["reference"]), figure


def test_measures_with_a_reference_show_its_figures():
    shown = {case["function"] for case in CASES.values()}
    without = {
        *("quantile", "bounds", "change_between", "non_overlapping", "differences_from_total"),
        *("allow_for_comparisons", "rank_intervals", "shrink", "funnel_dispersion", "process_limits"),
        *("decompose_area_gap", "slope_index_regression"),
    }
    assert shown == set(FUNCTIONS) - without
    sources = " ".join(case["source"] for case in CASES.values())
    for package in ("PHEindicatormethods 2.1.0", "healthequal 1.0.1", "LEdecomp 1.0.14", "Public Health Scotland"):
        assert package in sources


@pytest.mark.parametrize("what", ODD)
def test_a_wrong_figure_is_not_ours_and_the_right_one_is(what: str):
    others = 0
    for figure, ours in builder.answers(ODD[what]):
        if "right" in figure:
            # What is right to six digits: limits of a slope are known to that, other figures to more.
            assert ours == pytest.approx(figure["right"], rel=1e-6), figure
        others += builder.apart(figure["reference"], ours) > CLEARLY * abs(ours)
    assert others >= 1
    if ODD[what] in builder.golden()["wrong"]:
        assert others == len(ODD[what]["figures"])


def test_the_opening_says_what_the_numbers_are_not():
    opening = PAGE.partition("## Contents")[0]
    for word in (
        "Orientation",
        "Weights",
        "What the limits do not contain",
        "Association, not cause",
        "Relative index",
    ):
        assert word.lower() in opening.lower()


@pytest.mark.parametrize("anchor", sorted(set(re.findall(r"\]\(#([\w-]+)\)", PAGE))))
def test_a_link_within_the_page_leads_somewhere(anchor: str):
    headings = re.findall(r"^#+ (.*)$", PAGE, re.MULTILINE)
    assert anchor in {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("path", sorted(set(re.findall(r"\]\(\.\./([\w/.]+)\)", PAGE))))
def test_a_source_that_the_page_names_exists(path: str):
    assert (PROJECT / path).is_file()


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_docstring_has_the_shape_that_numpydoc_reads(name: str):
    doc = inspect.getdoc(FUNCTIONS[name]) or ""
    lines = doc.splitlines()
    headings = [line for line, under in itertools.pairwise(lines) if under and under == "-" * len(line)]
    assert headings == list(builder.HEADINGS)
    parameters = builder._terms(builder._numpydoc(doc)[1]["Parameters"])
    assert [parameter for parameter, _ in parameters] == list(inspect.signature(FUNCTIONS[name]).parameters)
    assert all(text for _, text in parameters)
