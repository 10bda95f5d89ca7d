-- No measure moves by more than half its interval, or flips its sign, while no figure of its indicator and period does.
-- A measure without limits may move by a twentieth. The method is the same. What may have moved it all the same are the
-- people or the deprivation behind the groups: if those were revised, publish with --force.
-- scope: release
with
figure as (
    select
        indicator, period, period_length, area_code, sex, age, dimension, scheme, category, value, 'now' as told
    from core.observation
    where value is not null
    union all
    select
        indicator, period, period_length, area_code, sex, age, dimension, scheme, category, value, 'before' as told
    from previous.observation
    where value is not null
),

moved_figure as (
    select indicator, period, period_length
    from figure
    group by indicator, period, period_length, area_code, sex, age, dimension, scheme, category
    having count(*) <> 2 or min(value) <> max(value)
),

pair as (
    select
        before.indicator, before.area_code, before.period, before.period_length, before.sex, before.age,
        before.dimension, before.scheme, before.measure, before.transform, before.value as value_before, now.value,
        greatest(
            (before.value_upper - before.value_lower) / 2, (now.value_upper - now.value_lower) / 2,
            0.05 * abs(before.value)
        ) as bound
    from previous.inequality as before
    join published.inequality as now
        on
            before.indicator = now.indicator and before.area_code = now.area_code and before.period = now.period
            and before.period_length = now.period_length and before.sex = now.sex and before.age = now.age
            and before.dimension = now.dimension and before.scheme = now.scheme and before.measure = now.measure
            and before.transform = now.transform and before.method_version = now.method_version
)

select
    pair.indicator, pair.area_code, pair.period, pair.sex, pair.age, pair.dimension, pair.scheme, pair.measure,
    pair.transform, pair.value_before, pair.value, pair.bound
from pair
anti join moved_figure
    on
        pair.indicator = moved_figure.indicator and pair.period = moved_figure.period
        and pair.period_length = moved_figure.period_length
where abs(pair.value - pair.value_before) > greatest(pair.bound, 1e-9) or pair.value * pair.value_before < 0
