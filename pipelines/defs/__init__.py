"""The Dagster rim: which step runs when. Every step calls one function of the package and says what came of it.

`assets` every table of the registry, `checks` their checks, `release` the last asset, `pages` those about checks;
`nightly` the job and its schedule, `run_options` what one run may choose, `launch` starts it by command and `progress`
says how far it is. No data rule lives here.
"""
