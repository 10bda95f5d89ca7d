-- One row per area, IMD release and decile: neighbourhoods, people and share. Deciles 1 and 2 together are Core20.
select
    deprivation.area_code, area.area_name, area.area_type, deprivation.imd_release, deprivation.lsoa_vintage,
    deprivation.decile, deprivation.lsoa_count, deprivation.population, deprivation.population_reference,
    deprivation.population / nullif(summary.population, 0) as share,
    summary.core20_population, summary.core20_share,
    substr(deprivation.area_code, 1, 1) = 'X' as is_modelled
from core.deprivation as deprivation
join core.area as area on deprivation.area_code = area.area_code
join core.area_deprivation as summary
    on deprivation.area_code = summary.area_code and deprivation.imd_release = summary.imd_release
order by deprivation.area_code, deprivation.imd_release, deprivation.decile
