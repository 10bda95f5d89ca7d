-- Who has reached an age lives to a higher one than expected before, and from 5 on has fewer years left than at birth.
-- It is computed from deaths and people; the files of both are named, for nobody can tell which of the two is wrong.
-- scope: delivery
with
ahead as (
    select
        area_code, period, sex, scheme, decile, age_start, life_expectancy,
        age_start + life_expectancy as age_reached,
        lag(age_start + life_expectancy) over by_age as age_reached_before,
        first_value(life_expectancy) over by_age as life_expectancy_at_birth
    from measures.life_expectancy
    window by_age as (partition by area_code, period, sex, scheme, decile order by age_start)
),

counted as (
    select year, sex, snapshot_sha256 from staging.deaths_by_deprivation_decile
    union
    select year, sex, snapshot_sha256 from staging.population_by_deprivation_decile_and_age
)

select
    ahead.area_code, ahead.period, ahead.sex, ahead.scheme, ahead.decile, ahead.age_start, ahead.life_expectancy,
    ahead.life_expectancy_at_birth, ahead.age_reached, ahead.age_reached_before, counted.snapshot_sha256
from ahead
left join counted
    on
        ahead.sex = counted.sex
        and counted.year between cast(left(ahead.period, 4) as integer)
        and cast(left(ahead.period, 4) as integer) + 2
where
    ahead.age_reached < ahead.age_reached_before - 1e-9
    or (ahead.age_start >= 5 and ahead.life_expectancy >= ahead.life_expectancy_at_birth)
