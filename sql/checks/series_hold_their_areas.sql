-- Series hold their areas: of fifteen areas or more with a row for one period, not four in ten have none for the next.
-- Of one file, whichever source fills a cell. A file that was cut has its last periods in part. Rows without a value
-- count: the publisher says that there is none.
-- scope: delivery
with
counted as (
    select
        snapshot_sha256, indicator, area_type, period, period_length, period_start, sex, age,
        count(distinct area_code) as areas
    from core.observation_candidate
    where dimension = 'total'
    group by snapshot_sha256, indicator, area_type, period, period_length, period_start, sex, age
),

compared as (
    select
        *,
        lag(areas) over series as areas_before,
        lag(period) over series as period_before
    from counted
    window series as (
        partition by snapshot_sha256, indicator, area_type, period_length, sex, age
        order by period_start
    )
)

select
    indicator, area_type, period, period_length, sex, age, areas, areas_before, period_before, snapshot_sha256
from compared
where areas_before >= 15 and areas < 0.6 * areas_before
