"""From groups to MEASURE rows: which measures are computed, and what each number says about itself.

What belongs here: the rules that stand between `sql/core` (which groups there are) and `measures/` (how a number is
computed). In the order of the flow: `prepare` (groups with their indicator, ready for one call), `compute` (every
measure, with its direction and scale), `suppression` (bounds where groups are hidden), `rules` (what is refused, the
unit, the break), `grade` (how far to trust it), `rows` (all of it together). `contract` has the columns; `diagnosis`,
`difference`, `change` and `mortality` make the tables beside it.
"""
