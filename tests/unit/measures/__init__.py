"""Tests of the measures library, and how hard its laws are tried."""

from hypothesis import settings

law = settings(derandomize=True, database=None)
"""The same examples on every run, as many as the session's profile says."""
slow_law = settings(law, max_examples=law.max_examples // 4)
"""Fewer, for laws that fit a line to every example."""
