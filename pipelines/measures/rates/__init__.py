"""Rates, proportions and means with their limits, standardisation, quantiles and funnel lines.

What does not belong here: comparisons between groups (`lines/`, `spread/`).
"""
