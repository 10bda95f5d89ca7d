-- No measure moves by more than half its interval, or flips its sign, while nothing that it rests on does.
-- It rests on the figures of its indicator and period; and where its groups are weighted by people whom we hold, or are
-- made of areas that we rank, on the index, the lookups and the people too: when those of any area were revised, such
-- measures may move. A measure without limits may move by a twentieth. The method is the same.
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

moved_people as (
    select count(*) as areas
    from (
        select area_code, imd_release, cast(decile as text) as decile, lsoa_count, population
        from published.deprivation_profile
    ) as now
    full join previous.deprivation_profile as before
        on
            now.area_code = before.area_code and now.imd_release = before.imd_release
            and now.decile = before.decile
    where
        now.lsoa_count is distinct from before.lsoa_count or now.population is distinct from before.population
),

pair as (
    select
        now.weighting = 'population_of_groups' as rests_on_people,
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
cross join moved_people
where
    not (pair.rests_on_people and moved_people.areas > 0)
    and (
        abs(pair.value - pair.value_before) > greatest(pair.bound, 1e-9) or pair.value * pair.value_before < 0
    )
