-- What can R, Power BI, pandas or Polars read here: which tables, what is one row of each, and how many are there?
-- Every published table is a Parquet file beside the release too. docs/analysts.md has the lines for each tool.
select
    known.table_name, known."rows", known.description, known.reads,
    (select bool_or(is_modelled) from meta.snapshot) as is_modelled
from meta."table" as known
where known.table_name like 'published.%'
order by known.table_name
