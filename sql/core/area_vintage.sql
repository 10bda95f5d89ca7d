-- One row per area code, tier and year in which the code was in use.
with
tier as (
    select 'district' as tier, lad_code as area_code, lad_name as area_name, year
    from staging.lad_history
    union all
    select 'district', lad_code, lad_name, cast(vintage as bigint) from staging.lad_to_upper_tier
    union all
    select 'district', lad_code, lad_name, cast(lad_vintage as bigint) from staging.lsoa_to_lad
    union all
    select 'upper_tier', upper_tier_code, upper_tier_name, cast(vintage as bigint) from staging.lad_to_upper_tier
    union all
    select 'region', region_code, region_name, cast(vintage as bigint) from staging.lad_to_region
    union all
    select 'icb', icb_code, icb_name, cast(icb_vintage as bigint) from staging.lsoa_to_icb
    union all
    select 'sub_icb', sub_icb_code, sub_icb_name, cast(icb_vintage as bigint) from staging.lsoa_to_icb
)

select tier, area_code, year, min(area_name) as area_name
from tier
where area_code is not null
group by tier, area_code, year
