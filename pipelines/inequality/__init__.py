"""From groups to MEASURE rows: what is asked of the statistics, and what each number says about itself.

What belongs here: the rules that stand between `sql/core` (which groups there are) and `measures/` (how a number is
computed). In reading order: `contract` (the columns), `ask` (which measure, with which direction and scale), `judge`
(what is refused, the unit, the break), `grade` (how far to trust it), `rows` (all of it together); `diagnosis`,
`difference`, `change` and `mortality` make the tables beside it, `suppression` the bounds where groups are hidden.
"""
