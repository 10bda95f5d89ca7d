"""The fences between modules: who may import what, who reads the environment, and how big a module may be."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator

import pytest

from pipelines.settings import PROJECT

REPOSITORY = PROJECT
PACKAGE = REPOSITORY / "pipelines"
MODULES = {file.relative_to(PACKAGE).as_posix(): file for file in sorted(PACKAGE.rglob("*.py"))}
TREES = {name: ast.parse(file.read_text(encoding="utf-8")) for name, file in MODULES.items()}

MAY_IMPORT = {
    "dagster": ("defs/", "definitions.py"),
    "duckdb": ("tables/", "release/", "changes/"),
    "great_expectations": ("quality/",),
    "requests": ("sources/",),
    "fingertips_py": ("sources/",),
    "typer": ("cli/",),
    "rich": ("cli/",),
}
"""A library, and the modules or folders of `pipelines/` that alone may import it."""

MAY_READ_ENVIRONMENT = {
    "settings.py": "its whole purpose",
    "quality/gx_context.py": "switches Great Expectations' analytics off",
    "defs/launch.py": "sets DAGSTER_HOME",
    "cli/app.py": "hands an environment to a child process",
}

OURS_NOT_FOR = {
    "sources/": ("pipelines.sources", "pipelines.catalogue", "pipelines.files"),
    "measures/": ("pipelines.measures",),
    "catalogue/": ("pipelines.catalogue", "pipelines.sources"),
}
"""Folders near the ground, and the only parts of our own package they may build on."""


def imported(tree: ast.AST) -> Iterator[str]:
    """The full names of all modules a tree imports, late imports included."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            assert node.module
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def libraries(tree: ast.AST) -> set[str]:
    return {name.partition(".")[0] for name in imported(tree)}


def environment_lines(tree: ast.AST) -> list[int]:
    """Where a tree touches the environment, however it gets at it."""
    return [
        node.lineno
        for node in ast.walk(tree)
        if (isinstance(node, ast.Attribute) and node.attr in {"environ", "environb", "getenv", "putenv"})
        or (isinstance(node, ast.ImportFrom) and node.module == "os")
    ]


def test_there_are_modules_to_look_at() -> None:
    assert len(MODULES) > 30
    assert "pipelines.sources.contract" in set(imported(TREES["sources/arrival/snapshot.py"]))
    assert environment_lines(TREES["settings.py"])


@pytest.mark.parametrize("library", MAY_IMPORT)
def test_a_library_is_imported_behind_its_fence_only(library: str) -> None:
    users = [name for name, tree in TREES.items() if library in libraries(tree)]
    assert [name for name in users if not name.startswith(MAY_IMPORT[library])] == []


@pytest.mark.parametrize("name", [name for name in MODULES if name.startswith("measures/")])
def test_measures_stand_alone(name: str) -> None:
    allowed = {"polars", "numpy", "scipy", "pipelines", *sys.stdlib_module_names}
    assert libraries(TREES[name]) <= allowed


@pytest.mark.parametrize("folder", OURS_NOT_FOR)
def test_arrows_never_point_back(folder: str) -> None:
    back = {
        f"{name} imports {other}"
        for name, tree in TREES.items()
        if name.startswith(folder)
        for other in imported(tree)
        if other.startswith("pipelines.") and not other.startswith(OURS_NOT_FOR[folder])
    }
    assert back == set()


def test_nothing_but_the_rim_imports_the_rim() -> None:
    users = {name for name, tree in TREES.items() for other in imported(tree) if other.startswith("pipelines.defs")}
    assert [name for name in users if not name.startswith(("defs/", "definitions.py", "cli/"))] == []


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
def test_a_module_is_one_idea(name: str) -> None:
    """At most 250 lines; blank ones are not counted."""
    lines = [line for line in MODULES[name].read_text(encoding="utf-8").splitlines() if line.strip()]
    assert len(lines) <= 250
