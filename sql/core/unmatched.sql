-- One row per link and code that joins to nothing, with the rows that hang on it. Empty is good.
with
observation as (
    select 'area is in no lookup' as link, candidate.area_code as code, count(*) as row_count
    from core.observation_candidate as candidate
    join core.area as area on candidate.area_code = area.area_code
    where not area.is_in_lookups
    group by candidate.area_code
),

lsoa_without_icb as (
    select 'LSOA ' || imd_release || ' has no ICB' as link, lsoa_code as code, 1 as row_count
    from core.lsoa
    where icb_code is null
),

lsoa_without_people as (
    select 'LSOA ' || imd_release || ' has no population' as link, lsoa_code as code, 1 as row_count
    from core.lsoa
    where population is null
),

district_without_parents as (
    select 'current district has no upper tier or region' as link, area_code as code, 1 as row_count
    from core.area
    where is_district and is_current and country_code in ('E92000001', 'X92000001')
        and (upper_tier_code is null or region_code is null)
),

lsoa_without_successor as (
    select 'LSOA 2011 has no LSOA 2021' as link, lsoa.lsoa_code as code, 1 as row_count
    from core.lsoa as lsoa
    left join staging.lsoa_change as change on lsoa.lsoa_code = change.lsoa11_code
    where lsoa.lsoa_vintage = '2011' and change.lsoa11_code is null
)

select link, code, row_count from observation
union all
select link, code, row_count from lsoa_without_icb
union all
select link, code, row_count from lsoa_without_people
union all
select link, code, row_count from district_without_parents
union all
select link, code, row_count from lsoa_without_successor
