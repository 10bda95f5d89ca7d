-- A country's figure lies in the catalogue's plausible range. Units x100, a per cent as a fraction, halves do not.
-- Asked of the age that most figures of the indicator have, and of all persons where they are published. If the range
-- is wrong, mend plausible_smallest and plausible_largest in the catalogue.
-- scope: delivery
with
country as (
    select observation.*
    from core.observation as observation
    join core.area as area on observation.area_code = area.area_code and area.area_type = 'country'
    where observation.dimension = 'total' and observation.value is not null
),

main_age as (
    select indicator, age
    from core.observation
    where dimension = 'total'
    group by indicator, age
    qualify row_number() over (partition by indicator order by count(*) desc, age) = 1
)

select
    country.indicator, country.area_code, country.period, country.period_length, country.sex, country.age,
    country.dimension, country.scheme, country.category, country.value, indicator.plausible_smallest,
    indicator.plausible_largest, country.source_line, country.snapshot_sha256
from country
join main_age on country.indicator = main_age.indicator and country.age = main_age.age
join core.indicator as indicator on country.indicator = indicator.indicator
where
    country.value not between indicator.plausible_smallest and indicator.plausible_largest
    and (
        country.sex = 'persons'
        or not exists (
            select 1 from country as persons
            where persons.indicator = country.indicator and persons.sex = 'persons' and persons.age = country.age
        )
    )
