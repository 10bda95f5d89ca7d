-- One row per national tenth of a life expectancy at birth that we compute from deaths and people, as a gradient.
-- Weighted by the people of the tenth in the period's three years.
with
scheme as (
    select scheme, dimension, basis, measures_allowed, groups_expected, category, category_rank
    from staging.breakdown
    where scheme = 'lsoa_in_england_imd_unstated'
)

select
    'life_expectancy_at_birth' as indicator,
    table_row.area_code, table_row.period, table_row.period_length, table_row.period_start, table_row.period_end,
    table_row.sex, 'at_birth' as age, table_row.dimension, table_row.scheme, scheme.basis,
    'computed_from_deaths' as groups_from,
    scheme.category, scheme.category_rank,
    count(*) over (partition by table_row.area_code, table_row.period, table_row.sex) as group_count,
    scheme.groups_expected, scheme.measures_allowed,
    table_row.life_expectancy as value, table_row.standard_error, table_row.note_code,
    cast(table_row.tenth_population as double) as population,
    'population_of_groups' as weighting,
    'the same people as the death rates' as population_reference,
    table_row.is_modelled
from measures.life_expectancy as table_row
join scheme on table_row.scheme = scheme.scheme and table_row.decile = scheme.category_rank
where table_row.age_start = 0
