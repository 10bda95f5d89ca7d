-- Areas do not share one value: of ten areas or more of a type, no one value is that of more than half of them.
-- scope: delivery
with
shown as (
    select
        indicator, area_type, period, period_length, sex, age, value, count(*) as areas_alike,
        min(source_line) as first_line
    from core.observation
    where
        dimension = 'total' and value is not null and coalesce(note_code, '') <> 'estimated_from_larger_area'
        and area_type <> 'country'
    group by indicator, area_type, period, period_length, sex, age, value
)

select *
from (
    select
        *,
        sum(areas_alike) over (partition by indicator, area_type, period, period_length, sex, age) as area_count
    from shown
) as counted
where area_count >= 10 and areas_alike > 0.5 * area_count
