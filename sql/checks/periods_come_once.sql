-- A period has one name and one name has one period: no series holds the same days twice, nor two lengths under one.
-- scope: delivery
select
    indicator, area_code, sex, age, dimension, scheme, category, period_length, period_start,
    count(distinct period) as names, min(period) as first_name, max(period) as last_name,
    count(distinct period_end) as ends
from core.observation
group by indicator, area_code, sex, age, dimension, scheme, category, period_length, period_start
having count(distinct period) > 1 or count(distinct period_end) > 1
union all
select
    indicator, null, null, null, null, null, null, period_length, min(period_start), count(distinct period_start),
    period, period, count(distinct period_end)
from core.observation
group by indicator, period, period_length
having count(distinct period_start) > 1 or count(distinct period_end) > 1
