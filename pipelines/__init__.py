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
11. `status/`         what became of every run, and whether all is well
12. `alerts/`         telling a person, once for each cause
13. `changes/`        what earlier releases said, and what a new one says otherwise
14. `report/`         the HTML pages
15. `run/`            one whole run: its lock, the plain loop over all tables and checks, its release
16. `integrity`, `retention`, `backup`   whether all that is kept is still what it was, how long, and copies of it
17. `defs/`           the Dagster layer: the same tables and checks as assets, the nightly job
18. `ui/`             Dagster's pages, served so that nobody else's page can use them
19. `cli/`            the `inequality` command; no logic of its own

From a table to its file: `core.x` and `published.x` are `sql/core/x.sql` and `sql/published/x.sql`; a `staging` table
is read by the module of `sources/` that names it as `table=`; for all others `tables/registry` names the module. The
`meta` tables are gathered in `run/publication`. The words of a note are made in `notes`, those of a finding in
`quality/finding`, those of an error in `errors`; the command, the pages and Dagster only show them.

A walk, in the order of the flow, to `published.inequality`:

- `sources/arrival/origin.py` takes each resource from the sample, a folder or the publishers; `sources/arrival/live.py`
  and `sources/arrival/transport/` ask the publishers, `sources/arrival/snapshot.py` keeps the bytes. `tables/raw.py`
  lists them as raw tables.
- `run/gate.py` holds back what breaks a rule; `sources/arrival/held_back.py` leaves it out and lets its stand-in in.
- `sources/arrival/intake.py` reads what is left with the parsers: `sources/fingertips/`, `sources/ons/`,
  `sources/iod.py`, `sources/geography.py`, `sources/nomis.py`. `tables/staging.py` unites their rows as
  staging.observation, and brings the catalogue: staging.indicator, staging.breakdown, staging.core20plus5,
  staging.measure.
- Places: core.area_vintage, core.area_alias, core.lad_successor, core.area_successor, core.lsoa, core.lsoa_index,
  core.lsoa_area, core.area. Deprivation: core.area_index, core.deprivation, core.area_deprivation.
- Figures: core.observation_candidate, core.observation, core.indicator.
- Groups: core.scheme says what each grouping ranks. core.area_ranking orders areas, and `inequality/area_groups.py`
  cuts them into tenths (measures.area_group), which become core.area_gradient. core.scheme_population weighs,
  core.grouping joins. Life tables come from core.mortality by `inequality/mortality.py` (measures.life_expectancy) and
  are grouped in core.life_expectancy_gradient. core.gradient has all groups in order, core.comparison the others.
- Measures: `inequality/diagnosis.py` looks at each line (measures.slope_diagnosis). `inequality/rows.py` makes
  measures.inequality: `inequality/prepare.py`, `inequality/compute.py` (which asks the statistics of `measures/`),
  `inequality/rules.py`, `inequality/suppression.py`, `inequality/grade.py`. `tables/measured.py` says which reads what.
- Change: `inequality/change.py` makes measures.inequality_change of these and of core.published_slope.
- Words: core.subject names what a row is about; `sql/published/inequality.sql` joins names and writes the sentence
  (docs/sentences.md has one of each kind).
- `run/publication.py` gathers what the release ships, and `release/publish.py` writes, verifies and swaps it in.
"""
