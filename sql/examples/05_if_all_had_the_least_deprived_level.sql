-- What would change if every tenth had the level of the least deprived tenth, newest period of each indicator?
-- A measure of size, not a forecast: it says nothing of causes, nor that anyone could bring it about. Positive = better
-- for all. Never rank across `basis`. Deaths are those of a year, counted at the least deprived tenth's death rates.
with
attributable as (
    select
        title, area_name, period, period_end, sex, age, basis, scheme, measure, value, value_lower, value_upper, unit,
        grade, is_modelled
    from published.inequality
    where
        measure in ('population_attributable_risk', 'population_attributable_fraction', 'excess_events')
        and dimension = 'deprivation_decile' and area_type = 'country' and transform = 'none' and value is not null
    qualify period_end = max(period_end) over (partition by indicator, area_code, sex, age, scheme, measure)
),

deaths as (
    select
        'Deaths' as title, area_name, period, period_end, sex, 'all_ages' as age, 'neighbourhoods_national' as basis,
        scheme, 'excess_events' as measure, sum(excess_deaths) / 3 as value, null as value_lower, null as value_upper,
        'deaths a year' as unit, null as grade, is_modelled
    from published.life_expectancy_by_decile
    group by area_name, period, period_end, sex, scheme, is_modelled
    qualify period_end = max(period_end) over (partition by area_name, sex)
)

select
    title, area_name, period, sex, age, basis, scheme, measure, value, value_lower, value_upper, unit, grade,
    is_modelled
from attributable
union all
select
    title, area_name, period, sex, age, basis, scheme, measure, value, value_lower, value_upper, unit, grade,
    is_modelled
from deaths
order by is_modelled, basis, title, area_name, scheme, sex, age, measure
