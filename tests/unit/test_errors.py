"""One root of errors: five parts as fields, made into text in one place."""

from __future__ import annotations

import importlib
import pkgutil
from pathlib import Path

import pytest

import pipelines
from pipelines.cli.messages import failure_of
from pipelines.errors import ProductError
from pipelines.settings import SettingsInvalid
from pipelines.sources.contract import ContractBroken


def test_the_parts_are_aligned_one_per_line() -> None:
    error = ContractBroken("A file is empty.", where="a.csv", expected="rows", found="0 bytes", do="Fetch it again.")
    assert str(error).splitlines() == [
        "A file is empty.",
        "  where:    a.csv",
        "  expected: rows",
        "  found:    0 bytes",
        "  do:       Fetch it again.",
    ]


def test_a_part_that_was_not_given_is_left_out() -> None:
    assert str(ProductError("It broke.")) == "It broke."
    error = ProductError("It broke.", do="mend it")
    assert str(error) == "It broke.\n  do:       mend it"
    assert error.parts == {"what": "It broke.", "do": "mend it"}
    assert ProductError(**error.parts).parts == error.parts


@pytest.mark.parametrize(
    ("error", "code"), [(SettingsInvalid("INEQUALITY_THREADS is no number."), 2), (ProductError("It broke."), 1)]
)
def test_an_error_of_ours_is_known_by_its_type_and_carries_its_exit_code(error: ProductError, code: int) -> None:
    class Elsewhere(type(error)):  # type: ignore[misc]
        __module__ = "somewhere.else"

    for one in (error, Elsewhere(*error.args)):
        failure = failure_of(one)
        assert (failure.text, failure.code, failure.keep) == (str(error), code, False)


def test_an_error_is_not_ours_because_of_where_it_was_declared() -> None:
    class Borrowed(RuntimeError):
        __module__ = "pipelines.anything"

    assert failure_of(Borrowed("no")).text.endswith("This is a bug.")


def test_every_exception_that_we_declare_has_the_root() -> None:
    folder = Path(pipelines.__file__).parent
    names = [info.name for info in pkgutil.walk_packages([str(folder)], "pipelines.") if "__main__" not in info.name]
    declared = {
        thing
        for name in names
        for thing in vars(importlib.import_module(name)).values()
        if isinstance(thing, type) and issubclass(thing, BaseException) and thing.__module__.startswith("pipelines.")
    }
    assert {"RunRefused", "NoRelease", "Unreadable"} < {one.__name__ for one in declared}
    assert [one.__qualname__ for one in declared if not issubclass(one, ProductError)] == []


def test_nobody_else_aligns_the_parts() -> None:
    folder = Path(pipelines.__file__).parent
    by_hand = [r"\n  where:", r"\n  expected:", r"\n  found:", r"\n  do:", '"  do:  ']
    texts = {file.relative_to(folder).as_posix(): file.read_text(encoding="utf-8") for file in folder.rglob("*.py")}
    assert [name for name, text in texts.items() if any(part in text for part in by_hand)] == []
