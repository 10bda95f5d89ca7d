"""A publisher that misbehaves on request: an HTTPS server on this machine that stands in for all publishers.

`server.py` serves a folder as Fingertips, ONS and GOV.UK would, `faults.py` lists what it can be told to do and what
must come of each, `outcome.py` finds out what does. `python -m tests.proofs.publisher` prints the table.
"""
