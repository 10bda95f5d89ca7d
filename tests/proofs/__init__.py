"""Long proofs that analysts are never locked out, never shown a mixture, and that nothing is lost.

`python -m tests.proofs.release.readers` 50 readers across 20 publishes; `.kills` kill -9 at random moments of
publishing and of whole runs; `.room` a disk that is full and a warehouse that is read-only; `.two_runs` two runs at
once. Each prints a table and exits 1 when something did not hold; `test_proofs.py` runs a short version of each.
`prepared` makes the small tables they publish, `reader` and `publisher` are the processes they start.
"""
