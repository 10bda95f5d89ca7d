-- No more than 5% of the figures of a series are lost since the previous release, nor its newest period, nor a country's.
-- A series is an indicator, grouping, sex and age; periods that only one release holds are not counted as lost figures.
-- If a publisher did withdraw them, publish with --force and say so; else fetch the whole file again.
with
cell as (
    select
        before.indicator, before.area_code, before.period, before.period_length, before.sex, before.age,
        before.dimension, before.scheme, before.category,
        now.indicator is null or coalesce(now.note_code = 'missing_in_source', false) as is_lost
    from previous.observation as before
    left join core.observation as now
        on
            before.indicator = now.indicator and before.area_code = now.area_code and before.period = now.period
            and before.period_length = now.period_length and before.sex = now.sex and before.age = now.age
            and before.dimension = now.dimension and before.scheme = now.scheme and before.category = now.category
            and (now.value is not null or now.note_code is not null)
    where before.value is not null
),

held as (select distinct indicator, period, period_length from core.observation),

shrunk as (
    select
        cell.indicator, cell.dimension, cell.scheme, cell.sex, cell.age,
        count(*) as cells_before, count(*) filter (where cell.is_lost) as cells_lost,
        min(cell.area_code) filter (where cell.is_lost) as first_area,
        min(cell.period) filter (where cell.is_lost) as first_period
    from cell
    join held
        on
            cell.indicator = held.indicator and cell.period = held.period
            and cell.period_length = held.period_length
    group by cell.indicator, cell.dimension, cell.scheme, cell.sex, cell.age
),

gone as (
    select
        before.indicator, before.dimension, before.scheme, before.sex, before.age, before.period_length,
        count(*) as cells_before, max(before.period) as newest_before
    from previous.observation as before
    where before.value is not null
    group by before.indicator, before.dimension, before.scheme, before.sex, before.age, before.period_length
),

newest as (
    select indicator, dimension, scheme, sex, age, period_length, max(period) as newest
    from core.observation
    where value is not null
    group by indicator, dimension, scheme, sex, age, period_length
)

select
    'more than 5% of the figures are lost' as finding, indicator, dimension, scheme, sex, age, cells_before,
    cells_lost, first_area as area_code, first_period as period
from shrunk
where cells_lost > 0.05 * cells_before
union all
select
    case when newest.newest is null then 'the series is gone' else 'the newest period is gone: an old file?' end,
    gone.indicator, gone.dimension, gone.scheme, gone.sex, gone.age, gone.cells_before, null, null, gone.newest_before
from gone
left join newest
    on
        gone.indicator = newest.indicator and gone.dimension = newest.dimension and gone.scheme = newest.scheme
        and gone.sex = newest.sex and gone.age = newest.age and gone.period_length = newest.period_length
where newest.newest is null or newest.newest < gone.newest_before
union all
select
    'the country''s own figure is lost', cell.indicator, cell.dimension, cell.scheme, cell.sex, cell.age, 1, 1,
    cell.area_code, cell.period
from cell
join held
    on cell.indicator = held.indicator and cell.period = held.period and cell.period_length = held.period_length
join core.area as area on cell.area_code = area.area_code and area.area_type = 'country'
where cell.is_lost
