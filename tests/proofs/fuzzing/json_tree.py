"""Mutations of JSON: of what it says, as a tree of values, and of how it is written.

What belongs here: values, keys and entries, and text that is not quite JSON. What does not: damage to bytes of any kind
of file (`text_bytes.py`), or tables (`grid.py`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from copy import deepcopy
from random import Random
from typing import Any

from tests.proofs.fuzzing.grid import GARBAGE, LONG

Holder = dict[str, Any] | list[Any]
Place = tuple[Holder, Any]

VALUES: tuple[object, ...] = (
    None, True, False, 0, -1, 1, 6, 502, 1.0, 502.0, -0.5, 1e308, 5e-324, 2**31, 2**53 + 1, 2**63, 2**64, 10**40,
    -(10**30), "", "502", "92443", [], {}, [None], [[]], {"": None}, ["502"], {"Id": 502}, [1, 2, 3, 4], "\ud800",
    "E92000001", "0001-01-01T00:00:00", "2025-13-45", "<script>", "\x00",
)  # fmt: skip
"""What is set in the place of another value."""

KEYS = (
    "",
    "Id",
    "ID",
    "id",
    "Name",
    "IID",
    "IndicatorId",
    "type",
    "arcs",
    "properties",
    "\ud800",
    "92443",
    "-1",
    "x" * 500,
)
NUMBERS = (
    "NaN", "Infinity", "-Infinity", "1e400", "-1e400", "9" * 400, "9" * 5000, "0.1e-400", "01", "+1", "-", "1.", "0x1F",
    "1_000", "1,5", "\u0661", "null", '"1"', "[" * 500 + "]" * 500, "[" * 100_000 + "]" * 100_000, '{"a":' * 2000,
)  # fmt: skip
"""What is written in the place of a number, JSON or not."""


def places(document: Any) -> list[Place]:
    """Every place of a value: what holds it, and under which key or index."""
    found: list[Place] = []
    left = [document]
    while left:
        holder = left.pop()
        items = holder.items() if isinstance(holder, dict) else enumerate(holder) if isinstance(holder, list) else ()
        for key, value in items:
            found.append((holder, key))
            left.append(value)
    return found


def another_value(random: Random, document: Any) -> None:
    """A value becomes another, mostly of another type."""
    holder, key = random.choice(places(document))
    holder[key] = deepcopy(random.choice((*VALUES, *VALUES, random.choice(GARBAGE))))


def long_text(random: Random, document: Any) -> None:
    """A text becomes a very long one."""
    holder, key = random.choice(places(document))
    holder[key] = random.choice("x9\u00e9") * random.choice(LONG)


def cut_branch(random: Random, document: Any) -> None:
    """A value is gone, with its key."""
    holder, key = random.choice(places(document))
    del holder[key]


def swap_values(random: Random, document: Any) -> None:
    """Two values change places, unless one lies within the other."""
    (one, key), (other, key2) = random.choice(places(document)), random.choice(places(document))
    first, second = one[key], other[key2]
    if any(holder is first or holder is second for holder in (one, other)) or _within(first, second):
        return
    one[key], other[key2] = deepcopy(second), deepcopy(first)


def _within(first: Any, second: Any) -> bool:
    return any(holder[key] is second for holder, key in places(first)) or any(
        holder[key] is first for holder, key in places(second)
    )


def rename_key(random: Random, document: Any) -> None:
    """A key is called something else, in one object or in all that have it; the order of keys changes too."""
    keyed = [(holder, key) for holder, key in places(document) if isinstance(holder, dict)]
    if not keyed:
        return
    holder, key = random.choice(keyed)
    new = random.choice((key.upper(), key.lower(), key + "s", f" {key}", random.choice(KEYS)))
    for other in [one for one, _ in keyed] if random.random() < 0.5 else [holder]:
        if key in other:
            other[new] = other.pop(key)


def duplicate_entry(random: Random, document: Any) -> None:
    """An entry of a list comes again, the same or with another value, once or often."""
    lists = [holder[key] for holder, key in places(document) if isinstance(holder[key], list) and holder[key]]
    lists += [document] if isinstance(document, list) and document else []
    if lists:
        entries = random.choice(lists)
        again = deepcopy(random.choice(entries))
        if isinstance(again, dict | list) and again and random.random() < 0.5:
            another_value(random, again)
        at = random.randrange(len(entries) + 1)
        entries[at:at] = [deepcopy(again) for _ in range(random.choice((1, 1, 2, 500)))]


def shuffle_entries(random: Random, document: Any) -> None:
    """Entries and keys come in another order."""
    for holder in [document, *(holder for holder, _ in places(document))]:
        if isinstance(holder, list):
            random.shuffle(holder)
        elif isinstance(holder, dict):
            items = list(holder.items())
            random.shuffle(items)
            holder.clear()
            holder.update(items)


def nest(random: Random, document: Any) -> None:
    """A value lies some lists or objects deeper."""
    holder, key = random.choice(places(document))
    value = holder[key]
    for _ in range(random.choice((1, 1, 3, 200))):
        value = [value] if random.random() < 0.5 else {"value": value}
    holder[key] = value


def empty_container(random: Random, document: Any) -> None:
    """A list or an object loses all it holds."""
    full = [holder for holder, _ in places(document)]
    if full:
        random.choice(full).clear()


Mutation = Callable[[Random, Any], None]

MUTATIONS: tuple[Mutation, ...] = (
    another_value, another_value, another_value, long_text, cut_branch, cut_branch, swap_values, rename_key,
    duplicate_entry, shuffle_entries, nest, empty_container,
)  # fmt: skip


def mutate(random: Random, document: Any) -> tuple[Any, str]:
    """One mutation of a document, or of what it is as a whole; says which."""
    if not isinstance(document, dict | list) or not document or random.random() < 0.03:
        return deepcopy(random.choice((*VALUES, {"Message": "An error has occurred."}, [document]))), "another_document"
    change = random.choice(MUTATIONS)
    change(random, document)
    return document, change.__name__


def written(random: Random, document: Any) -> tuple[bytes, bool]:
    """The document as text, and whether that is still JSON in UTF-8."""
    indent = random.choice((None, None, None, 2))
    text = json.dumps(document, indent=indent, ensure_ascii=random.random() < 0.7)
    bom = "\ufeff" if random.random() < 0.1 else ""
    if random.random() < 0.75:
        return (bom + text).encode("utf-8", errors="surrogatepass"), True
    odd = random.choice((_odd_number, _odd_number, _key_twice, _not_quite_json))(random, text)
    encoding = random.choice(("utf-8", "utf-8", "utf-8", "utf-16", "utf-16-le", "utf-32", "cp1252", "utf-7"))
    return (bom + odd).encode(encoding, errors="replace"), False


def _odd_number(random: Random, text: str) -> str:
    numbers = list(re.finditer(r"-?\d+(\.\d+)?", text))
    if not numbers:
        return text
    found = random.choice(numbers)
    return text[: found.start()] + random.choice(NUMBERS) + text[found.end() :]


def _key_twice(random: Random, text: str) -> str:
    keys = list(re.finditer(r'"[^"]*": ', text))
    if not keys:
        return text
    found = random.choice(keys)
    return text[: found.start()] + found.group() + random.choice(("null, ", '"x", ', "6, ")) + text[found.start() :]


def _not_quite_json(random: Random, text: str) -> str:
    return random.choice(
        (
            text.replace('"', "'"),
            text.replace("}", ",}"),
            text.replace("]", ",]"),
            text + text,
            f"callback({text});",
            f"// a comment\n{text}",
            text.replace("null", "None").replace("true", "True"),
            text.replace(": ", " = "),
            text.replace(", ", "\n"),
        )
    )
