"""How a measure reads its input: bad calls refused, rows judged group by group, columns as matrices.

What belongs here: what every measure does before and after its formula. What does not: a formula.
"""
