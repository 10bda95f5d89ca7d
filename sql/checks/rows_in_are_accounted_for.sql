-- Rows in are rows out, rejected or de-duplicated: for every file, and from staging to core for every observation.
-- scope: release
with
file as (
    select path, table_name, rows_in, rows_out + rejected + deduplicated as accounted_for
    from staging.intake
),

observation as (
    select
        'all observation files' as path, 'core.observation_candidate' as table_name,
        (select count(*) from staging.observation) as rows_in,
        (select count(*) from core.observation_candidate) as accounted_for
),

rejected as (
    select
        'all files' as path, 'staging.rejected_row' as table_name,
        (select coalesce(sum(rejected), 0) from staging.intake) as rows_in,
        (select count(*) from staging.rejected_row) as accounted_for
)

select path, table_name, rows_in, accounted_for from file where rows_in <> accounted_for
union all
select path, table_name, rows_in, accounted_for from observation where rows_in <> accounted_for
union all
select path, table_name, rows_in, accounted_for from rejected where rows_in <> accounted_for
