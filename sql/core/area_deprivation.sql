-- One row per area and IMD release: the summaries MHCLG publishes (File 10, File 11), and the Core20 population.
-- Average score and rank weight each LSOA by its people; the average rank counts upward, so a higher one is more
-- deprived, as in File 10. A summary is null unless every LSOA of the area carries what it needs.
with
last_rank as (
    select imd_release, substr(lsoa_code, 1, 1) as register, max(imd_rank) as last_rank
    from core.lsoa
    group by imd_release, substr(lsoa_code, 1, 1)
),

lsoa as (
    select
        lsoa_area.area_code, lsoa.imd_release, lsoa.imd_decile, lsoa.population,
        cast(lsoa.imd_score as decimal(12, 6)) as imd_score,
        last_rank.last_rank + 1 - lsoa.imd_rank as upward_rank
    from core.lsoa_area as lsoa_area
    join core.lsoa as lsoa
        on lsoa_area.imd_release = lsoa.imd_release and lsoa_area.lsoa_code = lsoa.lsoa_code
    join last_rank
        on lsoa.imd_release = last_rank.imd_release and substr(lsoa.lsoa_code, 1, 1) = last_rank.register
),

summary as (
    select
        area_code, imd_release,
        count(*) as lsoa_count,
        case when count(population) = count(*) then cast(sum(population) as bigint) end as population,
        case
            when count(population) = count(*) and count(imd_score) = count(*)
                then cast(sum(imd_score * population) as double) / cast(sum(population) as double)
        end as imd_average_score,
        case
            when count(population) = count(*)
                then cast(sum(upward_rank * population) as double) / cast(sum(population) as double)
        end as imd_average_rank,
        count(*) filter (where imd_decile = 1) / count(*) as share_of_lsoas_in_most_deprived_tenth
    from lsoa
    group by area_code, imd_release
),

core20 as (
    select
        area_code, imd_release,
        max(population_reference) as population_reference,
        case when count(population) = 10 then cast(sum(population) as bigint) end as population,
        case
            when count(population) = 10 then cast(sum(population) filter (where decile <= 2) as bigint)
        end as core20_population
    from core.deprivation
    group by area_code, imd_release
)

select
    core20.area_code, core20.imd_release, summary.lsoa_count, core20.population, core20.population_reference,
    summary.imd_average_score, summary.imd_average_rank, summary.share_of_lsoas_in_most_deprived_tenth,
    core20.core20_population,
    core20.core20_population / nullif(core20.population, 0) as core20_share
from core20
left join summary on core20.area_code = summary.area_code and core20.imd_release = summary.imd_release
