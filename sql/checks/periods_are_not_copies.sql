-- Periods are not copies: of ten figures or more that two periods of a series both hold, not nine in ten are the same.
-- scope: delivery
with
dated as (
    select
        indicator, area_code, period, period_length, period_start, sex, age, dimension, scheme, category, value,
        lag(value) over series as value_before,
        lag(period) over series as period_before
    from core.observation
    where value is not null
    window series as (
        partition by indicator, area_code, period_length, sex, age, dimension, scheme, category
        order by period_start
    )
)

select
    indicator, dimension, scheme, period_length, period_before, period, count(*) as figures,
    count(*) filter (where value = value_before) as figures_alike
from dated
where period_before is not null
group by indicator, dimension, scheme, period_length, period_before, period
having count(*) >= 10 and count(*) filter (where value = value_before) > 0.9 * count(*)
