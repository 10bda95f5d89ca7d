"""The HTML pages that people are sent to, each one file that asks no outside host.

What belongs here: gathering what a page says (`checks`, `revisions`) and the templates that set it. What does not: any
figure that is not already in a table, a finding or `status.json`.
"""
