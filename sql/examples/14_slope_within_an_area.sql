-- How wide is the gap in life expectancy within an area, from its most to its least deprived end, and is it widening?
-- Years, as published. Periods that share years are not independent, so only the first and the last that share none can
-- be compared, and only where the publisher gives limits: `finding` says which, or why nobody can say.
with
my_area as (
    -- The area with the widest; for another, say: select area_code_of('Blackpool') as area_code
    select area_code
    from published.observation
    where indicator = 'slope_index_of_life_expectancy_at_birth' and dimension = 'total' and is_latest
    order by area_type = 'country', value desc nulls last, area_code
    limit 1
),

slope as (
    select observation.*, (observation.value_upper - observation.value_lower) / 2 / 1.959964 as error
    from published.observation as observation
    join my_area on observation.area_code = my_area.area_code
    where
        observation.indicator = 'slope_index_of_life_expectancy_at_birth' and observation.dimension = 'total'
        and observation.value is not null
),

earliest as (
    select *
    from slope
    qualify row_number() over (partition by sex, period_length order by period_end) = 1
)

select
    slope.area_name, slope.sex, slope.period, slope.value, slope.value_lower, slope.value_upper, slope.unit,
    earliest.period as first_period, slope.value - earliest.value as change_since,
    case
        when not slope.is_latest then null
        when slope.period_start <= earliest.period_end then 'cannot be tested: no two periods share no day'
        when slope.error is null or earliest.error is null then 'cannot be tested: limits are missing'
        when slope.value - earliest.value > 1.959964 * sqrt(slope.error * slope.error + earliest.error * earliest.error)
            then 'widening'
        when earliest.value - slope.value > 1.959964 * sqrt(slope.error * slope.error + earliest.error * earliest.error)
            then 'narrowing'
        else 'no clear change'
    end as finding,
    slope.source, slope.is_modelled
from slope
left join earliest on slope.sex = earliest.sex and slope.period_length = earliest.period_length
order by slope.sex, slope.period_end
