-- Values keep their decimals: a series that had them in most cells of the last release has them in more than a tenth.
-- scope: delivery
select
    now.indicator, now.source, now.dimension, now.scheme, count(*) as cells,
    count(*) filter (where before.value <> round(before.value)) as with_decimals_before,
    count(*) filter (where now.value <> round(now.value)) as with_decimals
from core.observation as now
join previous.observation as before
    on
        now.indicator = before.indicator and now.area_code = before.area_code and now.period = before.period
        and now.period_length = before.period_length and now.sex = before.sex and now.age = before.age
        and now.dimension = before.dimension and now.scheme = before.scheme and now.category = before.category
group by now.indicator, now.source, now.dimension, now.scheme
having
    count(*) >= 10
    and count(*) filter (where before.value <> round(before.value)) > 0.5 * count(*)
    and count(*) filter (where now.value <> round(now.value)) < 0.1 * count(*)
