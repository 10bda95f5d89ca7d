"""Health-inequality measures for England, from publishers' files to one DuckDB release.

The package in reading order; data flows down the list and never back:

1. `settings`     where files live (the only reader of the environment)
2. `catalogue/`   which indicators and breakdowns we know: the lists that analysts edit
3. `sources/`     how bytes arrive, are kept, and are read into one OBSERVATION table
4. `store`        tables as Parquet: write, read, query with SQL, reuse what has not changed
5. `lineage`      which tables a SQL text reads
6. `../sql/`      what the core and published tables are
7. `measures/`    the statistics: frames in, frames out, nothing of ours imported
8. `inequality/`  from gradients to measure rows: orientation, scale, breaks, grades;
   `disclosure` what could be worked out of suppressed counts
9. `quality/`     Great Expectations suites and SQL checks -> findings, and Great Expectations' own pages
10. `sentinel`, `fingerprints`   what each file looked like before, and what changed
11. `release`, `assembly`, `checksums`, `shelf`   one immutable DuckDB file, swapped in; list, keep, roll back;
    `overruling` who published over a failed check; `integrity` whether all that is kept is what it was
12. `previous`, `revision`, `history`, `time_machine`, gathered by `chronicle`   what earlier releases said
13. `reading`     read-only questions to the current release
14. `report/`      the HTML pages that people are sent to
15. `defs/`       the Dagster rim: assets, checks, the nightly job, and `launch` that runs it
16. `cli`, `cli_releases`   the `inequality` command, with `shown` (tables, progress), `failures` (one sentence an
    error) and `children` (Dagster's processes); no logic of its own

From a table to its file: `core.x` and `published.x` are `sql/core/x.sql` and `sql/published/x.sql`; a `measures` table
is made by the module of `inequality/` that `defs/measures.py` names; a `staging` table is read by the module of
`sources/` that names it as `table=`, but for `indicator` and `breakdown` (`catalogue/`) and `observation`, `snapshot`,
`intake` and `rejected_row` (`defs/staging.py`).
"""
