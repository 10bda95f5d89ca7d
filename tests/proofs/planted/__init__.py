"""Planted faults: altered copies of the embedded sample, and proof that none of them reaches a release.

What belongs here: the faults (`faults.py`), how a file is spoiled (`spoil.py`) and the line they are sent down
(`line.py`). What does not: any rule. `python -m tests.proofs.planted` plants all of them and prints which net caught
each.
"""
