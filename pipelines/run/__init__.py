"""One whole run: `lock` what must hold before it starts, `walk` every table and check in a plain loop, `publication`
its release.

What does not belong here: Dagster, which walks the same tables and checks by its own machinery (`defs/`).
"""
