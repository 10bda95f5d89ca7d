"""What the import contracts of `pyproject.toml` cannot say: who reads the environment, what a module says of itself."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator

import pytest

from pipelines.settings import PROJECT
from pipelines.tables.registry import tables

PACKAGE = PROJECT / "pipelines"
MODULES = {file.relative_to(PACKAGE).as_posix(): file for file in sorted(PACKAGE.rglob("*.py"))}
TREES = {name: ast.parse(file.read_text(encoding="utf-8")) for name, file in MODULES.items()}
NAMED = re.compile(r"`([\w./]+\.(?:py|toml|j2))`")
"""A file that a docstring names."""

MAY_READ_ENVIRONMENT = {
    "settings.py": "its whole purpose",
    "quality/gx_context.py": "switches Great Expectations' analytics off",
    "defs/home.py": "sets DAGSTER_HOME",
    "cli/ui.py": "hands an environment to a child process",
}


def imported(tree: ast.AST) -> Iterator[str]:
    """The full names of all modules a tree imports, late imports included."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.module
            yield node.module


def environment_lines(tree: ast.AST) -> list[int]:
    """Where a tree touches the environment, however it gets at it."""
    return [
        node.lineno
        for node in ast.walk(tree)
        if (isinstance(node, ast.Attribute) and node.attr in {"environ", "environb", "getenv", "putenv"})
        or (isinstance(node, ast.ImportFrom) and node.module == "os")
    ]


def docstrings(tree: ast.AST) -> Iterator[str]:
    """The docstrings of a module, its classes and its functions."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield ast.get_docstring(node) or ""


def stale_names(name: str, tree: ast.AST) -> list[str]:
    """The files that docstrings of a module name and that lie neither beside it nor in a folder above."""
    places = [folder for folder in MODULES[name].parents if folder.is_relative_to(PROJECT)]
    named = [file for text in docstrings(tree) for file in NAMED.findall(text)]
    return [file for file in named if not any((place / file).exists() for place in places)]


def test_there_are_modules_to_look_at() -> None:
    assert len(MODULES) > 30
    assert environment_lines(TREES["settings.py"])


@pytest.mark.parametrize("name", [name for name in MODULES if name.startswith("measures/")])
def test_measures_need_three_libraries(name: str) -> None:
    """What is allowed, which a contract cannot say: it names only what is forbidden."""
    allowed = {"polars", "numpy", "scipy", "pipelines", *sys.stdlib_module_names}
    assert {module.partition(".")[0] for module in imported(TREES[name])} <= allowed


def test_the_command_imports_heavy_things_late() -> None:
    """`inequality --help` must not wait for Dagster."""
    at_once = [node for node in TREES["cli/app.py"].body if isinstance(node, ast.Import | ast.ImportFrom)]
    early = [name for node in at_once for name in imported(node)]
    assert "typer" in early
    assert [name for name in early if name.startswith(("pipelines.defs", "dagster", "great_expectations"))] == []


def test_settings_alone_reads_the_environment() -> None:
    readers = {name for name, tree in TREES.items() if environment_lines(tree)}
    assert readers <= set(MAY_READ_ENVIRONMENT)


@pytest.mark.parametrize("name", MODULES)
def test_a_module_opens_by_saying_what_it_is(name: str) -> None:
    assert ast.get_docstring(TREES[name])


@pytest.mark.parametrize("name", MODULES)
def test_a_docstring_names_files_that_exist(name: str) -> None:
    assert stale_names(name, TREES[name]) == []


def test_a_stale_name_is_found() -> None:
    tree = ast.parse('"""See `settings.py`, `sql/columns.toml` and `gone/settings.py`."""')
    assert stale_names("files.py", tree) == ["gone/settings.py"]


@pytest.mark.parametrize("name", MODULES)
def test_a_module_is_one_idea(name: str) -> None:
    """At most 400 lines; blank ones are not counted."""
    lines = [line for line in MODULES[name].read_text(encoding="utf-8").splitlines() if line.strip()]
    assert len(lines) <= 400


def test_the_walk_to_the_measures_names_every_table_on_the_way() -> None:
    def above(name: str) -> set[str]:
        return {name}.union(*(above(other) for other in tables()[name].after))

    walk = ast.get_docstring(TREES["__init__.py"]) or ""
    on_the_way = {name for name in above("published.inequality") if name.startswith(("core.", "measures."))}
    assert len(on_the_way) > 20
    assert sorted(name for name in on_the_way if not re.search(rf"\b{re.escape(name)}\b", walk)) == []
    named = set(re.findall(r"\b(?:core|measures)\.[a-z_]+", walk)) - {"core.x"}
    assert sorted(named - on_the_way) == []
