-- One row per area and IMD release: the overall IMD's summaries, and the Core20 population.
-- Core20 is the people of national deciles 1 and 2; it is null unless the people of all ten deciles are known.
with
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
    summary.average_score as imd_average_score, summary.average_rank as imd_average_rank,
    summary.share_of_lsoas_in_most_deprived_tenth,
    core20.core20_population,
    core20.core20_population / nullif(core20.population, 0) as core20_share
from core20
left join core.area_index as summary
    on
        core20.area_code = summary.area_code and core20.imd_release = summary.imd_release
        and summary.index = 'imd'
