-- One row per three-year period, sex, national tenth and age band: life expectancy that we compute from deaths.
-- `excess_deaths`: deaths of the band that would not have happened at the death rate of the least deprived tenth.
-- The file behind it does not state the edition of the index that ranks its neighbourhoods.
select
    life_table.area_code, area.area_name,
    life_table.period, life_table.period_length, life_table.period_start, life_table.period_end,
    life_table.period_end = max(life_table.period_end) over (
        partition by life_table.area_code, life_table.period_length, life_table.sex, life_table.dimension,
            life_table.scheme, life_table.decile, life_table.age_start
    ) as is_latest,
    life_table.sex,
    life_table.dimension, life_table.scheme, life_table.decile, life_table.age_start, life_table.age_band,
    life_table.life_expectancy, life_table.life_expectancy_lower, life_table.life_expectancy_upper,
    life_table.standard_error, life_table.deaths, life_table.population, life_table.excess_deaths,
    life_table.note_code, life_table.is_modelled
from measures.life_expectancy as life_table
join core.area as area on life_table.area_code = area.area_code
