"""Health-inequality measures for England, from publishers' files to one DuckDB release.

The package in reading order; data flows down the list and never back:

1. `settings`, `files`, `errors`, `notes`   where files live (the only reader of the environment), safe writes; what
   stops a run and what a person should know of one that goes on, as facts that become words at the edge
2. `catalogue/`       which indicators and breakdowns we know: the lists that analysts edit
3. `sources/`         how bytes arrive, are kept, and are read into one OBSERVATION table
4. `tables/`          every table as a record in `registry`, with what it reads and how it is made; `store` keeps it
5. `../sql/`          what the core and published tables are
6. `measures/`        the statistics: frames in, frames out, nothing of ours imported
7. `inequality/`      from gradients to measure rows: orientation, scale, breaks, grades
8. `quality/`         Great Expectations suites and SQL checks -> findings; what may be worked out of suppressed counts
9. `source_health/`   what each file looked like before, what changed, and how late it is
10. `release/`        one immutable DuckDB file, swapped in; list, keep, roll back, ask
11. `changes/`        what earlier releases said, and what a new one says otherwise
12. `report/`         the HTML pages that people are sent to
13. `run/`            one whole run: its lock, the plain loop over all tables and checks, its release
14. `integrity`       whether all that is kept is still what it was
15. `defs/`           the Dagster rim: the same tables and checks as assets, the nightly job
16. `cli/`            the `inequality` command; no logic of its own

From a table to its file: `core.x` and `published.x` are `sql/core/x.sql` and `sql/published/x.sql`; a `staging` table
is read by the module of `sources/` that names it as `table=`; for all others `tables/registry` names the module.
"""
