-- A country lies among its areas: its share, rate or mean is not outside all of fifteen areas of a type or more.
-- A file whose areas are in other units than the country is caught so.
-- scope: delivery
with
area as (
    select area_code, country_code from core.area where is_in_lookups and country_code is not null
),

spread as (
    select
        observation.indicator, area.country_code as area_code, observation.area_type, observation.period,
        observation.period_length, observation.sex, observation.age, count(*) as areas,
        min(observation.value) as smallest, max(observation.value) as largest,
        max(observation.snapshot_sha256) as snapshot_sha256
    from core.observation as observation
    join area on observation.area_code = area.area_code
    where observation.dimension = 'total' and observation.value is not null
    group by
        observation.indicator, area.country_code, observation.area_type, observation.period, observation.period_length,
        observation.sex, observation.age
    having count(*) >= 15
)

select
    spread.indicator, spread.area_code, spread.period, spread.period_length, spread.sex, spread.age,
    country.value, spread.smallest, spread.largest, spread.areas, spread.area_type as areas_of_type,
    spread.snapshot_sha256
from spread
join core.observation as country
    on
        spread.indicator = country.indicator and spread.area_code = country.area_code
        and spread.period = country.period and spread.period_length = country.period_length
        and spread.sex = country.sex and spread.age = country.age and country.dimension = 'total'
join core.indicator as indicator
    on spread.indicator = indicator.indicator and indicator.value_kind in ('proportion', 'rate', 'mean')
where country.value not between spread.smallest and spread.largest
