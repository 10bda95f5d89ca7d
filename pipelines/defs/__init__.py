"""The Dagster rim: what Dagster is told of the steps that `run/walk.py` takes.

`assets` the one step with an asset for every table, check, page and release; `described` what is said of an asset
before anything ran, `events` what is said of it when it did, `release` and `pages` the last two assets; `facts` how
errors, notes and findings are carried; `event_log` where Dagster keeps it all; `nightly` the job and its schedule,
`run_options` what one run may choose, `launch` starts it by command and `progress` says how far it is. No data rule
lives here.
"""
