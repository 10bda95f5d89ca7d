-- A life table has both sexes: a country's years of life are given for neither of them in a period, or for both.
-- A file of fewer than ten figures of an indicator is an extract, which may well be of one sex.
-- scope: delivery
with
whole as (
    select indicator, snapshot_sha256
    from core.observation
    group by indicator, snapshot_sha256
    having count(*) >= 10
),

years as (
    select
        observation.indicator, observation.area_code, observation.period, observation.period_length, observation.age,
        observation.dimension, observation.scheme, count(distinct observation.sex) as sexes,
        min(observation.sex) as sex, max(observation.snapshot_sha256) as snapshot_sha256
    from core.observation as observation
    join core.indicator as indicator
        on observation.indicator = indicator.indicator and indicator.age_standardised = 'life_table'
    semi join whole
        on observation.indicator = whole.indicator and observation.snapshot_sha256 = whole.snapshot_sha256
    join core.area as area on observation.area_code = area.area_code and area.area_type = 'country'
    where observation.sex in ('male', 'female') and observation.dimension = 'total'
    group by
        observation.indicator, observation.area_code, observation.period, observation.period_length, observation.age,
        observation.dimension, observation.scheme
)

select indicator, area_code, period, period_length, age, dimension, scheme, sex as only_sex, snapshot_sha256
from years
where sexes = 1
