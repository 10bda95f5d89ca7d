"""Tests of the measures library, and how hard its laws are tried."""

from hypothesis import settings

law = settings(max_examples=60, deadline=None, derandomize=True, database=None)
"""The same examples on every run, with no clock: a busy machine must not fail a test."""
