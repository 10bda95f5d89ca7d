"""Telling a person what happened at night: once for each cause, and once more when it is over.

`causes` what there is to tell of an installation, `told` what was told before, `message` its words, `destinations`
where it goes, `tell` all of it in order. What does not belong here: whether all is well (`status/health.py`), or when
it is told (`run/announce.py`, `cli/alert.py`).
"""
