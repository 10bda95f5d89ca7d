-- A delivery still gives 95% of the figures of a series that its path gave to the last release.
-- Another source may fill the gap, but with figures of its own: fewer digits, or an older method. Periods that the
-- source no longer holds are not counted. What no source fills is a matter of coverage.
-- scope: delivery
with
held as (
    select distinct indicator, source, period, period_length
    from core.observation_candidate
),

cell as (
    select
        before.snapshot_sha256, before.indicator, before.dimension, before.scheme, before.sex, before.age,
        before.area_code, before.period, before.source,
        now.source as filled_by,
        own.indicator is null and now.value is not null as is_lost
    from previous.observation as before
    semi join held
        on
            before.indicator = held.indicator and before.source = held.source and before.period = held.period
            and before.period_length = held.period_length
    left join core.observation as now
        on
            before.indicator = now.indicator and before.area_code = now.area_code and before.period = now.period
            and before.period_length = now.period_length and before.sex = now.sex and before.age = now.age
            and before.dimension = now.dimension and before.scheme = now.scheme and before.category = now.category
    left join (
        select distinct
            indicator, source, area_code, period, period_length, sex, age, dimension, scheme, category
        from core.observation_candidate
    ) as own
        on
            before.indicator = own.indicator and before.source = own.source and before.area_code = own.area_code
            and before.period = own.period and before.period_length = own.period_length
            and before.sex = own.sex and before.age = own.age and before.dimension = own.dimension
            and before.scheme = own.scheme and before.category = own.category
    where before.value is not null
)

select
    snapshot_sha256, indicator, dimension, scheme, sex, age, source, count(*) as cells_before,
    count(*) filter (where is_lost) as cells_lost,
    min(area_code) filter (where is_lost) as area_code, min(period) filter (where is_lost) as period,
    string_agg(distinct filled_by, ';' order by filled_by) filter (where is_lost) as filled_by
from cell
group by snapshot_sha256, indicator, dimension, scheme, sex, age, source
having count(*) filter (where is_lost) > 0.05 * count(*)
