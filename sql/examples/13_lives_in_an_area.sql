-- How long do people of an area live, and how long in good health, beside England; what is the gap and how did it move?
-- Years; a difference above 0 is longer than in England. Its limits take the two figures as independent. The first and
-- last period share no day where `first_period` is told; without limits no change is judged.
with
my_area as (
    -- The most deprived upper tier authority; for another, say: select area_code_of('Blackpool') as area_code
    select area_code
    from published.area
    where is_upper_tier and is_current
    order by coalesce(imd_2025_average_score, imd_2019_average_score) desc nulls last, area_code
    limit 1
),

figure as (
    select observation.*, (value_upper - value_lower) / 2 / 1.959964 as error
    from published.observation as observation
    where
        dimension = 'total' and period_length = '3y' and value is not null
        and indicator in ('life_expectancy_at_birth', 'healthy_life_expectancy_at_birth')
),

own as (
    select figure.*
    from figure
    join my_area on figure.area_code = my_area.area_code
),

earliest as (
    select *
    from own
    qualify row_number() over (partition by indicator, sex order by period_end, age) = 1
)

select
    own.title, own.area_name, own.sex, own.period, own.value, own.value_lower, own.value_upper,
    nation.area_name as nation, nation.value as nation_value, own.value - nation.value as difference,
    own.value - nation.value - 1.959964 * sqrt(own.error * own.error + nation.error * nation.error) as difference_lower,
    own.value - nation.value + 1.959964 * sqrt(own.error * own.error + nation.error * nation.error) as difference_upper,
    earliest.period as first_period, own.value - earliest.value as change_since,
    abs(own.value - earliest.value) > 1.959964 * sqrt(own.error * own.error + earliest.error * earliest.error)
        as is_clear_change,
    own.is_modelled
from own
left join figure as nation
    on
        nation.area_code = case when own.area_code like 'X%' then 'X92000001' else 'E92000001' end
        and own.indicator = nation.indicator and own.period = nation.period and own.sex = nation.sex
        and own.age = nation.age
left join earliest
    on own.indicator = earliest.indicator and own.sex = earliest.sex and earliest.period_end < own.period_start
where own.is_latest
order by own.title desc, own.sex
