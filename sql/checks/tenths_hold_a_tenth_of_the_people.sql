-- Each national tenth of neighbourhoods holds between 7% and 13% of a country's people, and all ten are known.
-- Where no tenth's people are known there is nothing to judge: what rests on them is absent, and the release says so.
-- scope: delivery
with
counted as (
    select area_code, imd_release
    from core.deprivation
    group by area_code, imd_release
    having count(population) > 0
)

select
    deprivation.area_code, deprivation.imd_release, deprivation.decile, deprivation.population,
    area_deprivation.population as country_population, deprivation.snapshot_sha256
from core.deprivation as deprivation
join counted on deprivation.area_code = counted.area_code and deprivation.imd_release = counted.imd_release
join core.area as area on deprivation.area_code = area.area_code and area.area_type = 'country'
left join core.area_deprivation as area_deprivation
    on
        deprivation.area_code = area_deprivation.area_code
        and deprivation.imd_release = area_deprivation.imd_release
where
    area_deprivation.population is null
    or deprivation.population not between 0.07 * area_deprivation.population and 0.13 * area_deprivation.population
union all
select area_code, imd_release, null, count(distinct decile), null, max(snapshot_sha256)
from core.deprivation
group by area_code, imd_release
having count(distinct decile) <> 10
