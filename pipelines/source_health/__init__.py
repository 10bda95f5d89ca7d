"""How each source is doing: `shape` what a file looks like and what changed, `health` the state of all files.

What does not belong here: refusing a file (parsers and checks do). Health only reports.
"""
