"""Run a Great Expectations suite or a SQL check on built tables -> findings; keep them; show them as Data Docs.

What belongs here: the only use of Great Expectations, and what a finding is. What does not: which findings stop a run
(`defs/events.py`: the critical ones), the rules themselves (`expectations/*.json`, `sql/checks/*.sql`), or the page
that people are sent to (`report/`).

`finding` what a rule found, and findings kept while nothing changed; `gx_context` the one Great Expectations context;
`suite` the rules of one table; `sql_check` rules across tables; `data_docs` Great Expectations' own pages, made to
work offline by `offline_html`.
"""

from pipelines.quality.finding import CRITICAL, EXAMPLES, WARNING, Finding, Kept, kept_checks, kept_findings
from pipelines.quality.sql_check import check_sql
from pipelines.quality.suite import check_table, run_suite, suite_path

__all__ = [
    "CRITICAL",
    "EXAMPLES",
    "WARNING",
    "Finding",
    "Kept",
    "check_sql",
    "check_table",
    "kept_checks",
    "kept_findings",
    "run_suite",
    "suite_path",
]
