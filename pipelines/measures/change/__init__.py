"""Change over time: between two periods of a measure, and the recent trend of a series.

What does not belong here: the measures that are compared.
"""
