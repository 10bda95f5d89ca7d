-- Life is longer in the least deprived tenth of a country than in the most: if not, the deciles were read upside down.
-- Where we compute it from deaths and people, the files of both are named: nobody can tell which one is upside down.
-- scope: delivery
with
upside_down as (
    select indicator, area_code, period, sex, scheme, value
    from measures.inequality
    where
        measure = 'absolute_gap' and basis = 'neighbourhoods_national' and value <= 0
        and indicator in ('life_expectancy_at_birth', 'healthy_life_expectancy_at_birth')
),

counted as (
    select year, sex, snapshot_sha256 from staging.deaths_by_deprivation_decile
    union
    select year, sex, snapshot_sha256 from staging.population_by_deprivation_decile_and_age
),

came_in as (
    select indicator, area_code, period, sex, scheme, snapshot_sha256 from core.observation
    union
    select
        'life_expectancy_at_birth', life_table.area_code, life_table.period, life_table.sex, life_table.scheme,
        counted.snapshot_sha256
    from core.mortality as life_table
    join counted
        on
            life_table.sex = counted.sex
            and counted.year between year(life_table.period_start) and year(life_table.period_end)
)

select
    upside_down.indicator, upside_down.area_code, upside_down.period, upside_down.sex, upside_down.scheme,
    upside_down.value, came_in.snapshot_sha256
from upside_down
left join came_in
    on
        upside_down.indicator = came_in.indicator and upside_down.area_code = came_in.area_code
        and upside_down.period = came_in.period and upside_down.sex = came_in.sex
        and upside_down.scheme = came_in.scheme
