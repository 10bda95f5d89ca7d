-- Who has reached an age lives to a higher one than expected before, and from 5 on has fewer years left than at birth.
-- scope: release
with
ahead as (
    select
        area_code, period, sex, scheme, decile, age_start, life_expectancy,
        age_start + life_expectancy as age_reached,
        lag(age_start + life_expectancy) over by_age as age_reached_before,
        first_value(life_expectancy) over by_age as life_expectancy_at_birth
    from measures.life_expectancy
    window by_age as (partition by area_code, period, sex, scheme, decile order by age_start)
)

select
    area_code, period, sex, scheme, decile, age_start, life_expectancy, life_expectancy_at_birth, age_reached,
    age_reached_before
from ahead
where
    age_reached < age_reached_before - 1e-9
    or (age_start >= 5 and life_expectancy >= life_expectancy_at_birth)
