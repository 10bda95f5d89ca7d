-- A gradient over neighbourhoods runs the way of the country's areas: what grows with deprivation in one does in both.
-- Asked where both are clear. If they run against each other, the groups were read upside down.
-- scope: delivery
with
gradient as (
    select
        observation.indicator, observation.area_code, observation.period, observation.period_length, observation.sex,
        observation.age, observation.dimension, observation.scheme,
        corr(observation.value, -observation.category_rank order by observation.category_rank) as over_groups,
        max(observation.snapshot_sha256) as snapshot_sha256
    from core.observation as observation
    join core.area as area on observation.area_code = area.area_code and area.area_type = 'country'
    where
        observation.dimension = 'deprivation_decile' and observation.value is not null
        and observation.category_rank is not null
    group by
        observation.indicator, observation.area_code, observation.period, observation.period_length, observation.sex,
        observation.age, observation.dimension, observation.scheme
    having count(*) >= 9
),

deprivation as (
    select area_code, arg_max(imd_average_score, imd_release) as imd_average_score
    from core.area_deprivation
    where imd_average_score is not null
    group by area_code
),

over_areas as (
    select
        observation.indicator, area.country_code as area_code, observation.period, observation.period_length,
        observation.sex, observation.age,
        corr(observation.value, deprivation.imd_average_score order by observation.area_code) as over_areas,
        count(*) as areas
    from core.observation as observation
    join core.area as area
        on observation.area_code = area.area_code and area.area_type not in ('country', 'region', 'icb', 'sub_icb')
    join deprivation on observation.area_code = deprivation.area_code
    where observation.dimension = 'total' and observation.value is not null
    group by
        observation.indicator, area.country_code, observation.period, observation.period_length, observation.sex,
        observation.age
    having count(*) >= 15
)

select
    gradient.indicator, gradient.area_code, gradient.period, gradient.period_length, gradient.sex, gradient.age,
    gradient.dimension, gradient.scheme, round(gradient.over_groups, 3) as correlation_over_groups,
    round(over_areas.over_areas, 3) as correlation_over_areas, over_areas.areas, gradient.snapshot_sha256
from gradient
join over_areas
    on
        gradient.indicator = over_areas.indicator and gradient.area_code = over_areas.area_code
        and gradient.period = over_areas.period and gradient.period_length = over_areas.period_length
        and gradient.sex = over_areas.sex and gradient.age = over_areas.age
where
    gradient.over_groups * over_areas.over_areas < 0
    and abs(gradient.over_groups) >= 0.8 and abs(over_areas.over_areas) * sqrt(over_areas.areas) >= 3
