-- One row per area: code, name, type, parents, and its deprivation by the 2019 and 2025 releases of the IMD.
with
summary_2019 as (select * from core.area_deprivation where imd_release = '2019'),

summary_2025 as (select * from core.area_deprivation where imd_release = '2025')

select
    area.area_code, area.area_name, area.area_type, area.is_district, area.is_upper_tier, area.is_current,
    area.is_in_lookups, area.first_year, area.last_year, area.abolished_on, area.successor_codes,
    area.upper_tier_code, upper_tier.area_name as upper_tier_name,
    area.region_code, region.area_name as region_name,
    area.icb_code, icb.area_name as icb_name, area.icb_share_of_lsoas,
    area.country_code,
    summary_2019.imd_average_score as imd_2019_average_score,
    summary_2019.imd_average_rank as imd_2019_average_rank,
    summary_2019.share_of_lsoas_in_most_deprived_tenth as imd_2019_share_of_lsoas_in_most_deprived_tenth,
    summary_2019.core20_share as imd_2019_core20_share,
    summary_2025.imd_average_score as imd_2025_average_score,
    summary_2025.imd_average_rank as imd_2025_average_rank,
    summary_2025.share_of_lsoas_in_most_deprived_tenth as imd_2025_share_of_lsoas_in_most_deprived_tenth,
    summary_2025.core20_share as imd_2025_core20_share,
    coalesce(area.country_code, area.area_code) = 'X92000001' as is_modelled
from core.area as area
left join core.area as upper_tier on area.upper_tier_code = upper_tier.area_code
left join core.area as region on area.region_code = region.area_code
left join core.area as icb on area.icb_code = icb.area_code
left join summary_2019 on area.area_code = summary_2019.area_code
left join summary_2025 on area.area_code = summary_2025.area_code
order by area.area_code
