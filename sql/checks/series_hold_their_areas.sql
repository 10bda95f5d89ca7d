-- Series hold their areas: of fifteen areas or more with a row for one period, not four in ten have none for the next.
-- A file that was cut has its last periods in part. Rows without a value count: the publisher says that there is none.
-- scope: delivery
with
counted as (
    select
        indicator, area_type, period, period_length, period_start, sex, age, count(distinct area_code) as areas,
        max(snapshot_sha256) as snapshot_sha256
    from core.observation
    where dimension = 'total'
    group by indicator, area_type, period, period_length, period_start, sex, age
),

compared as (
    select
        *,
        lag(areas) over series as areas_before,
        lag(period) over series as period_before
    from counted
    window series as (partition by indicator, area_type, period_length, sex, age order by period_start)
)

select
    indicator, area_type, period, period_length, sex, age, areas, areas_before, period_before, snapshot_sha256
from compared
where areas_before >= 15 and areas < 0.6 * areas_before
