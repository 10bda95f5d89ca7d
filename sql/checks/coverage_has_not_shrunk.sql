-- No more than 5% of the figures of a series are lost since the last release, nor its newest period, nor a country's.
-- A series is an indicator, grouping, sex and age. Figures of a period that the indicator no longer holds are not
-- counted, but for the newest. If a publisher did withdraw them, publish with --force; else fetch the whole file again.
-- scope: delivery
with
cell as (
    select
        before.indicator, before.area_code, before.period, before.period_length, before.sex, before.age,
        before.dimension, before.scheme,
        now.indicator is null or coalesce(now.note_code = 'missing_in_source', false) as is_lost
    from previous.observation as before
    left join core.observation as now
        on
            before.indicator = now.indicator and before.area_code = now.area_code and before.period = now.period
            and before.period_length = now.period_length and before.sex = now.sex and before.age = now.age
            and before.dimension = now.dimension and before.scheme = now.scheme and before.category = now.category
    -- An area that is no more leaves with its figures.
    where before.value is not null and before.area_code not in (select area_code from core.area_successor)
),

held as (select distinct indicator, period, period_length from core.observation),

kept as (select cell.* from cell semi join held using (indicator, period, period_length)),

shrunk as (
    select
        indicator, dimension, scheme, sex, age, count(*) as cells_before,
        count(*) filter (where is_lost) as cells_lost,
        min(area_code) filter (where is_lost) as area_code, min(period) filter (where is_lost) as period
    from kept
    group by indicator, dimension, scheme, sex, age
),

newest_before as (
    select indicator, dimension, scheme, sex, age, period_length, count(*) as cells_before, max(period) as period
    from cell
    group by indicator, dimension, scheme, sex, age, period_length
),

newest as (
    select indicator, dimension, scheme, sex, age, period_length, max(period) as period
    from core.observation
    where value is not null
    group by indicator, dimension, scheme, sex, age, period_length
)

select
    'more than 5% of the figures are lost' as finding, indicator, dimension, scheme, sex, age, cells_before,
    cells_lost, area_code, period
from shrunk
where cells_lost > 0.05 * cells_before
union all
select
    if(newest.period is null, 'the series is gone', 'the newest period is gone: an old file?') as finding,
    newest_before.indicator, newest_before.dimension, newest_before.scheme, newest_before.sex, newest_before.age,
    newest_before.cells_before, null as cells_lost, null as area_code, newest_before.period
from newest_before
left join newest
    on
        newest_before.indicator = newest.indicator and newest_before.dimension = newest.dimension
        and newest_before.scheme = newest.scheme and newest_before.sex = newest.sex
        and newest_before.age = newest.age and newest_before.period_length = newest.period_length
where newest.period is null or newest.period < newest_before.period
union all
select
    'the country''s own figure is lost' as finding, kept.indicator, kept.dimension, kept.scheme, kept.sex, kept.age,
    1 as cells_before, 1 as cells_lost, kept.area_code, kept.period
from kept
join core.area as area on kept.area_code = area.area_code and area.area_type = 'country'
where kept.is_lost
