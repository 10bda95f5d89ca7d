"""Differences between groups without a fitted line: gaps, attributable parts, concentration, spread.

`gap`, `summary_measures`, `attributable` (excess events) and `differences_from_total` are public; the others are the
families of `summary_measures`. What does not belong here: the slope (`lines/`).
"""
