-- One row per area, IMD release and index: average score and rank, and the share of LSOAs in the most deprived tenth.
select
    area_index.area_code, area.area_name, area.area_type, area_index.imd_release, area_index.index,
    area_index.lsoa_count, area_index.average_score, area_index.average_rank,
    area_index.share_of_lsoas_in_most_deprived_tenth,
    substr(area_index.area_code, 1, 1) = 'X' as is_modelled
from core.area_index as area_index
join core.area as area on area_index.area_code = area.area_code
