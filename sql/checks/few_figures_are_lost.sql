-- Warning: no figure of the previous release is lost, where its indicator still holds the period.
-- scope: release
select
    before.indicator, before.area_code, before.period, before.sex, before.age, before.dimension, before.scheme,
    before.category, before.value as value_before
from previous.observation as before
semi join core.observation as kept
    on
        before.indicator = kept.indicator and before.period = kept.period
        and before.period_length = kept.period_length
anti join core.observation as now
    on
        before.indicator = now.indicator and before.area_code = now.area_code and before.period = now.period
        and before.period_length = now.period_length and before.sex = now.sex and before.age = now.age
        and before.dimension = now.dimension and before.scheme = now.scheme and before.category = now.category
where before.value is not null
