-- Warning: no source has an area under its old and its new code in one period; where one does, the new code counts.
-- scope: delivery
select
    indicator, area_code, source, count(distinct period) as periods, max(period) as last_period,
    max(published_area_code) as code_used, min(published_area_code) as code_not_used
from (
    select
        indicator, area_code, source, period, published_area_code,
        count(distinct published_area_code) over (
            partition by
                indicator, area_code, source, period, period_length, sex, age, dimension, scheme, category
        ) as codes
    from core.observation_candidate
) as coded
where codes > 1
group by indicator, area_code, source
