-- How many people of each district live in the most deprived fifth of England (Core20), by the 2019 and the 2025 index?
-- Two editions are two rulers: the index, the LSOAs and the people counted all differ, so a difference is no change.
with
core20 as (
    select distinct area_code, imd_release, core20_population, core20_share, population_reference
    from published.deprivation_profile
)

select
    area.area_name, area.area_code, area.is_current,
    core20_2019.core20_population as people_2019, core20_2019.core20_share as share_2019,
    core20_2019.population_reference as counted_2019,
    core20_2025.core20_population as people_2025, core20_2025.core20_share as share_2025,
    core20_2025.population_reference as counted_2025,
    area.is_modelled
from published.area as area
left join core20 as core20_2019
    on area.area_code = core20_2019.area_code and core20_2019.imd_release = '2019'
left join core20 as core20_2025
    on area.area_code = core20_2025.area_code and core20_2025.imd_release = '2025'
where area.is_district and (core20_2019.area_code is not null or core20_2025.area_code is not null)
order by people_2019 desc nulls last, people_2025 desc nulls last, area.area_code
