"""Modules hand each other facts: nothing in the package reads a sentence of ours to decide something."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import pipelines

FOLDER = Path(pipelines.__file__).parent
READING = {"startswith", "endswith", "removeprefix", "removesuffix", "partition", "rpartition", "split", "splitlines"}
SEARCHING = {"match", "search", "fullmatch", "findall", "finditer", "sub", "split"}
SENTENCES = {
    *("cause", "description", "errors", "fault", "found", "grade_reason", "message", "note", "notes", "observed"),
    *("outcome", "reason", "reasons", "seen", "sentence", "stated", "unknown", "warning", "warnings", "what", "words"),
}
"""Names of what holds words: of a variable, an attribute, a key or a call."""
ALLOWED = {
    ("cli/messages.py", "str(error)"): "Python's own error over a home directory has no type of its own",
    ("defs/end_of_run.py", "str(error)"): "an error's lines are put on one, to be shown",
    ("release/query.py", "str(error)"): "DuckDB's name of a kind of error is left off a macro's sentence, to be shown",
    (
        "status/runs.py",
        "what",
    ): "a cause is known again the next night whatever it counts; nothing is decided by a word",
    ("report/checks.py", "reason"): "the page shows a rule's first sentence as its title; nothing is decided by it",
}
"""Where words may be cut, with the reason. The words of a library's own error are cut only by `str(error)`'s line."""


def readings(code: str) -> list[tuple[str, str]]:
    """Every place that takes a sentence apart: the name that holds it, and the line of code."""
    found = []
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            on_module = isinstance(node.func.value, ast.Name) and node.func.value.id == "re"
            if on_module and node.func.attr in SEARCHING:
                found += [(name, ast.unparse(node)) for text in node.args[1:] for name in holding(text)]
            elif node.func.attr in READING and not is_first_line(node):
                found += [(name, ast.unparse(node)) for name in holding(node.func.value)]
        if isinstance(node, ast.Compare) and holds_words(node):
            found += [(name, ast.unparse(node)) for text in node.comparators for name in holding(text)]
    return found


def holds_words(test: ast.Compare) -> bool:
    """Whether a test asks for words within a text: `"some words" in it`."""
    within = any(isinstance(one, ast.In | ast.NotIn) for one in test.ops)
    return within and isinstance(test.left, ast.Constant | ast.JoinedStr) and " " in ast.unparse(test.left)


def is_first_line(call: ast.Call) -> bool:
    """`str(error).partition(newline)` and the like: the first line of a library's error, to be shown."""
    source = ast.unparse(call)
    return bool(re.match(r"str\((error|failures\[0\])\)", source)) and (
        "splitlines()" in source or re.search(r"\(('\\n'|chr\(10\))", source) is not None
    )


def holding(node: ast.expr) -> set[str]:
    """The names of sentences that a value is made from."""
    names = set()
    for part in ast.walk(node):
        if isinstance(part, ast.Attribute):
            names.add(part.attr)
        elif isinstance(part, ast.Name):
            names.add(part.id)
        elif isinstance(part, ast.Constant) and isinstance(part.value, str):
            names.add(part.value)
        if isinstance(part, ast.Call) and isinstance(part.func, ast.Name) and part.func.id in ("str", "repr"):
            names |= {"str(error)"} if any(name in ast.unparse(part) for name in ("error", "exception")) else set()
    return names & (SENTENCES | {"str(error)"})


def test_no_sentence_of_ours_is_read_back() -> None:
    found = [
        (file.relative_to(FOLDER).as_posix(), name, line)
        for file in sorted(FOLDER.rglob("*.py"))
        for name, line in readings(file.read_text(encoding="utf-8"))
    ]
    assert [one for one in found if one[:2] not in ALLOWED] == []
    assert {one[:2] for one in found} >= ALLOWED.keys(), "an exception that nothing needs any more"


@pytest.mark.parametrize(
    "code",
    [
        "if kept.note.startswith(NO_ADDRESS): pass",
        "title = finding.observed.partition(', for example')[0]",
        "stopped = any(message.strip().endswith(INTERRUPTS) for message in outcome.errors)",
        "absent = [text for text in warnings if ': not in this input (' in warnings]",
        "types = re.findall('category type (.+)', sentence)",
        "name, _, text = link.message.partition(': ')",
        "broken = str(error).startswith('The disk')",
        "said = facts['warnings'].value.removeprefix('- ').split('\\n- ')",
    ],
)
def test_reading_a_sentence_is_found(code: str) -> None:
    assert readings(code)


@pytest.mark.parametrize(
    "code",
    [
        "first = str(error).strip().partition('\\n')[0]",
        "layer = table.split('.')[0]",
        "if note.kind is Kind.STALE: pass",
    ],
)
def test_what_reads_no_sentence_is_left_alone(code: str) -> None:
    assert not readings(code)


def test_no_error_is_known_by_the_name_of_its_module_but_those_of_libraries() -> None:
    lines = [
        (file.relative_to(FOLDER).as_posix(), line.strip())
        for file in sorted(FOLDER.rglob("*.py"))
        for line in file.read_text(encoding="utf-8").splitlines()
        if "__module__" in line or "cls_name" in line
    ]
    assert {name for name, _ in lines} == {"cli/app.py", "cli/messages.py"}
    assert not [line for _, line in lines if "pipelines" in line]
