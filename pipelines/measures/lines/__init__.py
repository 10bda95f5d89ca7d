"""The line through ranked groups: slope and relative index, their exact limits, bounds, and how well a line fits.

`slope_index`, `bounds` and `diagnose` are public; the others are their arithmetic. What does not belong here: measures
that fit no line (`spread/`).
"""
