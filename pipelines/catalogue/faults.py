"""Faults in the catalogue's TOML files: collected all at once, each with file, block, key, expected and found.

What belongs here: reading one value of a TOML table with its type, and saying what is wrong with it.
What does not: which keys an indicator or a breakdown has (`indicator.py`, `breakdown.py`).
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection
from dataclasses import dataclass
from typing import TypeGuard

from pipelines.errors import ProductError

REVIEW = "REVIEW"
"""A value that starts with this word was suggested by a program and has not been read by a person: it is refused."""

SLUG = re.compile(r"[a-z][a-z0-9_]*")


@dataclass(frozen=True)
class Fault:
    """One thing wrong in one block of one file."""

    file: str
    block: str
    key: str
    expected: str
    found: str

    def __str__(self) -> str:
        return f"{self.file} [{self.block}] {self.key}: expected {self.expected}, found {self.found}"


class CatalogueInvalid(ProductError):
    """The catalogue cannot be used; `faults` holds every reason, and the message lists them one per line."""

    def __init__(self, faults: Collection[Fault]) -> None:
        self.faults = tuple(faults)
        count = "1 fault" if len(self.faults) == 1 else f"{len(self.faults)} faults"
        lines = "\n".join(f"  {fault}" for fault in self.faults)
        super().__init__(f"The catalogue has {count}; mend these lines and try again:\n{lines}")


def parse(file: str, text: str, faults: list[Fault]) -> dict[str, object] | None:
    """Read TOML. A text that is not TOML (a key or block written twice included) is a fault and gives None."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        faults.append(Fault(file, "-", "-", "valid TOML, each block and key once", str(error)))
        return None


class Block:
    """One table of a TOML file, read key by key.

    Every reader returns a value of its type; when the table's own value will not do it notes a fault and returns
    an empty one, so that reading goes on and all faults are found. A key that no reader asked for is unknown.
    """

    def __init__(self, file: str, name: str, table: object, faults: list[Fault]) -> None:
        self.file, self.name, self.faults = file, name, faults
        self.table: dict[str, object] = {}
        self.asked: set[str] = set()
        if isinstance(table, dict):
            self.table = table
        else:
            self.fault("-", "a table of keys and values", repr(table))

    def fault(self, key: str, expected: str, found: str) -> None:
        """Note that something in this block is wrong."""
        self.faults.append(Fault(self.file, self.name, key, expected, found))

    def text(self, key: str, *, one_of: Collection[str] = (), optional: bool = False, slug: bool = False) -> str:
        """Return a text, one of a closed list or a slug where asked. Absent or empty is a fault unless optional."""
        expected = f"one of {', '.join(one_of)}" if one_of else "a slug (a-z, 0-9, _)" if slug else "a text"
        value = self._take(key, expected, optional=optional)
        if value is None or (value == "" and optional):
            return ""
        if not self._is_text(value, one_of=one_of, slug=slug):
            self.fault(key, expected, repr(value))
            return ""
        return str(value)

    def whole_number(self, key: str, *, optional: bool = False) -> int:
        """Return a whole number above 0; 0 when absent and optional."""
        value = self._take(key, "a whole number above 0", optional=optional)
        if value is None:
            return 0
        if not self._is_whole_number(value):
            self.fault(key, "a whole number above 0", repr(value))
            return 0
        return value

    def count(self, key: str) -> int | None:
        """Return a whole number, 0 or more; None when absent."""
        value = self._take(key, "a whole number, 0 or more", optional=True)
        if value is None or self._is_whole_number(value) or (value == 0 and isinstance(value, int)):
            return value if isinstance(value, int) and not isinstance(value, bool) else None
        self.fault(key, "a whole number, 0 or more", repr(value))
        return None

    def number(self, key: str) -> float | None:
        """Return a number; None when absent."""
        value = self._take(key, "a number", optional=True)
        if value is None or (isinstance(value, int | float) and not isinstance(value, bool)):
            return None if value is None else float(value)
        self.fault(key, "a number", repr(value))
        return None

    def flag(self, key: str, *, optional: bool = False, default: bool = False) -> bool:
        """Return true or false; the default when absent and optional."""
        value = self._take(key, "true or false", optional=optional)
        if value is None:
            return default
        if not isinstance(value, bool):
            self.fault(key, "true or false", repr(value))
        return value is True

    def texts(
        self, key: str, *, one_of: Collection[str] = (), optional: bool = False, slug: bool = False
    ) -> tuple[str, ...]:
        """Return a list of different texts. Empty is a fault unless optional."""
        kind = f"out of {', '.join(one_of)}" if one_of else "of slugs (a-z, 0-9, _)" if slug else "of texts"
        items = self._list(key, f"a list {kind}", optional=optional)
        return tuple(str(item) for item in items if self._item(key, item, one_of=one_of, slug=slug))

    def whole_numbers(self, key: str) -> tuple[int, ...]:
        """Return a list of different whole numbers above 0; not empty."""
        items = self._list(key, "a list of whole numbers", optional=False)
        for item in items:
            if not self._is_whole_number(item):
                self.fault(key, "a list of whole numbers above 0", repr(item))
        return tuple(item for item in items if self._is_whole_number(item))

    def pairs(self, key: str, *, one_of: Collection[str]) -> tuple[tuple[str, str], ...]:
        """Return a table of slugs and texts of a closed list as pairs; none when absent."""
        expected = f"a table of slugs (a-z, 0-9, _) and one of {', '.join(one_of)} for each"
        found = self._take(key, expected, optional=True)
        if found is None:
            return ()
        pairs = found.items() if isinstance(found, dict) else ()
        if not pairs or not all(
            SLUG.fullmatch(name) and self._is_text(value, one_of=one_of, slug=False) for name, value in pairs
        ):
            self.fault(key, expected, repr(found))
            return ()
        return tuple((name, str(value)) for name, value in pairs)

    def blocks(self, key: str) -> list[Block]:
        """Return a list of tables, each as a block named after this one and its place (1, 2, ...); not empty."""
        items = self._list(key, "a list of tables", optional=False)
        return [Block(self.file, f"{self.name}.{key} {i}", item, self.faults) for i, item in enumerate(items, 1)]

    def finish(self) -> None:
        """Note every key that nobody asked for."""
        for key in self.table:
            if key not in self.asked:
                self.fault(key, f"no such key; known keys: {', '.join(sorted(self.asked))}", repr(self.table[key]))

    def _take(self, key: str, expected: str, *, optional: bool) -> object:
        """Return the raw value, or None when there is none to read further (the fault is noted)."""
        self.asked.add(key)
        value = self.table.get(key)
        if value is None and not optional:
            self.fault(key, expected, "no such key")
        if isinstance(value, str) and value.startswith(REVIEW):
            self.fault(key, f"{expected}, reviewed by a person", repr(value))
            return None
        return value

    def _list(self, key: str, expected: str, *, optional: bool) -> list[object]:
        value = self._take(key, expected, optional=optional)
        if value is None:
            return []
        if not isinstance(value, list) or not (value or optional):
            self.fault(key, expected, repr(value))
            return []
        if len({repr(item) for item in value}) < len(value):
            self.fault(key, "each item once", repr(value))
        return value

    def _item(self, key: str, item: object, *, one_of: Collection[str], slug: bool) -> bool:
        if isinstance(item, str) and item.startswith(REVIEW):
            self.fault(key, "items reviewed by a person", repr(item))
            return False
        if not self._is_text(item, one_of=one_of, slug=slug):
            kind = f"one of {', '.join(one_of)}" if one_of else "a slug (a-z, 0-9, _)" if slug else "a text"
            self.fault(key, f"each item {kind}", repr(item))
            return False
        return True

    @staticmethod
    def _is_text(value: object, *, one_of: Collection[str], slug: bool) -> bool:
        if not isinstance(value, str) or not value.strip():
            return False
        return (not one_of or value in one_of) and (not slug or SLUG.fullmatch(value) is not None)

    @staticmethod
    def _is_whole_number(value: object) -> TypeGuard[int]:
        return isinstance(value, int) and not isinstance(value, bool) and value > 0
