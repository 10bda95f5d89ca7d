-- One row per area, IMD release and index: average score and rank, and the share of LSOAs in the most deprived tenth.
-- Averages weight each LSOA by its people; a higher average rank is more deprived, as in File 10.
-- A summary is null unless every LSOA of the area carries what it needs.
with
last_rank as (
    select imd_release, index, substr(lsoa_code, 1, 1) as register, max(index_rank) as last_rank
    from core.lsoa_index
    group by imd_release, index, substr(lsoa_code, 1, 1)
),

lsoa as (
    select
        lsoa_area.area_code, lsoa_index.imd_release, lsoa_index.index, lsoa_index.decile, lsoa.population,
        cast(lsoa_index.score as decimal(12, 6)) as score,
        last_rank.last_rank + 1 - lsoa_index.index_rank as upward_rank
    from core.lsoa_index as lsoa_index
    join core.lsoa_area as lsoa_area
        on lsoa_index.imd_release = lsoa_area.imd_release and lsoa_index.lsoa_code = lsoa_area.lsoa_code
    join core.lsoa as lsoa
        on lsoa_index.imd_release = lsoa.imd_release and lsoa_index.lsoa_code = lsoa.lsoa_code
    join last_rank
        on
            lsoa_index.imd_release = last_rank.imd_release and lsoa_index.index = last_rank.index
            and substr(lsoa_index.lsoa_code, 1, 1) = last_rank.register
)

select
    area_code, imd_release, index,
    count(*) as lsoa_count,
    case
        when count(population) = count(*) and count(score) = count(*)
            then cast(sum(score * population) as double) / nullif(cast(sum(population) as double), 0)
    end as average_score,
    case
        when count(population) = count(*) and count(upward_rank) = count(*)
            then cast(sum(upward_rank * population) as double) / nullif(cast(sum(population) as double), 0)
    end as average_rank,
    count(*) filter (where decile = 1) / count(*) as share_of_lsoas_in_most_deprived_tenth
from lsoa
group by area_code, imd_release, index
