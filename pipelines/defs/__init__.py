"""The Dagster rim: which step runs when. Every step calls one function of the package and says what came of it.

`raw` -> `staging` -> `models` (core) -> `measures` -> `models` (published) -> `publication`, with `checks` between;
`nightly` for the job and its schedule, `run_options` for what one run may choose, `launch` to start it by command.
No data rule lives here.
"""
