"""The line through ranked groups: slope and relative index, their limits, bounds, and how well a line fits.

`slope_index`, `slope_index_regression`, `bounds` and `diagnose` are public; the others are their arithmetic. What does
not belong here: measures that fit no line (`spread/`).
"""
