"""Tables of many areas: which of them differ after so many comparisons, how sure a rank is, and what small ones borrow.

What does not belong here: how far an area of a given size may lie from the average (`rates/funnel_limits.py`).
"""
