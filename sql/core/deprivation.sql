-- One row per area, IMD release and decile: neighbourhoods and people. Decile 1 is the most deprived tenth of LSOAs.
-- Counted from LSOAs; where an area has none in hand, its published decile populations stand in.
with
counted as (
    select
        lsoa_area.area_code, lsoa.imd_release, lsoa.lsoa_vintage, lsoa.imd_decile as decile,
        count(*) as lsoa_count,
        case when count(lsoa.population) = count(*) then cast(sum(lsoa.population) as bigint) end as population,
        min(lsoa.population_reference) as population_reference
    from core.lsoa_area as lsoa_area
    join core.lsoa as lsoa
        on lsoa_area.imd_release = lsoa.imd_release and lsoa_area.lsoa_code = lsoa.lsoa_code
    group by lsoa_area.area_code, lsoa.imd_release, lsoa.lsoa_vintage, lsoa.imd_decile
),

every_decile as (
    select area.area_code, area.imd_release, area.lsoa_vintage, area.population_reference, tenth.decile
    from (
        select area_code, imd_release, lsoa_vintage, min(population_reference) as population_reference
        from counted
        group by area_code, imd_release, lsoa_vintage
    ) as area
    cross join (select unnest([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]) as decile) as tenth
)

select
    every_decile.area_code, every_decile.imd_release, every_decile.lsoa_vintage, every_decile.decile,
    coalesce(counted.lsoa_count, 0) as lsoa_count,
    case when counted.lsoa_count is null then 0 else counted.population end as population,
    every_decile.population_reference
from every_decile
left join counted
    on
        every_decile.area_code = counted.area_code
        and every_decile.imd_release = counted.imd_release
        and every_decile.decile = counted.decile
union all by name
select
    published.area_code, published.imd_release, published.lsoa_vintage, published.decile,
    published.population, published.population_reference, published.snapshot_sha256
from staging.population_by_deprivation_decile as published
where not exists (
    select 1 from counted
    where counted.area_code = published.area_code and counted.imd_release = published.imd_release
)
