"""Seeded chance that is the same on every platform and in every Python version.

What belongs here: numbers drawn from a key. What does not: what they stand for. A draw depends on the seed and its
key alone, so that adding one table does not change another.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TypeVar

SEED = 20_261_101

T = TypeVar("T")


def uniform(*key: object) -> float:
    """A number from 0 up to 1, the same for the same key."""
    digest = hashlib.sha256(":".join(map(str, (SEED, *key))).encode()).hexdigest()
    return int(digest[:12], 16) / 16**12


def between(low: int, high: int, *key: object) -> int:
    """A whole number from `low` to `high`, both included."""
    return low + int(uniform(*key) * (high - low + 1))


def shuffled(items: Sequence[T], *key: object) -> list[T]:
    """The items in an order that depends on the key only."""
    return [items[i] for i in sorted(range(len(items)), key=lambda i: uniform("order", *key, i))]
