"""Life tables: life expectancy, healthy life expectancy, and a gap split by age and cause.

What does not belong here: the slope over groups' life expectancies (`lines/`).
"""
