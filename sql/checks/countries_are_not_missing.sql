-- A country is not missing: where five of its areas or more have a figure, so has the country in that period.
-- scope: delivery
with
area as (select area_code, country_code from core.area where is_in_lookups and country_code is not null),

below as (
    select
        observation.indicator, area.country_code as area_code, observation.period, observation.period_length,
        observation.sex, observation.age, count(*) as areas, max(observation.snapshot_sha256) as snapshot_sha256
    from core.observation as observation
    join area on observation.area_code = area.area_code
    -- The sources of the United Kingdom leave the countries out; Fingertips sends England with every file.
    where observation.dimension = 'total' and observation.source = 'fingertips'
    group by
        observation.indicator, area.country_code, observation.period, observation.period_length, observation.sex,
        observation.age
    having count(*) >= 5
)

select
    below.indicator, below.area_code, below.period, below.period_length, below.sex, below.age, below.areas,
    below.snapshot_sha256
from below
anti join core.observation as country
    on
        below.indicator = country.indicator and below.area_code = country.area_code
        and below.period = country.period and below.period_length = country.period_length
        and below.sex = country.sex and below.age = country.age and country.dimension = 'total'
