"""The HTML pages that people are sent to, each one file that asks no outside host.

What belongs here: gathering what a page says (`checks`) and the templates it is set in. What does not: any figure that
is not in a table, a finding or `status.json` already.
"""
